//! The sentence above the cards: what is wrong or under way, and what to do.

use leptos::prelude::*;

use super::Tone;
use super::icon::icon;

/// A banner: a sentence, what explains it, and what can be done.
pub(crate) fn banner(
    tone: Tone,
    title: impl Into<String>,
    content: impl IntoView + 'static,
    actions: Option<AnyView>,
) -> AnyView {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    let title = title.into();
    let actions = actions.map(|actions| view! { <div class="row">{actions}</div> });
    let content = content.into_any();
    view! {
        <div class="banner" data-tone=tone.name() role=role>
            {icon(tone.glyph())} <div><b>{title}</b> {content}</div> {actions}
        </div>
    }
    .into_any()
}
