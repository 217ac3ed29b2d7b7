//! What only a browser has: what stands in a form, where the focus is, and what it keeps.
//!
//! Rule: nothing here is called on the server, and nothing fails: what a browser does not give is not there.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, FormData, HtmlElement, HtmlFormElement, HtmlInputElement};

use super::offers::{ADDS, LISTS};

/// What stands in the form of an id: names and texts. What is being typed into a field that adds to a list is left out, unless it is done.
pub(super) fn pairs(form: &str, is_done: bool) -> Vec<(String, String)> {
    let Some(form) = element(form).and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else { return Vec::new() };
    let Ok(data) = FormData::new_with_form(&form) else { return Vec::new() };
    let typed = document().active_element().filter(|element| !is_done && element.has_attribute(ADDS));
    let typed = typed.and_then(|element| element.dyn_into::<HtmlInputElement>().ok());
    let mut pairs = Vec::new();
    for pair in js_sys::try_iter(&data).ok().flatten().into_iter().flatten().flatten() {
        let pair = js_sys::Array::from(&pair);
        if let (Some(name), Some(text)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            pairs.push((name, text));
        }
    }
    if let Some(typed) = typed {
        let (name, text) = (typed.name(), typed.value());
        // It stands behind those that were chosen.
        if let Some(at) = pairs.iter().rposition(|(known, value)| *known == name && *value == text) {
            pairs.remove(at);
        }
    }
    pairs.retain(|(name, _)| !matches!(name.as_str(), "answers" | "page" | "entity" | "go"));
    pairs
}

/// The element of an id.
pub(super) fn element(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

/// What an event happened to.
pub(super) fn target(event: &web_sys::Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// The place of the list that somebody is in.
pub(super) fn listing() -> Option<String> {
    document().active_element()?.get_attribute(LISTS)
}

/// Where somebody is at work: the element's id and what is selected in it.
#[derive(Clone, Debug)]
pub(super) struct Focus {
    id: String,
    selected: Option<(u32, u32)>,
}

/// Where the focus is.
pub(super) fn focus() -> Option<Focus> {
    let element = document().active_element()?;
    let id = Some(element.id()).filter(|id| !id.is_empty())?;
    let input = element.dyn_into::<HtmlInputElement>().ok();
    // Inputs for anything but text have none, and say so by failing.
    let selected = input.and_then(|input| {
        let (start, end) = (input.selection_start().ok().flatten()?, input.selection_end().ok().flatten()?);
        Some((start, end))
    });
    Some(Focus { id, selected })
}

impl Focus {
    /// Puts it back, once the page is drawn.
    pub(super) fn back(self) {
        let Some(element) = element(&self.id) else { return };
        if document().active_element().as_ref() == Some(&element) {
            return;
        }
        put(&element);
        if let (Some((start, end)), Some(input)) = (self.selected, element.dyn_ref::<HtmlInputElement>()) {
            let _ = input.set_selection_range(start, end);
        }
    }
}

/// Puts the focus on the first element that fits.
pub(super) fn focus_on(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        put(&element);
    }
}

fn put(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// Does something once the page is drawn anew.
pub(super) fn drawn(then: impl FnOnce() + 'static) {
    request_animation_frame(then);
}

/// The name and the value of the button that sends a form.
pub(super) fn pressed(event: &web_sys::SubmitEvent) -> Option<(String, String)> {
    let button = event.submitter()?;
    Some((button.get_attribute("name")?, button.get_attribute("value").unwrap_or_default()))
}

/// What the browser keeps under a name.
pub(super) fn kept(name: &str) -> Option<String> {
    storage()?.get_item(name).ok().flatten()
}

/// Has it keep something. Whether it does: it may be full, or be told to keep nothing.
pub(super) fn keep(name: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(name, text).is_ok())
}

/// Has it forget something.
pub(super) fn forget(name: &str) {
    if let Some(storage) = storage() {
        let _: Result<(), JsValue> = storage.remove_item(name);
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
