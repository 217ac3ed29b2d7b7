//! A run that is about some repositories: those that a webhook has named, or somebody asks for.
//!
//! Rule: each is asked for by its number, and no list is read, so that a push costs what there is of one repository. What the forge does not
//! find is left to the next listing, unless a webhook has called it deleted.

use std::collections::BTreeSet;

use portico_sdk::{Error, Result, clock, error, run, state, unreadable};

use crate::annotated::Annotated;
use crate::gone::{DOUBT, Found, find};
use crate::reading::{Reader, forget, forget_called};
use crate::settings::{Forge, Settings};
use crate::sync::say;
use crate::tree::Clones;

/// Reads these scopes, as far as they are repositories. Answers why something could not be.
pub(crate) fn read(clones: &dyn Clones, settings: &Settings, scopes: &[String]) -> Result<Vec<Error>> {
    let mut failures = Vec::new();
    for forge in &settings.forges {
        let front = format!("{}#", forge.key());
        let ids: Vec<&str> = scopes.iter().filter_map(|scope| scope.strip_prefix(&front)).collect();
        for (done, id) in ids.iter().enumerate() {
            run::progress(done as u64, Some(ids.len() as u64), &format!("reading {}", forge.key()));
            match one(clones, forge, id) {
                Ok(()) => {}
                Err(error) if run::cancelled() => return Err(error),
                Err(error) => {
                    error!("{error}");
                    let wants_peace = matches!(error, Error::Unavailable { retry_after: Some(_), .. });
                    if !wants_peace {
                        unreadable(&forge.scope(id), &error.to_string())?;
                    }
                    failures.push(error);
                    if wants_peace {
                        break;
                    }
                }
            }
        }
    }
    Ok(failures)
}

fn one(clones: &dyn Clones, forge: &Forge, id: &str) -> Result<()> {
    let api = forge.dialect().api(forge);
    let repository = match find(forge, &api, id)? {
        Found::There(repository) => repository,
        Found::Elsewhere => return forget(forge, id),
        Found::Nowhere => {
            let deleted = Deleted::of(forge, id);
            if let Some(project) = deleted.project()? {
                forget_called(forge, id, &project)?;
                deleted.forget()?;
            }
            return Ok(());
        }
    };
    Deleted::of(forge, id).forget()?;
    let annotated = Annotated::with_project(forge, &repository.project)?;
    let mut reader = Reader { clones, forge, api, annotated, unseen: BTreeSet::new() };
    let told = reader.details(&repository)?;
    reader.warn_of_unseen();
    let done = reader.read(&repository, Some(told)).map_err(|error| error.context(&repository.project))?;
    say(&repository.project, &done);
    Ok(())
}

/// That a webhook has called a repository deleted, until it was looked for. It is believed for as long as there would be doubt without.
pub(crate) struct Deleted(String);

impl Deleted {
    pub(crate) fn of(forge: &Forge, id: &str) -> Deleted {
        // A key has at most 256 bytes, and the path of a group may have more.
        Deleted(format!("deleted/{}", crate::cursor::digest(std::iter::once(forge.scope(id).as_str()))))
    }

    /// Notes what it was called then.
    pub(crate) fn note(&self, project: &str) -> Result<()> {
        state::set(&self.0, &(project, clock::now()))
    }

    /// What it was called; none where no webhook has said so.
    pub(crate) fn project(&self) -> Result<Option<String>> {
        let noted: Option<(String, u64)> = state::get(&self.0)?;
        let is_fresh = |at: u64| clock::now().checked_sub(at).is_some_and(|age| age < DOUBT);
        Ok(noted.filter(|(_, at)| is_fresh(*at)).map(|(project, _)| project))
    }

    fn forget(&self) -> Result<()> {
        state::delete(&self.0)
    }
}
