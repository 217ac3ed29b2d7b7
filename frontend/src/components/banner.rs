//! The sentence above the cards: what is wrong or under way, and what to do.

use leptos::prelude::*;

use super::Tone;
use super::icon::icon;
use crate::markup::{Child, El, div, el};

/// A banner: a sentence, and what explains it.
pub(crate) fn banner(tone: Tone, title: impl Into<String>, content: impl Child) -> El {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    let said = el("div").child(el("b").child(title.into())).child(content);
    div("banner").tone(Some(tone)).attr("role", role).child(icon(tone.glyph())).child(said)
}

/// The banners of a page, one below the other; nothing where there are none.
pub(crate) fn banners(all: Vec<El>) -> AnyView {
    if all.is_empty() { crate::markup::nothing() } else { div("stack banners").child(all).view() }
}
