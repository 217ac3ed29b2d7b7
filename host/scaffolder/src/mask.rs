//! Secrets that must not be seen: wherever one stands in what is kept or shown, there stand asterisks in its place.
//!
//! Rule: in memory alone. A secret of one or two characters hides nothing, and hiding it would make every text unreadable.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// Shorter ones are none.
const SHORTEST: usize = 3;

/// In the place of a secret.
pub(crate) const MASK: &str = "***";

/// The secrets of a task.
#[derive(Clone, Default)]
pub(crate) struct Masks {
    /// The longest first, since one may be a part of another.
    hidden: Vec<String>,
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.hidden.len())
    }
}

impl Masks {
    /// Every text in the secrets that were given, as it is and as it stands in JSON and in addresses.
    pub(crate) fn new(secrets: &Map<String, Value>) -> Masks {
        let mut hidden = Vec::new();
        secrets.values().for_each(|secret| texts(secret, &mut hidden));
        hidden.retain(|text| text.chars().count() >= SHORTEST);
        let written: Vec<String> = hidden.iter().flat_map(|text| [in_json(text), in_address(text)]).collect();
        hidden.extend(written);
        hidden.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        hidden.dedup();
        Masks { hidden }
    }

    /// A text without secrets.
    pub(crate) fn text(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, secret| match text.contains(secret.as_str()) {
            true => text.replace(secret.as_str(), MASK),
            false => text,
        })
    }

    /// A value whose texts and keys are without secrets.
    pub(crate) fn value(&self, value: &Value) -> Value {
        if self.hidden.is_empty() {
            return value.clone();
        }
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(key, value)| (self.text(key), self.value(value))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            found.push(text.clone());
            // What tools print is seldom cut at the ends of lines.
            found.extend(text.lines().filter(|line| line.chars().count() >= 16).map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        Value::Number(number) => found.push(number.to_string()),
        Value::Null | Value::Bool(_) => {}
    }
}

fn in_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn in_address(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masks(secrets: Value) -> Masks {
        Masks::new(secrets.as_object().unwrap())
    }

    #[test]
    fn a_secret_is_masked_wherever_and_however_it_stands() {
        let masks = masks(json!({ "token": "s3cr\"t/x", "pin": 12345, "no": "ab", "list": ["inner-one"] }));
        for (text, expected) in [
            ("a s3cr\"t/x b", "a *** b"),
            (r#"{"a":"s3cr\"t/x"}"#, r#"{"a":"***"}"#),
            ("https://a.test/?t=s3cr%22t%2Fx", "https://a.test/?t=***"),
            ("12345 and inner-one", "*** and ***"),
            ("ab stays", "ab stays"),
        ] {
            assert_eq!(masks.text(text), expected);
        }
        assert_eq!(masks.value(&json!({ "inner-one": ["12345", 1] })), json!({ "***": ["***", 1] }));
        assert!(!format!("{masks:?}").contains("inner"));
    }

    #[test]
    fn the_longer_of_two_secrets_is_masked_whole() {
        assert_eq!(masks(json!({ "a": "abcd", "b": "abcdef" })).text("abcdef abcd"), "*** ***");
    }

    #[test]
    fn lines_of_a_key_are_masked_by_themselves() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqh\n-----END KEY-----";
        assert_eq!(masks(json!({ "key": key })).text("read MIIEvQIBADANBgkqh"), "read ***");
    }
}
