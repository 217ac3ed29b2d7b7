//! One source: what it could not read, what it speaks for, the runs of its plugin.

use futures_util::future::try_join;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portico_api_types::{KindCount, Plugin, Problem, Problems, Run, RunState, Source, SourceDetail};
use portico_model::EntityRef;
use serde::{Deserialize, Serialize};

use crate::api::{Api, ApiError, encode};
use crate::components::{
    Card, Crumb, Loaded, Page, RunNow, RunProgress, StopRun, Time, Titles, Tone, banner, empty, entity_link, mark,
    place, run_columns, run_table, source_status, status,
};
use crate::live::every_few_seconds;
use crate::text::number::{counted, grouped, percent};
use crate::text::time::span;
use crate::text::{kind, source};

/// Runs in the table; the columns above it show all that the API keeps at hand.
const RUNS: usize = 6;

/// A source with all that is known about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SourceView {
    detail: SourceDetail,
    problems: Vec<Problem>,
    plugin: Plugin,
}

impl SourceView {
    async fn fetch(api: &Api, id: &str) -> Result<SourceView, ApiError> {
        let path = format!("/api/portico/sources/{}", encode(id));
        let detail: SourceDetail = api.get(&path).await?;
        let (problems, plugin) = try_join(
            api.get::<Problems>(&format!("{path}/problems")),
            api.get::<Plugin>(&format!("/api/portico/plugins/{}", encode(&detail.source.plugin))),
        )
        .await?;
        Ok(SourceView { detail, problems: problems.items, plugin })
    }

    fn running(&self) -> Option<&Run> {
        self.plugin.runs.iter().find(|run| run.state == RunState::Running)
    }
}

/// The page `/sources/{id}`.
#[component]
pub(crate) fn SourcePage() -> impl IntoView {
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|parameters| parameters.get("id").unwrap_or_default()));
    let api = Api::from_context();
    let view = Resource::new(
        move || id.get(),
        move |id| {
            let api = api.clone();
            async move { SourceView::fetch(&api, &id).await }
        },
    );
    every_few_seconds(move || view.refetch());
    let crumbs = Signal::derive(move || {
        let name = view.get().and_then(Result::ok).map(|view| source::scope(&view.detail.source.scope).to_owned());
        vec![Crumb::link("Sources", "/sources"), Crumb::here(name.unwrap_or_else(|| id.get()))]
    });
    view! { <Page crumbs><Loaded resource=view show=|view| show(&view)/></Page> }
}

fn show(view: &SourceView) -> AnyView {
    let source = &view.detail.source;
    let action = match view.running() {
        Some(run) => view! { <StopRun id=run.id/> }.into_any(),
        None => view! { <RunNow plugin=source.plugin.clone()/> }.into_any(),
    };
    let failure = source.failure.clone().map(|failure| {
        let title = "It could not be read the last time. Its entities are as they were.";
        view! { <div class="banners">{banner(Tone::Bad, title, view! { <p>{failure}</p> }, None)}</div> }
    });
    let progress = view.running().cloned().map(|run| view! { <RunProgress run/> });
    view! {
        <div class="page-head">
            <div class="row" data-nowrap="" style="--gap:14px;align-items:flex-start">
                {mark("source")}
                <div>
                    <div class="row" style="--gap:4px 10px"><h1>{source::scope(&source.scope).to_owned()}</h1>{source_status(source.state)}</div>
                    <p class="lead">{lead(source)}</p>
                </div>
            </div>
            {action}
        </div>
        {failure}
        <div class="split">
            <div class="stack">
                {progress} {problems(view)} {runs(&view.plugin)}
            </div>
            <div class="stack">{facts(view)} {kinds(&view.detail.kinds)}</div>
        </div>
    }
    .into_any()
}

fn lead(source: &Source) -> String {
    format!("{} from {}.", counted(source.entities, "entity", "entities"), source.scope)
}

fn problems(view: &SourceView) -> AnyView {
    if view.problems.is_empty() {
        return Card::titled("Problems").saying("None. Every document of this source is in the catalog as it stands.");
    }
    let rows = view.problems.iter().map(problem).collect_view();
    let count = view.problems.len().to_string();
    Card::titled("Problems").count(count).holding(view! {
            <div class="table-wrap">
                <table class="table problems">
                    <caption class="visually-hidden">"Problems of this source"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"File and line"</th>
                            <th scope="col" data-p="3">"Entity"</th>
                            <th scope="col">"Reason"</th>
                            <th scope="col" data-p="2">"Since"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <div class="card-foot">"A refused document keeps the last good version of its entity. Everything else of this source is in the catalog."</div>
        })
}

