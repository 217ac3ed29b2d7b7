//! The sentence above the cards: what is wrong or under way, and what to do.

use leptos::prelude::*;

use super::Tone;
use super::icon::icon;

/// A banner with a sentence and what explains it.
#[component]
pub(crate) fn Banner(
    tone: Tone,
    #[prop(into)] title: String,
    /// What can be done, at the right.
    #[prop(optional)]
    actions: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    view! {
        <div class="banner" data-tone=tone.name() role=role>
            {icon(tone.glyph())}
            <div><b>{title}</b> {children()}</div>
            {actions.map(|actions| view! { <div class="row">{actions}</div> })}
        </div>
    }
    .into_any()
}
