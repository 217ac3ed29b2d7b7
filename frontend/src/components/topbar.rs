//! The bar above every page: where one is, search, the theme.

use leptos::prelude::*;

use super::icon::icon;
use super::{Crumb, Palette, ThemeToggle};

/// The top bar.
#[component]
pub(crate) fn Topbar(crumbs: Signal<Vec<Crumb>>) -> impl IntoView {
    let palette = Palette::from_context();
    let open = move |event: web_sys::MouseEvent| {
        // With a modifier held the reader wants the search page in a tab of its own.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            palette.open();
        }
    };
    view! {
        <header class="topbar">
            <button
                class="btn topbar-menu only-narrow" data-icon="" data-variant="quiet" type="button"
                popovertarget="nav" aria-label="Open navigation"
            >
                {icon("menu")}
            </button>
            <nav class="crumbs" aria-label="Breadcrumb">{move || trail(crumbs.get())}</nav>
            <a class="search-open" href="/search" aria-label="Search" aria-keyshortcuts="Control+K Meta+K /" on:click=open>
                {icon("search")} <span>"Search or jump to…"</span>
                <kbd class="kbd needs-script">{move || palette.shortcut()}</kbd>
            </a>
            <ThemeToggle/>
        </header>
    }
}

fn trail(crumbs: Vec<Crumb>) -> impl IntoView {
    let last = crumbs.len().saturating_sub(1);
    let step = move |(index, crumb): (usize, Crumb)| {
        let separator = (index < last).then(|| icon("right"));
        let text = match crumb.href {
            Some(href) => view! { <a href=href>{crumb.text}</a> }.into_any(),
            None => view! { <span aria-current="page">{crumb.text}</span> }.into_any(),
        };
        view! { {text} {separator} }
    };
    crumbs.into_iter().enumerate().map(step).collect_view()
}
