//! The indexes: which entities have which search rows.
//!
//! Rule: an entity's old and new rows are compared, and only what differs is written; every set that a commit touches
//! is read and written once, in key order.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;
use portico_model::{Rows, lower};
use redb::{ReadableTable, ReadableTableMetadata, Table, WriteTransaction};
use roaring::RoaringBitmap;

use crate::{StoreError, batch, posting, tables};

/// The key id under which every entity stands.
pub(crate) const ALL: u32 = 0;

/// Pending rows after which they are written, which bounds the memory of a large commit (about 100 bytes a row).
const FLUSH: usize = 250_000;

/// Rows of an entity, about: room is made for so many where entities are to come.
const ROWS: usize = 16;

/// A row as an index key: key id, lower-case value, value as written if that differs.
type PostingKey = (u32, Box<str>, Box<str>);

pub(crate) struct Index<'t> {
    keys: Table<'t, &'static str, u32>,
    present: Table<'t, u32, &'static [u8]>,
    valueless: Table<'t, u32, &'static [u8]>,
    postings: Table<'t, posting::Key, &'static [u8]>,
    ids: HashMap<String, u32, RandomState>,
    pending: HashMap<PostingKey, Delta, RandomState>,
    pending_present: BTreeMap<u32, Delta>,
    pending_valueless: BTreeMap<u32, Delta>,
    rows: usize,
}

/// Entities that enter (true) and leave a set, in the order of events: of several about one entity the last counts.
enum Delta {
    /// Most rows are one entity's own, so that is kept without a list.
    One([(u32, bool); 1]),
    Many(Vec<(u32, bool)>),
}

impl Default for Delta {
    fn default() -> Delta {
        Delta::Many(Vec::new())
    }
}

impl Delta {
    fn enter(&mut self, id: u32) {
        self.push((id, true));
    }

    fn leave(&mut self, id: u32) {
        self.push((id, false));
    }

    fn push(&mut self, event: (u32, bool)) {
        match self {
            Delta::One([first]) => *self = Delta::Many(vec![*first, event]),
            Delta::Many(events) if events.is_empty() => *self = Delta::One([event]),
            Delta::Many(events) => events.push(event),
        }
    }

    fn events(&self) -> &[(u32, bool)] {
        match self {
            Delta::One(event) => event,
            Delta::Many(events) => events,
        }
    }

    /// The set after this, as it is stored; none if nothing is left of it.
    fn apply(&self, table: &'static str, set: Option<&[u8]>) -> Result<Option<Vec<u8>>, StoreError> {
        // Most sets are new and one entity's own.
        if let (None, [(id, true)]) = (set, self.events()) {
            return Ok(Some(posting::encode_one(*id)));
        }
        let mut set = set.map_or(Ok(RoaringBitmap::new()), |set| posting::decode(table, set))?;
        for (id, enters) in self.events() {
            if *enters {
                set.insert(*id);
            } else {
                set.remove(*id);
            }
        }
        Ok((!set.is_empty()).then(|| posting::encode(&set)))
    }
}

/// A row, and who enters and leaves it.
struct Pending {
    key: PostingKey,
    delta: Delta,
}

impl batch::Row for Pending {
    type Key = posting::Key;
    type Value = &'static [u8];

    fn key(&self) -> (u32, &[u8], &[u8]) {
        let (key, lower, written) = &self.key;
        (*key, lower.as_bytes(), written.as_bytes())
    }

    fn value(&self, before: Option<&[u8]>) -> Result<Option<Vec<u8>>, StoreError> {
        self.delta.apply("postings", before)
    }
}

