//! Facts: what is noted on an entity of what runs for it, in one cluster and in all of them together.
//!
//! Rule: parts add up. What an entity has in all clusters is the sum of what it has in each, and adding up is the same in any order.

use std::borrow::Cow;
use std::collections::BTreeSet;

use portico_sdk::standing::{Change, Health};
use serde::{Deserialize, Serialize};

use crate::model::Row;
use crate::objects::{self, Replicas};
use crate::time::millis;

/// Words of one list that are kept: what has more is no list that anybody filters by.
const LISTED: usize = 40;

/// Milliseconds by which the clock of a cluster may be ahead.
const AHEAD: u64 = 300_000;

/// Milliseconds for which it counts that something was killed, though it runs again.
const LATELY: u64 = 86_400_000;

/// What runs for an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Part {
    /// How many workloads.
    pub workloads: u32,
    /// Of those that go on for ever.
    pub replicas: Counts,
    pub failing: Failing,
    pub restarts: u64,
    pub images: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_rollout_at: Option<String>,
    /// Whether any container is privileged.
    pub privileged: bool,
    /// Whether any image may be another one tomorrow.
    pub latest_tag: bool,
    /// Whether all containers have limits.
    pub limited: bool,
    /// Workloads that scale by themselves.
    pub autoscaled: u32,
    /// What is reserved for all replicas.
    pub requests: Resources,
    /// What all replicas may take, as far as it is limited.
    pub limits: Resources,
    /// When a container that runs again was last killed for its memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_killed_at: Option<String>,
    pub namespaces: BTreeSet<String>,
    /// Names in the cluster and from outside, where they are read.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub services: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub ingresses: BTreeSet<String>,
}

/// How many replicas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counts {
    pub wanted: u32,
    pub ready: u32,
    pub available: u32,
}

/// What does not run as it should.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Failing {
    pub pods: u32,
    pub workloads: u32,
    pub reasons: BTreeSet<String>,
}

/// Processor time in cores, and memory in MiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Resources {
    pub cpu_cores: f64,
    pub memory_mib: f64,
}

impl Default for Part {
    /// Nothing at all: every limit is kept.
    fn default() -> Part {
        Part {
            workloads: 0,
            replicas: Counts::default(),
            failing: Failing::default(),
            restarts: 0,
            images: BTreeSet::new(),
            last_rollout_at: None,
            privileged: false,
            latest_tag: false,
            limited: true,
            autoscaled: 0,
            requests: Resources::default(),
            limits: Resources::default(),
            oom_killed_at: None,
            namespaces: BTreeSet::new(),
            services: BTreeSet::new(),
            ingresses: BTreeSet::new(),
        }
    }
}

impl Part {
    /// What one workload comes to.
    pub(crate) fn of(row: &Row<'_>) -> Part {
        let (workload, containers) = (row.workload, &row.workload.containers);
        let Replicas { wanted, ready, available } = workload.replicas;
        let reasons = reasons(row);
        let is_failing = !reasons.is_empty();
        Part {
            workloads: 1,
            replicas: Counts { wanted, ready, available },
            failing: Failing { pods: row.pods.failing, workloads: u32::from(is_failing), reasons },
            restarts: row.pods.restarts,
            images: containers.images.iter().map(|image| image.to_string()).collect(),
            last_rollout_at: workload.rollout.as_deref().map(str::to_owned),
            privileged: containers.is_privileged,
            latest_tag: containers.moves,
            limited: containers.have_limits,
            autoscaled: u32::from(row.autoscaler.is_some()),
            requests: Resources::of(containers.requests, wanted),
            limits: Resources::of(containers.limits, wanted),
            oom_killed_at: row.pods.killed.as_deref().map(str::to_owned),
            namespaces: [workload.namespace.to_string()].into(),
            services: row.names.services.clone(),
            ingresses: row.names.hosts.clone(),
        }
    }

