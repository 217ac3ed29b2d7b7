//! An installation as the API shows it.

use portico_api_types::{Managed, Markdown, Plugin as Described, PluginVersion, WaitingVersion};
use portico_manifest::Rights;

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
        let installation = self.installations.load().get(name).cloned()?;
        let waiting = installation.waiting.as_ref()?;
        let manifest = self.manifest_of(Some(&waiting.version)).await?;
        let config = installation.config_with(&waiting.changes);
        let grants = config.as_ref().map(|config| config.grants.clone()).unwrap_or_default();
        let settings = config.as_ref().map(|config| config.settings.clone()).unwrap_or_default();
        let unready = match config {
            Ok(config) => self.ready_as_known(&waiting.version, &config).await.err(),
            Err(error) => Some(error),
        };
        let reasons: Vec<String> = installation.other_hand(&waiting.version).into_iter().chain(unready).collect();
        let asks = Plugin::new(name).asks(&Rights::new(&manifest, &grants));
        let said = waiting.changes.get("grants").unwrap_or(&installation.config["grants"]);
        Some(WaitingVersion {
            version: waiting.version.shown(),
            publisher: manifest.publisher,
            title: manifest.title,
            description: manifest.description,
            extensions: manifest.extensions.iter().map(|extension| extension.as_str().to_owned()).collect(),
            documentation: manifest.documentation.as_deref().map(Markdown::blocks),
            asks,
            reason: reasons.join(" "),
            settings_schema: manifest.settings,
            settings,
            grants: Some(said.clone()),
        })
    }
}
