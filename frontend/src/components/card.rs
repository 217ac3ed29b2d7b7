//! A hairline box with a head.

use leptos::prelude::*;

/// A card that is being put together. Its head holds the title, a count and what stands at the right.
pub(crate) struct Card {
    title: String,
    count: Option<String>,
    aside: Option<AnyView>,
}

impl Card {
    /// A card with a title.
    pub(crate) fn titled(title: impl Into<String>) -> Card {
        Card { title: title.into(), count: None, aside: None }
    }

    /// Puts something beside the title, quietly.
    pub(crate) fn count(self, count: impl ToString) -> Card {
        Card { count: Some(count.to_string()), ..self }
    }

    /// Puts something at the right of the head.
    pub(crate) fn aside(self, aside: impl IntoView + 'static) -> Card {
        Card { aside: Some(aside.into_any()), ..self }
    }

    /// The card with its content.
    pub(crate) fn holding(self, content: impl IntoView + 'static) -> AnyView {
        let count = self.count.map(|count| view! { <span class="count">{count}</span> });
        let content = content.into_any();
        view! {
            <section class="card">
                <div class="card-head"><h2>{self.title}</h2>{count}{self.aside}</div>
                {content}
            </section>
        }
        .into_any()
    }

    /// The card with a sentence in place of content.
    pub(crate) fn saying(self, sentence: impl Into<String>) -> AnyView {
        let sentence = sentence.into();
        self.holding(view! { <p class="card-body text muted">{sentence}</p> })
    }
}