    /// Adds what else there is.
    pub(crate) fn add(&mut self, other: &Part) {
        self.workloads = self.workloads.saturating_add(other.workloads);
        self.replicas.wanted = self.replicas.wanted.saturating_add(other.replicas.wanted);
        self.replicas.ready = self.replicas.ready.saturating_add(other.replicas.ready);
        self.replicas.available = self.replicas.available.saturating_add(other.replicas.available);
        self.failing.pods = self.failing.pods.saturating_add(other.failing.pods);
        self.failing.workloads = self.failing.workloads.saturating_add(other.failing.workloads);
        self.restarts = self.restarts.saturating_add(other.restarts);
        join(&mut self.failing.reasons, &other.failing.reasons);
        join(&mut self.images, &other.images);
        join(&mut self.namespaces, &other.namespaces);
        join(&mut self.services, &other.services);
        join(&mut self.ingresses, &other.ingresses);
        // As they are written, later ones are greater.
        self.last_rollout_at = self.last_rollout_at.take().max(other.last_rollout_at.clone());
        self.oom_killed_at = self.oom_killed_at.take().max(other.oom_killed_at.clone());
        self.privileged |= other.privileged;
        self.latest_tag |= other.latest_tag;
        self.limited &= other.limited;
        self.autoscaled = self.autoscaled.saturating_add(other.autoscaled);
        self.requests = self.requests.plus(other.requests);
        self.limits = self.limits.plus(other.limits);
    }
}

/// What an entity has in all clusters, with what the head of its page asks.
#[derive(Debug, Serialize)]
pub(crate) struct Sum<'p> {
    #[serde(flatten)]
    part: Cow<'p, Part>,
    health: Health,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<Change>,
}

impl<'p> Sum<'p> {
    /// As it stands now. A rollout that is still to come, by the clock of a cluster that is wrong, would be the last change for long; what
    /// was killed long ago is told no more.
    pub(crate) fn of(part: &'p Part, now: u64) -> Sum<'p> {
        let has_been = |at: &&String| millis(at).is_some_and(|at| at <= now + AHEAD);
        let changed = part.last_rollout_at.as_ref().filter(has_been).map(|at| Change::at(at, "rolled out"));
        let is_old = part.oom_killed_at.as_ref().is_some_and(|at| !is_lately(at, now));
        let told = if is_old { Cow::Owned(Part { oom_killed_at: None, ..part.clone() }) } else { Cow::Borrowed(part) };
        Sum { part: told, health: health(part), changed }
    }
}

/// Whether it was within the last day.
pub(crate) fn is_lately(at: &str, now: u64) -> bool {
    millis(at).is_some_and(|at| at <= now + AHEAD && now <= at + LATELY)
}

/// Nothing ready is an outage, something failing or missing wants a look.
fn health(part: &Part) -> Health {
    let Counts { wanted, ready, .. } = part.replicas;
    let ready_of_wanted = match wanted {
        // Of jobs, and of what was scaled down on purpose.
        0 if part.failing.workloads == 0 => return Health::ok("nothing failing"),
        0 => format!("{} failing", part.failing.workloads),
        1 => format!("{ready} of 1 replica ready"),
        _ => format!("{ready} of {wanted} replicas ready"),
    };
    let text = match part.failing.reasons.first() {
        Some(reason) => format!("{ready_of_wanted}, {reason}"),
        None => ready_of_wanted,
    };
    match (wanted, ready) {
        (1.., 0) => Health::bad(text),
        _ if ready < wanted || part.failing.workloads > 0 => Health::warn(text),
        _ => Health::ok(text),
    }
}

/// Why a workload does not run as it should; nothing if it does.
pub(crate) fn reasons(row: &Row<'_>) -> BTreeSet<String> {
    let own = row.workload.trouble.as_ref().or(row.job).map(|(reason, _)| reason);
    row.pods.reasons.iter().chain(own).map(|reason| reason.to_string()).collect()
}

/// The first ones in their order, so that it is the same whichever was there before.
fn join(all: &mut BTreeSet<String>, more: &BTreeSet<String>) {
    all.extend(more.iter().cloned());
    while all.len() > LISTED {
        all.pop_last();
    }
}

impl Resources {
    /// Of so many replicas. Figures are rounded to what people write.
    pub(crate) fn of(amounts: objects::Amounts, replicas: u32) -> Resources {
        const MIB: u64 = 1 << 20;
        let times = |amount: u64| amount.saturating_mul(u64::from(replicas));
        Resources { cpu_cores: times(amounts.cpu) as f64 / 1_000.0, memory_mib: (times(amounts.memory) / MIB) as f64 }
    }

