//! The order of a page by the value of a field.
//!
//! Values are compared as texts, in lower case, since that is how the index has them; a field whose values are all numbers, such as a
//! count or a fact, is compared by number. Rule: where one value is none, all are texts, as Backstage sorts them.

use std::cmp::Ordering;

use portico_model::{Filter, number, rows};
use roaring::RoaringBitmap;

use crate::by_name::NAME;
use crate::posting::NOTHING;
use crate::query::{Direction, Position};
use crate::read::stored;
use crate::select::Reader;
use crate::{StoreError, posting};

/// Up to this many matches are sorted by reading the entities themselves, at about 15 µs each; for more it is quicker to walk
/// the sorted index, which at 64 of 10,000 meets the first 20 after some 3,000 steps of 0.3 µs.
const FEW: u64 = 64;

/// How to go through a sorted field.
pub(crate) struct Walk<'a> {
    pub(crate) field: &'a str,
    /// Which way the page is sorted.
    pub(crate) order: Direction,
    /// Which way to go: the other one for the page before.
    pub(crate) direction: Direction,
    pub(crate) from: Option<&'a Position>,
    pub(crate) wanted: usize,
    /// Whether all values of the field are numbers.
    pub(crate) are_numbers: bool,
}

impl Walk<'_> {
    /// Whether a place lies behind the one to continue from.
    pub(crate) fn passes(&self, value: &str, id: u32) -> bool {
        let Some(from) = self.from else { return true };
        let order = self.compare(value, from.value.as_deref().unwrap_or("")).then(id.cmp(&from.id));
        match self.direction {
            Direction::Ascending => order.is_gt(),
            Direction::Descending => order.is_lt(),
        }
    }

    /// How two values stand to each other, smallest first.
    fn compare(&self, one: &str, other: &str) -> Ordering {
        let numbers = || Some(number(one)?.total_cmp(&number(other)?));
        let by_number = if self.are_numbers { numbers() } else { None };
        by_number.unwrap_or(Ordering::Equal).then_with(|| one.cmp(other))
    }
}

impl Reader {
    /// The values of a field, smallest first, if all of them are numbers; those of another field are told apart by the first.
    pub(crate) fn numbers(&self, key: u32, field: &str) -> Result<Option<Vec<String>>, StoreError> {
        // The records stand in the order of names as texts.
        if field.eq_ignore_ascii_case(NAME) {
            return Ok(None);
        }
        let mut numbers: Vec<(f64, String)> = Vec::new();
        for entry in self.postings.range(posting::all_of(key))? {
            let row = entry?.0;
            let text = posting::text(row.value().1)?;
            let Some(value) = number(text) else { return Ok(None) };
            if numbers.last().is_none_or(|(_, last)| last != text) {
                numbers.push((value, text.to_owned()));
            }
        }
        numbers.sort_by(|(a, text), (b, other)| a.total_cmp(b).then_with(|| text.cmp(other)));
        Ok(Some(numbers.into_iter().map(|(_, text)| text).collect()))
    }

    /// The first of a set by the field's order, from where the walk begins.
    pub(crate) fn sorted(
        &self,
        key: u32,
        filter: &Filter,
        set: &RoaringBitmap,
        walk: &Walk<'_>,
        numbers: Option<Vec<String>>,
    ) -> Result<Vec<Position>, StoreError> {
        if set.len() <= FEW {
            return self.sorted_by_reading(set, walk);
        }
        if let Some(found) = self.sorted_by_name(filter, set, walk)? {
            return Ok(found);
        }
        match numbers {
            Some(numbers) => self.sorted_by_number(key, set, walk, numbers),
            None => self.sorted_by_walking(key, set, walk),
        }
    }

    /// Goes through a field's numbers, smallest first, and picks the entities of the set.
    fn sorted_by_number(
        &self,
        key: u32,
        set: &RoaringBitmap,
        walk: &Walk<'_>,
        mut numbers: Vec<String>,
    ) -> Result<Vec<Position>, StoreError> {
        if walk.direction == Direction::Descending {
            numbers.reverse();
        }
        let (mut seen, mut found) = (RoaringBitmap::new(), Vec::new());
        for value in numbers {
            let mut group = Group { value, ids: Vec::new() };
            for entry in self.postings.range((key, group.value.as_bytes(), NOTHING)..)? {
                let (row, ids) = entry?;
                let (row_key, lower, _) = row.value();
                if row_key != key || lower != group.value.as_bytes() {
                    break;
                }
                posting::each_in("postings", ids.value(), set, |id| group.ids.push(id))?;
            }
            group.pour(self, walk, &mut seen, &mut found)?;
            if found.len() >= walk.wanted {
                break;
            }
        }
        Ok(found)
    }

