//! Reading JSON that was parsed already as one of the shapes.
//!
//! Rule: a structure is read from an object, a list from an array, a text from a text, and from nothing else. What serde_json offers
//! tries every form that a type could have, with code of its own for each type: a sixth of the browser's half when it was measured.
//!
//! It is for what the portal itself wrote, not for what people write: it knows the place of no mistake.

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess};
use serde::de::{VariantAccess, Visitor, value};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Map, Value, map};

/// Reads a value as one of the shapes.
///
/// # Errors
///
/// Says what is missing or of another sort.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    T::deserialize(Parsed(value))
}

/// A value that is read.
struct Parsed<'v>(&'v Value);

impl<'v> Parsed<'v> {
    // Not generic, so that there is one of each.
    fn object(&self) -> Result<Entries<'v>, Error> {
        match self.0 {
            Value::Object(fields) => Ok(Entries::of(fields)),
            other => Err(unlike(other, "an object")),
        }
    }

    fn array(&self) -> Result<Items<'v>, Error> {
        match self.0 {
            Value::Array(items) => Ok(Items(items.iter())),
            other => Err(unlike(other, "an array")),
        }
    }

    fn variant(&self) -> Result<Variant<'v>, Error> {
        match self.0 {
            Value::String(name) => Ok(Variant { name, held: &Value::Null }),
            Value::Object(fields) if fields.len() == 1 => {
                fields.iter().next().map(|(name, held)| Variant { name, held }).ok_or_else(|| unlike(self.0, "a name"))
            }
            other => Err(unlike(other, "a name")),
        }
    }

    fn text(&self) -> Result<&'v str, Error> {
        match self.0 {
            Value::String(text) => Ok(text),
            other => Err(unlike(other, "a text")),
        }
    }
}

fn unlike(value: &Value, wanted: &str) -> Error {
    let found = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    Error::custom(format_args!("{found} stands where {wanted} should"))
}

impl<'de> Deserializer<'de> for Parsed<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(_) => self.deserialize_f64(visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) => visitor.visit_seq(self.array()?),
            Value::Object(_) => visitor.visit_map(self.object()?),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.0.as_bool().ok_or_else(|| unlike(self.0, "true or false"))?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (_, _, number) => visitor.visit_f64(number.unwrap_or_default()),
            },
            other => Err(unlike(other, "a number")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self.array()?)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self.object()?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.variant()?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    forward_to_deserialize_any! { i8 i16 i32 i128 u128 f32 char bytes byte_buf unit unit_struct }
}

/// The items of an array, one after the other.
struct Items<'v>(std::slice::Iter<'v, Value>);

impl<'v> SeqAccess<'v> for Items<'v> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'v>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.next().map(|item| seed.deserialize(Parsed(item))).transpose()
    }
}

/// The fields of an object, one after the other.
struct Entries<'v> {
    left: map::Iter<'v>,
    value: &'v Value,
}

impl<'v> Entries<'v> {
    fn of(fields: &'v Map<String, Value>) -> Entries<'v> {
        Entries { left: fields.iter(), value: &Value::Null }
    }
}

impl<'v> MapAccess<'v> for Entries<'v> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'v>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(value::BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'v>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Parsed(self.value))
    }
}

/// One of several: its name alone, or with what it holds.
struct Variant<'v> {
    name: &'v str,
    held: &'v Value,
}

impl<'v> EnumAccess<'v> for Variant<'v> {
    type Error = Error;
    type Variant = Parsed<'v>;

    fn variant_seed<V: DeserializeSeed<'v>>(self, seed: V) -> Result<(V::Value, Parsed<'v>), Error> {
        Ok((seed.deserialize(value::BorrowedStrDeserializer::new(self.name))?, Parsed(self.held)))
    }
}

impl<'v> VariantAccess<'v> for Parsed<'v> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        if self.0.is_null() { Ok(()) } else { Err(unlike(self.0, "nothing")) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'v>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'v>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self.array()?)
    }

    fn struct_variant<V: Visitor<'v>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self.object()?)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::{KindOrigin, Plugin, PluginState, Timestamp};

    #[derive(Debug, PartialEq, Deserialize)]
    struct Shape {
        number: u8,
        below: i64,
        share: f64,
        text: String,
        truth: bool,
        #[serde(default)]
        list: Vec<(f64, f64)>,
        other: Option<Box<Shape>>,
        at: Option<Timestamp>,
        state: PluginState,
        anything: Value,
    }

    fn whole() -> Value {
        json!({
            "number": 7, "below": -7, "share": 2, "text": "a", "truth": true, "list": [[1, 2.5]], "other": null,
            "at": "2026-11-19T14:03:00Z", "state": "failing", "anything": {"b": [1, {"a": null}]}, "unheard of": [{}],
        })
    }

    #[test]
    fn what_is_read_is_what_serde_json_reads() {
        let mut nested = whole();
        nested["other"] = whole();
        for value in [whole(), nested] {
            let read: Shape = read(&value).unwrap();
            assert_eq!(read, serde_json::from_value(value).unwrap());
        }
        for outcome in [json!({"Ok": [1, 2]}), json!({"Err": "a"})] {
            let read: Result<Vec<u8>, String> = read(&outcome).unwrap();
            assert_eq!(read, serde_json::from_value(outcome).unwrap());
        }
        for origin in [json!({"type": "builtIn"}), json!({"type": "plugin", "plugin": "a"})] {
            assert_eq!(read::<KindOrigin>(&origin).ok(), serde_json::from_value(origin).ok());
        }
    }

    #[test]
    fn what_is_of_another_sort_is_refused_with_what_is_wrong() {
        for (field, value, says) in [
            ("number", json!("7"), "a text stands where a number should"),
            ("number", json!(256), "invalid value: integer `256`, expected u8"),
            ("text", json!(null), "nothing stands where a text should"),
            ("truth", json!(1), "a number stands where true or false should"),
            ("list", json!({}), "an object stands where an array should"),
            ("other", json!([]), "an array stands where an object should"),
            ("state", json!("gone"), "unknown variant `gone`, expected one of"),
            ("state", json!({"failing": 1}), "a number stands where nothing should"),
            ("state", json!({}), "an object stands where a name should"),
            ("at", json!("today"), "failed to parse"),
        ] {
            let mut wrong = whole();
            wrong[field] = value;
            let refusal = read::<Shape>(&wrong).unwrap_err().to_string();
            assert!(refusal.contains(says), "{field}: {refusal}");
        }
        assert_eq!(read::<Plugin>(&json!({})).unwrap_err().to_string(), "missing field `name`");
    }
}
