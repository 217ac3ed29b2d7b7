//! The document: a list of items.

use portico_sdk::model::EntityRef;
use portico_sdk::{Cause, Entity, Error, Origin, Problem, Result};
use serde::Deserialize;
use serde_json::Value;

/// As the manifest declares it.
const API_VERSION: &str = "my-plugin.example/v1";
const KIND: &str = "MyPluginItem";

/// The one file of an address, as the portal shows it.
const FILE: &str = "items.json";

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Good,
    Warning,
    Bad,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            State::Good => "good",
            State::Warning => "warning",
            State::Bad => "bad",
        }
    }
}

#[derive(Deserialize)]
struct Item {
    name: String,
    title: String,
    state: State,
}

impl Item {
    fn entity(self) -> Entity {
        Entity::new(API_VERSION, KIND, self.name)
            .title(self.title)
            .spec("state", self.state.as_str())
    }
}

/// What is handed over of a document.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) entities: Vec<Entity>,
    /// The entries that are no items.
    pub(crate) problems: Vec<Problem>,
}

/// Where the items of a document were written down.
pub(crate) fn origin(url: &str) -> Origin {
    Origin {
        url: Some(url.to_owned()),
        ..Origin::file(FILE)
    }
}

/// Reads a document.
pub(crate) fn read(url: &str, document: &Value) -> Result<Found> {
    let entries = document["items"].as_array().ok_or_else(|| {
        Error::Failed(format!(
            "{url} holds no list `items`; the plugin's page shows what it should look like"
        ))
    })?;
    let mut found = Found::default();
    for (index, entry) in entries.iter().enumerate() {
        match Item::deserialize(entry) {
            Ok(item) => found.entities.push(item.entity()),
            Err(error) => found.problems.push(Problem {
                cause: Cause::Refused,
                path: format!("/items/{index}"),
                entity: entry["name"]
                    .as_str()
                    .and_then(|name| EntityRef::new(KIND, "default", name).ok()),
                url: Some(url.to_owned()),
                ..Problem::new(FILE, error.to_string())
            }),
        }
    }
    Ok(found)
}
