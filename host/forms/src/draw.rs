//! Controls: how the field of a plan is filled in, and what stands in it.
//!
//! Rule: what a field is as JSON Schema, all forms of the portal know in one place (`portico_api_types::form`); here is only what templates
//! say beside that.

use portico_api_types::form::{self, Control};
use portico_api_types::template_form::{FormControl, FormOption, FormText, INPUT};
use serde_json::Value;

use crate::picker::Picker;
use crate::plan::{Plan, Shape};
use crate::words;

/// Lines of a text, where nothing is said.
const ROWS: u64 = 4;

/// What is filled in is called after its place.
pub(crate) fn name(pointer: &str) -> String {
    format!("{INPUT}{pointer}")
}

impl Plan<'_> {
    /// Whether what stands in it can be changed.
    pub(crate) fn is_open(&self) -> bool {
        let is_closed = words::is_said(&self.schema, "readonly")
            || words::is_said(&self.schema, "disabled")
            || self.schema["readOnly"] == Value::Bool(true);
        !is_closed
    }

    /// What stands in the field for a value, as its control would say it back. Of a secret, nothing.
    pub(crate) fn texts(&self, value: Option<&Value>) -> Vec<String> {
        match &self.shape {
            Shape::Group(_) | Shape::List(_) | Shape::Picker(Picker::Hidden | Picker::Nothing | Picker::Secret) => {
                Vec::new()
            }
            Shape::Picker(picker) if picker.is_list() => match value {
                Some(Value::Array(items)) => items.iter().map(text).collect(),
                other => other.map(text).into_iter().collect(),
            },
            Shape::Picker(_) => vec![value.map(text).unwrap_or_default()],
            Shape::Plain => {
                let field = self.plain();
                match value {
                    None => field.nothing(),
                    Some(value) if self.is_radio(&field.control) => vec![text(value)],
                    Some(value) => field.shows(Some(value)).unwrap_or_else(|| vec![text(value)]),
                }
            }
        }
    }

    /// Whether yes and no are chosen between, where others have a box.
    fn is_radio(&self, control: &Control) -> bool {
        *control == Control::Truth && matches!(words::text(&self.schema, "widget"), Some("radio" | "select"))
    }

    /// The control of a field that is no group, no list, and no field of its own.
    pub(crate) fn control(&self, texts: &[String]) -> FormControl {
        let field = self.plain();
        if self.is_radio(&field.control) {
            return self.choice(&self.yes_or_no(), texts);
        }
        match &field.control {
            // What stands there is of another shape than the field has.
            Control::Json => FormControl::Json,
            Control::Text | Control::Lines => FormControl::Text(self.text(&field, texts)),
            Control::Number { is_whole } => {
                let bound = |word: &str| self.schema[word].as_f64();
                let (least, most, step) = (bound("minimum"), bound("maximum"), bound("multipleOf"));
                FormControl::Number { is_whole: *is_whole, least, most, step }
            }
            Control::Truth => FormControl::Truth,
            Control::Choice(choices) => self.choice(choices, texts),
            Control::Choices(choices) => FormControl::Choices { options: self.options(choices) },
            Control::Fixed(_) => FormControl::Fixed,
        }
    }

    fn yes_or_no(&self) -> Vec<form::Choice> {
        let named = |value: bool, at: usize, plain: &str| {
            let of_branch =
                self.schema["oneOf"].as_array().into_iter().flatten().find(|one| one["const"] == Value::Bool(value));
            let names = words::hint(&self.schema, "enumNames").or_else(|| self.schema.get("enumNames"));
            let title = of_branch.and_then(|branch| branch["title"].as_str()).or_else(|| names?[at].as_str());
            form::Choice { value: value.into(), text: value.to_string(), title: title.unwrap_or(plain).to_owned() }
        };
        vec![named(true, 0, "Yes"), named(false, 1, "No")]
    }

    fn choice(&self, choices: &[form::Choice], texts: &[String]) -> FormControl {
        let mut options = self.options(choices);
        // What stands there and is none of them is offered as well, so that it does not go by being looked at.
        let other = texts.first().filter(|text| !text.is_empty() && options.iter().all(|option| option.text != **text));
        options.extend(other.map(|text| FormOption { text: text.clone(), title: text.clone(), is_disabled: false }));
        FormControl::Choice { options, is_radio: words::text(&self.schema, "widget") == Some("radio") }
    }

    fn options(&self, choices: &[form::Choice]) -> Vec<FormOption> {
        let disabled = words::hint(&self.schema, "enumDisabled").and_then(Value::as_array);
        let is_disabled = |choice: &form::Choice| disabled.is_some_and(|all| all.contains(&choice.value));
        let option = |choice: &form::Choice| FormOption {
            text: choice.text.clone(),
            title: choice.title.clone(),
            is_disabled: is_disabled(choice),
        };
        choices.iter().map(option).collect()
    }

    fn text(&self, field: &form::Field<'_>, texts: &[String]) -> FormText {
        let schema = &self.schema;
        let bound = |word: &str| schema[word].as_u64();
        let has_lines = field.control == Control::Lines
            || words::text(schema, "widget") == Some("textarea")
            || words::hint(schema, "multiline") == Some(&Value::Bool(true))
            || texts.iter().any(|text| text.contains('\n'));
        let rows = words::hint(schema, "rows").and_then(Value::as_u64).filter(|rows| *rows > 0);
        let widget = match words::text(schema, "widget") {
            Some("password") => Some("password"),
            Some("color") => Some("color"),
            Some("email") => Some("email"),
            Some("uri") => Some("uri"),
            Some("date") => Some("date"),
            Some("date-time") => Some("date-time"),
            _ => schema["format"].as_str(),
        };
        FormText {
            format: widget.filter(|_| !has_lines).map(str::to_owned),
            rows: has_lines.then(|| rows.unwrap_or(ROWS).min(40)),
            min_length: bound("minLength"),
            max_length: bound("maxLength"),
            pattern: schema["pattern"].as_str().map(str::to_owned),
            suggestions: schema["examples"].as_array().into_iter().flatten().map(text).collect(),
        }
    }
}

/// A value as one text.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
