//! Texts of values: what a value looks like inside of a text, and as JSON.
//!
//! Rule: every piece is paid for before it is written, since a value may hold another one a million times.

use minijinja::{Error, State, Value};

use crate::value::{View, kind, pay, refuse, view};

/// What is said of an object in a text.
pub(crate) const NO_TEXT: &str = "an object has no text; name one of its members, or write `| dump`";

/// What Backstage writes for one.
pub(crate) const OBJECT: &str = "[object Object]";

/// A text in the making.
pub(crate) struct Writer<'s, 'a, 'b> {
    state: &'s State<'a, 'b>,
    out: String,
}

impl<'s, 'a, 'b> Writer<'s, 'a, 'b> {
    pub(crate) fn new(state: &'s State<'a, 'b>) -> Writer<'s, 'a, 'b> {
        Writer { state, out: String::new() }
    }

    pub(crate) fn push(&mut self, text: &str) -> Result<(), Error> {
        // Twice: what is full is copied to a place of double the size.
        pay(self.state, 0, text.len().saturating_mul(2).saturating_add(16))?;
        self.out.push_str(text);
        Ok(())
    }

    pub(crate) fn repeat(&mut self, text: &str, times: usize) -> Result<(), Error> {
        pay(self.state, 0, text.len().saturating_mul(times).saturating_mul(2))?;
        (0..times).for_each(|_| self.out.push_str(text));
        Ok(())
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// A value as it comes out: nothing and null are empty, the items of a list stand between commas.
    pub(crate) fn value(&mut self, value: &Value) -> Result<(), Error> {
        pay(self.state, 1, 0)?;
        match view(value) {
            View::Undefined | View::Null => Ok(()),
            View::Bool(bool) => self.push(if bool { "true" } else { "false" }),
            View::Number(number) => self.push(&number_text(value, number)),
            View::Text(text) => self.push(text),
            View::List(list) => {
                for (place, item) in list.items.iter().enumerate() {
                    if place > 0 {
                        self.push(",")?;
                    }
                    self.value(item)?;
                }
                Ok(())
            }
            View::Map(_) => refuse(NO_TEXT),
            View::Pattern(_) | View::Foreign => {
                refuse(format!("{} has no text; call it, or take a part of it", kind(value)))
            }
        }
    }

    /// A value as JSON, each level moved in by `indent`; on one line if that is empty.
    pub(crate) fn json(&mut self, value: &Value, indent: &str, level: usize) -> Result<(), Error> {
        pay(self.state, 1, 0)?;
        match view(value) {
            View::Undefined | View::Null => self.push("null"),
            View::Text(text) => self.quoted(text),
            View::List(list) if list.items.is_empty() => self.push("[]"),
            View::List(list) => {
                for (place, item) in list.items.iter().enumerate() {
                    self.push(if place > 0 { "," } else { "[" })?;
                    self.line(indent, level + 1)?;
                    self.json(item, indent, level + 1)?;
                }
                self.line(indent, level)?;
                self.push("]")
            }
            View::Map(map) => {
                let mut first = true;
                for (key, value) in map.entries.iter().filter(|(_, value)| !value.is_undefined()) {
                    self.push(if first { "{" } else { "," })?;
                    first = false;
                    self.line(indent, level + 1)?;
                    self.quoted(key)?;
                    self.push(if indent.is_empty() { ":" } else { ": " })?;
                    self.json(value, indent, level + 1)?;
                }
                if first {
                    return self.push("{}");
                }
                self.line(indent, level)?;
                self.push("}")
            }
            _ => self.value(value),
        }
    }

    fn line(&mut self, indent: &str, level: usize) -> Result<(), Error> {
        if indent.is_empty() {
            return Ok(());
        }
        self.push("\n")?;
        self.repeat(indent, level)
    }

    fn quoted(&mut self, text: &str) -> Result<(), Error> {
        pay(self.state, 0, text.len())?;
        self.push(&serde_json::Value::from(text).to_string())
    }
}

/// A value as it comes out in a text.
pub(crate) fn text(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    let mut writer = Writer::new(state);
    writer.value(value)?;
    Ok(writer.finish())
}

/// A number as JavaScript writes it.
fn number_text(value: &Value, number: f64) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    if number != 0.0 && !(1e-6..1e21).contains(&number.abs()) {
        let text = format!("{number:e}");
        return if text.contains("e-") { text } else { text.replace('e', "e+") };
    }
    format!("{number}")
}
