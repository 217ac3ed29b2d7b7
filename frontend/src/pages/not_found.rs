//! Where no page is.

use leptos::prelude::*;

use crate::components::{Crumb, Empty, Page, page_status};

/// The page for addresses without one.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    page_status(404);
    view! {
        <Page crumbs=vec![Crumb::here("No such page")]>
            <section class="card">
                <Empty title="No page has this address">
                    <p>"It may have been mistyped, or it led to something that is gone. Search finds what is in the catalog today."</p>
                    <div class="row">
                        <a class="btn" data-size="sm" href="/catalog">"Go to the catalog"</a>
                        <a class="btn" data-size="sm" href="/search">"Search"</a>
                    </div>
                </Empty>
            </section>
        </Page>
    }
}
