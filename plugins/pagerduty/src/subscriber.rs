//! Entities that begin or cease to say which service they are about.
//!
//! Rule: an entity that names a service has its facts at once. One that names an integration's key, or is to be found by its name, has them with
//! the next run, which knows all services; so do many that come at once.

use std::collections::BTreeSet;

use portico_sdk::model::EntityRef;
use portico_sdk::subscriber::Event;
use portico_sdk::{Error, Mode, Result, info, warn};
use serde_json::Value;

use crate::lease::Lease;
use crate::links::Said;
use crate::refresh::refresh;
use crate::settings::Settings;
use crate::webhook::is_id;

/// Services that are read at once; a run is quicker for more.
const MOST: usize = 10;

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
        let mut lease = Lease::wait(Mode::Delta, std::time::Duration::from_secs(10))?;
        lease.session.detach(&left)?;
        lease.commit(None)?;
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
        match refresh(&settings, service) {
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
