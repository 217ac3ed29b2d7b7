//! Cards, as a manifest declares them: which there are, where they stand, and for which entities.
//!
//! Rule: that a card is there follows from the manifest alone; the plugin's code is asked for what it shows, and for nothing else.

use portico_api_types::{CardOffer, CardPlace};
use portico_model::{Filter, Rows};
use serde::Deserialize;
use serde::de::Deserializer;

use crate::manifest::{icon, line, part_name};
use crate::written;

/// A card that a plugin offers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardDeclaration {
    /// Its name within the plugin: what `render` is called with.
    #[serde(deserialize_with = "part_name")]
    pub id: String,
    /// Its title.
    #[serde(deserialize_with = "line")]
    pub title: String,
    /// Where it stands.
    pub place: CardPlace,
    /// Which entities it is for, as the catalog's `filter`: `kind=component,spec.type=service`; all, if absent.
    #[serde(default)]
    pub filter: CardFilter,
    /// One of the portal's icons.
    #[serde(default, deserialize_with = "icon")]
    pub icon: Option<String>,
    /// Columns of twelve that it takes where there is room.
    #[serde(default = "full", deserialize_with = "columns")]
    pub width: u8,
}

impl CardDeclaration {
    /// Whether it stands on the page of an entity with these search rows.
    pub fn is_for(&self, rows: &Rows) -> bool {
        self.place != CardPlace::Home && self.filter.filter.matches(rows)
    }

    /// As pages know it.
    pub fn offer(&self, plugin: &str) -> CardOffer {
        CardOffer {
            plugin: plugin.to_owned(),
            id: self.id.clone(),
            title: self.title.clone(),
            place: self.place,
            icon: self.icon.clone(),
            width: self.width,
        }
    }
}

/// Which entities a card is for.
#[derive(Clone, Debug, PartialEq)]
pub struct CardFilter {
    filter: Filter,
}

impl Default for CardFilter {
    fn default() -> CardFilter {
        CardFilter { filter: Filter::everything() }
    }
}

impl<'de> Deserialize<'de> for CardFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CardFilter, D::Error> {
        written::text(deserializer, "a filter such as `kind=component,spec.type=service`", |text| {
            let filter = Filter::from_query(&[text]).map_err(|error| error.to_string())?;
            Ok(CardFilter { filter })
        })
    }
}

/// The page's grid, as design systems have it.
const COLUMNS: u8 = 12;

const fn full() -> u8 {
    COLUMNS
}

fn columns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let width = u8::deserialize(deserializer)?;
    if (1..=COLUMNS).contains(&width) {
        return Ok(width);
    }
    Err(serde::de::Error::custom(format!("`{width}` is no number of columns; write one from 1 to {COLUMNS}")))
}
