//! A hairline box with a head.

use leptos::prelude::*;

use super::icon::icon;
use crate::markup::{Child, div, el, span};

/// A card that is being put together. Its head holds the title, a count and what stands at the right.
pub(crate) struct Card {
    title: String,
    glyph: Option<&'static str>,
    count: Option<String>,
    aside: Option<AnyView>,
}

impl Card {
    /// A card with a title.
    pub(crate) fn titled(title: impl Into<String>) -> Card {
        Card { title: title.into(), glyph: None, count: None, aside: None }
    }

    /// Puts a glyph before the title, if there is one.
    pub(crate) fn glyph(self, glyph: Option<&'static str>) -> Card {
        Card { glyph, ..self }
    }

    /// Puts something beside the title, quietly.
    pub(crate) fn count(self, count: impl ToString) -> Card {
        Card { count: Some(count.to_string()), ..self }
    }

    /// Puts something at the right of the head.
    pub(crate) fn aside(self, aside: AnyView) -> Card {
        Card { aside: Some(aside), ..self }
    }

    /// The card with its content.
    pub(crate) fn holding(self, content: impl Child) -> AnyView {
        let count = self.count.map(|count| span("count").child(count));
        let head = div("card-head")
            .child(self.glyph.map(icon))
            .child(el("h2").child(self.title))
            .child(count)
            .child(self.aside);
        el("section").class("card").child(head).child(content).view()
    }

    /// The card with a sentence in place of content.
    pub(crate) fn saying(self, sentence: impl Into<String>) -> AnyView {
        self.holding(el("p").class("card-body text muted").child(sentence.into()))
    }
}
