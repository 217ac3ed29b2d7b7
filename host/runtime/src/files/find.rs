//! Finding files: a walk through the granted folders that a search is about.

use std::collections::BTreeMap;
use std::io;

use cap_std::fs::Dir;
use portico_manifest::{FolderPath, Rights};

use super::{Entry, FilesError, open, pattern, stamp};
use crate::patterns::Patterns;

/// Files and folders that are looked at: ten times what an ordinary home folder holds.
const MOST_ENTRIES: usize = 1_000_000;

/// A path of names of one letter is a file system's longest at twenty times this.
const DEEPEST: usize = 100;

/// A list that a plugin can hold in its memory.
const MOST_FOUND: usize = 20_000;

/// Files whose absolute paths match any of the patterns, sorted by path. `goes_on` is asked between folders.
pub(crate) fn find(rights: &Rights, patterns: &[String], goes_on: &dyn Fn() -> bool) -> Result<Vec<Entry>, FilesError> {
    let mut searches: BTreeMap<&FolderPath, Vec<String>> = BTreeMap::new();
    for text in patterns {
        let folder = rights.folder(&pattern::beginning(text)?)?;
        let names = folder.as_str().split('/').filter(|name| !name.is_empty()).count();
        searches.entry(folder).or_default().push(pattern::without(text, names).to_owned());
    }
    let mut found = Vec::new();
    let mut seen = 0;
    for (folder, patterns) in searches {
        let patterns = Patterns::compile(&patterns).map_err(FilesError::Invalid)?;
        let walk = Walk { folder, root: open(folder)?, patterns: &patterns, goes_on };
        walk.go(&mut seen, &mut found)?;
    }
    found.sort();
    Ok(found)
}

/// A walk through one granted folder.
struct Walk<'a> {
    folder: &'a FolderPath,
    root: Dir,
    patterns: &'a Patterns,
    goes_on: &'a dyn Fn() -> bool,
}

impl Walk<'_> {
    fn go(&self, seen: &mut usize, found: &mut Vec<Entry>) -> Result<(), FilesError> {
        let mut folders = vec![(String::new(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            if !(self.goes_on)() {
                return Err(FilesError::Stopped);
            }
            for (name, kind) in self.entries(&folder)? {
                *seen += 1;
                if *seen > MOST_ENTRIES {
                    return Err(self.too_many("files and folders", MOST_ENTRIES));
                }
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                match kind {
                    Kind::Folder if depth < DEEPEST && self.patterns.enters(&path) => folders.push((path, depth + 1)),
                    Kind::File | Kind::Link if self.patterns.matches(&path) => found.extend(self.entry(&path)?),
                    _ => {}
                }
                if found.len() > MOST_FOUND {
                    return Err(self.too_many("files that match", MOST_FOUND));
                }
            }
        }
        Ok(())
    }

    /// What stands in a folder under names that a pattern can hold. A folder that has just gone holds nothing.
    fn entries(&self, folder: &str) -> Result<Vec<(String, Kind)>, FilesError> {
        let shown = self.absolute(folder);
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::PermissionDenied => FilesError::Failed(format!(
                "the folder {shown} may not be read by the user that the portal runs as; change its permissions"
            )),
            _ => FilesError::Failed(format!("the folder {shown} could not be read: {error}")),
        };
        let listed = if folder.is_empty() { self.root.entries() } else { self.root.read_dir(folder) };
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.is_empty() => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut entries = Vec::new();
        for entry in listed {
            let entry = entry.map_err(failed)?;
            let kind = match entry.file_type() {
                Ok(kind) if kind.is_dir() => Kind::Folder,
                Ok(kind) if kind.is_file() => Kind::File,
                Ok(kind) if kind.is_symlink() => Kind::Link,
                Ok(_) => continue,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(error)),
            };
            if let Ok(name) = entry.file_name().into_string() {
                entries.push((name, kind));
            }
        }
        Ok(entries)
    }

    /// A file, or what a link leads to; none if that is no file, or has just gone.
    fn entry(&self, inside: &str) -> Result<Option<Entry>, FilesError> {
        let path = self.absolute(inside);
        match self.root.metadata(inside) {
            Ok(metadata) if metadata.is_file() => {
                Ok(Some(Entry { path, size: metadata.len(), stamp: stamp(&metadata) }))
            }
            Ok(_) => Ok(None),
            Err(error) => match FilesError::of(error, &path, self.folder) {
                // Reading it says why.
                FilesError::Outside { .. } | FilesError::NotFound(_) => {
                    Ok(Some(Entry { path, size: 0, stamp: String::new() }))
                }
                error => Err(error),
            },
        }
    }

    fn absolute(&self, inside: &str) -> String {
        let folder = self.folder.as_str().trim_end_matches('/');
        if inside.is_empty() { self.folder.to_string() } else { format!("{folder}/{inside}") }
    }

    fn too_many(&self, what: &str, most: usize) -> FilesError {
        FilesError::Invalid(format!(
            "{} has more than {most} {what}; name the places to look at, such as services/*/catalog-info.yaml",
            self.folder
        ))
    }
}

/// What an entry of a folder is to a reader.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Link,
}
