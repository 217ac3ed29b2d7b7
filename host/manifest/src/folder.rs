//! Folders of this machine, and paths as they are compared.
//!
//! Rule: paths are compared in one spelling, absolute and without `.` or `..`. A folder covers what lies below it and nothing
//! whose name only begins alike.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::written::written_as_text;

/// A folder, as it was written: absolute, or from the folder of `portico.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderPath(String);

impl FolderPath {
    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same folder by its absolute path.
    #[must_use]
    pub fn from_folder(&self, base: &Path) -> FolderPath {
        FolderPath(absolute(base, &self.0))
    }

    /// Whether an absolute path is this folder, or lies below it.
    pub fn covers(&self, path: &str) -> bool {
        self.inside(path).is_some()
    }

    /// What is left of a path below this folder, without a slash in front; empty for the folder itself.
    pub fn inside<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.0.trim_end_matches('/'))?;
        if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
    }
}

impl FromStr for FolderPath {
    type Err = String;

    fn from_str(text: &str) -> Result<FolderPath, String> {
        let wrong = |why: &str| {
            Err(format!(
                "`{text}` is no folder: {why}; write a path such as `/srv/catalog`, or `catalog` for one beside portico.yaml"
            ))
        };
        if text.trim().is_empty() {
            return wrong("it is empty");
        }
        if text.contains(['*', '?']) {
            return wrong("it holds `*` or `?`, and a folder is granted with all that is below it");
        }
        if text.contains("://") {
            return wrong("it is an address");
        }
        if text.chars().any(char::is_control) {
            return wrong("it holds control characters");
        }
        Ok(FolderPath(text.to_owned()))
    }
}

impl fmt::Display for FolderPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

written_as_text!(FolderPath, "a folder, such as `/srv/catalog`");

/// The absolute spelling of a path or a pattern that was written in a file of the folder `base`. What climbs above the root
/// stays there, as everywhere on this machine.
pub fn absolute(base: &Path, written: &str) -> String {
    let base = base.to_string_lossy();
    let start = if written.starts_with('/') { "" } else { base.as_ref() };
    let mut names: Vec<&str> = Vec::new();
    for name in start.split('/').chain(written.split('/')) {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_spelling() {
        for (written, expected) in [
            ("catalog", "/etc/portico/catalog"),
            ("./catalog/", "/etc/portico/catalog"),
            ("../org/*.yaml", "/etc/org/*.yaml"),
            (".", "/etc/portico"),
            ("/srv//catalog/./x", "/srv/catalog/x"),
            ("../../../../srv", "/srv"),
            ("/", "/"),
        ] {
            assert_eq!(absolute(Path::new("/etc/portico"), written), expected, "{written}");
        }
    }

    #[test]
    fn a_folder_covers_itself_and_what_is_below() {
        for (folder, path, inside) in [
            ("/srv/catalog", "/srv/catalog", Some("")),
            ("/srv/catalog", "/srv/catalog/a/b.yaml", Some("a/b.yaml")),
            ("/srv/catalog", "/srv/catalogue/b.yaml", None),
            ("/srv/catalog", "/srv", None),
            ("/", "/srv/a.yaml", Some("srv/a.yaml")),
            ("/", "/", Some("")),
        ] {
            assert_eq!(FolderPath(folder.into()).inside(path), inside, "{path} in {folder}");
        }
    }
}
