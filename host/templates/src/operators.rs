//! Operators: what `+`, `==`, `in`, `.name` and `[place]` come to, as JavaScript has it.
//!
//! Rule: where JavaScript would come to `NaN`, `undefined` as a text or `[object Object]`, there is a sentence instead.

use std::cmp::Ordering;

use minijinja::{Error, State, Value};

use crate::text::{Writer, text};
use crate::value::{View, kind, list, number, pay, refuse, view};

/// A sign between two values.
pub(crate) fn operate(state: &State<'_, '_>, sign: &str, left: &Value, right: &Value) -> Result<Value, Error> {
    Ok(match sign {
        "===" => Value::from(is_same(state, left, right)?),
        "!==" => Value::from(!is_same(state, left, right)?),
        "==" => Value::from(is_equal(state, left, right)?),
        "!=" => Value::from(!is_equal(state, left, right)?),
        "<" => Value::from(compare(left, right)? == Some(Ordering::Less)),
        ">" => Value::from(compare(left, right)? == Some(Ordering::Greater)),
        "<=" => Value::from(matches!(compare(left, right)?, Some(Ordering::Less | Ordering::Equal))),
        ">=" => Value::from(matches!(compare(left, right)?, Some(Ordering::Greater | Ordering::Equal))),
        "in" => Value::from(is_in(state, left, right)?),
        "~" => join(state, sign, left, right)?,
        "+" if is_textual(left) || is_textual(right) => join(state, sign, left, right)?,
        _ => arithmetic(sign, operand(sign, left)?, operand(sign, right)?)?,
    })
}

fn is_textual(value: &Value) -> bool {
    matches!(view(value), View::Text(_) | View::List(_) | View::Map(_))
}

fn join(state: &State<'_, '_>, sign: &str, left: &Value, right: &Value) -> Result<Value, Error> {
    let mut writer = Writer::new(state);
    for side in [left, right] {
        if side.is_undefined() || side.is_none() {
            let what = kind(side);
            return refuse(format!(
                "a side of `{sign}` is {what}; write `| default(\"\", true)` behind it if it may be"
            ));
        }
        writer.value(side)?;
    }
    Ok(Value::from(writer.finish()))
}

