//! Glyphs out of the sprite, and the boxed glyph at the head of a page.

use leptos::prelude::*;

use crate::markup::{El, span};
use crate::text::kind;

/// A glyph of 16 px. It says nothing to screen readers: the word stands beside it.
pub(crate) fn icon(name: &'static str) -> AnyView {
    icon_of(name, "16")
}

/// A glyph of another size.
pub(crate) fn icon_of(name: &'static str, size: &'static str) -> AnyView {
    view! {
        <svg class="icon" data-size=size viewBox="0 0 16 16" aria-hidden="true">
            <use href=format!("/assets/icons.svg#{name}")></use>
        </svg>
    }
    .into_any()
}

/// The portal's own mark.
pub(crate) fn pillars() -> AnyView {
    view! {
        <svg class="brand" viewBox="0 0 22 22" aria-hidden="true">
            <use href="/assets/icons.svg#brand"></use>
        </svg>
    }
    .into_any()
}

/// The glyph of a kind in a box.
pub(crate) fn kind_mark(kind: &str) -> El {
    mark(kind::glyph(kind))
}

/// A glyph in a box.
pub(crate) fn mark(name: &'static str) -> El {
    span("kind-mark hide-narrow").child(icon_of(name, "20"))
}
