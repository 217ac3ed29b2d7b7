//! Fields of a template's form, each with its label, what explains it, and what is wrong with it.
//!
//! Rule: the browser checks nothing by itself, since buttons of a form go back and add items as well; what is wrong the server says. An error
//! changes by itself, so that the element that somebody types in stays.

use std::collections::BTreeMap;

use leptos::prelude::*;
use portico_api_types::template_form::{ASKED, DO, FormAlternatives, FormControl, FormField, FormItem};

use super::offers::Offers;
use crate::api::encode;
use crate::cards::blocks;
use crate::components::{icon, icon_of, prose};
use crate::markup::{El, div, el, nothing, span, together};

/// What fields are drawn with.
#[derive(Clone)]
pub(super) struct Drawing {
    /// What is wrong, by the place of the field.
    pub(super) errors: Memo<BTreeMap<String, String>>,
    /// What the catalog offers, by the place of the field.
    pub(super) offers: RwSignal<Offers>,
    /// The field that takes the focus.
    pub(super) focus: Option<String>,
}

/// The id of the element of a field.
pub(super) fn id(field: &FormField) -> String {
    format!("f-{}", encode(&field.pointer))
}

impl Drawing {
    /// Fields, one below the other.
    pub(super) fn fields(&self, fields: &[FormField]) -> El {
        div("fields").child(fields.iter().filter_map(|field| self.field(field)).collect::<Vec<_>>())
    }

    /// A field; nothing where there is nothing to show.
    pub(super) fn field(&self, field: &FormField) -> Option<El> {
        Some(match &field.control {
            FormControl::Hidden => return None,
            FormControl::Group { fields } => self.group(field, fields),
            FormControl::List { items, can_add } => self.list(field, items, *can_add),
            FormControl::Secret { .. } => typed_later(field),
            FormControl::Truth => self.truth(field),
            FormControl::Choice { options, is_radio: true } => self.radios(field, options),
            FormControl::Choices { options } => self.choices(field, options),
            FormControl::Repository(repository) => self.repository(field, repository),
            FormControl::Entities(entities) if entities.is_several => self.entities(field),
            FormControl::Tags { .. } | FormControl::Autocomplete { is_several: true, .. } => self.entities(field),
            _ => self.labelled(field, self.control(field)),
        })
    }

    /// A control below its label.
    pub(super) fn labelled(&self, field: &FormField, control: El) -> El {
        let label = el("label").attr("for", id(field)).child(field.title.as_str()).child(required(field));
        div("field")
            .child(asked(field))
            .child(label)
            .child(alternatives(&field.alternatives))
            .child(control)
            .child(hint(field))
            .child(self.wrong(field))
    }

    /// Several controls that belong together, below what they are called.
    pub(super) fn grouped(&self, field: &FormField, content: Vec<El>) -> El {
        let legend = el("legend").child(field.title.as_str()).child(required(field));
        let explained = [hint(field).map(|_| format!("{}-hint", id(field))), Some(format!("{}-wrong", id(field)))];
        let explained: Vec<String> = explained.into_iter().flatten().collect();
        el("fieldset")
            .class("field")
            .attr("id", id(field))
            .attr("aria-describedby", explained.join(" "))
            .child(legend)
            .child(hint(field))
            .child(alternatives(&field.alternatives))
            .child(content)
            .child(self.wrong(field))
    }

    fn group(&self, field: &FormField, fields: &[FormField]) -> El {
        self.grouped(field, vec![div("nested").child(self.fields(fields))])
    }

    fn list(&self, field: &FormField, items: &[FormItem], can_add: bool) -> El {
        let count = items.len();
        let item = |(at, item): (usize, &FormItem)| {
            let pointer = &item.field.pointer;
            let named = format!("item {} of {count} of {}", at + 1, field.title);
            let button = |can: bool, word: &str, verb: &str, glyph| {
                let button = el("button").class("btn").attr("type", "submit").attr("data-variant", "quiet");
                let button = button.attr("data-size", "sm").flag("data-icon", true);
                let button = button.attr("name", DO).attr("value", format!("{word} {pointer}"));
                can.then(|| {
                    button.attr("aria-label", format!("{verb} {named}")).title(verb).child(icon_of(glyph, "14"))
                })
            };
            let moves = [
                button(item.can_go_up, "up", "Move up", "down"),
                button(item.can_go_down, "down", "Move down", "down"),
                button(item.can_remove, "remove", "Remove", "x"),
            ];
            let moves = div("row").attr("style", "--gap:0").child(moves.into_iter().flatten().collect::<Vec<_>>());
            let content = div("grow").child(self.field(&item.field));
            el("li").class("form-item").child(content).child(moves)
        };
        let items: Vec<El> = items.iter().enumerate().map(item).collect();
        let list = (!items.is_empty()).then(|| el("ol").class("form-items").child(items));
        let none = list.is_none().then(|| el("p").class("small muted").child("Nothing in it yet."));
        let add = can_add.then(|| {
            let button = el("button").class("btn").attr("type", "submit").attr("data-size", "sm").attr("name", DO);
            let button =
                button.attr("value", format!("add {}", field.pointer)).attr("id", format!("{}-add", id(field)));
            let button = button.attr("aria-label", format!("Add one to {}", field.title));
            el("div").child(button.child(icon("plus")).child("Add"))
        });
        let content = [list, none, add].into_iter().flatten().collect();
        self.grouped(field, content)
    }

