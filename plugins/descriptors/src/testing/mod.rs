//! Files, their addresses and a portal, all in memory: for tests of plugins.

mod stage;

use std::cell::Cell;
use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSetBuilder};
use portico_sdk::model::{Entity, Kinds};
use portico_sdk::{Error, Problem, Put, Result, Violation};

pub use self::stage::{Stage, location};
use crate::site::{Links, Site, Target};
use crate::tree::Tree;
use crate::{Sink, paths};

/// Files by path. A file of `\0` exists and cannot be read.
#[derive(Clone, Debug, Default)]
pub struct Files(BTreeMap<String, String>);

impl Files {
    /// These files.
    #[must_use]
    pub fn new(files: &[(&str, &str)]) -> Files {
        Files(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }
}

impl Tree for Files {
    fn find(&self, patterns: &[String]) -> Result<Vec<String>> {
        let invalid = |error: globset::Error| Error::Invalid(error.to_string());
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build().map_err(invalid)?);
        }
        let set = set.build().map_err(invalid)?;
        Ok(self.0.keys().filter(|path| set.is_match(path)).cloned().collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        match self.0.get(path) {
            Some(text) if text == "\0" => Err(Error::Failed(format!("{path} is damaged"))),
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(Error::NotFound(format!("there is no file {path}"))),
        }
    }
}

/// The address below which a [`Shelf`] has its files.
pub const SHELF: &str = "https://shelf.test/x/";

/// Addresses for files in memory: each file has a page to see and one to edit it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shelf;

impl Site for Shelf {
    fn links(&self, path: &str) -> Links {
        Links {
            location: format!("url:{SHELF}{path}"),
            view: Some(format!("{SHELF}{path}")),
            edit: Some(format!("{SHELF}{path}?edit")),
            source: Some(format!("url:{SHELF}{}/", paths::folder(path))),
        }
    }

    fn target(&self, file: &str, written: &str) -> Target {
        match self.include(file, written) {
            Ok(path) if paths::is_pattern(&path) => Target::Files(path),
            Ok(path) => Target::File(path),
            Err(_) if written.starts_with("https://known.test/") => Target::Elsewhere,
            Err(error) => Target::Refused(error.to_string()),
        }
    }

    fn include(&self, file: &str, written: &str) -> Result<String> {
        match written.strip_prefix(SHELF) {
            Some(path) => Ok(path.to_owned()),
            None if written.contains("://") => Err(Error::Invalid("stands on another shelf".to_owned())),
            None => paths::resolve(file, written).ok_or_else(|| Error::Invalid("lies beside the shelf".to_owned())),
        }
    }

    fn fewer(&self) -> &'static str {
        "take some off the shelf"
    }
}

/// What a reading handed over, and what it reported.
#[derive(Default)]
pub struct Heard {
    /// The documents, in order.
    pub puts: Vec<Put>,
    /// The problems, in order.
    pub problems: Vec<Problem>,
    /// The reading is told to stop after it has asked so often; never, if none.
    pub patience: Option<Cell<usize>>,
}

impl Sink for Heard {
    fn check(&mut self, document: &str) -> Result<Vec<Violation>> {
        let judged = Entity::judge(serde_json::from_str(document)?, Kinds::built_in());
        let broken = judged.err().unwrap_or_default().into_iter();
        Ok(broken.map(|broken| Violation { path: broken.path, message: broken.message }).collect())
    }

    fn put(&mut self, put: Put) -> Result<()> {
        self.puts.push(put);
        Ok(())
    }

    fn report(&mut self, problem: Problem) -> Result<()> {
        self.problems.push(problem);
        Ok(())
    }

    fn stops(&self) -> bool {
        let Some(left) = &self.patience else { return false };
        left.set(left.get().saturating_sub(1));
        left.get() == 0
    }
}
