//! Cursors and offsets: places in a list, as base64 of a JSON object.
//!
//! Backstage's client looks inside: a cursor that holds `query` is continued with POST, any other with GET.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portico_catalog::Position;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ApiError;

/// The longest cursor that is read: a long query twice over.
const LIMIT: usize = 256 * 1024;

/// A place in the answer to a query, with the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cursor {
    /// The sorted field, if any.
    #[serde(default)]
    pub(crate) order_fields: Vec<OrderField>,
    /// The value of the sorted field, then the entity's number; or the number alone.
    pub(crate) order_field_values: Vec<Value>,
    /// The query as it was asked, of a GET.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<Vec<String>>,
    /// The query as it was asked, of a POST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) query: Option<Value>,
    /// The query as a person typed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) q: Option<String>,
    /// Words to look for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) full_text_filter: Option<FullText>,
    /// Whether the page before is meant.
    pub(crate) is_previous: bool,
    /// The place of the very first item, which has no page before it.
    #[serde(default)]
    pub(crate) first_sort_field_values: Vec<Value>,
    /// How many there were when the first page was asked for.
    #[serde(default)]
    pub(crate) total_items: u64,
}

/// A field to sort by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct OrderField {
    /// Such as `metadata.name`.
    pub(crate) field: String,
    /// `asc` or `desc`.
    pub(crate) order: SortOrder,
}

/// Which way a field is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SortOrder {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// Words to look for in some fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct FullText {
    /// What to look for, anywhere in a value, whatever the case.
    pub(crate) term: String,
    /// Where; the name and the title if none is given.
    #[serde(default)]
    pub(crate) fields: Option<Vec<String>>,
}

impl Cursor {
    /// As it is sent.
    pub(crate) fn encode(&self) -> Result<String, ApiError> {
        Ok(STANDARD.encode(serde_json::to_vec(self).map_err(|error| ApiError::internal(&error))?))
    }

    /// As it comes back.
    pub(crate) fn decode(text: &str) -> Result<Cursor, ApiError> {
        let malformed =
            |reason: String| ApiError::input(format!("Malformed cursor: {reason}; start again without a cursor"));
        if text.len() > LIMIT {
            return Err(malformed(format!("it is longer than {LIMIT} bytes")));
        }
        let json = STANDARD.decode(text).map_err(|error| malformed(error.to_string()))?;
        let cursor: Cursor = serde_json::from_slice(&json).map_err(|error| malformed(error.to_string()))?;
        cursor.position().ok_or_else(|| malformed("it names no place".to_owned()))?;
        Ok(cursor)
    }

    /// The place that it names.
    pub(crate) fn position(&self) -> Option<Position> {
        position(&self.order_field_values)
    }
}

/// A place as cursors write it.
pub(crate) fn values(position: &Position) -> Vec<Value> {
    position.value.clone().map(Value::String).into_iter().chain([Value::from(position.id)]).collect()
}

fn position(values: &[Value]) -> Option<Position> {
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    match values {
        [only] => Some(Position { value: None, id: id(only)? }),
        [value, last] => Some(Position { value: Some(value.as_str()?.to_owned()), id: id(last)? }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_sent() {
        let cursor = Cursor {
            order_fields: vec![OrderField { field: "metadata.name".to_owned(), order: SortOrder::Desc }],
            order_field_values: values(&Position { value: Some("é".to_owned()), id: 7 }),
            filter: Some(vec!["kind=component".to_owned()]),
            query: None,
            q: Some("tag:java".to_owned()),
            full_text_filter: None,
            is_previous: true,
            first_sort_field_values: Vec::new(),
            total_items: 3,
        };
        assert_eq!(Cursor::decode(&cursor.encode().unwrap()), Ok(cursor));
    }

    #[test]
    fn rubbish_is_named_as_a_malformed_cursor() {
        for text in ["garbage!", "e30=", "bnVsbA==", "eyJvcmRlckZpZWxkVmFsdWVzIjpbXSwiaXNQcmV2aW91cyI6ZmFsc2V9"] {
            let error = Cursor::decode(text).unwrap_err().to_string();
            assert!(error.starts_with("Malformed cursor: "), "{text}: {error}");
        }
    }
}
