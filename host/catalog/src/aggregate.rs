//! Aggregates: how many entities there are, and what their numbers come to, in groups or over time.
//!
//! Rule: the indexes answer what is; the change log answers what was. The log keeps no relations, so what is asked over time may
//! not ask about them.

use std::collections::{BTreeMap, HashMap};

use portico_api_types::{Aggregate, AggregateGroup, Aggregates, Point, Points, Timestamp};
use portico_model::{Filter, rows};
use redb::{ReadTransaction, ReadableTable};
use serde_json::Value;

use crate::read::{record_of, stored};
use crate::record::{ChangeRecord, decode};
use crate::select::Reader;
use crate::{Catalog, ChangeKind, StoreError, posting, tables, time};

/// Changes that one answer goes through: a year of a large company, and a second of work.
const CHANGES: usize = 100_000;

/// Why something cannot be told over time.
#[derive(Debug, thiserror::Error)]
pub enum OverTimeError {
    /// It depends on relations.
    #[error(
        "what depends on relations cannot be told over time, since the change log keeps none; leave them out of the question"
    )]
    Relations,
    /// Too much has happened.
    #[error("more than {CHANGES} changes lie between then and now; ask for a shorter time")]
    Many,
    /// Changes of then are not kept any more.
    #[error("changes from before {0} are no longer kept; ask for a later time")]
    Forgotten(Timestamp),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Numbers that were seen.
#[derive(Clone, Copy, Debug, Default)]
struct Numbers {
    entities: u64,
    count: u64,
    sum: f64,
    minimum: Option<f64>,
    maximum: Option<f64>,
}

impl Numbers {
    fn add(&mut self, number: f64) {
        self.count += 1;
        self.sum += number;
        self.minimum = Some(self.minimum.map_or(number, |least| least.min(number)));
        self.maximum = Some(self.maximum.map_or(number, |most| most.max(number)));
    }

    fn told(self) -> Aggregate {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than a float counts")]
        let average = (self.count > 0).then(|| self.sum / self.count as f64);
        Aggregate {
            count: self.entities,
            numbers: self.count,
            sum: (self.count > 0).then_some(self.sum),
            average,
            minimum: self.minimum,
            maximum: self.maximum,
        }
    }
}

impl Catalog {
    /// Counts the entities that pass, in groups by the values of the field `by`, if there is one, and says what the numbers of the
    /// field `of` come to. An entity with several values is in several groups; one without is in none but the whole.
    pub fn aggregate(&self, filter: &Filter, by: Option<&str>, of: Option<&str>) -> Result<Aggregates, StoreError> {
        let transaction = self.read()?;
        let reader = Reader::open(&transaction)?;
        let set = reader.select(filter)?;
        let mut groups: Vec<(String, Numbers)> = Vec::new();
        let mut groups_of: HashMap<u32, Vec<usize>> = HashMap::new();
        if let Some(key) = by.map(|by| reader.key(by)).transpose()?.flatten() {
            let mut places: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
            for entry in reader.postings.range(posting::all_of(key))? {
                let (row, ids) = entry?;
                let (_, lower, written) = row.value();
                let mut found = Vec::new();
                posting::each_in("postings", ids.value(), &set, |id| found.push(id))?;
                if found.is_empty() {
                    continue;
                }
                // What differs in case alone is one group, named as it is met first.
                let place = *places.entry(lower.to_vec()).or_insert_with(|| {
                    let name = if written.is_empty() { lower } else { written };
                    groups.push((String::from_utf8_lossy(name).into_owned(), Numbers::default()));
                    groups.len() - 1
                });
                groups[place].1.entities += found.len() as u64;
                found.into_iter().for_each(|id| groups_of.entry(id).or_default().push(place));
            }
        }
        let mut whole = Numbers { entities: set.len(), ..Numbers::default() };
        if let Some(key) = of.map(|of| reader.key(of)).transpose()?.flatten() {
            for entry in reader.postings.range(posting::all_of(key))? {
                let (row, ids) = entry?;
                let Some(number) = number(posting::text(row.value().1)?) else { continue };
                posting::each_in("postings", ids.value(), &set, |id| {
                    whole.add(number);
                    for place in groups_of.get(&id).into_iter().flatten() {
                        groups[*place].1.add(number);
                    }
                })?;
            }
        }
        let mut groups: Vec<AggregateGroup> =
            groups.into_iter().map(|(value, numbers)| AggregateGroup { value, aggregate: numbers.told() }).collect();
        groups.sort_by(|a, b| b.aggregate.count.cmp(&a.aggregate.count).then_with(|| a.value.cmp(&b.value)));
        Ok(Aggregates { groups, whole: whole.told() })
    }

