//! The sources: who speaks for entities, how each stands, and what it could not read.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portico_api_types::{Source, SourceState, Sources};

use crate::api::{Api, encode};
use crate::components::{Crumb, Loaded, Page, Time, empty, empty_card, icon, next, source_status};
use crate::live::every_few_seconds;
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
            Show::Failing => source.state == SourceState::Failing,
            Show::WithProblems => source.problems > 0,
        }
    }
}

/// The page `/sources`.
#[component]
pub(crate) fn SourcesPage() -> impl IntoView {
    let query = use_query_map();
    let shown = Memo::new(move |_| query.with(|query| Show::parse(query.get_str("show").unwrap_or_default())));
    let api = Api::from_context();
    let sources = Resource::new(
        || (),
        move |()| {
            let api = api.clone();
            async move { api.get::<Sources>("/api/portico/sources").await }
        },
    );
    every_few_seconds(move || sources.refetch());
    view! {
        <Page crumbs=vec![Crumb::here("Sources")]>
            <div class="page-head">
                <div>
                    <h1>"Sources"</h1>
                    <p class="lead">"Whatever speaks for entities: a plugin, and the part of its data it speaks about. A source that fails leaves its entities as they were."</p>
                </div>
            </div>
            <Loaded resource=sources show=move |sources| list(&sources.items, shown.get())/>
        </Page>
    }
}

fn list(sources: &[Source], shown: Show) -> AnyView {
    if sources.is_empty() {
        let explanation = "A plugin becomes a source with its first run. Give the git plugin a repository in portico.yaml, then \
                           start the portal again.";
        return empty_card("No sources yet", explanation, next("Look at the plugins", "/plugins"));
    }
    let segment = |show: Show, href: &'static str, text: &'static str| {
        let count = sources.iter().filter(|source| show.takes(source)).count();
        view! { <a href=href aria-current=(show == shown).then_some("page")>{text} <span class="count">{count}</span></a> }
    };
    let rows = sources.iter().filter(|source| shown.takes(source)).map(row).collect_view();
    let none = !sources.iter().any(|source| shown.takes(source));
    let nothing = none.then(|| {
        let title = if shown == Show::Failing { "No source fails" } else { "No source has problems" };
        empty(title, "All that is here was read as it is.", None)
    });
    let entities = sources.iter().map(|source| source.entities).sum();
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{counted(sources.len() as u64, "source", "sources")}</h2>
                <span class="count">{counted(entities, "entity", "entities")}</span>
                <nav class="segmented push" aria-label="Which sources">
                    {segment(Show::All, "/sources", "All")}
                    {segment(Show::Failing, "/sources?show=failing", "Failing")}
                    {segment(Show::WithProblems, "/sources?show=problems", "With problems")}
                </nav>
            </div>
            {nothing}
            <div class="table-wrap" hidden=none>
                <table class="table">
                    <caption class="visually-hidden">"Sources"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Source"</th>
                            <th scope="col" data-p="2">"Plugin"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="num">"Entities"</th>
                            <th scope="col" class="num" data-p="1">"Problems"</th>
                            <th scope="col" data-p="2">"Read"</th>
                            <th scope="col" data-p="3">"Changed"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(source: &Source) -> impl IntoView + use<> {
    let href = format!("/sources/{}", source.id);
    let plugin = format!("/plugins/{}", encode(&source.plugin));
    let time = |at: Option<_>| {
        at.map_or_else(|| view! { <span class="subtle">"–"</span> }.into_any(), |at| view! { <Time at/> }.into_any())
    };
    let bad = (source.problems > 0).then_some("bad");
    let failure = source.failure.clone().map(|failure| view! { <span class="sub wrapped">{failure}</span> });
    view! {
        <tr>
            <th scope="row" class="wrap">
                <a class="ref" href=href title=source.scope.clone()>{icon("source")} <span>{source::scope(&source.scope).to_owned()}</span></a>
                {failure}
            </th>
            <td data-p="2"><a class="ref quiet" href=plugin>{icon("plug")} <span>{source.plugin.clone()}</span></a></td>
            <td>{source_status(source.state)}</td>
            <td class="num">{grouped(source.entities)}</td>
            <td class="num" data-p="1"><span class="tone" data-tone=bad>{grouped(source.problems)}</span></td>
            <td class="dim" data-p="2">{time(source.synced_at)}</td>
            <td class="dim" data-p="3">{time(source.changed_at)}</td>
        </tr>
    }
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
