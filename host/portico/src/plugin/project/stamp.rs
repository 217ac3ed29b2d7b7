//! Whether what was made of files is still what these files say.
//!
//! Rule: files are compared by what they hold alone, so that a checkout, another clock or another way to name the folder has nothing made
//! again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What something was made of, kept in a file beside it.
pub(super) struct Stamp {
    file: PathBuf,
    of: Vec<u8>,
}

impl Stamp {
    /// The stamp of what is made of these files; those that are not there count as empty.
    pub(super) fn of(file: PathBuf, made_of: &[PathBuf]) -> io::Result<Stamp> {
        let mut of = Vec::new();
        for path in made_of {
            let bytes = match fs::read(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                read => read?,
            };
            // With its length, so that no byte moves from one file into the next unseen.
            of.extend(format!("{}\n", bytes.len()).bytes());
            of.extend(bytes);
        }
        Ok(Stamp { file, of })
    }

    /// Whether it was made of the files as they are.
    pub(super) fn is_fresh(&self) -> bool {
        fs::read(&self.file).is_ok_and(|was| was == self.of)
    }

    /// Notes that it was made of the files as they are.
    pub(super) fn renew(&self) -> io::Result<()> {
        fs::write(&self.file, &self.of)
    }
}

/// Every file below a folder, in order.
pub(super) fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        match entry.is_dir() {
            true => files.extend(files_below(&entry)?),
            false => files.push(entry),
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fresh_until_a_file_holds_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let files = [folder.path().join("a/one"), folder.path().join("two")];
        let stamp = || Stamp::of(folder.path().join("stamp"), &files).unwrap();
        assert!(!stamp().is_fresh(), "nothing was made yet");
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(&files[0], "x").unwrap();
        stamp().renew().unwrap();
        assert!(stamp().is_fresh());
        fs::write(&files[0], "").unwrap();
        fs::write(&files[1], "x").unwrap();
        assert!(!stamp().is_fresh());
        fs::remove_file(folder.path().join("stamp")).unwrap();
        assert_eq!(files_below(folder.path()).unwrap(), files);
    }
}
