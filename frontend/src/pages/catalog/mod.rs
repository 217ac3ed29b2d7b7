//! The catalog: entities of one kind, narrowed by facets and words.
//!
//! The page is one form with the method `GET`, so that it works as it stands; script answers the same controls without
//! loading the page.

mod chooser;
mod columns;
mod filters;
mod load;
mod saved;
mod state;
mod table;

use std::sync::Arc;
use std::time::Duration;

use leptos::ev;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

use portico_api_types::{Fields, KindOrigin, SavedQueries};

use crate::components::{Crumb, Page, Tone, banner, banners, icon, icon_of, loaded, plugin_href, refused};
use crate::data::Data;
use crate::frame::{Frame, FrameSignal};
use crate::markup::{El, changing, div, el, link, nothing, span, together};
use crate::text::kind;
use crate::vocabulary::Vocabulary;
use filters::{Go, filters};
use load::{Counts, Rows};
#[cfg(feature = "ssr")]
pub(crate) use saved::question as query_question;
pub(crate) use saved::{address as query_address, told as query_told};
use state::{EVERY_KIND, Facet, State};
use table::rows_card;

/// Long enough that a word is typed without a request for each letter, short enough to feel like an answer.
const PAUSE: Duration = Duration::from_millis(180);

/// The page `/catalog`.
#[component]
pub(crate) fn CatalogPage() -> impl IntoView {
    let parameters = use_query_map();
    let state = Memo::new(move |_| parameters.with(State::of_parameters));
    // Order and page change nothing about facets, so turning a page does not fetch them.
    let for_facets = Memo::new(move |_| state.get().for_facets());

    let vocabulary = Vocabulary::get();
    let rows = Data::<Rows>::new(
        move || state.get().href(),
        move |api, _| {
            let (state, vocabulary) = (state.get_untracked(), vocabulary.clone());
            async move { Rows::fetch(&api, &state, &vocabulary).await }
        },
    );
    let counts = Data::<Counts>::new(
        move || for_facets.get().href(),
        move |api, _| {
            let state = for_facets.get_untracked();
            async move { Counts::fetch(&api, &state).await }
        },
    );

    let queries = Data::<SavedQueries>::at(|| "/api/portico/queries".to_owned());
    let fields = Data::<Fields>::at(move || state.get().fields_path());

    let crumbs =
        Signal::derive(move || vec![Crumb::link("Catalog", "/catalog"), Crumb::here(of_kind(&state.get().kind))]);
    let go = go();
    let choose: Go = {
        let go = go.clone();
        Arc::new(move |state: &State| go(state, false))
    };
    let head = loaded(queries, move |queries| head(Arc::new(queries), state));
    let save = loaded(queries, move |queries| saved::sheet(&queries, state));
    let choices = {
        let choose = choose.clone();
        loaded(fields, move |fields| chooser::choices(&fields, state, &choose))
    };

    let sheet = el("aside")
        .class("sheet")
        .attr("id", SHEET)
        .attr("popover", "auto")
        .attr("aria-label", "Filters")
        .child(sheet_button("hide", "Show results"))
        .child(loaded(counts, move |counts| filters(&counts, state, &choose)))
        .child(el("button").class("btn no-script").attr("type", "submit").child("Apply filters"));
    let list = div("stack list-column")
        .child(text_filter(state, go))
        .child(loaded(rows, move |rows| rows_card(&rows, &state.get())));
    // Script answers each control by itself; what is left to submit is there already.
    let form = el("form")
        .class("split-start")
        .attr("method", "get")
        .attr("action", "/catalog")
        .attr("role", "search")
        .on(ev::submit, |event| event.prevent_default())
        .child_with(move || hidden(&state.get()))
        .child(sheet)
        .child(list)
        .child(chooser::sheet(choices));
    view! { <Page crumbs>{refused("Nothing was changed.")} {head} {form} {save}</Page> }
}

/// That a kind is as it was, since the plugin that brings it in is switched off.
fn off(kind: &str, vocabulary: &Vocabulary, frame: &Frame) -> Option<El> {
    let KindOrigin::Plugin { plugin } = &vocabulary.kind(kind)?.origin else { return None };
    let told = || link("link", plugin_href(plugin)).child("What it brought in is as it was then");
    frame.off.contains(plugin).then(|| banner(Tone::Warn, format!("The plugin {plugin} is switched off. "), told()))
}

