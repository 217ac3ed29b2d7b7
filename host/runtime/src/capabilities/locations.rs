//! `locations`: the addresses that people registered, or wrote into the configuration, as far as the plugin reads them.

use std::time::Duration;

use portico_api_types::{AgentAsk, AgentLocation, AgentReply, LogLevel};
use portico_catalog::{Collected, StoreError};
use portico_manifest::CatalogRight;
use portico_model::{EntityRef, LocationRef};

use tokio::time::sleep;

use super::books::{Told, unexpected};
use crate::bindings::portico::plugin::locations::{Host, Location};
use crate::bindings::portico::plugin::types::{EntityRef as GuestRef, Error};
use crate::capabilities::handed::guest_reference;
use crate::guest::{Call, Guest};

/// How often it is looked whether what was registered is there: a run takes that long at least.
const LOOK: Duration = Duration::from_millis(50);

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

    async fn register(&mut self, target: String) -> wasmtime::Result<Result<Vec<GuestRef>, Error>> {
        let address = match self.may_change_location(&target) {
            Ok(address) => address,
            Err(error) => return Ok(Err(error)),
        };
        Ok(self.call.registered(address).await?.map(|all| all.iter().map(guest_reference).collect()))
    }

    async fn forget(&mut self, target: String) -> wasmtime::Result<Result<bool, Error>> {
        let address = match self.may_change_location(&target) {
            Ok(address) => address,
            Err(error) => return Ok(Err(error)),
        };
        if self.call.locations.contains(&address) {
            let said = format!("the portal's configuration names {address}; take it out of `locations` there");
            return Ok(Err(Error::Denied(said)));
        }
        let forgotten = self.call.blocking(move |call| {
            let Some(known) = call.catalog.location_at(&address)? else { return Ok(false) };
            call.catalog.forget_location(&known.id).map(|forgotten| forgotten.is_some())
        });
        Ok(forgotten.await?.map_err(|error: StoreError| Error::Failed(error.to_string())))
    }
}

impl Guest {
    /// The address, if a plugin may register and forget what it holds.
    fn may_change_location(&mut self, target: &str) -> Result<LocationRef, Error> {
        if let Some(error) = self.elsewhere("locations") {
            return Err(error);
        }
        if self.call.is_dry || self.call.live.aim.trial().is_some() {
            return Err(Error::Denied("nothing is registered or forgotten in a dry run".to_owned()));
        }
        if let Err(denial) = self.call.loaded.rights.kind(CatalogRight::Write, "Location") {
            return Err(Error::Denied(self.refused(&denial)));
        }
        LocationRef::web(target).map_err(|error| Error::Invalid(error.to_string()))
    }
}

impl Call {
    /// Registers a location that can be read, and waits until what it holds is in the catalog.
    async fn registered(&self, address: LocationRef) -> wasmtime::Result<Result<Vec<EntityRef>, Error>> {
        let Collected { documents, problems } = match self.host.try_location(&address).await {
            Ok(collected) => collected,
            Err(error) => return Ok(Err(Error::Failed(error.to_string()))),
        };
        if documents.is_empty() && !problems.is_empty() {
            return Ok(Err(Error::Failed(format!(
                "{address} holds nothing that the catalog takes: {}",
                problems.join("; ")
            ))));
        }
        for problem in problems {
            self.live.log(LogLevel::Warn, &problem);
        }
        let held: Vec<EntityRef> = documents.iter().filter_map(|document| reference(document)).collect();
        let new = address.clone();
        let kept = self.blocking(move |call| match call.locations.contains(&new) {
            true => Ok(()),
            false => call.catalog.register(&new).map(drop),
        });
        if let Err(error) = kept.await? {
            return Ok(Err(Error::Failed(error.to_string())));
        }
        self.host.read_location(&address);
        loop {
            let wanted = held.clone();
            let there = self.blocking(move |call| {
                wanted.iter().try_fold(true, |all, entity| Ok(all && call.catalog.entity(entity)?.is_some()))
            });
            match there.await? {
                Ok(true) => return Ok(Ok(held)),
                Ok(false) if self.is_over() => {
                    let said = format!(
                        "{address} is registered, and what it holds was not in the catalog in time; its source says why"
                    );
                    return Ok(Err(Error::Failed(said)));
                }
                Ok(false) => sleep(LOOK).await,
                Err(error) => {
                    let error: StoreError = error;
                    return Ok(Err(Error::Failed(error.to_string())));
                }
            }
        }
    }
}

/// The reference of a document that a trial collected.
fn reference(document: &[u8]) -> Option<EntityRef> {
    let document: serde_json::Value = serde_json::from_slice(document).ok()?;
    let part = |pointer: &str| document.pointer(pointer).and_then(serde_json::Value::as_str);
    EntityRef::new(part("/kind")?, part("/metadata/namespace").unwrap_or("default"), part("/metadata/name")?).ok()
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
