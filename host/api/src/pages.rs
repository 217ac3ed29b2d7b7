//! The pages, rendered here; what they show comes through the API's own router, in process.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Request, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http_body_util::BodyExt;
use leptos::prelude::{provide_context, use_context};
use portico_catalog::Confirmed;
use portico_frontend::{ApiRequest, KindsAnswer, Transport};
use portico_model::{EntityRef, LocationRef};
use tower::ServiceExt;
use url::form_urlencoded;

use crate::asking::Asking;
use crate::back;
use crate::catalog::{enter_location, remove_location};
use crate::error::ApiError;
use crate::expiry_forms;
use crate::plugin_forms;
use crate::portico::{cancel_run, confirm_removals, discard_removals, invoke_card, restore_entity, start_run};
use crate::pressed;
use crate::query_forms;
use crate::state::ApiState;
use crate::task_pages;
use crate::template_pages;

/// Every address that is neither the API's nor a file's is a page; `api` answers what pages ask.
pub(crate) fn routes(state: &ApiState, api: Router) -> Router {
    let asked = api.clone();
    let header = state.user_header.clone();
    let options = portico_frontend::options();
    // In their order, so that they are complete without script; what is slow comes last.
    let pages = leptos_axum::render_app_to_stream_in_order_with_context(
        move || {
            // Whoever asks for a page is who asks what it shows.
            let user = header.as_ref().and_then(|header| {
                let asked = use_context::<Parts>()?;
                Some((header.clone(), asked.headers.get(header)?.clone()))
            });
            let api = api.clone();
            provide_context(Transport::new(move |request| call(api.clone(), user.clone(), request)));
        },
        move || portico_frontend::shell(options.clone()),
    );
    let kinds = middleware::from_fn(move |request: Request<Body>, next: Next| with_kinds(asked.clone(), request, next));
    let page = get(pages).layer(kinds).layer(middleware::from_fn(straight));
    let filled_in = page.clone().merge(template_pages::steps(state, page.clone()));
    Router::new()
        .route("/plugins/{name}/run", post(run))
        .route("/runs/{id}/cancel", post(cancel))
        .route("/sources/{id}/removals/confirm", post(confirm))
        .route("/sources/{id}/removals/discard", post(discard))
        .route("/cards/{plugin}/{id}/invoke", post(press))
        .route("/removed/restore", post(restore))
        .route("/removed/plugins/restore", post(restore_plugin))
        .route("/sources/locations", post(register))
        .route("/sources/locations/{id}/forget", post(forget))
        .merge(query_forms::routes())
        .merge(plugin_forms::routes())
        .merge(task_pages::routes())
        .merge(expiry_forms::routes())
        .with_state(state.clone())
        .route(template_pages::PAGE, filled_in)
        // Nothing below these is a page.
        .route("/api/{*path}", get(unknown))
        .fallback_service(page)
}

/// Pages are looked up by an address whose `.` and `..` are worked out; all that was decided before went by how it is written.
async fn straight(request: Request<Body>, next: Next) -> Response {
    match has_detour(request.uri().path()) {
        false => next.run(request).await,
        true => ApiError::input("The address holds `.` or `..` between slashes; write the one that it leads to")
            .into_response(),
    }
}

/// Whether a path has segments that lead to itself or upwards, in any of the ways in which URLs write them.
fn has_detour(path: &str) -> bool {
    let plain = |segment: &str| segment.replace("%2e", ".").replace("%2E", ".");
    path.split(['/', '\\']).any(|segment| matches!(plain(segment).as_str(), "." | ".."))
}

/// Pages know the kinds before they are made: every word on them may be a kind's.
async fn with_kinds(api: Router, mut request: Request<Body>, next: Next) -> Response {
    let asked = ApiRequest { path: "/api/portico/kinds".to_owned(), body: None };
    match call(api, None, asked).await {
        Ok((200, answer)) => drop(request.extensions_mut().insert(KindsAnswer(answer))),
        Ok((status, answer)) => tracing::error!(status, answer, "a page is made without the portal's kinds"),
        Err(error) => tracing::error!(error, "a page is made without the portal's kinds"),
    }
    next.run(request).await
}

/// Hands a page's request to the API.
async fn call(
    api: Router,
    user: Option<(HeaderName, HeaderValue)>,
    request: ApiRequest,
) -> Result<(u16, String), String> {
    let (method, body) = match request.body {
        Some(body) => (Method::POST, Body::from(body)),
        None => (Method::GET, Body::empty()),
    };
    let builder = Request::builder().method(method).uri(&request.path).header(header::CONTENT_TYPE, "application/json");
    let builder = user.into_iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    let request =
        builder.body(body).map_err(|error| format!("{} is not an address of the API: {error}", request.path))?;
    // A router is ready always and fails never.
    let response: Response = api.oneshot(request).await.unwrap_or_else(|never| match never {});
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(|error| format!("the API's answer broke off: {error}"))?;
    Ok((status, String::from_utf8_lossy(&body.to_bytes()).into_owned()))
}

