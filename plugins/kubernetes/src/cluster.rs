//! One sync of one cluster, which is a scope.
//!
//! Rule: what is committed as a whole was read as a whole. A cluster that could not be read stays as it was. A sort that the account may
//! not list is left out and said, as long as it was never read; one that was read before has objects in the catalog, and as long as it
//! cannot be read nothing is removed at all: what is there is brought up to date, and facts that rest on that sort stay as they were.

use std::collections::BTreeSet;

use portico_sdk::{Result, Session, cursor, info, warn};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::entities::Entities;
use crate::reading::{Reading, is_of_facts, wanted};
use crate::settings::{Cluster, Settings};
use crate::view::{OBJECT, Parts, View};

/// What a cluster's scope remembers with its data.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor {
    /// The sorts that it holds.
    sorts: BTreeSet<String>,
}

/// What was read before and cannot be read now.
pub(crate) struct Lost {
    before: BTreeSet<String>,
    sorts: Vec<String>,
}

impl Lost {
    pub(crate) fn of(settings: &Settings, cluster: &Cluster, reading: &Reading) -> Result<Lost> {
        let before = cursor(&cluster.name)?.and_then(|text| serde_json::from_str::<Cursor>(&text).ok());
        let Cursor { sorts: before } = before.unwrap_or_default();
        let wanted = wanted(settings);
        let lacking = reading.lacking.iter().map(|lack| &lack.name);
        let sorts = lacking.filter(|name| before.contains(*name) && wanted.contains(*name)).cloned().collect();
        Ok(Lost { before, sorts })
    }

    /// Whether facts rest on it.
    pub(crate) fn spoils_facts(&self) -> bool {
        self.sorts.iter().any(|name| is_of_facts(name))
    }
}

/// Reads a cluster, and commits what is there. Answers what entities have in it; none where that could not be made out.
pub(crate) fn sync(settings: &Settings, cluster: &Cluster, entities: &Entities) -> Result<Option<Parts>> {
    let api = Api { cluster };
    // Before anything is read: what a watch says from here on is later than what is read, and stands.
    let whole = Session::full(&cluster.name)?;
    let mut reading = Reading::default();
    let model = reading.model(api, settings)?;
    let besides = reading.besides(api, settings)?;
    let view = View::of(cluster, &model, entities)?;
    drop(model);
    let lost = Lost::of(settings, cluster, &reading)?;
    let (mut session, whole) = match lost.sorts.is_empty() {
        true => (whole, None),
        false => {
            let sorts = lost.sorts.join(", ");
            warn!(
                "{}: {sorts} cannot be read any more; nothing of the cluster is removed until they can",
                cluster.name
            );
            (Session::delta(&cluster.name)?, Some(whole))
        }
    };
    if !lost.spoils_facts() {
        hand_over(&mut session, cluster, &view)?;
    }
    let said = said(cluster, &view);
    let View { parts, workloads, .. } = view;
    drop(workloads);
    for (object, resource) in &besides {
        reading.push(api, &mut session, object, resource)?;
    }
    session.report(&reading.said(&cluster.name))?;
    let sorts = if lost.sorts.is_empty() { reading.sorts } else { lost.before.clone() };
    let summary = session.commit(Some(&serde_json::to_string(&Cursor { sorts })?))?;
    // Until here, so that what a watch said meanwhile stands in either case.
    drop(whole);
    info!("{said}; {} were added, {} changed, {} removed", summary.added, summary.updated, summary.removed);
    Ok((!lost.spoils_facts()).then_some(parts))
}

fn hand_over(session: &mut Session, cluster: &Cluster, view: &View) -> Result<()> {
    for (entity, part) in &view.parts {
        session.attach(entity, &View::facts(&cluster.name, part))?;
    }
    for workload in view.workloads.values() {
        session.push(OBJECT, &workload.object)?;
    }
    Ok(())
}

fn said(cluster: &Cluster, view: &View) -> String {
    let (all, entities) = (view.workloads.len(), view.parts.len());
    format!("{}: {all} workloads, of which {} belong to {entities} entities", cluster.name, view.matched)
}
