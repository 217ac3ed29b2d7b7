//! Search as a page: the same answers as the palette, with an address.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use portico_api_types::{Hit, SearchResults};
use portico_model::EntityRef;

use crate::api::{Api, Path};
use crate::components::{Crumb, Loaded, Page, empty_card, icon, next};
use crate::entity::href;
use crate::text::kind;
use crate::text::number::counted;

/// As many as one looks through; more words find less.
const LIMIT: &str = "50";

/// As in the catalog: between two letters of a word nothing is asked.
const PAUSE: Duration = Duration::from_millis(180);

/// The page `/search`.
#[component]
pub(crate) fn SearchPage() -> impl IntoView {
    let query = use_query_map();
    let words = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default().trim().to_owned()));
    let api = Api::from_context();
    let results = Resource::new(
        move || words.get(),
        move |words| {
            let api = api.clone();
            async move {
                if words.is_empty() {
                    return Ok(SearchResults { items: Vec::new() });
                }
                api.get::<SearchResults>(
                    &Path::new("/api/portico/search").with("q", &words).with("limit", LIMIT).to_string(),
                )
                .await
            }
        },
    );
    let navigate = use_navigate();
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let typed = move |text: String| {
        if let Some(timer) = pending.get_value() {
            timer.clear();
        }
        let navigate = navigate.clone();
        let answer = move || {
            let address = Path::new("/search").with("q", text.trim()).to_string();
            navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        };
        pending.set_value(set_timeout_with_handle(answer, PAUSE).ok());
    };
    on_cleanup(move || {
        if let Some(Some(timer)) = pending.try_get_value() {
            timer.clear();
        }
    });
    view! {
        <Page crumbs=vec![Crumb::here("Search")]>
            <div class="page-head"><div><h1>"Search"</h1><p class="lead">"Names, titles, descriptions and tags of everything in the catalog."</p></div></div>
            <form class="row search-form" method="get" action="/search" role="search" on:submit=|event| event.prevent_default()>
                <div class="query grow">
                    {icon("search")}
                    <input
                        name="q" type="search" autocomplete="off" spellcheck="false" autofocus aria-label="Words to search for"
                        placeholder="Words to search for" value=words.get_untracked() on:input:target=move |event| typed(event.target().value())
                    />
                </div>
                <button class="btn no-script" type="submit">"Search"</button>
            </form>
            <Loaded resource=results show=move |results| list(&results.items, &words.get())/>
        </Page>
    }
}

fn list(hits: &[Hit], words: &str) -> AnyView {
    if words.is_empty() {
        return ().into_any();
    }
    if hits.is_empty() {
        let explanation =
            "Fewer or shorter words find more. What the catalog does not have may be in a source with problems.";
        return empty_card(
            format!("Nothing is called “{words}”"),
            explanation,
            next("Sources with problems", "/sources?show=problems"),
        );
    }
    let lines = hits.iter().map(line).collect_view();
    view! {
        <section class="card">
            <div class="card-head"><h2 aria-live="polite">{counted(hits.len() as u64, "result", "results")}</h2></div>
            <ul class="list">{lines}</ul>
        </section>
    }
    .into_any()
}

fn line(hit: &Hit) -> impl IntoView + use<> {
    let link = EntityRef::parse(&hit.entity_ref).map(|reference| href(&reference)).unwrap_or_default();
    let entity_type = hit.entity_type.clone().map(|entity_type| view! { <span class="tag">{entity_type}</span> });
    view! {
        <li class="list-link">
            {icon(kind::glyph(&hit.kind))}
            <div class="grow">
                <a class="medium cover" href=link title=hit.entity_ref.clone()>{hit.title.clone()}</a>
                <small class="truncate">{hit.description.clone()}</small>
            </div>
            {entity_type} <span class="tag">{kind::one(&hit.kind)}</span>
        </li>
    }
}
