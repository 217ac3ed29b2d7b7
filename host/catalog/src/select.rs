//! Selection: a filter becomes the set of entities that match it, from the indexes alone.

use memchr::memmem::Finder;
use portico_model::{Comparison, Filter, WORD_FIELDS};
use redb::{ReadOnlyTable, ReadTransaction};
use roaring::RoaringBitmap;

use crate::index::ALL;
use crate::posting::NOTHING;
use crate::record::{EntityRecord, decode};
use crate::{StoreError, posting, tables};

/// The index tables of one committed state.
pub(crate) struct Reader {
    pub(crate) keys: ReadOnlyTable<&'static str, u32>,
    pub(crate) present: ReadOnlyTable<u32, &'static [u8]>,
    pub(crate) valueless: ReadOnlyTable<u32, &'static [u8]>,
    pub(crate) postings: ReadOnlyTable<posting::Key, &'static [u8]>,
    pub(crate) entities: ReadOnlyTable<u32, &'static [u8]>,
    pub(crate) records: ReadOnlyTable<&'static str, &'static [u8]>,
}

impl Reader {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Reader, StoreError> {
        Ok(Reader {
            keys: transaction.open_table(tables::KEYS)?,
            present: transaction.open_table(tables::PRESENT)?,
            valueless: transaction.open_table(tables::VALUELESS)?,
            postings: transaction.open_table(tables::POSTINGS)?,
            entities: transaction.open_table(tables::ENTITIES)?,
            records: transaction.open_table(tables::RECORDS)?,
        })
    }

    /// Every entity.
    pub(crate) fn all(&self) -> Result<RoaringBitmap, StoreError> {
        self.set(ALL)
    }

    /// The entities that have a row with a key, whatever its value.
    pub(crate) fn set(&self, key: u32) -> Result<RoaringBitmap, StoreError> {
        self.present.get(key)?.map_or(Ok(RoaringBitmap::new()), |set| posting::decode("present", set.value()))
    }

    /// The id of a key, in any case; none if no entity has it.
    pub(crate) fn key(&self, key: &str) -> Result<Option<u32>, StoreError> {
        Ok(self.keys.get(key.to_lowercase().as_str())?.map(|id| id.value()))
    }

    /// Entities that have a comparable value for a key.
    pub(crate) fn valued(&self, key: u32) -> Result<RoaringBitmap, StoreError> {
        let mut set = self.set(key)?;
        if let Some(valueless) = self.valueless.get(key)? {
            // An entity may have both: `[null, 1]` has a value.
            let valueless = posting::decode("valueless", valueless.value())?;
            let mut bare = valueless.clone();
            for entry in self.postings.range(posting::all_of(key))? {
                bare -= posting::decode("postings", entry?.1.value())?;
                if bare.is_empty() {
                    break;
                }
            }
            set -= bare;
        }
        Ok(set)
    }

    /// The entities that match.
    pub(crate) fn select(&self, filter: &Filter) -> Result<RoaringBitmap, StoreError> {
        match filter {
            Filter::All(parts) => {
                let mut sets = parts.iter().map(|part| self.select(part));
                let Some(first) = sets.next() else { return self.all() };
                sets.try_fold(first?, |all, set| if all.is_empty() { Ok(all) } else { Ok(all & set?) })
            }
            Filter::Any(parts) => {
                parts.iter().map(|part| self.select(part)).try_fold(RoaringBitmap::new(), |any, set| Ok(any | set?))
            }
            Filter::Not(part) => Ok(self.all()? - self.select(part)?),
            Filter::Exists(key) => self.key(key)?.map_or(Ok(RoaringBitmap::new()), |key| self.set(key)),
            Filter::Equals(key, value) => self.equal(key, std::slice::from_ref(value)),
            Filter::In(key, values) => self.equal(key, values),
            Filter::HasPrefix(key, prefix) => {
                self.values(key, prefix, |value| match value.starts_with(prefix.as_str()) {
                    true => Pick::Yes,
                    false => Pick::Over,
                })
            }
            Filter::Relation { relation, targets } => {
                let key = format!("relations.{relation}");
                match targets {
                    Some(targets) => self.equal(&key, targets),
                    None => self.key(&key)?.map_or(Ok(RoaringBitmap::new()), |key| self.set(key)),
                }
            }
            Filter::Compare(key, how, operand) => {
                self.values(key, "", |value| Pick::some(operand.compare(value).is_some_and(|order| how.holds(order))))
            }
            Filter::Along(relation, filter) => self.along(relation, &self.select(filter)?),
            Filter::Count(relation, how, number) => self.count(relation, *how, *number),
            Filter::Words(words) => words.iter().try_fold(self.all()?, |all, word| {
                if all.is_empty() { Ok(all) } else { Ok(all & self.any_containing(&WORD_FIELDS, word)?) }
            }),
        }
    }

