//! References: where a package lies, as an operator writes it.
//!
//! Three forms: `file:/path/x.wasm` or a plain path, with `#sha256:…` if it is pinned; `https://host/path/x.wasm#sha256:…`,
//! where the digest is required; `oci://registry/repository:tag`, `…@sha256:…`, or both. The digest of a file or an
//! address is that of the package; it stands behind `#` because that part of an address never reaches a server. The
//! digest of an OCI reference is that of the manifest, as everywhere with registries.
//!
//! Rule: a reference is judged once, here; whoever holds one holds a good one. Nothing is looked up.

mod error;
mod file;
mod oci;
mod web;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use error::ReferenceError;
pub use file::FileReference;
pub use oci::{OciReference, is_registry};
pub use web::WebReference;
pub(crate) use web::{is_loopback, place};

/// Where a package lies. Written and read as a string; see the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Reference {
    /// A file of this machine.
    File(FileReference),
    /// An address with the digest of what it serves.
    Web(WebReference),
    /// An artifact in a registry.
    Oci(OciReference),
}

impl Reference {
    /// Whether it can only ever mean the same bytes.
    pub fn is_pinned(&self) -> bool {
        match self {
            Reference::File(file) => file.digest().is_some(),
            Reference::Web(_) => true,
            Reference::Oci(oci) => oci.digest().is_some(),
        }
    }

    /// As people see it: without the query of an address, which may hold what nobody else should read.
    pub fn shown(&self) -> String {
        match self {
            Reference::Web(web) => web.shown(),
            other => other.to_string(),
        }
    }

    /// The same place, with the path of a file counted from a folder if it is not absolute.
    #[must_use]
    pub fn in_folder(&self, folder: &Path) -> Reference {
        match self {
            Reference::File(file) => Reference::File(file.in_folder(folder)),
            other => other.clone(),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Reference, ReferenceError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if let Some(rest) = text.strip_prefix("file:") {
            return FileReference::after_scheme(rest).map(Reference::File);
        }
        if let Some(rest) = text.strip_prefix("oci://") {
            return OciReference::after_scheme(rest).map(Reference::Oci);
        }
        if text.starts_with("https:") || text.starts_with("http:") {
            return WebReference::parse(text).map(Reference::Web);
        }
        if text.contains("://") || text.starts_with("oci:") {
            return Err(ReferenceError::Scheme(text.to_owned()));
        }
        FileReference::plain(text).map(Reference::File)
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Reference, ReferenceError> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> String {
        reference.to_string()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::File(file) => file.fmt(f),
            Reference::Web(web) => web.fmt(f),
            Reference::Oci(oci) => oci.fmt(f),
        }
    }
}
