//! Runs as they stand in other pages: a column each, a row each, and the buttons that start and stop them.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use portico_api_types::{PORTAL, Plugin, Run, RunStarted, RunState, Timestamp};

use super::icon::icon;
use super::table::{cell, head, head_of_numbers, row, row_head, table};
use super::time::{now, time};
use super::{Card, Tone, alert, run_status};
use crate::api::{Api, Path, encode};
use crate::frame::FrameSignal;
use crate::markup::{El, div, el, link, span};
use crate::text::number::{counted, grouped};
use crate::text::source::{changes, run_state, trigger};
use crate::text::time::took;

/// Runs as columns, oldest first; height is how long they took, colour only what needs a look.
pub(crate) fn run_columns(runs: &[Run], label: String) -> El {
    // One that goes on for long would make all others flat; it stands at full height once it is past them.
    let over = runs.iter().filter(|run| run.state != RunState::Running);
    let longest = over.map(length).max().unwrap_or(0).max(1);
    let column = |run: &Run| {
        let tone = match run.state {
            RunState::Failed => Tone::Bad,
            RunState::Running => Tone::Info,
            RunState::Succeeded | RunState::Cancelled => Tone::Idle,
        };
        link("", run_href(run.id))
            .tone(Some(tone))
            .attr("style", format!("--v:{}%", height(length(run), longest)))
            .title(format!("Run {}, {}", run.id, run_state(run.state).1.to_lowercase()))
            .attr("tabindex", "-1")
    };
    // For eyes and pointers: the table beside it says the same in words and takes the focus.
    div("columns").attr("aria-hidden", "true").title(label).child(runs.iter().rev().map(column).collect::<Vec<_>>())
}

/// The page of a run.
pub(crate) fn run_href(id: u64) -> String {
    format!("/runs/{id}")
}

/// The page of a plugin.
pub(crate) fn plugin_href(name: &str) -> String {
    format!("/plugins/{}", encode(name))
}

/// The page of what takes JSON with no plugin.
pub(crate) fn ingest_href(name: &str) -> String {
    format!("/ingest/{}", encode(name))
}

/// A plugin as a link to its page. What the portal itself says has none.
pub(crate) fn plugin_link(class: &'static str, name: &str) -> El {
    if name == PORTAL { span(class) } else { link(class, plugin_href(name)) }
}

/// In percent; never so low that it cannot be seen.
fn height(length: i64, longest: i64) -> i64 {
    (length * 100 / longest).clamp(8, 100)
}

fn length(run: &Run) -> i64 {
    ended(run).as_millisecond().saturating_sub(run.started_at.as_millisecond()).max(0)
}

fn ended(run: &Run) -> Timestamp {
    run.ended_at.unwrap_or_else(now)
}

/// Runs as rows, newest first.
pub(crate) fn run_table(runs: &[Run], with_plugin: bool) -> El {
    let plugin_head = with_plugin.then(|| head("Plugin", Some("1")));
    let heads = [Some(head("Run", None)), plugin_head, Some(head("Result", None)), Some(head("Started", Some("1")))];
    let more =
        [head("Why", Some("3")), head("Changed", None), head_of_numbers("Took", Some("2")), head("Note", Some("2"))];
    let heads = heads.into_iter().flatten().chain(more).collect();
    table("Runs", heads, runs.iter().map(|run| run_row(run, with_plugin)).collect())
}