    fn plus(self, other: Resources) -> Resources {
        let thousandths = ((self.cpu_cores + other.cpu_cores) * 1_000.0).round();
        Resources { cpu_cores: thousandths / 1_000.0, memory_mib: self.memory_mib + other.memory_mib }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn nothing_ready_is_worse_than_something_failing() {
        for (wanted, ready, failing, state, text) in [
            (3, 3, None, "ok", "3 of 3 replicas ready"),
            (1, 1, None, "ok", "1 of 1 replica ready"),
            (0, 0, None, "ok", "nothing failing"),
            (0, 0, Some("BackoffLimitExceeded"), "warn", "1 failing, BackoffLimitExceeded"),
            (3, 2, None, "warn", "2 of 3 replicas ready"),
            (3, 3, Some("OOMKilled"), "warn", "3 of 3 replicas ready, OOMKilled"),
            (3, 0, Some("CrashLoopBackOff"), "bad", "0 of 3 replicas ready, CrashLoopBackOff"),
        ] {
            let reasons: BTreeSet<String> = failing.into_iter().map(str::to_owned).collect();
            let part = Part {
                replicas: Counts { wanted, ready, available: ready },
                failing: Failing { pods: 0, workloads: reasons.len() as u32, reasons },
                last_rollout_at: Some("2026-11-27T09:00:00Z".to_owned()),
                ..Part::default()
            };
            let now = millis("2026-11-27T10:00:00Z").unwrap();
            let sum: Value = serde_json::to_value(Sum::of(&part, now)).unwrap();
            assert_eq!(sum["health"], json!({ "state": state, "text": text }));
            assert_eq!(sum["changed"], json!({ "at": "2026-11-27T09:00:00Z", "text": "rolled out" }));
            assert_eq!(sum["replicas"]["wanted"], wanted);
        }
    }

    #[test]
    fn a_rollout_that_is_still_to_come_is_not_the_last_change() {
        let now = millis("2026-11-27T10:00:00Z").unwrap();
        for (at, is_change) in [
            ("2026-11-27T09:00:00Z", true),
            ("2026-11-27T10:04:00Z", true),
            ("2026-11-27T13:00:00Z", false),
            ("9999-12-31T00:00:00Z", false),
            ("soon", false),
        ] {
            let part = Part { last_rollout_at: Some(at.to_owned()), ..Part::default() };
            let sum = serde_json::to_value(Sum::of(&part, now)).unwrap();
            assert_eq!(sum.get("changed").is_some(), is_change, "{at}");
            assert_eq!(sum["lastRolloutAt"], at, "as the cluster says");
        }
    }

    #[test]
    fn what_was_killed_for_its_memory_is_told_for_a_day() {
        let now = millis("2026-11-27T10:00:00Z").unwrap();
        for (at, is_told) in [
            ("2026-11-27T09:00:00Z", true),
            ("2026-11-26T10:00:00Z", true),
            ("2026-11-26T09:59:59Z", false),
            ("2026-11-27T13:00:00Z", false),
            ("soon", false),
        ] {
            let part = Part { oom_killed_at: Some(at.to_owned()), ..Part::default() };
            let sum = serde_json::to_value(Sum::of(&part, now)).unwrap();
            assert_eq!(sum.get("oomKilledAt").is_some(), is_told, "{at}");
        }
        let mut sum = Part { oom_killed_at: Some("2026-11-27T08:00:00Z".to_owned()), ..Part::default() };
        sum.add(&Part { oom_killed_at: Some("2026-11-27T09:00:00Z".to_owned()), ..Part::default() });
        sum.add(&Part::default());
        assert_eq!(sum.oom_killed_at.as_deref(), Some("2026-11-27T09:00:00Z"), "the last time");
    }

    #[test]
    fn figures_that_nobody_has_add_up_to_the_largest_there_is() {
        let most = Counts { wanted: u32::MAX, ready: u32::MAX, available: u32::MAX };
        let part = Part { replicas: most, restarts: u64::MAX, ..Part::default() };
        let mut sum = part.clone();
        sum.add(&part);
        assert_eq!((sum.replicas, sum.restarts), (most, u64::MAX));
    }
}
