//! What the page of an entity fetches.

use std::collections::BTreeSet;

use futures_util::future::{join, join5};
use portico_api_types::{CardOffer, CardPlace, EntityOrigin, Expiry, Problem, Problems, TemplateSummary};
use portico_model::EntityRef;
use serde::Deserialize;
use serde_json::{Value, json};

use super::relations::{Group, groups};
use crate::api::{Api, ApiError, Path, encode};
use crate::components::Titles;
use crate::data::Fetched;
use crate::entity::Entity;

/// An entity with all that is known about it.
#[derive(Debug, Deserialize)]
pub(super) struct EntityPage {
    pub(super) entity: Entity,
    pub(super) reference: EntityRef,
    /// What the entities it is related to are called.
    pub(super) titles: Titles,
    /// Who says it; why that is unknown, if it is.
    pub(super) origin: Result<EntityOrigin, ApiError>,
    /// What could not be taken in about it.
    pub(super) problems: Result<Vec<Problem>, ApiError>,
    /// The cards that plugins have for it.
    pub(super) cards: Result<Vec<CardOffer>, ApiError>,
    /// Of an owner: what could not be taken in of what it owns.
    pub(super) owned: Result<Vec<Problem>, ApiError>,
    /// The templates that are started from it; none where that cannot be known.
    #[serde(default)]
    pub(super) templates: Vec<TemplateSummary>,
    /// When it is taken down, if at all.
    #[serde(default)]
    pub(super) expiry: Option<Expiry>,
}

/// Where the API has an entity.
pub(super) fn api_path(reference: &EntityRef) -> String {
    format!("/api/catalog/entities/by-name/{}", parts(reference))
}

/// Where the API has what became of an entity.
pub(super) fn history_path(reference: &EntityRef) -> String {
    format!("/api/portico/entities/{}/history", parts(reference))
}

/// Where the API says who says each value of an entity.
pub(super) fn values_path(reference: &EntityRef) -> String {
    format!("/api/portico/entities/{}/values", parts(reference))
}

fn parts(reference: &EntityRef) -> String {
    [reference.kind(), reference.namespace(), reference.name()].map(encode).join("/")
}

/// What could not be taken in of what an entity owns; nothing for one of a kind that owns nothing.
async fn problems_owned(api: &Api, reference: &EntityRef) -> Result<Value, ApiError> {
    if !matches!(reference.kind(), "group" | "user") {
        return Ok(json!([]));
    }
    let path = Path::new("/api/portico/problems").with("owner", reference.as_str()).to_string();
    Ok(api.get::<Value>(&path).await?["items"].take())
}

/// Why an entity is not there, where a document that describes it was not taken.
async fn explained(api: &Api, error: ApiError, of_problems: &str) -> ApiError {
    // Without an answer it is as absent as before.
    let problems = api.get::<Problems>(of_problems).await.map(|problems| problems.items).unwrap_or_default();
    let Some(problem) = problems.first() else { return error };
    let message = format!(
        "A document describes it, in `{}`, line {}, and was not taken: {}",
        problem.file, problem.line, problem.message
    );
    ApiError { message, ..error }
}

impl EntityPage {
    pub(super) async fn fetch(api: &Api, reference: EntityRef) -> Fetched {
        let of_origin = format!("/api/portico/entities/{}/origin", parts(&reference));
        let of_problems = Path::new("/api/portico/problems").with("entity", reference.as_str()).to_string();
        let entity: Value = match api.get(&api_path(&reference)).await {
            Err(error) if error.status == 404 => return Err(explained(api, error, &of_problems).await),
            answer => answer?,
        };
        let entity = Entity(entity);
        let related = groups(&entity).into_iter().flat_map(|group| group.targets).collect::<BTreeSet<_>>();
        let of_cards = Path::new("/api/portico/cards").with("entity", reference.as_str()).to_string();
        let of_templates = format!("/api/portico/entities/{}/templates", parts(&reference));
        let ((titles, origin, problems, owned, cards), (templates, expiries)) = join(
            join5(
                Titles::fetch(api, related),
                api.get::<Value>(&of_origin),
                api.get::<Value>(&of_problems),
                problems_owned(api, &reference),
                api.get::<Value>(&of_cards),
            ),
            join(api.get::<Value>(&of_templates), api.get::<Value>("/api/portico/expiries")),
        )
        .await;
        let expiries = expiries.unwrap_or_default();
        let expiry = expiries.as_array().into_iter().flatten();
        let expiry = expiry.into_iter().find(|expiry| expiry["entityRef"] == reference.as_str());
        Ok(json!({
            "entity": entity,
            "reference": reference,
            "titles": titles?,
            "origin": origin,
            "problems": problems.map(|mut problems| problems["items"].take()),
            "owned": owned,
            "templates": templates.unwrap_or_else(|_| json!([])),
            "expiry": expiry,
            "cards": cards.map(|mut cards| cards["items"].take()),
        }))
    }

    /// The cards that stand somewhere. Where they cannot be known, the page does without.
    pub(super) fn cards(&self, place: CardPlace) -> Vec<CardOffer> {
        self.cards.iter().flatten().filter(|card| card.place == place).cloned().collect()
    }

    /// Its relations, grouped.
    pub(super) fn relations(&self) -> Vec<Group> {
        groups(&self.entity)
    }

    /// The related entities that the catalog does not have.
    pub(super) fn missing(&self) -> Vec<EntityRef> {
        let targets = self.relations().into_iter().flat_map(|group| group.targets);
        let missing: BTreeSet<EntityRef> = targets.filter(|target| self.titles.is_missing(target)).collect();
        missing.into_iter().collect()
    }
}
