//! What a scalar stands for, by the core schema of YAML 1.2 (§10.3.2).
//!
//! Rule: only plain scalars stand for anything but text. `yes`, `on`, `012` as octal and the like belong to YAML 1.1
//! and are texts, or decimal numbers.

use serde_json::{Number, Value};

/// What a scalar says, or why JSON cannot hold it.
pub(super) type Resolved = Result<Value, String>;

/// Resolves a plain scalar without a tag.
pub(super) fn plain(text: &str) -> Resolved {
    // Most scalars are words; a look at the first byte settles those.
    match text.as_bytes().first() {
        None => Ok(Value::Null),
        Some(b'~' | b'n' | b'N') if is_null(text) => Ok(Value::Null),
        Some(b't' | b'T' | b'f' | b'F') => Ok(boolean(text).map_or_else(|| Value::from(text), Value::Bool)),
        Some(b'0'..=b'9' | b'-' | b'+' | b'.') => number(text).unwrap_or_else(|| Ok(Value::from(text))),
        _ => Ok(Value::from(text)),
    }
}

/// Resolves a scalar under a tag of the core schema.
pub(super) fn tagged(tag: &str, text: &str) -> Resolved {
    let value = match tag {
        "null" => is_null(text).then_some(Value::Null),
        "bool" => boolean(text).map(Value::Bool),
        "int" => number(text).transpose()?.filter(|value| value.is_i64() || value.is_u64()),
        "float" => number(text).transpose()?,
        "seq" | "map" => None,
        // Other types have no form in JSON but their text.
        _ => Some(Value::from(text)),
    };
    value.ok_or_else(|| format!("{} is not what its tag `!!{tag}` says. Remove the tag.", crate::text::shown(text)))
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// The number that `text` is, if it is one.
fn number(text: &str) -> Option<Resolved> {
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16, |digit| digit.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8, |digit| (b'0'..=b'7').contains(&digit));
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Err(unholdable(text)));
    }
    if is_digits(unsigned) {
        let text = text.strip_prefix('+').unwrap_or(text);
        let whole = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
        return Some(whole.or_else(|_| float(text)));
    }
    is_float(unsigned).then(|| float(text))
}

fn radix(digits: &str, radix: u32, is_digit: fn(u8) -> bool) -> Option<Resolved> {
    if digits.is_empty() || !digits.bytes().all(is_digit) {
        return None;
    }
    Some(u64::from_str_radix(digits, radix).map(Value::from).map_err(|_| unholdable(digits)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `12.`, `.5`, `1.5`, each with an exponent or not, or digits with an exponent.
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let is_mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, fraction)) => is_digits(whole) && (fraction.is_empty() || is_digits(fraction)),
        None => is_digits(mantissa),
    };
    is_mantissa && exponent.is_none_or(is_digits)
}

/// A number with a fraction. Whole ones are held as whole numbers, so that `1.0` reads back as `1` as it does for the
/// JavaScript clients of the format.
fn float(text: &str) -> Resolved {
    /// Beyond this, neighbouring whole numbers are no longer told apart.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    let value: f64 = text.parse().map_err(|_| unholdable(text))?;
    if value.fract() == 0.0 && value.abs() <= WHOLE {
        return Ok(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number).ok_or_else(|| unholdable(text))
}

fn unholdable(text: &str) -> String {
    format!("{} is a number that JSON cannot hold. Put it in quotes to keep it as text.", crate::text::shown(text))
}
