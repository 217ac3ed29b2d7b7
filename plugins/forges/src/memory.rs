//! What a listing left behind: which repositories an owner had, and what each page of the list was.
//!
//! Rule: what is lost here costs a listing that is read whole, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::{Result, state};
use serde::{Deserialize, Serialize};

use crate::settings::Forge;

/// What is known of an owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    /// What the settings were.
    settings: String,
    /// The repositories that were read, by their numbers.
    pub(crate) ids: BTreeSet<String>,
    /// Those of them that are not found any more, and since when, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) missing: BTreeMap<String, u64>,
    /// The pages of the list.
    #[serde(default)]
    pub(crate) pages: Vec<Noted>,
}

/// A page of a list, as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Noted {
    pub(crate) path: String,
    /// With which the forge tells whether it is the same.
    pub(crate) etag: Option<String>,
    /// Its repositories: the number, and the digest of the row where it is one that is read.
    pub(crate) rows: Vec<(String, Option<String>)>,
    pub(crate) next: Option<String>,
}

impl Memory {
    /// What is known. Of pages nothing is, where other settings select other rows.
    pub(crate) fn of(forge: &Forge) -> Result<Memory> {
        let memory: Memory = state::get(&key(forge)).ok().flatten().unwrap_or_default();
        let same = memory.settings == forge.digest();
        Ok(if same { memory } else { Memory { pages: Vec::new(), settings: forge.digest(), ..memory } })
    }

    /// Keeps it. Pages that take too much are not kept: the next listing is then read whole.
    pub(crate) fn keep(&self, forge: &Forge) -> Result<()> {
        state::set(&key(forge), self)
            .or_else(|_| state::set(&key(forge), &Memory { pages: Vec::new(), ..self.clone() }))
    }

    /// Forgets a repository that is gone for certain, so that it is not looked for.
    pub(crate) fn forget(forge: &Forge, id: &str) -> Result<()> {
        let mut memory = Memory::of(forge)?;
        match memory.ids.remove(id) {
            true => memory.keep(forge),
            false => Ok(()),
        }
    }
}

fn key(forge: &Forge) -> String {
    // A key has at most 256 bytes, and the path of a group may have more.
    format!("owner/{}", crate::cursor::digest([forge.key().to_lowercase().as_str()].into_iter()))
}
