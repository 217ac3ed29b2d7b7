//! The API's description: the OpenAPI document (`/api/openapi.json`), and a page to read it (`/api`).
//!
//! The page is plain HTML made from the document once, at start: complete without script, in the portal's own style.

use std::fmt::Write as _;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{HttpMethod, PathItem, RefOr};

/// What the document says before any route.
#[derive(OpenApi)]
#[openapi(
    info(title = "Portico", description = "The portal's API: Backstage's catalog routes, wire-compatible, and Portico's own. The pages have no other door."),
    tags(
        (name = "catalog", description = "Backstage's catalog API: entities, pages of them, facets, ancestry"),
        (name = "portico", description = "Sources, problems, runs, plugins, search"),
        (name = "agents", description = "For agents, which run plugins where the portal does not reach; with a token of their own"),
        (name = "health", description = "Probes and metrics"),
    ),
)]
pub(crate) struct Description;

/// The document, as it is sent.
pub(crate) fn document(json: &'static str) -> Response {
    ([(header::CONTENT_TYPE, crate::JSON)], json).into_response()
}

/// The page, as it is sent.
pub(crate) fn page(html: &'static str) -> Response {
    Html(html).into_response()
}

/// Makes the page of the document.
pub(crate) fn render(api: &utoipa::openapi::OpenApi) -> String {
    let mut body = String::new();
    for tag in api.tags.iter().flatten() {
        let about = tag.description.as_deref().unwrap_or("");
        let _ = write!(
            body,
            "<section class=\"section\"><div class=\"section-head\"><h2>{}</h2><p>{}</p></div>",
            escape(&tag.name),
            escape(about)
        );
        body.push_str("<div class=\"stack\">");
        for (path, item) in &api.paths.paths {
            for (method, operation) in operations(item) {
                if operation.tags.iter().flatten().any(|name| *name == tag.name) {
                    operation_card(&mut body, method, path, operation);
                }
            }
        }
        body.push_str("</div></section>");
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>API · Portico</title><link rel=\"stylesheet\" href=\"/assets/portico.css\"></head><body><main class=\"page\" id=\"main\">\
         <div class=\"page-head\"><div><h1>API</h1><p class=\"lead\">{} The whole description, for tools: <a class=\"link\" href=\"/api/openapi.json\">openapi.json</a>. \
         Back to <a class=\"link\" href=\"/\">the portal</a>.</p></div></div>{body}</main></body></html>",
        escape(api.info.description.as_deref().unwrap_or(""))
    )
}

fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    let each = [
        (HttpMethod::Get, &item.get),
        (HttpMethod::Post, &item.post),
        (HttpMethod::Put, &item.put),
        (HttpMethod::Delete, &item.delete),
    ];
    each.into_iter().filter_map(|(method, operation)| {
        let name = match method {
            HttpMethod::Get => "GET",
            HttpMethod::Post => "POST",
            HttpMethod::Put => "PUT",
            _ => "DELETE",
        };
        operation.as_ref().map(|operation| (name, operation))
    })
}

fn operation_card(body: &mut String, method: &str, path: &str, operation: &Operation) {
    let text = |text: Option<&str>| escape(text.unwrap_or(""));
    let _ = write!(
        body,
        "<section class=\"card\"><div class=\"card-head\"><h3 class=\"mono\"><span class=\"tag\">{method}</span> {}</h3></div><div class=\"card-body stack\"><p>{} {}</p>",
        escape(path),
        text(operation.summary.as_deref()),
        text(operation.description.as_deref()),
    );
    if let Some(parameters) = operation.parameters.as_ref().filter(|parameters| !parameters.is_empty()) {
        body.push_str("<dl class=\"dl\">");
        for parameter in parameters {
            // Parameters stand with their routes; none is told by reference.
            let RefOr::T(parameter) = parameter else { continue };
            let _ = write!(
                body,
                "<dt><code>{}</code></dt><dd>{}</dd>",
                escape(&parameter.name),
                text(parameter.description.as_deref())
            );
        }
        body.push_str("</dl>");
    }
    body.push_str("<dl class=\"dl\">");
    for (status, response) in &operation.responses.responses {
        let about = match response {
            RefOr::T(response) => response.description.as_str(),
            RefOr::Ref(_) => "",
        };
        let _ = write!(body, "<dt>{}</dt><dd>{}</dd>", escape(status), escape(about));
    }
    body.push_str("</dl></div></section>");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
