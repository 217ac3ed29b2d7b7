//! Templates and what they made: the gallery, all runs, one run, the actions that templates can name, and the editor.
//!
//! Rule: what runs a template makes is a task in code and addresses; people read "run". The pages here are in the part `create` of the client,
//! those for who writes templates, the actions and the editor, in the part `author`, and the page that fills one in in the part `fill`.

mod actions;
mod approval;
mod edit;
mod fill;
mod gallery;
mod inputs;
mod outcome;
mod schema;
mod steps;
mod task;
mod task_log;
mod tasks;
mod trial;

use std::sync::Arc;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use portico_model::EntityRef;

pub(crate) use actions::ActionsPage;
pub(crate) use edit::EditPage;
pub(crate) use fill::FillPage;
pub(crate) use gallery::CreatePage;
pub(crate) use task::TaskPage;
pub(crate) use tasks::TasksPage;

use crate::api::encode;
use crate::components::icon;
use crate::markup::{El, div, el, link};

/// As in the catalog: between two letters of a word nothing is asked.
const PAUSE: Duration = Duration::from_millis(180);

/// The page on which a template is filled in.
pub(crate) fn template_href(template: &EntityRef) -> String {
    format!("/create/templates/{}/{}", encode(template.namespace()), encode(template.name()))
}

/// The page of a task.
fn task_href(id: &str) -> String {
    format!("/create/tasks/{}", encode(id))
}

/// Goes to an address in the place of the one that is shown, once the last key was a moment ago.
#[derive(Clone)]
struct Typed(Arc<dyn Fn(String) + Send + Sync>);

impl Typed {
    fn new() -> Typed {
        let navigate = use_navigate();
        let pending = StoredValue::new(None::<TimeoutHandle>);
        on_cleanup(move || {
            if let Some(Some(timer)) = pending.try_get_value() {
                timer.clear();
            }
        });
        Typed(Arc::new(move |address| {
            if let Some(timer) = pending.get_value() {
                timer.clear();
            }
            let navigate = navigate.clone();
            let answer = move || {
                navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
            };
            pending.set_value(set_timeout_with_handle(answer, PAUSE).ok());
        }))
    }

    fn go(&self, address: String) {
        (self.0)(address);
    }
}

/// A field for words that narrow what is shown.
fn search_field(label: &str, words: &str) -> El {
    el("input")
        .class("input")
        .attr("name", "q")
        .attr("type", "search")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("aria-label", label)
        .attr("placeholder", label)
        .attr("value", words)
}

/// The field with its glyph.
fn searched(field: El) -> El {
    div("input-wrap search-words").child(icon("search")).child(field)
}

/// One of the choices above a list.
fn chip(text: &str, count: Option<usize>, href: String, is_chosen: bool) -> El {
    let count = count.map(|count| el("span").class("count").child(format!(" {count}")));
    link("chip", href).attr_some("aria-current", is_chosen.then_some("true")).child(text).child(count)
}

/// Whether a text holds every one of some words, without regard to case.
fn holds(text: &str, words: &str) -> bool {
    let text = text.to_lowercase();
    words.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
}
