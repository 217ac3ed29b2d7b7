//! Parts of a page that looks again by itself: each follows what is shown, and is drawn anew when something of its own has changed.
//!
//! Rule: a part that somebody is at work in stays as it is, whatever has changed: what is typed, what is open, and where the focus is are
//! the reader's. Drawing anew puts new elements in the place of the old ones, so that none of it would outlive it.

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::data::Fetched;
use crate::markup::{changing, div, nothing};

/// What the page shows, as it came: each part reads of it what it needs, so that there is one type of all that follows it.
pub(crate) type Shown = Memo<Option<Fetched>>;

type Draw = Arc<dyn Fn(&Value) -> Option<AnyView> + Send + Sync>;

/// Draws a part of what is shown, which looks at these fields of it, or without any at all of it; nothing where there is nothing to draw.
pub(crate) fn part<T: DeserializeOwned + 'static>(
    shown: Shown,
    fields: &'static [&'static str],
    draw: fn(&T) -> Option<AnyView>,
) -> AnyView {
    let kept = kept(shown, fields, None);
    placed(None, kept, Arc::new(move |shown| draw(&portico_api_types::read(shown).ok()?)))
}

/// The same for a part that is filled in. `id` is its own on the page.
pub(crate) fn form_part<T: DeserializeOwned + 'static>(
    id: &'static str,
    shown: Shown,
    fields: &'static [&'static str],
    draw: impl Fn(&T) -> Option<AnyView> + Send + Sync + 'static,
) -> AnyView {
    let form = Form { id, is_touched: RwSignal::new(false) };
    let kept = kept(shown, fields, Some(form));
    placed(Some(form), kept, Arc::new(move |shown| draw(&portico_api_types::read(shown).ok()?)))
}

/// A part that is filled in.
#[derive(Clone, Copy)]
struct Form {
    id: &'static str,
    is_touched: RwSignal<bool>,
}

/// What a part shows: what is shown, where that would make it another and nobody is at work in it.
fn kept(shown: Shown, fields: &'static [&'static str], form: Option<Form>) -> Shown {
    Memo::new(move |before: Option<&Option<Fetched>>| match (before, shown.get()) {
        (Some(Some(Ok(before))), Some(Ok(now))) => {
            let is_same = match fields {
                [] => *before == now,
                fields => fields.iter().all(|field| before[*field] == now[*field]),
            };
            let is_held = |form: Form| form.is_touched.get_untracked() || is_in_use(form.id);
            Some(Ok(if is_same || form.is_some_and(is_held) { before.clone() } else { now }))
        }
        (_, now) => now,
    })
}

fn placed(form: Option<Form>, kept: Shown, draw: Draw) -> AnyView {
    changing(move || {
        let drawn = kept.with(|kept| draw(kept.as_ref()?.as_ref().ok()?));
        match (drawn, form) {
            (None, _) => nothing(),
            (Some(drawn), None) => drawn,
            (Some(drawn), Some(form)) => {
                div("").attr("id", form.id).on(ev::input, move |_| form.is_touched.set(true)).child(drawn).view()
            }
        }
    })
}

/// Whether somebody is at work in an element of the page: the focus is in it, or something in it is open.
fn is_in_use(id: &str) -> bool {
    // Only in the browser is somebody there.
    cfg!(target_arch = "wasm32")
        && document()
            .query_selector(&format!("#{id} :is(:focus, details[open], .dialog:popover-open)"))
            .is_ok_and(|used| used.is_some())
}
