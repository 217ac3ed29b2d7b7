//! Glyphs out of the sprite, and the boxed glyph at the head of a page.

use leptos::prelude::*;

use crate::text::kind;

/// A glyph of 16 px. It says nothing to screen readers: the word stands beside it.
pub(crate) fn icon(name: &'static str) -> impl IntoView {
    icon_of(name, "16")
}

/// A glyph of another size.
pub(crate) fn icon_of(name: &'static str, size: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" data-size=size viewBox="0 0 16 16" aria-hidden="true">
            <use href=format!("/assets/icons.svg#{name}")></use>
        </svg>
    }
}

/// The glyph of a kind in a box.
pub(crate) fn kind_mark(kind: &str) -> impl IntoView {
    mark(kind::glyph(kind))
}

/// A glyph in a box.
pub(crate) fn mark(name: &'static str) -> impl IntoView {
    view! { <span class="kind-mark hide-narrow">{icon_of(name, "20")}</span> }
}
