//! Where the standards are: a repository, or a folder of the portal's machine.

use std::collections::BTreeSet;

use portico_sdk::repositories::Snapshot;
use portico_sdk::{Error, Result, files, settings, workspace};
use serde::Deserialize;

/// The folder that holds a folder for each.
const FOLDER: &str = "standards";

#[derive(Deserialize)]
struct Settings {
    repository: String,
}

pub(crate) enum Source {
    Repository(Snapshot),
    Machine(String),
}

impl Source {
    pub(crate) fn open() -> Result<Source> {
        let Settings { repository } = settings::read()?;
        match repository.starts_with('/') {
            true => Ok(Source::Machine(repository.trim_end_matches('/').to_owned())),
            false => Ok(Source::Repository(Snapshot::open(&repository, None)?)),
        }
    }

    /// The names of those that there are.
    pub(crate) fn standards(&self) -> Result<BTreeSet<String>> {
        let below = match self {
            Source::Repository(_) => format!("{FOLDER}/"),
            Source::Machine(folder) => format!("{folder}/{FOLDER}/"),
        };
        let name = |path: &String| Some(path.strip_prefix(&below)?.split_once('/')?.0.to_owned());
        Ok(self.paths(&format!("{below}**"))?.iter().filter_map(name).collect())
    }

    /// Copies one into a folder of the workspace. How many files it has.
    pub(crate) fn copy(&self, standard: &str, target: &str) -> Result<u32> {
        match self {
            Source::Repository(snapshot) => {
                Ok(workspace::copy_from(snapshot, &format!("{FOLDER}/{standard}"), target)?.files)
            }
            Source::Machine(folder) => {
                let below = format!("{folder}/{FOLDER}/{standard}/");
                let paths = self.paths(&format!("{below}**"))?;
                if paths.is_empty() {
                    return Err(Error::NotFound(format!("input.standard: there is no {below}")));
                }
                for path in &paths {
                    let place = path.strip_prefix(&below).unwrap_or(path);
                    let place = if target.is_empty() { place.to_owned() } else { format!("{target}/{place}") };
                    workspace::write(&place, &files::read(path)?)?;
                    workspace::set_executable(&place, files::is_executable(path)?)?;
                }
                Ok(u32::try_from(paths.len()).unwrap_or(u32::MAX))
            }
        }
    }

    fn paths(&self, pattern: &str) -> Result<Vec<String>> {
        let patterns = [pattern.to_owned()];
        Ok(match self {
            Source::Repository(snapshot) => snapshot.find(&patterns)?.into_iter().map(|entry| entry.path).collect(),
            Source::Machine(_) => files::find(&patterns)?.into_iter().map(|entry| entry.path).collect(),
        })
    }
}
