//! Whom a workload belongs to: by what entities say of themselves in annotations, and by labels that name a component.
//!
//! | annotation of an entity | means the workloads |
//! |---|---|
//! | `backstage.io/kubernetes-label-selector` | with labels that it selects, their own or those of their pods |
//! | `backstage.io/kubernetes-id` | with this value in the label, or annotation, of the same name |
//! | `backstage.io/kubernetes-namespace` | in this namespace only |
//! | `backstage.io/kubernetes-cluster` | in this cluster only |
//! | `kubernetes.portico.dev/workload` | that it was made of by a mapping, such as `prod/shop.deployment.orders` |
//!
//! Rule: what somebody wrote down goes before what a name suggests. Only a workload that no component's annotation claims is looked up
//! by its labels, and only among components that do not say themselves which workloads are theirs. A name that several of them have means the
//! one in the namespace of the same name, or in `default`, and else none.

use std::collections::HashMap;

use portico_sdk::model::{EntityRef, reference_of};
use portico_sdk::{Result, catalog};
use serde_json::Value;

use crate::objects::Workload;
use crate::selector::Selector;
use crate::view::id;

const SELECTOR: &str = "backstage.io/kubernetes-label-selector";
pub(crate) const ID: &str = "backstage.io/kubernetes-id";
const NAMESPACE: &str = "backstage.io/kubernetes-namespace";
const CLUSTER: &str = "backstage.io/kubernetes-cluster";
const MADE: &str = "kubernetes.portico.dev/workload";

/// What is looked at of entities.
pub(crate) const ANNOTATIONS: [&str; 5] = [SELECTOR, ID, NAMESPACE, CLUSTER, MADE];

/// Entities of one page: of each only little is asked for.
const PAGE: u32 = 1_000;

/// The kinds whose annotations are looked at.
pub(crate) const KINDS: [&str; 3] = ["component", "resource", "system"];

/// Entities that workloads may belong to.
#[derive(Debug, Default)]
pub(crate) struct Entities {
    all: Vec<Entity>,
    /// Components by their names.
    names: HashMap<String, Vec<usize>>,
    ids: HashMap<String, Vec<usize>>,
    /// Those that mappings made of a workload, by that.
    made: HashMap<String, Vec<usize>>,
    /// Selectors by a label that they want.
    pivots: HashMap<(String, String), Vec<usize>>,
    /// Selectors without such a label.
    others: Vec<usize>,
    labels: Vec<String>,
    faults: Vec<(EntityRef, String)>,
}

/// Whom a workload belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owners<'a> {
    pub all: Vec<&'a EntityRef>,
    /// Whether any of them is there by itself: one that a mapping made of the workload would come and go with this.
    pub is_matched: bool,
}

#[derive(Debug)]
struct Entity {
    reference: EntityRef,
    selector: Option<Selector>,
    namespaces: Vec<String>,
    clusters: Vec<String>,
}

impl Entities {
    /// What the catalog says.
    pub(crate) fn read(labels: &[String]) -> Result<Entities> {
        let mut entities = Entities { labels: labels.to_vec(), ..Entities::default() };
        let kinds = KINDS.map(|kind| format!("kind={kind}")).join(",");
        let fields = ["kind", "metadata.name", "metadata.namespace", "metadata.annotations"];
        for entity in catalog::search().filter(kinds).fields(fields).limit(PAGE).all() {
            entities.add(&entity?);
        }
        Ok(entities)
    }

