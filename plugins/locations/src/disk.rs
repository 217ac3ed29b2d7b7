//! Files of the portal's machine.
//!
//! A path is absolute; what a descriptor names counts from its own folder. Everything that is looked for is noted with the stamps
//! that were found, so that the same look tells later whether anything is another.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use portico_descriptors::{Host, Links, Site, Target, Tree, paths};
use portico_sdk::files::{self, Entry};
use portico_sdk::{Error, Result};

use crate::memory::digest;

/// Patterns that the portal looks for at once, and their bytes together.
const AT_ONCE: usize = 100;
const BYTES_AT_ONCE: usize = 16 << 10;

/// The files of a machine.
pub(crate) trait Disk {
    /// Files that match any of the patterns, with their stamps.
    fn find(&self, patterns: &[String]) -> Result<Vec<Entry>>;

    /// A file's bytes.
    fn read(&self, path: &str) -> Result<Vec<u8>>;
}

impl Disk for Host {
    fn find(&self, patterns: &[String]) -> Result<Vec<Entry>> {
        files::find(patterns)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        files::read(path)
    }
}

/// The files that one location leads to, with a note of every look.
pub(crate) struct Folder<'a> {
    disk: &'a dyn Disk,
    looks: RefCell<Looks>,
}

/// What was looked for, and what was found.
#[derive(Default)]
struct Looks {
    /// Patterns that were answered.
    answered: BTreeSet<String>,
    /// Patterns that were refused, such as for want of a grant.
    refused: BTreeSet<String>,
    /// The stamps of what was found, by path.
    stamps: BTreeMap<String, String>,
}

impl<'a> Folder<'a> {
    pub(crate) fn new(disk: &'a dyn Disk) -> Folder<'a> {
        Folder { disk, looks: RefCell::default() }
    }

    fn look(&self, patterns: &[String]) -> Result<Vec<String>> {
        let looks = &mut *self.looks.borrow_mut();
        match self.disk.find(patterns) {
            Ok(entries) => {
                looks.answered.extend(patterns.iter().cloned());
                let paths = entries.iter().map(|entry| entry.path.clone()).collect();
                looks.stamps.extend(entries.into_iter().map(|entry| (entry.path, entry.stamp)));
                Ok(paths)
            }
            Err(error) => {
                looks.refused.extend(patterns.iter().cloned());
                Err(error)
            }
        }
    }

    /// What to look for again, to know whether anything has changed.
    pub(crate) fn seen(self) -> Seen {
        let Looks { answered, refused, stamps } = self.looks.into_inner();
        let state = state(&stamps);
        Seen { answered: answered.into_iter().collect(), refused: refused.into_iter().collect(), state }
    }
}

impl Tree for Folder<'_> {
    fn find(&self, patterns: &[String]) -> Result<Vec<String>> {
        self.look(patterns)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        if !self.looks.borrow().stamps.contains_key(path) {
            // Before it is read, so that a change in between is found the next time.
            self.look(&[paths::escaped(path)])?;
        }
        self.disk.read(path)
    }
}

/// What a location was made of when it was read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Seen {
    answered: Vec<String>,
    refused: Vec<String>,
    /// A digest of all that was found.
    state: String,
}

impl Seen {
    /// Whether all of it is as it was.
    pub(crate) fn stands(&self, disk: &dyn Disk) -> bool {
        if self.refused.iter().any(|pattern| disk.find(std::slice::from_ref(pattern)).is_ok()) {
            return false;
        }
        let mut stamps = BTreeMap::new();
        for patterns in batches(&self.answered) {
            match disk.find(patterns) {
                Ok(entries) => stamps.extend(entries.into_iter().map(|entry| (entry.path, entry.stamp))),
                // Reading it again says why.
                Err(_) => return false,
            }
        }
        state(&stamps) == self.state
    }
}

fn state(stamps: &BTreeMap<String, String>) -> String {
    digest(stamps.iter().flat_map(|(path, stamp)| [path.as_str(), stamp.as_str()]))
}

