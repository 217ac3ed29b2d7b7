//! Filters that come to numbers.

use minijinja::{Error, Value};

use super::Call;
use crate::operators::{as_number, get};
use crate::value::{View, number, pay, refuse, view};

pub(super) fn apply(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    match call.filter {
        "int" | "float" if !matches!(view(call.of), View::Text(_) | View::Number(_) | View::Undefined | View::Null) => {
            call.wants("a text or a number")
        }
        "int" => int(call),
        "float" => match (view(call.of), beginning(call.of)) {
            (View::Number(_), _) => Ok(call.of.clone()),
            (_, Some(found)) => number(found),
            _ => Ok(call.argument(0).clone()),
        },
        "sum" => sum(call),
        _ => {
            let Some(of) = as_number(call.of) else { return call.wants("a number") };
            if call.filter == "abs" { number(of.abs()) } else { round(call, of) }
        }
    }
}

/// The number that a text begins with.
fn beginning(value: &Value) -> Option<f64> {
    let View::Text(text) = view(value) else { return None };
    let text = text.trim_start();
    let digits = |from: usize| from + text[from..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - from);
    let sign = usize::from(text.starts_with(['+', '-']));
    let mut end = digits(sign);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    text[..end].parse().ok()
}

fn int(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    let base = call.count(1, 10)?;
    if !(2..=36).contains(&base) {
        return refuse("`base` of the filter `int` is from 2 to 36; give it such a number");
    }
    let found = match view(call.of) {
        View::Number(found) => Some(found.trunc()),
        View::Text(_) if base == 10 => beginning(call.of).map(f64::trunc),
        View::Text(text) => {
            let text = text.trim_start();
            let end = text.find(|c: char| !c.is_digit(base as u32)).unwrap_or(text.len());
            u64::from_str_radix(&text[..end], base as u32).ok().map(|found| found as f64)
        }
        _ => None,
    };
    found.map_or_else(|| Ok(call.argument(0).clone()), number)
}

fn round(call: &Call<'_, '_, '_>, of: f64) -> Result<Value, Error> {
    let factor = 10f64.powi(call.count(0, 0)?.min(15) as i32);
    let moved = of * factor;
    number(
        match call.argument(1).as_str() {
            Some("ceil") => moved.ceil(),
            Some("floor") => moved.floor(),
            _ => (moved + 0.5).floor(),
        } / factor,
    )
}

fn sum(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    let View::List(list) = view(call.of) else { return call.wants("a list of numbers") };
    let mut sum = if call.is_given(1) { as_number(call.argument(1)).unwrap_or_default() } else { 0.0 };
    for item in &list.items {
        pay(call.state, 1, 0)?;
        let part = if call.is_given(0) { get(call.state, item, call.argument(0))? } else { item.clone() };
        match as_number(&part) {
            Some(part) => sum += part,
            None => return refuse("the filter `sum` found something that is no number; leave it out of the list"),
        }
    }
    number(sum)
}
