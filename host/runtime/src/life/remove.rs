//! Removing a plugin with all that it brought.
//!
//! Rule: the record goes last. Until then it says that the plugin is leaving: nothing of it runs, and a removal that was broken off is
//! taken up again when the portal starts, or when somebody asks for it again.

use std::collections::BTreeMap;
use std::sync::Arc;

use portico_catalog::{Catalog, StoreError};

use super::change::blocking;
use super::error::LifeError;
use super::record::Installation;
use crate::host::Host;
use crate::subscriber::PLACES;

impl Host {
    /// Removes a plugin, and puts what it brought into the bin.
    pub(crate) async fn remove_plugin(self: &Arc<Self>, name: &str) -> Result<(), LifeError> {
        let _turn = self.life.lock().await;
        let left = self.installations.load().get(name).filter(|installation| installation.leaving).cloned();
        let installation = left.map_or_else(|| self.installed(name), Ok)?;
        self.keep(name, Some(Installation { leaving: true, ..installation })).await?;
        // A call that goes on could bring in again what is about to go.
        if let Some(plugin) = self.plugin(name) {
            plugin.dismiss().await;
        }
        let (catalog, plugin) = (self.catalog.clone(), name.to_owned());
        blocking(move || forget(&catalog, &plugin)).await?;
        self.stand(name, None).await;
        Ok(())
    }
}

/// Finishes the removals that were broken off. Nothing runs yet.
pub(crate) fn finish_removals(catalog: &Catalog, installations: &mut BTreeMap<String, Installation>) {
    installations.retain(|name, installation| {
        if !installation.leaving {
            return true;
        }
        match forget(catalog, name) {
            Ok(()) => false,
            Err(error) => {
                tracing::error!(plugin = name, %error, "a plugin could not be removed to the end; remove it again");
                true
            }
        }
    });
}

/// Forgets a plugin of which nothing runs; what it brought goes into the bin.
fn forget(catalog: &Catalog, plugin: &str) -> Result<(), StoreError> {
    catalog.forget(plugin)?;
    catalog.state_forget(plugin)?;
    catalog.state_delete(PLACES, plugin)?;
    catalog.remove_installation(plugin)
}
