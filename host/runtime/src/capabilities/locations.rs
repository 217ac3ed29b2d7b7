//! `locations`: the addresses that people registered, or wrote into the configuration, as far as the plugin reads them.

use portico_api_types::{AgentAsk, AgentLocation, AgentReply};
use portico_catalog::StoreError;
use portico_model::{EntityRef, LocationRef};

use super::books::{Told, unexpected};
use crate::bindings::portico::plugin::locations::{Host, Location};
use crate::bindings::portico::plugin::types::Error;
use crate::capabilities::handed::guest_reference;
use crate::guest::{Call, Guest};

impl Host for Guest {
    async fn registered(&mut self) -> wasmtime::Result<Result<Vec<Location>, Error>> {
        // A trial is about one location, registered or not.
        if let Some(trial) = self.call.live.aim.trial() {
            return Ok(Ok(vec![location(&trial.location, &trial.location.entity_ref())]));
        }
        let told = self.call.ask(AgentAsk::Locations).await?;
        Ok(listed(told).map(|all| all.iter().map(|(address, entity)| location(address, entity)).collect()))
    }

    async fn others(&mut self) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let told = self.call.ask(AgentAsk::OtherLocations).await?;
        Ok(listed(told).map(|all| all.iter().map(|(address, _)| address.to_string()).collect()))
    }
}

/// The locations that the plugin reads.
pub(super) fn own(call: &Call) -> Told {
    tell(call, |address| call.readers().reads(&call.loaded.manifest.name, address))
}

/// The locations that others read.
pub(super) fn of_others(call: &Call) -> Told {
    tell(call, |address| call.readers().others_read(&call.loaded.manifest.name, address))
}

fn tell(call: &Call, is_meant: impl Fn(&LocationRef) -> bool) -> Told {
    let known = known(call).map_err(|error| Error::Failed(error.to_string()))?.into_iter();
    let meant = known.filter(|(address, _)| is_meant(address));
    let told = |(address, entity): (LocationRef, EntityRef)| AgentLocation {
        address: address.to_string(),
        entity: entity.to_string(),
    };
    Ok(AgentReply::Locations(meant.map(told).collect()))
}

fn listed(told: Told) -> Result<Vec<(LocationRef, EntityRef)>, Error> {
    let AgentReply::Locations(all) = told? else { return Err(unexpected(Ok(AgentReply::Done))) };
    let read = |one: AgentLocation| {
        let address = LocationRef::parse(&one.address).ok()?;
        let entity = EntityRef::parse(&one.entity).ok()?;
        Some((address, entity))
    };
    Ok(all.into_iter().filter_map(read).collect())
}

/// Every location that there is, with the entity that stands for it.
fn known(call: &Call) -> Result<Vec<(LocationRef, EntityRef)>, StoreError> {
    let mut all: Vec<(LocationRef, EntityRef)> =
        call.locations.iter().map(|address| (address.clone(), address.entity_ref())).collect();
    for portico_api_types::Location { kind, target, entity_ref, .. } in call.catalog.locations()? {
        let address = LocationRef { kind, target };
        let entity = EntityRef::parse(&entity_ref).unwrap_or_else(|_| address.entity_ref());
        if !call.locations.contains(&address) {
            all.push((address, entity));
        }
    }
    Ok(all)
}

fn location(address: &LocationRef, entity: &EntityRef) -> Location {
    Location {
        kind: address.kind.clone(),
        target: address.target.clone(),
        scope: address.to_string(),
        entity: guest_reference(entity),
    }
}
