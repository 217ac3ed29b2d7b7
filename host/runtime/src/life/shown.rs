//! An installation as the API shows it.

use portico_api_types::{Managed, Plugin as Described, PluginVersion, WaitingVersion};
use portico_manifest::Rights;

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
        Described {
            managed: Managed::Portal,
            before: installation.before.iter().map(InstalledVersion::shown).collect(),
            grants: Some(installation.config["grants"].clone()),
            ..plugin
        }
    }

    /// A version that waits, with what it asks for and would get.
    pub(crate) async fn waiting(&self, name: &str) -> Option<WaitingVersion> {
        let installation = self.installations.load().get(name).cloned()?;
        let waiting = installation.waiting.as_ref()?;
        let manifest = self.manifest_of(Some(waiting)).await?;
        let config = installation.config();
        let grants = config.as_ref().map(|config| config.grants.clone()).unwrap_or_default();
        let unready = match config {
            Ok(config) => self.ready(waiting, &config).await.err().map(|error| error.to_string()),
            Err(error) => Some(error),
        };
        let reasons: Vec<String> = installation.other_hand(waiting).into_iter().chain(unready).collect();
        let asks = Plugin::new(name).asks(&Rights::new(&manifest, &grants));
        let (reason, settings_schema) = (reasons.join(" "), manifest.settings);
        Some(WaitingVersion { version: waiting.shown(), asks, reason, settings_schema })
    }
}
