//! A form as it is being filled in: what the server says of it, which page is shown, and what is asked next.
//!
//! Rule: what somebody is at work in stays. An answer of the server draws the page anew only where other fields are on it than before, and
//! then the focus goes back to where it was; an answer to what has been changed since is passed over, since the next one is on its way.

use std::time::Duration;

use leptos::ev;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_api_types::template_form::{DO, FormField};
use portico_api_types::{TemplateFormAsk, TemplateFormView};
use portico_model::EntityRef;
use serde_json::json;

use super::draft::{self, Draft};
use super::fields::Drawing;
use super::offers::{self, ADDS, LISTS, Offers, SEARCHES};
use super::shape::{errors, first, shape};
use super::{FORM, Loaded, TITLE, browser};
use crate::api::{Api, encode};
use crate::components::Titles;
use crate::markup::El;

/// Between two letters of a word nothing is asked.
const REST: Duration = Duration::from_millis(250);

/// A form that is being filled in.
#[derive(Clone)]
pub(super) struct Filling {
    api: Api,
    /// The page's address, which takes the form.
    pub(super) address: String,
    /// Where the API has the form.
    asks: String,
    /// The name of its draft.
    pub(super) draft: String,
    pub(super) entity: Option<String>,
    pub(super) titles: Titles,
    pub(super) view: RwSignal<TemplateFormView>,
    /// The page that is shown; the one behind the last is the review.
    pub(super) page: RwSignal<usize>,
    /// Whether all that is wrong on it is said, touched or not.
    is_told: RwSignal<bool>,
    /// Changes when the page is drawn anew.
    pub(super) drawn: RwSignal<u32>,
    offers: RwSignal<Offers>,
    /// Whether a button was pressed and is not answered yet.
    pub(super) is_busy: RwSignal<bool>,
    pub(super) failure: RwSignal<Option<String>>,
    /// Whether the browser keeps what is filled in.
    pub(super) is_kept: RwSignal<bool>,
    /// Counts what was asked; an answer to anything but the last is passed over.
    turn: StoredValue<u32>,
    rest: StoredValue<Option<TimeoutHandle>>,
}

/// What is done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Nothing but showing it.
    Show,
    /// The page is drawn anew.
    Draw,
    /// The next page is shown, if this one is complete.
    Next,
    /// Another page is shown.
    Page(usize),
}

impl Filling {
    pub(super) fn of(loaded: Loaded) -> Filling {
        let reference = EntityRef::parse(&loaded.template.entity_ref).ok();
        let path = reference.map(|template| format!("{}/{}", encode(template.namespace()), encode(template.name())));
        let path = path.unwrap_or_default();
        let filled_in = loaded.filled_in;
        let filling = Filling {
            api: Api::from_context(),
            address: format!("/create/templates/{path}"),
            asks: format!("/api/portico/templates/{path}/form"),
            draft: draft::name(&loaded.template.entity_ref, filled_in.entity.as_deref()),
            entity: filled_in.entity,
            titles: loaded.titles,
            view: RwSignal::new(loaded.view),
            page: RwSignal::new(filled_in.page),
            is_told: RwSignal::new(filled_in.is_told),
            drawn: RwSignal::new(0),
            offers: RwSignal::new(loaded.offers),
            is_busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            is_kept: RwSignal::new(false),
            turn: StoredValue::new(0),
            rest: StoredValue::new(None),
        };
        let rest = filling.rest;
        on_cleanup(move || {
            if let Some(Some(timer)) = rest.try_get_value() {
                timer.clear();
            }
        });
        filling
    }

    /// What the fields of the page are drawn with.
    pub(super) fn drawing(&self, fields: &[FormField]) -> Drawing {
        let (view, page, told) = (self.view, self.page, self.is_told);
        let errors = Memo::new(move |_| view.with(|view| errors(view, page.get(), told.get())));
        let focus = match told.get_untracked() {
            true => errors.with_untracked(|errors| first(fields, &|field| errors.contains_key(&field.pointer))),
            false => first(fields, &|field| field.takes_focus),
        };
        Drawing { errors, offers: self.offers, focus }
    }

