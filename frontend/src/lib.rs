//! The portal's pages.
//!
//! Rule: the pages reach data through the REST API alone, by its documented routes; they know nothing of the store. The
//! same code renders on the server (feature `ssr`) and takes over in the browser (feature `hydrate`).
//!
//! # How a server uses this crate
//!
//! It builds the crate with `ssr` and
//!
//! 1. serves the files of [`ASSETS`] at their paths, and the browser's half of the application, which is made of this crate, below
//!    `/pkg`: `portico.js`, `portico_bg.wasm` and `portico_parts.js`, whose names do not change with their content, so that they want
//!    `Cache-Control: no-cache` and an `ETag`; and the parts that are fetched later, whose names do. A part that is not there, since the
//!    server has another version by now, is to be answered with 404: the browser then loads the page in full;
//! 2. answers every other `GET` with [`shell`], sent in its order as it is rendered, so that pages are complete without
//!    script and what is slow, such as cards, holds up nothing before it. Addresses without a page get a page that says so, with
//!    status 404;
//! 3. puts a [`Transport`] into the context, which hands requests to the router of the API within the process.
//!
//! ```text
//! let options = portico_frontend::options();
//! let transport = Transport::new(move |request: ApiRequest| call(router.clone(), request));
//! let pages = leptos_axum::render_app_to_stream_in_order_with_context(
//!     move || provide_context(transport.clone()),
//!     move || portico_frontend::shell(options.clone()),
//! );
//! let app = Router::new().nest("/api", api).route("/pkg/{file}", …).route("/assets/{file}", …).fallback(axum::routing::get(pages));
//! ```
//!
//! The page of a template (`/create/templates/{namespace}/{name}`) takes its form by `POST` at its own address, and is drawn anew of what that
//! came to, which goes into the request's extensions as [`FilledIn`].
//!
//! The answer of `GET /api/portico/kinds` goes into the request's extensions as [`KindsAnswer`], so that pages know the kinds.
//!
//! Nothing else is needed: no list of routes, no environment variables, no state beside the transport. [`shell`] sets a
//! content security policy on the page's response by itself. What changes something is a form that works without script: it is posted to the server, to a
//! route of its own below its page (such as `POST /plugins/{name}/run`, `/sources/{id}/removals/confirm`, `/removed/restore`), which
//! answers `303` with the page that shows what came of it. `POST /cards/{plugin}/{id}/invoke` presses a card's button: its fields are
//! `action`, `entity` where the card is on an entity's page, and `input.NAME` for what was filled in, several times for several values;
//! what was not ticked is not sent, and what was left empty is empty.

#![expect(unreachable_pub, reason = "the macro for components writes functions that are public inside their module")]

mod api;
mod app;
#[cfg(feature = "ssr")]
mod assets;
mod cards;
mod components;
mod data;
mod entity;
mod form;
mod frame;
mod live;
mod markup;
mod pages;
mod parts;
#[cfg(feature = "ssr")]
mod shell;
mod text;
mod vocabulary;
mod yaml;

pub use app::App;
pub use cards::specimen;
#[cfg(feature = "ssr")]
pub use {
    api::{Answer, ApiRequest, Transport},
    assets::{ASSETS, Asset, STYLES},
    shell::{options, shell},
};

/// The address of the page that asks a saved query.
#[cfg(feature = "ssr")]
pub fn query_address(query: &portico_api_types::SavedQuery) -> String {
    pages::query_address(query)
}

/// What the parameters of an address of the catalog's page ask, without a title.
#[cfg(feature = "ssr")]
pub fn query_question<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> portico_api_types::CatalogQuestion {
    pages::query_question(parameters)
}

/// The answer of `GET /api/portico/kinds`, in the extensions of a page's request.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug)]
pub struct KindsAnswer(pub String);

/// What a form of a page that fills in a template came to, in the extensions of the request of the page that is drawn of it.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug)]
pub struct FilledIn(pub portico_api_types::TemplateFilledIn);

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    wasm_bindgen_futures::spawn_local(async {
        let path = leptos::prelude::window().location().pathname().unwrap_or_default();
        // Without its part the page stays as the server wrote it: its links lead on, and its forms are answered by the server.
        if parts::fetch(&path).await.is_ok() {
            leptos::mount::hydrate_body(App);
            parts::fetch_ahead();
        }
    });
}
