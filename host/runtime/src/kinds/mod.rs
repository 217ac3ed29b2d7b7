//! Kinds that plugins bring: in the catalog with the version that declares them.
//!
//! Rule: they are taken over before the version takes its place, so that a plugin never runs without its kinds, and a version whose kinds
//! cannot be used is refused. A plugin that is broken keeps the kinds of its last good version; they go when `portico.yaml` names it
//! no more.

mod process;
mod reach;

use std::collections::BTreeSet;

use portico_api_types::{KindDeclaration, KindOrigin};
use portico_manifest::{Manifest, Rights};

use crate::host::Host;

pub(crate) use process::{KeptDocuments, Taken};

impl Host {
    /// Takes over the kinds of a version that is about to take its place.
    pub(crate) async fn declare(&self, manifest: &Manifest, rights: &Rights) -> Result<(), String> {
        let kinds = reach::within(manifest.kinds.clone(), &rights.read);
        self.replace_kinds(&manifest.name, kinds).await.map_err(unusable)
    }

    /// Removes the kinds of plugins that nobody names any more. What sources said of them stays.
    pub(crate) async fn forget_kinds(&self) {
        let registry = self.catalog.registry();
        let origins = registry.declared().values().map(|declared| &declared.origin);
        let gone: BTreeSet<&String> = origins
            .filter_map(|origin| match origin {
                KindOrigin::Plugin { plugin } => Some(plugin),
                KindOrigin::BuiltIn | KindOrigin::File | KindOrigin::Api => None,
            })
            // Of one that is being removed they stay until its data is in the bin: without its kind an entity is nothing to be kept.
            .filter(|plugin| self.config_of(plugin).is_none() && !self.installations.load().contains_key(*plugin))
            .collect();
        for plugin in gone {
            match self.replace_kinds(plugin, Vec::new()).await {
                Ok(()) => tracing::info!(plugin, "the kinds of a plugin that is no longer there are removed"),
                Err(error) => tracing::error!(plugin, %error, "the kinds of a plugin that is no longer there stay"),
            }
        }
    }

    async fn replace_kinds(&self, plugin: &str, kinds: Vec<KindDeclaration>) -> Result<(), String> {
        let (catalog, origin) = (self.catalog.clone(), KindOrigin::Plugin { plugin: plugin.to_owned() });
        let replaced = tokio::task::spawn_blocking(move || catalog.replace_kinds(&origin, kinds)).await;
        let changed = replaced.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        for (plugin, scope) in &changed.read {
            self.read_scope(plugin, scope);
        }
        Ok(())
    }
}

/// Why a version cannot run whose kinds cannot be used.
pub(crate) fn unusable(error: impl std::fmt::Display) -> String {
    format!("The kinds that its manifest declares cannot be used: {error}")
}
