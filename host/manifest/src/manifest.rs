//! The manifest: what a plugin says about itself and what it asks for.
//!
//! It travels inside the plugin's file, see [`crate::package`]; its author keeps it as `plugin.yaml` beside the code.
//!
//! Rule: every key is enforced or shown. Asking grants nothing.

use semver::Version;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::http::HttpAsk;
use crate::limits;
use crate::quantity::{Every, Period, Size};
use crate::yaml::{DocumentError, parse};

/// What a plugin says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Unique in a portal: lower-case letters, digits and dashes.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// The plugin's own version.
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
    pub contract: Version,
    /// The extension points that it offers.
    #[serde(deserialize_with = "extensions")]
    pub extensions: Vec<Extension>,
    /// How often it runs, unless the operator says otherwise.
    pub every: Every,
    /// What it asks for.
    #[serde(default)]
    pub asks: Asks,
}

/// An extension point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extension {
    /// Brings data in.
    Ingestion,
}

impl Extension {
    /// As the manifest spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Extension::Ingestion => "ingestion",
        }
    }
}

/// What a plugin asks for, each with a reason for the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asks {
    /// To read Git repositories; the operator says which.
    pub repositories: Option<RepositoriesAsk>,
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
}

/// A name ends up in addresses, file names, metrics and logs; this is what all of them take as it is.
const LONGEST_NAME: usize = 63;

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let bounded = name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-') && name.len() <= LONGEST_NAME;
    if plain && bounded {
        Ok(name)
    } else {
        Err(de::Error::custom(format!(
            "`{name}` is no plugin's name; use lower-case letters, digits and dashes, with a letter first, at most {LONGEST_NAME} characters"
        )))
    }
}

/// Longer texts are no description but a page.
const LONGEST_LINE: usize = 500;

pub(crate) fn line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let text = text.trim();
    if text.is_empty() {
        return Err(de::Error::custom("the text is empty; say it in a sentence for the operator"));
    }
    let length = text.chars().count();
    if length > LONGEST_LINE {
        return Err(de::Error::custom(format!("the text has {length} characters; at most {LONGEST_LINE} are shown, shorten it")));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(de::Error::custom("the text holds control characters; remove them"));
    }
    Ok(text.to_owned())
}

fn extensions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Extension>, D::Error> {
    let list = Vec::<Extension>::deserialize(deserializer)?;
    if list.is_empty() {
        return Err(de::Error::custom("the list is empty; name what the plugin offers, such as `ingestion`"));
    }
    Ok(list)
}

macro_rules! bounded_ask {
    ($name:ident, $ask:ty, $field:ident) => {
        fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<$ask>, D::Error> {
            let ask = <$ask>::deserialize(deserializer)?;
            limits::$name(de::value::StrDeserializer::<D::Error>::new(&ask.$field.to_string().replace(' ', "")))?;
            Ok(Some(ask))
        }
    };
}

bounded_ask!(memory, SizeAsk, size);
bounded_ask!(cpu, TimeAsk, time);
bounded_ask!(wall, TimeAsk, time);
