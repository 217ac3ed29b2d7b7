//! Locations: addresses of descriptors that people registered in the portal, for plugins to read.

use portico_model::EntityRef;

use crate::error::Result;
use crate::host::locations as host;
use crate::reference;

/// An address of descriptors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// `url` or `file`.
    pub kind: String,
    /// Such as `https://github.com/acme/ledger/blob/main/catalog-info.yaml`.
    pub target: String,
    /// The scope to bring in what is read there.
    pub scope: String,
    /// The Location entity that stands for it, and led to what is read there.
    pub entity: EntityRef,
}

/// Every location that this plugin reads.
pub fn registered() -> Result<Vec<Location>> {
    host::registered()?.into_iter().map(location).collect()
}

/// The scopes of the locations that other plugins read. A target that is one of them is theirs.
pub fn others() -> Result<Vec<String>> {
    Ok(host::others()?)
}

/// Registers an address of descriptors, as somebody could in the portal, and answers the entities that it holds, once they are in the
/// catalog. It is no error if it was registered before. It takes the right to bring in entities of the kind `Location`.
pub fn register(target: &str) -> Result<Vec<EntityRef>> {
    host::register(target)?.iter().map(reference::inwards).collect()
}

/// Forgets an address that was registered: what it holds leaves the catalog. False if it was not. It takes the same right.
pub fn forget(target: &str) -> Result<bool> {
    Ok(host::forget(target)?)
}

fn location(location: host::Location) -> Result<Location> {
    let host::Location { kind, target, scope, entity } = location;
    let entity = reference::inwards(&entity).map_err(|error| error.context(format!("the location {target}")))?;
    Ok(Location { kind, target, scope, entity })
}