    /// How many entities passed at each of these times, and the sum of the numbers of the field `of`.
    pub fn aggregate_over_time(
        &self,
        filter: &Filter,
        of: Option<&str>,
        times: &[Timestamp],
    ) -> Result<Points, OverTimeError> {
        if asks_for_relations(filter) || of.is_some_and(|of| of.to_lowercase().starts_with("relations.")) {
            return Err(OverTimeError::Relations);
        }
        let now = self.aggregate(filter, None, of)?.whole;
        let transaction = self.read()?;
        if let Some(known) = crate::story::forgotten(&transaction)?
            && times.iter().any(|at| *at < known)
        {
            return Err(OverTimeError::Forgotten(known));
        }
        let mut times: Vec<Timestamp> = times.to_vec();
        times.sort_unstable();
        let mut points = Vec::with_capacity(times.len());
        let mut walk = Walk { transaction: &transaction, filter, of, known: HashMap::new() };
        let (mut count, mut sum) = (now.count.cast_signed(), now.sum.unwrap_or(0.0));
        let changes = transaction.open_table(tables::CHANGES).map_err(StoreError::from)?;
        for (place, entry) in changes.iter().map_err(StoreError::from)?.rev().enumerate() {
            let record: ChangeRecord = decode("changes", entry.map_err(StoreError::from)?.1.value())?;
            let at = time::timestamp(record.at);
            while times.last().is_some_and(|time| *time >= at) {
                points.extend(times.pop().map(|at| Point { at, count: count.max(0).cast_unsigned(), sum }));
            }
            if times.is_empty() {
                break;
            }
            if place >= CHANGES {
                return Err(OverTimeError::Many);
            }
            if record.kind == ChangeKind::Related {
                continue;
            }
            let (after, before) = walk.step(&record)?;
            count += i64::from(before.is_some()) - i64::from(after.is_some());
            sum += before.unwrap_or(0.0) - after.unwrap_or(0.0);
        }
        // Before the first change there was what there was when the log began.
        points.extend(times.into_iter().rev().map(|at| Point { at, count: count.max(0).cast_unsigned(), sum }));
        points.reverse();
        Ok(Points { items: points })
    }
}

/// What is known of entities on the way back through the log: the number of one that passes, none of one that does not.
struct Walk<'a> {
    transaction: &'a ReadTransaction,
    filter: &'a Filter,
    of: Option<&'a str>,
    known: HashMap<String, Option<f64>>,
}

impl Walk<'_> {
    /// What an entity was after a change and before it.
    fn step(&mut self, change: &ChangeRecord) -> Result<(Option<f64>, Option<f64>), StoreError> {
        let after = match self.known.get(&change.reference) {
            Some(known) => *known,
            None => self.weigh(current(self.transaction, &change.reference)?.as_deref())?,
        };
        let before = self.weigh(change.before()?.as_deref())?;
        self.known.insert(change.reference.clone(), before);
        Ok((after, before))
    }

    fn weigh(&self, json: Option<&[u8]>) -> Result<Option<f64>, StoreError> {
        let Some(json) = json else { return Ok(None) };
        let entity: Value = serde_json::from_slice(json)
            .map_err(|error| StoreError::Damaged { table: "changes", reason: error.to_string() })?;
        let rows = rows(&entity);
        if !self.filter.matches(&rows) {
            return Ok(None);
        }
        let of = self.of.map(str::to_lowercase);
        let numbers = rows.0.iter().filter(|row| Some(&row.key) == of.as_ref());
        Ok(Some(numbers.filter_map(|row| number(row.value.as_deref()?)).sum()))
    }
}

fn current(transaction: &ReadTransaction, reference: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(record) = record_of(transaction, reference)? else { return Ok(None) };
    stored(&transaction.open_table(tables::ENTITIES)?, record.id)
}

fn asks_for_relations(filter: &Filter) -> bool {
    match filter {
        Filter::All(filters) | Filter::Any(filters) => filters.iter().any(asks_for_relations),
        Filter::Not(filter) => asks_for_relations(filter),
        Filter::Relation { .. } | Filter::Along(..) | Filter::Count(..) => true,
        Filter::Exists(key)
        | Filter::Equals(key, _)
        | Filter::In(key, _)
        | Filter::HasPrefix(key, _)
        | Filter::Compare(key, ..) => key.starts_with("relations."),
        Filter::Words(_) => false,
    }
}

/// A finite number; values of entities are texts.
fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}
