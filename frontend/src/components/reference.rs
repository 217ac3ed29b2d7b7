//! References to entities: the glyph's shape says the kind, everywhere, and one that leads nowhere is struck through.

use std::collections::{BTreeMap, BTreeSet};

use portico_model::EntityRef;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::avatar::avatar;
use super::icon::icon;
use crate::api::{Api, ApiError};
use crate::entity::{Entity, href};
use crate::markup::{El, el, link};
use crate::text::kind;

/// What references are called, as far as was asked. Written as the text of the reference, so that it travels as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Titles(BTreeMap<String, Option<Title>>);

/// How one entity is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Title {
    /// What people call it.
    pub(crate) text: String,
    /// Its description.
    pub(crate) description: Option<String>,
    /// `spec.type`.
    pub(crate) entity_type: Option<String>,
}

/// References in one request: what the API takes at a time.
const AT_ONCE: usize = 1000;

impl Titles {
    /// Asks the API what references are called.
    pub(crate) async fn fetch(api: &Api, references: BTreeSet<EntityRef>) -> Result<Titles, ApiError> {
        #[derive(Deserialize)]
        struct Answer {
            items: Vec<Option<Entity>>,
        }
        let references: Vec<EntityRef> = references.into_iter().collect();
        let mut titles = Titles::default();
        for asked in references.chunks(AT_ONCE) {
            let body = json!({
                "entityRefs": asked,
                "fields": ["kind", "metadata.name", "metadata.title", "metadata.description", "spec.type", "spec.profile.displayName"],
            });
            let answer: Answer = api.post("/api/catalog/entities/by-refs", &body).await?;
            for (reference, entity) in asked.iter().zip(answer.items) {
                titles.0.insert(reference.as_str().to_owned(), entity.as_ref().map(Title::of));
            }
        }
        Ok(titles)
    }

    /// What an entity is called: its title where it is known, its name otherwise.
    pub(crate) fn text(&self, reference: &EntityRef) -> String {
        self.get(reference).map_or_else(|| reference.name().to_owned(), |title| title.text.clone())
    }

    /// What is known about an entity.
    pub(crate) fn get(&self, reference: &EntityRef) -> Option<&Title> {
        self.0.get(reference.as_str())?.as_ref()
    }

    /// Whether the catalog was asked and has no such entity.
    pub(crate) fn is_missing(&self, reference: &EntityRef) -> bool {
        self.0.get(reference.as_str()) == Some(&None)
    }
}

impl Title {
    fn of(entity: &Entity) -> Title {
        Title {
            text: entity.title().to_owned(),
            description: entity.description().map(str::to_owned),
            entity_type: entity.entity_type().map(str::to_owned),
        }
    }
}

/// An entity as a link with its kind's glyph.
pub(crate) fn entity_link(reference: &EntityRef, titles: &Titles) -> El {
    reference_link("ref", reference, titles)
        .child(icon(kind::glyph(reference.kind())))
        .child(el("span").child(titles.text(reference)))
}

/// An owner as a link with its initials.
pub(crate) fn owner_link(reference: &EntityRef, titles: &Titles) -> El {
    let name = titles.text(reference);
    let avatar = avatar(&name, reference.kind() != "user");
    reference_link("person", reference, titles).child(avatar).child(el("span").child(name))
}

/// People and teams by their initials, everything else by its glyph.
pub(crate) fn any_link(reference: &EntityRef, titles: &Titles) -> El {
    match reference.kind() {
        "group" | "user" => owner_link(reference, titles),
        _ => entity_link(reference, titles),
    }
}

fn reference_link(class: &'static str, reference: &EntityRef, titles: &Titles) -> El {
    let missing = titles.is_missing(reference);
    link(class, href(reference)).title(hint(reference, missing)).flag("data-missing", missing)
}

fn hint(reference: &EntityRef, missing: bool) -> String {
    if missing { format!("{} is not in the catalog", reference.as_str()) } else { reference.as_str().to_owned() }
}
