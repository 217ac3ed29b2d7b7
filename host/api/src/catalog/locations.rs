//! Locations: addresses of descriptors that people register, for plugins to read.
//!
//! Whatever is registered is read at once; what comes of it is seen where its source is listed, also when it cannot be
//! read.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portico_api_types::Location;
use portico_catalog::{Collected, Readdressed, Registered};
use portico_model::{EntityRef, LocationRef, MANAGED_BY_ORIGIN_LOCATION};
use serde::Deserialize;
use serde_json::{Value, json};

use super::reply::{self, Cached};
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Problems that a refused trial names; who mends these sees the next.
const PROBLEMS: usize = 5;

/// An address to register.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocationInput {
    /// `url`.
    #[serde(rename = "type")]
    kind: String,
    /// Such as `https://github.com/acme/ledger/blob/main/catalog-info.yaml`.
    target: String,
    /// Known to clients of the field; a location is read whenever it is there.
    #[serde(default)]
    #[expect(dead_code, reason = "read so that it is not refused")]
    presence: Option<String>,
}

impl LocationInput {
    fn address(&self) -> Result<LocationRef, ApiError> {
        if self.kind != "url" {
            let message = format!("Registered locations must be of an allowed type [\"url\"], found '{}'", self.kind);
            return Err(ApiError::input(message));
        }
        LocationRef::web(&self.target).map_err(|error| ApiError::input(error.to_string()))
    }
}

/// Every registered location.
#[utoipa::path(
    get, path = "/locations", tag = "catalog",
    responses((status = 200, description = "A list of `{ data }`, each a location", body = Object), (status = 304, description = "As it was: `If-None-Match` names it")),
)]
pub(crate) async fn list(State(state): State<ApiState>, cached: Cached) -> Result<Response, ApiError> {
    let locations = state.catalog.locations()?;
    let items: Vec<Value> = locations.iter().map(|location| json!({ "data": location })).collect();
    cached.or(Value::Array(items).to_string().into_bytes())
}

/// Registers a location and has it read. With `dryRun` nothing is registered, and what would come of it is answered.
#[utoipa::path(
    post, path = "/locations", tag = "catalog", request_body = LocationInput,
    params(
        ("dryRun" = Option<bool>, Query, description = "Read it, register nothing, and answer the entities"),
        ("onConflict" = Option<String>, Query, description = "`reject` (the default), or `refresh` to read again what is registered already"),
    ),
    responses(
        (status = 201, description = "`location` and `entities`; with `dryRun` also `exists`", body = Object),
        (status = 400, description = "It is no address to register; with `dryRun` also: what is there cannot be read"),
        (status = 409, description = "It is registered already"),
    ),
)]
pub(crate) async fn register(
    State(state): State<ApiState>,
    RawQuery(raw): RawQuery,
    body: crate::body::Json<LocationInput>,
) -> Result<Response, ApiError> {
    let params = Params::parse(raw.as_deref(), &["dryRun", "onConflict"])?;
    let dry = params.choice("dryRun", &[("true", true), ("false", false)])?.unwrap_or(false);
    let refresh = params.choice("onConflict", &[("refresh", true), ("reject", false)])?.unwrap_or(false);
    let address = body.0.address()?;
    if dry {
        return rehearse(&state, address).await;
    }
    let location = enter(&state, address, refresh).await?;
    Ok(created(&json!({ "location": location, "entities": [] })))
}

/// Registers an address, for the route and for the pages' form.
pub(crate) async fn enter(state: &ApiState, address: LocationRef, refresh: bool) -> Result<Location, ApiError> {
    let scope = address.to_string();
    if state.runtime.configured_locations().contains(&address) {
        return Err(ApiError::conflict(format!("Location {scope} already exists: portico.yaml names it")));
    }
    let registered = address.clone();
    let location = match state.store(move |catalog| catalog.register(&registered)).await? {
        Registered::New(location) => location,
        Registered::Known(location) if refresh => location,
        Registered::Known(_) => {
            return Err(ApiError::conflict(format!(
                "Location {scope} already exists; `onConflict=refresh` reads it again"
            )));
        }
    };
    state.runtime.read_location(&address);
    Ok(location)
}

