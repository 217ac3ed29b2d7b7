//! The manifest: what a plugin says about itself and what it asks for.
//!
//! It travels inside the plugin's file, see [`crate::package`]; its author keeps it as `manifest.yaml` beside the code.
//!
//! Rule: every key is enforced or shown. Asking grants nothing.

use portico_api_types::KindDeclaration;
use semver::Version;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::http::HttpAsk;
use crate::quantity::{Every, Period, Size};
use crate::written;
use crate::yaml::{DocumentError, parse};
use crate::{faults, limits};

/// What a plugin says about itself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Unique in a portal: lower-case letters, digits and dashes.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// The plugin's own version.
    #[serde(deserialize_with = "version")]
    pub version: Version,
    /// Who made it.
    #[serde(deserialize_with = "line")]
    pub publisher: String,
    /// Its name for people.
    #[serde(deserialize_with = "line")]
    pub title: String,
    /// What it does, in a sentence or two.
    #[serde(deserialize_with = "line")]
    pub description: String,
    /// The version of `portico:plugin` that it was made for.
    #[serde(deserialize_with = "version")]
    pub contract: Version,
    /// The extension points that it offers.
    #[serde(deserialize_with = "extensions")]
    pub extensions: Vec<Extension>,
    /// The types of location that it reads; none if it does not use `locations`.
    #[serde(default)]
    pub locations: Vec<LocationKind>,
    /// How often it runs, unless the operator says otherwise.
    pub every: Every,
    /// What it asks for.
    #[serde(default)]
    pub asks: Asks,
    /// The kinds that it brings. They come with a version that is loaded, and go when `portico.yaml` names the plugin no more.
    #[serde(default)]
    pub kinds: Vec<KindDeclaration>,
}

/// An extension point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extension {
    /// Brings data in.
    Ingestion,
}

impl Extension {
    /// All of them.
    pub const ALL: [Extension; 1] = [Extension::Ingestion];

    /// As the manifest spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Extension::Ingestion => "ingestion",
        }
    }
}

/// A type of location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LocationKind {
    /// A web address.
    Url,
    /// A path of this machine.
    File,
}

impl LocationKind {
    /// All of them.
    pub const ALL: [LocationKind; 2] = [LocationKind::Url, LocationKind::File];

    /// As `type` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            LocationKind::Url => "url",
            LocationKind::File => "file",
        }
    }
}

/// What a plugin asks for, each with a reason for the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asks {
    /// To read Git repositories; the operator says which.
    pub repositories: Option<RepositoriesAsk>,
    /// To read files of this machine; the operator says below which folders.
    pub files: Option<FilesAsk>,
    /// To send HTTP requests.
    pub http: Vec<HttpAsk>,
    /// To keep more state than everybody may.
    pub state: Option<SizeAsk>,
    /// To use another amount of memory than is usual.
    #[serde(deserialize_with = "memory")]
    pub memory: Option<SizeAsk>,
    /// To compute for another time than is usual.
    #[serde(deserialize_with = "cpu")]
    pub cpu: Option<TimeAsk>,
    /// To take another time than is usual.
    #[serde(deserialize_with = "wall")]
    pub wall: Option<TimeAsk>,
}

/// Asks to read repositories.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositoriesAsk {
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks to read files of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesAsk {
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks for an amount.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeAsk {
    /// How much.
    pub size: Size,
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks for time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeAsk {
    /// How long.
    pub time: Period,
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

impl Manifest {
    /// Reads a manifest; `file` is the name that errors use.
    pub fn parse(text: &str, file: &str) -> Result<Manifest, DocumentError> {
        parse(text, file)
    }

    /// Everything that is wrong with a manifest, in the order of its lines; nothing if it can be used.
    pub fn faults(text: &str, file: &str) -> Vec<DocumentError> {
        faults::faults(text, file)
    }
}

/// A name ends up in addresses, file names, metrics and logs; this is what all of them take as it is.
const LONGEST_NAME: usize = 63;

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    written::text(deserializer, "a plugin's name, such as `git`", |name| {
        let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let bounded =
            name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-') && name.len() <= LONGEST_NAME;
        if plain && bounded {
            return Ok(name.to_owned());
        }
        Err(format!(
            "`{name}` is no plugin's name; use lower-case letters, digits and dashes, with a letter first, at most {LONGEST_NAME} characters"
        ))
    })
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    written::text(deserializer, "a version of three numbers, such as `1.0.0`", |text| {
        text.parse().map_err(|error| format!("`{text}` is no version ({error}); write three numbers, such as `1.0.0`"))
    })
}

/// Longer texts are no description but a page.
const LONGEST_LINE: usize = 500;

pub(crate) fn line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    written::text(deserializer, "a sentence for the operator", |text| {
        let text = text.trim();
        if text.is_empty() {
            return Err("the text is empty; say it in a sentence for the operator".to_owned());
        }
        let length = text.chars().count();
        if length > LONGEST_LINE {
            return Err(format!("the text has {length} characters; at most {LONGEST_LINE} are shown, shorten it"));
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err("the text holds control characters; remove them".to_owned());
        }
        Ok(text.to_owned())
    })
}

fn extensions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Extension>, D::Error> {
    let list = Vec::<Extension>::deserialize(deserializer)?;
    if list.is_empty() {
        return Err(de::Error::custom("`extensions` is empty; name what the plugin offers, such as `ingestion`"));
    }
    Ok(list)
}

fn memory<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SizeAsk>, D::Error> {
    written::map(deserializer, "`size` and `reason`", |ask: SizeAsk| limits::check_memory(ask.size).map(|_| Some(ask)))
}

fn cpu<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TimeAsk>, D::Error> {
    written::map(deserializer, "`time` and `reason`", |ask: TimeAsk| limits::check_cpu(ask.time).map(|_| Some(ask)))
}

fn wall<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TimeAsk>, D::Error> {
    written::map(deserializer, "`time` and `reason`", |ask: TimeAsk| limits::check_wall(ask.time).map(|_| Some(ask)))
}
