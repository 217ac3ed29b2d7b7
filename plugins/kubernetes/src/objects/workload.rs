//! Workloads: what runs containers, and how many of them.

use serde::Deserialize;

use super::{Condition, Meta, Owner, Text, condition, shown};
use crate::image::Image;
use crate::quantity::thousandths;
use crate::selector::Labels;
use crate::time::{millis, text};

/// What a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Deployment,
    StatefulSet,
    DaemonSet,
    CronJob,
    Job,
}

impl Kind {
    /// As Kubernetes spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Deployment => "Deployment",
            Kind::StatefulSet => "StatefulSet",
            Kind::DaemonSet => "DaemonSet",
            Kind::CronJob => "CronJob",
            Kind::Job => "Job",
        }
    }

    /// Whether it is to go on for ever, so that its replicas say how it is.
    pub(crate) fn is_lasting(self) -> bool {
        matches!(self, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet)
    }
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Replicas {
    pub wanted: u32,
    pub ready: u32,
    pub available: u32,
}

/// Processor time in thousandths of a core, and memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amounts {
    pub cpu: u64,
    pub memory: u64,
}

/// What its containers have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Containers {
    pub images: Vec<Text>,
    pub is_privileged: bool,
    /// Whether another image may stand behind one of theirs tomorrow.
    pub moves: bool,
    /// Whether each of them has limits.
    pub have_limits: bool,
    /// Of one replica.
    pub requests: Amounts,
    pub limits: Amounts,
}

/// A workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Workload {
    pub kind: Kind,
    pub uid: Text,
    pub namespace: Text,
    pub name: Text,
    pub owner: Option<Owner>,
    pub labels: Labels,
    /// Labels of its pods, where they differ from its own.
    pub pod_labels: Option<Box<Labels>>,
    /// What the annotation `backstage.io/kubernetes-id` says.
    pub id: Option<Text>,
    pub created: Option<Text>,
    pub rollout: Option<Text>,
    pub replicas: Replicas,
    pub containers: Containers,
    /// What it says itself to be wrong with it.
    pub trouble: Option<(Text, Option<Text>)>,
    pub is_suspended: bool,
    pub is_finished: bool,
    pub schedule: Option<Text>,
}

#[derive(Deserialize)]
struct Raw {
    metadata: Meta,
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
struct Spec {
    replicas: Option<u32>,
    template: Option<Template>,
    #[serde(rename = "jobTemplate")]
    job: Option<JobTemplate>,
    #[serde(default)]
    paused: bool,
    suspend: Option<bool>,
    schedule: Option<Text>,
}

#[derive(Deserialize)]
struct JobTemplate {
    spec: JobSpec,
}

#[derive(Deserialize)]
struct JobSpec {
    template: Template,
}

#[derive(Deserialize)]
struct Template {
    metadata: Option<TemplateMeta>,
    spec: Option<PodSpec>,
}

#[derive(Deserialize)]
struct TemplateMeta {
    labels: Option<Labels>,
    annotations: Option<super::Annotations>,
}

#[derive(Deserialize)]
struct PodSpec {
    containers: Option<Vec<Container>>,
    #[serde(rename = "initContainers")]
    before: Option<Vec<Container>>,
}

#[derive(Deserialize)]
struct Container {
    image: Option<Text>,
    resources: Option<Resources>,
    #[serde(rename = "securityContext")]
    security: Option<Security>,
    #[serde(rename = "restartPolicy")]
    restarts: Option<Text>,
}

#[derive(Default, Deserialize)]
struct Resources {
    requests: Option<Written>,
    limits: Option<Written>,
}

#[derive(Default, Deserialize)]
struct Written {
    cpu: Option<Text>,
    memory: Option<Text>,
}

#[derive(Deserialize)]
struct Security {
    privileged: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    ready_replicas: Option<u32>,
    available_replicas: Option<u32>,
    desired_number_scheduled: Option<u32>,
    number_ready: Option<u32>,
    number_available: Option<u32>,
    conditions: Option<Vec<Condition>>,
    completion_time: Option<Text>,
    last_schedule_time: Option<Text>,
}

impl Workload {
    pub(crate) fn read(kind: Kind, json: &str) -> serde_json::Result<Workload> {
        let Raw { metadata, spec, status } = serde_json::from_str(json)?;
        let replicas = replicas(kind, &spec, &status);
        let conditions = status.conditions.as_deref();
        let template = spec.template.or(spec.job.map(|job| job.spec.template));
        let (template, pods) = template.map_or((None, None), |template| (template.metadata, template.spec));
        let restarted = template.as_ref().and_then(|template| template.annotations.as_ref()?.restarted.clone());
        let rollout = match kind {
            Kind::Deployment => {
                condition(conditions, "Progressing", "True").and_then(|progress| progress.updated.clone())
            }
            Kind::StatefulSet | Kind::DaemonSet => None,
            Kind::CronJob => status.last_schedule_time,
            Kind::Job => status.completion_time,
        };
        // `kubectl` writes the time of whoever called it, and anybody may write anything there.
        let restarted = restarted.as_deref().and_then(millis).map(|at| Text::from(text(at)));
        let rollout = rollout.max(restarted).or_else(|| metadata.created.clone());
        let (owner, id) = (metadata.owner(), metadata.id());
        let labels = metadata.labels.unwrap_or_default();
        let pod_labels = template.and_then(|template| template.labels).filter(|own| *own != labels);
        Ok(Workload {
            kind,
            uid: metadata.uid,
            namespace: metadata.namespace.unwrap_or_default(),
            name: metadata.name,
            owner,
            labels,
            pod_labels: pod_labels.map(Box::new),
            id,
            created: metadata.created,
            rollout,
            replicas,
            containers: pods.map_or_else(Containers::default, containers),
            trouble: trouble(conditions),
            is_suspended: spec.paused || spec.suspend.unwrap_or_default(),
            is_finished: condition(conditions, "Complete", "True").is_some(),
            schedule: spec.schedule,
        })
    }

