//! Looking things up in mappings of documents.
//!
//! Rule: a mapping of a document has a few keys, and comparing them one by one takes a third of the time of hashing the one that is
//! wanted; only a mapping with many is asked by hash.

use serde_json::{Map, Value};

/// Up to so many keys are compared one by one.
const FEW: usize = 12;

/// What stands under a key of a mapping.
pub(crate) fn get<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    match object.len() {
        0..=FEW => object.iter().find(|(known, _)| *known == key).map(|(_, value)| value),
        _ => object.get(key),
    }
}

/// What stands under a key of a value, if it is a mapping that has it.
pub(crate) fn member<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    get(value.as_object()?, key)
}

/// The text under a key of a value.
pub(crate) fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    member(value, key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_small_mappings_and_in_large_ones() {
        for count in [0, 1, FEW, FEW + 1, 100] {
            let value: Value =
                (0..count).map(|number| (number.to_string(), Value::from(number))).collect::<Map<_, _>>().into();
            for number in 0..=count {
                let key = number.to_string();
                assert_eq!(member(&value, &key), value.get(&key), "{key} of {count}");
            }
        }
        assert_eq!(member(&Value::from("a"), "a"), None);
    }
}
