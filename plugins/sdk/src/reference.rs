//! References on their way between the plugin and the portal.

use portico_model::EntityRef;

use crate::bindings::portico::plugin::types;
use crate::error::{Error, Result};

/// As the contract writes it.
pub(crate) fn outwards(entity: &EntityRef) -> types::EntityRef {
    types::EntityRef {
        kind: entity.kind().to_owned(),
        namespace: entity.namespace().to_owned(),
        name: entity.name().to_owned(),
    }
}

/// Out of what the portal says; one that is none would be the portal's mistake.
pub(crate) fn inwards(entity: &types::EntityRef) -> Result<EntityRef> {
    EntityRef::new(&entity.kind, &entity.namespace, &entity.name)
        .map_err(|error| Error::Failed(format!("the portal names an entity that can be none: {error}")))
}