fn run_row(run: &Run, with_plugin: bool) -> El {
    let plugin =
        link("ref quiet", plugin_href(&run.plugin)).child(icon("plug")).child(el("span").child(run.plugin.as_str()));
    let plugin = with_plugin.then(|| cell("", Some("1")).child(plugin));
    let note = run.result.as_ref().map(|result| result.message.clone()).unwrap_or_default();
    let duration = if run.state == RunState::Running { "–".to_owned() } else { took(run.started_at, ended(run)) };
    let refused = run.summary.refused;
    let refused =
        (refused > 0).then(|| span("tone").tone(Some(Tone::Bad)).child(format!(", {} refused", grouped(refused))));
    let cells = [
        Some(row_head("").child(link("medium", run_href(run.id)).child(format!("#{}", run.id)))),
        plugin,
        Some(cell("", None).child(run_status(run.state))),
        Some(cell("dim", Some("1")).child(time(run.started_at))),
        Some(cell("dim", Some("3")).child(trigger(run.trigger))),
        Some(cell("changes", None).child(changes(&run.summary)).child(refused)),
        Some(cell("num", Some("2")).child(duration)),
        Some(cell("dim fill", Some("2")).title(note.clone()).child(note)),
    ];
    row(cells.into_iter().flatten().collect())
}

/// The newest runs of a plugin, as a card.
pub(crate) fn runs_card(plugin: &Plugin, most: usize) -> AnyView {
    let card = Card::titled("Runs").count(format!("of the plugin {}", plugin.name));
    if plugin.runs.is_empty() {
        return card.saying("It has not run yet.");
    }
    let newest = &plugin.runs[..plugin.runs.len().min(most)];
    let all = link("link text push", Path::new("/runs").with("plugin", &plugin.name).to_string()).child("All runs");
    let label = format!("How long the last {} took", counted(plugin.runs.len() as u64, "run", "runs"));
    let columns = div("card-body columns-body").child(run_columns(&plugin.runs, label));
    card.aside(all.view()).holding(vec![columns, run_table(newest, false)])
}

/// Starts a run of a plugin and shows it.
#[component]
pub(crate) fn RunNow(#[prop(into)] plugin: String, #[prop(optional)] size: Option<&'static str>) -> impl IntoView {
    let api = Api::from_context();
    let frame = FrameSignal::from_context();
    let navigate = use_navigate();
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<String>);
    let action = format!("/plugins/{}/run", encode(&plugin));
    let route = format!("/api/portico/plugins/{}/runs", encode(&plugin));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failure.set(None);
        let (api, navigate, route) = (api.clone(), navigate.clone(), route.clone());
        spawn_local(async move {
            let started = api.post::<RunStarted>(&route, &serde_json::json!({})).await;
            // The reader may have left meanwhile, and the button with them.
            busy.try_set(false);
            match started {
                Ok(run) => {
                    frame.refetch();
                    navigate(&format!("/runs/{}", run.id), Default::default());
                }
                Err(error) => {
                    failure.try_set(Some(error.message));
                }
            }
        });
    };
    let button = el("button").attr_some("data-size", size).child(icon("runs")).child("Run now");
    submitted(action, button, busy, failure).on(ev::submit, submit).view()
}

/// Stops a run.
#[component]
pub(crate) fn StopRun(id: u64) -> impl IntoView {
    let api = Api::from_context();
    let frame = FrameSignal::from_context();
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<String>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        let api = api.clone();
        spawn_local(async move {
            let stopped =
                api.post::<serde_json::Value>(&format!("/api/portico/runs/{id}/cancel"), &serde_json::json!({})).await;
            frame.refetch();
            if let Err(error) = stopped {
                busy.try_set(false);
                failure.try_set(Some(error.message));
            }
        });
    };
    let button = el("button").attr("data-variant", "danger").child("Stop this run");
    submitted(format!("/runs/{id}/cancel"), button, busy, failure).on(ev::submit, submit).view()
}

/// A form of one button, with what went wrong.
fn submitted(action: String, button: El, busy: RwSignal<bool>, failure: RwSignal<Option<String>>) -> El {
    let button = button
        .class("btn")
        .attr("type", "submit")
        .attr_with("aria-busy", move || busy.get().then(|| "true".to_owned()));
    let failed = alert(move || failure.get());
    el("form").class("row").attr("method", "post").attr("action", action).child(failed).child(button)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_can_be_seen() {
        assert_eq!(height(0, 30_000), 8);
        assert_eq!(height(15_000, 30_000), 50);
        assert_eq!(height(30_000, 30_000), 100);
    }
}
