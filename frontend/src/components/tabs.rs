//! Tabs are links: each has an address.

use crate::markup::{El, el, link, span};

/// One tab.
pub(crate) fn tab(text: &str, count: Option<usize>, href: String, is_current: bool) -> El {
    let count = count.map(|count| span("count").child(count.to_string()));
    link("", href).attr_some("aria-current", is_current.then_some("page")).child(text).child(count)
}

/// A row of tabs.
pub(crate) fn tabs(label: &str, tabs: Vec<El>) -> El {
    el("nav").class("tabs").attr("aria-label", label).child(tabs)
}
