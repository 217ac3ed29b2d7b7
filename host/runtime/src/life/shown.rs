//! An installation as the API shows it.

use portico_api_types::{Managed, Markdown, Plugin as Described, PluginVersion, WaitingVersion};
use portico_manifest::{Manifest, PluginConfig, Rights, more_asked};
use serde_json::Value;

use super::described::Held;
use super::judge::is_of_folder;
use super::record::InstalledVersion;
use crate::host::Host;
use crate::plugin::Plugin;

impl InstalledVersion {
    fn shown(&self) -> PluginVersion {
        PluginVersion {
            version: self.version.clone(),
            digest: self.digest.clone(),
            from: self.from.clone(),
            signed_by: self.signed_by.clone(),
            installed_at: self.at,
        }
    }
}

impl Host {
    /// A plugin with what is known of its installation.
    pub(crate) fn managed(&self, plugin: Described) -> Described {
        if self.config.contains_key(&plugin.name) {
            return Described { managed: Managed::Code, ..plugin };
        }
        let installations = self.installations.load();
        let Some(installation) = installations.get(&plugin.name) else { return plugin };
        if is_of_folder(&plugin.origin) {
            return plugin;
        }
        Described {
            managed: Managed::Portal,
            before: installation.before.iter().map(|before| before.version.shown()).collect(),
            grants: Some(installation.config["grants"].clone()),
            ..plugin
        }
    }

    /// A version that waits, with what it asks for and would get.
    pub(crate) async fn waiting(&self, name: &str) -> Option<WaitingVersion> {
        match self.waiting_described(name).await {
            Some((running, held)) => Some(self.described_waiting(name, &running, &held).await),
            None => self.installed_waiting(name).await,
        }
    }

    /// One that code describes: what is said of it stands there, and what is left is to look at it.
    async fn described_waiting(&self, name: &str, running: &InstalledVersion, held: &Held) -> WaitingVersion {
        let config = self.config_of(name).unwrap_or_default();
        let before = self.manifest_of(Some(running)).await;
        let reason = self.fits(&held.manifest, &config).err().map(|error| error.to_string());
        let waiting = Waits {
            version: &held.version,
            before: before.as_ref(),
            config: &config,
            reason: reason.unwrap_or_default(),
        };
        waiting.shown(held.manifest.clone(), None)
    }

    async fn installed_waiting(&self, name: &str) -> Option<WaitingVersion> {
        let installation = self.installations.load().get(name).cloned()?;
        let waiting = installation.waiting.as_ref()?;
        let manifest = self.manifest_of(Some(&waiting.version)).await?;
        let before = self.manifest_of(installation.active.as_ref()).await;
        let config = installation.config_with(&waiting.changes);
        let unready = match &config {
            Ok(config) => self.ready_as_known(&waiting.version, config).await.err(),
            Err(error) => Some(error.clone()),
        };
        let reasons: Vec<String> = installation.other_hand(&waiting.version).into_iter().chain(unready).collect();
        let said = waiting.changes.get("grants").unwrap_or(&installation.config["grants"]);
        let config = config.unwrap_or_default();
        let waiting =
            Waits { version: &waiting.version, before: before.as_ref(), config: &config, reason: reasons.join(" ") };
        Some(waiting.shown(manifest, Some(said.clone())))
    }
}

/// A version that waits, as far as both ways have that in common.
struct Waits<'a> {
    version: &'a InstalledVersion,
    /// Of the version that runs; none where none does.
    before: Option<&'a Manifest>,
    config: &'a PluginConfig,
    reason: String,
}

impl Waits<'_> {
    fn shown(self, manifest: Manifest, grants: Option<Value>) -> WaitingVersion {
        let mut asks = Plugin::new(&manifest.name).asks(&Rights::new(&manifest, &self.config.grants));
        if self.before.is_some() {
            let more = more_asked(&manifest, self.before, &self.config.grants);
            asks.iter_mut().enumerate().for_each(|(place, ask)| ask.more = more.contains(&place));
        }
        WaitingVersion {
            version: self.version.shown(),
            publisher: manifest.publisher,
            title: manifest.title,
            description: manifest.description,
            extensions: manifest.extensions.iter().map(|extension| extension.as_str().to_owned()).collect(),
            documentation: manifest.documentation.as_deref().map(Markdown::blocks),
            asks,
            reason: self.reason,
            settings_schema: manifest.settings,
            settings: self.config.settings.clone(),
            grants,
        }
    }
}