    fn equal(&self, key: &str, values: &[String]) -> Result<RoaringBitmap, StoreError> {
        let Some(key) = self.key(key)? else { return Ok(RoaringBitmap::new()) };
        let mut found = RoaringBitmap::new();
        for value in values {
            let value = value.to_lowercase();
            for entry in self.postings.range((key, value.as_bytes(), NOTHING)..)? {
                let (row, set) = entry?;
                let (row_key, lower, _) = row.value();
                if row_key != key || lower != value.as_bytes() {
                    break;
                }
                found |= posting::decode("postings", set.value())?;
            }
        }
        Ok(found)
    }

    /// Entities with a value of `key`, from `start` on in order, that `pick` takes.
    fn values(&self, key: &str, start: &str, pick: impl Fn(&str) -> Pick) -> Result<RoaringBitmap, StoreError> {
        let Some(key) = self.key(key)? else { return Ok(RoaringBitmap::new()) };
        let mut found = Vec::new();
        for entry in self.postings.range((key, start.as_bytes(), NOTHING)..(key + 1, NOTHING, NOTHING))? {
            let (row, set) = entry?;
            match pick(posting::text(row.value().1)?) {
                Pick::Yes => posting::append("postings", set.value(), &mut found)?,
                Pick::No => {}
                Pick::Over => break,
            }
        }
        Ok(collected(found))
    }

    /// Entities with a relation to one of these.
    fn along(&self, relation: &str, targets: &RoaringBitmap) -> Result<RoaringBitmap, StoreError> {
        let Some(key) = self.key(&format!("relations.{relation}"))? else { return Ok(RoaringBitmap::new()) };
        let mut found = Vec::new();
        for entry in self.postings.range(posting::all_of(key))? {
            let (row, set) = entry?;
            let Some(record) = self.records.get(posting::text(row.value().1)?)? else { continue };
            let record: EntityRecord = decode("records", record.value())?;
            if targets.contains(record.id) {
                posting::append("postings", set.value(), &mut found)?;
            }
        }
        Ok(collected(found))
    }

    /// Entities with so many relations.
    fn count(&self, relation: &str, how: Comparison, number: u64) -> Result<RoaringBitmap, StoreError> {
        let all = self.all()?;
        let mut counts = vec![0_u64; all.max().map_or(0, |last| last as usize + 1)];
        if let Some(key) = self.key(&format!("relations.{relation}"))? {
            for entry in self.postings.range(posting::all_of(key))? {
                posting::each_in("postings", entry?.1.value(), &all, |id| counts[id as usize] += 1)?;
            }
        }
        Ok(all.iter().filter(|id| how.holds(counts[*id as usize].cmp(&number))).collect())
    }

    /// Entities with a value of any of the keys that holds `term`, which is lower-case.
    pub(crate) fn any_containing<S: AsRef<str>>(&self, keys: &[S], term: &str) -> Result<RoaringBitmap, StoreError> {
        let sets = keys.iter().map(|key| self.containing(key.as_ref(), term));
        sets.into_iter().try_fold(RoaringBitmap::new(), |any, set| Ok(any | set?))
    }

    /// Entities with a value of `key` that holds `term`, which is lower-case.
    fn containing(&self, key: &str, term: &str) -> Result<RoaringBitmap, StoreError> {
        let Some(key) = self.key(key)? else { return Ok(RoaringBitmap::new()) };
        let finder = Finder::new(term);
        let mut found = Vec::new();
        for entry in self.postings.range(posting::all_of(key))? {
            let (row, set) = entry?;
            if finder.find(row.value().1).is_some() {
                posting::append("postings", set.value(), &mut found)?;
            }
        }
        Ok(collected(found))
    }
}

/// What becomes of a value on the way through a key's values.
enum Pick {
    Yes,
    No,
    /// Neither this one nor any behind it.
    Over,
}

impl Pick {
    fn some(is_wanted: bool) -> Pick {
        if is_wanted { Pick::Yes } else { Pick::No }
    }
}

/// A list of ids as a set. Most values belong to one entity: a list that becomes a set at the end beats a set that grows by ones.
fn collected(mut ids: Vec<u32>) -> RoaringBitmap {
    ids.sort_unstable();
    ids.into_iter().collect()
}
