//! Attacks where changes are handled.

use crate::contract::exports::portico::plugin::subscriber::{Event, Guest};
use crate::contract::portico::plugin::run;
use crate::contract::portico::plugin::types::Error;
use crate::{Attack, Hostile, chosen, perform};

impl Guest for Hostile {
    fn handle(events: Vec<Event>) -> Result<(), Error> {
        for event in &events {
            run::log(run::Level::Info, &format!("heard of {}", event.entity.name));
        }
        match chosen()? {
            Attack::RefuseChanges => Err(Error::Failed("it wants to hear of no change".to_owned())),
            attack => perform(attack),
        }
    }
}
