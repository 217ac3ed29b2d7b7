//! How something stands: a glyph and a word, never a colour alone.

use portico_api_types::{PluginState, RunState, SourceState};

use super::icon::icon;
use crate::markup::{El, span};
use crate::text::source;

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
pub(crate) fn status(tone: Tone, word: &str) -> El {
    status_with(tone, word, tone.glyph())
}

/// How a source stands.
pub(crate) fn source_status(state: SourceState) -> El {
    let (tone, word) = source::source_state(state);
    status(tone, word)
}

/// How a run stands.
pub(crate) fn run_status(state: RunState) -> El {
    let (tone, word) = source::run_state(state);
    status(tone, word)
}

/// How a plugin stands. One that is off was not refused anything, so it has a glyph of its own.
pub(crate) fn plugin_status(state: PluginState) -> El {
    let (tone, word) = source::plugin_state(state);
    status_with(tone, word, if state == PluginState::Off { "s-pause" } else { tone.glyph() })
}

/// A state as a word and a glyph of its own.
pub(crate) fn status_with(tone: Tone, word: &str, glyph: &'static str) -> El {
    // What is under way turns; the style sheet stops it for readers who ask for no motion.
    span("status").tone(Some(tone)).flag("data-running", glyph == Tone::Info.glyph()).child(icon(glyph)).child(word)
}
