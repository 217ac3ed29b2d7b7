//! Locations as Portico shows them: those of the configuration and those that were registered, each with its source.

use axum::Json;
use axum::extract::State;
use portico_api_types::{LocationDetail, Locations, Source};

use super::sources::{mark, standing};
use crate::error::ApiError;
use crate::state::ApiState;

/// Every location, with how its reading stands.
#[utoipa::path(get, path = "/locations", tag = "portico", responses((status = 200, description = "The locations", body = Locations)))]
pub(crate) async fn list(State(state): State<ApiState>) -> Result<Json<Locations>, ApiError> {
    let mut sources = state.catalog.sources()?;
    let live = standing(&state);
    sources.iter_mut().for_each(|source| mark(source, &live));
    let source = |kind: &str, target: &str| -> Option<Source> {
        let scope = format!("{kind}:{target}");
        sources.iter().find(|source| source.scope == scope).cloned()
    };
    let configured = state.runtime.configured_locations();
    let registered = state.catalog.locations()?.into_iter().filter(|location| {
        !configured.iter().any(|address| (&address.kind, &address.target) == (&location.kind, &location.target))
    });
    let mut registered: Vec<LocationDetail> = registered
        .map(|location| LocationDetail {
            source: source(&location.kind, &location.target),
            id: Some(location.id),
            kind: location.kind,
            target: location.target,
            entity_ref: location.entity_ref,
        })
        .collect();
    registered.sort_by(|a, b| a.target.cmp(&b.target));
    let mut items: Vec<LocationDetail> = configured
        .iter()
        .map(|address| LocationDetail {
            id: None,
            source: source(&address.kind, &address.target),
            kind: address.kind.clone(),
            target: address.target.clone(),
            entity_ref: address.entity_ref().to_string(),
        })
        .collect();
    items.extend(registered);
    Ok(Json(Locations { items }))
}
