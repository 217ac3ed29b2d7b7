//! Serves the pages without a store, for work on the front end alone.
//!
//! `cargo run --release -p portico-frontend --features ssr --example preview -- PORT ENTITIES [PKG]`: entities are read
//! from one JSON file (a list of documents), everything else from the files in `preview/`, which hold the states that are
//! hard to reach with a real portal: a failing source, a refused plugin, a stale claim, a run that never ends. With the
//! folder of the browser's half (`portico.js`, `portico_bg.wasm`) the pages come alive.
//!
//! `/cards` shows every block that a plugin's card can hold, `/cards?theme=dark` in the dark.
//!
//! Requests of pages go through the same transport and the same routes as in the portal; only the answers are canned.

mod preview {
    pub(crate) mod cards;
    pub(crate) mod catalog;
    pub(crate) mod portico;
}

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Path;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use leptos::prelude::provide_context;
use portico_frontend::{ASSETS, ApiRequest, Transport};
use tower::ServiceExt;

/// Far more than any canned answer.
const MOST: usize = 64 << 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().ok_or("say the port to listen on")?.parse()?;
    let entities = arguments.next().ok_or("say the file with the entities")?;
    let files: Option<Arc<str>> = arguments.next().map(Arc::from);

    let api = Router::new()
        .nest("/api/catalog", preview::catalog::routes(&entities)?)
        .nest("/api/portico", preview::portico::routes());
    let inner = api.clone();
    let transport = Transport::new(move |request| call(inner.clone(), request));
    let options = portico_frontend::options();
    let pages = leptos_axum::render_app_async_with_context(
        move || provide_context(transport.clone()),
        move || portico_frontend::shell(options.clone()),
    );
    let app = api
        .route("/pkg/{file}", get(move |Path(file): Path<String>| built(files.clone(), file)))
        .route("/assets/{file}", get(asset))
        .route("/plugins/{name}/run", axum::routing::post(|| async { axum::response::Redirect::to("/runs/412") }))
        .route("/runs/{id}/cancel", axum::routing::post(|| async { axum::response::Redirect::to("/runs/412") }))
        .merge(preview::cards::routes())
        .route("/cards/{plugin}/{id}/invoke", axum::routing::post(|form: String| async { form }))
        .fallback(get(pages));

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn call(api: Router, request: ApiRequest) -> Result<(u16, String), String> {
    let (method, body) = match request.body {
        Some(body) => (Method::POST, Body::from(body)),
        None => (Method::GET, Body::empty()),
    };
    let request =
        Request::builder().method(method).uri(request.path).header(header::CONTENT_TYPE, "application/json").body(body);
    let answer: Response = match api.oneshot(request.map_err(|error| error.to_string())?).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), MOST).await.map_err(|error| error.to_string())?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

async fn asset(Path(file): Path<String>) -> Response {
    let asset = ASSETS.iter().find(|asset| asset.path.strip_prefix("/assets/") == Some(file.as_str()));
    match asset {
        Some(asset) => ([(header::CONTENT_TYPE, asset.content_type)], asset.body).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn built(folder: Option<Arc<str>>, file: String) -> Response {
    let content_type = if file.ends_with(".wasm") { "application/wasm" } else { "text/javascript" };
    let path = folder.map(|folder| std::path::Path::new(&*folder).join(&file));
    match path.map(std::fs::read) {
        Some(Ok(bytes)) => ([(header::CONTENT_TYPE, content_type)], bytes).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
