//! Search as a page: the same answers as the palette, with an address.

use std::time::Duration;

use leptos::ev;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use portico_api_types::{Hit, SearchResults};
use portico_model::EntityRef;

use crate::api::Path;
use crate::components::{Crumb, Page, PageHead, empty_card, icon, loaded, next};
use crate::data::Data;
use crate::entity::href;
use crate::markup::{El, div, el, link, nothing, span};
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
    let results = Data::<SearchResults>::new(
        move || words.get(),
        |api, words| async move {
            if words.is_empty() {
                return Ok(serde_json::json!({"items": []}));
            }
            api.get(&Path::new("/api/portico/search").with("q", &words).with("limit", LIMIT).to_string()).await
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
    let head = PageHead::titled("Search")
        .lead("Everything in the catalog by its name, title and tags, and by what is said about it.");
    let field = el("input")
        .attr("name", "q")
        .attr("type", "search")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .flag("autofocus", true)
        .attr("aria-label", "Words to search for")
        .attr("placeholder", "Words to search for")
        .attr("value", words.get_untracked())
        .on(ev::input, move |event| typed(event_target_value(&event)));
    let form = el("form")
        .class("row search-form")
        .attr("method", "get")
        .attr("action", "/search")
        .attr("role", "search")
        .on(ev::submit, |event| event.prevent_default())
        .child(div("query grow").child(icon("search")).child(field))
        .child(el("button").class("btn no-script").attr("type", "submit").child("Search"))
        .view();
    view! {
        <Page crumbs=vec![Crumb::here("Search")]>
            {head.doing(nothing())}
            {form} {loaded(results, move |results| list(&results.items, &words.get()))}
        </Page>
    }
}

fn list(hits: &[Hit], words: &str) -> AnyView {
    if words.is_empty() {
        return nothing();
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
    let title = el("h2").attr("aria-live", "polite").child(counted(hits.len() as u64, "result", "results"));
    let lines: Vec<El> = hits.iter().map(hit_line).collect();
    el("section").class("card").child(div("card-head").child(title)).child(el("ul").class("list").child(lines)).view()
}

fn hit_line(hit: &Hit) -> El {
    let address = EntityRef::parse(&hit.entity_ref).map(|reference| href(&reference)).unwrap_or_default();
    let title = link("medium cover", address).title(hit.entity_ref.as_str()).child(hit.title.as_str());
    let description = hit.description.as_deref().map(|text| el("small").class("truncate").child(text));
    let entity_type = hit.entity_type.as_deref().map(|text| span("tag hide-narrow").child(text));
    el("li")
        .class("list-link")
        .child(icon(kind::glyph(&hit.kind)))
        .child(div("grow").child(title).child(description))
        .child(entity_type)
        .child(span("tag").child(kind::one(&hit.kind)))
}
