//! Stitching: a document, what relates to it, and the state of its source become the entity that is served.
//!
//! Pure: what goes in decides what comes out, so that the same input never counts as a change.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

use crate::StoreError;

/// What an entity is made of.
pub(crate) struct Parts<'a> {
    /// The document of the source that owns it, JSON.
    pub(crate) document: &'a [u8],
    pub(crate) uid: u128,
    /// (relation, target), distinct and sorted.
    pub(crate) relations: BTreeSet<(String, String)>,
    /// What sources attach, by their plugins' names.
    pub(crate) facts: Map<String, Value>,
    /// Why the document could not be read since.
    pub(crate) stale: Option<&'a str>,
}

/// Makes the entity. `metadata.etag` names its content without `uid` and `etag`, so that it changes with nothing else.
pub(crate) fn stitch(parts: Parts<'_>) -> Result<Value, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { table: "documents", reason };
    let mut entity: Map<String, Value> =
        serde_json::from_slice(parts.document).map_err(|error| damaged(error.to_string()))?;
    let relations = parts.relations.into_iter();
    let relations = relations.map(|(relation, target)| json!({ "type": relation, "targetRef": target })).collect();
    entity.insert("relations".to_owned(), Value::Array(relations));
    if !parts.facts.is_empty() {
        entity.insert("facts".to_owned(), Value::Object(parts.facts));
    }
    if let Some(message) = parts.stale {
        entity.insert("status".to_owned(), status(message));
    }
    let mut entity = Value::Object(entity);
    let etag = hex::encode(Sha1::digest(entity.to_string()));
    let metadata = entity.get_mut("metadata").and_then(Value::as_object_mut);
    let metadata = metadata.ok_or_else(|| damaged("a document has no metadata".to_owned()))?;
    metadata.insert("uid".to_owned(), Value::String(uuid::Uuid::from_u128(parts.uid).to_string()));
    metadata.insert("etag".to_owned(), Value::String(etag));
    Ok(entity)
}

/// The status that Backstage's clients know: the entity is shown as it last was, and why.
fn status(message: &str) -> Value {
    json!({ "items": [{
        "type": "backstage.io/catalog-processing",
        "level": "error",
        "message": message,
        "error": { "name": "InputError", "message": message },
    }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts<'a>(document: &'a str, relations: &[(&str, &str)], stale: Option<&'a str>) -> Parts<'a> {
        let relations = relations.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Parts { document: document.as_bytes(), uid: 7, relations, facts: Map::new(), stale }
    }

    const DOCUMENT: &str =
        r#"{"apiVersion":"backstage.io/v1alpha1","kind":"System","metadata":{"name":"a"},"spec":{"owner":"b"}}"#;

    #[test]
    fn the_etag_changes_with_the_content_and_with_nothing_else() {
        let etag = |parts| stitch(parts).unwrap()["metadata"]["etag"].clone();
        let first = etag(parts(DOCUMENT, &[("ownedBy", "group:default/b")], None));
        assert_eq!(first, etag(Parts { uid: 8, ..parts(DOCUMENT, &[("ownedBy", "group:default/b")], None) }));
        assert_ne!(first, etag(parts(DOCUMENT, &[], None)));
        assert_ne!(first, etag(parts(DOCUMENT, &[("ownedBy", "group:default/b")], Some("unreadable"))));
        let facts = Map::from_iter([("ci".to_owned(), json!({ "passed": true }))]);
        assert_ne!(first, etag(Parts { facts, ..parts(DOCUMENT, &[("ownedBy", "group:default/b")], None) }));
    }

    #[test]
    fn a_stale_entity_says_why_in_its_status() {
        let entity = stitch(parts(DOCUMENT, &[], Some("line 3: no owner"))).unwrap();
        assert_eq!(entity["status"]["items"][0]["message"], "line 3: no owner");
        assert!(stitch(parts(DOCUMENT, &[], None)).unwrap().get("status").is_none());
    }
}
