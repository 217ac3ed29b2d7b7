//! Removing a plugin with all that it brought, and bringing it back.
//!
//! Rule: the record goes last. Until then it says that the plugin is leaving: nothing of it runs, and a removal that was broken off is
//! taken up again when the portal starts, or when somebody asks for it again. What is in the bin can come back as it was, as long as nothing
//! else has its name.

use std::collections::BTreeMap;
use std::sync::Arc;

use portico_api_types::RemovedPlugin;
use portico_catalog::{Catalog, RemovedPlugin as InBin, StoreError};

use super::change::blocking;
use super::error::LifeError;
use super::record::Installation;
use crate::host::Host;
use crate::subscriber::PLACES;

impl Host {
    /// Removes a plugin, and puts what it brought into the bin, with all that it needs to come back.
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

    /// Brings a plugin back out of the bin as it was, with its state and its facts. Its sources are read afresh.
    pub(crate) async fn restore_plugin(self: &Arc<Self>, name: &str) -> Result<(), LifeError> {
        let _turn = self.life.lock().await;
        let absent = || LifeError::NotInBin(name.to_owned());
        let removed = self.in_bin().await?.into_iter().find(|removed| removed.name == name).ok_or_else(absent)?;
        if self.manageable(name)?.is_some() {
            return Err(LifeError::Taken(name.to_owned()));
        }
        let installation = Installation { leaving: false, ..kept(&removed)? };
        let record = serde_json::to_vec(&installation).map_err(|error| LifeError::Store(error.to_string()))?;
        let (catalog, plugin) = (self.catalog.clone(), name.to_owned());
        if !blocking(move || catalog.restore_plugin(&plugin, &record)).await? {
            return Err(absent());
        }
        self.stand(name, Some(installation)).await;
        Ok(())
    }

    /// The plugins that are in the bin, last removed first.
    pub(crate) async fn removed_plugins(&self) -> Result<Vec<RemovedPlugin>, LifeError> {
        let mut all = Vec::new();
        for removed in self.in_bin().await? {
            let installation = kept(&removed).unwrap_or_default();
            let version =
                installation.active.as_ref().or(installation.waiting.as_ref().map(|waiting| &waiting.version));
            let manifest = self.manifest_of(version).await;
            let InBin { name, removed_at, values, facts, .. } = removed;
            all.push(RemovedPlugin {
                title: manifest.as_ref().map_or_else(|| name.clone(), |manifest| manifest.title.clone()),
                icon: manifest.and_then(|manifest| manifest.icon),
                version: version.map(|version| version.version.clone()).unwrap_or_default(),
                from: version.map(|version| version.from.clone()).unwrap_or_default(),
                name,
                removed_at,
                values,
                facts,
            });
        }
        all.sort_by_key(|removed| std::cmp::Reverse(removed.removed_at));
        Ok(all)
    }

    /// The digests of the packages that plugins in the bin come back with.
    pub(super) async fn digests_in_bin(&self) -> Result<Vec<String>, LifeError> {
        let removed = self.in_bin().await?;
        let installations = removed.iter().filter_map(|removed| kept(removed).ok());
        Ok(installations.flat_map(|one| one.digests().collect::<Vec<_>>()).collect())
    }

    async fn in_bin(&self) -> Result<Vec<InBin>, LifeError> {
        let catalog = self.catalog.clone();
        blocking(move || catalog.removed_plugins()).await
    }
}

/// The installation of a plugin in the bin.
fn kept(removed: &InBin) -> Result<Installation, LifeError> {
    serde_json::from_slice(&removed.installation).map_err(|error| {
        LifeError::Nothing(format!(
            "what was kept of the plugin `{}` cannot be read ({error}), so that it cannot come back; install it again",
            removed.name
        ))
    })
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

/// Forgets a plugin of which nothing runs; what it brought goes into the bin. Where it had got to with changes is of no use later.
fn forget(catalog: &Catalog, plugin: &str) -> Result<(), StoreError> {
    catalog.state_delete(PLACES, plugin)?;
    catalog.remove_plugin(plugin)?;
    Ok(())
}
