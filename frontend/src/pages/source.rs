//! One source: what it could not read, what it speaks for, the runs of its plugin.

use futures_util::future::join;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portico_api_types::{Held, KindCount, Plugin, Problem, Run, RunState, SourceDetail};
use portico_model::EntityRef;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{Api, encode};
use crate::components::{
    Card, Crumb, Facts, Page, PageHead, RunNow, StopRun, Titles, Tone, banner, banners, empty, entity_link,
    ingest_href, loaded_page, mark, plugin_href, problem_table, prose, refused, run_progress, runs_card, source_status,
    time, time_or,
};
use crate::data::{Data, Fetched};
use crate::live::every_few_seconds;
use crate::markup::{El, div, el, link, nothing, together};
use crate::text::number::{counted, grouped, percent};
use crate::text::time::span as span_of_time;
use crate::text::{kind, source};

/// Runs in the table; the columns above it show all that the API keeps at hand.
const RUNS: usize = 6;

/// A source with all that is known about it.
#[derive(Deserialize)]
struct SourceView {
    detail: SourceDetail,
    problems: Vec<Problem>,
    /// None where no plugin brings it: the portal itself says it, or the plugin was taken away.
    plugin: Option<Plugin>,
    /// Whether tools send to it by themselves, with no plugin.
    is_ingest: bool,
}

impl SourceView {
    async fn fetch(api: Api, id: String) -> Fetched {
        let path = format!("/api/portico/sources/{}", encode(&id));
        let detail: Value = api.get(&path).await?;
        let plugin = detail["source"]["plugin"].as_str().unwrap_or_default();
        let of_plugin = format!("/api/portico/plugins/{}", encode(plugin));
        let (problems, plugin) =
            join(api.get::<Value>(&format!("{path}/problems")), api.get::<Value>(&of_plugin)).await;
        let (plugin, is_ingest) = match plugin {
            Err(error) if error.status == 404 => {
                let ingest = api.get::<Value>("/api/portico/ingest").await?;
                let names = ingest["items"].as_array().into_iter().flatten().map(|source| &source["name"]);
                (Value::Null, names.into_iter().any(|name| *name == detail["source"]["plugin"]))
            }
            plugin => (plugin?, false),
        };
        Ok(json!({"detail": detail, "problems": problems?["items"], "plugin": plugin, "is_ingest": is_ingest}))
    }

    fn running(&self) -> Option<&Run> {
        self.plugin.as_ref()?.runs.iter().find(|run| run.state == RunState::Running)
    }
}

/// The page `/sources/{id}`.
#[component]
pub(crate) fn SourcePage() -> impl IntoView {
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|parameters| parameters.get("id").unwrap_or_default()));
    let view = Data::<SourceView>::new(move || id.get(), SourceView::fetch);
    every_few_seconds(move || view.refetch());
    let crumbs = Signal::derive(move || {
        let name = view.get().and_then(Result::ok).map(|view| source::scope(&view.detail.source.scope).to_owned());
        vec![Crumb::link("Sources", "/sources"), Crumb::here(name.unwrap_or_else(|| id.get()))]
    });
    view! { <Page crumbs>{refused("That was not done.")} {loaded_page(view, |view| show(&view))}</Page> }
}

fn show(view: &SourceView) -> AnyView {
    let source = &view.detail.source;
    let action = match (view.running(), &view.plugin) {
        (Some(run), _) => view! { <StopRun id=run.id/> }.into_any(),
        (None, Some(plugin)) => view! { <RunNow plugin=plugin.name.clone()/> }.into_any(),
        (None, None) => nothing(),
    };
    let page_head = PageHead::titled(source::scope(&source.scope))
        .mark(mark("source"))
        .beside(source_status(source.state))
        .lead(format!("{} from {}.", counted(source.entities, "entity", "entities"), source.scope))
        .doing(action);
    let waiting = view.detail.held.as_ref().filter(|held| !held.confirmed);
    let question = waiting.map(|held| question(source.id, held));
    let failure = source.failure.as_deref().filter(|_| waiting.is_none()).map(|failure| {
        let title = "It could not be read the last time. Its entities are as they were.";
        banner(Tone::Bad, title, el("p").child(prose(failure)))
    });
    let progress = view.running().cloned().map(run_progress);
    let work = div("stack").child(progress).child(problems(view));
    let work = work.child(view.plugin.as_ref().map(|plugin| runs_card(plugin, RUNS)));
    let aside = div("stack").child(facts(view)).child(kinds(&view.detail.kinds));
    together([
        page_head,
        banners(failure.into_iter().chain(question).collect()),
        div("split").child(work).child(aside).view(),
    ])
}