impl<'t> Index<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Index<'t>, StoreError> {
        Ok(Index {
            keys: transaction.open_table(tables::KEYS)?,
            present: transaction.open_table(tables::PRESENT)?,
            valueless: transaction.open_table(tables::VALUELESS)?,
            postings: transaction.open_table(tables::POSTINGS)?,
            ids: HashMap::default(),
            pending: HashMap::default(),
            pending_present: BTreeMap::new(),
            pending_valueless: BTreeMap::new(),
            rows: 0,
        })
    }

    /// Makes room for the rows of entities that are to come.
    pub(crate) fn expect(&mut self, entities: usize) {
        self.pending.reserve((entities * ROWS).min(FLUSH));
    }

    /// Replaces the rows of an entity; none before means that it is new, none after that it goes.
    pub(crate) fn replace(&mut self, id: u32, before: Option<&Rows>, after: Option<&Rows>) -> Result<(), StoreError> {
        match (before, after) {
            (None, Some(after)) => self.enter(id, after)?,
            (before, after) => {
                if after.is_none() {
                    self.pending_present.entry(ALL).or_default().leave(id);
                }
                let none = Rows(Vec::new());
                self.differ(id, before.unwrap_or(&none), after.unwrap_or(&none))?;
            }
        }
        if self.rows > FLUSH { self.flush() } else { Ok(()) }
    }

    /// All rows of a new entity, of which there is nothing to compare.
    fn enter(&mut self, id: u32, rows: &Rows) -> Result<(), StoreError> {
        self.pending_present.entry(ALL).or_default().enter(id);
        for row in &rows.0 {
            let key = self.row(id, &row.key, row.value.as_deref(), Delta::enter)?;
            let present = self.pending_present.entry(key).or_default();
            // Rows of one key follow each other, more or less; a set takes what comes twice.
            if present.events().last() != Some(&(id, true)) {
                present.enter(id);
            }
        }
        Ok(())
    }

    fn differ(&mut self, id: u32, before: &Rows, after: &Rows) -> Result<(), StoreError> {
        let (old, new) = (distinct(before), distinct(after));
        for (key, value) in old.difference(&new) {
            self.row(id, key, *value, Delta::leave)?;
        }
        for (key, value) in new.difference(&old) {
            self.row(id, key, *value, Delta::enter)?;
        }
        let (old, new) = (keys(before), keys(after));
        for key in old.difference(&new) {
            let key = self.key(key)?;
            self.pending_present.entry(key).or_default().leave(id);
        }
        for key in new.difference(&old) {
            let key = self.key(key)?;
            self.pending_present.entry(key).or_default().enter(id);
        }
        Ok(())
    }

    fn row(&mut self, id: u32, key: &str, value: Option<&str>, change: fn(&mut Delta, u32)) -> Result<u32, StoreError> {
        let key = self.key(key)?;
        match value {
            Some(value) => {
                let lower = lower(value);
                let written = if lower == value { "" } else { value };
                let delta = self.pending.entry((key, lower.as_ref().into(), written.into())).or_default();
                change(delta, id);
                self.rows += 1;
            }
            None => change(self.pending_valueless.entry(key).or_default(), id),
        }
        Ok(key)
    }

    /// The id of a key, given at first sight.
    fn key(&mut self, key: &str) -> Result<u32, StoreError> {
        if let Some(id) = self.ids.get(key) {
            return Ok(*id);
        }
        let known = self.keys.get(key)?.map(|id| id.value());
        let id = match known {
            Some(id) => id,
            None => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "keys are paths in documents, far fewer than entities"
                )]
                let id = self.keys.len()? as u32 + 1;
                self.keys.insert(key, id)?;
                id
            }
        };
        self.ids.insert(key.to_owned(), id);
        Ok(id)
    }

    /// Writes what is pending.
    pub(crate) fn flush(&mut self) -> Result<(), StoreError> {
        let mut pending: Vec<Pending> = self.pending.drain().map(|(key, delta)| Pending { key, delta }).collect();
        pending.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        batch::write(&mut self.postings, &pending)?;
        write(&mut self.present, "present", std::mem::take(&mut self.pending_present))?;
        write(&mut self.valueless, "valueless", std::mem::take(&mut self.pending_valueless))?;
        self.rows = 0;
        Ok(())
    }
}

fn write(
    table: &mut Table<'_, u32, &'static [u8]>,
    name: &'static str,
    pending: BTreeMap<u32, Delta>,
) -> Result<(), StoreError> {
    for (key, delta) in pending {
        let set = delta.apply(name, table.get(key)?.as_ref().map(|set| set.value()))?;
        match set {
            Some(set) => drop(table.insert(key, set.as_slice())?),
            None => drop(table.remove(key)?),
        }
    }
    Ok(())
}

/// The rows as they are compared: where two values differ only in case, the first stands, as in `portico_model::rows`.
fn distinct(rows: &Rows) -> HashSet<(&str, Option<&str>), RandomState> {
    rows.0.iter().map(|row| (row.key.as_str(), row.value.as_deref())).collect()
}

fn keys(rows: &Rows) -> BTreeSet<&str> {
    rows.0.iter().map(|row| row.key.as_str()).collect()
}
