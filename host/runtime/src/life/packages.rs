//! The files of plugins that were installed, each under its digest.
//!
//! Rule: a file is whole or not there, and is never changed: another package is another file.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where packages are.
#[derive(Clone)]
pub(crate) struct Packages(PathBuf);

impl Packages {
    /// The folder, made if it is not there.
    pub(crate) fn open(folder: &Path) -> io::Result<Packages> {
        fs::create_dir_all(folder)?;
        Ok(Packages(folder.to_owned()))
    }

    /// Where the package with this digest is, or would be.
    pub(crate) fn path(&self, digest: &str) -> PathBuf {
        self.0.join(format!("{digest}.wasm"))
    }

    /// Keeps a package, in the place of what lies there, which may be damaged.
    pub(crate) fn put(&self, digest: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(digest);
        let draft = path.with_extension("draft");
        let file = fs::File::create(&draft)?;
        io::Write::write_all(&mut &file, bytes)?;
        file.sync_all()?;
        fs::rename(&draft, &path)
    }

    /// Removes everything but these packages, and drafts that a crash left.
    pub(crate) fn keep_only(&self, digests: &BTreeSet<String>) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
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
