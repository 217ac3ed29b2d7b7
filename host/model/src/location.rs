//! Locations: `type:target`, and the annotations that say where an entity came from.
//!
//! Rule: a location is told apart from a web address; `https://…` alone is refused with the advice to write `url:` in
//! front, and nothing that a browser would run as a script passes.

use std::fmt;

use sha1::{Digest, Sha1};

use crate::reference::{DEFAULT_NAMESPACE, EntityRef};

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

/// Bytes of a target that is registered: with its type it names a scope, which has at most 512.
const LONGEST_TARGET: usize = 500;

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
    /// A target of the type `url` that is no web address, and why.
    #[error(
        "`{0}` is no address to register: {1}; write it as a browser shows it, such as \
         `https://github.com/acme/ledger/blob/main/catalog-info.yaml`"
    )]
    Address(String, String),
    /// A target of the type `file` that is no path, and why.
    #[error(
        "`{0}` is no path of a file: {1}; write one such as `/srv/catalog/all.yaml`, or a pattern such as `/srv/catalog/*.yaml`"
    )]
    Path(String, String),
}

impl LocationRef {
    /// Reads `type:target`; spaces around both are dropped.
    pub fn parse(text: &str) -> Result<LocationRef, LocationError> {
        let form = || LocationError::Form(begin(text));
        let (kind, target) = text.split_once(':').ok_or_else(form)?;
        let (kind, target) = (kind.trim(), target.trim());
        if kind.is_empty() || target.is_empty() {
            return Err(form());
        }
        if kind == "http" || kind == "https" {
            return Err(LocationError::MissingType(begin(text.trim())));
        }
        if is_script_url(target) {
            return Err(LocationError::Script(begin(text)));
        }
        Ok(LocationRef { kind: kind.to_owned(), target: target.to_owned() })
    }

    /// A location of the type `url`, as people register it: an `http(s)` address that names a host and nobody's password.
    pub fn web(target: &str) -> Result<LocationRef, LocationError> {
        let target = target.trim();
        let wrong = |why: &str| Err(LocationError::Address(begin(target), why.to_owned()));
        if is_script_url(target) {
            return Err(LocationError::Script(begin(target)));
        }
        if target.len() > LONGEST_TARGET {
            return wrong(&format!("it has {} bytes, and at most {LONGEST_TARGET} are taken", target.len()));
        }
        if target.contains(|sign: char| sign.is_control() || sign.is_whitespace()) {
            return wrong("it holds spaces or control characters");
        }
        let url = match url::Url::parse(target) {
            Ok(url) => url,
            Err(error) => return wrong(&error.to_string()),
        };
        match url.scheme() {
            "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
                // The target itself is not shown: it holds a password.
                let why = "it holds a user name or a password, which belong under a plugin's `grants.credentials`";
                Err(LocationError::Address(format!("{}://…", url.scheme()), why.to_owned()))
            }
            "http" | "https" => Ok(LocationRef { kind: "url".to_owned(), target: target.to_owned() }),
            scheme => wrong(&format!("`{scheme}` is not supported, `https` and `http` are")),
        }
    }

    /// A location of the type `file`: an absolute path of this machine, or a pattern for several.
    pub fn file(target: &str) -> Result<LocationRef, LocationError> {
        let wrong = |why: &str| Err(LocationError::Path(begin(target), why.to_owned()));
        if target.len() > LONGEST_TARGET {
            return wrong(&format!("it has {} bytes, and at most {LONGEST_TARGET} are taken", target.len()));
        }
        if target.chars().any(char::is_control) {
            return wrong("it holds control characters");
        }
        if target.contains("://") {
            return wrong("it is an address, and those have the type `url`");
        }
        if !target.starts_with('/') {
            return wrong("it does not begin with `/`");
        }
        let plain = target.split('/').skip(1).all(|name| !matches!(name, "" | "." | ".."));
        if !plain {
            return wrong("it holds `.`, `..` or an empty name, or names a folder");
        }
        Ok(LocationRef { kind: "file".to_owned(), target: target.to_owned() })
    }

    /// The Location entity that stands for this location when no author wrote one.
    pub fn entity_ref(&self) -> EntityRef {
        let name = self.entity_name();
        // A name of forty-odd letters and digits is always one.
        EntityRef::new("location", DEFAULT_NAMESPACE, &name).unwrap_or_else(|_| unreachable!("{name} is a name"))
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

/// As much of a text as an error repeats.
fn begin(text: &str) -> String {
    text.chars().take(LONGEST_TARGET).collect()
}

/// Whether a browser would take `url` for a `javascript:` address. It forgives control characters and spaces in front
/// and line breaks and tabs between the letters, so this does too.
pub fn is_script_url(url: &str) -> bool {
    let letters = url.trim_start_matches(|sign: char| sign <= ' ');
    let mut letters = letters.chars().filter(|sign| !matches!(sign, '\r' | '\n' | '\t'));
    "javascript:".chars().all(|wanted| letters.next().is_some_and(|sign| sign.eq_ignore_ascii_case(&wanted)))
}
