//! A place with nothing in it, which says why and what to do next.

use leptos::prelude::*;

/// Nothing here, and what to do about it.
pub(crate) fn empty(
    title: impl Into<String>,
    explanation: impl Into<String>,
    next: Option<(String, String)>,
) -> AnyView {
    let (title, explanation) = (title.into(), explanation.into());
    let next =
        next.map(|(text, href)| view! { <div class="row"><a class="btn" data-size="sm" href=href>{text}</a></div> });
    view! { <div class="empty">{pillars()} <b>{title}</b> <p>{explanation}</p> {next}</div> }.into_any()
}

/// The same as a card of its own.
pub(crate) fn empty_card(
    title: impl Into<String>,
    explanation: impl Into<String>,
    next: Option<(String, String)>,
) -> AnyView {
    view! { <section class="card">{empty(title, explanation, next)}</section> }.into_any()
}

/// Where to go from an empty place.
pub(crate) fn next(text: impl Into<String>, href: impl Into<String>) -> Option<(String, String)> {
    Some((text.into(), href.into()))
}

/// The portal's own mark.
pub(crate) fn pillars() -> impl IntoView {
    view! {
        <svg class="brand" viewBox="0 0 22 22" aria-hidden="true">
            <use href="/assets/icons.svg#brand"></use>
        </svg>
    }
}
