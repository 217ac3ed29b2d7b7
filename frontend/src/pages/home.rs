//! The home page: the saved queries with what they find now, and the cards that plugins have for it.
//!
//! What a signed-in person needs now will stand here; until people can sign in, it is what concerns everybody, and the way to the catalog.

use leptos::prelude::*;
use portico_api_types::{CardOffers, SavedQueries, SavedQuery};

use super::{query_address, query_told};
use crate::cards::{PRESSED, grid};
use crate::components::{Card, Crumb, Page, PageHead, loaded, loaded_page, mark, refused, waiting};
use crate::data::Data;
use crate::markup::{El, div, el, link, nothing, span};
use crate::text::number::grouped;

/// The page `/`.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let offers = Data::<CardOffers>::at(|| "/api/portico/cards".to_owned());
    let queries = Data::<SavedQueries>::at(|| "/api/portico/queries".to_owned());
    let crumbs = Signal::derive(|| vec![Crumb::here("Home")]);
    let catalog = link("btn", "/catalog").attr("data-variant", "primary").child("Browse the catalog");
    let head = PageHead::titled("Home").mark(mark("home")).lead("What concerns everybody, now.").doing(catalog.view());
    view! {
        <Page crumbs>
            {refused(PRESSED)} {head} {waiting()} {loaded(queries, |queries| saved(&queries))}
            {loaded_page(offers, |offers| show(&offers))}
        </Page>
    }
}

/// Saved queries, each with how many entities it finds now.
fn saved(queries: &SavedQueries) -> AnyView {
    if queries.items.is_empty() {
        return nothing();
    }
    let line = |query: &SavedQuery| {
        let count = query.entities.map_or_else(|| "–".to_owned(), grouped);
        let told = query_told(query);
        let text = div("grow")
            .child(link("medium cover", query_address(query)).child(query.question.title.as_str()))
            .child((!told.is_empty()).then(|| el("small").child(told)));
        el("li").class("list-link").child(text).child(span("count").child(count))
    };
    let lines: Vec<El> = queries.items.iter().map(line).collect();
    let card = Card::titled("Saved queries").count(queries.items.len()).holding(el("ul").class("list").child(lines));
    div("spaced").child(card).view()
}

fn show(offers: &CardOffers) -> AnyView {
    grid(&offers.items, None).unwrap_or_else(|| {
        Card::titled("Nothing here yet").saying(
            "Plugins put their cards here, such as who is on call. None of those that run has one for this page.",
        )
    })
}
