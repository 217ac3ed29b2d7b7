//! From a template's entity to what a task does.
//!
//! Rule: a task keeps all that it does, so that a template that changes meanwhile changes no task.

use std::collections::BTreeSet;

use portico_api_types::{StepSpec, TaskExpiry, TaskSpec, TaskUser, TemplateInfo};
use portico_model::EntityRef;
use serde_json::{Map, Value};

use crate::error::ScaffoldError;
use crate::rules::Rules;

/// The one version of templates that there is.
pub(crate) const VERSION: &str = "scaffolder.backstage.io/v1beta3";

/// Steps of a template: the longest that people publish have thirty.
const STEPS: usize = 200;

/// What a task of a template does, with what was filled in.
pub(crate) fn of_template(
    entity: &Value,
    rules: &Rules,
    base: Option<String>,
    parameters: Map<String, Value>,
    user: TaskUser,
) -> Result<TaskSpec, ScaffoldError> {
    let wrong = |what: String| ScaffoldError::Template(what);
    let version = entity["apiVersion"].as_str().unwrap_or_default();
    if version != VERSION {
        return Err(wrong(format!("the template's `apiVersion` is `{version}`; only `{VERSION}` is run")));
    }
    let steps = entity["spec"]["steps"].as_array();
    let steps =
        steps.ok_or_else(|| wrong("the template has no `spec.steps`; write the list of its steps".to_owned()))?;
    if steps.len() > STEPS {
        return Err(wrong(format!("the template has {} steps; at most {STEPS} are run", steps.len())));
    }
    let steps = steps.iter().enumerate().map(|(place, written)| step(place, written).map_err(wrong));
    let steps = steps.collect::<Result<Vec<StepSpec>, ScaffoldError>>()?;
    let mut seen = BTreeSet::new();
    if let Some(twice) = steps.iter().find(|step| !seen.insert(step.id.as_str())) {
        return Err(wrong(format!("two steps have the id `{}`; give each its own", twice.id)));
    }
    let expires = rules.expires.as_ref().map(|rule| TaskExpiry {
        after: rule.after.clone(),
        warn: rule.warn.as_secs(),
        tear_down: rule.tear_down.to_string(),
    });
    Ok(TaskSpec {
        entity: None,
        expires,
        api_version: version.to_owned(),
        steps,
        output: entity["spec"]["output"].clone(),
        parameters,
        user,
        template_info: Some(TemplateInfo {
            entity_ref: reference(entity),
            base_url: base,
            entity: serde_json::json!({ "metadata": entity["metadata"] }),
        }),
    })
}

/// The reference of an entity, which may be one that is only tried.
fn reference(entity: &Value) -> String {
    let text = |value: &Value, or: &str| value.as_str().unwrap_or(or).to_owned();
    let (kind, namespace) = (text(&entity["kind"], "Template"), text(&entity["metadata"]["namespace"], "default"));
    let name = text(&entity["metadata"]["name"], "template");
    EntityRef::new(&kind, &namespace, &name)
        .map_or_else(|_| format!("{kind}:{namespace}/{name}"), |found| found.to_string())
}

fn step(place: usize, written: &Value) -> Result<StepSpec, String> {
    let said = format!("the step at place {}", place + 1);
    let text = |key: &str| match &written[key] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err(format!("`{key}` of {said} is no text")),
    };
    let value = |key: &str| written.get(key).filter(|value| !value.is_null()).cloned();
    let action = text("action")?.filter(|action| !action.is_empty());
    let action = action.ok_or_else(|| format!("{said} names no `action`"))?;
    let retries = match &written["retries"] {
        Value::Null => None,
        retries => {
            let number = retries.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| *number <= 10);
            Some(number.ok_or_else(|| format!("`retries` of {said} is no number from 0 to 10"))?)
        }
    };
    let timeout = text("timeout")?;
    if let Some(timeout) = &timeout {
        timeout.parse::<portico_manifest::Period>().map_err(|error| format!("`timeout` of {said}: {error}"))?;
    }
    Ok(StepSpec {
        id: text("id")?.unwrap_or_else(|| format!("step-{}", place + 1)),
        name: text("name")?.unwrap_or_else(|| action.clone()),
        action,
        input: value("input"),
        condition: value("if"),
        each: value("each"),
        timeout,
        retries,
    })
}

/// Where the files of a template are: what addresses in its steps are relative to.
pub(crate) fn base(entity: &Value) -> Option<String> {
    let annotations = &entity["metadata"]["annotations"];
    let place = annotations[portico_model::SOURCE_LOCATION].as_str();
    let place = place.or_else(|| annotations[portico_model::MANAGED_BY_LOCATION].as_str())?;
    let (kind, target) = place.split_once(':')?;
    match kind {
        "url" => Some(target.to_owned()),
        "file" => Some(format!("file://{target}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec(template: &Value) -> Result<TaskSpec, String> {
        of_template(template, &Rules::default(), None, Map::new(), TaskUser::default())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn steps_have_ids_and_names_whatever_was_written() {
        let template = json!({ "apiVersion": VERSION, "kind": "Template", "metadata": { "name": "a" }, "spec": { "steps": [
            { "action": "debug:log" }, { "id": "b", "name": "Say", "action": "debug:log", "if": true, "each": [1], "timeout": "5m", "retries": 2 },
        ] } });
        let spec = spec(&template).unwrap();
        assert_eq!((spec.steps[0].id.as_str(), spec.steps[0].name.as_str()), ("step-1", "debug:log"));
        assert_eq!((spec.steps[1].condition.clone(), spec.steps[1].retries), (Some(json!(true)), Some(2)));
        assert_eq!(spec.template_info.unwrap().entity_ref, "template:default/a");
    }

    #[test]
    fn what_cannot_be_run_is_said_in_words() {
        let with =
            |steps: Value| json!({ "apiVersion": VERSION, "metadata": { "name": "a" }, "spec": { "steps": steps } });
        for (template, expected) in [
            (json!({ "apiVersion": "v1", "spec": {} }), "the template's `apiVersion` is `v1`; only"),
            (json!({ "apiVersion": VERSION, "spec": {} }), "the template has no `spec.steps`"),
            (with(json!([{ "id": "a" }])), "the step at place 1 names no `action`"),
            (with(json!([{ "action": "a", "id": "x" }, { "action": "b", "id": "x" }])), "two steps have the id `x`"),
            (with(json!([{ "action": "a", "timeout": "soon" }])), "`timeout` of the step at place 1"),
            (
                with(json!([{ "action": "a", "retries": 11 }])),
                "`retries` of the step at place 1 is no number from 0 to 10",
            ),
            (with(json!([{ "action": "a", "name": 1 }])), "`name` of the step at place 1 is no text"),
        ] {
            let error = spec(&template).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn addresses_are_relative_to_where_the_source_is() {
        let at = |annotations: Value| base(&json!({ "metadata": { "annotations": annotations } }));
        let location = "backstage.io/managed-by-location";
        assert_eq!(at(json!({ location: "url:https://a.test/b.yaml" })).as_deref(), Some("https://a.test/b.yaml"));
        assert_eq!(at(json!({ location: "file:/srv/b.yaml" })).as_deref(), Some("file:///srv/b.yaml"));
        let both =
            json!({ location: "url:https://a.test/b.yaml", "backstage.io/source-location": "url:https://c.test/d/" });
        assert_eq!(at(both).as_deref(), Some("https://c.test/d/"));
        assert_eq!(at(json!({})), None);
    }
}
