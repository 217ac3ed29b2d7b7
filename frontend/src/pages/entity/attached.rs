//! The cards of facts: what tools know of an entity, each with who says it and how fresh that is.

use leptos::prelude::*;
use portico_api_types::{Attachment, SourceState};
use serde_json::Value;

use super::load::EntityPage;
use crate::components::{Card, Facts, source_status, time, time_or};
use crate::entity::safe_url;
use crate::markup::{El, div, el, link, span, way_out};

/// Lines that are in sight at once; the rest opens.
const IN_SIGHT: usize = 12;

/// A card for each plugin that attaches facts.
pub(super) fn cards(page: &EntityPage) -> Vec<AnyView> {
    let facts = page.entity.0.get("facts").and_then(Value::as_object);
    let said = page.origin.as_ref().map(|origin| origin.facts.as_slice()).unwrap_or_default();
    facts.into_iter().flatten().map(|(plugin, value)| card(plugin, value, said)).collect()
}

fn card(plugin: &str, value: &Value, said: &[Attachment]) -> AnyView {
    let mut lines = Vec::new();
    flatten("", value, &mut lines);
    let sources: Vec<&Attachment> = said.iter().filter(|attachment| attachment.source.plugin == plugin).collect();
    let rest = lines.split_off(lines.len().min(IN_SIGHT));
    let more = (!rest.is_empty()).then(|| {
        let summary = el("summary").child(format!("{} more", rest.len()));
        el("details").class("card-more").child(summary).child(list(&rest).body())
    });
    let stamps: Vec<El> = sources.into_iter().map(stamp).collect();
    let foot = (!stamps.is_empty()).then(|| div("card-foot").child(stamps));
    Card::titled(plugin).count("facts").holding(vec![Some(list(&lines).body()), more, foot])
}

fn list(lines: &[(String, &Value)]) -> Facts {
    lines.iter().fold(Facts::new(), |facts, (name, value)| facts.with(name.as_str(), shown(value)))
}

/// Who says it, and how fresh it is. What is as it should be is said quietly.
fn stamp(attachment: &Attachment) -> El {
    let source = &attachment.source;
    let name = link("link", format!("/sources/{}", source.id)).child(source.scope.as_str());
    let state = (source.state == SourceState::Failing).then(|| source_status(source.state));
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
