//! Extension point: what changed in the catalog, of the kinds that the plugin may read.
//!
//! ```
//! use portico_sdk::subscriber::{ChangeKind, Event};
//! use portico_sdk::{Result, http};
//! use serde_json::json;
//!
//! fn handle(events: &[Event]) -> Result<()> {
//!     for event in events.iter().filter(|event| event.kind == ChangeKind::Removed) {
//!         http::post("https://chat.example/hooks/portal").json(&json!({ "text": format!("{} is gone", event.entity) }))?.send()?.ok()?;
//!     }
//!     Ok(())
//! }
//!
//! portico_sdk::plugin! { subscriber: handle }
//! ```
//!
//! Changes come in their order and at least once: after an error the same ones come again.

use portico_model::EntityRef;
use serde_json::Value;

use crate::bindings::portico::plugin::types;
use crate::bindings::subscriber::exports::portico::plugin::subscriber as contract;
use crate::error::Result;
use crate::reference;

pub use crate::bindings::subscriber::exports::portico::plugin::subscriber::ChangeKind;

/// One change of one entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Numbers go up; what was handled can be told from what was not.
    pub sequence: u64,
    /// What happened.
    pub kind: ChangeKind,
    /// To whom.
    pub entity: EntityRef,
    /// The entity before; none if it was added.
    pub before: Option<Value>,
    /// The entity after; none if it was removed.
    pub after: Option<Value>,
}

impl Event {
    /// Whether a value differs between before and after, such as `/spec/owner`.
    pub fn changes(&self, pointer: &str) -> bool {
        let at = |entity: &Option<Value>| entity.as_ref().and_then(|entity| entity.pointer(pointer)).cloned();
        at(&self.before) != at(&self.after)
    }
}

/// Hands over what changed.
#[doc(hidden)]
pub fn enter(
    handle: fn(&[Event]) -> Result<()>,
    events: Vec<contract::Event>,
) -> core::result::Result<(), types::Error> {
    crate::plugin::begin();
    let handled = || {
        let events = events.into_iter().map(event).collect::<Result<Vec<_>>>()?;
        handle(&events)
    };
    handled().map_err(types::Error::from)
}

fn event(event: contract::Event) -> Result<Event> {
    let read = |entity: Option<String>| entity.map(|entity| serde_json::from_str(&entity)).transpose();
    Ok(Event {
        sequence: event.sequence,
        kind: event.kind,
        entity: reference::inwards(&event.entity)?,
        before: read(event.before)?,
        after: read(event.after)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_tells_what_differs() {
        let handle = |events: &[Event]| {
            let [event] = events else { panic!("{events:?}") };
            assert_eq!(
                (event.sequence, event.kind, event.entity.as_str()),
                (7, ChangeKind::Updated, "component:default/a")
            );
            assert!(event.changes("/spec/owner") && !event.changes("/kind"));
            Ok(())
        };
        let entity = types::EntityRef { kind: "component".into(), namespace: "default".into(), name: "a".into() };
        let event = contract::Event {
            sequence: 7,
            kind: ChangeKind::Updated,
            entity,
            before: Some(r#"{"kind":"Component","spec":{"owner":"a"}}"#.into()),
            after: Some(r#"{"kind":"Component","spec":{"owner":"b"}}"#.into()),
        };
        assert_eq!(enter(handle, vec![event]), Ok(()));
    }
}
