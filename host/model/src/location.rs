//! Locations: `type:target`, and the annotations that say where an entity came from.
//!
//! Rule: a location is told apart from a web address; `https://…` alone is refused with the advice to write `url:` in
//! front, and nothing that a browser would run as a script passes.

use std::fmt;

use sha1::{Digest, Sha1};

/// The location that brought the entity.
pub const MANAGED_BY_LOCATION: &str = "backstage.io/managed-by-location";
/// The location that the chain of locations began with.
pub const MANAGED_BY_ORIGIN_LOCATION: &str = "backstage.io/managed-by-origin-location";
/// Where the entity's source code is.
pub const SOURCE_LOCATION: &str = "backstage.io/source-location";
/// A page on which a person can read the descriptor.
pub const VIEW_URL: &str = "backstage.io/view-url";
/// A page on which a person can edit the descriptor.
pub const EDIT_URL: &str = "backstage.io/edit-url";
/// `true` on an entity that nothing brings any more.
pub const ORPHAN: &str = "backstage.io/orphan";

/// Where something is: a type, such as `url` or `file`, and a target in its terms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocationRef {
    /// Such as `url`.
    pub kind: String,
    /// Such as `https://github.com/acme/payments/blob/main/catalog-info.yaml`.
    pub target: String,
}

/// Why a text is no location.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// No `:`, or nothing on one side of it.
    #[error("`{0}` is no location; write it as `type:target`, for example `url:https://host/path/catalog-info.yaml`")]
    Form(String),
    /// A web address without a type.
    #[error("`{0}` is a web address, not a location; write `url:` in front of it: `url:{0}`")]
    MissingType(String),
    /// A target that a browser would run.
    #[error("`{0}` is a script and cannot be a location; name a file or a web page")]
    Script(String),
}

impl LocationRef {
    /// Reads `type:target`; spaces around both are dropped.
    pub fn parse(text: &str) -> Result<LocationRef, LocationError> {
        let form = || LocationError::Form(text.to_owned());
        let (kind, target) = text.split_once(':').ok_or_else(form)?;
        let (kind, target) = (kind.trim(), target.trim());
        if kind.is_empty() || target.is_empty() {
            return Err(form());
        }
        if kind == "http" || kind == "https" {
            return Err(LocationError::MissingType(text.trim().to_owned()));
        }
        if is_script_url(target) {
            return Err(LocationError::Script(text.to_owned()));
        }
        Ok(LocationRef { kind: kind.to_owned(), target: target.to_owned() })
    }

    /// The name of the Location entity that stands for this location when no author wrote one.
    pub fn entity_name(&self) -> String {
        let digest = Sha1::digest(self.to_string());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("generated-{digest}")
    }
}

impl fmt::Display for LocationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.target)
    }
}

impl std::str::FromStr for LocationRef {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<LocationRef, LocationError> {
        LocationRef::parse(text)
    }
}

/// Whether a browser would take `url` for a `javascript:` address. It forgives control characters and spaces in front
/// and line breaks and tabs between the letters, so this does too.
pub fn is_script_url(url: &str) -> bool {
    let letters = url.trim_start_matches(|sign: char| sign <= ' ');
    let mut letters = letters.chars().filter(|sign| !matches!(sign, '\r' | '\n' | '\t'));
    "javascript:".chars().all(|wanted| letters.next().is_some_and(|sign| sign.eq_ignore_ascii_case(&wanted)))
}
