//! Each value of an entity: who says it, where, since when, and how fresh that is.
//!
//! Rule: read from what was said and from the change log, nothing is stored for it. A value is as old as the last change that
//! left it otherwise than it was before.

use std::collections::BTreeMap;

use portico_api_types::{EntityValue, KindOrigin, Said, Timestamp, ValueOrigin};
use portico_model::EntityRef;
use redb::ReadTransaction;
use serde_json::Value;

use crate::read::record_of;
use crate::record::{Attachment, ChangeRecord, Claim, EntityRecord, decode};
use crate::relations::Relation;
use crate::story::{current, flatten, parse};
use crate::{Catalog, ChangeKind, StoreError, relations, source, tables, time};

/// Changes that are looked through for the time at which a value became what it is. What changes more often is measured, not described.
const LOOKED_THROUGH: usize = 10_000;

/// What one source attaches: its values by their paths below `facts`.
struct Attached {
    values: BTreeMap<String, Value>,
    said: Said,
    changed_at: Timestamp,
}

impl Catalog {
    /// The values of an entity, by their paths; none if there is no such entity.
    pub fn values(&self, reference: &EntityRef) -> Result<Option<Vec<EntityValue>>, StoreError> {
        let transaction = self.read()?;
        let name = reference.as_str();
        let Some(record) = record_of(&transaction, name)? else { return Ok(None) };
        let Some(entity) = current(&transaction, name)? else { return Ok(None) };
        let registry = self.registry();
        let declared =
            registry.declared().get(reference.kind()).map_or(KindOrigin::BuiltIn, |kind| kind.origin.clone());
        let document = ValueOrigin::Document(said_by(&transaction, name, &record)?.0);
        let attached = attached(&transaction, name)?;
        let mut items = Vec::new();
        for (path, (value, since)) in aged(&transaction, name, &entity)? {
            let (origin, since) = match path.split('.').next().unwrap_or_default() {
                "facts" => by_facts(&path, since, &attached),
                "properties" => (ValueOrigin::Derived { declared: declared.clone() }, since),
                "status" => (ValueOrigin::Portal, since),
                _ if path == "metadata.uid" || path == "metadata.etag" => (ValueOrigin::Portal, since),
                _ => (document.clone(), since),
            };
            items.push(EntityValue { path, value, origin, since });
        }
        items.extend(relations(&transaction, name)?);
        items.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Some(items))
    }
}

/// Where an entity's document stands, and when it last changed.
fn said_by(
    transaction: &ReadTransaction,
    name: &str,
    record: &EntityRecord,
) -> Result<(Said, Option<Timestamp>), StoreError> {
    let claim = transaction.open_table(tables::CLAIMS)?.get((record.owner, name))?;
    let claim: Option<Claim> = claim.map(|claim| decode("claims", claim.value())).transpose()?;
    let mut said = said(transaction, record.owner)?;
    let changed_at = claim.as_ref().map(|claim| time::timestamp(claim.changed_at));
    if let Some(claim) = claim {
        said.file = Some(claim.file);
        said.line = Some(claim.line);
        said.url = claim.url;
    }
    Ok((said, changed_at))
}

fn said(transaction: &ReadTransaction, source: u32) -> Result<Said, StoreError> {
    let record = source::load(&transaction.open_table(tables::SOURCES)?, source)?.unwrap_or_default();
    Ok(Said {
        source_id: source,
        plugin: record.plugin,
        scope: record.scope,
        file: None,
        line: None,
        url: None,
        read_at: record.synced_at.map(time::timestamp),
    })
}

/// What sources attach to an entity, in the order in which it is joined: of two that say the same value the later counts.
fn attached(transaction: &ReadTransaction, name: &str) -> Result<Vec<Attached>, StoreError> {
    let attachments = transaction.open_table(tables::ATTACHMENTS)?;
    let mut all = Vec::new();
    for entry in transaction.open_table(tables::FACTS)?.range((name, 0)..=(name, u32::MAX))? {
        let (key, json) = entry?;
        let id = key.value().1;
        let Some(attachment) = attachments.get((id, name))? else { continue };
        let attachment: Attachment = decode("attachments", attachment.value())?;
        let (facts, said) = (parse(json.value())?, said(transaction, id)?);
        let mut values = BTreeMap::new();
        flatten(&format!("facts.{}", said.plugin), &facts, &mut values);
        let values = values.into_iter().map(|(path, value)| (path, value.clone())).collect();
        all.push(Attached { values, said, changed_at: time::timestamp(attachment.changed_at) });
    }
    Ok(all)
}

/// Who attaches a value. What the log does not tell, the attachment does.
fn by_facts(path: &str, since: Option<Timestamp>, attached: &[Attached]) -> (ValueOrigin, Option<Timestamp>) {
    match attached.iter().rev().find(|attached| attached.values.contains_key(path)) {
        Some(Attached { said, changed_at, .. }) => (ValueOrigin::Facts(said.clone()), since.or(Some(*changed_at))),
        None => (ValueOrigin::Portal, since),
    }
}

/// Every value by its path, with the time at which it became what it is.
fn aged(
    transaction: &ReadTransaction,
    name: &str,
    entity: &Value,
) -> Result<BTreeMap<String, (Value, Option<Timestamp>)>, StoreError> {
    let mut open = BTreeMap::new();
    flatten("", entity, &mut open);
    let mut aged = BTreeMap::new();
    let changes = transaction.open_table(tables::CHANGES)?;
    let history = transaction.open_table(tables::HISTORY)?;
    for entry in history.range((name, 0)..=(name, u64::MAX))?.rev().take(LOOKED_THROUGH) {
        if open.is_empty() {
            break;
        }
        let Some(record) = changes.get(entry?.0.value().1)? else { continue };
        let record: ChangeRecord = decode("changes", record.value())?;
        if record.kind == ChangeKind::Related {
            continue;
        }
        let was = record.was()?;
        let mut old = BTreeMap::new();
        was.iter().for_each(|was| flatten("", was, &mut old));
        open.retain(|path, value| {
            let stays = old.get(path) == Some(value);
            if !stays {
                aged.insert(path.clone(), ((*value).clone(), Some(time::timestamp(record.at))));
            }
            stays
        });
    }
    // Nothing is older than what the log has forgotten, so the rest is from before that.
    aged.extend(open.into_iter().map(|(path, value)| (path, (value.clone(), None))));
    Ok(aged)
}

/// The relations of an entity: one value for each document that says one.
fn relations(transaction: &ReadTransaction, name: &str) -> Result<Vec<EntityValue>, StoreError> {
    let mut values = Vec::new();
    for Relation { name: relation, to, said_by_target } in
        relations::of(&transaction.open_table(tables::RELATIONS)?, name)?
    {
        let said_in = if said_by_target { to.as_str() } else { name };
        let Some(record) = record_of(transaction, said_in)? else { continue };
        let (said, since) = said_by(transaction, said_in, &record)?;
        values.push(EntityValue {
            path: format!("relations.{relation}"),
            value: Value::from(to.as_str()),
            origin: ValueOrigin::Relation { entity_ref: said_in.to_owned(), said },
            since,
        });
    }
    Ok(values)
}
