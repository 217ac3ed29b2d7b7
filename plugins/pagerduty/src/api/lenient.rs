//! Reading what others wrote: a field that is odd is as if it were missing, and costs neither its object nor its list.
//!
//! Not for what an object is known by, nor for what is counted by: without that it is no object, and whoever counts has to know.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::time;

/// Characters of a text that are kept: what people write may be a book, and a list holds many of them.
const TEXT: usize = 4_000;

/// A field; what it usually is, where it is missing, null or of another type.
pub(super) fn field<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// A list, without those of its items that cannot be read.
pub(super) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let Value::Array(items) = Value::deserialize(deserializer)? else { return Ok(Vec::new()) };
    Ok(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
}

/// A text, cut where it is a book.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text: String = field(deserializer)?;
    Ok(if text.len() > TEXT { text.chars().take(TEXT).collect() } else { text })
}

/// An address; none if it is longer than any that leads somewhere.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let address: Option<String> = field(deserializer)?;
    Ok(address.filter(|address| address.len() <= TEXT))
}

/// A time in milliseconds since 1970, which has to be one.
pub(super) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    time::read(&text).ok_or_else(|| D::Error::custom("it is no time"))
}

/// The same, or none where it is null.
pub(super) fn moment_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| time::read(&text).ok_or_else(|| D::Error::custom("it is no time"))).transpose()
}