/// The form that starts a run leads to the run.
async fn run(State(state): State<ApiState>, Path(name): Path<String>) -> Redirect {
    match start_run(&state, &name) {
        Ok(started) => back::to(&format!("/runs/{}", started.id)),
        Err(error) => back::refused(&back::plugin(&name), &error.to_string()),
    }
}

/// The form that stops a run leads back to it.
async fn cancel(State(state): State<ApiState>, Path(id): Path<u64>) -> Redirect {
    back::after(&format!("/runs/{id}"), cancel_run(&state, id).map(drop))
}

/// The forms that answer a sync that waits lead back to its source.
async fn confirm(State(state): State<ApiState>, Path(id): Path<u32>) -> Redirect {
    let confirmed = confirm_removals(&state, id).await;
    let page = if matches!(confirmed, Ok(Confirmed::Gone)) { "/sources".to_owned() } else { format!("/sources/{id}") };
    back::after(&page, confirmed.map(drop))
}

async fn discard(State(state): State<ApiState>, Path(id): Path<u32>) -> Redirect {
    back::after(&format!("/sources/{id}"), discard_removals(&state, id).await.map(drop))
}

/// The form that registers a location leads back to the sources, with the address, if it could not be registered.
async fn register(State(state): State<ApiState>, body: String) -> Redirect {
    let field = form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "target");
    let target = field.map(|(_, value)| value.into_owned()).unwrap_or_default();
    let registered = match LocationRef::web(&target) {
        Ok(address) => enter_location(&state, address, false).await.map(|_| true),
        Err(_) => Ok(false),
    };
    match registered {
        Ok(true) => back::to("/sources#locations"),
        Err(error) if !error.is_conflict() => back::refused("/sources#locations", &error.to_string()),
        // The page has a sentence for each reason.
        Ok(false) | Err(_) => {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("register", &target).finish();
            back::to(&format!("/sources?{query}#locations"))
        }
    }
}

/// The form that brings an entity back leads to it, or back with the reason why it could not.
async fn restore(State(state): State<ApiState>, body: String) -> Redirect {
    let field = form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "entity");
    let reference = field.map(|(_, value)| value.into_owned()).unwrap_or_default();
    match (restore_entity(&state, &reference).await, EntityRef::parse(&reference)) {
        (Ok(()), Ok(entity)) => {
            let (namespace, kind, name) = (entity.namespace(), entity.kind(), entity.name());
            // Names of entities need no escaping in a path.
            back::to(&format!("/catalog/{namespace}/{kind}/{name}"))
        }
        (outcome, _) => back::after("/removed", outcome),
    }
}

/// A plugin that is brought back is shown on its page.
async fn restore_plugin(State(state): State<ApiState>, body: String) -> Redirect {
    let field = form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "plugin");
    let name = field.map(|(_, value)| value.into_owned()).unwrap_or_default();
    match state.runtime.restore_plugin(&name).await {
        Ok(()) => back::to(&back::plugin(&name)),
        Err(error) => back::refused("/removed", &error.to_string()),
    }
}

/// The form of a card's button leads back to the card, or to its page with the reason why nothing was done.
async fn press(
    State(state): State<ApiState>,
    Asking(user): Asking,
    Path((plugin, id)): Path<(String, String)>,
    body: String,
) -> Redirect {
    let page = pressed::page(&state, &plugin, &id, &body).await;
    let pressed = match pressed::invocation(&state, &plugin, &id, user.as_ref(), &body).await {
        Ok(invocation) => invoke_card(&state, &plugin, &id, user.as_ref(), invocation).await,
        Err(error) => Err(error),
    };
    match pressed {
        // Names of plugins and of cards that there are need no escaping.
        Ok(_) => back::to(&format!("{page}#card-{plugin}-{id}")),
        Err(error) => back::refused(&page, &error.to_string()),
    }
}

/// The form that forgets a location leads back to the sources.
async fn forget(State(state): State<ApiState>, Path(id): Path<String>) -> Redirect {
    back::after("/sources#locations", remove_location(&state, id).await.map(drop))
}

async fn unknown(Path(path): Path<String>) -> ApiError {
    ApiError::not_found(format!("There is no route /api/{path}; /api lists those there are"))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn a_path_with_a_detour_is_one_that_urls_shorten() {
        let base = Url::parse("http://portal.test").unwrap();
        for (path, detour) in [
            ("/catalog", false),
            ("/", false),
            ("/catalog/default/component/a.b..c", false),
            ("/catalog/...", false),
            ("/catalog/%2e%2e%2e", false),
            ("/a/../catalog", true),
            ("/a/./catalog", true),
            ("/a/..", true),
            ("/.", true),
            ("/a/%2e%2E/catalog", true),
            ("/a/.%2e/catalog", true),
            ("/a/%2E/catalog", true),
            ("/a\\..\\catalog", true),
            ("/a\\%2e./catalog", true),
        ] {
            assert_eq!(has_detour(path), detour, "{path}");
            let written = path.replace('\\', "/");
            assert_eq!(base.join(path).unwrap().path() != written, detour, "{path} as URLs have it");
        }
    }
}
