//! Ancestry: which entities led to an entity, up to the ones that nothing led to.

use std::collections::BTreeSet;

use portico_model::EntityRef;

use crate::read::{record_of, stored};
use crate::record::{Claim, decode};
use crate::{Catalog, StoreError, tables};

/// An entity on the way up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestor {
    /// The entity as JSON.
    pub json: Vec<u8>,
    /// The entities that led to it.
    pub parents: Vec<String>,
}

impl Catalog {
    /// The entity itself, then the entities that led to it; none if there is no such entity. A parent that is not in the
    /// catalog ends the way.
    pub fn ancestry(&self, reference: &EntityRef) -> Result<Option<Vec<Ancestor>>, StoreError> {
        let transaction = self.read()?;
        let entities = transaction.open_table(tables::ENTITIES)?;
        let claims = transaction.open_table(tables::CLAIMS)?;
        let mut next = Some(reference.to_string());
        let mut seen = BTreeSet::new();
        let mut ancestors = Vec::new();
        while let Some(name) = next.take() {
            let Some(record) = record_of(&transaction, &name)? else { break };
            let Some(json) = stored(&entities, record.id)? else { break };
            let claim: Option<Claim> =
                claims.get((record.owner, name.as_str()))?.map(|claim| decode("claims", claim.value())).transpose()?;
            seen.insert(name);
            let parent = claim.and_then(|claim| claim.parent);
            // A circle of Locations ends where it began.
            let parent = match parent {
                Some(parent) if !seen.contains(&parent) && record_of(&transaction, &parent)?.is_some() => Some(parent),
                _ => None,
            };
            ancestors.push(Ancestor { json, parents: parent.iter().cloned().collect() });
            next = parent;
        }
        Ok((!ancestors.is_empty()).then_some(ancestors))
    }
}
