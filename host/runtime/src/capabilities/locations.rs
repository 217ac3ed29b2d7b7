//! `locations`: the addresses that people registered, or wrote into the configuration, as far as the plugin reads them.

use portico_catalog::StoreError;
use portico_model::{EntityRef, LocationRef};

use crate::bindings::portico::plugin::locations::{Host, Location};
use crate::bindings::portico::plugin::types::{EntityRef as GuestRef, Error};
use crate::guest::{Call, Guest};

impl Host for Guest {
    async fn registered(&mut self) -> wasmtime::Result<Result<Vec<Location>, Error>> {
        // A trial is about one location, registered or not.
        if let Some(trial) = self.call.live.aim.trial() {
            return Ok(Ok(vec![location(&trial.location, &trial.location.entity_ref())]));
        }
        let listed = self.call.blocking(|call| {
            let known = known(call)?.into_iter();
            let own = known.filter(|(address, _)| call.readers().reads(&call.loaded.manifest.name, address));
            Ok(own.map(|(address, entity)| location(&address, &entity)).collect())
        });
        Ok(listed.await?.map_err(|error: StoreError| Error::Failed(error.to_string())))
    }

    async fn others(&mut self) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let listed = self.call.blocking(|call| {
            let known = known(call)?.into_iter();
            let others = known.filter(|(address, _)| call.readers().others_read(&call.loaded.manifest.name, address));
            Ok(others.map(|(address, _)| address.to_string()).collect())
        });
        Ok(listed.await?.map_err(|error: StoreError| Error::Failed(error.to_string())))
    }
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
        entity: GuestRef {
            kind: entity.kind().to_owned(),
            namespace: entity.namespace().to_owned(),
            name: entity.name().to_owned(),
        },
    }
}
