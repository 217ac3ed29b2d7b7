//! The page of all cards that plugins could draw: each block, and what is odd about it.

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;
use portico_api_types::{CardOffer, Markdown, PluginCard};
use portico_frontend::specimen;
use portico_model::EntityRef;
use serde::Deserialize;
use serde_json::{Value, json};

const CARDS: &str = include_str!("cards.json");

/// One of the file's cards. Without card and error it is one that is being fetched.
#[derive(Deserialize)]
struct Canned {
    offer: CardOffer,
    entity: Option<String>,
    card: Option<PluginCard>,
    error: Option<String>,
}

/// `/cards`, and `/cards?theme=dark`.
pub(crate) fn routes() -> Router {
    Router::new().route("/cards", get(leptos_axum::render_app_async(page)))
}

/// The same with its Markdown parsed, as the host does it.
fn parsed(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(parsed).collect(),
        Value::Object(fields) if fields.get("type") == Some(&"markdown".into()) => {
            let parsed = |(name, value): (String, Value)| match (name.as_str(), value) {
                ("text", Value::String(text)) => (name, json!(Markdown::blocks(&text))),
                ("value", Value::String(text)) => (name, json!(Markdown::inline(&text))),
                (_, value) => (name, value),
            };
            fields.into_iter().map(parsed).collect()
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, parsed(value))).collect(),
        value => value,
    }
}

fn page() -> impl IntoView {
    let query = use_context::<axum::http::request::Parts>().and_then(|parts| parts.uri.query().map(str::to_owned));
    let theme = query.and_then(|query| query.strip_prefix("theme=").map(str::to_owned));
    let all: Vec<Canned> = match serde_json::from_str(CARDS).map(parsed).and_then(serde_json::from_value) {
        Ok(all) => all,
        Err(error) => return view! { <p>{error.to_string()}</p> }.into_any(),
    };
    let cards = all.iter().map(|canned| {
        let entity = canned.entity.as_deref().and_then(|entity| EntityRef::parse(entity).ok());
        let card = canned.card.as_ref().map(Ok).or(canned.error.as_deref().map(Err));
        let style = format!("grid-column: span {}; min-width: 0", canned.offer.width);
        view! { <div style=style>{specimen(&canned.offer, entity.as_ref(), card)}</div> }
    });
    // Narrow windows get one column, as pages would do it.
    let grid =
        "display: grid; gap: 16px; align-items: start; grid-template-columns: repeat(var(--columns), minmax(0, 1fr))";
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title>"Cards"</title>
                <link rel="stylesheet" href="/assets/portico.css"/>
                <style>
                    ":root { --columns: 12 }
                    @media (width < 720px) { :root { --columns: 1 } main > div > div { grid-column: auto !important } }"
                </style>
            </head>
            <body>
                <main class="page"><div style=grid>{cards.collect_view()}</div></main>
            </body>
        </html>
    }
    .into_any()
}
