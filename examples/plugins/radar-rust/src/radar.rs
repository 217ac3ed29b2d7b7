//! The document: a list of technologies.

use portico_sdk::model::EntityRef;
use portico_sdk::{Cause, Entity, Error, Origin, Problem, Result};
use serde::Deserialize;
use serde_json::Value;

/// As the manifest declares it.
const API_VERSION: &str = "radar.acme.example/v1";
pub(crate) const KIND: &str = "Technology";

/// The one file of an address, as the portal shows it.
const FILE: &str = "radar.json";

/// How a technology stands, from what to take to what to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ring {
    Adopt,
    Trial,
    Assess,
    Hold,
}

impl Ring {
    pub(crate) const ALL: [Ring; 4] = [Ring::Adopt, Ring::Trial, Ring::Assess, Ring::Hold];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Ring::Adopt => "adopt",
            Ring::Trial => "trial",
            Ring::Assess => "assess",
            Ring::Hold => "hold",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Ring> {
        Ring::ALL.into_iter().find(|ring| ring.as_str() == word)
    }
}

#[derive(Deserialize)]
struct Technology {
    id: String,
    name: String,
    quadrant: String,
    ring: Ring,
    description: Option<String>,
    url: Option<String>,
}

impl Technology {
    fn entity(self) -> Entity {
        let mut entity = Entity::new(API_VERSION, KIND, self.id)
            .title(self.name)
            .spec("ring", self.ring.as_str())
            .spec("quadrant", self.quadrant);
        if let Some(description) = self.description {
            entity = entity.description(description);
        }
        if let Some(url) = self.url {
            entity = entity.link(url, "Website");
        }
        entity
    }
}

/// What is handed over of a document.
#[derive(Default)]
pub(crate) struct Radar {
    pub(crate) technologies: Vec<Entity>,
    /// The entries that are none.
    pub(crate) problems: Vec<Problem>,
}

/// Where the technologies of a document were written down.
pub(crate) fn origin(url: &str) -> Origin {
    Origin { url: Some(url.to_owned()), ..Origin::file(FILE) }
}

/// Reads a document.
pub(crate) fn read(url: &str, document: &Value) -> Result<Radar> {
    let entries = document["technologies"].as_array().ok_or_else(|| {
        Error::Failed(format!("{url} holds no list `technologies`; the plugin's page shows what it should look like"))
    })?;
    let mut radar = Radar::default();
    for (index, entry) in entries.iter().enumerate() {
        match Technology::deserialize(entry) {
            Ok(technology) => radar.technologies.push(technology.entity()),
            Err(error) => radar.problems.push(Problem {
                cause: Cause::Refused,
                path: format!("/technologies/{index}"),
                entity: entry["id"].as_str().and_then(|id| EntityRef::new(KIND, "default", id).ok()),
                url: Some(url.to_owned()),
                ..Problem::new(FILE, error.to_string())
            }),
        }
    }
    Ok(radar)
}
