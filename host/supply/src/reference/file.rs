//! Files of this machine.
//!
//! Rule: a path stands as the system knows it; nothing of it is decoded, and what looks like a digest behind `#` is one.

use std::fmt;
use std::path::Path;

use super::ReferenceError;
use crate::digest::Digest;

/// A file, pinned or not: `file:/path/x.wasm`, `file:/path/x.wasm#sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileReference {
    path: String,
    digest: Option<Digest>,
}

impl FileReference {
    /// What stands behind `file:`.
    pub(super) fn after_scheme(rest: &str) -> Result<FileReference, ReferenceError> {
        let path = match rest.strip_prefix("//") {
            // `file:///path` is the long way to write `file:/path`.
            Some(path) if path.is_empty() || path.starts_with('/') => path,
            Some(_) => return Err(ReferenceError::FileHost(format!("file:{rest}"))),
            None => rest,
        };
        FileReference::new(path)
    }

    /// A path without a scheme, if it cannot be mistaken for anything else.
    pub(super) fn plain(text: &str) -> Result<FileReference, ReferenceError> {
        let file = FileReference::new(text)?;
        let clear = ["/", "./", "../"].iter().any(|start| text.starts_with(start)) || file.path.ends_with(".wasm");
        if clear { Ok(file) } else { Err(ReferenceError::Unclear(crate::error::excerpt(text))) }
    }

    fn new(text: &str) -> Result<FileReference, ReferenceError> {
        let (path, digest) = match text.split_once("#sha") {
            // Any algorithm counts, so that an unknown one is said to be unknown and not looked for among the files.
            Some((path, digest)) if digest.contains(':') => (path, Some(format!("sha{digest}").parse::<Digest>()?)),
            _ => (text, None),
        };
        if path.is_empty() {
            return Err(ReferenceError::NoPath);
        }
        // Two slashes at the beginning would read as a host when the reference is written out.
        let path = match path.trim_start_matches('/') {
            rest if rest.len() < path.len() => format!("/{rest}"),
            _ => path.to_owned(),
        };
        Ok(FileReference { path, digest })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        Path::new(&self.path)
    }

    /// The same file, with a path that is not absolute counted from a folder.
    pub(super) fn in_folder(&self, folder: &Path) -> FileReference {
        FileReference { path: folder.join(&self.path).display().to_string(), digest: self.digest }
    }

    /// The digest of the package, if it is pinned.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The same file with the digest of what it holds.
    pub(crate) fn pinned(&self, digest: Digest) -> FileReference {
        FileReference { path: self.path.clone(), digest: Some(digest) }
    }
}

impl fmt::Display for FileReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file:{}", self.path)?;
        self.digest.map_or(Ok(()), |digest| write!(f, "#{digest}"))
    }
}
