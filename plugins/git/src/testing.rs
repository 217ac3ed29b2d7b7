//! A portal in memory, with the repositories that its machine can reach; for tests.

use std::collections::{BTreeMap, BTreeSet};

use portico_descriptors::Tree;
use portico_descriptors::testing::{self, Files};
use portico_sdk::repositories::{Change, Head};
use portico_sdk::{Error, Result};

use crate::repositories::{Repositories, Version};
use crate::settings::Settings;

/// A repository's commits, the newest last, or why it cannot be reached.
type Repository = std::result::Result<Vec<(String, Files)>, Error>;

/// A portal in memory.
pub(crate) type Stage = testing::Stage<BTreeMap<String, Repository>>;

pub(crate) const SYSTEM: &str =
    "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: shop }\nspec: { owner: a }\n";

/// What an operator wrote.
pub(crate) fn settings(json: &str) -> Settings {
    portico_sdk::settings::parse::<Settings>(json).and_then(Settings::check).expect(json)
}

/// What the machine of a portal can reach.
pub(crate) trait Reaches {
    /// A repository has a further commit.
    fn with(self, url: &str, commit: &str, files: &[(&str, &str)]) -> Stage;
    /// A repository cannot be reached.
    fn without(self, url: &str, error: Error) -> Stage;
}

impl Reaches for Stage {
    fn with(mut self, url: &str, commit: &str, files: &[(&str, &str)]) -> Stage {
        let repository = self.world.entry(url.to_owned()).or_insert_with(|| Ok(Vec::new()));
        repository.as_mut().expect("one that can be reached").push((commit.to_owned(), Files::new(files)));
        self
    }

    fn without(mut self, url: &str, error: Error) -> Stage {
        self.world.insert(url.to_owned(), Err(error));
        self
    }
}

/// The newest commit of a repository.
pub(crate) struct Newest {
    head: Head,
    commits: Vec<(String, Files)>,
}

fn newest(stage: &Stage, url: &str) -> Result<Newest> {
    let commits = stage.world.get(url).cloned().unwrap_or_else(|| panic!("{url}"))?;
    let commit = commits.last().expect("a commit").0.clone();
    Ok(Newest { head: Head { reference: "refs/heads/main".into(), commit }, commits })
}

impl Repositories for &Stage {
    type Tree = Newest;

    fn resolve(&self, url: &str, _: Option<&str>) -> Result<Head> {
        Ok(newest(self, url)?.head)
    }

    fn open(&self, url: &str, _: Option<&str>) -> Result<(Newest, Head)> {
        self.say(format!("open {url}"));
        let newest = newest(self, url)?;
        let head = newest.head.clone();
        Ok((newest, head))
    }
}

impl Newest {
    fn files(&self) -> &Files {
        &self.commits.last().expect("a commit").1
    }
}

impl Tree for Newest {
    fn find(&self, patterns: &[String]) -> Result<Vec<String>> {
        self.files().find(patterns)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        self.files().read(path)
    }
}

impl Version for Newest {
    fn changed_since(&self, commit: &str) -> Result<Option<Vec<Change>>> {
        let Some((_, before)) = self.commits.iter().find(|(known, _)| known == commit) else { return Ok(None) };
        let everything = ["**".to_owned()];
        let paths: BTreeSet<String> = before.find(&everything)?.into_iter().chain(self.find(&everything)?).collect();
        let differs = |path: &String| before.read(path).ok() != self.read(path).ok();
        let change = |path: String| Change { is_there: self.read(&path).is_ok(), path };
        Ok(Some(paths.into_iter().filter(differs).map(change).collect()))
    }
}
