//! Facts: what is noted on an entity of what runs for it, in one cluster and in all of them together.
//!
//! Rule: parts add up. What an entity has in all clusters is the sum of what it has in each, and adding up is the same in any order.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::Row;
use crate::objects::{self, Replicas};

/// Words of one list that are kept: what has more is no list that anybody filters by.
const LISTED: usize = 40;

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
    pub limits: bool,
    /// Workloads that scale by themselves.
    pub autoscaled: u32,
    /// What is reserved for all replicas.
    pub requests: Resources,
    pub namespaces: BTreeSet<String>,
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
            limits: true,
            autoscaled: 0,
            requests: Resources::default(),
            namespaces: BTreeSet::new(),
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
            limits: containers.have_limits,
            autoscaled: u32::from(row.autoscaler.is_some()),
            requests: Resources::of(containers.requests, wanted),
            namespaces: [workload.namespace.to_string()].into(),
        }
    }

    /// Adds what else there is.
    pub(crate) fn add(&mut self, other: &Part) {
        self.workloads += other.workloads;
        self.replicas.wanted += other.replicas.wanted;
        self.replicas.ready += other.replicas.ready;
        self.replicas.available += other.replicas.available;
        self.failing.pods += other.failing.pods;
        self.failing.workloads += other.failing.workloads;
        self.restarts += other.restarts;
        join(&mut self.failing.reasons, &other.failing.reasons);
        join(&mut self.images, &other.images);
        join(&mut self.namespaces, &other.namespaces);
        // As they are written, later ones are greater.
        self.last_rollout_at = self.last_rollout_at.take().max(other.last_rollout_at.clone());
        self.privileged |= other.privileged;
        self.latest_tag |= other.latest_tag;
        self.limits &= other.limits;
        self.autoscaled += other.autoscaled;
        self.requests = self.requests.plus(other.requests);
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
