//! PagerDuty's objects, as far as they are needed.
//!
//! Rule: every field may be missing or odd but what an object is known by and what is counted by: the id, whose it is, when it was. What is
//! read here is short-lived; what is kept of it is made elsewhere.

use serde::Deserialize;

use super::lenient::{address, field, list, moment, moment_or_none, text};
use crate::time;

/// A mention of another object, or as much of a whole one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Reference {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "text", rename = "type")]
    pub(crate) kind: String,
    #[serde(default, deserialize_with = "text")]
    pub(crate) summary: String,
    #[serde(default, deserialize_with = "address")]
    pub(crate) html_url: Option<String>,
}

/// What is paged about.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Service {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "text")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "text")]
    pub(crate) description: String,
    #[serde(default, deserialize_with = "text")]
    pub(crate) status: String,
    #[serde(default, deserialize_with = "address")]
    pub(crate) html_url: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) teams: Vec<Reference>,
    #[serde(default, deserialize_with = "field")]
    pub(crate) escalation_policy: Option<Reference>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) integrations: Vec<Integration>,
}

/// A way for tools to page about a service.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Integration {
    pub(crate) integration_key: String,
}

/// Who is paged, and who then.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Policy {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "text")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "text")]
    pub(crate) description: String,
    #[serde(default, deserialize_with = "address")]
    pub(crate) html_url: Option<String>,
    #[serde(default, deserialize_with = "field")]
    pub(crate) num_loops: u32,
    #[serde(default, deserialize_with = "list")]
    pub(crate) escalation_rules: Vec<Rule>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) teams: Vec<Reference>,
}

/// One level of a policy.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Rule {
    #[serde(default, deserialize_with = "field")]
    pub(crate) escalation_delay_in_minutes: u32,
    #[serde(default, deserialize_with = "list")]
    pub(crate) targets: Vec<Reference>,
}

/// A rota.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "text")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "text")]
    pub(crate) description: String,
    #[serde(default, deserialize_with = "address")]
    pub(crate) html_url: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) time_zone: String,
    #[serde(default, deserialize_with = "list")]
    pub(crate) users: Vec<Reference>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) teams: Vec<Reference>,
}

/// Somebody who is on call for a policy at a level; for ever where it neither begins nor ends.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OnCall {
    pub(crate) escalation_policy: Reference,
    #[serde(default = "first_level")]
    pub(crate) escalation_level: u32,
    #[serde(default)]
    pub(crate) schedule: Option<Reference>,
    pub(crate) user: User,
    #[serde(default, deserialize_with = "moment_or_none")]
    pub(crate) start: Option<u64>,
    #[serde(default, deserialize_with = "moment_or_none")]
    pub(crate) end: Option<u64>,
}

const fn first_level() -> u32 {
    1
}

/// Somebody.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "text")]
    pub(crate) summary: String,
    #[serde(default, deserialize_with = "field")]
    pub(crate) email: Option<String>,
}

/// Something that somebody was paged about.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Incident {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "field")]
    pub(crate) incident_number: u64,
    #[serde(default, deserialize_with = "text")]
    pub(crate) title: String,
    #[serde(default, deserialize_with = "address")]
    pub(crate) html_url: Option<String>,
    pub(crate) status: State,
    #[serde(default, deserialize_with = "field")]
    pub(crate) urgency: Urgency,
    #[serde(default, deserialize_with = "field")]
    pub(crate) priority: Option<Reference>,
    #[serde(rename = "created_at", deserialize_with = "moment")]
    pub(crate) created: u64,
    #[serde(default, deserialize_with = "field")]
    pub(crate) resolved_at: Option<String>,
    #[serde(default, deserialize_with = "field")]
    pub(crate) last_status_change_at: Option<String>,
    pub(crate) service: Reference,
    #[serde(default, deserialize_with = "list")]
    pub(crate) assignments: Vec<Assignment>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) acknowledgements: Vec<Acknowledgement>,
}

impl Incident {
    /// When it was resolved, if it is.
    pub(crate) fn resolved(&self) -> Option<u64> {
        let at = self.resolved_at.as_deref().or(self.last_status_change_at.as_deref());
        at.filter(|_| self.status == State::Resolved).and_then(time::read)
    }

    /// The first of the acknowledgements that hold.
    pub(crate) fn acknowledged(&self) -> Option<u64> {
        self.acknowledgements.iter().filter_map(|one| time::read(&one.at)).min()
    }
}

/// How an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Nobody looks at it.
    Triggered,
    /// Somebody does.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl State {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            State::Triggered => "triggered",
            State::Acknowledged => "acknowledged",
            State::Resolved => "resolved",
        }
    }
}

/// Whether somebody is woken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Urgency {
    #[default]
    High,
    Low,
}

impl Urgency {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Urgency::High => "high",
            Urgency::Low => "low",
        }
    }
}

/// Who is to look at an incident.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Assignment {
    pub(crate) assignee: Reference,
}

/// That somebody looks at one.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Acknowledgement {
    pub(crate) at: String,
}

/// What happened to an incident.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LogEntry {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) created_at: String,
}

impl LogEntry {
    /// When it was acknowledged, if that is what happened.
    pub(crate) fn acknowledged(&self) -> Option<u64> {
        // Both names are in use.
        let is_one = matches!(self.kind.as_str(), "acknowledge_log_entry" | "acknowledgement_log_entry");
        is_one.then(|| time::read(&self.created_at)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn an_odd_field_costs_nothing_but_itself() {
        let service: Service = from_value(json!({
            "id": "P1", "name": 5, "description": null, "status": ["active"], "html_url": {},
            "teams": [{ "id": "T1", "summary": null }, { "summary": "no id" }, 7], "escalation_policy": "P2", "integrations": {},
        }))
        .expect("it has an id");
        assert_eq!((service.name.as_str(), service.status.as_str(), service.teams.len()), ("", "", 1));
        assert!(service.escalation_policy.is_none() && service.integrations.is_empty() && service.html_url.is_none());
        assert!(from_value::<Service>(json!({ "name": "nobody knows which" })).is_err());
    }

    #[test]
    fn an_incident_that_is_resolved_says_when_also_where_an_account_has_no_such_field() {
        let incident = |status: &str, resolved: Option<&str>| -> Incident {
            from_value(json!({
                "id": "Q1", "status": status, "created_at": "2026-01-01T00:00:00Z", "service": { "id": "P1" },
                "resolved_at": resolved, "last_status_change_at": "2026-01-01T02:00:00Z",
            }))
            .expect("an incident")
        };
        assert_eq!(incident("resolved", Some("2026-01-01T01:00:00Z")).resolved(), time::read("2026-01-01T01:00:00Z"));
        assert_eq!(incident("resolved", None).resolved(), time::read("2026-01-01T02:00:00Z"));
        assert_eq!(incident("acknowledged", None).resolved(), None);
    }
}
