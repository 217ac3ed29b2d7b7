//! The bar above every page: where one is, search, the theme.

use leptos::prelude::*;

use super::icon::icon;
use super::{Crumb, Palette, theme_toggle};
use crate::markup::{El, el, link, span, together};

/// The top bar.
pub(crate) fn topbar(crumbs: Signal<Vec<Crumb>>) -> AnyView {
    let palette = Palette::from_context();
    let open = move |event: web_sys::MouseEvent| {
        // With a modifier held the reader wants the search page in a tab of its own.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            palette.open();
        }
    };
    let menu = el("button")
        .class("btn topbar-menu only-narrow")
        .flag("data-icon", true)
        .attr("data-variant", "quiet")
        .attr("type", "button")
        .attr("popovertarget", "nav")
        .attr("aria-label", "Open navigation")
        .child(icon("menu"));
    let trail = el("nav").class("crumbs").attr("aria-label", "Breadcrumb").child_with(move || trail(crumbs.get()));
    let search = link("search-open", "/search")
        .attr("aria-label", "Search")
        .attr("aria-keyshortcuts", "Control+K Meta+K /")
        .on(leptos::ev::click, open)
        .child(icon("search"))
        .child(el("span").child("Search or jump to…"))
        .child(el("kbd").class("kbd needs-script").text_with(move || palette.shortcut().to_owned()));
    let create = link("btn hide-narrow", "/create").child(icon("plus")).child("Create");
    el("header").class("topbar").child(menu).child(trail).child(search).child(create).child(theme_toggle()).view()
}

fn trail(crumbs: Vec<Crumb>) -> AnyView {
    let last = crumbs.len().saturating_sub(1);
    let step = |(index, crumb): (usize, Crumb)| {
        let text: El = match crumb.href {
            Some(href) => link("", href).child(crumb.text),
            None => span("").attr("aria-current", "page").child(crumb.text),
        };
        [Some(text.view()), (index < last).then(|| icon("right"))]
    };
    together(crumbs.into_iter().enumerate().flat_map(step).flatten())
}
