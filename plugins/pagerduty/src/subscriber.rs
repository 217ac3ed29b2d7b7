//! Entities that begin or cease to say which service they are about.
//!
//! Rule: an entity that names a service has its facts at once. One that names an integration's key, or is to be found by its name, has them with
//! the next run, which knows all services; so do many that come at once.

use std::collections::BTreeSet;

use portico_sdk::model::EntityRef;
use portico_sdk::subscriber::Event;
use portico_sdk::{Error, Result, info, warn};
use serde_json::Value;

use crate::api::Haste;
use crate::lease::Lease;
use crate::links::Said;
use crate::refresh::refresh;
use crate::settings::Settings;
use crate::webhook::is_id;

/// Services that are read one by one; reading the whole account is quicker for more.
pub(crate) const MOST: usize = 10;

/// Reacts to what changed in the catalog.
pub(crate) fn handle(events: &[Event]) -> Result<()> {
    let (mut services, mut left): (BTreeSet<String>, Vec<EntityRef>) = (BTreeSet::new(), Vec::new());
    for event in events.iter().filter(|event| !event.entity.kind().starts_with("pagerduty")) {
        let Some(after) = &event.after else { continue };
        match (Said::by(after), linked(after)) {
            (Some(Said::Service(id)), linked) if is_id(&id) && linked != Some(id.as_str()) => {
                services.insert(id);
            }
            // It said so before, and says nothing now.
            (None, Some(_)) if event.before.as_ref().is_some_and(|before| Said::by(before).is_some()) => {
                left.push(event.entity.clone());
            }
            _ => {}
        }
    }
    if !left.is_empty() {
        let mut lease = Lease::wait()?;
        lease.session.detach(&left)?;
        lease.commit()?;
    }
    link(&services)
}

fn link(services: &BTreeSet<String>) -> Result<()> {
    if services.is_empty() {
        return Ok(());
    }
    if services.len() > MOST {
        info!("{} services are named by entities that are new; they are linked with the next run", services.len());
        return Ok(());
    }
    let settings = Settings::read()?;
    for service in services {
        match refresh(&settings, Haste::Waited, service, &BTreeSet::new()) {
            // The same changes come again when it is there.
            Err(error @ Error::Unavailable { .. }) => return Err(error),
            Err(error) => warn!("the service {service} is linked with the next run: {error}"),
            Ok(()) => {}
        }
    }
    Ok(())
}

/// The service whose facts an entity has.
fn linked(entity: &Value) -> Option<&str> {
    entity["facts"]["pagerduty"]["service"]["id"].as_str()
}

#[cfg(test)]
mod tests {
    use portico_sdk::Entity;
    use portico_sdk::subscriber::ChangeKind;
    use portico_sdk::testing::{Answer, Portal};
    use serde_json::json;

    use super::*;
    use crate::lease::SERVICES;
    use crate::links::{INTEGRATION_KEY, SERVICE_ID};
    use crate::testing::{Account, BASE};

    fn component(annotation: Option<(&str, &str)>, linked: Option<&str>) -> Value {
        let entity = Entity::component("orders");
        let entity = match annotation {
            Some((name, value)) => entity.annotation(name, value),
            None => entity,
        };
        let mut entity = json!(entity);
        if let Some(id) = linked {
            entity["facts"] = json!({ "pagerduty": { "service": { "id": id } } });
        }
        entity
    }

    fn event(before: Option<Value>, after: Option<Value>) -> Event {
        let entity = EntityRef::parse("component:orders").expect("a name");
        Event { sequence: 1, kind: ChangeKind::Updated, entity, before, after }
    }

    #[test]
    fn an_entity_that_names_a_service_has_its_facts_at_once() {
        for (before, after) in [
            (None, component(Some((SERVICE_ID, "P1")), None)),
            (Some(component(None, None)), component(Some((SERVICE_ID, "P1")), None)),
            (Some(component(Some((SERVICE_ID, "P2")), Some("P2"))), component(Some((SERVICE_ID, "P1")), Some("P2"))),
        ] {
            let portal = Account::small().portal(Portal::new().entity(after.clone()));
            portal.run(|| handle(&[event(before, Some(after))])).expect("linked");
            let object = portal.committed(SERVICES).expect("a session").objects[0].1.clone();
            assert_eq!(object["components"], json!(["component:default/orders"]));
        }
    }

    #[test]
    fn an_entity_that_says_nothing_any_more_loses_its_facts() {
        let (before, after) = (component(Some((SERVICE_ID, "P1")), Some("P1")), component(None, Some("P1")));
        let portal = Portal::new();
        portal.run(|| handle(&[event(Some(before), Some(after))])).expect("taken back");
        let detached = portal.committed(SERVICES).expect("a session").detached;
        assert_eq!(detached.iter().map(EntityRef::as_str).collect::<Vec<_>>(), ["component:default/orders"]);
    }

    #[test]
    fn what_changes_nothing_of_that_asks_nobody() {
        let portal = Portal::new();
        let linked = || component(Some((SERVICE_ID, "P1")), Some("P1"));
        let by_name = || component(None, Some("P1"));
        let events = [
            event(None, Some(linked())),
            event(Some(linked()), Some(linked())),
            event(Some(linked()), None),
            event(Some(by_name()), Some(by_name())),
            event(None, Some(by_name())),
            event(None, Some(component(Some((INTEGRATION_KEY, "k")), None))),
            event(None, Some(component(Some((SERVICE_ID, "../../users")), None))),
        ];
        portal.run(|| handle(&events)).expect("nothing to do");
        assert!(portal.requests().is_empty() && portal.commits().is_empty());
    }

    #[test]
    fn many_at_once_are_left_to_the_run() {
        let many = |count: usize| -> Vec<Event> {
            let one = |number| event(None, Some(component(Some((SERVICE_ID, &format!("P{number}"))), None)));
            (0..count).map(one).collect()
        };
        let portal = Portal::new();
        portal.run(|| handle(&many(MOST + 1))).expect("left to the run");
        assert!(portal.requests().is_empty());
    }

    #[test]
    fn a_server_that_is_down_has_the_change_come_again_and_a_refusal_does_not() {
        let change = || event(None, Some(component(Some((SERVICE_ID, "P1")), None)));
        for (status, comes_again) in [(503, true), (429, true), (401, false), (403, false)] {
            let portal = Portal::new().answer("GET", &format!("{BASE}/services/P1"), Answer::status(status));
            assert_eq!(portal.run(|| handle(&[change()])).is_err(), comes_again, "{status}");
        }
    }
}
