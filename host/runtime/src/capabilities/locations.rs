//! `locations`: the addresses that people registered, or wrote into the configuration.

use portico_model::LocationRef;

use crate::bindings::portico::plugin::locations::{Host, Location};
use crate::bindings::portico::plugin::types::{EntityRef as GuestRef, Error};
use crate::guest::Guest;

impl Host for Guest {
    async fn registered(&mut self) -> wasmtime::Result<Result<Vec<Location>, Error>> {
        // A trial is about one location, registered or not.
        if let Some(trial) = self.call.live.aim.trial() {
            return Ok(Ok(vec![location(&trial.location, trial.location.entity_ref())]));
        }
        let configured = self.call.locations.clone();
        let listed = self.call.blocking(|call| call.catalog.locations()).await?;
        let registered = match listed {
            Ok(registered) => registered,
            Err(error) => return Ok(Err(Error::Failed(error.to_string()))),
        };
        let mut all: Vec<Location> = configured.iter().map(|address| location(address, address.entity_ref())).collect();
        for portico_api_types::Location { kind, target, entity_ref, .. } in registered {
            let address = LocationRef { kind, target };
            let entity = portico_model::EntityRef::parse(&entity_ref).unwrap_or_else(|_| address.entity_ref());
            if !configured.contains(&address) {
                all.push(location(&address, entity));
            }
        }
        Ok(Ok(all))
    }
}

fn location(address: &LocationRef, entity: portico_model::EntityRef) -> Location {
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
