//! The home page: the cards that plugins have for it.
//!
//! What a signed-in person needs now will stand here; until people can sign in, it is what plugins bring, and the way to the catalog.

use leptos::prelude::*;
use portico_api_types::CardOffers;

use crate::cards::{PRESSED, grid};
use crate::components::{Card, Crumb, Page, PageHead, loaded_page, mark, refused};
use crate::data::Data;
use crate::markup::{link, together};

/// The page `/`.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let offers = Data::<CardOffers>::at(|| "/api/portico/cards".to_owned());
    let crumbs = Signal::derive(|| vec![Crumb::here("Home")]);
    view! { <Page crumbs>{refused(PRESSED)} {loaded_page(offers, |offers| show(&offers))}</Page> }
}

fn show(offers: &CardOffers) -> AnyView {
    let catalog = link("btn", "/catalog").attr("data-variant", "primary").child("Browse the catalog");
    let head =
        PageHead::titled("Home").mark(mark("home")).lead("What plugins have for everybody.").doing(catalog.view());
    let cards = grid(&offers.items, None).unwrap_or_else(|| {
        Card::titled("Nothing here yet").saying(
            "Plugins put their cards here, such as who is on call. None of those that run has one for this page.",
        )
    });
    together([head, cards])
}
