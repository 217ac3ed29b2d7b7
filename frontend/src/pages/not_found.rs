//! Where no page is.

use leptos::prelude::*;

use crate::components::{Crumb, Page, empty_card, next, page_status};
use crate::markup::el;

/// The page for addresses without one.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    page_status(404);
    view! {
        <Page crumbs=vec![Crumb::here("No such page")]>
            {el("h1").class("visually-hidden").child("No such page").view()}
            {empty_card(
                "No page has this address",
                "It may have been mistyped, or it led to something that is gone. Search finds what is in the catalog today.",
                next("Search", "/search"),
            )}
        </Page>
    }
}
