//! Plugins that are installed through the portal: installed, changed, rolled back, switched, removed.

use std::borrow::Cow;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use portico_api_types::{Granting, Installed, PluginChanges};
use portico_runtime::{InstallRequest, LifeError, PluginChange};
use portico_supply::{Attested, DetachedSignature};
use url::form_urlencoded;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::asking::Asking;
use crate::body;
use crate::error::ApiError;
use crate::state::ApiState;

/// The largest package that is taken, as of one that is fetched.
const PACKAGE: u64 = 64 << 20;

/// The media type of a package that is uploaded.
const WASM: &str = "application/wasm";

/// The routes.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(install))
        .routes(routes!(change, remove))
        .routes(routes!(grant))
        .routes(routes!(roll_back))
        .routes(routes!(decline))
        .routes(routes!(switch_on))
        .routes(routes!(switch_off))
}

impl From<LifeError> for ApiError {
    fn from(error: LifeError) -> ApiError {
        let message = error.to_string();
        match error {
            LifeError::Unknown(_) | LifeError::NotInBin(_) => ApiError::not_found(message),
            LifeError::Fetch(_) => ApiError::elsewhere(message),
            LifeError::Store(_) => ApiError::internal(&error),
            error if error.is_conflict() => ApiError::conflict(message),
            _ => ApiError::input(message),
        }
    }
}

/// Installs a plugin, or another version of one. A version that asks for more than was granted waits, unless it is the one that
/// is `approved` with this request; the one before runs on.
#[utoipa::path(
    post, path = "/plugins", tag = "portico",
    params(
        ("signature" = Option<String>, Query, description = "Of a package that is sent: what `cosign sign-blob` or `portico plugin sign` wrote beside it"),
        ("bundle" = Option<String>, Query, description = "The same as a sigstore bundle, JSON"),
    ),
    request_body(content = PluginChanges, description = "With `from`, which is an address, or `built-in:` with the name of a plugin that came with the portal; or the package itself, as `application/wasm`"),
    responses(
        (status = 201, description = "It is installed", body = Installed),
        (status = 400, description = "The package cannot be used, or nobody who is trusted vouches for it"),
        (status = 409, description = "The plugin is described in portico.yaml, or lies in the plugins folder, or the package is not the one that was approved"),
        (status = 502, description = "The package could not be fetched"),
    ),
)]
pub(crate) async fn install(
    State(state): State<ApiState>,
    request: Request,
) -> Result<(StatusCode, Json<Installed>), ApiError> {
    let is_package = request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == WASM.as_bytes());
    let installed = if is_package {
        let signatures = signatures(request.uri().query().unwrap_or_default());
        let bytes = body::whole(request.into_body(), PACKAGE).await?;
        state.runtime.install(InstallRequest::Signed(bytes.to_vec(), signatures), PluginChange::default()).await?
    } else {
        let changes =
            <body::Json<PluginChanges> as axum::extract::FromRequest<ApiState>>::from_request(request, &state).await?.0;
        let from = changes.from.clone().ok_or_else(|| {
            ApiError::input(
                "request/body needs `from`, where the package lies, or the package itself as application/wasm",
            )
        })?;
        let request = InstallRequest::written(&from).map_err(ApiError::input)?;
        state.runtime.install(request, said(changes)).await?
    };
    Ok((StatusCode::CREATED, Json(installed)))
}

/// The signatures that come along with a package.
fn signatures(query: &str) -> Vec<DetachedSignature> {
    let signature = |(name, text): (Cow<'_, str>, Cow<'_, str>)| {
        let attested = match &*name {
            "signature" => Attested::Blob,
            "bundle" => Attested::Bundle { manifest: None },
            _ => return None,
        };
        Some(DetachedSignature {
            found_at: format!("the {name} beside the upload"),
            signature: text.trim().to_owned(),
            attested,
        })
    };
    form_urlencoded::parse(query.as_bytes()).filter_map(signature).collect()
}

