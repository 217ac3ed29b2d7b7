//! What a plugin's tones look like: the portal's own, with glyphs that tell them apart without their colours.

use portico_api_types::{CardStatus, CardTone};

use crate::components::{Tone, icon_of, status_with};
use crate::markup::{El, span};

/// The tone of something that is quiet unless there is something to say.
pub(super) fn coloured(tone: CardTone) -> Option<Tone> {
    match tone {
        CardTone::Neutral => None,
        CardTone::Good => Some(Tone::Ok),
        CardTone::Info => Some(Tone::Info),
        CardTone::Warning => Some(Tone::Warn),
        CardTone::Bad => Some(Tone::Bad),
    }
}

/// The glyph of a tone. The portal's own for what it informs of turns, because with the portal that is what is under
/// way.
fn glyph(tone: CardTone) -> &'static str {
    match tone {
        CardTone::Neutral => "s-plain",
        CardTone::Good => "s-ok",
        CardTone::Info => "info",
        CardTone::Warning => "s-warn",
        CardTone::Bad => "s-bad",
    }
}

/// A word with its meaning.
pub(super) fn status(status: &CardStatus) -> El {
    status_with(coloured(status.tone).unwrap_or(Tone::Idle), &status.label, glyph(status.tone))
}

/// The glyph of something whose words do not say what it means, with the word for those who do not see it.
pub(super) fn mark(tone: CardTone) -> El {
    let word = match tone {
        CardTone::Neutral => None,
        CardTone::Good => Some("good"),
        CardTone::Info => Some("to know"),
        CardTone::Warning => Some("warning"),
        CardTone::Bad => Some("bad"),
    };
    let word = word.map(|word| span("visually-hidden").child(format!("({word})")));
    span("tone mark").tone(coloured(tone)).child(icon_of(glyph(tone), "14")).child(word)
}

/// The same, where nothing stands if there is nothing to say.
pub(super) fn mark_if_any(tone: CardTone) -> Option<El> {
    (tone != CardTone::Neutral).then(|| mark(tone))
}
