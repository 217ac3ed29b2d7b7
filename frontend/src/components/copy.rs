//! Copies a text.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::icon::icon;
use crate::markup::el;

/// A button that copies a text and says so.
pub(crate) fn copy_button(text: String) -> AnyView {
    let said = RwSignal::new("Copy");
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            let copied = JsFuture::from(window().navigator().clipboard().write_text(&text)).await;
            said.try_set(if copied.is_ok() { "Copied" } else { "The browser did not allow it" });
        });
    };
    el("button")
        .class("btn needs-script")
        .attr("data-size", "sm")
        .attr("type", "button")
        .attr("aria-live", "polite")
        .on(ev::click, copy)
        .child(icon("copy"))
        .text_with(move || said.get().to_owned())
        .view()
}
