//! The binary records inside the tables, and how they are read and written.
//!
//! Rule: postcard, fields only ever appended together with a new `tables::FORMAT`, unless they stand behind the record as
//! [`ProblemRecord::owner`] does.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::StoreError;
use crate::pack::unpack;

/// A source as stored.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SourceRecord {
    pub(crate) plugin: String,
    pub(crate) scope: String,
    pub(crate) cursor: Option<String>,
    pub(crate) synced_at: Option<i64>,
    pub(crate) changed_at: Option<i64>,
    pub(crate) failure: Option<String>,
    /// Claims that this source holds.
    pub(crate) entities: u64,
    /// Problems that this source has.
    pub(crate) problems: u32,
}

/// In place of why a document could not be read: its source says it no more, and it is kept all the same.
pub(crate) const ORPHANED: &str =
    "its source says it no more; it is kept, as `catalog.orphanStrategy` in portico.yaml wants it";

/// One source's word for one entity, without the document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// Of the document and its origin, as they came in.
    pub(crate) digest: [u8; 16],
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) url: Option<String>,
    pub(crate) parent: Option<String>,
    pub(crate) claimed_at: i64,
    pub(crate) changed_at: i64,
    /// Why the document could not be read since, or [`ORPHANED`].
    pub(crate) stale: Option<String>,
}

/// One source's facts about one entity, without the facts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attachment {
    /// Of the facts as they came in.
    pub(crate) digest: [u8; 16],
    pub(crate) changed_at: i64,
}

/// An entity's identity.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct EntityRecord {
    pub(crate) id: u32,
    pub(crate) uid: u128,
    /// The source whose claim is shown.
    pub(crate) owner: u32,
}

/// A problem as stored; its source is in the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProblemRecord {
    pub(crate) cause: Cause,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) path: String,
    pub(crate) entity: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) message: String,
    pub(crate) first_seen: i64,
    pub(crate) last_seen: i64,
    /// Who owns the entity by its own word. It stands behind the rest; older records end before it.
    #[serde(skip)]
    pub(crate) owner: Option<String>,
}

impl ProblemRecord {
    pub(crate) fn read(bytes: &[u8]) -> Result<ProblemRecord, StoreError> {
        let damaged = |reason: String| StoreError::Damaged { table: "problems", reason };
        let (record, rest): (ProblemRecord, &[u8]) =
            postcard::take_from_bytes(bytes).map_err(|error| damaged(error.to_string()))?;
        let owner = std::str::from_utf8(rest).map_err(|error| damaged(error.to_string()))?;
        Ok(ProblemRecord { owner: (!owner.is_empty()).then(|| owner.to_owned()), ..record })
    }

    pub(crate) fn write(&self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = encode("problems", self)?;
        bytes.extend_from_slice(self.owner.as_deref().unwrap_or_default().as_bytes());
        Ok(bytes)
    }
}

/// What kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Cause {
    Unreadable,
    Refused,
    Conflict,
    Warned,
}

/// A change as stored; its number is the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ChangeRecord {
    pub(crate) at: i64,
    pub(crate) reference: String,
    pub(crate) kind: crate::ChangeKind,
    pub(crate) source: u32,
    /// The entity before, packed; none where it was added. What it became is the next change's `before`, or the entity.
    pub(crate) before: Option<Vec<u8>>,
}

impl ChangeRecord {
    /// The entity before, as JSON text.
    pub(crate) fn before(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.before.as_deref().map(|before| unpack("changes", before)).transpose()
    }

    /// The entity before.
    pub(crate) fn was(&self) -> Result<Option<serde_json::Value>, StoreError> {
        let parse = |json: Vec<u8>| {
            serde_json::from_slice(&json)
                .map_err(|error| StoreError::Damaged { table: "changes", reason: error.to_string() })
        };
        self.before()?.map(parse).transpose()
    }
}

/// Reads a record.
pub(crate) fn decode<T: DeserializeOwned>(table: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    postcard::from_bytes(bytes).map_err(|error| StoreError::Damaged { table, reason: error.to_string() })
}

/// Writes a record. Our own types always fit postcard.
pub(crate) fn encode<T: Serialize>(table: &'static str, value: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(value).map_err(|error| StoreError::Damaged { table, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_comes_back_with_its_owner_and_an_older_one_without() {
        let problem = |owner: Option<&str>| ProblemRecord {
            cause: Cause::Refused,
            file: "a.yaml".into(),
            line: 1,
            column: 2,
            path: "/spec".into(),
            entity: Some("component:default/a".into()),
            url: None,
            message: "it is broken".into(),
            first_seen: 3,
            last_seen: 4,
            owner: owner.map(str::to_owned),
        };
        let with = problem(Some("group:default/b"));
        assert_eq!(ProblemRecord::read(&with.write().unwrap()).unwrap().owner, with.owner);
        let older = encode("problems", &problem(None)).unwrap();
        let read = ProblemRecord::read(&older).unwrap();
        assert_eq!((read.owner, read.last_seen), (None, 4));
    }
}
