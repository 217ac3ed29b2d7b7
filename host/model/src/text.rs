//! Small things about texts and values that several modules say in the same way.
//!
//! Rule: nothing here knows what an entity is.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// Longer texts are cut in sentences: enough to recognise the value, little enough to read the sentence.
const SHOWN: usize = 60;

/// Lower case without regard to locale; borrowed where there is nothing to do.
pub fn lower(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        Cow::Owned(text.to_lowercase())
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether `text` in lower case is `lowered`, which is in lower case already.
pub(crate) fn is_lowered(text: &str, lowered: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(lowered) } else { text.to_lowercase() == lowered }
}

/// A value as a sentence names it: "the number 7", "an empty text".
pub fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("the truth value {flag}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) => shown(text),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

/// A text in backticks, cut to a length that a sentence bears, control characters made visible.
pub fn shown(text: &str) -> String {
    let mut out = String::from("`");
    for (count, sign) in text.chars().enumerate() {
        if count == SHOWN {
            out.push('…');
            break;
        }
        if sign.is_control() {
            out.extend(sign.escape_default());
        } else {
            out.push(sign);
        }
    }
    out.push('`');
    out
}

/// "a", "a or b", "a, b or c".
pub(crate) fn either<S: AsRef<str>>(choices: &[S]) -> String {
    let mut out = String::new();
    for (at, choice) in choices.iter().enumerate() {
        if at > 0 {
            out.push_str(if at + 1 == choices.len() { " or " } else { ", " });
        }
        out.push_str(choice.as_ref());
    }
    out
}

/// The choice that was probably meant: equal but for case and separators, else the nearest by at most a third of its
/// letters typed wrongly.
pub(crate) fn closest<'a>(written: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // An edit distance costs the product of the lengths; nothing that anyone misspells is longer.
    if written.is_empty() || written.len() > 64 {
        return None;
    }
    let plain = |text: &str| -> String {
        text.chars().filter(|sign| !matches!(sign, '-' | '_' | ' ' | '.')).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(written);
    choices
        .into_iter()
        .map(|choice| (strsim::osa_distance(&wanted, &plain(choice)), choice))
        .filter(|(distance, choice)| *distance <= (choice.chars().count() / 3).clamp(1, 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, choice)| choice)
}

/// A number as JavaScript writes it, which is how clients of the REST API compare it: `1`, not `1.0`.
pub(crate) fn number(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    let value = number.as_f64().unwrap_or_default();
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if (1e-6..1e21).contains(&size) {
        return value.to_string();
    }
    let scientific = format!("{value:e}");
    if size >= 1.0 { scientific.replacen('e', "e+", 1) } else { scientific }
}

/// One step of a JSON pointer, with `~` and `/` escaped.
pub(crate) fn pointer_step(path: &mut String, step: &str) {
    path.push('/');
    for sign in step.chars() {
        match sign {
            '~' => path.push_str("~0"),
            '/' => path.push_str("~1"),
            _ => path.push(sign),
        }
    }
}
