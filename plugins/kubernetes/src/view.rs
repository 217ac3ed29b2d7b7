//! What the catalog is told of one cluster: facts of entities, and an object for each workload.
//!
//! Rule: pure, and the same whether it is made of the whole model or of a view before and what was touched since. What a change comes to is
//! the difference of two views, so that live and periodic reading cannot disagree.

use std::collections::BTreeMap;
use std::rc::Rc;

use portico_sdk::Result;
use portico_sdk::model::EntityRef;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use crate::entities::{Entities, Owners};
use crate::image::Image;
use crate::model::{Model, Row, Touch};
use crate::objects::{Kind, Text};
use crate::part::{Part, Resources, reasons};
use crate::settings::Cluster;

/// What entities have in a cluster.
pub(crate) type Parts = BTreeMap<EntityRef, Rc<Part>>;

/// What the catalog is told of one cluster.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub parts: Parts,
    /// By what mappings make names of; each is handed over as an object of the kind `workload`.
    pub workloads: BTreeMap<String, Rc<Shown>>,
    /// How many of them belong to something.
    pub matched: usize,
}

/// A workload as the catalog is told of it. A view that follows another shares with it what is the same.
#[derive(Debug)]
pub(crate) struct Shown {
    pub object: Object,
    uid: Text,
    part: Rc<Part>,
    owners: Vec<EntityRef>,
    is_matched: bool,
}

/// An object as it is handed over: as text, which takes a fifth of the room.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Object(Box<RawValue>);

impl PartialEq for Shown {
    fn eq(&self, other: &Shown) -> bool {
        std::ptr::eq(self, other) || self.object.0.get() == other.object.0.get()
    }
}

/// The kind of a workload's object.
pub(crate) const OBJECT: &str = "workload";

/// Entities of one workload that are named in its object.
const NAMED: usize = 20;

impl View {
    pub(crate) fn of(cluster: &Cluster, model: &Model, entities: &Entities) -> Result<View> {
        View::default().next(cluster, model, entities, &Touch::default())
    }

    /// The view after this, of the same cluster by the same entities, when so much was touched.
    pub(crate) fn next(&self, cluster: &Cluster, model: &Model, entities: &Entities, touched: &Touch) -> Result<View> {
        let mut view = View::default();
        for row in model.rows() {
            let id = id(&row.workload.namespace, row.workload.kind, &row.workload.name);
            let known = self.workloads.get(&id).filter(|known| known.uid == row.workload.uid);
            let shown = match known.filter(|_| !touched.all && !touched.named.contains(&id)) {
                Some(known) => Rc::clone(known),
                None => Rc::new(Shown::of(cluster, &row, &id, entities)?),
            };
            for owner in &shown.owners {
                match view.parts.get_mut(owner) {
                    Some(known) => Rc::make_mut(known).add(&shown.part),
                    None => drop(view.parts.insert(owner.clone(), Rc::clone(&shown.part))),
                }
            }
            view.matched += usize::from(shown.is_matched);
            view.workloads.insert(id, shown);
        }
        Ok(view)
    }

    /// Takes nothing for granted of what these workloads are in another view, nor of those that they belong to: it is said again.
    pub(crate) fn forget(&mut self, touched: &Touch, after: &View) {
        for id in &touched.named {
            let Some(shown) = after.workloads.get(id) else { continue };
            self.workloads.remove(id);
            for entity in &shown.owners {
                self.parts.remove(entity);
            }
        }
    }

    /// The facts of an entity, as they are attached: below the cluster's name, so that those of several clusters stand side by side.
    pub(crate) fn facts(cluster: &str, part: &Part) -> Value {
        json!({ "clusters": { cluster: part } })
    }
}

impl Shown {
    fn of(cluster: &Cluster, row: &Row<'_>, id: &str, entities: &Entities) -> Result<Shown> {
        let owners = entities.of(&cluster.name, row.workload);
        Ok(Shown {
            object: Object(to_raw_value(&object(cluster, row, id, &owners))?),
            uid: row.workload.uid.clone(),
            part: Rc::new(Part::of(row)),
            is_matched: owners.is_matched,
            owners: owners.all.into_iter().cloned().collect(),
        })
    }
}

/// What a workload is called in the catalog, within its cluster.
pub(crate) fn id(namespace: &str, kind: Kind, name: &str) -> String {
    format!("{namespace}.{}.{name}", kind.as_str().to_lowercase())
}

/// A workload as mappings see it.
fn object(cluster: &Cluster, row: &Row<'_>, id: &str, owners: &Owners<'_>) -> Value {
    let (workload, containers, pods) = (row.workload, &row.workload.containers, &row.pods);
    let kind = workload.kind.as_str();
    let images: Vec<Value> = containers.images.iter().map(|name| {
        let image = Image::parse(name);
        json!({ "name": name, "repository": image.repository, "tag": image.tag, "digest": image.digest, "version": image.version() })
    }).collect();
    let failing: Vec<Value> = pods.named.iter().map(|(pod, trouble, restarts)| {
        json!({ "pod": pod, "reason": trouble.reason, "message": trouble.message, "restarts": restarts })
    }).collect();
    let trouble =
        workload.trouble.as_ref().or(row.job).map(|(reason, message)| json!({ "reason": reason, "message": message }));
    let named: Vec<&str> = owners.all.iter().take(NAMED).map(|owner| owner.as_str()).collect();
    json!({
        "id": id,
        "cluster": cluster.name,
        "namespace": workload.namespace,
        "name": workload.name,
        "type": kind,
        "uid": workload.uid,
        "labels": workload.labels,
        "entities": named,
        "isMatched": owners.is_matched,
        "health": health(row),
        "replicas": workload.kind.is_lasting().then(|| json!({
            "wanted": workload.replicas.wanted,
            "ready": workload.replicas.ready,
            "available": workload.replicas.available,
        })),
        "pods": { "count": pods.count, "ready": pods.ready, "failing": pods.failing },
        "restarts": pods.restarts,
        "oomKilledAt": pods.killed,
        "failing": failing,
        "reasons": reasons(row),
        "trouble": trouble,
        "images": images,
        "privileged": containers.is_privileged,
        "latestTag": containers.moves,
        "limited": containers.have_limits,
        "resources": {
            "requests": Resources::of(containers.requests, 1),
            "limits": Resources::of(containers.limits, 1),
        },
        "autoscaling": row.autoscaler.map(|one| json!({ "min": one.least, "max": one.most })),
        "createdAt": workload.created,
        "lastRolloutAt": workload.rollout,
        "suspended": workload.is_suspended,
        "schedule": workload.schedule,
        "url": cluster.page(&workload.namespace, kind, &workload.name),
    })
}

/// How it is, in a word.
fn health(row: &Row<'_>) -> &'static str {
    let workload = row.workload;
    let replicas = workload.replicas;
    if !reasons(row).is_empty() {
        return "failing";
    }
    match workload.kind {
        Kind::Job if workload.is_finished => "finished",
        Kind::Job | Kind::CronJob if workload.is_suspended => "suspended",
        Kind::Job => "running",
        Kind::CronJob => "scheduled",
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet => match replicas.wanted {
            0 => "scaled-to-zero",
            wanted if replicas.ready < wanted => "degraded",
            _ => "healthy",
        },
    }
}

#[cfg(test)]
mod tests;