/// A number, or what JavaScript takes for one.
pub(crate) fn as_number(value: &Value) -> Option<f64> {
    match view(value) {
        View::Number(number) => Some(number),
        View::Bool(bool) => Some(f64::from(u8::from(bool))),
        View::Text(text) if text.trim().is_empty() => Some(0.0),
        View::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

fn operand(sign: &str, value: &Value) -> Result<f64, Error> {
    match as_number(value) {
        Some(number) => Ok(number),
        None => refuse(format!(
            "a side of `{sign}` is {}, and it takes numbers; a name with `-` in it is written in quotes, `values[\"my-name\"]`",
            kind(value)
        )),
    }
}

fn arithmetic(sign: &str, left: f64, right: f64) -> Result<Value, Error> {
    number(match sign {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "//" => (left / right).floor(),
        "%" => left % right,
        _ => left.powf(right),
    })
}

/// `-value`.
pub(crate) fn negative(value: &Value) -> Result<Value, Error> {
    number(-operand("-", value)?)
}

/// `===`.
pub(crate) fn is_same(state: &State<'_, '_>, left: &Value, right: &Value) -> Result<bool, Error> {
    Ok(match (view(left), view(right)) {
        (View::Undefined, View::Undefined) | (View::Null, View::Null) => true,
        (View::Bool(left), View::Bool(right)) => left == right,
        (View::Number(_), View::Number(_)) => left == right,
        (View::Text(left), View::Text(right)) => {
            pay(state, 0, left.len().min(right.len()))?;
            left == right
        }
        (View::List(_) | View::Map(_), View::List(_) | View::Map(_)) => return uncomparable(),
        _ => false,
    })
}

fn uncomparable<T>() -> Result<T, Error> {
    refuse("lists and objects are not compared with each other; compare their `length`, a member, or `| dump` of both")
}

/// `==`.
pub(crate) fn is_equal(state: &State<'_, '_>, left: &Value, right: &Value) -> Result<bool, Error> {
    Ok(match (view(left), view(right)) {
        (View::Undefined | View::Null, View::Undefined | View::Null) => true,
        (View::Undefined | View::Null, _) | (_, View::Undefined | View::Null) => false,
        (View::Number(_) | View::Bool(_), View::Text(_) | View::Bool(_))
        | (View::Text(_) | View::Bool(_), View::Number(_) | View::Bool(_)) => {
            as_number(left).is_some_and(|number| as_number(right) == Some(number))
        }
        (View::List(_) | View::Map(_), View::List(_) | View::Map(_)) => return uncomparable(),
        // A list is compared by its text, so that one without items is `""`; an object is like no text.
        (View::List(_), _) => is_equal(state, &Value::from(text(state, left)?), right)?,
        (_, View::List(_)) => is_equal(state, left, &Value::from(text(state, right)?))?,
        _ => is_same(state, left, right)?,
    })
}

/// Which of two values comes first; nothing if neither does.
pub(crate) fn compare(left: &Value, right: &Value) -> Result<Option<Ordering>, Error> {
    if let (View::Text(left), View::Text(right)) = (view(left), view(right)) {
        return Ok(Some(left.cmp(right)));
    }
    let number = |value: &Value| match view(value) {
        View::Null => Ok(Some(0.0)),
        View::List(_) | View::Map(_) => uncomparable(),
        _ => Ok(as_number(value)),
    };
    let (left, right) = (number(left)?, number(right)?);
    Ok(left.zip(right).and_then(|(left, right)| left.partial_cmp(&right)))
}

/// `left in right`.
pub(crate) fn is_in(state: &State<'_, '_>, left: &Value, right: &Value) -> Result<bool, Error> {
    match view(right) {
        View::List(list) => {
            for item in &list.items {
                pay(state, 1, 0)?;
                if !matches!(view(item), View::List(_) | View::Map(_)) && is_same(state, left, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        View::Map(map) => Ok(map.entries.contains_key(text(state, left)?.as_str())),
        View::Text(_) if left.is_undefined() || left.is_none() => {
            refuse(format!("the left side of `in` is {}; it takes a text if the right one is one", kind(left)))
        }
        View::Text(whole) => {
            let part = text(state, left)?;
            pay(state, 0, whole.len())?;
            Ok(whole.contains(&part))
        }
        _ => refuse(format!("the right side of `in` is {}; it takes a list, an object or a text", kind(right))),
    }
}

fn place(key: &Value, length: usize) -> Option<usize> {
    let number = as_number(key)?;
    (number.fract() == 0.0 && number >= 0.0 && number < length as f64).then_some(number as usize)
}

/// `of[key]`: nothing where there is nothing.
pub(crate) fn get(state: &State<'_, '_>, of: &Value, key: &Value) -> Result<Value, Error> {
    match view(of) {
        View::Text(whole) => {
            pay(state, 0, whole.len())?;
            if key.as_str() == Some("length") {
                return Ok(Value::from(whole.chars().count()));
            }
            let found = place(key, whole.len()).and_then(|place| whole.chars().nth(place));
            Ok(found.map_or(Value::UNDEFINED, |c| Value::from(c.to_string())))
        }
        View::List(list) if key.as_str() == Some("length") => Ok(Value::from(list.items.len())),
        View::List(list) => {
            Ok(place(key, list.items.len()).map_or(Value::UNDEFINED, |place| list.items[place].clone()))
        }
        View::Map(map) => {
            let found = match key.as_str() {
                Some(key) => map.entries.get(key),
                None => map.entries.get(text(state, key)?.as_str()),
            };
            Ok(found.cloned().unwrap_or_default())
        }
        View::Foreign => of.get_item(key),
        _ => Ok(Value::UNDEFINED),
    }
}

/// Where a part from one place to another lies, places behind the end counting back from it.
pub(crate) fn bounds(length: usize, from: &Value, to: &Value) -> Result<(usize, usize), Error> {
    let bound = |value: &Value, missing: usize| -> Result<usize, Error> {
        Ok(match view(value) {
            View::Undefined | View::Null => missing,
            _ => {
                let number = operand("slice", value)?.trunc();
                let number = if number < 0.0 { number + length as f64 } else { number };
                number.clamp(0.0, length as f64) as usize
            }
        })
    };
    let (from, to) = (bound(from, 0)?, bound(to, length)?);
    Ok((from, to.max(from)))
}

/// `of[from:to]`.
pub(crate) fn slice(state: &State<'_, '_>, of: &Value, from: &Value, to: &Value) -> Result<Value, Error> {
    match view(of) {
        View::List(whole) => {
            let (from, to) = bounds(whole.items.len(), from, to)?;
            list(state, whole.items[from..to].to_vec())
        }
        View::Text(_) => refuse("a text is not cut with `[:]`; write `.slice(from, to)`"),
        _ => refuse(format!("`[:]` stands behind {}; it takes a list", kind(of))),
    }
}
