//! Attacks where changes are handled.

use crate::contract::exports::portico::plugin::subscriber::{Event, Guest};
use crate::contract::portico::plugin::run;
use crate::contract::portico::plugin::types::Error;
use crate::{Attack, Hostile, chosen, ingest, perform};

impl Guest for Hostile {
    fn handle(events: Vec<Event>) -> Result<(), Error> {
        for event in &events {
            run::log(run::Level::Info, &format!("heard of {}", event.entity.name));
        }
        match chosen("subscriber")? {
            Attack::RefuseChanges => Err(Error::Failed("it wants to hear of no change".to_owned())),
            // What is put for others to process is put in a run.
            Attack::Feed | Attack::FeedWithoutEnd => Ok(()),
            Attack::FeedOnChanges => ingest::count(events.last().map_or(0, |event| event.sequence)),
            attack => perform(attack),
        }
    }
}
