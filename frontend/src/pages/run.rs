//! One run: how far it is, what it changed, what it said. Alive while it goes on.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use portico_api_types::{LogLevel, LogLine, Run, RunEvent, RunState};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{Api, encode};
use crate::components::{
    Card, Clock, Crumb, Facts, Page, PageHead, RunNow, StopRun, Tone, banner, banners, loaded_page, plugin_href,
    progress, prose, run_status, time, time_or,
};
use crate::data::{Data, Fetched};
use crate::frame::FrameSignal;
use crate::live::{Followed, follow};
use crate::markup::{changing, div, el, link, nothing, span, together};
use crate::text::number::bytes;
use crate::text::source::trigger;
use crate::text::time::{clock, took};

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
    view! { <Page crumbs>{loaded_page(view, show)}</Page> }
}

/// The run as it is now, and goes on.
fn show(view: RunView) -> AnyView {
    let id = view.run.id;
    let plugin = view.run.plugin.clone();
    let is_running = view.run.state == RunState::Running;
    let run = RwSignal::new(view.run);
    let log = RwSignal::new(view.log);
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
                // A stream that is begun again says old lines again.
                let is_new = log.with_untracked(|log| log.last().is_none_or(|last| last.number < line.number));
                if is_new {
                    log.update(|log| log.push(line));
                }
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
    let work = div("stack").child(changed).child(log_card(log, over));
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
        .with("Started", time(run.started_at))
        .with("Ended", time_or(run.ended_at, "not yet"))
        .with_some("Code", run.result.as_ref().map(|result| el("code").child(result.code.as_str())))
        .with("Memory", format!("{} at most", bytes(run.peak_memory)));
    Card::titled("Run").holding(facts.body())
}

/// What a run said, from a level up.
fn log_card(log: RwSignal<Vec<LogLine>>, over: Memo<bool>) -> AnyView {
    let query = use_query_map();
    let least = Memo::new(move |_| query.with(|query| level(query.get_str("level").unwrap_or_default())));
    let clock = Clock::from_context();
    let window = NodeRef::<html::Div>::new();
    let follows = RwSignal::new(true);
    // New lines come into sight while the run goes on, unless the reader looks at older ones.
    Effect::new(move |before: Option<usize>| {
        let count = log.with(Vec::len);
        if before.is_some_and(|before| before < count)
            && follows.get_untracked()
            && let Some(window) = window.get_untracked()
        {
            window.set_scroll_top(window.scroll_height());
        }
        count
    });

    let matters = move |line: &LogLine, least: Option<LogLevel>| Some(line.level) >= least;
    let lines =
        move || log.with(|log| log.iter().filter(|line| matters(line, least.get())).cloned().collect::<Vec<_>>());
    let segment = move |show: Option<LogLevel>, href: &str, text: &str| {
        let count = move || log.with(|log| log.iter().filter(|line| matters(line, show)).count()).to_string();
        link("", href)
            .attr_with("aria-current", move || (least.get() == show).then(|| "page".to_owned()))
            .child(format!("{text} "))
            .child(span("count").text_with(count))
    };
    let segments = el("nav").class("segmented push").attr("aria-label", "Which lines").child(vec![
        segment(None, "?", "All"),
        segment(Some(LogLevel::Warn), "?level=warn", "Warnings"),
        segment(Some(LogLevel::Error), "?level=error", "Errors"),
    ]);
    let silence = changing(move || {
        let text = if over.get() { "Nothing of this kind was said." } else { "Nothing was said yet." };
        if lines().is_empty() { el("p").class("card-body text muted").child(text).view() } else { nothing() }
    });
    let list = view! {
        <div class="log-window" node_ref=window tabindex="0" role="log" aria-label="Log of the run">
            <ol class="log">
                <For each=lines key=|line| line.number children=move |line| log_line(line, clock)/>
            </ol>
        </div>
    };
    let aside =
        together([segments.view(), changing(move || if over.get() { nothing() } else { follow_switch(follows) })]);
    Card::titled("Log").aside(aside).holding(vec![silence, list.into_any()])
}

/// Whether new lines are scrolled into sight.
fn follow_switch(follows: RwSignal<bool>) -> AnyView {
    let input = el("input")
        .attr("type", "checkbox")
        .flag("checked", true)
        .property_with("checked", move || follows.get().into())
        .on(ev::change, move |event| follows.set(event_target_checked(&event)));
    el("label").class("check needs-script").child(input).child("Follow").view()
}

fn level(text: &str) -> Option<LogLevel> {
    match text {
        "warn" => Some(LogLevel::Warn),
        "error" => Some(LogLevel::Error),
        _ => None,
    }
}

fn log_line(line: LogLine, on: Clock) -> AnyView {
    let (tone, word) = match line.level {
        LogLevel::Error => (Some(Tone::Bad), "error: "),
        LogLevel::Warn => (Some(Tone::Warn), "warning: "),
        LogLevel::Info | LogLevel::Debug | LogLevel::Trace => (None, ""),
    };
    let number = line.number + 1;
    let word = (!word.is_empty()).then(|| span("visually-hidden").child(word));
    // The number is a link to the line. The browser goes there by itself, so that the line is marked.
    let anchor = link("", format!("#line-{number}")).attr("rel", "external").child(number.to_string());
    let time = el("time").attr("datetime", line.at.to_string()).text_with(move || clock(line.at, on.offset(line.at)));
    el("li")
        .attr("id", format!("line-{number}"))
        .tone(tone)
        .flag("data-quiet", line.level < LogLevel::Info)
        .child(anchor)
        .child(time)
        .child(el("span").child(word).child(line.message))
        .view()
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

    #[test]
    fn a_level_shows_what_matters_as_much_or_more() {
        assert_eq!(level(""), None);
        assert!(Some(LogLevel::Error) >= level("warn"));
        assert!(Some(LogLevel::Info) < level("warn"));
        assert!(Some(LogLevel::Trace) >= level(""));
    }
}
