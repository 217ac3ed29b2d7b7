//! Objects as the API server writes them, and the little of each that is kept.
//!
//! Rule: what is kept is what facts are made of. Everything else, environments and annotations with whole documents among it, is
//! skipped while it is read. What is absent is absent: only a name and an identity are asked for.

mod exposed;
mod pod;
mod workload;

use serde::Deserialize;

use crate::selector::Labels;

pub(crate) use exposed::{Ingress, Service};
pub(crate) use pod::{Pod, Trouble};
pub(crate) use workload::{Amounts, Kind, Replicas, Workload};

/// A text that is kept.
pub(crate) type Text = Box<str>;

/// What every object says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Meta {
    pub name: Text,
    pub namespace: Option<Text>,
    pub uid: Text,
    pub labels: Option<Labels>,
    annotations: Option<Annotations>,
    #[serde(rename = "creationTimestamp")]
    pub created: Option<Text>,
    #[serde(rename = "deletionTimestamp")]
    deleted: Option<Text>,
    #[serde(rename = "ownerReferences")]
    owners: Option<Vec<Owner>>,
}

/// The annotations that are looked at.
#[derive(Clone, Debug, Default, Deserialize)]
struct Annotations {
    #[serde(rename = "backstage.io/kubernetes-id")]
    id: Option<Text>,
    #[serde(rename = "kubectl.kubernetes.io/restartedAt")]
    restarted: Option<Text>,
}

/// Who an object belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Owner {
    pub kind: Text,
    pub name: Text,
    pub uid: Text,
    #[serde(default)]
    controller: bool,
}

impl Meta {
    /// Who controls it: the owner that says so, or the only one there is.
    fn owner(&self) -> Option<Owner> {
        let owners = self.owners.as_deref().unwrap_or_default();
        owners.iter().find(|owner| owner.controller).or(owners.first()).cloned()
    }

    fn id(&self) -> Option<Text> {
        self.annotations.as_ref().and_then(|annotations| annotations.id.clone())
    }
}

/// What an object says of how it is.
#[derive(Clone, Debug, Deserialize)]
struct Condition {
    #[serde(rename = "type")]
    kind: Text,
    status: Text,
    reason: Option<Text>,
    message: Option<Text>,
    #[serde(rename = "lastUpdateTime")]
    updated: Option<Text>,
}

/// The condition of a type, where it is as it says.
fn condition<'a>(conditions: Option<&'a [Condition]>, kind: &str, status: &str) -> Option<&'a Condition> {
    conditions?.iter().find(|condition| *condition.kind == *kind && *condition.status == *status)
}

/// Only what an object is called: enough to follow the way from a pod to its owner, and to name what cannot be read.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Named {
    metadata: Meta,
}

impl Named {
    /// Its identity, and who owns it.
    pub(crate) fn owned(self) -> (Text, Option<Owner>) {
        let owner = self.metadata.owner();
        (self.metadata.uid, owner)
    }
}

/// What an object is called, as far as that can be made out of what is no object of its sort.
pub(crate) fn name_of(json: &str) -> String {
    #[derive(Deserialize)]
    struct Least {
        metadata: Name,
    }
    #[derive(Deserialize)]
    struct Name {
        name: String,
        namespace: Option<String>,
    }
    match serde_json::from_str(json) {
        Ok(Least { metadata: Name { name, namespace: Some(namespace) } }) => format!("{namespace}/{name}"),
        Ok(Least { metadata: Name { name, namespace: None } }) => name,
        Err(_) => "an object without a name".to_owned(),
    }
}

/// How many replicas a workload may have, by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Autoscaler {
    pub uid: Text,
    pub namespace: Text,
    /// The kind and the name of what it scales.
    pub target: (Text, Text),
    pub least: u32,
    pub most: u32,
}

#[derive(Deserialize)]
struct RawAutoscaler {
    metadata: Meta,
    spec: AutoscalerSpec,
}

#[derive(Deserialize)]
struct AutoscalerSpec {
    #[serde(rename = "scaleTargetRef")]
    target: Target,
    #[serde(rename = "minReplicas")]
    least: Option<u32>,
    #[serde(rename = "maxReplicas")]
    most: u32,
}

#[derive(Deserialize)]
struct Target {
    kind: Text,
    name: Text,
}

impl Autoscaler {
    pub(crate) fn read(json: &str) -> serde_json::Result<Autoscaler> {
        let RawAutoscaler { metadata, spec } = serde_json::from_str(json)?;
        Ok(Autoscaler {
            uid: metadata.uid,
            namespace: metadata.namespace.unwrap_or_default(),
            target: (spec.target.kind, spec.target.name),
            least: spec.least.unwrap_or(1),
            most: spec.most,
        })
    }
}

/// A text that is shown to people, cut.
fn shown(text: &str) -> Text {
    const SHOWN: usize = 200;
    text.chars().take(SHOWN).collect::<String>().into()
}

#[cfg(test)]
mod tests;
