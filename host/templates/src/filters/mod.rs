//! Filters: what stands behind `|`.
//!
//! Rule: arguments are those of [`crate::names::FILTERS`], given in order or by name; a filter gets each of them, or nothing. It pays
//! for what it looks at here and for what it makes where it makes it.

mod lists;
mod numbers;
mod portal;
mod texts;

use minijinja::value::Kwargs;
use minijinja::{Error, State, Value};

pub(crate) use texts::{Replacement, expand};

use crate::names;
use crate::value::{View, kind, pay, refuse, view};

/// Everything that a filter is given.
pub(crate) struct Call<'c, 'a, 'b> {
    pub(crate) state: &'c State<'a, 'b>,
    /// What stands before the `|`.
    pub(crate) of: &'c Value,
    arguments: Vec<Value>,
    pub(crate) filter: &'static str,
}

impl Call<'_, '_, '_> {
    /// An argument; undefined if it was not given.
    pub(crate) fn argument(&self, place: usize) -> &Value {
        self.arguments.get(place).unwrap_or(&Value::UNDEFINED)
    }

    pub(crate) fn is_given(&self, place: usize) -> bool {
        !self.argument(place).is_undefined()
    }

    /// An argument that is a text.
    pub(crate) fn text_argument(&self, place: usize) -> Result<&str, Error> {
        match view(self.argument(place)) {
            View::Text(text) => Ok(text),
            _ => {
                let name = names::arguments_of(self.filter).get(place).copied().unwrap_or_default();
                refuse(format!(
                    "`{name}` of the filter `{}` is {}; give it a text",
                    self.filter,
                    kind(self.argument(place))
                ))
            }
        }
    }

    /// An argument that is a whole number, or what it is otherwise.
    pub(crate) fn count(&self, place: usize, missing: usize) -> Result<usize, Error> {
        if !self.is_given(place) || self.argument(place).is_none() {
            return Ok(missing);
        }
        match crate::operators::as_number(self.argument(place)) {
            Some(number) if number >= 0.0 => Ok(number as usize),
            _ => {
                let name = names::arguments_of(self.filter).get(place).copied().unwrap_or_default();
                refuse(format!("`{name}` of the filter `{}` is no number from 0; give it one", self.filter))
            }
        }
    }

    /// What stands before the `|` does not fit.
    pub(crate) fn wants<T>(&self, wanted: &str) -> Result<T, Error> {
        refuse(format!(
            "the filter `{}` stands behind {}, and it takes {wanted}; give it one, or write `| default(…)` before it",
            self.filter,
            kind(self.of)
        ))
    }
}

/// Applies a filter.
pub(crate) fn apply(filter: &'static str, state: &State<'_, '_>, of: &Value, given: &[Value]) -> Result<Value, Error> {
    let looked_at = match view(of) {
        View::Text(text) => text.len() / 16,
        View::List(list) => list.items.len(),
        View::Map(map) => map.entries.len(),
        _ => 0,
    };
    pay(state, looked_at, 0)?;
    let call = Call { state, of, arguments: arguments(filter, given)?, filter };
    match filter {
        "abs" | "float" | "int" | "round" | "sum" => numbers::apply(&call),
        "parseEntityRef" | "parseRepoUrl" | "pick" | "projectSlug" => portal::apply(&call),
        "batch" | "dictsort" | "first" | "groupby" | "join" | "last" | "length" | "list" | "reject" | "rejectattr"
        | "reverse" | "select" | "selectattr" | "slice" | "sort" => lists::apply(&call),
        "default" => {
            let keeps = if call.argument(1).is_true() { of.is_true() } else { !of.is_undefined() };
            Ok(if keeps { of.clone() } else { call.argument(0).clone() })
        }
        _ => texts::apply(&call),
    }
}

/// Arguments by their places.
fn arguments(filter: &str, given: &[Value]) -> Result<Vec<Value>, Error> {
    let names = names::arguments_of(filter);
    let (named, in_order) = match given.split_last() {
        Some((last, rest)) if last.is_kwargs() => (Some(Kwargs::try_from(last.clone())?), rest),
        _ => (None, given),
    };
    if in_order.len() > names.len() {
        return refuse(match names {
            [] => format!("the filter `{filter}` takes no arguments; leave them out"),
            names => format!("the filter `{filter}` takes no more than `{}`; leave the others out", names.join("`, `")),
        });
    }
    let mut arguments = in_order.to_vec();
    arguments.resize(names.len(), Value::UNDEFINED);
    for name in named.iter().flat_map(Kwargs::args) {
        let Some(place) = names.iter().position(|known| *known == name) else {
            return refuse(match names {
                [] => format!("the filter `{filter}` takes no arguments; leave them out"),
                names => format!("the filter `{filter}` has no argument `{name}`; it takes `{}`", names.join("`, `")),
            });
        };
        arguments[place] = named.as_ref().map_or(Ok(Value::UNDEFINED), |named| named.peek(name))?;
    }
    Ok(arguments)
}
