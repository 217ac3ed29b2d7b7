//! One run: how far it is, what it changed, what it said. Alive while it goes on.

use futures_util::future::try_join;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use portico_api_types::{LogLevel, LogLine, Run, RunEvent, RunState};
use serde::{Deserialize, Serialize};

use crate::api::{Api, ApiError, encode};
use crate::components::{Card, Clock, Crumb, Loaded, Page, RunNow, StopRun, Time, Tone, banner, progress, run_status};
use crate::frame::FrameSignal;
use crate::live::{Followed, follow};
use crate::text::number::bytes;
use crate::text::source::trigger;
use crate::text::time::{clock, took};

/// A run with its log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct RunView {
    run: Run,
    log: Vec<LogLine>,
}

impl RunView {
    async fn fetch(api: &Api, id: &str) -> Result<RunView, ApiError> {
        let path = format!("/api/portico/runs/{}", encode(id));
        let (run, log) = try_join(api.get(&path), api.get(&format!("{path}/log"))).await?;
        Ok(RunView { run, log })
    }
}

/// The page `/runs/{id}`.
#[component]
pub(crate) fn RunPage() -> impl IntoView {
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|parameters| parameters.get("id").unwrap_or_default()));
    let api = Api::from_context();
    let view = Resource::new(
        move || id.get(),
        move |id| {
            let api = api.clone();
            async move { RunView::fetch(&api, &id).await }
        },
    );
    let crumbs = Signal::derive(move || vec![Crumb::link("Runs", "/runs"), Crumb::here(format!("#{}", id.get()))]);
    view! { <Page crumbs><Loaded resource=view show=|view| view! { <Shown view/> }.into_any()/></Page> }
}

/// The run as it is now, and goes on.
#[component]
fn Shown(view: RunView) -> impl IntoView {
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
                run.set(now);
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
    let action = {
        let plugin = plugin.clone();
        move || {
            if over.get() {
                view! { <RunNow plugin=plugin.clone()/> }.into_any()
            } else {
                view! { <StopRun id/> }.into_any()
            }
        }
    };
    view! {
        <div class="page-head">
            <div>
                <div class="row" style="--gap:4px 10px"><h1>{plugin} ", run "{id}</h1>{move || run.with(|run| run_status(run.state))}</div>
                <p class="lead">{move || run.with(lead)}</p>
            </div>
            {action}
        </div>
        {move || run.with(outcome)}
        <div class="split">
            <div class="stack"><Log log over/></div>
            <div class="stack">
                {Card::titled("What it changed").holding(move || run.with(progress))}
                {move || run.with(facts)}
            </div>
        </div>
    }
}

fn lead(run: &Run) -> AnyView {
    let ended = run.ended_at.map(|ended| format!(" · took {}", took(run.started_at, ended)));
    view! { "Started "<Time at=run.started_at/>" "{trigger(run.trigger)} {ended} }.into_any()
}

/// Why it failed, and what to do.
fn outcome(run: &Run) -> AnyView {
    let failed = run.result.as_ref().filter(|_| run.state == RunState::Failed);
    match failed {
        Some(result) => {
            let message = result.message.clone();
            let said = banner(Tone::Bad, title(&result.code), view! { <p>{message}</p> }, None);
            view! { <div class="banners">{said}</div> }.into_any()
        }
        None => ().into_any(),
    }
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
    let plugin = format!("/plugins/{}", encode(&run.plugin));
    let ended = run.ended_at.map_or_else(|| "not yet".into_any(), |at| view! { <Time at/> }.into_any());
    let code = run.result.as_ref().map(|result| view! { <dt>"Code"</dt><dd><code>{result.code.clone()}</code></dd> });
    Card::titled("Run").holding(view! {
        <div class="card-body">
            <dl class="dl">
                <dt>"Plugin"</dt><dd><a class="link" href=plugin>{run.plugin.clone()} " " {run.version.clone()}</a></dd>
                <dt>"Started"</dt><dd><Time at=run.started_at/></dd>
                <dt>"Ended"</dt><dd>{ended}</dd>
                {code}
                <dt>"Memory"</dt><dd>{bytes(run.peak_memory)} " at most"</dd>
            </dl>
        </div>
    })
}

/// What a run said, from a level up.
#[component]
fn Log(log: RwSignal<Vec<LogLine>>, over: Memo<bool>) -> impl IntoView {
    let query = use_query_map();
    let least = Memo::new(move |_| query.with(|query| level(query.get_str("level").unwrap_or_default())));
    let clock = Clock::from_context();
    let end = NodeRef::<html::Div>::new();
    let follows = RwSignal::new(true);
    // New lines come into sight while the run goes on, unless the reader looks at older ones.
    Effect::new(move |before: Option<usize>| {
        let count = log.with(Vec::len);
        if before.is_some_and(|before| before < count)
            && follows.get_untracked()
            && let Some(end) = end.get_untracked()
        {
            end.set_scroll_top(end.scroll_height());
        }
        count
    });
    let segment = move |show: Option<LogLevel>, href: &'static str, text: &'static str| {
        let count = move || log.with(|log| log.iter().filter(|line| Some(line.level) >= show).count());
        view! { <a href=href aria-current=move || (least.get() == show).then_some("page")>{text} " " <span class="count">{count}</span></a> }
    };
    let lines = move || {
        let lines =
            log.with(|log| log.iter().filter(|line| Some(line.level) >= least.get()).cloned().collect::<Vec<_>>());
        if lines.is_empty() { vec![] } else { lines }
    };
    let nothing = move || {
        lines().is_empty().then(|| {
            let text = if over.get() { "Nothing of this kind was said." } else { "Nothing was said yet." };
            view! { <p class="card-body text muted">{text}</p> }
        })
    };
    let aside = view! {
        <label class="check needs-script" hidden=move || over.get()>
            <input type="checkbox" prop:checked=follows checked on:change:target=move |event| follows.set(event.target().checked())/> "Follow"
        </label>
        <nav class="segmented push" aria-label="Which lines">
            {segment(None, "?", "All")}
            {segment(Some(LogLevel::Warn), "?level=warn", "Warnings")}
            {segment(Some(LogLevel::Error), "?level=error", "Errors")}
        </nav>
    };
    Card::titled("Log").aside(aside).holding(view! {
        {nothing}
        <div class="log-window" node_ref=end tabindex="0" role="log" aria-label="Log of the run">
            <ol class="log">
                <For each=lines key=|line| line.number children=move |line| log_line(line, clock)/>
            </ol>
        </div>
    })
}

fn level(text: &str) -> Option<LogLevel> {
    match text {
        "warn" => Some(LogLevel::Warn),
        "error" => Some(LogLevel::Error),
        _ => None,
    }
}

fn log_line(line: LogLine, on: Clock) -> impl IntoView {
    let tone = match line.level {
        LogLevel::Error => Some("bad"),
        LogLevel::Warn => Some("warn"),
        LogLevel::Info | LogLevel::Debug | LogLevel::Trace => None,
    };
    let quiet = (line.level < LogLevel::Info).then_some("");
    let word = match line.level {
        LogLevel::Error => "error: ",
        LogLevel::Warn => "warning: ",
        _ => "",
    };
    view! {
        <li data-tone=tone data-quiet=quiet id=format!("line-{}", line.number + 1)>
            <a href=format!("#line-{}", line.number + 1) rel="external">{line.number + 1}</a>
            <time datetime=line.at.to_string()>{move || clock(line.at, on.offset(line.at))}</time>
            <span><span class="visually-hidden">{word}</span>{line.message}</span>
        </li>
    }
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
