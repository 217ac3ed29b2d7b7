//! How something stands: a glyph and a word, never a colour alone.

use leptos::prelude::*;

use super::icon::icon;

/// What a state means to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Ok,
    Warn,
    Bad,
    Info,
    Idle,
}

impl Tone {
    /// The value of `data-tone`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tone::Ok => "ok",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
            Tone::Info => "info",
            Tone::Idle => "idle",
        }
    }

    /// The glyph that goes with it.
    pub(crate) fn glyph(self) -> &'static str {
        match self {
            Tone::Ok => "s-ok",
            Tone::Warn => "s-warn",
            Tone::Bad => "s-bad",
            Tone::Info => "s-run",
            Tone::Idle => "s-skip",
        }
    }
}

/// A state as glyph and word.
#[component]
pub(crate) fn Status(
    tone: Tone,
    #[prop(into)] text: String,
    /// Another glyph than the tone's.
    #[prop(optional)]
    glyph: Option<&'static str>,
) -> impl IntoView {
    // What is under way turns; the style sheet stops it for readers who ask for no motion.
    let running = (tone == Tone::Info).then_some("");
    view! {
        <span class="status" data-tone=tone.name() data-running=running>
            {icon(glyph.unwrap_or(tone.glyph()))} {text}
        </span>
    }
}
