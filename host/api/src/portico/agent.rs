//! Agents: what they take from the portal, and what they bring.
//!
//! Rule: who asks is known by a token of an agent, and by nothing else; which run is meant, by the lease.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use portico_api_types::{
    AgentAsk, AgentClaim, AgentEnd, AgentLine, AgentRenewal, AgentReply, AgentSession, AgentStanding, AgentStored,
    AgentWork,
};
use portico_runtime::AgentError;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::whole;
use crate::error::ApiError;
use crate::state::ApiState;

/// The largest body in JSON: what a plugin may keep as state, as text, or the names of all its scopes.
const BODY: u64 = 64 << 20;

/// The routes below `/api/portico/agent`.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(claim))
        .routes(routes!(package))
        .routes(routes!(renew))
        .routes(routes!(ask))
        .routes(routes!(session))
        .routes(routes!(end))
        // The token of an agent opens no page, be it one that says that there is nothing.
        .route("/agent/", any(nothing))
        .route("/agent/{*rest}", any(nothing))
}

async fn nothing() -> ApiError {
    ApiError::not_found("Agents find nothing here")
}

/// The agent that asks.
pub(crate) struct Agent(String);

impl FromRequestParts<ApiState> for Agent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Agent, ApiError> {
        state.guard.agent(&parts.headers).map(|name| Agent(name.to_owned())).map_err(ApiError::from)
    }
}

impl From<AgentError> for ApiError {
    fn from(error: AgentError) -> ApiError {
        let message = error.to_string();
        match error {
            AgentError::Over => ApiError::conflict(message),
            AgentError::NoPackage { .. } => ApiError::not_found(message),
            AgentError::Wrong(_) => ApiError::input(message),
            AgentError::Unable(_) => ApiError::unavailable(message),
        }
    }
}

/// What an agent says, in JSON.
pub(crate) struct Said<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Said<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Said<T>, ApiError> {
        let body = whole(request.into_body(), BODY).await?;
        let read = serde_json::from_slice(&body);
        read.map(Said).map_err(|error| ApiError::input(format!("request/body is not what this route takes: {error}")))
    }
}

/// Gives an agent a run of a plugin that it runs. Waits some seconds where none is due.
#[utoipa::path(
    post, path = "/agent/claims", tag = "agents", request_body = AgentClaim,
    responses(
        (status = 200, description = "A run with its lease, or none", body = AgentWork),
        (status = 401, description = "No agent has this token"),
    ),
)]
pub(crate) async fn claim(
    State(state): State<ApiState>,
    Agent(agent): Agent,
    Said(said): Said<AgentClaim>,
) -> Result<Json<AgentWork>, ApiError> {
    let order = state.runtime.agent_claim(&agent, said).await;
    Ok(Json(AgentWork { order }))
}

/// The package of a plugin that the agent runs.
#[utoipa::path(
    get, path = "/agent/packages/{digest}", tag = "agents",
    params(("digest" = String, Path, description = "SHA-256 of the package, in hexadecimal")),
    responses(
        (status = 200, description = "The file", content_type = "application/wasm", body = String),
        (status = 401, description = "No agent has this token"),
        (status = 404, description = "The agent runs no such plugin"),
    ),
)]
pub(crate) async fn package(
    State(state): State<ApiState>,
    Agent(agent): Agent,
    Path(digest): Path<String>,
) -> Result<Response, ApiError> {
    let bytes: Bytes = state.runtime.agent_package(&agent, &digest).await?;
    Ok(([(header::CONTENT_TYPE, "application/wasm")], bytes).into_response())
}

/// Says that a run goes on, with what it logged and how far it is. A lease lasts half a minute after the last word.
#[utoipa::path(
    post, path = "/agent/leases/{lease}/renewals", tag = "agents", request_body = AgentRenewal,
    params(("lease" = String, Path, description = "The run's `lease`")),
    responses(
        (status = 200, description = "Whether the run is to stop", body = AgentStanding),
        (status = 401, description = "No agent has this token"),
        (status = 409, description = "The lease is over"),
    ),
)]
pub(crate) async fn renew(
    State(state): State<ApiState>,
    Agent(agent): Agent,
    Path(lease): Path<String>,
    Said(said): Said<AgentRenewal>,
) -> Result<Json<AgentStanding>, ApiError> {
    Ok(Json(state.runtime.agent_renew(&agent, &lease, said)?))
}

/// Asks what the plugin asks; it is answered by the plugin's rights.
#[utoipa::path(
    post, path = "/agent/leases/{lease}/asks/{number}", tag = "agents", request_body = AgentAsk,
    params(
        ("lease" = String, Path, description = "The run's `lease`"),
        ("number" = u64, Path, description = "Counts the questions of the lease up from 1"),
    ),
    responses(
        (status = 200, description = "The answer, which may be that it is refused", body = AgentReply),
        (status = 401, description = "No agent has this token"),
        (status = 409, description = "The lease is over"),
    ),
)]
pub(crate) async fn ask(
    State(state): State<ApiState>,
    Agent(agent): Agent,
    Path((lease, number)): Path<(String, u64)>,
    Said(said): Said<AgentAsk>,
) -> Result<Json<AgentReply>, ApiError> {
    Ok(Json(state.runtime.agent_ask(&agent, &lease, number, said).await?))
}

/// Stores a session, whole or not at all. The body is one JSON document a line: first a session, then what it says, and in the end how
/// many lines there were. A number that was taken already is answered as it was then, and its body is not looked at.
#[utoipa::path(
    put, path = "/agent/leases/{lease}/sessions/{number}", tag = "agents",
    request_body(content((AgentSession = "application/x-ndjson"), (AgentLine = "application/x-ndjson"))),
    params(
        ("lease" = String, Path, description = "The run's `lease`"),
        ("number" = u64, Path, description = "Counts the sessions of the lease up from 1"),
    ),
    responses(
        (status = 200, description = "What became of it", body = AgentStored),
        (status = 400, description = "It is no session, or not the next; nothing of it is stored"),
        (status = 401, description = "No agent has this token"),
        (status = 409, description = "The lease is over; nothing of it is stored"),
    ),
)]
pub(crate) async fn session(
    State(state): State<ApiState>,
    Agent(agent): Agent,
    Path((lease, number)): Path<(String, u64)>,
    body: Body,
) -> Result<Json<AgentStored>, ApiError> {
    Ok(Json(state.runtime.agent_session(&agent, &lease, number, body).await?))
}

/// Says how a run ended, or gives it back.
#[utoipa::path(
    post, path = "/agent/leases/{lease}/end", tag = "agents", request_body = AgentEnd,
    params(("lease" = String, Path, description = "The run's `lease`")),
    responses(
        (status = 200, description = "It is noted", body = ()),
        (status = 401, description = "No agent has this token"),
        (status = 409, description = "The lease is over"),
    ),
)]
pub(crate) async fn end(
    State(state): State<ApiState>,
    Agent(agent): Agent,
    Path(lease): Path<String>,
    Said(said): Said<AgentEnd>,
) -> Result<Json<()>, ApiError> {
    state.runtime.agent_end(&agent, &lease, said)?;
    Ok(Json(()))
}