/// The patterns in as many at once as are taken.
fn batches(patterns: &[String]) -> Vec<&[String]> {
    let (mut batches, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (index, pattern) in patterns.iter().enumerate() {
        if index > start && (index - start == AT_ONCE || bytes + pattern.len() > BYTES_AT_ONCE) {
            batches.push(&patterns[start..index]);
            (start, bytes) = (index, 0);
        }
        bytes += pattern.len();
    }
    batches.push(&patterns[start..]);
    batches.retain(|batch| !batch.is_empty());
    batches
}

/// How files of the machine are addressed.
pub(crate) struct Paths<'a> {
    /// The scopes of all locations but this one.
    known: &'a BTreeSet<String>,
    /// Whether it mattered which locations there are.
    asked: Cell<bool>,
}

impl<'a> Paths<'a> {
    pub(crate) fn new(known: &'a BTreeSet<String>) -> Paths<'a> {
        Paths { known, asked: Cell::new(false) }
    }

    /// Whether it mattered which locations there are.
    pub(crate) fn asked(&self) -> bool {
        self.asked.get()
    }
}

impl Site for Paths<'_> {
    fn links(&self, path: &str) -> Links {
        Links { location: format!("file:{path}"), view: None, edit: None, source: None }
    }

    fn target(&self, file: &str, written: &str) -> Target {
        self.asked.set(true);
        if written.contains("://") {
            return match self.known.contains(&format!("url:{written}")) {
                true => Target::Elsewhere,
                false => Target::Refused(
                    "is a web address, and files lead to files only; register it as a location of its own, or write a path"
                        .to_owned(),
                ),
            };
        }
        match paths::resolve(file, written) {
            None => {
                Target::Refused("climbs above the root of the machine; name a file below a granted folder".to_owned())
            }
            Some(path) if self.known.contains(&format!("file:{path}")) => Target::Elsewhere,
            Some(path) if paths::is_pattern(&path) => Target::Files(path),
            Some(path) => Target::File(path),
        }
    }

    fn include(&self, file: &str, written: &str) -> Result<String> {
        if written.contains("://") {
            return Err(Error::Invalid(
                "it is a web address, and files lead to files only; save it beside this file, or refer to it by a link"
                    .to_owned(),
            ));
        }
        paths::resolve(file, written).ok_or_else(|| {
            Error::Invalid("it climbs above the root of the machine; name a file below a granted folder".to_owned())
        })
    }

    fn fewer(&self) -> &'static str {
        "narrow the pattern of the location, or split it into several locations"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_counts_from_its_own_folder() {
        let known: BTreeSet<String> =
            ["file:/srv/org/all.yaml".to_owned(), "url:https://x.test/a.yaml".to_owned()].into();
        let paths = Paths::new(&known);
        for (written, expected) in [
            ("./a.yaml", Target::File("/srv/catalog/a.yaml".into())),
            ("../*/all.yaml", Target::Files("/srv/*/all.yaml".into())),
            ("/etc/a.yaml", Target::File("/etc/a.yaml".into())),
            ("../org/all.yaml", Target::Elsewhere),
            ("https://x.test/a.yaml", Target::Elsewhere),
        ] {
            assert_eq!(paths.target("/srv/catalog/all.yaml", written), expected, "{written}");
        }
        for (written, expected) in
            [("../../../a.yaml", "climbs above the root"), ("https://x.test/b", "is a web address")]
        {
            let Target::Refused(why) = paths.target("/srv/catalog/all.yaml", written) else { panic!("{written}") };
            assert!(why.starts_with(expected), "{written}: {why}");
            let error = paths.include("/srv/catalog/all.yaml", written).expect_err(written).to_string();
            assert!(error.starts_with(&format!("it {expected}")), "{written}: {error}");
        }
        assert_eq!(paths.include("/srv/catalog/all.yaml", "api.yaml").expect("a path"), "/srv/catalog/api.yaml");
    }

    #[test]
    fn patterns_are_looked_for_in_as_many_as_are_taken() {
        let sizes = |count: usize, length: usize| {
            let patterns: Vec<String> = (0..count).map(|_| "x".repeat(length)).collect();
            batches(&patterns).iter().map(|batch| batch.len()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(0, 1), [0_usize; 0]);
        assert_eq!(sizes(250, 10), [100, 100, 50]);
        assert_eq!(sizes(5, 8 << 10), [2, 2, 1]);
        assert_eq!(sizes(2, 17 << 10), [1, 1]);
    }
}
