//! What is kept of a reading, as the cursor of its scope: to know later that nothing has changed.

use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

use crate::{disk, web};

/// The portal keeps a cursor of 64 KiB.
const LONGEST: usize = 60 * 1024;

/// What is kept of a reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// A digest of what decides what files become, beside the files.
    pub(crate) by: String,
    /// Of the locations that there are, where that mattered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) known: Option<String>,
    /// What was read; none where there was too much to keep, or where something has to be tried again.
    pub(crate) seen: Option<Seen>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Seen {
    /// Files of the machine.
    Disk(disk::Seen),
    /// Files of the web.
    Web(web::Seen),
}

impl Memory {
    /// What a cursor says; none if it was written by another version.
    pub(crate) fn parse(cursor: &str) -> Option<Memory> {
        serde_json::from_str(cursor).ok()
    }

    /// The cursor.
    pub(crate) fn write(&self) -> portico_sdk::Result<String> {
        let whole = serde_json::to_string(self)?;
        if whole.len() <= LONGEST {
            return Ok(whole);
        }
        portico_sdk::info!(
            "there are too many files to know later that none has changed, so all are read each time; split the location into several"
        );
        Ok(serde_json::to_string(&Memory { seen: None, ..self.clone() })?)
    }
}

/// A short digest of texts in their order.
pub(crate) fn digest<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> String {
    let mut hash = Sha1::new();
    for part in parts {
        let part = part.as_ref();
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_is_read_as_it_was_written_and_another_is_none() {
        let memory = Memory { by: "a".into(), known: None, seen: None };
        assert_eq!(Memory::parse(&memory.write().expect("JSON")), Some(memory));
        assert_eq!(Memory::parse("c1 d2"), None);
    }

    #[test]
    fn a_digest_tells_parts_apart() {
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        assert_eq!(digest(["ab"]), digest([b"ab"]));
    }
}
