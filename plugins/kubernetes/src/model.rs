//! What is known of one cluster at one time.
//!
//! Rule: pure, and the same however it came about: lists that are read and events that are watched go through the same [`Model::apply`],
//! so that what a watch knows after a change is what a list would say. Objects are told apart by their identity: one that was deleted
//! and made again under its name is another one.

mod exposed;
mod touched;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Result;

use crate::objects::{Autoscaler, Ingress, Kind, Named, Owner, Pod, Service, Text, Trouble, Workload};
use crate::sort::Sort;
use exposed::Exposed;
use touched::Touched;

pub(crate) use exposed::Names;
pub(crate) use touched::Touch;

/// Pods that fail and are named, of one workload.
const NAMED: usize = 5;

/// What is known of one cluster.
#[derive(Debug, Default)]
pub(crate) struct Model {
    workloads: BTreeMap<Text, Workload>,
    pods: BTreeMap<Text, Pod>,
    /// Owners of replica sets, where they were asked for.
    sets: BTreeMap<Text, Option<Owner>>,
    autoscalers: BTreeMap<Text, Autoscaler>,
    services: BTreeMap<Text, Service>,
    ingresses: BTreeMap<Text, Ingress>,
    /// What events were about, where that is remembered.
    touched: Option<Vec<Touched>>,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is there, as it is said.
    Stands,
    /// It is gone.
    Gone,
}

/// What the pods of a workload come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pods {
    pub count: u32,
    pub ready: u32,
    pub restarts: u64,
    /// How many fail.
    pub failing: u32,
    /// Why.
    pub reasons: BTreeSet<Text>,
    /// Some of those that fail: the name, the trouble and the restarts.
    pub named: Vec<(Text, Trouble, u32)>,
    /// When a container that runs again was last killed for its memory.
    pub killed: Option<Text>,
}

/// A workload with what belongs to it.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub workload: &'a Workload,
    pub pods: Pods,
    pub autoscaler: Option<&'a Autoscaler>,
    /// The last job of a workload that makes jobs failed: why.
    pub job: Option<&'a (Text, Option<Text>)>,
    /// How it is reached, where that is read.
    pub names: Names,
}

impl Model {
    /// Forgets what is known of a sort, in a namespace or everywhere: it is said anew.
    pub(crate) fn begin(&mut self, sort: Sort, namespace: Option<&str>) {
        self.touch_all(true);
        let stays = |found: &str| namespace.is_some_and(|namespace| *namespace != *found);
        match kind(sort) {
            Some(kind) => self.workloads.retain(|_, one| one.kind != kind || stays(&one.namespace)),
            None if sort == Sort::Pods => self.pods.retain(|_, one| stays(&one.namespace)),
            None if sort == Sort::Autoscalers => self.autoscalers.retain(|_, one| stays(&one.namespace)),
            None if sort == Sort::Services => self.services.retain(|_, one| stays(&one.namespace)),
            None if sort == Sort::Ingresses => self.ingresses.retain(|_, one| stays(&one.namespace)),
            None => {}
        }
    }

    /// Takes over what is said of an object. Answers whether anything is other than before; what cannot be read changes nothing.
    pub(crate) fn apply(&mut self, sort: Sort, change: Change, json: &str) -> Result<bool> {
        Ok(match kind(sort) {
            Some(kind) => self.put_workload(change, Workload::read(kind, json)?),
            None if sort == Sort::Pods => match Pod::read(json)? {
                Some(pod) => self.put_pod(change, pod),
                // It has finished.
                None => self.finished(&serde_json::from_str::<Named>(json)?.owned().0),
            },
            None => {
                let is_other = self.put_other(sort, change, json)?;
                self.touch_all(is_other)
            }
        })
    }

    /// Takes over what is said of something that may be about any workload.
    fn put_other(&mut self, sort: Sort, change: Change, json: &str) -> Result<bool> {
        Ok(match sort {
            Sort::Autoscalers => {
                let autoscaler = Autoscaler::read(json)?;
                put(&mut self.autoscalers, change, autoscaler.uid.clone(), autoscaler)
            }
            Sort::Services => {
                let service = Service::read(json)?;
                put(&mut self.services, change, service.uid.clone(), service)
            }
            Sort::Ingresses => {
                let ingress = Ingress::read(json)?;
                put(&mut self.ingresses, change, ingress.uid.clone(), ingress)
            }
            _ => {
                let (uid, owner) = serde_json::from_str::<Named>(json)?.owned();
                put(&mut self.sets, change, uid, owner)
            }
        })
    }

    fn finished(&mut self, uid: &Text) -> bool {
        let pod = self.pods.get(uid).cloned();
        pod.is_some_and(|pod| self.put_pod(Change::Gone, pod))
    }

    /// Whether there are pods of replica sets of which it is not known whose they are.
    pub(crate) fn lacks_sets(&self) -> bool {
        let names = self.deployments();
        self.pods.values().any(|pod| {
            pod.owner.as_ref().is_some_and(|owner| {
                *owner.kind == *"ReplicaSet"
                    && !self.sets.contains_key(&owner.uid)
                    && by_name(pod, owner, &names).is_none()
            })
        })
    }

