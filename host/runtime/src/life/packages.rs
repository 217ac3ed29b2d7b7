//! The files of plugins that were installed, each under its digest.
//!
//! Rule: a file is whole or not there, and is never changed: another package is another file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portico_manifest::Manifest;

/// Where packages are.
#[derive(Clone)]
pub(crate) struct Packages {
    folder: PathBuf,
    /// What was found out about some, until another file lies there: a page that looks again does not have one read and judged anew.
    judged: Arc<Mutex<BTreeMap<String, Judged>>>,
}

/// A package's manifest, or why it cannot be used.
type Judged = Result<Arc<Manifest>, String>;

impl Packages {
    /// The folder, made if it is not there.
    pub(crate) fn open(folder: &Path) -> io::Result<Packages> {
        fs::create_dir_all(folder)?;
        Ok(Packages { folder: folder.to_owned(), judged: Arc::default() })
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Judged>> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was found out about a package.
    pub(super) fn judged(&self, digest: &str) -> Option<Judged> {
        self.known().get(digest).cloned()
    }

    /// Keeps what was found out about a package.
    pub(super) fn note_judged(&self, digest: &str, judged: Judged) {
        self.known().insert(digest.to_owned(), judged);
    }

    /// Where the package with this digest is, or would be.
    pub(crate) fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.wasm"))
    }

    /// Keeps a package, in the place of what lies there, which may be damaged.
    pub(crate) fn put(&self, digest: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(digest);
        let draft = path.with_extension("draft");
        let file = fs::File::create(&draft)?;
        io::Write::write_all(&mut &file, bytes)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        self.known().remove(digest);
        Ok(())
    }

    /// Removes everything but these packages, and drafts that a crash left.
    pub(crate) fn keep_only(&self, digests: &BTreeSet<String>) -> io::Result<()> {
        self.known().retain(|digest, _| digests.contains(digest));
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_kept = path.extension().is_some_and(|end| end == "wasm")
                && path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| digests.contains(stem));
            if !is_kept {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_kept_until_nobody_needs_it() {
        let folder = tempfile::tempdir().unwrap();
        let packages = Packages::open(&folder.path().join("packages")).unwrap();
        packages.put("aa", b"one").unwrap();
        packages.put("bb", b"two").unwrap();
        fs::write(packages.path("cc").with_extension("draft"), b"half").unwrap();
        packages.keep_only(&BTreeSet::from(["aa".to_owned()])).unwrap();
        let left: Vec<PathBuf> =
            fs::read_dir(folder.path().join("packages")).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(left, [packages.path("aa")]);
    }
}
