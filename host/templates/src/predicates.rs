//! Tests: what stands behind `is`.

use std::cmp::Ordering;

use minijinja::{Error, State, Value};

use crate::operators::{as_number, compare, is_same};
use crate::value::{View, refuse, view};

/// Whether a test holds of a value.
pub(crate) fn holds(test: &str, state: &State<'_, '_>, of: &Value, argument: &Value) -> Result<bool, Error> {
    Ok(match test {
        "defined" => !of.is_undefined(),
        "undefined" => of.is_undefined(),
        "none" => of.is_none(),
        "truthy" => of.is_true(),
        "falsy" => !of.is_true(),
        "string" => matches!(view(of), View::Text(_)),
        "number" => matches!(view(of), View::Number(_)),
        "mapping" => matches!(view(of), View::Map(_)),
        "iterable" => matches!(view(of), View::Text(_) | View::List(_)),
        "upper" => of.as_str().is_some_and(|text| text == text.to_uppercase()),
        "lower" => of.as_str().is_some_and(|text| text == text.to_lowercase()),
        "even" => remainder(of, 2.0)? == 0.0,
        "odd" => remainder(of, 2.0)? == 1.0,
        "divisibleby" => match as_number(argument) {
            Some(by) if by != 0.0 => remainder(of, by)? == 0.0,
            _ => return refuse("the test `divisibleby` takes a number other than 0; give it one"),
        },
        "eq" | "sameas" => is_same(state, of, argument)?,
        "ne" => !is_same(state, of, argument)?,
        "gt" => compare(of, argument)? == Some(Ordering::Greater),
        "lt" => compare(of, argument)? == Some(Ordering::Less),
        "ge" => matches!(compare(of, argument)?, Some(Ordering::Greater | Ordering::Equal)),
        "le" => matches!(compare(of, argument)?, Some(Ordering::Less | Ordering::Equal)),
        _ => return refuse("there is no such test; take it out"),
    })
}

fn remainder(of: &Value, by: f64) -> Result<f64, Error> {
    match as_number(of) {
        Some(number) => Ok(number % by),
        None => refuse("what is tested is no number; test `is number` first"),
    }
}
