//! One run: how far it is, what it changed, what it said. Alive while it goes on.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portico_api_types::{LogLine, Run, RunEvent, RunState};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{Api, encode};
use crate::components::{
    Card, Crumb, Facts, Line, Page, PageHead, RunNow, StopRun, Tone, append, banner, banners, loaded_page, log_card,
    plugin_href, progress, prose, refused, run_status, time, time_or,
};
use crate::data::{Data, Fetched};
use crate::frame::FrameSignal;
use crate::live::{Followed, follow};
use crate::markup::{changing, div, el, link, together};
use crate::text::number::bytes;
use crate::text::source::trigger;
use crate::text::time::took;

/// A run with its log.
#[derive(Deserialize)]
struct RunView {
    run: Run,
    log: Vec<LogLine>,
}

impl RunView {
    async fn fetch(api: Api, id: String) -> Fetched {
        let path = format!("/api/portico/runs/{}", encode(&id));
        // One after the other: of a run that is over when it is read, the log that is read then is whole.
        let run = api.get::<Value>(&path).await?;
        let log = api.get::<Value>(&format!("{path}/log")).await?;
        Ok(json!({"run": run, "log": log}))
    }
}

/// The page `/runs/{id}`.
#[component]
pub(crate) fn RunPage() -> impl IntoView {
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|parameters| parameters.get("id").unwrap_or_default()));
    let view = Data::<RunView>::new(move || id.get(), RunView::fetch);
    let crumbs = Signal::derive(move || vec![Crumb::link("Runs", "/runs"), Crumb::here(format!("#{}", id.get()))]);
    view! { <Page crumbs>{refused("That was not done.")} {loaded_page(view, show)}</Page> }
}

/// The run as it is now, and goes on.
fn show(view: RunView) -> AnyView {
    let id = view.run.id;
    let plugin = view.run.plugin.clone();
    let is_running = view.run.state == RunState::Running;
    let run = RwSignal::new(view.run);
    let log = RwSignal::new(view.log.into_iter().map(Line::from).collect::<Vec<_>>());
    let frame = FrameSignal::from_context();
    if is_running {
        follow(id, move |event| match event {
            RunEvent::Run(now) => {
                let is_over = now.state != RunState::Running;
                run.set(*now);
                if is_over {
                    frame.refetch();
                }
                if is_over { Followed::End } else { Followed::More }
            }
            RunEvent::Log(line) => {
                append(log, line.into());
                Followed::More
            }
        });
    }
    let over = Memo::new(move |_| run.with(|run| run.state != RunState::Running));
    let title = format!("{plugin}, run {id}");
    let action = changing(move || {
        if over.get() {
            view! { <RunNow plugin=plugin.clone()/> }.into_any()
        } else {
            view! { <StopRun id/> }.into_any()
        }
    });
    let state = changing(move || run.with(|run| run_status(run.state).view()));
    let lead = changing(move || run.with(lead));
    let changed = Card::titled("What it changed").holding(changing(move || run.with(|run| progress(run, false))));
    let work = div("stack").child(changed).child(log_card("Log", log, over));
    let aside = div("stack").child(changing(move || run.with(facts)));
    together([
        PageHead::titled(title).beside(state).lead(lead).doing(action),
        changing(move || run.with(outcome)),
        div("split").child(work).child(aside).view(),
    ])
}

fn lead(run: &Run) -> AnyView {
    let ended = run.ended_at.map(|ended| format!(" · took {}", took(run.started_at, ended))).unwrap_or_default();
    let rest = format!(" {}{ended}", trigger(run.trigger));
    together(["Started ".into_any(), time(run.started_at), rest.into_any()])
}

/// Why it failed, and what to do.
fn outcome(run: &Run) -> AnyView {
    let failed = run.result.as_ref().filter(|_| run.state == RunState::Failed);
    let said = failed.map(|result| banner(Tone::Bad, title(&result.code), el("p").child(prose(&result.message))));
    banners(said.into_iter().collect())
}

/// The sentence for a result's code.
fn title(code: &str) -> &'static str {
    match code {
        "refused" => "The plugin's settings or data were refused.",
        "unavailable" => "What it reads could not be reached.",
        "denied" => "It tried what it was not granted.",
        "timeLimit" => "It took longer than it may.",
        "cpuLimit" => "It used more processor time than it may.",
        "memoryLimit" => "It held more memory than it may.",
        "panicked" => "The plugin broke off.",
        "badOutput" => "The plugin answered something that cannot be used.",
        "incompatible" => "The plugin and this portal do not fit together.",
        "interrupted" => "The portal ended while it ran.",
        "host" => "The portal itself failed.",
        _ => "The run failed.",
    }
}

fn facts(run: &Run) -> AnyView {
    let plugin = link("link", plugin_href(&run.plugin)).child(format!("{} {}", run.plugin, run.version));
    let facts = Facts::new()
        .with("Plugin", plugin)
        .with_some("Worked by", run.agent.as_ref().map(|agent| format!("the agent {agent}")))
        .with("Started", time(run.started_at))
        .with("Ended", time_or(run.ended_at, "not yet"))
        .with_some("Code", run.result.as_ref().map(|result| el("code").child(result.code.as_str())))
        .with("Memory", format!("{} at most", bytes(run.peak_memory)));
    Card::titled("Run").holding(facts.body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_sentence() {
        for code in ["timeLimit", "denied", "host", "something new"] {
            assert!(title(code).ends_with('.'), "{code}");
        }
    }
}
