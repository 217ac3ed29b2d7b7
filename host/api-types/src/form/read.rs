//! Which value the texts of a field are.

use serde_json::{Number, Value};

use super::{Control, Field, types};

impl Field<'_> {
    /// The value that a form says; none if the property is left out. A browser says nothing for a box that is not ticked, and an empty
    /// text for most that was not filled in.
    pub fn read(&self, said: &[String]) -> Option<Value> {
        let said: Vec<&str> = said.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        match (&self.control, said.as_slice()) {
            (Control::Fixed(value), _) => Some(value.clone()),
            (Control::Truth, []) => self.not_ticked(),
            (Control::Truth, _) => Some(Value::Bool(true)),
            (Control::Choices(_), said) => self.list(said.iter().map(|text| self.value(text)).collect()),
            (Control::Lines, said) => {
                let lines = said.iter().flat_map(|text| text.lines()).map(str::trim).filter(|line| !line.is_empty());
                self.list(lines.map(|line| scalar(line, &types(self.items))).collect())
            }
            (_, []) => self.empty(),
            (_, [text, ..]) => Some(self.value(text)),
        }
    }

    /// False, unless only a tick is right.
    fn not_ticked(&self) -> Option<Value> {
        let is_agreement = self.schema.get("const") == Some(&Value::Bool(true));
        (self.is_required || !is_agreement).then_some(Value::Bool(false))
    }

    /// A list. One that nothing was put into is left out, unless it would be something else without a word.
    fn list(&self, list: Vec<Value>) -> Option<Value> {
        let is_said = !list.is_empty() || self.is_required || self.said("default").is_some();
        is_said.then_some(Value::Array(list))
    }

    fn value(&self, text: &str) -> Value {
        match &self.control {
            Control::Choice(choices) | Control::Choices(choices) => {
                let chosen = choices.iter().find(|choice| choice.text == text);
                chosen.map_or_else(|| Value::from(text), |choice| choice.value.clone())
            }
            Control::Json => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
            Control::Number { .. } => scalar(text, &types(self.schema)),
            _ => match self.word("format") {
                Some("date-time") => Value::from(zoned(text, text.find(['T', ' ']).map_or(0, |at| at + 1))),
                Some("time") => Value::from(zoned(text, 0)),
                _ => scalar(text, &types(self.schema)),
            },
        }
    }
}

/// A text as the first of these types that it can be. Without any it is a text.
fn scalar(text: &str, types: &[&str]) -> Value {
    let takes = |sort: &str| types.contains(&sort);
    let trimmed = text.trim();
    let number = || number(trimmed, takes("integer") && !takes("number"));
    let truth = || trimmed.parse().ok().map(Value::Bool);
    let read = (takes("integer") || takes("number")).then(number).flatten();
    read.or_else(|| takes("boolean").then(truth).flatten()).unwrap_or_else(|| Value::from(text))
}

/// A number as browsers write it: `.5` is one, and `1e3` is whole.
fn number(text: &str, is_whole: bool) -> Option<Value> {
    /// Below it all whole numbers are exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let text = match text.strip_prefix('-') {
        Some(rest) if rest.starts_with('.') => format!("-0{rest}"),
        None if text.starts_with('.') => format!("0{text}"),
        _ => text.to_owned(),
    };
    let number: Number = serde_json::from_str(&text).ok()?;
    let whole =
        number.as_f64().filter(|float| is_whole && number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT);
    let whole = whole.and_then(|float| float.to_string().parse::<i64>().ok());
    Some(Value::Number(whole.map_or(number, Number::from)))
}

/// A time with its seconds and its zone, which browsers do not ask for: fields are filled in in UTC. `clock` is where the hours begin.
fn zoned(text: &str, clock: usize) -> String {
    let hours = &text[clock..];
    if hours.contains(['Z', 'z', '+', '-']) || !hours.contains(':') {
        return text.to_owned();
    }
    let seconds = if hours.matches(':').count() == 1 { ":00" } else { "" };
    format!("{text}{seconds}Z")
}

/// A value as a form says it.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
