//! Stitching: a document, what relates to it, what is derived, and the state of its source become the entity that is served.
//!
//! Pure: what goes in decides what comes out, so that the same input never counts as a change.

use std::collections::BTreeSet;

use portico_model::ORPHAN;
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

use crate::StoreError;

/// What an entity is made of.
pub(crate) struct Parts {
    /// The document of the source that owns it.
    pub(crate) document: Value,
    /// (relation, target), distinct and sorted.
    pub(crate) relations: BTreeSet<(String, String)>,
    /// What sources attach, by their plugins' names.
    pub(crate) facts: Map<String, Value>,
    /// Whether its source says it no more.
    pub(crate) is_orphan: bool,
}

fn damaged(reason: impl Into<String>) -> StoreError {
    StoreError::Damaged { table: "documents", reason: reason.into() }
}

/// A value as JSON text. To be preferred to `to_string`, which writes through a formatter.
pub(crate) fn json(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|error| unreachable!("a value is JSON: {error}"))
}

/// Puts the parts together.
pub(crate) fn assemble(parts: Parts) -> Result<Value, StoreError> {
    let Value::Object(mut entity) = parts.document else { return Err(damaged("a document is no object")) };
    let relations = parts.relations.into_iter();
    let relations = relations.map(|(relation, target)| json!({ "type": relation, "targetRef": target })).collect();
    entity.insert("relations".to_owned(), Value::Array(relations));
    if !parts.facts.is_empty() {
        entity.insert("facts".to_owned(), Value::Object(parts.facts));
    }
    if parts.is_orphan
        && let Some(metadata) = entity.get_mut("metadata").and_then(Value::as_object_mut)
        && let Some(annotations) = metadata.entry("annotations").or_insert_with(|| json!({})).as_object_mut()
    {
        annotations.insert(ORPHAN.to_owned(), Value::from("true"));
    }
    Ok(Value::Object(entity))
}

/// An entity as it is served.
pub(crate) struct Sealed {
    pub(crate) entity: Value,
    /// The same as JSON.
    pub(crate) json: Vec<u8>,
}

/// Gives an entity its status and its names: why its document could not be read since (`stale`), what could not be derived
/// (`failures`). `metadata.etag` names its content without `uid` and `etag`, so that it changes with nothing else.
pub(crate) fn seal(
    mut entity: Value,
    uid: u128,
    stale: Option<&str>,
    failures: &[String],
) -> Result<Sealed, StoreError> {
    if stale.is_some() || !failures.is_empty() {
        let stale = stale.map(|message| status_item("backstage.io/catalog-processing", "error", message));
        let failures = failures.iter().map(|message| status_item("portico/properties", "warning", message));
        let items: Vec<Value> = stale.into_iter().chain(failures).collect();
        entity["status"] = json!({ "items": items });
    }
    let (mut text, end) = written(&entity);
    let (uid, etag) = (uuid::Uuid::from_u128(uid).to_string(), hex::encode(Sha1::digest(&text)));
    let names = format!(r#","uid":"{uid}","etag":"{etag}""#);
    let metadata = entity.get_mut("metadata").and_then(Value::as_object_mut);
    let metadata = metadata.ok_or_else(|| damaged("a document has no metadata"))?;
    let before = metadata.len();
    metadata.insert("uid".to_owned(), Value::String(uid));
    metadata.insert("etag".to_owned(), Value::String(etag));
    // A document may hold names of its own, in whose place these are then.
    let json = if before > 0 && metadata.len() == before + 2 {
        text.splice(end..end, names.into_bytes());
        text
    } else {
        json(&entity)
    };
    Ok(Sealed { entity, json })
}

/// An entity as JSON, and where in that the last brace of its metadata is.
fn written(entity: &Value) -> (Vec<u8>, usize) {
    let (mut text, mut end) = (Vec::with_capacity(2048), 0);
    for (key, value) in entity.as_object().into_iter().flatten() {
        text.push(if text.is_empty() { b'{' } else { b',' });
        text.extend(json(&Value::from(key.as_str())));
        text.push(b':');
        text.extend(json(value));
        if key == "metadata" {
            end = text.len() - 1;
        }
    }
    text.push(b'}');
    (text, end)
}

/// An item of the status that Backstage's clients know.
fn status_item(kind: &str, level: &str, message: &str) -> Value {
    json!({
        "type": kind,
        "level": level,
        "message": message,
        "error": { "name": "InputError", "message": message },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stitch(facts: Map<String, Value>, relations: &[(&str, &str)], uid: u128, stale: Option<&str>) -> Value {
        let relations = relations.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        seal(
            assemble(Parts { document: serde_json::from_str(DOCUMENT).unwrap(), relations, facts, is_orphan: false })
                .unwrap(),
            uid,
            stale,
            &[],
        )
        .unwrap()
        .entity
    }

    const DOCUMENT: &str =
        r#"{"apiVersion":"backstage.io/v1alpha1","kind":"System","metadata":{"name":"a"},"spec":{"owner":"b"}}"#;

    #[test]
    fn the_etag_changes_with_the_content_and_with_nothing_else() {
        let owned = [("ownedBy", "group:default/b")];
        let etag = |facts, relations, uid, stale| stitch(facts, relations, uid, stale)["metadata"]["etag"].clone();
        let first = etag(Map::new(), &owned, 7, None);
        assert_eq!(first, etag(Map::new(), &owned, 8, None));
        assert_ne!(first, etag(Map::new(), &[], 7, None));
        assert_ne!(first, etag(Map::new(), &owned, 7, Some("unreadable")));
        assert_ne!(first, etag(Map::from_iter([("ci".to_owned(), json!({ "passed": true }))]), &owned, 7, None));
    }

    #[test]
    fn the_text_of_an_entity_is_what_it_would_be_written_as() {
        for metadata in [
            json!({ "name": "a" }),
            json!({ "name": "\u{2028}\"}{", "labels": { "metadata": "}" } }),
            json!({ "etag": "mine", "name": "a", "uid": "mine" }),
            json!({ "uid": "mine", "name": "a" }),
            json!({}),
        ] {
            for entity in [
                json!({ "kind": "A", "metadata": metadata, "spec": { "metadata": {} }, "x": [] }),
                json!({ "metadata": metadata }),
            ] {
                let sealed = seal(entity, 7, Some("unreadable"), &[]).unwrap();
                assert_eq!(sealed.json, json(&sealed.entity), "{}", sealed.entity);
            }
        }
        assert!(seal(json!({ "kind": "A" }), 7, None, &[]).is_err());
    }

    #[test]
    fn an_entity_says_in_its_status_what_is_wrong_with_it() {
        let entity = assemble(Parts {
            document: serde_json::from_str(DOCUMENT).unwrap(),
            relations: BTreeSet::new(),
            facts: Map::new(),
            is_orphan: false,
        })
        .unwrap();
        let sealed =
            seal(entity.clone(), 7, Some("line 3: no owner"), &["`properties.cost` is odd".to_owned()]).unwrap().entity;
        assert_eq!(sealed["status"]["items"][0]["message"], "line 3: no owner");
        assert_eq!(sealed["status"]["items"][1]["type"], "portico/properties");
        assert!(seal(entity, 7, None, &[]).unwrap().entity.get("status").is_none());
    }
}