fn said(changes: PluginChanges) -> PluginChange {
    PluginChange { config: changes.config, approved: changes.approved }
}

/// Changes what a plugin is set to and granted. With `approved`, the version that waits takes its place, if it is that one; with that alone also
/// of a plugin that portico.yaml describes or whose file lies in the plugins folder.
#[utoipa::path(
    patch, path = "/plugins/{name}", tag = "portico", request_body = PluginChanges,
    params(("name" = String, Path, description = "The plugin's name")),
    responses(
        (status = 204, description = "It is changed"),
        (status = 400, description = "What was said cannot be read"),
        (status = 404, description = "No such plugin was installed through the portal"),
        (status = 409, description = "The plugin is described in portico.yaml, no version waits, or another one than was looked at"),
    ),
)]
pub(crate) async fn change(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    Asking(user): Asking,
    body: body::Json<PluginChanges>,
) -> Result<StatusCode, ApiError> {
    match body.0 {
        PluginChanges { from: Some(_), .. } => {
            return Err(ApiError::input("`from` is for installing; post it to /api/portico/plugins"));
        }
        PluginChanges { config, approved: Some(digest), .. } if config.is_empty() => {
            state.runtime.approve(&name, &digest, user.as_ref()).await?;
        }
        changes => state.runtime.change_plugin(&name, said(changes)).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Grants what a version of a plugin asks for, piece by piece, in the place of all grants of before. One that waits takes its place.
#[utoipa::path(
    put, path = "/plugins/{name}/grants", tag = "portico", request_body = Granting,
    params(("name" = String, Path, description = "The plugin's name")),
    responses(
        (status = 204, description = "It is granted"),
        (status = 400, description = "What has to be said to a grant is missing"),
        (status = 404, description = "No such plugin was installed through the portal"),
        (status = 409, description = "The plugin is described in portico.yaml, or another version stands there than was looked at"),
    ),
)]
pub(crate) async fn grant(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    body: body::Json<Granting>,
) -> Result<StatusCode, ApiError> {
    state.runtime.grant(&name, body.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a plugin; what it brought goes to the bin.
#[utoipa::path(
    delete, path = "/plugins/{name}", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 204, description = "It is removed"), (status = 404, description = "No such plugin was installed through the portal"), (status = 409, description = "The plugin is described in portico.yaml")),
)]
pub(crate) async fn remove(State(state): State<ApiState>, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    state.runtime.remove_plugin(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Goes back to the version that ran before.
#[utoipa::path(
    post, path = "/plugins/{name}/rollback", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 204, description = "The version before runs"), (status = 404, description = "No such plugin was installed through the portal"), (status = 409, description = "There is no version before")),
)]
pub(crate) async fn roll_back(State(state): State<ApiState>, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    state.runtime.roll_back(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turns away a version that waits.
#[utoipa::path(
    post, path = "/plugins/{name}/decline", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 204, description = "It is turned away"), (status = 404, description = "No such plugin was installed through the portal"), (status = 409, description = "No version waits")),
)]
pub(crate) async fn decline(State(state): State<ApiState>, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    state.runtime.decline(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches a plugin on.
#[utoipa::path(
    post, path = "/plugins/{name}/enable", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 204, description = "It runs"), (status = 404, description = "No such plugin was installed through the portal"), (status = 409, description = "The plugin is described in portico.yaml")),
)]
pub(crate) async fn switch_on(State(state): State<ApiState>, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    state.runtime.switch(&name, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches a plugin off. What it brought stays, and is marked.
#[utoipa::path(
    post, path = "/plugins/{name}/disable", tag = "portico", params(("name" = String, Path, description = "The plugin's name")),
    responses((status = 204, description = "It runs no more"), (status = 404, description = "No such plugin was installed through the portal"), (status = 409, description = "The plugin is described in portico.yaml")),
)]
pub(crate) async fn switch_off(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    state.runtime.switch(&name, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
