//! The catalog: entities of one kind, narrowed by facets and words.
//!
//! The page is one form with the method `GET`, so that it works as it stands; script answers the same controls without
//! loading the page.

mod columns;
mod filters;
mod load;
mod state;
mod table;

use std::sync::Arc;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::api::Api;
use crate::components::{Crumb, Loaded, Page, icon, icon_of};
use crate::text::kind;
use filters::{Go, filters};
use load::{Counts, Rows};
use state::{EVERY_KIND, Facet, State};
use table::table;

/// Long enough that a word is typed without a request for each letter, short enough to feel like an answer.
const PAUSE: Duration = Duration::from_millis(180);

/// The page `/catalog`.
#[component]
pub(crate) fn CatalogPage() -> impl IntoView {
    let parameters = use_query_map();
    let state = Memo::new(move |_| parameters.with(State::of_parameters));
    // Words, order and page change nothing about facets, so typing does not fetch them.
    let for_facets = Memo::new(move |_| state.with(State::for_facets));

    let api = Api::from_context();
    let rows_api = api.clone();
    let rows = Resource::new(
        move || state.get(),
        move |state| {
            let api = rows_api.clone();
            async move { Rows::fetch(&api, &state).await }
        },
    );
    let counts = Resource::new(
        move || for_facets.get(),
        move |state| {
            let api = api.clone();
            async move { Counts::fetch(&api, &state).await }
        },
    );

    let crumbs = Signal::derive(move || {
        vec![Crumb::link("Catalog", "/catalog"), Crumb::here(state.with(|state| heading(&state.kind)))]
    });
    let lead = move || state.with(|state| description(&state.kind));
    let go = go();
    let choose: Go = {
        let go = go.clone();
        Arc::new(move |state: &State| go(state, false))
    };
    let submitted = move |event: web_sys::SubmitEvent| event.prevent_default();
    view! {
        <Page crumbs>
            <div class="page-head">
                <div><h1>{move || state.with(|state| heading(&state.kind))}</h1><p class="lead">{lead}</p></div>
                <button class="btn only-narrow" type="button" popovertarget="filters">{icon("filter")} "Filters"</button>
            </div>
            <form class="split-start" method="get" action="/catalog" role="search" on:submit=submitted>
                <input type="hidden" name="kind" value=move || state.with(|state| state.kind.clone())/>
                {move || state.with(|state| (!state.sort.is_usual()).then(|| state.sort.parameter())).map(|sort| view! { <input type="hidden" name="sort" value=sort/> })}
                <aside class="sheet" id="filters" popover="auto" aria-label="Filters">
                    <button class="btn only-narrow" data-size="sm" type="button" popovertarget="filters" popovertargetaction="hide">
                        "Show results"
                    </button>
                    <Loaded resource=counts show=move |counts| filters(&counts, state, choose.clone())/>
                    <button class="btn no-script" data-size="sm" type="submit">"Apply filters"</button>
                </aside>
                <div class="stack" style="--gap:12px">
                    <TextFilter state go/>
                    <Loaded resource=rows show=move |rows| table(&rows, &state.get())/>
                </div>
            </form>
        </Page>
    }
}

/// Goes to another state of the page. What is typed replaces the address, what is chosen can be gone back from.
fn go() -> impl Fn(&State, bool) + Clone + Send + Sync + 'static {
    let navigate = use_navigate();
    move |state: &State, replace: bool| {
        navigate(&state.href(), NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
    }
}

/// The field for words, with everything else that narrows the list before it, each to be taken away.
#[component]
fn TextFilter(state: Memo<State>, go: impl Fn(&State, bool) + Clone + Send + Sync + 'static) -> impl IntoView {
    let typed = RwSignal::new(state.with_untracked(|state| state.text.clone()));
    let pending = StoredValue::new(None::<TimeoutHandle>);
    // Going back changes the address under the field; what is being typed is ahead of the address and stays.
    Effect::new(move |before: Option<String>| {
        let text = state.with(|state| state.text.clone());
        if before.is_some_and(|before| before != text) && typed.with_untracked(|typed| typed.trim() != text) {
            typed.set(text.clone());
        }
        text
    });
    let input = move |text: String| {
        if let Some(timer) = pending.get_value() {
            timer.clear();
        }
        typed.set(text);
        let go = go.clone();
        let answer = move || {
            // The page may be gone by the time the pause is over.
            if let (Some(state), Some(text)) = (state.try_get_untracked(), typed.try_get_untracked())
                && state.text != text.trim()
            {
                go(&state.with_text(&text), true);
            }
        };
        pending.set_value(set_timeout_with_handle(answer, PAUSE).ok());
    };
    view! {
        <div class="query">
            {icon("search")}
            {move || state.with(tokens)}
            <input
                name="q" type="search" autocomplete="off" spellcheck="false" aria-label="Filter by words" placeholder="Filter by words"
                value=typed.get_untracked() prop:value=typed on:input:target=move |event| input(event.target().value())
            />
            {move || state.with(|state| state.is_narrowed().then(|| view! { <a class="btn" data-variant="quiet" data-size="sm" href=state.cleared().href()>"Clear"</a> }))}
        </div>
    }
}

fn tokens(state: &State) -> impl IntoView + use<> {
    let token = |(facet, value): &(Facet, String)| {
        let href = state.toggled(*facet, value).href();
        let shown = filters::shown(*facet, value);
        let label = format!("Remove {} {shown}", facet.parameter());
        view! {
            <span class="token">
                <span class="key">{facet.parameter()}":"</span>{shown}
                <a href=href aria-label=label>{icon_of("x", "12")}</a>
            </span>
        }
    };
    state.chosen.iter().map(token).collect_view()
}

fn heading(kind: &str) -> String {
    if kind == EVERY_KIND { "Everything".to_owned() } else { kind::many(kind) }
}

fn description(kind: &str) -> &'static str {
    if kind == EVERY_KIND { "All that the catalog holds, of every kind." } else { kind::description(kind) }
}
