//! A place with nothing in it, which says why and what to do next.

use leptos::prelude::*;

use super::icon::pillars;
use crate::markup::{El, div, el, link};

/// Nothing here, and what to do about it.
pub(crate) fn empty(title: impl Into<String>, explanation: impl Into<String>, next: Option<El>) -> El {
    div("empty")
        .child(pillars())
        .child(el("b").child(title.into()))
        .child(el("p").child(explanation.into()))
        .child(next.map(|next| div("row").child(next)))
}

/// The same as a card of its own.
pub(crate) fn empty_card(title: impl Into<String>, explanation: impl Into<String>, next: Option<El>) -> AnyView {
    el("section").class("card").child(empty(title, explanation, next)).view()
}

/// A card of its own that says why nothing can be shown.
pub(crate) fn empty_card_saying(title: &'static str, said: Vec<AnyView>) -> AnyView {
    let said = div("empty").child(el("b").child(title)).child(el("p").child(said));
    el("section").class("card").attr("role", "status").child(said).view()
}

/// Where to go from an empty place.
pub(crate) fn next(text: impl Into<String>, href: impl Into<String>) -> Option<El> {
    Some(link("btn", href).attr("data-size", "sm").child(text.into()))
}
