//! Runs as they stand in other pages: a column each, a row each, and the buttons that start and stop them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use portico_api_types::{Run, RunStarted, RunState, Timestamp};

use super::icon::icon;
use super::time::now;
use super::{Time, Tone, run_status};
use crate::api::{Api, encode};
use crate::frame::FrameSignal;
use crate::text::number::counted;
use crate::text::source::{changes, run_state, trigger};
use crate::text::time::took;

/// Runs as columns, oldest first; height is how long they took, colour only what needs a look.
pub(crate) fn run_columns(runs: &[Run], label: String) -> AnyView {
    let longest = runs.iter().map(length).max().unwrap_or(0).max(1);
    let column = |run: &Run| {
        let tone = match run.state {
            RunState::Failed => Tone::Bad,
            RunState::Running => Tone::Info,
            RunState::Succeeded | RunState::Cancelled => Tone::Idle,
        };
        view! {
            <a
                href=format!("/runs/{}", run.id) data-tone=tone.name() style=format!("--v:{}%", height(length(run), longest))
                title=format!("Run {}, {}", run.id, run_state(run.state).1.to_lowercase()) tabindex="-1" aria-hidden="true"
            ></a>
        }
    };
    view! { <div class="columns" role="img" aria-label=label>{runs.iter().rev().map(column).collect_view()}</div> }
        .into_any()
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
pub(crate) fn run_table(runs: &[Run], with_plugin: bool) -> AnyView {
    let row = |run: &Run| {
        let href = format!("/runs/{}", run.id);
        let plugin = with_plugin.then(|| {
            view! { <td data-p="1"><a class="ref" href=format!("/plugins/{}", encode(&run.plugin))>{icon("plug")}<span>{run.plugin.clone()}</span></a></td> }
        });
        let note = run.result.as_ref().map(|result| result.message.clone()).unwrap_or_default();
        let title = note.clone();
        let duration = if run.state == RunState::Running { "–".to_owned() } else { took(run.started_at, ended(run)) };
        view! {
            <tr>
                <th scope="row"><a class="medium" href=href>"#"{run.id}</a></th>
                {plugin}
                <td>{run_status(run.state)}</td>
                <td class="dim" data-p="1"><Time at=run.started_at/></td>
                <td class="dim" data-p="3">{trigger(run.trigger)}</td>
                <td>{changes(&run.summary)} {refused(run)}</td>
                <td class="num" data-p="2">{duration}</td>
                <td class="dim fill" data-p="2" title=title>{note}</td>
            </tr>
        }
    };
    view! {
        <div class="table-wrap">
            <table class="table">
                <caption class="visually-hidden">"Runs"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Run"</th>
                        {with_plugin.then(|| view! { <th scope="col" data-p="1">"Plugin"</th> })}
                        <th scope="col">"Result"</th>
                        <th scope="col" data-p="1">"Started"</th>
                        <th scope="col" data-p="3">"Why"</th>
                        <th scope="col">"Changed"</th>
                        <th scope="col" class="num" data-p="2">"Took"</th>
                        <th scope="col" data-p="2">"Note"</th>
                    </tr>
                </thead>
                <tbody>{runs.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn refused(run: &Run) -> Option<impl IntoView + use<>> {
    let count = run.summary.refused;
    (count > 0).then(|| view! { <span class="tone" data-tone="bad">{counted(count, "refused", "refused")}</span> })
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
    view! {
        <form class="row" method="post" action=action on:submit=submit>
            <p class="error" role="alert">{move || failure.get()}</p>
            <button class="btn" type="submit" data-size=size aria-busy=move || busy.get().then_some("true")>{icon("runs")} "Run now"</button>
        </form>
    }
    .into_any()
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
    view! {
        <form class="row" method="post" action=format!("/runs/{id}/cancel") on:submit=submit>
            <p class="error" role="alert">{move || failure.get()}</p>
            <button class="btn" type="submit" data-variant="danger" aria-busy=move || busy.get().then_some("true")>"Stop this run"</button>
        </form>
    }
    .into_any()
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
