//! Copies a text.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::icon::icon;

/// A button that copies a text and says so.
#[component]
pub(crate) fn CopyButton(text: String) -> impl IntoView {
    let said = RwSignal::new("Copy");
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            let copied = JsFuture::from(window().navigator().clipboard().write_text(&text)).await;
            said.try_set(if copied.is_ok() { "Copied" } else { "The browser did not allow it" });
        });
    };
    view! {
        <button class="btn needs-script" data-size="sm" type="button" aria-live="polite" on:click=copy>
            {icon("copy")} {move || said.get()}
        </button>
    }
}
