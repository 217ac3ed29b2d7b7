//! What the page of an entity fetches.

use std::collections::BTreeSet;

use futures_util::future::join3;
use portico_api_types::{EntityOrigin, Problem, Problems};
use portico_model::EntityRef;
use serde::{Deserialize, Serialize};

use super::relations::{Group, groups};
use crate::api::{Api, ApiError, Path, encode};
use crate::components::Titles;
use crate::entity::Entity;

/// An entity with all that is known about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EntityPage {
    pub(super) entity: Entity,
    pub(super) reference: EntityRef,
    /// What the entities it is related to are called.
    pub(super) titles: Titles,
    /// Who says it; why that is unknown, if it is.
    pub(super) origin: Result<EntityOrigin, ApiError>,
    /// What could not be taken in about it.
    pub(super) problems: Result<Vec<Problem>, ApiError>,
}

impl EntityPage {
    pub(super) async fn fetch(api: &Api, reference: EntityRef) -> Result<EntityPage, ApiError> {
        let parts = [reference.kind(), reference.namespace(), reference.name()].map(encode).join("/");
        let of_origin = format!("/api/portico/entities/{parts}/origin");
        let of_problems = Path::new("/api/portico/problems").with("entity", reference.as_str()).to_string();
        let entity = api.get::<Entity>(&format!("/api/catalog/entities/by-name/{parts}")).await?;
        let related = groups(&entity).into_iter().flat_map(|group| group.targets).collect::<BTreeSet<_>>();
        let (titles, origin, problems) =
            join3(Titles::fetch(api, related), api.get::<EntityOrigin>(&of_origin), api.get::<Problems>(&of_problems))
                .await;
        Ok(EntityPage { entity, reference, titles: titles?, origin, problems: problems.map(|problems| problems.items) })
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
