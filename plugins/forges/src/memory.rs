//! What a listing left behind: which repositories an owner had, and what each page of the list was.
//!
//! Rule: of what an owner had, nothing is lost in silence, since what nobody remembers is not looked for where a list leaves it out. So a
//! memory that cannot be read has its run remove nothing, and one that cannot be kept is an error. What pages were is worth a listing that
//! is read whole, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::{Error, Result, state};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::settings::Forge;

/// What is known of an owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Memory {
    /// What the settings were.
    settings: String,
    /// The repositories that were read, by their numbers.
    pub(crate) ids: BTreeSet<String>,
    /// Those of them that are not found any more, and since when, in milliseconds since 1970.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) missing: BTreeMap<String, u64>,
    /// The pages of the list.
    pub(crate) pages: Vec<Noted>,
    /// Whether there is a memory that does not say which repositories there were.
    #[serde(skip)]
    pub(crate) is_lost: bool,
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
        let memory = state::get::<Value>(&key(forge)).map_err(|error| error.context(forge.key()))?;
        let memory = memory.map(Memory::read).unwrap_or_default();
        let same = memory.settings == forge.digest();
        Ok(if same { memory } else { Memory { pages: Vec::new(), settings: forge.digest(), ..memory } })
    }

    /// Reads it as far as it makes sense, whichever version wrote it.
    fn read(mut memory: Value) -> Memory {
        let id = |id: &Value| id.as_str().map(str::to_owned).or_else(|| id.as_u64().map(|id| id.to_string()));
        let ids: Option<BTreeSet<String>> = memory["ids"].as_array().and_then(|ids| ids.iter().map(id).collect());
        let mut take = |name: &str| memory.get_mut(name).map(Value::take).unwrap_or_default();
        let (missing, pages) = (take("missing"), take("pages"));
        Memory {
            settings: memory["settings"].as_str().unwrap_or_default().to_owned(),
            is_lost: ids.is_none(),
            ids: ids.unwrap_or_default(),
            missing: serde_json::from_value(missing).unwrap_or_default(),
            pages: serde_json::from_value(pages).unwrap_or_default(),
        }
    }

    /// Keeps it. Pages that take too much are not kept: the next listing is then read whole.
    pub(crate) fn keep(&self, forge: &Forge) -> Result<()> {
        let kept = state::set(&key(forge), self)
            .or_else(|_| state::set(&key(forge), &Memory { pages: Vec::new(), ..self.clone() }));
        kept.map_err(|error: Error| {
            error.context(format_args!(
                "{}: which {} repositories there are cannot be kept, and without that nobody could tell what is gone from what a list leaves out",
                forge.key(),
                self.ids.len()
            ))
        })
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

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;
    use serde_json::json;

    use super::*;
    use crate::testing::acme;

    fn known(kept: &Value) -> Memory {
        Portal::new().keep(&key(&acme()), kept).run(|| Memory::of(&acme())).expect("read")
    }

    #[test]
    fn what_another_version_wrote_is_read_as_far_as_it_makes_sense() {
        let ids = BTreeSet::from(["7".to_owned(), "8".to_owned()]);
        let page = json!({ "path": "/a", "etag": null, "rows": [["7", null]], "next": null });
        let settings = acme().digest();
        let whole = json!({ "settings": settings, "ids": ["7", "8"], "missing": { "7": 1 }, "pages": [page] });
        let memory = known(&whole);
        assert_eq!((&memory.ids, memory.missing["7"], memory.pages.len(), memory.is_lost), (&ids, 1, 1, false));
        for other in [
            json!({ "settings": settings, "ids": [7, "8"], "pages": [{ "path": "/a" }], "more": true }),
            json!({ "ids": ["8", "7"], "missing": [], "pages": 7 }),
        ] {
            let memory = known(&other);
            assert_eq!((&memory.ids, memory.pages.len(), memory.is_lost), (&ids, 0, false), "{other}");
        }
        for lost in [json!({ "settings": settings, "ids": { "7": true } }), json!({ "ids": [["7"]] }), json!([])] {
            assert!(known(&lost).is_lost, "{lost}");
        }
        assert!(!Portal::new().run(|| Memory::of(&acme())).expect("none").is_lost, "who never kept any lost none");
    }

    #[test]
    fn a_memory_without_room_lets_go_of_pages_first_and_then_says_so() {
        let noted = Noted { path: "x".repeat(1_000), ..Noted::default() };
        let memory = Memory { ids: BTreeSet::from(["7".to_owned()]), pages: vec![noted], ..Memory::default() };
        let portal = Portal::new().room(500);
        portal.run(|| memory.keep(&acme())).expect("kept without its page");
        assert_eq!(portal.state(&key(&acme())).expect("a memory")["pages"], json!([]));
        let error = portal.room(10).run(|| memory.keep(&acme())).expect_err("no room").to_string();
        assert!(
            error
                .starts_with("github.com/acme: which 1 repositories there are cannot be kept, and without that nobody"),
            "{error}"
        );
        assert!(error.contains("has room for 10 bytes"), "{error}");
    }
}
