//! What a template says beside its steps, in keys of ours that others pass over: which entities it is started from, who may run it, who has to
//! approve, and how long what it makes lives.
//!
//! Rule: whatever is said and cannot be kept refuses the template; nobody is let in by a rule that was misspelt.

use std::time::Duration;

use portico_manifest::Period;
use portico_model::{EntityRef, Filter};
use serde::Deserialize;
use serde_json::Value;

use crate::error::ScaffoldError;

/// Who may approve, at most; groups stand for many.
const MOST: usize = 20;

/// How long somebody may take to approve, unless the template says otherwise: over a weekend.
const WITHIN: Duration = Duration::from_secs(3 * 24 * 3600);

/// How long before the end of an entity its owners are warned, unless the template says otherwise.
const WARN: Duration = Duration::from_secs(24 * 3600);

/// The rules of a template.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) for_entity: Option<ForEntity>,
    /// Who may run it; everybody, if empty.
    pub(crate) allowed: Vec<EntityRef>,
    pub(crate) approval: Option<ApprovalRule>,
    pub(crate) expires: Option<ExpiryRule>,
}

/// Which entities it is started from.
#[derive(Clone, Debug)]
pub(crate) struct ForEntity {
    pub(crate) filter: Filter,
    /// The parameter that holds the entity's reference.
    pub(crate) parameter: Option<String>,
}

/// Who has to approve.
#[derive(Clone, Debug)]
pub(crate) struct ApprovalRule {
    /// Any of these people and groups; the template's owner, if empty.
    pub(crate) by: Vec<EntityRef>,
    /// How many of them.
    pub(crate) count: u32,
    /// Whether who asks may be one of them.
    pub(crate) own: bool,
    pub(crate) within: Duration,
    /// Whether it has to be approved at all.
    pub(crate) when: Option<Value>,
}

/// How long what it makes lives.
#[derive(Clone, Debug)]
pub(crate) struct ExpiryRule {
    /// A span, or an expression that comes to one.
    pub(crate) after: Value,
    pub(crate) warn: Duration,
    /// The template that takes it down.
    pub(crate) tear_down: EntityRef,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenForEntity {
    #[serde(default)]
    filter: Option<String>,
    #[serde(default)]
    parameter: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WrittenApproval {
    #[serde(default)]
    by: Vec<String>,
    #[serde(default = "one")]
    count: u32,
    #[serde(default)]
    own: bool,
    #[serde(default)]
    within: Option<String>,
    #[serde(default)]
    when: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WrittenExpiry {
    after: Value,
    #[serde(default)]
    warn: Option<String>,
    tear_down: String,
}

const fn one() -> u32 {
    1
}

impl Rules {
    /// What a template's `spec` says.
    pub(crate) fn parse(spec: &Value) -> Result<Rules, ScaffoldError> {
        Ok(Rules {
            for_entity: part(spec, "forEntity")?.map(for_entity).transpose()?,
            allowed: part::<Vec<String>>(spec, "allowed")?
                .map(|all| people(&all, "allowed"))
                .transpose()?
                .unwrap_or_default(),
            approval: part(spec, "approval")?.map(approval).transpose()?,
            expires: part(spec, "expires")?.map(expiry).transpose()?,
        })
    }

    /// Whether somebody may run it.
    pub(crate) fn may_run(&self, me: &[EntityRef]) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|allowed| me.contains(allowed))
    }
}

fn part<T: serde::de::DeserializeOwned>(spec: &Value, key: &str) -> Result<Option<T>, ScaffoldError> {
    match spec.get(key).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => serde_json::from_value(value.clone())
            .map(Some)
            .map_err(|error| ScaffoldError::Template(format!("`spec.{key}` of the template: {error}"))),
    }
}

fn for_entity(written: WrittenForEntity) -> Result<ForEntity, ScaffoldError> {
    let wrong = |error: String| ScaffoldError::Template(format!("`spec.forEntity.filter` of the template: {error}"));
    let filter = match &written.filter {
        None => Filter::everything(),
        Some(filter) => Filter::from_query(&[filter.as_str()]).map_err(|error| wrong(error.to_string()))?,
    };
    Ok(ForEntity { filter, parameter: written.parameter })
}

