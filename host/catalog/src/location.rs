//! Locations: addresses of descriptors that people registered. Plugins read each as a scope of its own, named
//! `type:target`.
//!
//! Rule: an address is registered once. With a location goes, in the same transaction, what was read in its scope,
//! whichever plugin read it.

use std::sync::Arc;

use portico_api_types::Location;
use portico_kinds::Registry;
use portico_model::LocationRef;
use redb::{ReadableTable, WriteTransaction};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::commit::release_sources;
use crate::record::{decode, encode};
use crate::{Catalog, StoreError, tables, time};

/// A location as stored; its id is the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct LocationRecord {
    kind: String,
    target: String,
    /// The entity that stands for it: named after the address that it was registered with, and kept when that changes.
    entity: String,
    registered_at: i64,
}

/// What became of the wish to register a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It is registered now.
    New(Location),
    /// It was registered before.
    Known(Location),
}

/// What became of the wish to change a location's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readdressed {
    /// It has the address now.
    Done(Location),
    /// Another location has the address.
    Taken(Location),
    /// There is no such location.
    Unknown,
}

impl Catalog {
    /// Every registered location, by id.
    pub fn locations(&self) -> Result<Vec<Location>, StoreError> {
        let transaction = self.read()?;
        let mut locations = Vec::new();
        for entry in transaction.open_table(tables::LOCATIONS)?.iter()? {
            let (id, record) = entry?;
            locations.push(describe(id.value(), decode("locations", record.value())?));
        }
        Ok(locations)
    }

    /// One registered location.
    pub fn location(&self, id: &str) -> Result<Option<Location>, StoreError> {
        let Ok(id) = Uuid::parse_str(id) else { return Ok(None) };
        let transaction = self.read()?;
        let record = transaction.open_table(tables::LOCATIONS)?.get(id.as_u128())?;
        record.map(|record| Ok(describe(id.as_u128(), decode("locations", record.value())?))).transpose()
    }

    /// The registered location of this address.
    pub fn location_at(&self, address: &LocationRef) -> Result<Option<Location>, StoreError> {
        let transaction = self.read()?;
        let ids = transaction.open_table(tables::LOCATION_IDS)?;
        let Some(id) = ids.get((address.kind.as_str(), address.target.as_str()))? else { return Ok(None) };
        self.location(&Uuid::from_u128(id.value()).to_string())
    }

    /// Registers a location. What is there is read by whoever reads locations.
    pub fn register(&self, address: &LocationRef) -> Result<Registered, StoreError> {
        let transaction = self.write()?;
        if let Some(known) = holder(&transaction, address)? {
            return Ok(Registered::Known(known));
        }
        let id = Uuid::new_v4().as_u128();
        let record = LocationRecord {
            kind: address.kind.clone(),
            target: address.target.clone(),
            entity: address.entity_ref().to_string(),
            registered_at: time::now(),
        };
        insert(&transaction, id, &record)?;
        transaction.commit()?;
        Ok(Registered::New(describe(id, record)))
    }

    /// Gives a location another address; what was read at the old one goes.
    pub fn readdress(&self, id: &str, address: &LocationRef) -> Result<Readdressed, StoreError> {
        let transaction = self.write()?;
        let Some((id, record)) = find(&transaction, id)? else { return Ok(Readdressed::Unknown) };
        let same = (&record.kind, &record.target) == (&address.kind, &address.target);
        if same {
            return Ok(Readdressed::Done(describe(id, record)));
        }
        if let Some(other) = holder(&transaction, address)? {
            return Ok(Readdressed::Taken(other));
        }
        remove(&transaction, &self.registry(), id, &record)?;
        let record = LocationRecord { kind: address.kind.clone(), target: address.target.clone(), ..record };
        insert(&transaction, id, &record)?;
        transaction.commit()?;
        Ok(Readdressed::Done(describe(id, record)))
    }

    /// Forgets a location, with what was read there. None if there is no such location.
    pub fn forget_location(&self, id: &str) -> Result<Option<Location>, StoreError> {
        let transaction = self.write()?;
        let Some((id, record)) = find(&transaction, id)? else { return Ok(None) };
        remove(&transaction, &self.registry(), id, &record)?;
        transaction.commit()?;
        Ok(Some(describe(id, record)))
    }
}

fn describe(id: u128, record: LocationRecord) -> Location {
    Location {
        id: Uuid::from_u128(id).to_string(),
        kind: record.kind,
        target: record.target,
        entity_ref: record.entity,
    }
}

fn find(transaction: &WriteTransaction, id: &str) -> Result<Option<(u128, LocationRecord)>, StoreError> {
    let Ok(id) = Uuid::parse_str(id) else { return Ok(None) };
    let table = transaction.open_table(tables::LOCATIONS)?;
    let record = table.get(id.as_u128())?;
    record.map(|record| Ok((id.as_u128(), decode("locations", record.value())?))).transpose()
}

/// The location that has this address.
fn holder(transaction: &WriteTransaction, address: &LocationRef) -> Result<Option<Location>, StoreError> {
    let ids = transaction.open_table(tables::LOCATION_IDS)?;
    let Some(id) = ids.get((address.kind.as_str(), address.target.as_str()))?.map(|id| id.value()) else {
        return Ok(None);
    };
    let table = transaction.open_table(tables::LOCATIONS)?;
    let record = table.get(id)?;
    record.map(|record| Ok(describe(id, decode("locations", record.value())?))).transpose()
}

fn insert(transaction: &WriteTransaction, id: u128, record: &LocationRecord) -> Result<(), StoreError> {
    transaction.open_table(tables::LOCATIONS)?.insert(id, encode("locations", record)?.as_slice())?;
    transaction.open_table(tables::LOCATION_IDS)?.insert((record.kind.as_str(), record.target.as_str()), id)?;
    Ok(())
}

fn remove(
    transaction: &WriteTransaction,
    registry: &Arc<Registry>,
    id: u128,
    record: &LocationRecord,
) -> Result<(), StoreError> {
    transaction.open_table(tables::LOCATIONS)?.remove(id)?;
    transaction.open_table(tables::LOCATION_IDS)?.remove((record.kind.as_str(), record.target.as_str()))?;
    let scope = format!("{}:{}", record.kind, record.target);
    let mut gone = Vec::new();
    for entry in transaction.open_table(tables::SOURCE_IDS)?.iter()? {
        let (key, source) = entry?;
        let (plugin, name) = key.value();
        if name == scope {
            gone.push((plugin.to_owned(), name.to_owned(), source.value()));
        }
    }
    release_sources(transaction, registry, &gone)?;
    Ok(())
}