    /// Reads each entity's value and sorts.
    fn sorted_by_reading(&self, set: &RoaringBitmap, walk: &Walk<'_>) -> Result<Vec<Position>, StoreError> {
        let mut found = Vec::new();
        for id in set {
            if let Some(value) = self.value(id, walk)?
                && walk.passes(&value, id)
            {
                found.push(Position { value: Some(value), id });
            }
        }
        let value = |position: &Position| position.value.clone().unwrap_or_default();
        found.sort_by(|a, b| walk.compare(&value(a), &value(b)).then(a.id.cmp(&b.id)));
        if walk.direction == Direction::Descending {
            found.reverse();
        }
        found.truncate(walk.wanted);
        Ok(found)
    }

    /// The value at which an entity stands: of several the first in the page's order.
    fn value(&self, id: u32, walk: &Walk<'_>) -> Result<Option<String>, StoreError> {
        let Some(entity) = stored(&self.entities, id)? else { return Ok(None) };
        let entity: serde_json::Value = serde_json::from_slice(&entity)
            .map_err(|error| StoreError::Damaged { table: "entities", reason: error.to_string() })?;
        let (field, rows) = (walk.field.to_lowercase(), rows(&entity));
        let values = rows.0.iter().filter(|row| row.key == field).filter_map(|row| row.value.as_deref());
        let values = values.map(str::to_lowercase);
        Ok(match walk.order {
            Direction::Ascending => values.min_by(|a, b| walk.compare(a, b)),
            Direction::Descending => values.max_by(|a, b| walk.compare(a, b)),
        })
    }

    /// Goes through the field's values in order and picks the entities of the set.
    fn sorted_by_walking(&self, key: u32, set: &RoaringBitmap, walk: &Walk<'_>) -> Result<Vec<Position>, StoreError> {
        let from = walk.from.and_then(|from| from.value.as_deref()).unwrap_or("");
        // The first string behind a value is that value with a zero character appended.
        let behind = format!("{from}\0");
        let ascending = walk.direction == Direction::Ascending;
        let mut range = match (ascending, walk.from.is_some()) {
            (false, true) => self.postings.range((key, NOTHING, NOTHING)..(key, behind.as_bytes(), NOTHING))?,
            _ => self.postings.range((key, from.as_bytes(), NOTHING)..(key + 1, NOTHING, NOTHING))?,
        };
        let mut group = Group { value: String::new(), ids: Vec::new() };
        let mut seen = RoaringBitmap::new();
        let mut found = Vec::new();
        let mut hits = Vec::new();
        while let Some(entry) = if ascending { range.next() } else { range.next_back() } {
            let (row, ids) = entry?;
            posting::each_in("postings", ids.value(), set, |id| hits.push(id))?;
            // Most rows of a large catalog are about entities that are not asked for, and cost no more than this look.
            if hits.is_empty() {
                continue;
            }
            let value = posting::text(row.value().1)?;
            if value != group.value {
                group.pour(self, walk, &mut seen, &mut found)?;
                if found.len() >= walk.wanted {
                    break;
                }
                value.clone_into(&mut group.value);
            }
            group.ids.append(&mut hits);
        }
        group.pour(self, walk, &mut seen, &mut found)?;
        found.truncate(walk.wanted);
        Ok(found)
    }
}

/// The entities that share a value, in whatever case it is written.
struct Group {
    value: String,
    ids: Vec<u32>,
}

impl Group {
    /// Moves the group's entities to the end of the list, in the walk's direction.
    fn pour(
        &mut self,
        reader: &Reader,
        walk: &Walk<'_>,
        seen: &mut RoaringBitmap,
        found: &mut Vec<Position>,
    ) -> Result<(), StoreError> {
        let mut ids = std::mem::take(&mut self.ids);
        // Rows of one value in several cases are several lists.
        ids.sort_unstable();
        if walk.direction == Direction::Descending {
            ids.reverse();
        }
        for id in ids {
            if found.len() == walk.wanted {
                break;
            }
            if !walk.passes(&self.value, id) || seen.contains(id) {
                continue;
            }
            // One with several values stands on another page, unless this is the first of them.
            if walk.from.is_some() && reader.value(id, walk)?.as_deref() != Some(self.value.as_str()) {
                continue;
            }
            seen.insert(id);
            found.push(Position { value: Some(self.value.clone()), id });
        }
        Ok(())
    }
}