    /// What every element has that is filled in.
    pub(super) fn named(&self, field: &FormField, element: El) -> El {
        let (errors, pointer) = (self.errors, field.pointer.clone());
        let invalid = move || errors.with(|errors| errors.contains_key(&pointer)).then(|| "true".to_owned());
        let element = element.attr("name", field.name.as_str()).attr_with("aria-invalid", invalid);
        let element = element.flag("autofocus", self.focus.as_ref() == Some(&field.pointer));
        let element = element.attr_some("aria-required", field.is_required.then_some("true"));
        if is_closed(field) { element.flag("disabled", true) } else { element }
    }

    /// The same for one that is all of the control.
    pub(super) fn alone(&self, field: &FormField, element: El) -> El {
        let hint = hint(field).map(|_| format!("{}-hint ", id(field))).unwrap_or_default();
        let element = self.named(field, element).attr("id", id(field));
        element.attr("aria-describedby", format!("{hint}{}-wrong", id(field)))
    }

    /// What is wrong with it, as soon as it is known.
    pub(super) fn wrong(&self, field: &FormField) -> El {
        let (errors, pointer) = (self.errors, field.pointer.clone());
        let said = move || match errors.with(|errors| errors.get(&pointer).cloned()) {
            Some(error) => together(prose(&error)),
            None => nothing(),
        };
        el("p").class("error").attr("id", format!("{}-wrong", id(field))).child_with(said)
    }
}

/// Whether it is shown and cannot be changed.
pub(super) fn is_closed(field: &FormField) -> bool {
    field.is_read_only || field.is_disabled
}

/// Says to the server that the field is asked for.
pub(super) fn asked(field: &FormField) -> Option<El> {
    (!is_closed(field))
        .then(|| el("input").attr("type", "hidden").attr("name", ASKED).attr("value", field.pointer.as_str()))
}

/// A mark for what has to be filled in; those who hear the page are told by the control.
pub(super) fn required(field: &FormField) -> Option<El> {
    let is_fixed = matches!(field.control, FormControl::Fixed);
    (field.is_required && !is_fixed).then(|| span("required").attr("aria-hidden", "true").child(" *"))
}

/// What it is for, how it is filled in, and what of its template is not acted upon.
pub(super) fn hint(field: &FormField) -> Option<El> {
    let manner = match &field.control {
        FormControl::Json => Some("As JSON."),
        FormControl::Text(text) if matches!(text.format.as_deref(), Some("date-time" | "time")) => Some("In UTC."),
        _ => None,
    };
    let remarks = field.remarks.iter().map(|remark| el("p").class("remark").child(prose(remark)));
    let parts: Vec<El> = [field.description.as_ref(), field.help.as_ref()]
        .into_iter()
        .flatten()
        .map(blocks)
        .chain(manner.map(|manner| el("p").child(manner)))
        .chain(remarks)
        .collect();
    (!parts.is_empty()).then(|| div("hint").attr("id", format!("{}-hint", id(field))).child(parts))
}

/// Alternatives that change which fields there are.
pub(super) fn alternatives(all: &[FormAlternatives]) -> Vec<El> {
    let one = |all: &FormAlternatives| {
        let option = |(at, title): (usize, &String)| {
            el("option").attr("value", at.to_string()).flag("selected", at == all.taken).child(title.as_str())
        };
        let options: Vec<El> = all.titles.iter().enumerate().map(option).collect();
        let select = el("select")
            .class("input grow")
            .attr("name", all.name.as_str())
            .attr("id", format!("f-{}", encode(&all.name)))
            .attr("aria-label", "Which of these it is")
            .child(options);
        div("row alternatives").child(select).child(show_button())
    };
    all.iter().map(one).collect()
}

/// Draws the page anew, where nothing does so by itself.
pub(super) fn show_button() -> El {
    let button = el("button").class("btn no-script").attr("type", "submit").attr("name", "go").attr("value", "stay");
    button.child("Show")
}

/// A secret has no field here: what is typed on a page travels with the answers.
fn typed_later(field: &FormField) -> El {
    let title = el("span").class("label").child(field.title.as_str()).child(required(field));
    let said =
        el("p").class("small muted").child("You type it on the last page, right before the run: it is kept nowhere.");
    div("field").attr("id", id(field)).child(title).child(said).child(hint(field))
}