/// Asks before a sync removes much.
fn question(id: u32, held: &Held) -> El {
    let answer = |action: &str, text: &'static str, variant: Option<&'static str>| {
        el("form")
            .attr("method", "post")
            .attr("action", format!("/sources/{id}/removals/{action}"))
            .child(el("button").class("btn").attr("type", "submit").attr_some("data-variant", variant).child(text))
    };
    let references: Vec<El> = held
        .examples
        .iter()
        .filter_map(|text| EntityRef::parse(text).ok())
        .map(|reference| el("li").child(entity_link(&reference, &Titles::default())))
        .collect();
    let more = held.removes.saturating_sub(references.len() as u64);
    let more = (more > 0).then(|| el("li").child(format!("and {} more", grouped(more))));
    let said = el("div")
        .child(
            el("p")
                .child("Nothing of it was taken, and everything stays as it is until you say what it meant. ")
                .child(time(held.since)),
        )
        .child(el("details").child(el("summary").child("What would go")).child(el("ul").child(references).child(more)));
    let what = match held.leaving {
        None => "The last sync would remove".to_owned(),
        Some(sources) => {
            format!("Its plugin names {} no more, which would remove", counted(sources, "source", "sources"))
        }
    };
    let title = format!("{what} {} of {}.", grouped(held.removes), counted(held.holds, "entity", "entities"));
    let answers = div("row").child(answer("discard", "Keep everything", None)).child(answer(
        "confirm",
        "Remove them",
        Some("danger"),
    ));
    banner(Tone::Warn, title, said).child(answers)
}

fn problems(view: &SourceView) -> AnyView {
    if view.problems.is_empty() {
        return Card::titled("Problems").saying("None. Every document of this source is in the catalog as it stands.");
    }
    let foot = "A refused document keeps the last good version of its entity. Everything else of this source is in the catalog.";
    let content = vec![problem_table("Problems of this source", &view.problems), div("card-foot").child(foot)];
    Card::titled("Problems").count(view.problems.len()).holding(content)
}

fn facts(view: &SourceView) -> AnyView {
    let source = &view.detail.source;
    let every = |plugin: &Plugin| {
        let seconds = plugin.every_seconds;
        seconds.map_or_else(|| "on demand".to_owned(), |seconds| format!("every {}", span_of_time(seconds)))
    };
    let plugin = match &view.plugin {
        Some(plugin) => link("link", plugin_href(&plugin.name)).child(format!("{} {}", plugin.name, plugin.version)),
        None if view.is_ingest => link("link", ingest_href(&source.plugin)).child(source.plugin.as_str()),
        None => el("span").child(source.plugin.as_str()),
    };
    let kinds = counted(view.detail.kinds.len() as u64, "kind", "kinds");
    let cursor = source.cursor.as_deref().map(|cursor| {
        let short: String = cursor.chars().take(12).collect();
        el("code").title(cursor).child(short)
    });
    let some = |count: u64| (count > 0).then(|| counted(count, "entity", "entities"));
    let facts = Facts::new()
        .with(if view.is_ingest { "Sent to" } else { "Plugin" }, plugin)
        .with("Scope", el("code").class("break").child(source.scope.as_str()))
        .with("Speaks for", format!("{} in {kinds}", counted(source.entities, "entity", "entities")))
        .with_some("Facts about", some(view.detail.facts))
        .with_some("Not there yet", some(view.detail.facts_waiting))
        .with("Read", time_or(source.synced_at, "never"))
        .with("Changed", time_or(source.changed_at, "never"))
        .with_some("Stands at", cursor)
        .with_some("Runs", view.plugin.as_ref().map(every))
        .with_some("Next", view.plugin.as_ref().map(|plugin| time_or(plugin.next_run_at, "on demand")));
    Card::titled("Source").holding(facts.body())
}

fn kinds(kinds: &[KindCount]) -> AnyView {
    let card = Card::titled("What it speaks for");
    if kinds.is_empty() {
        let explanation =
            "It was read and holds no descriptor. The git plugin looks for catalog-info.yaml at the root and below.";
        return card.holding(empty("Nothing yet", explanation, None));
    }
    let most = kinds.iter().map(|kind| kind.count).max().unwrap_or(1);
    let bar = |counted: &KindCount| {
        let bar = el("i").attr("style", format!("--v:{}%", percent(counted.count, most)));
        el("li")
            .child(el("span").child(kind::many(&counted.kind)))
            .child(bar)
            .child(el("b").child(grouped(counted.count)))
    };
    let bars: Vec<El> = kinds.iter().map(bar).collect();
    let total = kinds.iter().map(|kind| kind.count).sum();
    card.count(grouped(total)).holding(div("card-body").child(el("ul").class("hbars").child(bars)))
}
