//! The cards of facts: what tools know of an entity, each with who says it and how fresh that is.
//!
//! Where a plugin has cards of its own on the page, those say it better, and its facts are folded away.

use leptos::prelude::*;
use portico_api_types::{Attachment, CardPlace, SourceState};
use serde_json::Value;

use super::load::EntityPage;
use crate::components::{Card, Facts, source_status, time, time_or};
use crate::entity::safe_url;
use crate::markup::{El, div, el, link, span, way_out};

/// Lines that are in sight at once; the rest opens.
const IN_SIGHT: usize = 12;

/// A card for each plugin that attaches facts and has nothing better to show for them.
pub(super) fn cards(page: &EntityPage) -> Vec<AnyView> {
    let card = |(plugin, lines): (&str, Lines<'_>)| {
        let (first, more) = in_sight(lines);
        Card::titled(plugin).count("facts").holding(vec![Some(list(&first).body()), more, foot(plugin, page)])
    };
    all(page).filter(|(plugin, _)| !is_drawn(page, plugin)).map(card).collect()
}

/// The facts of plugins that draw cards, each folded.
pub(super) fn folded(page: &EntityPage) -> Option<AnyView> {
    let fold = |(plugin, lines): (&str, Lines<'_>)| {
        let summary = el("summary").child(plugin).child(" ").child(span("count").child(lines.len().to_string()));
        el("details").class("card-more").child(summary).child(list(&lines).body()).child(foot(plugin, page))
    };
    let folds: Vec<El> = all(page).filter(|(plugin, _)| is_drawn(page, plugin)).map(fold).collect();
    (!folds.is_empty()).then(|| Card::titled("Facts").holding(folds))
}

/// Values under their names.
type Lines<'e> = Vec<(String, &'e Value)>;

/// The facts of an entity, by plugin.
fn all(page: &EntityPage) -> impl Iterator<Item = (&str, Lines<'_>)> {
    let facts = page.entity.0.get("facts").and_then(Value::as_object).into_iter().flatten();
    facts.map(|(plugin, value)| {
        let mut lines = Vec::new();
        flatten("", value, &mut lines);
        (plugin.as_str(), lines)
    })
}

/// Whether a plugin has a card on the page.
fn is_drawn(page: &EntityPage, plugin: &str) -> bool {
    page.cards.iter().flatten().any(|card| card.plugin == plugin && card.place != CardPlace::Home)
}

fn in_sight(mut lines: Lines<'_>) -> (Lines<'_>, Option<El>) {
    let rest = lines.split_off(lines.len().min(IN_SIGHT));
    let more = (!rest.is_empty()).then(|| {
        let summary = el("summary").child(format!("{} more", rest.len()));
        el("details").class("card-more").child(summary).child(list(&rest).body())
    });
    (lines, more)
}

fn foot(plugin: &str, page: &EntityPage) -> Option<El> {
    let said = page.origin.as_ref().map(|origin| origin.facts.as_slice()).unwrap_or_default();
    let stamps: Vec<El> = said.iter().filter(|attachment| attachment.source.plugin == plugin).map(stamp).collect();
    (!stamps.is_empty()).then(|| div("card-foot").child(stamps))
}

fn list(lines: &[(String, &Value)]) -> Facts {
    lines.iter().fold(Facts::new(), |facts, (name, value)| facts.with(name.as_str(), shown(value)))
}

/// Who says it, and how fresh it is. What is as it should be is said quietly.
fn stamp(attachment: &Attachment) -> El {
    let source = &attachment.source;
    let name = link("link", format!("/sources/{}", source.id)).child(source.scope.as_str());
    let is_quiet = matches!(source.state, SourceState::Current | SourceState::Syncing);
    let state = (!is_quiet).then(|| source_status(source.state));
    span("row")
        .attr("style", "--gap:4px 10px")
        .child(name)
        .child(el("span").child("read ").child(time_or(source.synced_at, "never")))
        .child(el("span").child("changed ").child(time(attachment.changed_at)))
        .child(state)
}

/// A line for each value, under its dotted name.
fn flatten<'a>(name: &str, value: &'a Value, lines: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, lines);
            }
        }
        value => lines.push((name.to_owned(), value)),
    }
}

fn shown(value: &Value) -> El {
    match value {
        Value::String(text) => match safe_url(text) {
            Some(url) => way_out("link break", url).child(text.as_str()),
            None => span("break").child(text.as_str()),
        },
        Value::Bool(true) => span("").child("yes"),
        Value::Bool(false) => span("").child("no"),
        Value::Null => span("subtle").child("–"),
        Value::Array(items) => {
            let texts: Vec<String> = items.iter().map(plain).collect();
            span("break").child(texts.join(", "))
        }
        value => span("").child(value.to_string()),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_stand_under_their_dotted_names() {
        let facts = json!({ "ready": 1, "clusters": { "east": { "ready": 1 }, "west": {} }, "images": ["a", 2] });
        let mut lines = Vec::new();
        flatten("", &facts, &mut lines);
        let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ready", "clusters.east.ready", "images"]);
    }
}
