//! What an entity has in all clusters together: a scope of its own.
//!
//! Facts of several scopes about one entity are joined, and of two figures in one place the later scope's counts. So a cluster only says
//! what is in it, below its own name, and the sums are said here. A cluster that was not read in this run counts as the catalog has it.
//!
//! Rule: the sums are of what is in the catalog after this run, whichever clusters were read.

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::model::{EntityRef, reference_of};
use portico_sdk::{Problem, Result, Session, catalog, clock};
use serde_json::Value;

use crate::entities::{Entities, KINDS};
use crate::part::{Part, Sum};
use crate::settings::TOGETHER;
use crate::view::Parts;

const PAGE: u32 = 500;

/// Adds up what was read and what was not, and commits it, in a session of all sums that was begun before anything was read.
pub(crate) fn commit(
    mut session: Session,
    read: &BTreeMap<String, Parts>,
    unread: &BTreeSet<String>,
    entities: &Entities,
) -> Result<()> {
    let mut sums: BTreeMap<EntityRef, Part> = BTreeMap::new();
    for parts in read.values() {
        for (entity, part) in parts {
            sums.entry(entity.clone()).or_default().add(part);
        }
    }
    known(unread, &mut sums)?;
    for (entity, part) in &sums {
        session.attach(entity, &Sum::of(part, clock::now()))?;
    }
    session.report(&problems(entities))?;
    session.commit(None)?;
    Ok(())
}

/// Says the sums of some entities anew: of clusters that are known here, and of others as the catalog has them.
pub(crate) fn change(
    changed: &BTreeSet<EntityRef>,
    known: &BTreeMap<&str, &Parts>,
    others: &[&str],
    entities: &Entities,
) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let mut session = Session::delta(TOGETHER)?;
    for entity in changed {
        let mut sum: Option<Part> = None;
        let mut add = |part: &Part| sum.get_or_insert_default().add(part);
        known.values().filter_map(|parts| parts.get(entity)).for_each(|part| add(part));
        if !others.is_empty() {
            let found = catalog::get(entity)?.unwrap_or_default();
            others.iter().filter_map(|cluster| of(&found, cluster)).for_each(|part| add(&part));
        }
        match sum {
            Some(sum) => session.attach(entity, &Sum::of(&sum, clock::now()))?,
            None => session.detach(std::slice::from_ref(entity))?,
        }
    }
    session.report(&problems(entities))?;
    session.commit(None)?;
    Ok(())
}

/// What the catalog has of clusters.
fn known(clusters: &BTreeSet<String>, sums: &mut BTreeMap<EntityRef, Part>) -> Result<()> {
    if clusters.is_empty() {
        return Ok(());
    }
    let filters = clusters.iter().map(|cluster| {
        let kinds = KINDS.map(|kind| format!("kind={kind}")).join(",");
        format!("{kinds},facts.kubernetes.clusters.{cluster}.workloads")
    });
    let fields = ["kind", "metadata.name", "metadata.namespace", "facts.kubernetes.clusters"];
    let search = filters.fold(catalog::search(), |search, filter| search.filter(filter));
    for entity in search.fields(fields).limit(PAGE).all() {
        let entity = entity?;
        let Some(reference) = reference_of(&entity) else { continue };
        for cluster in clusters {
            if let Some(part) = of(&entity, cluster) {
                sums.entry(reference.clone()).or_default().add(&part);
            }
        }
    }
    Ok(())
}

/// What an entity has in a cluster, as the catalog has it.
pub(crate) fn of(entity: &Value, cluster: &str) -> Option<Part> {
    let part = entity["facts"]["kubernetes"]["clusters"].get(cluster)?;
    serde_json::from_value(part.clone()).ok()
}

/// Annotations that nobody can follow, told to those who wrote them.
fn problems(entities: &Entities) -> Vec<Problem> {
    let problem = |(entity, message): &(EntityRef, String)| Problem {
        entity: Some(entity.clone()),
        ..Problem::new(entity.as_str(), message.clone())
    };
    entities.faults().iter().map(problem).collect()
}