    /// What is wrong on the page and has no field to stand beside.
    pub(super) fn page_errors(&self) -> Memo<Vec<String>> {
        let (view, page, told) = (self.view, self.page, self.is_told);
        Memo::new(move |_| {
            let of_page = |view: &TemplateFormView| view.form.pages.get(page.get()).map(|page| page.errors.clone());
            if told.get() { view.with(of_page).unwrap_or_default() } else { Vec::new() }
        })
    }

    /// Has the form answer to whoever fills it in.
    pub(super) fn listening(&self, form: El) -> El {
        let (entering, typing) = (self.clone(), self.clone());
        let (changing, sending) = (self.clone(), self.clone());
        form.on(ev::focusin, move |event| entering.entered(&event))
            .on(ev::input, move |event| typing.typed(&event))
            .on(ev::change, move |event| changing.changed(&event))
            .on(ev::submit, move |event| sending.sent(&event))
    }

    fn is_review(&self) -> bool {
        let page = self.page.get_untracked();
        self.view.with_untracked(|view| page >= view.form.pages.len())
    }

    /// What a field may hold is asked for once somebody is in it: what it depends on may have changed.
    fn entered(&self, event: &web_sys::Event) {
        if let Some(place) = browser::target(event).and_then(|target| target.get_attribute(LISTS)) {
            self.search(place, String::new());
        }
    }

    fn typed(&self, event: &web_sys::Event) {
        let Some(target) = browser::target(event) else { return };
        if let Some(place) = target.get_attribute(SEARCHES) {
            self.search(place, event_target_value(event));
        }
        if !target.has_attribute(ADDS) {
            self.soon();
        }
    }

    /// What is added to a list is added once it is chosen.
    fn changed(&self, event: &web_sys::Event) {
        if browser::target(event).is_some_and(|target| target.has_attribute(ADDS)) && !self.is_review() {
            self.ask(browser::pairs(FORM, true), Then::Show);
        }
    }

    /// Asks once the last key was a moment ago.
    fn soon(&self) {
        // Secrets alone are typed there, which nobody is asked about.
        if self.is_review() {
            return;
        }
        self.hold();
        let filling = self.clone();
        let ask = move || filling.ask(browser::pairs(FORM, false), Then::Show);
        self.rest.set_value(set_timeout_with_handle(ask, REST).ok());
    }

    fn hold(&self) {
        if let Some(timer) = self.rest.get_value() {
            timer.clear();
        }
    }

    fn sent(&self, event: &web_sys::SubmitEvent) {
        let (name, value) = browser::pressed(event).unwrap_or_else(|| ("go".to_owned(), "next".to_owned()));
        if name == "go" && value == "run" {
            // The browser sends it, and the server answers with the run.
            self.hold();
            browser::forget(&self.draft);
            return;
        }
        event.prevent_default();
        if self.is_busy.get_untracked() {
            return;
        }
        let here = self.page.get_untracked();
        let then = match value.as_str() {
            _ if name == DO => Then::Draw,
            "next" => Then::Next,
            "back" => Then::Page(here.saturating_sub(1)),
            "stay" => Then::Draw,
            page => page.parse().map_or(Then::Draw, Then::Page),
        };
        if self.is_review() {
            let view = self.view.get_untracked();
            return self.turn_to(view, then);
        }
        let mut pairs = browser::pairs(FORM, true);
        if name == DO {
            pairs.push((name, value));
        }
        self.is_busy.set(true);
        self.ask(pairs, then);
    }

    /// Goes on with what was begun before.
    pub(super) fn go_on_with(&self, draft: Draft) {
        self.view.update(|view| view.answers = draft.answers);
        self.ask(Vec::new(), Then::Page(draft.page));
    }

