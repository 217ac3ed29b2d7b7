//! The manifest: what a plugin says about itself and what it asks for.
//!
//! It travels inside the plugin's file, see [`crate::package`]; its author keeps it as `manifest.yaml` beside the code.
//!
//! Rule: every key is enforced or shown. Asking grants nothing.

use portico_api_types::{KindDeclaration, MappingDeclaration};
use portico_model::Kinds;
use semver::Version;
use serde::Deserialize;
use serde::de::{self, Deserializer};
use serde_json::Value;

use crate::action::ActionDeclaration;
use crate::asks::Asks;
use crate::card::CardDeclaration;
use crate::faults::{self, Sound};
use crate::quantity::Every;
use crate::route::RouteDeclaration;
use crate::yaml::{DocumentError, parse};
use crate::{consistency, written};

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
    /// One of the portal's icons.
    #[serde(default, deserialize_with = "icon")]
    pub icon: Option<String>,
    /// A page on how to set it up and what it brings, in Markdown.
    #[serde(default, deserialize_with = "documentation")]
    pub documentation: Option<String>,
    /// The version of `portico:plugin` that it was made for.
    #[serde(deserialize_with = "version")]
    pub contract: Version,
    /// The extension points that it offers.
    #[serde(deserialize_with = "extensions")]
    pub extensions: Vec<Extension>,
    /// The types of location that it reads; none if it does not use `locations`.
    #[serde(default)]
    pub locations: Vec<LocationKind>,
    /// How often it runs, unless the operator says otherwise; for plugins that bring data in.
    #[serde(default = "never")]
    pub every: Every,
    /// The JSON Schema of its settings; anything goes, if absent.
    #[serde(default)]
    pub settings: Option<Value>,
    /// What it asks for.
    #[serde(default)]
    pub asks: Asks,
    /// The kinds that it brings. They come with a version that is loaded, and go when `portico.yaml` names the plugin no more.
    #[serde(default)]
    pub kinds: Vec<KindDeclaration>,
    /// What becomes of the objects that it pushes, unless the operator says otherwise.
    #[serde(default)]
    pub mappings: Vec<MappingDeclaration>,
    /// The cards that it offers.
    #[serde(default)]
    pub cards: Vec<CardDeclaration>,
    /// The requests that reach it.
    #[serde(default)]
    pub routes: Vec<RouteDeclaration>,
    /// The actions that it offers.
    #[serde(default)]
    pub actions: Vec<ActionDeclaration>,
}

/// An extension point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extension {
    /// Brings data in.
    Ingestion,
    /// Processes documents of its kinds.
    Kinds,
    /// Draws cards.
    Cards,
    /// Reacts to changes of the catalog.
    Subscriber,
    /// Answers HTTP requests.
    Routes,
    /// Finds out whether it can do its work.
    Checks,
    /// Follows the other side as it changes.
    Watcher,
    /// Does what the steps of templates ask for.
    Actions,
}

impl Extension {
    /// All of them.
    pub const ALL: [Extension; 8] = [
        Extension::Ingestion,
        Extension::Kinds,
        Extension::Cards,
        Extension::Subscriber,
        Extension::Routes,
        Extension::Checks,
        Extension::Watcher,
        Extension::Actions,
    ];

    /// As the manifest spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Extension::Ingestion => "ingestion",
            Extension::Kinds => "kinds",
            Extension::Cards => "cards",
            Extension::Subscriber => "subscriber",
            Extension::Routes => "routes",
            Extension::Checks => "checks",
            Extension::Watcher => "watcher",
            Extension::Actions => "actions",
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

impl Manifest {
    /// Reads a manifest; `file` is the name that errors use.
    pub fn parse(text: &str, file: &str) -> Result<Manifest, DocumentError> {
        let manifest: Manifest = parse(text, file)?;
        match consistency::faults(&manifest).into_iter().next() {
            Some(fault) => Err(fault.at(text, file)),
            None => Ok(manifest),
        }
    }

    /// Whether it offers an extension point.
    pub fn offers(&self, extension: Extension) -> bool {
        self.extensions.contains(&extension)
    }

    /// The kinds that it brings. Built-in kinds that it declares are none of these: it may show them otherwise, and that is all.
    pub fn own_kinds(&self) -> impl Iterator<Item = &KindDeclaration> {
        self.kinds.iter().filter(|declared| Kinds::built_in().find(&declared.name).is_none())
    }

    /// Whether a kind is one that it brings, in any case.
    pub fn declares(&self, kind: &str) -> bool {
        self.own_kinds().any(|declared| declared.name.eq_ignore_ascii_case(kind))
    }

    /// Everything that is wrong with a manifest, in the order of its lines; nothing if it can be used.
    pub fn faults(text: &str, file: &str) -> Vec<DocumentError> {
        faults::faults(text, file)
    }

    /// The parts of a manifest that nothing is wrong with, for who looks further; none where there are no parts.
    pub fn sound(text: &str) -> Option<Sound> {
        faults::sound(text)
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

/// The name of a part of a plugin: a card, a credential.
pub(crate) fn part_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    written::text(deserializer, "a name such as `incidents`", |name| {
        let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let bounded = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= LONGEST_NAME;
        if plain && bounded {
            return Ok(name.to_owned());
        }
        Err(format!(
            "`{name}` is no name; use lower-case letters, digits and dashes, with a letter first, at most {LONGEST_NAME} characters"
        ))
    })
}

/// One of the portal's icons, by its name; one that a portal does not have is drawn as the usual one.
pub(crate) fn icon<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    part_name(deserializer).map(Some)
}

/// Bytes of a documentation page; longer ones belong on a site of their own.
const LONGEST_PAGE: usize = 128 << 10;

fn documentation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    written::text(deserializer, "a page in Markdown", |text| match text.len() {
        bytes if bytes > LONGEST_PAGE => {
            Err(format!("the page has {bytes} bytes; at most {LONGEST_PAGE} are shown, shorten it"))
        }
        _ => Ok(Some(text.to_owned())),
    })
}

const fn never() -> Every {
    Every::Never
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
