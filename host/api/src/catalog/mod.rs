//! Backstage's catalog API (`/api/catalog`), wire-compatible, so that its clients read the portal unchanged.
//!
//! One file per resource. Handlers parse their request, ask the store, and write its bytes; they hold no rules of their own.

mod analyze;
mod ancestry;
mod by_query;
mod cursor;
mod entities;
mod facets;
mod locations;
mod locations_by_query;
mod refresh;
mod refs;
mod reply;
mod validate;

pub(crate) use entities::filter;
pub(crate) use locations::{enter as enter_location, remove as remove_location};
pub(crate) use reply::json;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

/// The routes below `/api/catalog`.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(entities::list))
        .routes(routes!(entities::by_uid, entities::delete))
        .routes(routes!(entities::by_name))
        .routes(routes!(ancestry::ancestry))
        .routes(routes!(refs::by_refs))
        .routes(routes!(by_query::get, by_query::post))
        .routes(routes!(facets::get, facets::post))
        .routes(routes!(refresh::refresh))
        .routes(routes!(validate::validate))
        .routes(routes!(analyze::analyze))
        .routes(routes!(locations::list, locations::register))
        .routes(routes!(locations_by_query::by_query))
        .routes(routes!(locations::by_entity))
        .routes(routes!(locations::one, locations::change, locations::forget))
}