/// What the page is called, which is the query that it shows, what can be done, and the way to other queries.
fn head(queries: Arc<SavedQueries>, state: Memo<State>) -> AnyView {
    let (named, told) = (queries.clone(), queries.clone());
    let title = move || {
        let state = state.get();
        saved::current(&named, &state).map_or_else(|| of_kind(&state.kind), |query| query.question.title.clone())
    };
    let lead = move || {
        let state = state.get();
        let told = saved::current(&told, &state).map(query_told).filter(|told| !told.is_empty());
        told.unwrap_or_else(|| description(&state.kind))
    };
    let doing = div("row").child(sheet_button("show", "Filters")).child(chooser::opener()).child(saved::opener());
    let text = el("div").child(el("h1").text_with(title)).child(el("p").class("lead").text_with(lead));
    let row = changing(move || saved::row(&queries, &state.get()));
    let (frame, vocabulary) = (FrameSignal::from_context(), Vocabulary::get());
    let off = move || {
        let off = frame.get().and_then(|frame| off(&state.get().kind, &vocabulary, &frame));
        banners(off.into_iter().collect())
    };
    together([div("page-head").child(text).child(doing).view(), changing(off), row])
}

/// The element that holds the filters: beside the list, or a sheet over it where it is narrow.
const SHEET: &str = "filters";

fn sheet_button(action: &'static str, text: &'static str) -> El {
    el("button")
        .class("btn sheet-button")
        .attr("type", "button")
        .attr("popovertarget", SHEET)
        .attr("popovertargetaction", action)
        .child(icon("filter"))
        .child(text)
}

/// What the form carries along without showing it.
fn hidden(state: &State) -> AnyView {
    let field =
        |name: &str, value: String| el("input").attr("type", "hidden").attr("name", name).attr("value", value).view();
    let sort = (!state.sort.is_usual()).then(|| field("sort", state.sort.parameter()));
    let query = state.query.clone().map(|query| field("query", query));
    together([field("kind", state.kind.clone())].into_iter().chain(sort).chain(query))
}

/// Goes to another state of the page. What is typed replaces the address, what is chosen can be gone back from.
fn go() -> impl Fn(&State, bool) + Clone + Send + Sync + 'static {
    let navigate = use_navigate();
    move |state: &State, replace: bool| {
        navigate(&state.href(), NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
    }
}

/// The field for words, with everything else that narrows the list before it, each to be taken away.
fn text_filter(state: Memo<State>, go: impl Fn(&State, bool) + Clone + Send + Sync + 'static) -> El {
    let typed = RwSignal::new(state.get_untracked().text);
    let pending = StoredValue::new(None::<TimeoutHandle>);
    // Going back changes the address under the field; what is being typed is ahead of the address and stays.
    Effect::new(move |before: Option<String>| {
        let text = state.get().text;
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
    const EXAMPLE: &str = "Words, or conditions: owner:payments -lifecycle:deprecated tag:java dependsOn.type:database";
    let field = el("input")
        .attr("name", "q")
        .attr("type", "search")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("aria-label", "Filter by words and conditions")
        .attr("placeholder", EXAMPLE)
        .attr("value", typed.get_untracked())
        .property_with("value", move || typed.get().into())
        .on(ev::input, move |event| input(event_target_value(&event)));
    div("query")
        .child(icon("search"))
        .child_with(move || tokens(&state.get()))
        .child(field)
        .child_with(move || clear(&state.get()))
}

/// Takes away everything that narrows the list.
fn clear(state: &State) -> AnyView {
    if !state.is_narrowed() {
        return nothing();
    }
    link("btn", state.cleared().href()).attr("data-variant", "quiet").attr("data-size", "sm").child("Clear").view()
}

fn tokens(state: &State) -> AnyView {
    let token = |(facet, value): &(Facet, String)| {
        let shown = filters::shown(facet, value);
        let remove = link("", state.toggled(facet, value).href())
            .attr("aria-label", format!("Remove {} {shown}", facet.parameter()))
            .child(icon_of("x", "12"));
        span("token").child(span("key").child(format!("{}:", facet.parameter()))).child(shown).child(remove)
    };
    together(state.chosen.iter().map(token).map(El::view))
}

fn of_kind(kind: &str) -> String {
    if kind == EVERY_KIND { "Everything".to_owned() } else { kind::many(kind) }
}

fn description(kind: &str) -> String {
    if kind == EVERY_KIND { "All that the catalog holds, of every kind.".to_owned() } else { kind::description(kind) }
}