    /// The value of a label, of its own or of its pods.
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        let of_pods = || self.pod_labels.as_ref().and_then(|labels| labels.get(key));
        self.labels.get(key).or_else(of_pods).map(|value| &**value)
    }
}

fn replicas(kind: Kind, spec: &Spec, status: &Status) -> Replicas {
    let count = |count: Option<u32>| count.unwrap_or_default();
    match kind {
        Kind::Deployment => Replicas {
            wanted: spec.replicas.unwrap_or(1),
            ready: count(status.ready_replicas),
            available: count(status.available_replicas),
        },
        // Before 1.22 a set does not say how many are available.
        Kind::StatefulSet => Replicas {
            wanted: spec.replicas.unwrap_or(1),
            ready: count(status.ready_replicas),
            available: count(status.available_replicas.or(status.ready_replicas)),
        },
        Kind::DaemonSet => Replicas {
            wanted: count(status.desired_number_scheduled),
            ready: count(status.number_ready),
            available: count(status.number_available),
        },
        Kind::CronJob | Kind::Job => Replicas::default(),
    }
}

fn trouble(conditions: Option<&[Condition]>) -> Option<(Text, Option<Text>)> {
    let wrong = [("Progressing", "False"), ("ReplicaFailure", "True"), ("Failed", "True")];
    let found = wrong.into_iter().find_map(|(kind, status)| condition(conditions, kind, status))?;
    let reason = found.reason.clone().unwrap_or_else(|| found.kind.clone());
    Some((reason, found.message.as_deref().map(shown)))
}

fn containers(spec: PodSpec) -> Containers {
    let own = spec.containers.unwrap_or_default();
    let before = spec.before.unwrap_or_default();
    let all = || own.iter().chain(&before);
    let image = |one: &Container| one.image.clone();
    Containers {
        images: all().filter_map(image).collect(),
        is_privileged: all().any(Container::is_privileged),
        moves: all().filter_map(image).any(|image| Image::parse(&image).moves()),
        have_limits: all().all(Container::is_limited),
        requests: at_once(&own, &before, Container::requests),
        limits: at_once(&own, &before, Container::limits),
    }
}

/// The most that the containers of one pod take at one time, as schedulers count it: all that go on together, or while one of those
/// before them runs, that one with those that had begun to go on.
fn at_once(own: &[Container], before: &[Container], of: fn(&Container) -> Amounts) -> Amounts {
    let (mut beside, mut most) = (Amounts::default(), Amounts::default());
    for container in before {
        let with = beside.and(of(container));
        most = most.or_more(with);
        if container.goes_on() {
            beside = with;
        }
    }
    own.iter().fold(beside, |sum, container| sum.and(of(container))).or_more(most)
}

impl Container {
    fn is_privileged(&self) -> bool {
        self.security.as_ref().and_then(|security| security.privileged).unwrap_or_default()
    }

    fn is_limited(&self) -> bool {
        self.limit().is_some_and(|limits| limits.cpu.is_some() || limits.memory.is_some())
    }

    fn limit(&self) -> Option<&Written> {
        self.resources.as_ref()?.limits.as_ref()
    }

    /// Whether one that begins before the others goes on beside them.
    fn goes_on(&self) -> bool {
        self.restarts.as_deref() == Some("Always")
    }

    /// What is reserved for it: what it is limited to, where it does not say.
    fn requests(&self) -> Amounts {
        let own = self.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        let written = |of: fn(&Written) -> Option<&str>| own.and_then(of).or_else(|| self.limit().and_then(of));
        Amounts::read(written(Written::cpu), written(Written::memory))
    }

    fn limits(&self) -> Amounts {
        let written = |of: fn(&Written) -> Option<&str>| self.limit().and_then(of);
        Amounts::read(written(Written::cpu), written(Written::memory))
    }
}

impl Written {
    fn cpu(&self) -> Option<&str> {
        self.cpu.as_deref()
    }

    fn memory(&self) -> Option<&str> {
        self.memory.as_deref()
    }
}

impl Amounts {
    fn read(cpu: Option<&str>, memory: Option<&str>) -> Amounts {
        let amount = |text: Option<&str>| text.and_then(thousandths).unwrap_or_default();
        Amounts { cpu: amount(cpu), memory: amount(memory) / 1_000 }
    }

    fn and(self, other: Amounts) -> Amounts {
        Amounts { cpu: self.cpu.saturating_add(other.cpu), memory: self.memory.saturating_add(other.memory) }
    }

    fn or_more(self, other: Amounts) -> Amounts {
        Amounts { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }
}
