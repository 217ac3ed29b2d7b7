//! Checks that run where a value is read.
//!
//! Rule: a parser knows a value's line and path only while it reads the value. A check that runs later is answered with the
//! place of whatever is around it, so checks run here.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

/// Reads a string and makes a value of it; anything but a string is answered with `expected`.
pub fn text<'de, D, T>(
    deserializer: D,
    expected: &'static str,
    check: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    struct Text<T, F>(&'static str, F, PhantomData<T>);
    impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Text<T, F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            self.1(text).map_err(E::custom)
        }
    }
    deserializer.deserialize_any(Text(expected, check, PhantomData))
}

/// Reads a mapping as a `W` and makes a value of it; anything but a mapping is answered with `expected`.
pub(crate) fn map<'de, D, W, T>(
    deserializer: D,
    expected: &'static str,
    check: impl FnOnce(W) -> Result<T, String>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    W: Deserialize<'de>,
{
    struct Map<W, F>(&'static str, F, PhantomData<W>);
    impl<'de, W: Deserialize<'de>, T, F: FnOnce(W) -> Result<T, String>> Visitor<'de> for Map<W, F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
            self.1(W::deserialize(MapAccessDeserializer::new(entries))?).map_err(de::Error::custom)
        }
    }
    deserializer.deserialize_any(Map(expected, check, PhantomData))
}

/// Lets a type that is written as a string be read through its `FromStr`.
macro_rules! written_as_text {
    ($type:ty, $expected:literal) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::written::text(deserializer, $expected, str::parse)
            }
        }
    };
}
pub(crate) use written_as_text;