fn approval(written: WrittenApproval) -> Result<ApprovalRule, ScaffoldError> {
    if !(1..=5).contains(&written.count) {
        let said = "`spec.approval.count` of the template is no number from 1 to 5";
        return Err(ScaffoldError::Template(said.to_owned()));
    }
    Ok(ApprovalRule {
        by: people(&written.by, "approval.by")?,
        count: written.count,
        own: written.own,
        within: span(written.within.as_deref(), "approval.within", WITHIN)?,
        when: written.when,
    })
}

fn expiry(written: WrittenExpiry) -> Result<ExpiryRule, ScaffoldError> {
    let tear_down = EntityRef::parse_with(&written.tear_down, Some("template"), "default")
        .map_err(|error| ScaffoldError::Template(format!("`spec.expires.tearDown` of the template: {error}")))?;
    Ok(ExpiryRule { after: written.after, warn: span(written.warn.as_deref(), "expires.warn", WARN)?, tear_down })
}

fn people(written: &[String], key: &str) -> Result<Vec<EntityRef>, ScaffoldError> {
    if written.len() > MOST {
        return Err(ScaffoldError::Template(format!(
            "`spec.{key}` of the template names {}; at most {MOST} are taken, groups stand for many",
            written.len()
        )));
    }
    let one = |name: &String| {
        let found = EntityRef::parse_with(name, Some("group"), "default").map_err(|error| error.to_string());
        let found = found.and_then(|found| match found.kind() {
            "group" | "user" => Ok(found),
            other => Err(format!("`{name}` is a {other}; name groups and users")),
        });
        found.map_err(|error| ScaffoldError::Template(format!("`spec.{key}` of the template: {error}")))
    };
    written.iter().map(one).collect()
}

fn span(written: Option<&str>, key: &str, or: Duration) -> Result<Duration, ScaffoldError> {
    match written {
        None => Ok(or),
        Some(text) => {
            read_span(text).map_err(|error| ScaffoldError::Template(format!("`spec.{key}` of the template: {error}")))
        }
    }
}

/// A span of time, which may be written in days: `7d`.
pub(crate) fn read_span(text: &str) -> Result<Duration, String> {
    let days = text.trim().strip_suffix('d').and_then(|days| days.trim().parse::<u32>().ok());
    match days {
        Some(days) => Ok(Duration::from_secs(u64::from(days) * 24 * 3600)),
        None => text.trim().parse::<Period>().map(|period| period.as_duration()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_without_rules_is_for_everybody() {
        let rules = Rules::parse(&json!({ "steps": [] })).unwrap();
        assert!(rules.may_run(&[]) && rules.approval.is_none() && rules.expires.is_none());
    }

    #[test]
    fn who_may_run_it_is_a_group_or_a_person() {
        let rules = Rules::parse(&json!({ "allowed": ["sre", "user:default/ada"] })).unwrap();
        let me = |reference: &str| [EntityRef::parse(reference).unwrap()];
        assert!(rules.may_run(&me("group:default/sre")) && rules.may_run(&me("user:default/ada")));
        assert!(!rules.may_run(&me("user:default/eve")) && !rules.may_run(&[]));
    }

    #[test]
    fn a_span_may_be_in_days() {
        assert_eq!(read_span("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(read_span("90m"), Ok(Duration::from_secs(5_400)));
        assert!(read_span("soon").is_err());
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        for (spec, expected) in [
            (json!({ "approval": { "from": ["a"] } }), "`spec.approval` of the template: unknown field `from`"),
            (json!({ "approval": { "count": 0 } }), "`spec.approval.count` of the template is no number from 1 to 5"),
            (json!({ "approval": { "within": "soon" } }), "`spec.approval.within` of the template"),
            (json!({ "allowed": ["component:a"] }), "`component:a` is a component; name groups and users"),
            (json!({ "allowed": "sre" }), "`spec.allowed` of the template"),
            (json!({ "forEntity": { "filter": "=" } }), "`spec.forEntity.filter` of the template"),
            (json!({ "expires": { "after": "7d" } }), "`spec.expires` of the template: missing field `tearDown`"),
        ] {
            let error = Rules::parse(&spec).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
