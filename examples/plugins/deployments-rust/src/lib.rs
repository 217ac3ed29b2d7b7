//! Deployments in the portal: pipelines say what they deployed, and each component shows which version runs where.
//!
//! The four extension points work by way of the catalog: a request brings a deployment in, the kind's code completes it, and whoever hears
//! of the change notes it on the component, where the card reads it.

mod card;
mod deployment;

use std::collections::BTreeMap;

use portico_sdk::kinds::Processed;
use portico_sdk::model::EntityRef;
use portico_sdk::routes::{Request, Response};
use portico_sdk::subscriber::{ChangeKind, Event};
use portico_sdk::{Error, Origin, Result, Session, state};
use serde_json::Value;

use deployment::Deployment;

portico_sdk::plugin! { routes: webhook, kinds: complete, subscriber: note, cards: card::Versions }

/// What pipelines said, as one source.
const PIPELINES: &str = "pipelines";

/// What is noted on components, as another: it says nothing of the first.
const NOTES: &str = "notes";

/// Takes a deployment in.
fn webhook(request: &Request) -> Result<Response> {
    let deployment: Deployment = request.json()?;
    let mut session = Session::delta(PIPELINES)?;
    session.put(&deployment.entity(), Origin::file(deployment.name()))?;
    if let Some(rejection) = session.rejections()?.into_iter().next() {
        return Err(Error::Invalid(rejection.reason));
    }
    session.commit(None)?;
    Ok(Response::accepted())
}

/// Gives a deployment its title, whoever brings it in: a pipeline, or a file of somebody's repository.
fn complete(document: &Value) -> Result<Processed> {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (component, version) = (text("/spec/component"), text("/spec/version"));
    if version.is_empty() {
        return Err(Error::Invalid("`spec.version` says nothing; name the version that was deployed".into()));
    }
    let mut completed = document.clone();
    if document.pointer("/metadata/title").is_none() {
        let component = component.rsplit(['/', ':']).next().unwrap_or_default();
        completed["metadata"]["title"] = format!("{component} {version}").into();
    }
    let moves = matches!(version, "latest" | "main" | "master");
    Ok(Processed::new(completed).warn_if(moves, "the version moves; deploy one that stays, such as a commit or a tag"))
}

/// Notes on components what runs where.
fn note(events: &[Event]) -> Result<()> {
    let mut session = Session::delta(NOTES)?;
    for event in events.iter().filter(|event| event.entity.kind() == "deployment") {
        let Some((component, environment, version)) = event.after.as_ref().or(event.before.as_ref()).and_then(read)
        else {
            continue;
        };
        let key = format!("versions/{component}");
        let mut versions: BTreeMap<String, String> = state::get(&key)?.unwrap_or_default();
        match event.kind {
            ChangeKind::Removed => versions.remove(&environment),
            ChangeKind::Added | ChangeKind::Updated => versions.insert(environment, version),
        };
        state::set(&key, &versions)?;
        if versions.is_empty() {
            session.detach(&[component])?;
        } else {
            session.attach(&component, &versions)?;
        }
    }
    session.commit(None)?;
    Ok(())
}

/// The component, the environment and the version of a deployment.
fn read(entity: &Value) -> Option<(EntityRef, String, String)> {
    let text = |key: &str| Some(entity.pointer(&format!("/spec/{key}"))?.as_str()?.to_owned());
    let namespace = entity.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or("default");
    let component = EntityRef::parse_with(&text("component")?, Some("component"), namespace).ok()?;
    Some((component, text("environment")?, text("version")?))
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;
    use serde_json::json;

    use super::*;

    fn request(body: &Value) -> Request {
        Request { method: "POST".into(), path: "/deployments".into(), body: body.to_string().into(), ..Request::default() }
    }

    fn deployed(version: &str) -> Value {
        let deployment =
            Deployment { service: "ledger".into(), environment: "production".into(), version: version.into() };
        json!(deployment.entity())
    }

    fn event(kind: ChangeKind, version: &str) -> Event {
        let (entity, document) = (EntityRef::parse("deployment:ledger-production").expect("a name"), deployed(version));
        let (before, after) = match kind {
            ChangeKind::Removed => (Some(document), None),
            ChangeKind::Added | ChangeKind::Updated => (None, Some(document)),
        };
        Event { sequence: 1, kind, entity, before, after }
    }

    #[test]
    fn what_a_pipeline_deployed_becomes_an_entity() {
        let portal = Portal::new();
        let body = json!({ "service": "ledger", "environment": "production", "version": "1.4.2" });
        let answer = portal.run(|| webhook(&request(&body))).expect("taken");
        assert_eq!(answer.status, 202);
        let committed = portal.committed(PIPELINES).expect("a session");
        let entity = committed.entity("deployment:ledger-production").expect("there");
        assert_eq!(entity["spec"], json!({ "component": "ledger", "environment": "production", "version": "1.4.2" }));
    }

    #[test]
    fn what_is_no_deployment_is_the_senders_mistake() {
        let answer = Portal::new().run(|| webhook(&request(&json!({ "service": "ledger" }))));
        assert!(matches!(answer, Err(Error::Invalid(_))), "{answer:?}");
    }

    #[test]
    fn a_deployment_gets_a_title_and_a_version_that_moves_is_told() {
        let processed = complete(&deployed("1.4.2")).expect("good");
        assert_eq!((&processed.entity["metadata"]["title"], processed.warnings.len()), (&json!("ledger 1.4.2"), 0));
        assert_eq!(complete(&deployed("latest")).expect("good").warnings.len(), 1);
        assert!(complete(&deployed("")).is_err());
    }

    #[test]
    fn a_component_knows_which_version_runs_where_until_none_does() {
        let portal = Portal::new();
        portal.run(|| note(&[event(ChangeKind::Added, "1.4.1"), event(ChangeKind::Updated, "1.4.2")])).expect("noted");
        let noted = portal.committed(NOTES).expect("a session");
        assert_eq!(noted.facts.last().map(|(_, facts)| facts.clone()), Some(json!({ "production": "1.4.2" })));
        portal.run(|| note(&[event(ChangeKind::Removed, "1.4.2")])).expect("noted");
        assert_eq!(portal.state("versions/component:default/ledger"), Some(json!({})));
    }
}
