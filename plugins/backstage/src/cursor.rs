//! Where the reading of a portal stands.
//!
//! Rule: it holds for the settings that it was made under; under others everything is read anew.

use std::hash::{DefaultHasher, Hash, Hasher};

use portico_sdk::{Result, cursor};
use serde::{Deserialize, Serialize};

use crate::settings::Portal;
use crate::tally::Digest;

/// Counts up when the same entities become other documents.
const FORMAT: u32 = 1;

/// Where the reading of a portal stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Stands for the settings, and for who is who among portals.
    pub settings: u64,
    /// The state of the other portal when all of it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The number of the last change of a Portico that is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// When all of it was read last, in milliseconds since 1970; nothing if it never was.
    #[serde(default)]
    pub whole: u64,
    /// How far the first reading has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Begun>,
}

/// How far the first reading has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begun {
    /// Where the next page begins.
    pub place: String,
    /// Entities before it.
    pub read: u64,
}

impl Cursor {
    /// The one of the last commit.
    pub(crate) fn of(portal: &Portal) -> Result<Option<Cursor>> {
        Ok(cursor(&portal.name)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// As it is stored.
    pub(crate) fn written(&self) -> Result<String> {
        Ok(serde_json::to_string(self)?)
    }
}

/// Stands for everything that an entity's document depends on beside itself.
pub(crate) fn settings(portal: &Portal, other: Option<&str>, own: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (FORMAT, portal, other, own).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::portal;

    #[test]
    fn whatever_makes_another_document_makes_another_cursor() {
        let usual = settings(&portal(json!({})), None, "me");
        assert_eq!(usual, settings(&portal(json!({})), None, "me"));
        for other in [
            settings(&portal(json!({})), Some("acme"), "me"),
            settings(&portal(json!({})), None, "you"),
            settings(&portal(json!({ "filter": ["kind=api"] })), None, "me"),
            settings(&portal(json!({ "namespace": { "*": "acme" } })), None, "me"),
            settings(&portal(json!({ "app": "https://pages.test" })), None, "me"),
        ] {
            assert_ne!(usual, other);
        }
    }

    #[test]
    fn a_cursor_that_is_none_of_ours_is_as_if_there_were_none() {
        let memory = portico_sdk::testing::Portal::new().cursor("old", "rubbish");
        assert_eq!(memory.run(|| Cursor::of(&portal(json!({})))), Ok(None));
        let begun = Some(Begun { place: "a".into(), read: 5 });
        let cursor = Cursor { settings: u64::MAX, digest: Some(Digest::default()), begun, ..Cursor::default() };
        let memory = memory.cursor("old", &cursor.written().expect("JSON"));
        assert_eq!(memory.run(|| Cursor::of(&portal(json!({})))), Ok(Some(cursor)));
    }
}