/// Reads an address as if it were registered.
async fn rehearse(state: &ApiState, address: LocationRef) -> Result<Response, ApiError> {
    let exists = state.catalog.location_at(&address)?.is_some();
    let Collected { documents, problems } =
        state.runtime.try_location(&address).await.map_err(|error| ApiError::input(error.to_string()))?;
    if !problems.is_empty() {
        let more = problems.len().saturating_sub(PROBLEMS);
        let mut sentences: Vec<String> = problems.into_iter().take(PROBLEMS).collect();
        if more > 0 {
            sentences.push(format!("and {more} more problems"));
        }
        return Err(ApiError::input(sentences.join("; ")));
    }
    let entities = documents.iter().map(|entity| reply::parse(entity)).collect::<Result<Vec<Value>, _>>()?;
    let location = json!({
        "id": address.to_string(),
        "type": address.kind,
        "target": address.target,
        "entityRef": address.entity_ref().to_string(),
    });
    Ok(created(&json!({ "exists": exists, "location": location, "entities": entities })))
}

fn created(body: &Value) -> Response {
    (StatusCode::CREATED, reply::json(body.to_string())).into_response()
}

/// One registered location.
#[utoipa::path(
    get, path = "/locations/{id}", tag = "catalog", params(("id" = String, Path, description = "The location's `id`")),
    responses((status = 200, description = "The location", body = Location), (status = 304, description = "As it was: `If-None-Match` names it"), (status = 404, description = "There is no such location")),
)]
pub(crate) async fn one(
    State(state): State<ApiState>,
    cached: Cached,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let location = state.catalog.location(&id)?.ok_or_else(|| missing(&id))?;
    cached.or(json!(location).to_string().into_bytes())
}

/// Gives a location another address. Its `id` and its entity stay, what was read at the old address goes.
#[utoipa::path(
    put, path = "/locations/{id}", tag = "catalog", request_body = LocationInput,
    params(("id" = String, Path, description = "The location's `id`")),
    responses(
        (status = 200, description = "The location", body = Location),
        (status = 400, description = "It is no address to register"),
        (status = 404, description = "There is no such location"),
        (status = 409, description = "Another location has the address"),
    ),
)]
pub(crate) async fn change(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    body: crate::body::Json<LocationInput>,
) -> Result<Response, ApiError> {
    let address = body.0.address()?;
    let scope = address.to_string();
    let (name, wanted) = (id.clone(), address.clone());
    match state.store(move |catalog| catalog.readdress(&id, &wanted)).await? {
        Readdressed::Done(location) => {
            state.runtime.read_location(&address);
            Ok(reply::json(json!(location).to_string()))
        }
        Readdressed::Taken(_) => Err(ApiError::conflict(format!("Location {scope} already exists"))),
        Readdressed::Unknown => Err(missing(&name)),
    }
}

/// Forgets a location, with what was read there.
#[utoipa::path(
    delete, path = "/locations/{id}", tag = "catalog", params(("id" = String, Path, description = "The location's `id`")),
    responses((status = 204, description = "It is gone"), (status = 404, description = "There is no such location")),
)]
pub(crate) async fn forget(State(state): State<ApiState>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    remove(&state, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a location, for the route and for the pages' form.
pub(crate) async fn remove(state: &ApiState, id: String) -> Result<(), ApiError> {
    let name = id.clone();
    let gone = state.store(move |catalog| catalog.forget_location(&id)).await?.ok_or_else(|| missing(&name))?;
    // A reading that was going on may have brought it back.
    state.runtime.read_location(&LocationRef { kind: gone.kind, target: gone.target });
    Ok(())
}

/// The registered location that an entity came from.
#[utoipa::path(
    get, path = "/locations/by-entity/{kind}/{namespace}/{name}", tag = "catalog",
    params(
        ("kind" = String, Path, description = "Such as `component`"),
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `payments-api`"),
    ),
    responses(
        (status = 200, description = "The location", body = Location),
        (status = 404, description = "There is no such entity, or no registered location brought it"),
    ),
)]
pub(crate) async fn by_entity(
    State(state): State<ApiState>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name).map_err(|error| ApiError::input(error.to_string()))?;
    let entity = state.catalog.entity(&reference)?;
    let entity = entity.ok_or_else(|| ApiError::not_found(format!("found no entity for ref {reference}")))?;
    let entity = reply::parse(&entity)?;
    let origin = entity["metadata"]["annotations"][MANAGED_BY_ORIGIN_LOCATION].as_str();
    let address = origin.and_then(|origin| LocationRef::parse(origin).ok());
    let location = address.map(|address| state.catalog.location_at(&address)).transpose()?.flatten();
    let location =
        location.ok_or_else(|| ApiError::not_found(format!("no registered location brought {reference}")))?;
    Ok(reply::json(json!(location).to_string()))
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("Found no location with ID {id}"))
}
