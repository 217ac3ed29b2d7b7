//! Queries: filtered, sorted pages of entities, and counts by value.
//!
//! Rule: the size of the answer decides the work, not the size of the catalog, wherever an index allows it. Entities
//! come out as the JSON that is stored.

use portico_model::Filter;
use redb::ReadableTable;
use roaring::RoaringBitmap;

use crate::read::stored;
use crate::select::Reader;
use crate::sort::Walk;
use crate::{Catalog, StoreError, posting, record, tables};

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
                let mut found = match key {
                    Some(key) => {
                        let numbers = reader.numbers(key, field)?;
                        let from = query.from.as_ref();
                        let (order, direction) =
                            (*direction, if query.backwards { direction.reversed() } else { *direction });
                        let walk = Walk { field, order, direction, from, wanted, are_numbers: numbers.is_some() };
                        reader.sorted(key, &query.filter, &sorted, &walk, numbers)?
                    }
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

impl Reader {
    fn text(&self, text: &TextFilter) -> Result<RoaringBitmap, StoreError> {
        let term = text.term.trim().to_lowercase();
        if term.is_empty() {
            return self.all();
        }
        self.any_containing(&text.fields, &term)
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
