//! The last page: what was filled in, who has to approve it, what is typed last, and the button that runs it.

use leptos::prelude::*;
use portico_api_types::template_form::{FormField, ReviewEntry, ReviewPage};
use portico_api_types::{Approval, TemplateFormView};
use portico_model::EntityRef;

use super::filling::Filling;
use super::{FORM, go, title};
use crate::components::{Card, Titles, icon, owner_link};
use crate::markup::{El, div, el, span};
use crate::text::number::counted;

/// What is looked over, and what is typed.
pub(super) fn content(filling: &Filling, view: &TemplateFormView) -> Vec<El> {
    let said = "Nothing has happened so far. Look it over; it runs once you say so.";
    let head = div("").child(title("Review")).child(el("p").class("text muted").child(said));
    let is_secret = |entry: &ReviewEntry| view.secrets.iter().any(|secret| secret.pointer == entry.pointer);
    let pages = view.review.pages.iter().enumerate();
    let cards: Vec<AnyView> = pages.map(|(at, page)| card(at, page, &is_secret)).collect();
    let approval = view.approval.as_ref().map(|approval| approval_note(approval, &filling.titles));
    let drawing = filling.drawing(&view.secrets);
    let secrets: Vec<El> = view.secrets.iter().map(|field| drawing.secret(field)).collect();
    let tokens = view.tokens.iter().map(|name| token(name));
    let typed: Vec<El> = secrets.into_iter().chain(tokens).collect();
    let typed = (!typed.is_empty()).then(|| {
        let said = "They go to this run alone, and are kept nowhere.";
        let body =
            div("card-body stack").child(el("p").class("text muted").child(said)).child(div("fields").child(typed));
        el("div").child(Card::titled("Secrets").holding(body))
    });
    [Some(head), Some(div("stack").child(cards)), typed, approval].into_iter().flatten().collect()
}

fn card(at: usize, page: &ReviewPage, is_secret: &impl Fn(&ReviewEntry) -> bool) -> AnyView {
    let line = |entry: &ReviewEntry| {
        let value = match entry.texts.as_slice() {
            [] => span("subtle").child("not filled in"),
            _ if entry.is_masked => span("subtle").child("hidden"),
            [one] => span("break pre").child(one.as_str()),
            several => el("ul")
                .class("plain")
                .child(several.iter().map(|text| el("li").child(text.as_str())).collect::<Vec<_>>()),
        };
        div("review-line").child(el("dt").child(entry.titles.join(" › "))).child(el("dd").child(value))
    };
    let lines: Vec<El> = page.entries.iter().filter(|entry| !is_secret(entry)).map(line).collect();
    let change = go(&at.to_string()).attr("data-size", "sm").attr("aria-label", format!("Change {}", page.title));
    let card = Card::titled(page.title.as_str()).aside(div("push").child(change.child("Change")).view());
    match lines.is_empty() {
        true => card.saying("There was nothing to fill in."),
        false => card.holding(el("dl").class("review").child(lines)),
    }
}

fn approval_note(approval: &Approval, titles: &Titles) -> El {
    let by = approval.by.iter().filter_map(|by| EntityRef::parse(by).ok());
    let by: Vec<El> = by.map(|by| owner_link(&by, titles)).collect();
    let count = counted(u64::from(approval.count), "person", "people");
    let own = if approval.own { "" } else { " Somebody else than you has to." };
    let said = format!("{count} of these must approve it before it begins.{own}");
    let body = div("card-body stack").child(el("p").class("text").child(said)).child(div("row").child(by));
    el("div").child(Card::titled("Has to be approved").glyph(Some("clock")).holding(body))
}

fn token(name: &str) -> El {
    let id = format!("token-{name}");
    let input = el("input").class("input").attr("type", "password").attr("autocomplete", "off");
    let input = input.attr("id", id.as_str()).attr("name", format!("secret.{name}"));
    let hint = format!("{id}-hint");
    let said = "The repository is made in your name with it, where the template uses it.";
    let label = el("label").attr("for", id).child(format!("Your own token for the repository ({name})"));
    let said = div("hint").attr("id", hint.as_str()).child(el("p").child(said));
    div("field").child(label).child(input.attr("aria-describedby", hint)).child(said)
}

/// The way back, and the run.
pub(super) fn buttons(filling: &Filling, page: usize) -> El {
    let back = match page {
        0 => crate::markup::link("btn", "/create").child("Back"),
        _ => go("back").child("Back"),
    };
    let approved = filling.view.with_untracked(|view| view.approval.is_some());
    let text = if approved { "Ask for approval" } else { "Run" };
    let run = el("button").class("btn push").attr("type", "submit").attr("form", FORM).attr("name", "go");
    let run = run.attr("value", "run").attr("data-variant", "primary").child(icon("runs")).child(text);
    div("actionbar").child(back).child(run)
}

/// Whether a secret was asked for and is missing, told or not.
pub(super) fn wrong(secrets: &[FormField]) -> impl Iterator<Item = (String, String)> + '_ {
    secrets.iter().filter_map(|field| Some((field.pointer.clone(), field.error.clone()?)))
}
