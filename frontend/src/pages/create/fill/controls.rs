//! Controls of fields: texts, numbers, boxes, and choices.

use portico_api_types::template_form::{FormControl, FormField, FormOption, FormText};

use super::fields::{Drawing, asked, hint, id, required};
use crate::markup::{El, div, el, textarea};

/// What stands in a control of one text.
pub(super) fn standing(field: &FormField) -> &str {
    field.texts.first().map(String::as_str).unwrap_or_default()
}

impl Drawing {
    /// The control of a field that has one, below its label.
    pub(super) fn control(&self, field: &FormField) -> El {
        match &field.control {
            FormControl::Text(text) => self.text(field, text),
            FormControl::Number { is_whole, least, most, .. } => self.number(field, *is_whole, *least, *most),
            FormControl::Choice { options, .. } => self.select(field, options),
            FormControl::Json => self.alone(field, textarea(standing(field)).class("input mono").attr("rows", "4")),
            FormControl::Fixed => self
                .alone(field, el("input").class("input"))
                .attr("type", "text")
                .flag("readonly", true)
                .attr("value", standing(field)),
            FormControl::Entities(entities) => self.entity(field, entities),
            FormControl::RepositoryOwner { owners, .. } if !owners.is_empty() => {
                let option =
                    |owner: &String| FormOption { text: owner.clone(), title: owner.clone(), is_disabled: false };
                self.select(field, &owners.iter().map(option).collect::<Vec<_>>())
            }
            FormControl::Branch { .. } | FormControl::RepositoryOwner { .. } | FormControl::Autocomplete { .. } => {
                self.listed(field, self.line(field, "text"))
            }
            _ => self.line(field, "text"),
        }
    }

    fn line(&self, field: &FormField, kind: &'static str) -> El {
        self.alone(field, el("input").class("input"))
            .attr("type", kind)
            .attr("autocomplete", "off")
            .attr_some("placeholder", field.placeholder.as_deref())
            .attr("value", standing(field))
    }

    fn text(&self, field: &FormField, text: &FormText) -> El {
        let most = text.max_length.map(|most| most.to_string());
        if let Some(rows) = text.rows {
            let area = textarea(standing(field)).class("input").attr("rows", rows.to_string());
            let area = area.attr_some("placeholder", field.placeholder.as_deref());
            return self.alone(field, area).attr_some("maxlength", most);
        }
        let (kind, step) = match text.format.as_deref() {
            Some("date") => ("date", None),
            Some("date-time") => ("datetime-local", Some("1")),
            Some("time") => ("time", Some("1")),
            Some("email") => ("email", None),
            Some("uri" | "url") => ("url", None),
            Some("color") => ("color", None),
            Some("password") => ("password", None),
            _ => ("text", None),
        };
        let line = self.line(field, kind).attr_some("step", step).attr_some("maxlength", most);
        if text.suggestions.is_empty() {
            return line;
        }
        let list = format!("{}-list", id(field));
        let option = |text: &String| el("option").attr("value", text.as_str());
        let options: Vec<El> = text.suggestions.iter().map(option).collect();
        let line = line.attr("list", list.as_str());
        el("div").child(line).child(el("datalist").attr("id", list).child(options))
    }

    fn number(&self, field: &FormField, is_whole: bool, least: Option<f64>, most: Option<f64>) -> El {
        self.line(field, "number")
            .attr("step", if is_whole { "1" } else { "any" })
            .attr("inputmode", if is_whole { "numeric" } else { "decimal" })
            .attr_some("min", least.map(|least| least.to_string()))
            .attr_some("max", most.map(|most| most.to_string()))
    }

    pub(super) fn select(&self, field: &FormField, options: &[FormOption]) -> El {
        let text = standing(field);
        let none = if field.is_required { "Choose" } else { "None" };
        let none = el("option").attr("value", "").flag("selected", text.is_empty()).child(none);
        let option = |option: &FormOption| {
            el("option")
                .attr("value", option.text.as_str())
                .flag("selected", option.text == text)
                .flag("disabled", option.is_disabled)
                .child(option.title.as_str())
        };
        let options: Vec<El> = options.iter().filter(|option| !option.text.is_empty()).map(option).collect();
        self.alone(field, el("select").class("input")).child(none).child(options)
    }

    pub(super) fn truth(&self, field: &FormField) -> El {
        let mark = el("input").attr("type", "checkbox").attr("value", "true");
        let mark = self.alone(field, mark).flag("checked", !standing(field).is_empty());
        // A box that has to be there need not be ticked.
        let mark = mark.attr("aria-required", "false");
        let label = el("label").class("check").child(mark).child(field.title.as_str());
        div("field").child(asked(field)).child(label).child(hint(field)).child(self.wrong(field))
    }

    pub(super) fn radios(&self, field: &FormField, options: &[FormOption]) -> El {
        let text = standing(field);
        let none = FormOption { text: String::new(), title: "None".to_owned(), is_disabled: false };
        let none = (!field.is_required).then_some(&none);
        let radio = |option: &FormOption| self.mark(field, option, "radio", option.text == text);
        let radios: Vec<El> = options.iter().chain(none).map(radio).collect();
        self.grouped(field, asked(field).into_iter().chain([div("choices").child(radios)]).collect())
    }

    pub(super) fn choices(&self, field: &FormField, options: &[FormOption]) -> El {
        let choice = |option: &FormOption| self.mark(field, option, "checkbox", field.texts.contains(&option.text));
        let choices: Vec<El> = options.iter().map(choice).collect();
        self.grouped(field, asked(field).into_iter().chain([div("choices").child(choices)]).collect())
    }

    /// One of the choices that stand in view.
    fn mark(&self, field: &FormField, option: &FormOption, kind: &'static str, is_chosen: bool) -> El {
        let mark = el("input").attr("type", kind).attr("value", option.text.as_str());
        let mark = self.named(field, mark).flag("checked", is_chosen).flag("disabled", option.is_disabled);
        el("label").class("check").child(mark).child(option.title.as_str())
    }

    /// The field of a secret, on the last page.
    pub(super) fn secret(&self, field: &FormField) -> El {
        let input = el("input").class("input").attr("type", "password").attr("autocomplete", "off");
        let label = el("label").attr("for", id(field)).child(field.title.as_str()).child(required(field));
        div("field")
            .child(asked(field))
            .child(label)
            .child(self.alone(field, input))
            .child(hint(field))
            .child(self.wrong(field))
    }
}
