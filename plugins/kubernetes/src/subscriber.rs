//! Entities that come, go, or say otherwise whose workloads are theirs.
//!
//! The model of a cluster is known where it is followed, in a call of its own that never ends. So what is said here is only that something
//! changed, in the plugin's state, and who follows looks there.
//!
//! Rule: what the plugin itself notes on entities is no such change.

use portico_sdk::subscriber::{ChangeKind, Event};
use portico_sdk::{Result, state};

use crate::entities::{ANNOTATIONS, KINDS};

/// Where it stands in the plugin's state.
const CHANGED: &str = "entities-changed";

/// Notes that entities changed in what says whose workloads are.
pub(crate) fn handle(events: &[Event]) -> Result<()> {
    let concerning = events.iter().filter(|event| concerns(event)).map(|event| event.sequence);
    match concerning.max() {
        Some(sequence) => state::set(CHANGED, &sequence),
        None => Ok(()),
    }
}

/// The number of the last change that was noted; other numbers mean other entities.
pub(crate) fn changed() -> Result<Option<u64>> {
    state::get(CHANGED)
}

fn concerns(event: &Event) -> bool {
    if !KINDS.contains(&event.entity.kind()) {
        return false;
    }
    let says = |key: &&str| {
        let after = event.after.as_ref();
        after.is_some_and(|after| after["metadata"]["annotations"].get(*key).is_some())
    };
    let differs = |key: &&str| {
        let pointer = format!("/metadata/annotations/{}", key.replace('/', "~1"));
        event.changes(&pointer)
    };
    match (event.kind, &event.before, &event.after) {
        (ChangeKind::Added | ChangeKind::Removed, ..) => true,
        (ChangeKind::Updated, Some(_), Some(_)) => ANNOTATIONS.iter().any(differs),
        // Something came and nothing went: an annotation, if there is one.
        (ChangeKind::Updated, None, Some(_)) => ANNOTATIONS.iter().any(says),
        // Too large to be told.
        (ChangeKind::Updated, _, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::model::EntityRef;
    use portico_sdk::testing::Portal;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::component;

    fn event(kind: ChangeKind, before: Option<Value>, after: Option<Value>) -> Event {
        let entity = EntityRef::parse("component:orders").expect("a name");
        Event { sequence: 7, kind, entity, before, after }
    }

    fn noted(events: &[Event]) -> Option<u64> {
        let portal = Portal::new();
        portal.run(|| handle(events)).expect("handled");
        portal.run(changed).expect("read")
    }

    #[test]
    fn what_says_whose_workloads_are_is_noted_and_facts_are_not() {
        use ChangeKind::{Added, Removed, Updated};
        let plain = || json!(component("orders"));
        let says = |id: &str| json!(component("orders").annotation("backstage.io/kubernetes-id", id));
        let with_facts = |mut entity: Value| {
            entity["facts"] = json!({ "kubernetes": { "workloads": 1 } });
            entity
        };
        for (event, is_noted) in [
            (event(Added, None, Some(plain())), true),
            (event(Removed, Some(plain()), None), true),
            (event(Updated, Some(plain()), Some(says("a"))), true),
            (event(Updated, None, Some(says("a"))), true),
            (event(Updated, Some(says("a")), Some(says("b"))), true),
            (event(Updated, Some(says("a")), Some(plain())), true),
            (event(Updated, None, None), true),
            (event(Updated, Some(says("a")), Some(with_facts(says("a")))), false),
            (event(Updated, Some(with_facts(plain())), Some(plain())), false),
            (event(Updated, None, Some(with_facts(plain()))), false),
        ] {
            assert_eq!(noted(std::slice::from_ref(&event)), is_noted.then_some(7), "{event:?}");
        }
        let workload = EntityRef::new("workload", "prod", "shop.deployment.orders").expect("a name");
        let event = Event { sequence: 7, kind: Added, entity: workload, before: None, after: None };
        assert_eq!(noted(&[event]), None, "workloads are the plugin's own");
    }
}