fn problem(problem: &Problem) -> impl IntoView + use<> {
    let (tone, word) = source::cause(problem.cause);
    let entity = problem.entity.as_deref().and_then(|text| EntityRef::parse(text).ok());
    // A conflict's entity is in the catalog; of others it is not known, so nothing is struck through.
    let entity = match entity {
        Some(reference) => entity_link(&reference, &Titles::default()),
        None => view! { <span class="subtle">"unknown"</span> }.into_any(),
    };
    let at = (!problem.path.is_empty()).then(|| view! { <code class="sub">{problem.path.clone()}</code> });
    view! {
        <tr>
            <td class="wrap place-cell">{place(&problem.file, problem.line, problem.url.as_deref())} {at}</td>
            <td data-p="3">{entity}</td>
            <td class="wrap">{status(tone, word)} <span class="sub reason">{problem.message.clone()}</span></td>
            <td class="dim" data-p="2"><Time at=problem.first_seen/></td>
        </tr>
    }
}

fn runs(plugin: &Plugin) -> AnyView {
    if plugin.runs.is_empty() {
        return Card::titled("Runs").saying("Its plugin has not run yet.");
    }
    let count = format!("of the plugin {}", plugin.name);
    let newest = &plugin.runs[..plugin.runs.len().min(RUNS)];
    let href = format!("/runs?plugin={}", encode(&plugin.name));
    let aside = view! { <a class="link text push" href=href>"All runs"</a> }.into_any();
    let label = format!("How long the last {} took", counted(plugin.runs.len() as u64, "run", "runs"));
    Card::titled("Runs").count(count).aside(aside).holding(view! {
        <div class="card-body columns-body">{run_columns(&plugin.runs, label)}</div>
        {run_table(newest, false)}
    })
}

fn facts(view: &SourceView) -> AnyView {
    let source = &view.detail.source;
    let plugin = format!("/plugins/{}", encode(&source.plugin));
    let every =
        view.plugin.every_seconds.map_or_else(|| "on demand".to_owned(), |seconds| format!("every {}", span(seconds)));
    let time = |at: Option<_>| at.map_or_else(|| "never".into_any(), |at| view! { <Time at/> }.into_any());
    let speaks = format!(
        "{} in {}",
        counted(source.entities, "entity", "entities"),
        counted(view.detail.kinds.len() as u64, "kind", "kinds")
    );
    let cursor = source.cursor.clone().map(|cursor| {
        let short: String = cursor.chars().take(12).collect();
        view! { <dt>"Stands at"</dt><dd><code title=cursor>{short}</code></dd> }
    });
    Card::titled("Source").holding(view! {
            <div class="card-body">
                <dl class="dl">
                    <dt>"Plugin"</dt><dd><a class="link" href=plugin>{source.plugin.clone()} " " {view.plugin.version.clone()}</a></dd>
                    <dt>"Scope"</dt><dd><code class="break">{source.scope.clone()}</code></dd>
                    <dt>"Speaks for"</dt><dd>{speaks}</dd>
                    <dt>"Read"</dt><dd>{time(source.synced_at)}</dd>
                    <dt>"Changed"</dt><dd>{time(source.changed_at)}</dd>
                    {cursor}
                    <dt>"Runs"</dt><dd>{every}</dd>
                    <dt>"Next"</dt><dd>{time(view.plugin.next_run_at)}</dd>
                </dl>
            </div>
        })
}

fn kinds(kinds: &[KindCount]) -> AnyView {
    if kinds.is_empty() {
        let explanation =
            "It was read and holds no descriptor. The git plugin looks for catalog-info.yaml at the root and below.";
        return Card::titled("What it speaks for").holding(empty("Nothing yet", explanation, None));
    }
    let most = kinds.iter().map(|kind| kind.count).max().unwrap_or(1);
    let total: u64 = kinds.iter().map(|kind| kind.count).sum();
    let bar = |counted: &KindCount| {
        let width = format!("--v:{}%", percent(counted.count, most));
        view! { <li><span>{kind::many(&counted.kind)}</span><i style=width></i><b>{grouped(counted.count)}</b></li> }
    };
    let bars = kinds.iter().map(bar).collect_view();
    Card::titled("What it speaks for")
        .count(grouped(total))
        .holding(view! {<div class="card-body"><ul class="hbars">{bars}</ul></div>})
}
