//! Controls for what somebody else knows: entities, tags, repositories, and lists of plugins.
//!
//! Rule: lists are the browser's own, which everybody can use; what is in them the catalog says, anew as one types where it has more than a
//! list holds.

use leptos::prelude::*;
use portico_api_types::template_form::{FormControl, FormEntities, FormField, FormOption, FormPart, FormRepository};

use super::controls::standing;
use super::fields::{Drawing, asked, id, is_closed, show_button};
use super::offers::{ADDS, LISTS, SEARCHES};
use crate::markup::{El, changing, div, el, together};

impl Drawing {
    /// One entity.
    pub(super) fn entity(&self, field: &FormField, entities: &FormEntities) -> El {
        let offered = self.offered(field);
        let only = offered.items.first().filter(|_| entities.takes_only && offered.items.len() == 1 && offered.is_all);
        let text = match standing(field) {
            "" => only.map(|only| only.value.clone()).unwrap_or_default(),
            text => text.to_owned(),
        };
        if !entities.takes_others && offered.is_all {
            let mut options: Vec<FormOption> = offered
                .items
                .iter()
                .map(|offer| FormOption { text: offer.value.clone(), title: offer.label.clone(), is_disabled: false })
                .collect();
            if !text.is_empty() && options.iter().all(|option| option.text != text) {
                options.push(FormOption { text: text.clone(), title: text.clone(), is_disabled: false });
            }
            return self.select(&FormField { texts: vec![text], ..field.clone() }, &options);
        }
        let placeholder = field.placeholder.as_deref().unwrap_or("Type to search the catalog");
        let input = self
            .alone(field, el("input").class("input"))
            .attr("type", "text")
            .attr("autocomplete", "off")
            .attr("spellcheck", "false")
            .attr("list", format!("{}-list", id(field)))
            .attr(SEARCHES, field.pointer.as_str())
            .attr("placeholder", placeholder)
            .attr("value", text);
        el("div").child(input).child(self.suggestions(&format!("{}-list", id(field)), &field.pointer))
    }

    /// One of what a list offers, or whatever is typed.
    pub(super) fn listed(&self, field: &FormField, input: El) -> El {
        let named = format!("{}-list", id(field));
        let input = input.attr("spellcheck", "false").attr("list", named.as_str()).attr(LISTS, field.pointer.as_str());
        el("div").child(input).child(self.suggestions(&named, &field.pointer))
    }

    /// Several entities, or tags: those that were chosen, and room for one more.
    pub(super) fn entities(&self, field: &FormField) -> El {
        let offered = self.offered(field);
        let title = |text: &String| {
            let known = offered.items.iter().find(|offer| offer.value == *text);
            known.map_or_else(|| text.clone(), |offer| offer.label.clone())
        };
        let chosen = |text: &String| {
            let mark = el("input").attr("type", "checkbox").attr("value", text.as_str());
            el("label").class("check").child(self.named(field, mark).flag("checked", true)).child(title(text))
        };
        let chosen: Vec<El> = field.texts.iter().map(chosen).collect();
        let chosen = (!chosen.is_empty()).then(|| div("choices").child(chosen));
        let is_list = matches!(field.control, FormControl::Autocomplete { .. });
        let add = (!is_closed(field)).then(|| {
            let input = self
                .named(field, el("input").class("input grow"))
                .attr("type", "text")
                .attr("id", format!("{}-add", id(field)))
                .attr("autocomplete", "off")
                .attr("spellcheck", "false")
                .attr("list", format!("{}-list", id(field)))
                .attr(if is_list { LISTS } else { SEARCHES }, field.pointer.as_str())
                .flag(ADDS, true)
                .attr("aria-label", format!("Add to {}", field.title))
                .attr("placeholder", field.placeholder.as_deref().unwrap_or("Add one"));
            let list = self.suggestions(&format!("{}-list", id(field)), &field.pointer);
            div("row").child(input).child(show_button()).child(list)
        });
        self.grouped(field, [asked(field), chosen, add].into_iter().flatten().collect())
    }

    /// What is offered at a place, as the list of an input.
    fn suggestions(&self, named: &str, place: &str) -> El {
        let (offers, place) = (self.offers, place.to_owned());
        let options = changing(move || {
            let items = offers.with(|offers| offers.get(&place).cloned()).unwrap_or_default().items;
            together(items.into_iter().map(|offer| {
                el("option").attr("value", offer.value).attr("label", offer.label.clone()).child(offer.label).view()
            }))
        });
        el("datalist").attr("id", named).child(options)
    }

    fn offered(&self, field: &FormField) -> super::offers::Offered {
        self.offers.with_untracked(|offers| offers.get(&field.pointer).cloned()).unwrap_or_default()
    }

    /// The address of a repository, in its parts.
    pub(super) fn repository(&self, field: &FormField, repository: &FormRepository) -> El {
        let part = |part: &FormPart| {
            let id = format!("{}-{}", id(field), part.part);
            let label = el("label").attr("for", id.as_str()).child(called(&part.part));
            let wrong = format!("{}-wrong", super::fields::id(field));
            let control = match part.options.is_empty() {
                true => el("input")
                    .class("input")
                    .attr("type", "text")
                    .attr("autocomplete", "off")
                    .attr("value", &*part.text),
                false => el("select").class("input").child(options(part)),
            };
            // Hosts are few, and known by heart.
            let offered = (part.options.is_empty() && part.part != "host").then(|| format!("{id}-list"));
            let control = control.attr_some("list", offered.clone());
            let control = control.attr_some(LISTS, offered.as_ref().map(|_| part.name.clone()));
            let offered = offered.map(|list| self.suggestions(&list, &part.name));
            let named = FormField { name: part.name.clone(), ..field.clone() };
            let control = self.named(&named, control).attr("id", id).attr("aria-describedby", wrong);
            let control = match part.part.as_str() {
                "host" if part.options.is_empty() => control.attr("placeholder", "github.com"),
                _ => control,
            };
            div("field").child(label).child(control).child(offered)
        };
        let parts =
            div("tiles").attr("style", "--min:160px").child(repository.parts.iter().map(part).collect::<Vec<_>>());
        self.grouped(field, asked(field).into_iter().chain([parts]).collect())
    }
}

fn options(part: &FormPart) -> Vec<El> {
    let known = part.options.iter();
    let other = Some(&part.text).filter(|text| !text.is_empty() && !part.options.contains(text));
    let option = |text: &String| {
        el("option").attr("value", text.as_str()).flag("selected", *text == part.text).child(text.as_str())
    };
    let none = el("option").attr("value", "").flag("selected", part.text.is_empty()).child("Choose");
    std::iter::once(none).chain(known.chain(other).map(option)).collect()
}

/// What a part of an address is called.
fn called(part: &str) -> &str {
    match part {
        "host" => "Host",
        "owner" => "Owner",
        "repo" => "Repository",
        "organization" => "Organization",
        "workspace" => "Workspace",
        "project" => "Project",
        other => other,
    }
}
