//! Tabs are links: each has an address.

use leptos::prelude::*;

/// One tab.
#[derive(Clone, Debug)]
pub(crate) struct Tab {
    pub(crate) text: &'static str,
    pub(crate) count: Option<usize>,
    pub(crate) href: String,
    pub(crate) is_current: bool,
}

/// A row of tabs.
#[component]
pub(crate) fn Tabs(tabs: Vec<Tab>, label: &'static str) -> impl IntoView {
    let tab = |tab: Tab| {
        let count = tab.count.map(|count| view! { <span class="count">{count}</span> });
        view! { <a href=tab.href aria-current=tab.is_current.then_some("page")>{tab.text} {count}</a> }
    };
    view! { <nav class="tabs" aria-label=label>{tabs.into_iter().map(tab).collect_view()}</nav> }
}
