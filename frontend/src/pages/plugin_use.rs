//! What a plugin does and uses, on its page: figures, calls, exchanges, and what it says.

use leptos::prelude::*;
use portico_api_types::{HostUse, Plugin, PluginLine, PointUse, RequestsTurnedAway};
use serde_json::Value;

use crate::api::encode;
use crate::components::{
    Card, Facts, Line, Tone, append, cell, head, head_of_numbers, loaded, log_card, memory_meter, row, row_head, table,
    time,
};
use crate::data::Data;
use crate::live::follow_plugin;
use crate::markup::{El, el, link, nothing, span, together};
use crate::text::number::{bytes, counted, grouped};
use crate::text::time::span as span_of_time;

/// The figures beside the page.
pub(super) fn figures(plugin: &Plugin) -> AnyView {
    let (used, data) = (&plugin.used, &plugin.data);
    let failed = match used.last_failure_at {
        Some(at) => together([format!("{}, last ", grouped(used.failures)).into_any(), time(at)]),
        None => "none".into_any(),
    };
    let failed = span("tone").tone((used.failures > 0).then_some(Tone::Bad)).child(failed);
    let refused: u64 = plugin.denials.iter().map(|one| one.count).sum();
    let refused = (refused > 0).then(|| {
        let what: Vec<String> =
            plugin.denials.iter().map(|one| format!("{} {}", grouped(one.count), one.capability)).collect();
        span("tone").tone(Some(Tone::Warn)).child(what.join(", "))
    });
    let facts = Facts::new()
        .with("Memory", memory_meter(used))
        .with("Processor", processor(used.cpu_milliseconds))
        .with("Calls", grouped(used.calls))
        .with("Failures", failed)
        .with_some("Refused", refused)
        .with_some("Turned away", turned_away(&plugin.turned_away));
    let owned =
        format!("{} in {}", counted(data.entities, "entity", "entities"), counted(data.sources, "source", "sources"));
    let about = (data.facts > 0).then(|| format!("about {}", counted(data.facts, "entity", "entities")));
    let brought = link("link", format!("/sources?plugin={}", plugin.name)).child(owned);
    let problems = span("tone").tone((data.problems > 0).then_some(Tone::Warn)).child(grouped(data.problems));
    let owned = Facts::new().with("Speaks for", brought).with_some("Facts", about).with("Problems", problems);
    together([
        Card::titled("What it uses").count("since the portal started").holding(facts.body()),
        Card::titled("What it brought in").holding(owned.body()),
    ])
}

/// Requests that did not come to it; nothing where all did. Strangers try any address, so that this is no warning.
fn turned_away(requests: &[RequestsTurnedAway]) -> Option<String> {
    let each = requests.iter().map(|one| format!("{} {}", grouped(one.count), words(&one.reason)));
    let all = counted(requests.iter().map(|one| one.count).sum(), "request", "requests");
    (!requests.is_empty()).then(|| format!("{all}: {}", each.collect::<Vec<_>>().join(", ")))
}

/// A reason in words.
fn words(reason: &str) -> &str {
    match reason {
        "size" => "too large",
        "rate" => "too many",
        "token" => "without the token",
        "signature" => "not signed as they have to be",
        "replay" => "sent before or late",
        "room" => "too many at once",
        "unchecked" => "without a credential to check them by",
        "resting" => "while it is left alone",
        other => other,
    }
}

fn processor(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        _ => span_of_time(milliseconds / 1_000),
    }
}

/// Its calls by extension point and its exchanges by host; nothing of what there was none of.
pub(super) fn traffic(plugin: &Plugin) -> AnyView {
    let mut cards = Vec::new();
    if !plugin.points.is_empty() {
        let heads = vec![
            head("Extension point", None),
            head_of_numbers("Calls", None),
            head_of_numbers("Failed", None),
            head_of_numbers("Processor", None),
        ];
        let table = table("Calls", heads, plugin.points.iter().map(point_row).collect());
        cards.push(Card::titled("Calls").count("since the portal started").holding(table));
    }
    if !plugin.http.is_empty() {
        let heads = vec![
            head("Host", None),
            head_of_numbers("Requests", None),
            head_of_numbers("Failed", None),
            head_of_numbers("Received", None),
        ];
        let table = table("Requests", heads, plugin.http.iter().map(host_row).collect());
        cards.push(Card::titled("Requests").count("since the portal started").holding(table));
    }
    together(cards)
}

fn point_row(one: &PointUse) -> El {
    row(vec![
        row_head("").child(one.point.as_str()),
        cell("num", None).child(grouped(one.calls)),
        failed_cell(one.failures),
        cell("num dim", None).child(processor(one.cpu_milliseconds)),
    ])
}

fn host_row(one: &HostUse) -> El {
    row(vec![
        row_head("").child(el("code").child(one.host.as_str())),
        cell("num", None).child(grouped(one.requests)),
        failed_cell(one.failures),
        cell("num dim", None).child(bytes(one.received)),
    ])
}

fn failed_cell(failures: u64) -> El {
    let text = span("tone").tone((failures > 0).then_some(Tone::Bad)).child(grouped(failures));
    cell("num", None).child(text)
}

/// What it says, as it says it.
#[component]
pub(super) fn LogOfPlugin(name: Memo<String>) -> impl IntoView {
    let lines = Data::<Option<Vec<PluginLine>>>::beside(
        move || format!("/api/portico/plugins/{}/log", encode(&name.get())),
        |api, path| async move {
            match api.get(&path).await {
                // That there is no such plugin is what the page says.
                Err(error) if error.status == 404 => Ok(Value::Null),
                lines => lines,
            }
        },
    );
    loaded(lines, move |lines| {
        let Some(lines) = lines else { return nothing() };
        let log = RwSignal::new(lines.into_iter().map(Line::from).collect::<Vec<_>>());
        follow_plugin(&name.get_untracked(), move |line| append(log, line.into()));
        log_card("What it says", log, Memo::new(|_| false))
    })
}
