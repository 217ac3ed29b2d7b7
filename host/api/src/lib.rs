//! The REST API, its description, live events, and the front end's server side.
//!
//! Rule: routes parse, ask the catalog or the runtime, and write the answer. The pages are rendered here, but what they show
//! comes through the same routes as anyone's, in process.

mod asking;
mod assets;
mod back;
mod body;
mod catalog;
mod description;
mod error;
mod expiry_forms;
mod front;
mod guard;
mod health;
mod incoming;
mod metrics;
mod pages;
mod params;
mod plugin_forms;
mod portico;
mod pressed;
mod query_forms;
mod scaffolder;
mod settings_form;
mod state;
mod task_pages;
mod template_pages;
mod trials;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderName;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use portico_catalog::Catalog;
use portico_runtime::Runtime;
use portico_scaffolder::Scaffolder;
use portico_search::Search;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use assets::Asset;

use crate::front::Front;
use crate::guard::Guard;
use crate::state::{ApiState, Parts, Portal};

/// The media type of every JSON answer, as Backstage's clients expect it.
const JSON: &str = "application/json; charset=utf-8";

/// The largest body of a form that is read.
const FORM_LIMIT: usize = 1 << 20;

/// What a portal is made of.
pub struct Options {
    /// The store.
    pub catalog: Catalog,
    /// The plugins.
    pub runtime: Runtime,
    /// What runs templates.
    pub scaffolder: Scaffolder,
    /// The search over the store.
    pub search: Search,
    /// The company's name for the portal.
    pub title: String,
    /// What requests must present, if anything.
    pub token: Option<String>,
    /// The header in which a proxy in front of the portal says who is signed in, if one does.
    pub user_header: Option<HeaderName>,
    /// What agents present, by their names.
    pub agents: BTreeMap<String, String>,
    /// Files for browsers.
    pub assets: &'static [Asset],
}

/// The whole portal as one service.
pub fn router(options: Options) -> Router {
    let state = ApiState::from(Parts {
        catalog: options.catalog,
        runtime: options.runtime,
        scaffolder: options.scaffolder,
        search: options.search,
        portal: Portal { title: options.title, version: env!("CARGO_PKG_VERSION") },
        requests: metrics::Requests::new(),
        user_header: options.user_header,
        trials: trials::Trials::default(),
        guard: Guard::new(options.token.as_deref(), &options.agents),
    });
    let (api, document) = api_routes().split_for_parts();
    let html: &'static str = description::render(&document).leak();
    let json: &'static str = document.to_json().unwrap_or_default().leak();
    let api = api
        .route("/api/openapi.json", get(move || async move { description::document(json) }))
        .route("/api", get(move || async move { description::page(html) }))
        .merge(incoming::routes())
        .with_state(state.clone());
    let assets = Router::new()
        .route("/assets/{*path}", get(assets::file))
        .route("/pkg/{*path}", get(assets::file))
        .with_state(assets::Assets::new(options.assets));
    let pages = pages::routes(&state, api.clone().layer(from_fn(front::explained)));
    let front = Front { guard: state.guard.clone(), requests: state.requests.clone() };
    Router::new()
        .merge(api)
        .merge(assets)
        .merge(pages)
        // Together, because each layer of its own is another box around every route.
        .layer((
            CompressionLayer::new(),
            from_fn_with_state(front, front::serve),
            CatchPanicLayer::new(),
            DefaultBodyLimit::max(FORM_LIMIT),
        ))
}

fn api_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(description::Description::openapi())
        .nest("/api/catalog", catalog::routes())
        .nest("/api/portico", portico::routes())
        .nest("/api/scaffolder", scaffolder::routes())
        .nest("/.backstage/health/v1", health::routes())
        .merge(metrics::routes())
}

/// The OpenAPI document, for the reference that tests compare.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api_routes().split_for_parts().1
}
