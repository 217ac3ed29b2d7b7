//! Selection: a filter becomes the set of entities that match it, from the indexes alone.

use memchr::memmem::Finder;
use portico_model::Filter;
use redb::{ReadOnlyTable, ReadTransaction};
use roaring::RoaringBitmap;

use crate::index::ALL;
use crate::{StoreError, posting, tables};

/// The index tables of one committed state.
pub(crate) struct Reader {
    pub(crate) keys: ReadOnlyTable<&'static str, u32>,
    pub(crate) present: ReadOnlyTable<u32, &'static [u8]>,
    pub(crate) valueless: ReadOnlyTable<u32, &'static [u8]>,
    pub(crate) postings: ReadOnlyTable<(u32, &'static str, &'static str), &'static [u8]>,
    pub(crate) entities: ReadOnlyTable<u32, &'static [u8]>,
}

impl Reader {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Reader, StoreError> {
        Ok(Reader {
            keys: transaction.open_table(tables::KEYS)?,
            present: transaction.open_table(tables::PRESENT)?,
            valueless: transaction.open_table(tables::VALUELESS)?,
            postings: transaction.open_table(tables::POSTINGS)?,
            entities: transaction.open_table(tables::ENTITIES)?,
        })
    }

    /// Every entity.
    pub(crate) fn all(&self) -> Result<RoaringBitmap, StoreError> {
        self.set(ALL)
    }

    fn set(&self, key: u32) -> Result<RoaringBitmap, StoreError> {
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
            for entry in self.postings.range((key, "", "")..(key + 1, "", ""))? {
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
            Filter::HasPrefix(key, prefix) => self.values(key, prefix, |value| value.starts_with(prefix.as_str())),
            Filter::Relation { relation, targets } => {
                let key = format!("relations.{relation}");
                match targets {
                    Some(targets) => self.equal(&key, targets),
                    None => self.key(&key)?.map_or(Ok(RoaringBitmap::new()), |key| self.set(key)),
                }
            }
        }
    }

    fn equal(&self, key: &str, values: &[String]) -> Result<RoaringBitmap, StoreError> {
        let Some(key) = self.key(key)? else { return Ok(RoaringBitmap::new()) };
        let mut found = RoaringBitmap::new();
        for value in values {
            let value = value.to_lowercase();
            for entry in self.postings.range((key, value.as_str(), "")..)? {
                let (row, set) = entry?;
                let (row_key, lower, _) = row.value();
                if row_key != key || lower != value {
                    break;
                }
                found |= posting::decode("postings", set.value())?;
            }
        }
        Ok(found)
    }

    /// Entities with a value of `key`, from `start` on in order, while `matches`.
    fn values(&self, key: &str, start: &str, matches: impl Fn(&str) -> bool) -> Result<RoaringBitmap, StoreError> {
        let Some(key) = self.key(key)? else { return Ok(RoaringBitmap::new()) };
        let mut found = RoaringBitmap::new();
        for entry in self.postings.range((key, start, "")..(key + 1, "", ""))? {
            let (row, set) = entry?;
            if !matches(row.value().1) {
                break;
            }
            found |= posting::decode("postings", set.value())?;
        }
        Ok(found)
    }

    /// Entities with a value of `key` that holds `term`, which is lower-case.
    pub(crate) fn containing(&self, key: &str, term: &str) -> Result<RoaringBitmap, StoreError> {
        let Some(key) = self.key(key)? else { return Ok(RoaringBitmap::new()) };
        let finder = Finder::new(term);
        // Most values belong to one entity: a list that becomes a set at the end beats a set that grows by ones.
        let mut found = Vec::new();
        for entry in self.postings.range((key, "", "")..(key + 1, "", ""))? {
            let (row, set) = entry?;
            if finder.find(row.value().1.as_bytes()).is_some() {
                posting::append("postings", set.value(), &mut found)?;
            }
        }
        found.sort_unstable();
        Ok(found.into_iter().collect())
    }
}
