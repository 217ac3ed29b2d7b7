//! Pages of one kind sorted by name: the records stand in that order already, one namespace after the other.
//!
//! Rule: for the catalog's usual page. A walk through the names of all kinds would meet thousands of others first.

use portico_model::Filter;
use redb::Range;
use roaring::RoaringBitmap;

use crate::StoreError;
use crate::query::{Direction, Position};
use crate::record::{EntityRecord, decode};
use crate::select::Reader;
use crate::sort::Walk;

/// The field, as search rows name it.
pub(crate) const NAME: &str = "metadata.name";

/// Namespaces that are walked side by side. With more of them the index of names is the better way.
const MOST: usize = 16;

/// The kind that everything has that passes a filter, in lower case; none if that cannot be told.
fn only_kind(filter: &Filter) -> Option<String> {
    match filter {
        Filter::Equals(key, kind) if key == "kind" => Some(kind.to_lowercase()),
        Filter::In(key, kinds) if key == "kind" => match kinds.as_slice() {
            [kind] => Some(kind.to_lowercase()),
            _ => None,
        },
        Filter::All(parts) => parts.iter().find_map(only_kind),
        Filter::Any(parts) => match parts.as_slice() {
            [part] => only_kind(part),
            _ => None,
        },
        _ => None,
    }
}

impl Reader {
    /// The first of a set in the order of their names; none if this is no way to find them.
    pub(crate) fn sorted_by_name(
        &self,
        filter: &Filter,
        set: &RoaringBitmap,
        walk: &Walk<'_>,
    ) -> Result<Option<Vec<Position>>, StoreError> {
        let Some(kind) = only_kind(filter).filter(|_| walk.field.eq_ignore_ascii_case(NAME)) else { return Ok(None) };
        let Some(namespaces) = self.namespaces(&kind)? else { return Ok(None) };
        let mut lanes = Vec::with_capacity(namespaces.len());
        for namespace in namespaces {
            let bounds = bounds(&format!("{kind}:{namespace}"), walk);
            let range = self.records.range(bounds.start.as_str()..bounds.end.as_str())?;
            let mut lane = Lane { range, head: None };
            lane.advance(set, walk)?;
            lanes.push(lane);
        }
        let mut found = Vec::new();
        while found.len() < walk.wanted {
            let heads = lanes.iter_mut().filter(|lane| lane.head.is_some());
            let next = match walk.direction {
                Direction::Ascending => heads.min_by(|a, b| a.head.cmp(&b.head)),
                Direction::Descending => heads.max_by(|a, b| a.head.cmp(&b.head)),
            };
            let Some(lane) = next else { break };
            found.extend(lane.head.take().map(|(name, id)| Position { value: Some(name), id }));
            lane.advance(set, walk)?;
        }
        Ok(Some(found))
    }

    /// The namespaces of a kind's entities; none if they are many.
    fn namespaces(&self, kind: &str) -> Result<Option<Vec<String>>, StoreError> {
        let (mut from, beyond) = (format!("{kind}:"), format!("{kind};"));
        let mut namespaces = Vec::new();
        while let Some(entry) = self.records.range(from.as_str()..beyond.as_str())?.next() {
            let key = entry?.0;
            let namespace = parts(key.value())?.0.to_owned();
            if namespaces.len() == MOST {
                return Ok(None);
            }
            from = behind(&format!("{kind}:{namespace}"));
            namespaces.push(namespace);
        }
        Ok(Some(namespaces))
    }
}

/// The entities of one namespace, in the order of their names.
struct Lane {
    range: Range<'static, &'static str, &'static [u8]>,
    /// The next one that is wanted.
    head: Option<(String, u32)>,
}

impl Lane {
    fn advance(&mut self, set: &RoaringBitmap, walk: &Walk<'_>) -> Result<(), StoreError> {
        while let Some(entry) = match walk.direction {
            Direction::Ascending => self.range.next(),
            Direction::Descending => self.range.next_back(),
        } {
            let (key, record) = entry?;
            let EntityRecord { id, .. } = decode("records", record.value())?;
            if !set.contains(id) {
                continue;
            }
            let name = parts(key.value())?.1.to_owned();
            if walk.passes(&name, id) {
                self.head = Some((name, id));
                break;
            }
        }
        Ok(())
    }
}

/// Where a walk through a namespace (`kind:namespace`) begins and ends.
fn bounds(namespace: &str, walk: &Walk<'_>) -> std::ops::Range<String> {
    let from = walk.from.and_then(|from| from.value.as_deref());
    match (from, walk.direction) {
        (Some(from), Direction::Ascending) => format!("{namespace}/{from}")..behind(namespace),
        // The first text behind a name is that name with a zero character appended.
        (Some(from), Direction::Descending) => format!("{namespace}/")..format!("{namespace}/{from}\0"),
        (None, _) => format!("{namespace}/")..behind(namespace),
    }
}

/// The first text behind all references of a namespace: a zero follows a slash in the order of texts.
fn behind(namespace: &str) -> String {
    format!("{namespace}0")
}

/// The namespace and the name of a reference.
fn parts(reference: &str) -> Result<(&str, &str), StoreError> {
    let parts = reference.split_once(':').and_then(|(_, rest)| rest.split_once('/'));
    parts.ok_or_else(|| StoreError::Damaged { table: "records", reason: format!("`{reference}` is no reference") })
}
