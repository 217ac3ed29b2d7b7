//! The history of an entity: what changed when, and who caused it.

use leptos::prelude::*;
use portico_api_types::{ChangeKind, Difference, History, HistoryEntry};
use serde_json::Value;

use crate::components::{Card, Tone, empty_card, status, time};
use crate::markup::{El, div, el, link, span};
use crate::text::number::counted;

/// Characters of a value that are shown; the rest is on hovering.
const SHOWN: usize = 160;

/// The tab.
pub(super) fn content(history: &History) -> AnyView {
    if history.items.is_empty() {
        return empty_card("No changes yet", "What changes from now on stands here.", None);
    }
    let lines: Vec<El> = history.items.iter().map(entry).collect();
    let count = counted(history.items.len() as u64, "change", "changes");
    Card::titled("History").count(count).holding(el("ol").class("list").child(lines))
}

fn entry(entry: &HistoryEntry) -> El {
    let (tone, word) = match entry.kind {
        ChangeKind::Added => (Tone::Idle, "Added"),
        ChangeKind::Updated => (Tone::Idle, "Changed"),
        ChangeKind::Related => (Tone::Idle, "Related differently by others"),
        ChangeKind::Facts => (Tone::Idle, "Facts changed"),
        ChangeKind::Derived => (Tone::Idle, "Derived anew, as others changed"),
        ChangeKind::Removed => (Tone::Bad, "Removed"),
    };
    let cause = entry.cause.as_ref().map(|cause| match cause.source_id {
        Some(id) => {
            let source = link("link", format!("/sources/{id}")).child(cause.scope.as_str());
            span("subtle break").child("by ").child(cause.plugin.as_str()).child(" from ").child(source)
        }
        None => span("subtle break").child("as the declarations of ").child(cause.scope.as_str()).child(" changed"),
    });
    let head = div("row")
        .attr("style", "--gap:4px 12px")
        .child(status(tone, word))
        .child(span("dim").child(time(entry.at)))
        .child(cause);
    // A document that comes or goes differs in all it holds, which says nothing.
    let shows = !matches!(entry.kind, ChangeKind::Added | ChangeKind::Removed | ChangeKind::Related);
    let differences: Vec<El> = entry.differences.iter().filter(|_| shows).map(difference).collect();
    let differences = (!differences.is_empty()).then(|| el("dl").class("dl diff").child(differences));
    el("li").child(div("grow").child(head).child(differences))
}

fn difference(difference: &Difference) -> El {
    let before = difference.before.as_ref().map(|value| shown("del", value));
    let after = difference.after.as_ref().map(|value| shown("ins", value));
    div("diff-line")
        .child(el("dt").child(el("code").class("break").child(difference.path.as_str())))
        .child(el("dd").child(before).child(" ").child(after))
}

/// A value, cut where it is long.
pub(super) fn shown(tag: &'static str, value: &Value) -> El {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let short: String = text.chars().take(SHOWN).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    el(tag).class("break").title(text.as_str()).child(format!("{short}{more}"))
}
