//! What stands in a field for a value.

use jiff::Timestamp;
use serde_json::Value;

use super::read::text;
use super::{Choice, Control, Field};

impl Field<'_> {
    /// What stands in the field, as a form would say it back: the value that there is, or else what its schema has for it. None if the
    /// field cannot show that value, and so must not ask for it.
    pub fn shows(&self, value: Option<&Value>) -> Option<Vec<String>> {
        match value {
            Some(value) => self.texts(value),
            None => {
                Some(self.said("default").and_then(|default| self.texts(default)).unwrap_or_else(|| self.nothing()))
            }
        }
    }

    /// As the browser says it of what is not filled in.
    pub fn nothing(&self) -> Vec<String> {
        match self.control {
            Control::Truth | Control::Choices(_) | Control::Fixed(_) => Vec::new(),
            _ => vec![String::new()],
        }
    }

    fn texts(&self, value: &Value) -> Option<Vec<String>> {
        if value.is_null() {
            return (self.takes_null && !matches!(self.control, Control::Json)).then(|| self.nothing());
        }
        match &self.control {
            Control::Fixed(fixed) => (fixed == value).then(Vec::new),
            Control::Truth => value.as_bool().map(|is_ticked| if is_ticked { vec![text(value)] } else { Vec::new() }),
            Control::Choice(choices) => Some(vec![chosen(choices, value)?.text.clone()]),
            Control::Choices(choices) => {
                let values = value.as_array()?;
                values.iter().try_for_each(|value| chosen(choices, value).map(drop))?;
                // Boxes stand in their order, and so are said.
                let ticked = choices.iter().filter(|choice| values.contains(&choice.value));
                Some(ticked.map(|choice| choice.text.clone()).collect())
            }
            Control::Lines => {
                let lines: Vec<String> = value.as_array()?.iter().map(text).collect();
                self.exactly(lines.join("\n"), value)
            }
            Control::Json => Some(vec![value.to_string()]),
            Control::Number { .. } => value.as_number().map(|number| vec![number.to_string()]),
            Control::Text => match self.word("format") {
                Some("date-time") => Some(vec![local(value.as_str()?)?]),
                Some("time") => Some(vec![local(&format!("2000-01-01T{}", value.as_str()?))?.split_off(11)]),
                _ => self.exactly(text(value), value),
            },
        }
    }

    /// A text that is read as the value again; any other would change it by being looked at. Browsers change the ends of lines, and
    /// pass over the first.
    fn exactly(&self, text: String, value: &Value) -> Option<Vec<String>> {
        let is_kept = !text.starts_with('\n') && !text.contains('\r');
        let is_empty_list = value.as_array().is_some_and(Vec::is_empty);
        let said = vec![text];
        (is_empty_list || is_kept && self.read(&said).as_ref() == Some(value)).then_some(said)
    }
}

fn chosen<'c>(choices: &'c [Choice], value: &Value) -> Option<&'c Choice> {
    choices.iter().find(|choice| choice.value == *value)
}

/// A time in UTC, as a field for times has it.
fn local(time: &str) -> Option<String> {
    /// What browsers take: three digits of a second.
    const LONGEST: usize = "2026-11-27T10:30:00.000".len();
    let time = time.parse::<Timestamp>().ok()?.to_string();
    time.strip_suffix('Z').filter(|time| time.len() <= LONGEST).map(str::to_owned)
}
