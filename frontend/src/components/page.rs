//! A page: its name, where it stands, and its content.

use leptos::prelude::*;
use leptos_meta::Title;

use super::Arrival;
use super::topbar::topbar;
use crate::markup::{el, together};

/// One step on the way to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crumb {
    /// What it is called.
    pub(crate) text: String,
    /// Where it leads; none for the page itself.
    pub(crate) href: Option<String>,
}

impl Crumb {
    /// A step that leads somewhere.
    pub(crate) fn link(text: impl Into<String>, href: impl Into<String>) -> Crumb {
        Crumb { text: text.into(), href: Some(href.into()) }
    }

    /// The page itself.
    pub(crate) fn here(text: impl Into<String>) -> Crumb {
        Crumb { text: text.into(), href: None }
    }
}

/// The frame of every page's content.
#[component]
pub(crate) fn Page(
    /// The way here, the page itself last.
    #[prop(into)]
    crumbs: Signal<Vec<Crumb>>,
    children: Children,
) -> impl IntoView {
    let title = move || crumbs.with(|crumbs| crumbs.last().map(|crumb| format!("{} · Portico", crumb.text)));
    Arrival::watch();
    let title = view! { <Title text=move || title().unwrap_or_default()/> }.into_any();
    let main = el("main").class("page").attr("id", "main").attr("tabindex", "-1").child(children().into_any());
    together([title, topbar(crumbs), main.view()])
}
