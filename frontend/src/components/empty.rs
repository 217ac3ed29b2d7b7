//! A place with nothing in it, which says why and what to do next.

use leptos::prelude::*;

/// Nothing here, and what to do about it.
#[component]
pub(crate) fn Empty(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <div class="empty">
            {pillars()} <b>{title}</b> {children()}
        </div>
    }
    .into_any()
}

/// The portal's own mark.
pub(crate) fn pillars() -> impl IntoView {
    view! {
        <svg class="brand" viewBox="0 0 22 22" aria-hidden="true">
            <use href="/assets/icons.svg#brand"></use>
        </svg>
    }
}