    /// Asks the server what the form comes to.
    fn ask(&self, posted: Vec<(String, String)>, then: Then) {
        self.hold();
        let Some(answers) = self.view.try_with_untracked(|view| view.answers.clone()) else { return };
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        let ask = TemplateFormAsk { answers, posted, query: Vec::new(), entity: self.entity.clone() };
        let filling = self.clone();
        spawn_local(async move {
            let answer = filling.api.post::<TemplateFormView>(&filling.asks, &json!(ask)).await;
            // None if the reader has left.
            if filling.turn.try_get_value() != Some(turn) {
                return;
            }
            filling.is_busy.try_set(false);
            match answer {
                Ok(view) => {
                    filling.failure.try_set(None);
                    filling.take(view, then);
                }
                Err(error) => drop(filling.failure.try_set(Some(error.message))),
            }
        });
    }

    fn take(&self, view: TemplateFormView, then: Then) {
        let page = self.page.get_untracked();
        self.is_kept.set(Draft::of(&view, page).keep(&self.draft));
        if then != Then::Show {
            return self.turn_to(view, then);
        }
        let shape_of = |view: &TemplateFormView| view.form.pages.get(page).map(shape);
        let is_other = self.view.with_untracked(shape_of) != shape_of(&view);
        if is_other {
            return self.turn_to(view, Then::Draw);
        }
        let asked = |view: &TemplateFormView| view.form.pages.get(page).map(|page| offers::questions(&page.fields));
        let is_asked_anew = self.view.with_untracked(asked) != asked(&view);
        self.view.set(view);
        if is_asked_anew && let Some(place) = browser::listing() {
            self.search(place, String::new());
        }
    }

    /// Shows a page of an answer, once what the catalog offers for its fields is there.
    fn turn_to(&self, view: TemplateFormView, then: Then) {
        let here = self.page.get_untracked();
        let pages = &view.form.pages;
        let farthest = pages.iter().position(|page| !page.is_complete).unwrap_or(pages.len());
        let is_stopped = then == Then::Next && pages.get(here).is_some_and(|page| !page.is_complete);
        if is_stopped {
            self.view.set(view);
            self.is_told.set(true);
            self.drawn.update(|drawn| *drawn = drawn.wrapping_add(1));
            return browser::drawn(|| browser::focus_on(&format!("#{FORM} [aria-invalid=true]")));
        }
        let page = match then {
            Then::Show | Then::Draw => here,
            Then::Next => (here + 1).min(farthest),
            Then::Page(page) => page.min(farthest),
        };
        let filling = self.clone();
        spawn_local(async move {
            let fields = view.form.pages.get(page).map(|page| page.fields.as_slice()).unwrap_or_default();
            let Some(known) = filling.offers.try_get_untracked() else { return };
            let more = offers::fetch(&filling.api, fields, &known).await;
            filling.offers.try_update(|offers| offers.extend(more));
            filling.draw(view, page);
        });
    }

    fn draw(&self, view: TemplateFormView, page: usize) {
        let Some(here) = self.page.try_get_untracked() else { return };
        let focus = browser::focus();
        self.view.set(view);
        if page != here {
            self.is_told.set(false);
            self.page.set(page);
        }
        self.drawn.update(|drawn| *drawn = drawn.wrapping_add(1));
        browser::drawn(move || match page == here {
            true => drop(focus.map(browser::Focus::back)),
            false => {
                browser::focus_on(&format!("#{TITLE}"));
                browser::focus_on(&format!("#{FORM} [autofocus]"));
            }
        });
    }

    /// Looks for words among what a field offers.
    fn search(&self, place: String, words: String) {
        let page = self.page.get_untracked();
        let questions =
            self.view.with_untracked(|view| view.form.pages.get(page).map(|page| offers::questions(&page.fields)));
        let question = questions.unwrap_or_default().into_iter().find(|(known, _)| *known == place);
        let is_all = self.offers.with_untracked(|offers| offers.get(&place).is_some_and(|offered| offered.is_all));
        let Some((_, question)) = question.filter(|_| !is_all) else { return };
        let filling = self.clone();
        spawn_local(async move {
            if let Ok(offered) = question.ask(&filling.api, &words).await {
                filling.offers.try_update(|offers| offers.insert(place, offered));
            }
        });
    }
}