    /// All workloads with what belongs to them. A job of another workload is a part of that one.
    pub(crate) fn rows(&self) -> Vec<Row<'_>> {
        let mut pods = self.pods();
        let autoscalers: BTreeMap<(&str, &str, &str), &Autoscaler> =
            self.autoscalers.values().map(|one| ((&*one.namespace, &*one.target.0, &*one.target.1), one)).collect();
        let (jobs, exposed) = (self.last_jobs(), Exposed::of(self));
        let own = self.workloads.values().filter(|workload| self.parent(workload).is_none());
        own.map(|workload| Row {
            pods: pods.remove(&*workload.uid).unwrap_or_default(),
            autoscaler: autoscalers.get(&(&*workload.namespace, workload.kind.as_str(), &*workload.name)).copied(),
            job: jobs.get(&*workload.uid).and_then(|job| job.trouble.as_ref()),
            names: exposed.names(workload),
            workload,
        })
        .collect()
    }

    /// The workload that made this one.
    fn parent(&self, workload: &Workload) -> Option<&Workload> {
        self.workloads.get(&workload.owner.as_ref()?.uid)
    }

    /// The newest job of each workload that makes jobs.
    fn last_jobs(&self) -> BTreeMap<&str, &Workload> {
        let mut last: BTreeMap<&str, &Workload> = BTreeMap::new();
        for job in self.workloads.values() {
            let Some(parent) = self.parent(job) else { continue };
            let known = last.entry(&parent.uid).or_insert(job);
            if (&job.created, &job.name) > (&known.created, &known.name) {
                *known = job;
            }
        }
        last
    }

    /// The pods of each workload, summed up.
    fn pods(&self) -> BTreeMap<&str, Pods> {
        let names = self.deployments();
        let mut sums: BTreeMap<&str, Pods> = BTreeMap::new();
        for pod in self.pods.values() {
            let Some(owner) = self.owner(pod, &names) else { continue };
            let owner = self.parent(owner).unwrap_or(owner);
            let sum = sums.entry(&owner.uid).or_default();
            sum.count += 1;
            sum.ready += u32::from(pod.is_ready);
            sum.restarts = sum.restarts.saturating_add(pod.restarts.into());
            // As they are written, later ones are greater.
            sum.killed = sum.killed.take().max(pod.killed.clone());
            if let Some(trouble) = &pod.trouble {
                sum.failing += 1;
                sum.reasons.insert(trouble.reason.clone());
                sum.named.push((pod.name.clone(), trouble.clone(), pod.restarts));
            }
        }
        for sum in sums.values_mut() {
            sum.named.sort_by(|(a, ..), (b, ..)| a.cmp(b));
            sum.named.truncate(NAMED);
        }
        sums
    }

    fn deployments(&self) -> Deployments<'_> {
        let deployments = self.workloads.values().filter(|workload| workload.kind == Kind::Deployment);
        deployments.map(|one| ((&*one.namespace, &*one.name), one)).collect()
    }

    /// The workload that a pod belongs to.
    fn owner<'a>(&'a self, pod: &Pod, names: &Deployments<'a>) -> Option<&'a Workload> {
        let owner = pod.owner.as_ref()?;
        if let Some(workload) = self.workloads.get(&owner.uid) {
            return Some(workload);
        }
        if *owner.kind != *"ReplicaSet" {
            return None;
        }
        match self.sets.get(&owner.uid) {
            Some(set) => self.workloads.get(&set.as_ref()?.uid),
            None => by_name(pod, owner, names),
        }
    }
}

/// Deployments by namespace and name.
type Deployments<'a> = BTreeMap<(&'a str, &'a str), &'a Workload>;

/// A replica set of a deployment is called as that, with the hash of its pods. So there is no need to read replica sets, of which a
/// cluster keeps ten for each deployment.
fn by_name<'a>(pod: &Pod, owner: &Owner, names: &Deployments<'a>) -> Option<&'a Workload> {
    let name = owner.name.strip_suffix(pod.hash.as_deref()?)?.strip_suffix('-')?;
    names.get(&(&*pod.namespace, name)).copied()
}

/// The kind of workload of a sort.
pub(crate) fn kind(sort: Sort) -> Option<Kind> {
    match sort {
        Sort::Deployments => Some(Kind::Deployment),
        Sort::StatefulSets => Some(Kind::StatefulSet),
        Sort::DaemonSets => Some(Kind::DaemonSet),
        Sort::CronJobs => Some(Kind::CronJob),
        Sort::Jobs => Some(Kind::Job),
        Sort::Pods | Sort::Autoscalers | Sort::ReplicaSets | Sort::Services | Sort::Ingresses => None,
    }
}

fn put<T: PartialEq>(known: &mut BTreeMap<Text, T>, change: Change, uid: Text, object: T) -> bool {
    match change {
        Change::Gone => known.remove(&uid).is_some(),
        Change::Stands if known.get(&uid) == Some(&object) => false,
        Change::Stands => {
            known.insert(uid, object);
            true
        }
    }
}

#[cfg(test)]
mod tests;