    fn add(&mut self, entity: &Value) {
        let Some(reference) = reference_of(entity) else { return };
        let annotation =
            |key: &str| entity["metadata"]["annotations"][key].as_str().map(str::trim).filter(|text| !text.is_empty());
        let listed = |key: &str| -> Vec<String> {
            annotation(key)
                .unwrap_or_default()
                .split(',')
                .map(|one| one.trim().to_owned())
                .filter(|one| !one.is_empty())
                .collect()
        };
        let index = self.all.len();
        let selector = match annotation(SELECTOR).map(Selector::parse) {
            None => None,
            Some(Ok(selector)) => Some(selector),
            Some(Err(reason)) => {
                let sentence = format!(
                    "the annotation `{SELECTOR}` is no label selector: {reason}; correct it in the entity's descriptor"
                );
                self.faults.push((reference.clone(), sentence));
                return;
            }
        };
        let made = annotation(MADE);
        match (&selector, annotation(ID)) {
            _ if made.is_some() => self.made.entry(made.unwrap_or_default().to_owned()).or_default().push(index),
            (Some(selector), _) => match selector.pivot() {
                Some((key, value)) => self.pivots.entry((key.to_owned(), value.to_owned())).or_default().push(index),
                None => self.others.push(index),
            },
            (None, Some(id)) => self.ids.entry(id.to_owned()).or_default().push(index),
            (None, None) if reference.kind() == "component" => {
                self.names.entry(reference.name().to_lowercase()).or_default().push(index);
            }
            (None, None) => {}
        }
        self.all.push(Entity { reference, selector, namespaces: listed(NAMESPACE), clusters: listed(CLUSTER) });
    }

    /// Annotations that cannot be read, with what is wrong with each.
    pub(crate) fn faults(&self) -> &[(EntityRef, String)] {
        &self.faults
    }

    /// How many there are, with those whose annotations cannot be read.
    pub(crate) fn count(&self) -> usize {
        self.all.len() + self.faults.len()
    }

    /// Whom a workload of a cluster belongs to.
    pub(crate) fn of(&self, cluster: &str, workload: &Workload) -> Owners<'_> {
        let mut found: Vec<usize> =
            self.claimed(workload).filter(|index| self.is_within(*index, cluster, workload)).collect();
        // A system that takes everything in takes no component's workload away.
        if !found.iter().any(|index| self.all[*index].reference.kind() == "component") {
            found.extend(self.named(cluster, workload));
        }
        let is_matched = !found.is_empty();
        let key = || format!("{cluster}/{}", id(&workload.namespace, workload.kind, &workload.name));
        if !self.made.is_empty() {
            found.extend(self.made.get(&key()).into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        Owners { all: found.into_iter().map(|index| &self.all[index].reference).collect(), is_matched }
    }

    /// Those whose annotations may mean it.
    fn claimed<'a>(&'a self, workload: &'a Workload) -> impl Iterator<Item = usize> + 'a {
        let labels = || workload.labels.iter().chain(workload.pod_labels.iter().flat_map(|labels| labels.iter()));
        let pivots = labels().filter_map(|(key, value)| self.pivots.get(&(key.to_string(), value.to_string())));
        let selects = move |index: &&usize| {
            let selector = self.all[**index].selector.as_ref();
            selector.is_some_and(|selector| {
                selector.selects(&workload.labels)
                    || workload.pod_labels.as_ref().is_some_and(|labels| selector.selects(labels))
            })
        };
        let selected = pivots.flatten().chain(&self.others).filter(selects);
        let ids = workload.id.as_deref().into_iter().chain(workload.label(ID));
        selected.chain(ids.filter_map(|id| self.ids.get(id)).flatten()).copied()
    }

    /// The component that one of its labels names.
    fn named(&self, cluster: &str, workload: &Workload) -> Option<usize> {
        let id = workload.id.as_deref().filter(|_| self.labels.iter().any(|label| label == ID));
        let values = self.labels.iter().filter_map(|label| workload.label(label));
        id.into_iter().chain(values).find_map(|value| {
            let found = self.names.get(&value.to_lowercase())?.iter().copied();
            let found: Vec<usize> = found.filter(|index| self.is_within(*index, cluster, workload)).collect();
            let namespaced = |namespace: &str| {
                found
                    .iter()
                    .copied()
                    .find(|index| self.all[*index].reference.namespace().eq_ignore_ascii_case(namespace))
            };
            let only = || if found.len() == 1 { Some(found[0]) } else { None };
            namespaced(&workload.namespace).or_else(|| namespaced("default")).or_else(only)
        })
    }

    /// Whether an entity's annotations leave it the cluster and the namespace.
    fn is_within(&self, index: usize, cluster: &str, workload: &Workload) -> bool {
        let allows = |list: &[String], one: &str| list.is_empty() || list.iter().any(|allowed| allowed == one);
        let entity = &self.all[index];
        allows(&entity.clusters, cluster) && allows(&entity.namespaces, &workload.namespace)
    }
}

#[cfg(test)]
mod tests;
