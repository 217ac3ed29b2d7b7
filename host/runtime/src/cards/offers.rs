//! Which cards stand on which page.
//!
//! Rule: it follows from manifests and search rows alone; no plugin is called to know it.

use std::sync::Arc;

use portico_api_types::{CardOffer, CardPlace};
use portico_manifest::CardDeclaration;
use portico_model::{EntityRef, rows};
use sha2::{Digest as _, Sha256};

use super::draw::{CardError, offer};
use crate::host::Host;
use crate::plugin::Loaded;

impl Host {
    /// The cards of an entity's page, by plugin, in the order of their manifests; none if there is no such entity.
    pub(crate) async fn cards_of(&self, entity: &EntityRef) -> Result<Option<Vec<CardOffer>>, CardError> {
        let loaded = self.with_cards();
        let Some(json) = self.entity_json(entity).await? else { return Ok(None) };
        let document = serde_json::from_slice(&json).map_err(|error| CardError::Store(error.to_string()))?;
        let rows = rows(&document);
        let is_there = |card: &&CardDeclaration| card.is_for(&rows);
        Ok(Some(offers(&loaded, is_there)))
    }

    /// The cards of the home page.
    pub(crate) fn home_cards(&self) -> Vec<CardOffer> {
        offers(&self.with_cards(), |card| card.place == CardPlace::Home)
    }

    fn with_cards(&self) -> Vec<Arc<Loaded>> {
        let plugins = self.plugins.load();
        let loaded = plugins.values().filter_map(|plugin| plugin.loaded());
        loaded.filter(|loaded| !loaded.manifest.cards.is_empty()).collect()
    }

    /// What tells one state of an entity from another, for a card that is for it; none for one that is not, or is not there.
    pub(super) async fn entity_state(
        &self,
        entity: &EntityRef,
        card: &CardDeclaration,
    ) -> Result<Option<[u8; 16]>, CardError> {
        let Some(json) = self.entity_json(entity).await? else { return Ok(None) };
        let document = serde_json::from_slice(&json).map_err(|error| CardError::Store(error.to_string()))?;
        let digest: [u8; 32] = Sha256::digest(&json).into();
        let (state, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        Ok(card.is_for(&rows(&document)).then_some(*state))
    }

    async fn entity_json(&self, entity: &EntityRef) -> Result<Option<Vec<u8>>, CardError> {
        let (catalog, entity) = (self.catalog.clone(), entity.clone());
        let read = tokio::task::spawn_blocking(move || catalog.entity(&entity)).await;
        let failed = |error: String| CardError::Store(error);
        read.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
    }
}

fn offers(loaded: &[Arc<Loaded>], is_there: impl Fn(&&CardDeclaration) -> bool) -> Vec<CardOffer> {
    let all = loaded.iter().flat_map(|loaded| loaded.manifest.cards.iter().map(move |card| (loaded, card)));
    all.filter(|(_, card)| is_there(card)).map(|(loaded, card)| offer(loaded, card)).collect()
}
