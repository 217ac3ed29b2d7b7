//! Queries: filtered, sorted pages of entities, and counts by value.
//!
//! Rule: the size of the answer decides the work, not the size of the catalog, wherever an index allows it. Entities
//! come out as the JSON that is stored.

use portico_model::{Filter, rows};
use redb::ReadableTable;
use roaring::RoaringBitmap;

use crate::posting::NOTHING;
use crate::read::stored;
use crate::select::Reader;
use crate::{Catalog, StoreError, posting, record, tables};

/// Up to this many matches are sorted by reading the entities themselves, at about 15 µs each; for more it is quicker to walk
/// the sorted index, which at 64 of 10,000 meets the first 20 after some 3,000 steps of 0.3 µs.
const FEW: u64 = 64;

/// A page of entities to ask for.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which entities.
    pub filter: Filter,
    /// Words to look for, beside the filter.
    pub text: Option<TextFilter>,
    /// In which order.
    pub order: Order,
    /// Continue after (or, going back, before) this place.
    pub from: Option<Position>,
    /// Go back from `from`.
    pub backwards: bool,
    /// Leave out this many first.
    pub offset: usize,
    /// At most so many.
    pub limit: usize,
}

/// In which order entities come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they entered the catalog.
    Age,
    /// By reference.
    Reference,
    /// By the value of a field, then by age in the same direction.
    Field {
        /// The search row's key, such as `metadata.name`.
        field: String,
        /// Which way.
        direction: Direction,
        /// Whether entities without a value come last; otherwise they are left out and not counted.
        keep_valueless: bool,
    },
}

/// Which way a sorted page runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Entities that hold `term` in any of the fields, whatever the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFilter {
    /// What to look for.
    pub term: String,
    /// Search row keys.
    pub fields: Vec<String>,
}

/// A place in a sorted list, such as a cursor holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The lower-case value of the field; none where entities are not sorted by one.
    pub value: Option<String>,
    /// The entity's number inside the catalog.
    pub id: u32,
}

/// A page of entities.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The entities, each as JSON.
    pub items: Vec<Vec<u8>>,
    /// How many match in all.
    pub total: u64,
    /// The first item's place.
    pub first: Option<Position>,
    /// The last item's place.
    pub last: Option<Position>,
    /// Whether there are more in the direction asked for.
    pub more: bool,
}

/// How often a value occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCount {
    /// As written.
    pub value: String,
    /// Entities that have it.
    pub count: u64,
}

impl Catalog {
    /// One page.
    pub fn query(&self, query: &Query) -> Result<Page, StoreError> {
        let transaction = self.read()?;
        let reader = Reader::open(&transaction)?;
        let mut matching = reader.select(&query.filter)?;
        if let Some(text) = &query.text {
            matching &= reader.text(text)?;
        }
        let wanted = query.offset.saturating_add(query.limit).saturating_add(1);
        let (total, mut found) = match &query.order {
            Order::Age => (matching.len(), by_age(&matching, query, wanted)),
            Order::Reference => {
                let records = transaction.open_table(tables::RECORDS)?;
                (matching.len(), by_reference(&records, &matching, wanted)?)
            }
            Order::Field { field, direction, keep_valueless } => {
                let key = reader.key(field)?;
                let valued = key.map_or(Ok(RoaringBitmap::new()), |key| reader.valued(key))?;
                let sorted = &matching & &valued;
                let direction = if query.backwards { direction.reversed() } else { *direction };
                let walk = Walk { field, direction, from: query.from.as_ref(), wanted };
                let mut found = match key {
                    Some(key) => reader.sorted(key, &query.filter, &sorted, walk)?,
                    None => Vec::new(),
                };
                if *keep_valueless {
                    let rest = (&matching - &valued).into_iter().map(|id| Position { value: None, id });
                    found.extend(rest.take(wanted.saturating_sub(found.len())));
                    (matching.len(), found)
                } else {
                    (sorted.len(), found)
                }
            }
        };
        let more = found.len() > query.offset.saturating_add(query.limit);
        found.truncate(query.offset.saturating_add(query.limit));
        found.drain(..query.offset.min(found.len()));
        if query.backwards {
            found.reverse();
        }
        let mut items = Vec::with_capacity(found.len());
        for position in &found {
            items.extend(stored(&reader.entities, position.id)?);
        }
        Ok(Page { items, total, first: found.first().cloned(), last: found.last().cloned(), more })
    }

    /// How often each value of each field occurs among the entities that match, sorted by value.
    pub fn facets(
        &self,
        fields: &[String],
        filter: &Filter,
        text: Option<&TextFilter>,
    ) -> Result<Vec<Vec<FacetCount>>, StoreError> {
        let transaction = self.read()?;
        let reader = Reader::open(&transaction)?;
        let mut matching = reader.select(filter)?;
        if let Some(text) = text {
            matching &= reader.text(text)?;
        }
        fields.iter().map(|field| reader.facet(field, &matching)).collect()
    }
}

impl Direction {
    fn reversed(self) -> Direction {
        match self {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        }
    }
}

