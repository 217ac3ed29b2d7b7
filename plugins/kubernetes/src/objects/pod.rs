//! Pods: whether they are ready, how often they were restarted, and why they fail.

use serde::Deserialize;

use super::{Condition, Meta, Owner, Text, condition, shown};

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pod {
    pub uid: Text,
    pub namespace: Text,
    pub name: Text,
    pub owner: Option<Owner>,
    /// The part of its owner's name that is no part of its owner's owner's.
    pub hash: Option<Text>,
    pub is_ready: bool,
    pub restarts: u32,
    pub trouble: Option<Trouble>,
    /// When a container of it that runs again was last killed for its memory.
    pub killed: Option<Text>,
}

/// Why a pod fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Such as `CrashLoopBackOff`.
    pub reason: Text,
    /// In more words.
    pub message: Option<Text>,
}

#[derive(Deserialize)]
struct Raw {
    metadata: Meta,
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    phase: Option<Text>,
    conditions: Option<Vec<Condition>>,
    container_statuses: Option<Vec<Container>>,
    init_container_statuses: Option<Vec<Container>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    #[serde(default)]
    restart_count: u32,
    #[serde(default)]
    state: State,
    #[serde(default)]
    last_state: State,
}

#[derive(Default, Deserialize)]
struct State {
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}

#[derive(Deserialize)]
struct Waiting {
    reason: Option<Text>,
    message: Option<Text>,
}

// What a container wrote before its end may be anything, and is not read.
#[derive(Deserialize)]
struct Terminated {
    reason: Option<Text>,
    #[serde(default, rename = "exitCode")]
    code: i64,
    #[serde(rename = "finishedAt")]
    finished: Option<Text>,
}

/// The reason of an end for want of memory.
const KILLED: &str = "OOMKilled";

/// Reasons to wait that belong to every beginning.
const BEGINNING: [&str; 2] = ["ContainerCreating", "PodInitializing"];

impl Pod {
    /// Reads a pod; none if it has finished, so that it counts no more.
    pub(crate) fn read(json: &str) -> serde_json::Result<Option<Pod>> {
        let Raw { mut metadata, status } = serde_json::from_str(json)?;
        if matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
            return Ok(None);
        }
        let restarts = status.containers().map(|container| container.restart_count).fold(0, u32::saturating_add);
        let killed = status.containers().filter_map(Container::killed).max().cloned();
        let conditions = status.conditions.as_deref();
        // One that is on its way out ends as it may.
        let trouble = if metadata.deleted.is_some() { None } else { trouble(&status) };
        let hash = metadata.labels.as_mut().and_then(|labels| labels.remove("pod-template-hash"));
        Ok(Some(Pod {
            owner: metadata.owner(),
            hash,
            is_ready: condition(conditions, "Ready", "True").is_some(),
            restarts,
            trouble,
            killed,
            uid: metadata.uid,
            namespace: metadata.namespace.unwrap_or_default(),
            name: metadata.name,
        }))
    }
}

impl Status {
    /// Those that begin before the others, and go on beside them or not, are the first.
    fn containers(&self) -> impl Iterator<Item = &Container> {
        self.init_container_statuses.iter().chain(&self.container_statuses).flatten()
    }
}

fn trouble(status: &Status) -> Option<Trouble> {
    let of_container = || status.containers().find_map(Container::trouble);
    let unscheduled = || {
        let condition = condition(status.conditions.as_deref(), "PodScheduled", "False")?;
        let reason = condition.reason.clone().unwrap_or_else(|| "Unschedulable".into());
        Some(Trouble { reason, message: condition.message.as_deref().map(shown) })
    };
    of_container().or_else(unscheduled)
}

impl Container {
    fn killed(&self) -> Option<&Text> {
        let last = self.last_state.terminated.as_ref().filter(|last| last.reason.as_deref() == Some(KILLED))?;
        // One that waits or has ended says why it fails.
        last.finished.as_ref().filter(|_| self.state.waiting.is_none() && self.state.terminated.is_none())
    }

    fn trouble(&self) -> Option<Trouble> {
        if let Some(waiting) = &self.state.waiting {
            let reason = waiting.reason.clone().filter(|reason| !BEGINNING.contains(&&**reason))?;
            // Why it ended says more than that it is waited until it may begin again.
            let ended = self.last_state.terminated.as_ref().and_then(|ended| ended.reason.clone());
            let reason = ended.filter(|ended| **ended == *KILLED).unwrap_or(reason);
            return Some(Trouble { reason, message: waiting.message.as_deref().map(shown) });
        }
        let ended = self.state.terminated.as_ref().filter(|ended| ended.code != 0)?;
        let message = Some(format!("a container ended with the code {}", ended.code).into());
        Some(Trouble { reason: ended.reason.clone().unwrap_or_else(|| "Error".into()), message })
    }
}
