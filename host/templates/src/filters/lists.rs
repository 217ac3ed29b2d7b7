//! Filters of lists and objects.

use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::{Error, Value};

use super::Call;
use crate::operators::{as_number, get};
use crate::predicates;
use crate::text::{Writer, text};
use crate::value::{View, list, map, pay, refuse, view};

pub(super) fn apply(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    match call.filter {
        "length" => Ok(match view(call.of) {
            View::Undefined | View::Null | View::Bool(false) => Value::from(0),
            View::Map(map) => Value::from(map.entries.len()),
            _ => get(call.state, call.of, &Value::from("length"))?,
        }),
        "first" | "last" => end(call),
        "list" => items(call),
        "reverse" => match view(call.of) {
            View::Undefined => list(call.state, vec![]),
            View::Text(text) => Ok(Value::from(text.chars().rev().collect::<String>())),
            View::List(of) => list(call.state, of.items.iter().rev().cloned().collect()),
            _ => call.wants("a list or a text"),
        },
        "dictsort" => dictsort(call),
        "sort" if call.of.is_undefined() => list(call.state, vec![]),
        _ => of_list(call),
    }
}

fn of_list(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    let View::List(of) = view(call.of) else { return call.wants("a list") };
    match call.filter {
        "join" => join(call, &of.items),
        "groupby" => groupby(call, &of.items),
        "batch" => batch(call, &of.items),
        "slice" => slice(call, &of.items),
        "sort" => sort(call, &of.items),
        _ => select(call, &of.items),
    }
}

fn end(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    let first = call.filter == "first";
    Ok(match view(call.of) {
        View::List(of) => (if first { of.items.first() } else { of.items.last() }).cloned().unwrap_or_default(),
        View::Text(text) => {
            let found = if first { text.chars().next() } else { text.chars().next_back() };
            found.map_or(Value::UNDEFINED, |c| Value::from(c.to_string()))
        }
        _ => return call.wants("a list or a text"),
    })
}

fn items(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    match view(call.of) {
        View::List(_) => Ok(call.of.clone()),
        View::Text(text) => {
            pay(call.state, text.len(), 0)?;
            list(call.state, text.chars().map(|c| Value::from(c.to_string())).collect())
        }
        View::Map(of) => {
            let pairs = of.entries.iter().map(|(key, value)| {
                let pair = [("key", Value::from(key.as_ref())), ("value", value.clone())];
                map(call.state, pair.into_iter().map(|(key, value)| (Arc::from(key), value)).collect())
            });
            list(call.state, pairs.collect::<Result<_, _>>()?)
        }
        _ => call.wants("a list, an object or a text"),
    }
}

/// What an item is sorted by: numbers before texts before nothing.
#[derive(PartialEq, PartialOrd)]
struct Key(u8, f64, String);

fn key(call: &Call<'_, '_, '_>, value: &Value, case_sensitive: bool) -> Result<Key, Error> {
    Ok(match view(value) {
        View::Undefined => Key(2, 0.0, String::new()),
        View::Text(text) => {
            pay(call.state, 0, text.len())?;
            Key(1, 0.0, if case_sensitive { text.to_owned() } else { text.to_lowercase() })
        }
        View::Null => Key(0, 0.0, String::new()),
        View::Number(_) | View::Bool(_) => Key(0, as_number(value).unwrap_or_default(), String::new()),
        _ => {
            return refuse("lists and objects have no order; sort by one of their members, `sort(attribute=\"name\")`");
        }
    })
}

fn sorted(call: &Call<'_, '_, '_>, mut keyed: Vec<(Key, Value)>, reverse: bool) -> Result<Vec<Value>, Error> {
    pay(call.state, keyed.len().saturating_mul(keyed.len().max(1).ilog2() as usize + 1) / 4, 0)?;
    keyed.sort_by(|(a, _), (b, _)| {
        let order = a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then_with(|| a.2.cmp(&b.2));
        if reverse { order.reverse() } else { order }
    });
    Ok(keyed.into_iter().map(|(_, value)| value).collect())
}

fn sort(call: &Call<'_, '_, '_>, items: &[Value]) -> Result<Value, Error> {
    let keyed = items.iter().map(|item| {
        let by = if call.is_given(2) { get(call.state, item, call.argument(2))? } else { item.clone() };
        Ok((key(call, &by, call.argument(1).is_true())?, item.clone()))
    });
    let items = sorted(call, keyed.collect::<Result<_, Error>>()?, call.argument(0).is_true())?;
    list(call.state, items)
}