fn by_age(matching: &RoaringBitmap, query: &Query, wanted: usize) -> Vec<Position> {
    let place = |id| Position { value: None, id };
    let from = query.from.as_ref().map(|from| from.id);
    if query.backwards {
        matching.iter().rev().skip_while(|id| from.is_some_and(|from| *id >= from)).take(wanted).map(place).collect()
    } else {
        let start = from.map_or(0, |from| from.saturating_add(1));
        matching.range(start..).take(wanted).map(place).collect()
    }
}

fn by_reference(
    records: &impl ReadableTable<&'static str, &'static [u8]>,
    matching: &RoaringBitmap,
    wanted: usize,
) -> Result<Vec<Position>, StoreError> {
    let mut found = Vec::new();
    for entry in records.iter()? {
        let record: record::EntityRecord = record::decode("records", entry?.1.value())?;
        if matching.contains(record.id) {
            found.push(Position { value: None, id: record.id });
            if found.len() == wanted {
                break;
            }
        }
    }
    Ok(found)
}

/// How to go through a sorted field.
pub(crate) struct Walk<'a> {
    pub(crate) field: &'a str,
    pub(crate) direction: Direction,
    pub(crate) from: Option<&'a Position>,
    pub(crate) wanted: usize,
}

impl Walk<'_> {
    /// Whether a place lies behind the one to continue from.
    pub(crate) fn passes(&self, value: &str, id: u32) -> bool {
        let Some(from) = self.from else { return true };
        let place = (value, id);
        let from = (from.value.as_deref().unwrap_or(""), from.id);
        match self.direction {
            Direction::Ascending => place > from,
            Direction::Descending => place < from,
        }
    }
}

impl Reader {
    fn text(&self, text: &TextFilter) -> Result<RoaringBitmap, StoreError> {
        let term = text.term.trim().to_lowercase();
        if term.is_empty() {
            return self.all();
        }
        self.any_containing(&text.fields, &term)
    }

    fn sorted(
        &self,
        key: u32,
        filter: &Filter,
        set: &RoaringBitmap,
        walk: Walk<'_>,
    ) -> Result<Vec<Position>, StoreError> {
        if set.len() <= FEW {
            return self.sorted_by_reading(set, &walk);
        }
        match self.sorted_by_name(filter, set, &walk)? {
            Some(found) => Ok(found),
            None => self.sorted_by_walking(key, set, &walk),
        }
    }

    /// Reads each entity's value and sorts. An entity with several values stands at its smallest.
    fn sorted_by_reading(&self, set: &RoaringBitmap, walk: &Walk<'_>) -> Result<Vec<Position>, StoreError> {
        let field = walk.field.to_lowercase();
        let mut found = Vec::new();
        for id in set {
            let Some(entity) = stored(&self.entities, id)? else { continue };
            let entity: serde_json::Value = serde_json::from_slice(&entity)
                .map_err(|error| StoreError::Damaged { table: "entities", reason: error.to_string() })?;
            let rows = rows(&entity);
            let values = rows.0.iter().filter(|row| row.key == field).filter_map(|row| row.value.as_deref());
            if let Some(value) = values.map(str::to_lowercase).min()
                && walk.passes(&value, id)
            {
                found.push(Position { value: Some(value), id });
            }
        }
        found.sort_by(|a, b| (&a.value, a.id).cmp(&(&b.value, b.id)));
        if walk.direction == Direction::Descending {
            found.reverse();
        }
        found.truncate(walk.wanted);
        Ok(found)
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
                group.pour(walk, &mut seen, &mut found);
                if found.len() >= walk.wanted {
                    break;
                }
                value.clone_into(&mut group.value);
            }
            group.ids.append(&mut hits);
        }
        group.pour(walk, &mut seen, &mut found);
        found.truncate(walk.wanted);
        Ok(found)
    }

    fn facet(&self, field: &str, matching: &RoaringBitmap) -> Result<Vec<FacetCount>, StoreError> {
        let Some(key) = self.key(field)? else { return Ok(Vec::new()) };
        let mut counts = Vec::new();
        for entry in self.postings.range(posting::all_of(key))? {
            let (row, set) = entry?;
            let count = posting::count_in("postings", set.value(), matching)?;
            if count > 0 {
                let (_, lower, written) = row.value();
                let value = posting::text(if written.is_empty() { lower } else { written })?.to_owned();
                counts.push(FacetCount { value, count });
            }
        }
        counts.sort_by(|a, b| a.value.cmp(&b.value));
        Ok(counts)
    }
}

/// The entities that share a value, in whatever case it is written.
struct Group {
    value: String,
    ids: Vec<u32>,
}

impl Group {
    /// Moves the group's entities to the end of the list, in the walk's direction.
    fn pour(&mut self, walk: &Walk<'_>, seen: &mut RoaringBitmap, found: &mut Vec<Position>) {
        let mut ids = std::mem::take(&mut self.ids);
        // Rows of one value in several cases are several lists.
        ids.sort_unstable();
        let mut take = |id| {
            if walk.passes(&self.value, id) && found.len() < walk.wanted && seen.insert(id) {
                found.push(Position { value: Some(self.value.clone()), id });
            }
        };
        match walk.direction {
            Direction::Ascending => ids.into_iter().for_each(&mut take),
            Direction::Descending => ids.into_iter().rev().for_each(&mut take),
        }
    }
}
