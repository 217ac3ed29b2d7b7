//! References that expressions come to.
//!
//! Rule: a reference is made valid as the name of an entity is, so that it leads to what the same name made.

use portico_model::{EntityRef, RefError, format};
use serde_json::Value;

use crate::name;

/// References that one expression comes to: what a page of relations shows.
pub(crate) const MOST: usize = 1_000;

/// The references in a value, a list or one; null and empty texts are none.
pub(crate) fn listed(value: &Value) -> Vec<&Value> {
    let all = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    all.iter().filter(|value| !value.is_null() && value.as_str() != Some("")).collect()
}

/// Reads a reference; an error says why it is none.
pub(crate) fn read(value: &Value, kind: Option<&str>, namespace: &str) -> Result<EntityRef, String> {
    let sentence = |error: RefError| error.to_string();
    let reference = EntityRef::from_value(value, kind, namespace).map_err(sentence)?;
    if is_valid(&reference) {
        return Ok(reference);
    }
    let nothing_left = || format!("`{reference}` has no letter or digit of ASCII where it needs one");
    let name = name::name(reference.name()).ok_or_else(nothing_left)?;
    let namespace = name::namespace(reference.namespace()).ok_or_else(nothing_left)?;
    if !format::is_kind(reference.kind()) {
        return Err(format!("`{}` is no kind of entity", reference.kind()));
    }
    EntityRef::new(reference.kind(), &namespace, &name).map_err(sentence)
}

fn is_valid(reference: &EntityRef) -> bool {
    format::is_kind(reference.kind())
        && format::is_dns_label(reference.namespace())
        && format::is_name(reference.name())
}
