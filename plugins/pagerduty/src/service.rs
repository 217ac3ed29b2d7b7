//! What is handed over of PagerDuty: one object for each service, policy and schedule, of which mappings make entities and facts.
//!
//! Rule: these shapes are what mappings of operators rest on. They are documented in the manifest, and only ever grow.

use portico_sdk::model::EntityRef;
use serde::{Deserialize, Serialize};

use crate::api::{Policy, Reference, Schedule, Service};
use crate::incidents::{Figures, Open, Tally, short};
use crate::rota::{Rota, Said, Shifts};

/// What mappings call each.
pub(crate) const SERVICE: &str = "service";
pub(crate) const POLICY: &str = "escalation-policy";
pub(crate) const SCHEDULE: &str = "schedule";

/// A mention of something of PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

impl Named {
    fn of(reference: &Reference) -> Named {
        Named {
            id: reference.id.clone(),
            name: called(&reference.summary, &reference.id),
            url: reference.html_url.clone(),
        }
    }
}

/// A service, without what is counted of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) status: String,
    pub(crate) url: Option<String>,
    pub(crate) teams: Vec<String>,
    pub(crate) policy: Option<Named>,
}

impl Kept {
    pub(crate) fn of(service: &Service) -> Kept {
        Kept {
            id: service.id.clone(),
            name: called(&service.name, &service.id),
            description: cut(&service.description),
            status: if service.status.is_empty() { "unknown".to_owned() } else { short(&service.status) },
            url: service.html_url.clone(),
            teams: names(&service.teams),
            policy: service.escalation_policy.as_ref().map(Named::of),
        }
    }
}

/// A service as it is handed over.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ServiceObject<'a> {
    #[serde(flatten)]
    kept: &'a Kept,
    components: Vec<String>,
    facts: Facts<'a>,
}

/// What is attached to the entities of a service.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts<'a> {
    service: Brief<'a>,
    incidents: Figures,
    #[serde(skip_serializing_if = "<[Open]>::is_empty")]
    open_incidents: &'a [Open],
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_minutes_to_acknowledge: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_minutes_to_resolve: Option<f64>,
    on_call: Rota,
    #[serde(skip_serializing_if = "Option::is_none")]
    escalation_policy: &'a Option<Named>,
}

#[derive(Clone, Debug, Serialize)]
struct Brief<'a> {
    id: &'a str,
    name: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: &'a Option<String>,
}

impl<'a> ServiceObject<'a> {
    pub(crate) fn new(kept: &'a Kept, entities: &[EntityRef], tally: &'a Tally, shifts: &Shifts, now: u64) -> Self {
        let on_call = kept.policy.as_ref().map(|policy| shifts.rota(&policy.id, now)).unwrap_or_default();
        ServiceObject {
            kept,
            components: entities.iter().map(ToString::to_string).collect(),
            facts: Facts {
                service: Brief { id: &kept.id, name: &kept.name, status: &kept.status, url: &kept.url },
                incidents: tally.figures(now),
                open_incidents: tally.named(),
                mean_minutes_to_acknowledge: tally.minutes_to_acknowledge(),
                mean_minutes_to_resolve: tally.minutes_to_resolve(),
                on_call,
                escalation_policy: &kept.policy,
            },
        }
    }
}

/// An escalation policy as it is handed over.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyObject {
    id: String,
    name: String,
    description: String,
    url: Option<String>,
    teams: Vec<String>,
    /// How often it begins anew when nobody answers.
    loops: u32,
    levels: Vec<LevelObject>,
    /// Ids.
    schedules: Vec<String>,
    on_call: Rota,
    shifts: Vec<Said>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LevelObject {
    level: usize,
    targets: Vec<String>,
    minutes: u32,
}

impl PolicyObject {
    /// With who is called now and next, and all shifts to come.
    pub(crate) fn new(policy: &Policy, next: &Shifts, shifts: &Shifts, now: u64) -> PolicyObject {
        let targets = policy.escalation_rules.iter().flat_map(|rule| &rule.targets);
        let schedules = targets.filter(|target| target.kind.starts_with("schedule")).map(|target| target.id.clone());
        let mut schedules: Vec<String> = schedules.collect();
        schedules.sort();
        schedules.dedup();
        let levels = policy.escalation_rules.iter().take(20).enumerate().map(|(place, rule)| LevelObject {
            level: place + 1,
            targets: names(&rule.targets),
            minutes: rule.escalation_delay_in_minutes,
        });
        PolicyObject {
            id: policy.id.clone(),
            name: called(&policy.name, &policy.id),
            description: cut(&policy.description),
            url: policy.html_url.clone(),
            teams: names(&policy.teams),
            loops: policy.num_loops,
            levels: levels.collect(),
            schedules,
            on_call: next.rota(&policy.id, now),
            shifts: shifts.said(&policy.id, now),
        }
    }
}

/// A schedule as it is handed over.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScheduleObject {
    id: String,
    name: String,
    description: String,
    url: Option<String>,
    teams: Vec<String>,
    time_zone: String,
    users: Vec<String>,
    on_call: Rota,
}

impl ScheduleObject {
    pub(crate) fn new(schedule: &Schedule, shifts: &Shifts, now: u64) -> ScheduleObject {
        // A schedule has no levels: on which one its policies have it is theirs to say.
        let on_call = Rota { levels: Vec::new(), ..shifts.rota(&schedule.id, now) };
        ScheduleObject {
            id: schedule.id.clone(),
            name: called(&schedule.name, &schedule.id),
            description: cut(&schedule.description),
            url: schedule.html_url.clone(),
            teams: names(&schedule.teams),
            time_zone: short(&schedule.time_zone),
            users: names(&schedule.users),
            on_call,
        }
    }
}

/// The names of what is mentioned, as many as an entity has room for.
fn names(references: &[Reference]) -> Vec<String> {
    references.iter().take(100).map(|reference| called(&reference.summary, &reference.id)).collect()
}

/// A name, else the id.
fn called(name: &str, id: &str) -> String {
    short(if name.trim().is_empty() { id } else { name })
}

/// A description, which is no place for a book.
fn cut(text: &str) -> String {
    text.chars().take(4_000).collect()
}