fn dictsort(call: &Call<'_, '_, '_>) -> Result<Value, Error> {
    let View::Map(of) = view(call.of) else { return call.wants("an object") };
    let by_value = match call.argument(1).as_str() {
        None | Some("key") => false,
        Some("value") => true,
        Some(_) => return refuse("`by` of the filter `dictsort` is `\"key\"` or `\"value\"`; write one of them"),
    };
    let keyed = of.entries.iter().map(|(name, value)| {
        let name = Value::from(name.as_ref());
        let by = key(call, if by_value { value } else { &name }, call.argument(0).is_true())?;
        Ok((by, list(call.state, vec![name, value.clone()])?))
    });
    let pairs = sorted(call, keyed.collect::<Result<_, Error>>()?, false)?;
    list(call.state, pairs)
}

fn join(call: &Call<'_, '_, '_>, items: &[Value]) -> Result<Value, Error> {
    let between = text(call.state, call.argument(0))?;
    let mut writer = Writer::new(call.state);
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            writer.push(&between)?;
        }
        if call.is_given(1) {
            writer.value(&get(call.state, item, call.argument(1))?)?;
        } else {
            writer.value(item)?;
        }
    }
    Ok(Value::from(writer.finish()))
}

fn groupby(call: &Call<'_, '_, '_>, items: &[Value]) -> Result<Value, Error> {
    call.text_argument(0)?;
    let mut groups: IndexMap<Arc<str>, Vec<Value>> = IndexMap::new();
    for item in items {
        let by = get(call.state, item, call.argument(0))?;
        let by = if by.is_undefined() { "undefined".to_owned() } else { text(call.state, &by)? };
        groups.entry(Arc::from(by)).or_default().push(item.clone());
    }
    let groups = groups.into_iter().map(|(key, items)| Ok((key, list(call.state, items)?)));
    map(call.state, groups.collect::<Result<_, Error>>()?)
}

/// What fills up what is too short, if anything does.
fn fill(call: &Call<'_, '_, '_>) -> Option<Value> {
    Some(call.argument(1)).filter(|fill| fill.is_true()).cloned()
}

fn batch(call: &Call<'_, '_, '_>, items: &[Value]) -> Result<Value, Error> {
    let size = call.count(0, 0)?.max(1);
    let mut batches: Vec<Vec<Value>> = items.chunks(size).map(<[Value]>::to_vec).collect();
    if let (Some(last), Some(fill)) = (batches.last_mut(), fill(call)) {
        pay(call.state, size, 0)?;
        last.resize(size, fill);
    }
    let batches = batches.into_iter().map(|batch| list(call.state, batch));
    list(call.state, batches.collect::<Result<_, _>>()?)
}

fn slice(call: &Call<'_, '_, '_>, items: &[Value]) -> Result<Value, Error> {
    let count = call.count(0, 0)?.max(1);
    pay(call.state, count, 0)?;
    let (size, longer) = (items.len() / count, items.len() % count);
    let mut from = 0;
    let slices = (0..count).map(|number| {
        let to = from + size + usize::from(number < longer);
        let mut slice = items[from..to].to_vec();
        from = to;
        slice.extend(fill(call).filter(|_| number >= longer));
        list(call.state, slice)
    });
    let slices = slices.collect::<Result<_, _>>()?;
    list(call.state, slices)
}

fn select(call: &Call<'_, '_, '_>, items: &[Value]) -> Result<Value, Error> {
    let keeps = !call.filter.starts_with("reject");
    let by_attribute = call.filter.ends_with("attr");
    let test = match call.argument(0).as_str() {
        Some(_) if by_attribute => "truthy",
        Some(name) => match crate::names::test(name) {
            Ok(test) => test,
            // What was given may be a secret.
            Err(_) => {
                return refuse(format!(
                    "the filter `{}` is given the name of no test; write one such as `\"odd\"`",
                    call.filter
                ));
            }
        },
        None if by_attribute => return call.text_argument(0).map(|_| Value::UNDEFINED),
        None => "truthy",
    };
    let mut kept = vec![];
    for item in items {
        pay(call.state, 1, 0)?;
        let of = if by_attribute { get(call.state, item, call.argument(0))? } else { item.clone() };
        let argument = if by_attribute { &Value::UNDEFINED } else { call.argument(1) };
        if predicates::holds(test, call.state, &of, argument)? == keeps {
            kept.push(item.clone());
        }
    }
    list(call.state, kept)
}
