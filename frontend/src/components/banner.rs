//! The sentence above the cards: what is wrong or under way, and what to do.

use leptos::prelude::*;

use super::Tone;
use super::icon::icon;
use crate::markup::{Child, El, div, el, nothing};

/// A banner: a sentence, and what explains it.
pub(crate) fn banner(tone: Tone, title: impl Into<String>, content: impl Child) -> El {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    let said = el("div").child(el("b").child(title.into())).child(content);
    div("banner").tone(Some(tone)).attr("role", role).child(icon(tone.glyph())).child(said)
}

/// A line that says what went wrong as soon as it does. It is empty until then, and takes no room.
pub(crate) fn alert(said: impl Fn() -> Option<String> + Send + Sync + 'static) -> El {
    let said = move || said().map_or_else(nothing, IntoAny::into_any);
    el("p").class("error").attr("role", "alert").child_with(said)
}

/// The banners of a page, one below the other; nothing where there are none.
pub(crate) fn banners(all: Vec<El>) -> AnyView {
    if all.is_empty() { nothing() } else { div("stack banners").child(all).view() }
}
