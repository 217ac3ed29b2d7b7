//! The sources: who speaks for entities, how each stands, and what it could not read.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portico_api_types::{IngestSources, Locations, Source, SourceState, Sources};

use super::ingest;
use super::locations::{self, Asked};
use crate::components::{
    Card, Crumb, Page, PageHead, Tone, cell, empty, empty_card, head, head_of_numbers, icon, loaded, next, plugin_link,
    prose, refused, row, row_head, source_status, tab, table, time_or,
};
use crate::data::Data;
use crate::live::every_few_seconds;
use crate::markup::{El, el, link, nothing, span};
use crate::text::number::{counted, grouped};
use crate::text::source;

/// Which sources are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    All,
    Failing,
    WithProblems,
}

impl Show {
    fn parse(text: &str) -> Show {
        match text {
            "failing" => Show::Failing,
            "problems" => Show::WithProblems,
            _ => Show::All,
        }
    }

    fn takes(self, source: &Source) -> bool {
        match self {
            Show::All => true,
            Show::Failing => matches!(source.state, SourceState::Failing | SourceState::Held),
            Show::WithProblems => source.problems > 0,
        }
    }
}

/// The page `/sources`.
#[component]
pub(crate) fn SourcesPage() -> impl IntoView {
    let query = use_query_map();
    let shown = Memo::new(move |_| query.with(|query| Show::parse(query.get_str("show").unwrap_or_default())));
    let asked = Memo::new(move |_| query.with(Asked::parse));
    let sources = Data::<Sources>::at(|| "/api/portico/sources".to_owned());
    let locations = Data::<Locations>::at(|| "/api/portico/locations".to_owned());
    let ingest = Data::<IngestSources>::at(|| "/api/portico/ingest".to_owned());
    every_few_seconds(move || {
        sources.refetch();
        locations.refetch();
    });
    let head = PageHead::titled("Sources").lead(
        "Whatever speaks for entities: a plugin, and the part of its data it speaks about. A source that fails leaves its \
         entities as they were.",
    );
    view! {
        <Page crumbs=vec![Crumb::here("Sources")]>
            {head.doing(nothing())} {loaded(sources, move |sources| list(&sources.items, shown.get()))}
            {loaded(ingest, |ingest| ingest::section(&ingest.items))}
            <section class="section" id="locations">
                {locations::heading()} {refused("That was not done.")} {locations::register_form(asked.get_untracked().refused)}
                {loaded(locations, move |locations| locations::card(&locations.items, &asked.get()))}
            </section>
        </Page>
    }
}

fn list(sources: &[Source], shown: Show) -> AnyView {
    if sources.is_empty() {
        let explanation = "A plugin becomes a source with its first run. Give the git plugin a repository in portico.yaml, then \
                           start the portal again.";
        return empty_card("No sources yet", explanation, next("Look at the plugins", "/plugins"));
    }
    let segment = |show: Show, href: &str, text: &str| {
        let count = sources.iter().filter(|source| show.takes(source)).count();
        tab(text, Some(count), href.to_owned(), show == shown)
    };
    let segments = el("nav").class("segmented push").attr("aria-label", "Which sources").child(vec![
        segment(Show::All, "/sources", "All"),
        segment(Show::Failing, "/sources?show=failing", "Failing"),
        segment(Show::WithProblems, "/sources?show=problems", "With problems"),
    ]);
    let entities = counted(sources.iter().map(|source| source.entities).sum(), "entity", "entities");
    let rows: Vec<El> = sources.iter().filter(|source| shown.takes(source)).map(source_row).collect();
    let card = Card::titled(counted(sources.len() as u64, "source", "sources")).count(entities).aside(segments.view());
    if rows.is_empty() {
        let title = if shown == Show::Failing { "No source fails" } else { "No source has problems" };
        return card.holding(empty(title, "All that is here was read as it is.", None));
    }
    let heads = vec![
        head("Source", None),
        head("Plugin", Some("2")),
        head("State", None),
        head_of_numbers("Entities", Some("1")),
        head_of_numbers("Problems", Some("1")),
        head("Read", Some("2")),
        head("Changed", Some("3")),
    ];
    card.holding(table("Sources", heads, rows))
}

fn source_row(source: &Source) -> El {
    let name = link("ref", format!("/sources/{}", source.id))
        .title(source.scope.as_str())
        .child(icon("source"))
        .child(el("span").child(source::scope(&source.scope)));
    let failure = source.failure.as_deref().map(|failure| span("sub").child(prose(failure)));
    let plugin =
        plugin_link("ref quiet", &source.plugin).child(icon("plug")).child(el("span").child(source.plugin.as_str()));
    let problems = match source.problems {
        0 => span("subtle").child("0"),
        count => span("tone").tone(Some(Tone::Bad)).child(grouped(count)),
    };
    row(vec![
        row_head("wrap").child(name).child(failure),
        cell("", Some("2")).child(plugin),
        cell("", None).child(source_status(source.state)),
        cell("num", Some("1")).child(grouped(source.entities)),
        cell("num", Some("1")).child(problems),
        cell("dim", Some("2")).child(time_or(source.synced_at, "–")),
        cell("dim", Some("3")).child(time_or(source.changed_at, "–")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_choice_shows_all() {
        for (text, show) in
            [("failing", Show::Failing), ("problems", Show::WithProblems), ("", Show::All), ("x", Show::All)]
        {
            assert_eq!(Show::parse(text), show);
        }
    }
}
