//! Files that a step takes from elsewhere.
//!
//! Rule: files of a repository come in by one call of the host, into a folder of the workspace that goes when the step has ended, and are
//! moved from there: so a file keeps its permission to be executed, and what is not rendered is not read.

use std::collections::BTreeMap;

use portico_descriptors::paths;
use portico_sdk::repositories::Snapshot;
use portico_sdk::workspace::{self, Kind, Template};
use portico_sdk::{Error, Result, files, http, warn};
use portico_sites::Inside;

use crate::address::Place;

/// Where fetched files lie until each has its place.
pub(crate) const STAGE: &str = ".portico-fetched";

/// Files that came from somewhere. Dropping it takes away what is left of them.
pub(crate) enum Source {
    /// In the stage, in a folder of it.
    Staged(Stage),
    /// Beside a template that is tried: the folder.
    Template(Template, String),
    /// Of the machine: absolute paths, by those in the folder.
    Machine(BTreeMap<String, String>),
    /// One file alone.
    One(Vec<u8>),
}

/// The folder in the workspace.
pub(crate) struct Stage;

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = workspace::remove(STAGE) {
            warn!("{STAGE} could not be taken away: {error}");
        }
    }
}

/// The name of a file that came alone.
pub(crate) const ALONE: &str = "file";

impl Source {
    /// A folder with everything that is in it.
    pub(crate) fn folder(place: &Place) -> Result<Source> {
        match place {
            Place::Template(path) => {
                let template = template()?;
                match template.stat(path)?.map(|stat| stat.kind) {
                    Some(Kind::Folder) => Ok(Source::Template(template, path.clone())),
                    Some(_) => Err(no_folder(path)),
                    None => Err(missing(path)),
                }
            }
            Place::Machine(path) => machine(path),
            Place::Repository(url, readings) => {
                let stage = fetched(url, readings, STAGE)?;
                match workspace::stat(STAGE)?.map(|stat| stat.kind) {
                    Some(Kind::File | Kind::Link) => Err(no_folder(url)),
                    _ => Ok(Source::Staged(stage)),
                }
            }
            Place::Web(url) => Err(Error::Invalid(format!(
                "input.url: `{url}` lies in no repository that could be made out; write the address of a folder as its forge shows it, such \
                 as `https://github.com/acme/templates/tree/main/skeleton`, or have the operator say under `settings.forges` what its host is"
            ))),
        }
    }

    /// One file.
    pub(crate) fn file(place: &Place) -> Result<Source> {
        match place {
            Place::Template(path) => Ok(Source::One(template()?.read(path)?)),
            Place::Machine(path) => Ok(Source::One(files::read(path)?)),
            Place::Web(url) => Ok(Source::One(http::get(url).send()?.ok().map_err(|error| error.context(url))?.body)),
            Place::Repository(url, readings) => {
                let stage = fetched(url, readings, &format!("{STAGE}/{ALONE}"))?;
                match workspace::stat(&format!("{STAGE}/{ALONE}"))?.map(|stat| stat.kind) {
                    Some(Kind::File) => Ok(Source::Staged(stage)),
                    _ => Err(Error::Invalid(format!("input.url: it leads to a folder of {url}, and to no file"))),
                }
            }
        }
    }

    /// The files and links, by their paths in the folder.
    pub(crate) fn list(&self) -> Result<Vec<(String, Kind)>> {
        let entries = match self {
            Source::Staged(_) if workspace::stat(STAGE)?.is_none() => Vec::new(),
            Source::Staged(_) => workspace::walk(STAGE)?,
            Source::Template(template, folder) => template.walk(folder)?,
            Source::Machine(files) => return Ok(files.keys().map(|path| (path.clone(), Kind::File)).collect()),
            Source::One(_) => return Ok(vec![(ALONE.to_owned(), Kind::File)]),
        };
        let files = entries.into_iter().filter(|entry| entry.kind != Kind::Folder);
        Ok(files.map(|entry| (entry.path, entry.kind)).collect())
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>> {
        match self {
            Source::Staged(_) => workspace::read(&format!("{STAGE}/{path}")),
            Source::Template(template, folder) => template.read(&format!("{folder}/{path}")),
            Source::Machine(all) => files::read(all.get(path).map_or(path, String::as_str)),
            Source::One(bytes) => Ok(bytes.clone()),
        }
    }

    /// Puts a file, or a link, to a path of the workspace as it is.
    pub(crate) fn put(&self, path: &str, target: &str) -> Result<()> {
        match self {
            Source::Staged(_) => workspace::rename(&format!("{STAGE}/{path}"), target),
            _ => self.write(path, target, &self.read(path)?),
        }
    }

    /// Puts a file to a path of the workspace with other contents, and its permission to be executed.
    pub(crate) fn put_with(&self, path: &str, target: &str, contents: &[u8]) -> Result<()> {
        let Source::Staged(_) = self else { return self.write(path, target, contents) };
        let staged = format!("{STAGE}/{path}");
        workspace::write(&staged, contents)?;
        workspace::rename(&staged, target)
    }

    /// Writes a file that was not staged.
    fn write(&self, path: &str, target: &str, contents: &[u8]) -> Result<()> {
        workspace::write(target, contents)?;
        match self {
            Source::Machine(all) => {
                let is_executable = files::is_executable(all.get(path).map_or(path, String::as_str))?;
                workspace::set_executable(target, is_executable)
            }
            _ => Ok(()),
        }
    }
}

fn template() -> Result<Template> {
    workspace::template().ok_or_else(|| Error::NotFound("no files came with this template".to_owned()))
}

fn missing(path: &str) -> Error {
    Error::NotFound(format!("input.url: there is nothing at `{path}` beside the template; correct the step's `url`"))
}

fn no_folder(place: &str) -> Error {
    Error::Invalid(format!(
        "input.url: it leads to a file of `{place}`, and to no folder; use `fetch:plain:file` or `fetch:template:file` for one file"
    ))
}

fn machine(folder: &str) -> Result<Source> {
    let found = files::find(&[format!("{}/**", paths::escaped(folder))])?;
    if found.is_empty() {
        return Err(Error::NotFound(format!("input.url: there is no folder {folder}, or nothing in it")));
    }
    let below = |path: &str| path.strip_prefix(folder).map(|rest| rest.trim_start_matches('/').to_owned());
    Ok(Source::Machine(found.into_iter().filter_map(|entry| Some((below(&entry.path)?, entry.path))).collect()))
}

/// Copies what is at a place of a repository to a path of the workspace, in the first way of reading the address that leads to something.
fn fetched(url: &str, readings: &[Inside], target: &str) -> Result<Stage> {
    // What a step that was broken off left behind.
    workspace::remove(STAGE)?;
    let stage = Stage;
    let mut first = None;
    for Inside { reference, path } in readings {
        let copied = Snapshot::open(url, reference.as_deref())
            .and_then(|snapshot| workspace::copy_from(&snapshot, path, target));
        match copied {
            Ok(_) => return Ok(stage),
            // Another way of reading it may lead to a branch whose name has slashes.
            Err(error @ Error::NotFound(_)) => first = first.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    Err(first.unwrap_or_else(|| Error::NotFound(format!("input.url: it leads to nothing in {url}"))))
}
