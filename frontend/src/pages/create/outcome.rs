//! What a run put out: links, texts, values, and the entities that it made or changed.

use leptos::prelude::*;
use portico_api_types::OutputText;
use portico_model::EntityRef;
use serde_json::Value;

use super::inputs::said;
use super::task::Shown;
use crate::cards::{blocks, way};
use crate::components::{Card, Facts, Titles, entity_link, icon};
use crate::markup::{El, div, el, nothing, span, together};
use crate::text::kind;

/// The outputs and the entities of a task, as cards.
pub(super) fn cards(shown: &Shown) -> AnyView {
    let view = &shown.view;
    let outputs = outputs(view.task.output.as_ref(), &view.texts, &shown.titles);
    together([outputs, entities(shown)])
}

/// What was put out, as cards; nothing where nothing was.
pub(super) fn outputs(output: Option<&Value>, texts: &[OutputText], titles: &Titles) -> AnyView {
    let links: Vec<El> = output.map(|output| links(output, titles)).unwrap_or_default();
    let values = output.and_then(values);
    let mut parts = Vec::new();
    if !links.is_empty() || values.is_some() {
        let list = (!links.is_empty()).then(|| el("ul").class("list").child(links));
        parts.push(
            Card::titled("Outputs")
                .holding(vec![list.map(El::view), values.map(El::view)].into_iter().flatten().collect::<Vec<_>>()),
        );
    }
    for text in texts {
        let title = if text.title.is_empty() { "Output" } else { text.title.as_str() };
        parts.push(Card::titled(title).holding(div("card-body").child(blocks(&text.content))));
    }
    if parts.is_empty() { nothing() } else { together(parts) }
}

/// Where it leads on.
fn links(output: &Value, titles: &Titles) -> Vec<El> {
    let item = |link: &Value| {
        let title = link["title"].as_str().filter(|title| !title.is_empty());
        let entity = link["entityRef"].as_str().and_then(|entity| EntityRef::parse(entity).ok());
        let glyph = link["icon"].as_str().map(kind::icon).filter(|glyph| *glyph != "k-other");
        let line = match (entity, link["url"].as_str()) {
            (Some(entity), _) => {
                let named = title.filter(|title| *title != entity.as_str());
                div("grow").child(entity_link(&entity, titles)).child(named.map(|title| span("sub").child(title)))
            }
            (None, Some(url)) => {
                let text = way("link", url).child(title.unwrap_or(url));
                div("grow").child(text).child(title.map(|_| span("sub break").child(url)))
            }
            (None, None) => return None,
        };
        Some(el("li").child(icon(glyph.unwrap_or("link"))).child(line))
    };
    output["links"].as_array().into_iter().flatten().filter_map(item).collect()
}

/// What else was put out, by its name.
fn values(output: &Value) -> Option<El> {
    let others: Vec<(&String, &Value)> = output
        .as_object()?
        .iter()
        .filter(|(name, value)| !matches!(name.as_str(), "links" | "text") && !value.is_null())
        .collect();
    let facts = others.iter().fold(Facts::new(), |facts, (name, value)| facts.with(name.as_str(), said(value)));
    (!others.is_empty()).then(|| facts.body())
}

/// The entities that its steps named.
fn entities(shown: &Shown) -> AnyView {
    let references: Vec<EntityRef> =
        shown.view.entities.iter().filter_map(|reference| EntityRef::parse(reference).ok()).collect();
    if references.is_empty() {
        return nothing();
    }
    let line = |reference: &EntityRef| {
        let missing = shown.titles.is_missing(reference);
        let note = missing.then(|| span("sub").child("It is not in the catalog, or not yet."));
        let kind = span("tag").child(kind::one(reference.kind()));
        el("li").child(div("grow").child(entity_link(reference, &shown.titles)).child(note)).child(kind)
    };
    let lines: Vec<El> = references.iter().map(line).collect();
    Card::titled("Affected entities").count(references.len()).holding(el("ul").class("list").child(lines))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_link_leads_to_an_entity_or_a_page_and_nowhere_else() {
        let output = json!({ "links": [
            { "title": "Repository", "url": "https://forge.test/acme/x" },
            { "title": "Open in catalog", "icon": "catalog", "entityRef": "component:default/x" },
            { "title": "Sly", "url": "javascript:alert(1)" },
            { "title": "Empty" },
        ]});
        let links = links(&output, &Titles::default());
        assert_eq!(links.len(), 3);
        let html = together(links.into_iter().map(El::view)).to_html();
        assert!(
            html.contains(r#"href="https://forge.test/acme/x""#)
                && html.contains(r#"href="/catalog/default/component/x""#),
            "{html}"
        );
        assert!(!html.contains("href=\"javascript"), "{html}");
    }

    #[test]
    fn what_else_is_put_out_is_told_by_its_name() {
        assert!(values(&json!({ "links": [], "text": [], "empty": null })).is_none());
        let html = values(&json!({ "links": [], "remoteUrl": "https://x.test" })).unwrap().view().to_html();
        assert!(html.contains("remoteUrl"), "{html}");
    }
}
