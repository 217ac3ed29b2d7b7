//! `locations` in `portico.yaml`: addresses and files of descriptors, with what each may bring.
//!
//! Rule: a target is checked where it is read, so that what is wrong with it is said with its line. A path may be written from
//! the folder of the file; it is absolute once the file is read.

use std::fmt;
use std::path::Path;

use portico_manifest::{LocationKind, OwnRule, absolute};
use portico_model::{LocationError, LocationRef};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};

/// One entry.
#[derive(Debug)]
pub(crate) struct ConfiguredLocation {
    kind: LocationKind,
    /// A web address, or a path as it was written.
    target: String,
    /// Which kinds it may bring.
    pub(super) rules: Vec<OwnRule>,
}

impl ConfiguredLocation {
    /// The location that it names, for a file of this folder.
    pub(super) fn address(&self, folder: &Path) -> Result<LocationRef, LocationError> {
        match self.kind {
            LocationKind::Url => LocationRef::web(&self.target),
            LocationKind::File => LocationRef::file(&absolute(folder, &self.target)),
        }
    }
}

/// What can be said of a target before it is known where the file is.
fn check(kind: LocationKind, target: &str) -> Result<(), String> {
    let checked = match kind {
        LocationKind::Url => LocationRef::web(target),
        LocationKind::File if target.trim().is_empty() => {
            return Err(
                "the target is empty; write a path, such as `catalog/all.yaml`, or a pattern such as `catalog/*.yaml`"
                    .to_owned(),
            );
        }
        LocationKind::File if target.contains("://") => LocationRef::file(target),
        LocationKind::File => LocationRef::file(&absolute(Path::new("/"), target)),
    };
    checked.map(|_| ()).map_err(|error| error.to_string())
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Type,
    Target,
    Rules,
}

/// A target whose type stands before it.
struct Target(LocationKind);

impl<'de> DeserializeSeed<'de> for Target {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        let expected = match self.0 {
            LocationKind::Url => "a web address",
            LocationKind::File => "a path",
        };
        portico_manifest::written::text(deserializer, expected, |text| {
            check(self.0, text)?;
            Ok(text.to_owned())
        })
    }
}

impl<'de> Deserialize<'de> for ConfiguredLocation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ConfiguredLocation, D::Error> {
        struct Entry;

        impl<'de> Visitor<'de> for Entry {
            type Value = ConfiguredLocation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a location: `type`, `target`, and perhaps `rules`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ConfiguredLocation, A::Error> {
                let (mut kind, mut target, mut rules) = (None, None, None);
                while let Some(key) = map.next_key()? {
                    match (key, kind) {
                        (Key::Type, None) => kind = Some(map.next_value()?),
                        (Key::Target, Some(kind)) if target.is_none() => {
                            target = Some(map.next_value_seed(Target(kind))?)
                        }
                        (Key::Target, None) if target.is_none() => target = Some(map.next_value()?),
                        (Key::Rules, _) if rules.is_none() => rules = Some(map.next_value()?),
                        (Key::Type, Some(_)) => return Err(de::Error::duplicate_field("type")),
                        (Key::Target, _) => return Err(de::Error::duplicate_field("target")),
                        (Key::Rules, _) => return Err(de::Error::duplicate_field("rules")),
                    }
                }
                let kind = kind.ok_or_else(|| de::Error::missing_field("type"))?;
                let target = target.ok_or_else(|| de::Error::missing_field("target"))?;
                // Where the type stood behind it, the target was not yet checked.
                check(kind, &target).map_err(de::Error::custom)?;
                Ok(ConfiguredLocation { kind, target, rules: rules.unwrap_or_default() })
            }
        }

        deserializer.deserialize_map(Entry)
    }
}
