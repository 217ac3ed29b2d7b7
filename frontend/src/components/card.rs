//! A hairline box with a head.

use leptos::prelude::*;

/// A card. Its head holds the title, a count and what stands at the right.
#[component]
pub(crate) fn Card(
    #[prop(into)] title: String,
    /// What stands beside the title, quietly.
    #[prop(optional, into)]
    count: String,
    /// What stands at the right of the head: a stamp, buttons.
    #[prop(optional)]
    aside: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let count = (!count.is_empty()).then(|| view! { <span class="count">{count}</span> });
    view! {
        <section class="card">
            <div class="card-head"><h2>{title}</h2>{count}{aside}</div>
            {children()}
        </section>
    }
    .into_any()
}
