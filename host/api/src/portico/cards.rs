//! Cards of plugins: which there are, what they show, and what their buttons do.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use portico_api_types::{CardOffers, Invocation, PluginCard};
use portico_model::EntityRef;
use portico_runtime::CardError;

use crate::asking::Asking;
use crate::body;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

impl From<CardError> for ApiError {
    fn from(error: CardError) -> ApiError {
        let message = error.to_string();
        match error {
            CardError::Unknown { .. } => ApiError::not_found(message),
            CardError::NoButton { .. } => ApiError::conflict(message),
            CardError::Input(_) => ApiError::input(message),
            CardError::Failed { .. } => ApiError::elsewhere(message),
            CardError::Store(_) => ApiError::internal(&error),
        }
    }
}

/// The cards of an entity's page; without an entity, those of the home page.
#[utoipa::path(
    get, path = "/cards", tag = "portico",
    params(("entity" = Option<String>, Query, description = "The entity, as `kind:namespace/name`")),
    responses((status = 200, description = "The cards, in the order in which they are shown", body = CardOffers), (status = 404, description = "There is no such entity")),
)]
pub(crate) async fn list(State(state): State<ApiState>, RawQuery(raw): RawQuery) -> Result<Json<CardOffers>, ApiError> {
    let Some(entity) = entity_of(raw.as_deref())? else {
        return Ok(Json(CardOffers { items: state.runtime.home_cards() }));
    };
    let items = state.runtime.cards_of(&entity).await?;
    Ok(Json(CardOffers { items: items.ok_or_else(|| ApiError::not_found(format!("No entity {entity}")))? }))
}

/// One card, as it is drawn.
#[utoipa::path(
    get, path = "/cards/{plugin}/{id}", tag = "portico",
    params(
        ("plugin" = String, Path, description = "The plugin's name"),
        ("id" = String, Path, description = "The card's name within the plugin"),
        ("entity" = Option<String>, Query, description = "The entity on whose page it is, as `kind:namespace/name`"),
        ("wait" = Option<u64>, Query, description = "Milliseconds that the answer may take; as long as the card takes, if absent"),
    ),
    responses(
        (status = 200, description = "The card", body = PluginCard),
        (status = 404, description = "There is no such card on such a page"),
        (status = 502, description = "The plugin failed; the message says why, and what to do"),
        (status = 503, description = "It takes longer than `wait`, and is drawn on: ask again"),
    ),
)]
pub(crate) async fn one(
    State(state): State<ApiState>,
    Asking(user): Asking,
    Path((plugin, id)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
) -> Result<Json<PluginCard>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["entity", "wait"])?;
    let entity = params.one("entity")?.map(parse).transpose()?;
    let wait = params.one("wait")?.map(milliseconds).transpose()?;
    // In a task of its own, so that who asks again finds it drawn.
    let drawn = tokio::spawn(async move { state.runtime.card(&plugin, &id, entity.as_ref(), user.as_ref()).await });
    let drawn = match wait {
        None => drawn.await,
        Some(wait) => tokio::time::timeout(wait, drawn).await.map_err(|_| {
            ApiError::unavailable("The card is still being drawn; ask again in a moment").after(Duration::from_secs(1))
        })?,
    };
    Ok(Json(drawn.map_err(|error| ApiError::internal(&error))??.as_ref().clone()))
}

fn milliseconds(text: &str) -> Result<Duration, ApiError> {
    let number =
        text.parse().map_err(|_| ApiError::input(format!("`wait` is `{text}`, where milliseconds are expected")));
    number.map(Duration::from_millis)
}

/// Does what a button says, and answers the card as it is then.
#[utoipa::path(
    post, path = "/cards/{plugin}/{id}/invoke", tag = "portico", request_body = Invocation,
    params(
        ("plugin" = String, Path, description = "The plugin's name"),
        ("id" = String, Path, description = "The card's name within the plugin"),
    ),
    responses(
        (status = 200, description = "The card", body = PluginCard),
        (status = 400, description = "What was filled in breaks the rules of the button's form"),
        (status = 404, description = "There is no such card on such a page"),
        (status = 409, description = "The card has no such button, or not any more"),
        (status = 502, description = "The plugin failed; the message says why, and what to do"),
    ),
)]
pub(crate) async fn invoke(
    State(state): State<ApiState>,
    Asking(user): Asking,
    Path((plugin, id)): Path<(String, String)>,
    body: body::Json<Invocation>,
) -> Result<Json<PluginCard>, ApiError> {
    Ok(Json(invoke_card(&state, &plugin, &id, user.as_ref(), body.0).await?))
}

/// As the route does it, for the pages' form.
pub(crate) async fn invoke_card(
    state: &ApiState,
    plugin: &str,
    id: &str,
    user: Option<&EntityRef>,
    invocation: Invocation,
) -> Result<PluginCard, ApiError> {
    let entity = invocation.entity.as_deref().map(parse).transpose()?;
    Ok(state.runtime.invoke(plugin, id, entity.as_ref(), user, invocation).await?.as_ref().clone())
}

fn entity_of(query: Option<&str>) -> Result<Option<EntityRef>, ApiError> {
    Params::parse(query, &["entity"])?.one("entity")?.map(parse).transpose()
}

fn parse(entity: &str) -> Result<EntityRef, ApiError> {
    EntityRef::parse(entity).map_err(|error| ApiError::input(error.to_string()))
}
