//! What the store keeps of an installation.
//!
//! Rule: what the operator said is kept as it was written and read by the rules of now, like `portico.yaml`.

use std::collections::BTreeMap;

use portico_api_types::Timestamp;
use portico_catalog::{Catalog, StoreError};
use portico_manifest::{PluginConfig, parse};
use portico_supply::DetachedSignature;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Versions that can be gone back to.
const BEFORE: usize = 5;

/// A plugin that was installed through the portal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Installation {
    /// The version that runs, once one was approved.
    pub(crate) active: Option<InstalledVersion>,
    /// One that waits for somebody to grant what it asks for.
    pub(crate) waiting: Option<Waiting>,
    /// Those that ran before, newest first.
    pub(crate) before: Vec<Replaced>,
    /// Whether it is switched off.
    pub(crate) off: bool,
    /// Whether it is being removed: nothing of it runs any more, and what it brought is still to go.
    pub(crate) leaving: bool,
    /// What is said of the version that runs, or that waits to be the first: as under `plugins:` in `portico.yaml`, `every`, `settings`,
    /// `mappings`, `grants`.
    pub(crate) config: Value,
}

/// A version that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    #[serde(flatten)]
    pub(crate) version: InstalledVersion,
    /// What was said with it, and is no word about the one that runs: it is said once this one takes its place.
    #[serde(default)]
    pub(crate) changes: Map<String, Value>,
}

/// A version that ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Replaced {
    #[serde(flatten)]
    pub(crate) version: InstalledVersion,
    /// What was said of it then.
    #[serde(default)]
    pub(crate) config: Value,
}

/// Of what was said of a version that is gone back to, what it is set to. What it may do is said by the grants of now.
const SET: [&str; 3] = ["every", "settings", "mappings"];

/// One version of an installation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstalledVersion {
    /// The plugin's own.
    pub(crate) version: String,
    /// SHA-256 of the package, in hexadecimal.
    pub(crate) digest: String,
    /// Where it came from, pinned.
    pub(crate) from: String,
    /// The operator's name for the key that it is signed with; none if it is not signed.
    pub(crate) signed_by: Option<String>,
    /// The signatures that were found beside it, by which it is judged whenever it is loaded.
    #[serde(default)]
    pub(crate) signatures: Vec<DetachedSignature>,
    /// When it was installed.
    pub(crate) at: Timestamp,
}

impl Installation {
    /// The version that runs; none of a plugin that is being removed.
    pub(crate) fn running(&self) -> Option<&InstalledVersion> {
        self.active.as_ref().filter(|_| !self.leaving)
    }

    /// The versions that run and wait, for sentences.
    pub(crate) fn standing(&self) -> String {
        let said = |version: &InstalledVersion, does: &str| {
            format!("{} with the SHA-256 {} {does}", version.version, version.digest)
        };
        let running = self.active.iter().map(|version| said(version, "runs"));
        let waiting = self.waiting.iter().map(|waiting| said(&waiting.version, "waits"));
        running.chain(waiting).collect::<Vec<_>>().join(", ")
    }

    /// Why a version is from another hand than the one that runs; none where it is not.
    pub(crate) fn other_hand(&self, version: &InstalledVersion) -> Option<String> {
        let running = self.active.as_ref().filter(|running| running.signed_by != version.signed_by)?;
        let by = |version: &InstalledVersion| match &version.signed_by {
            Some(key) => format!("is signed with the key `{key}`"),
            None => "is not signed".to_owned(),
        };
        Some(format!(
            "It comes from another hand: it {}, and the version that runs {}. Whoever approves it lets it have what that one has.",
            by(version),
            by(running)
        ))
    }

    /// The plugin's entry as if it stood in `portico.yaml`.
    pub(crate) fn config(&self) -> Result<PluginConfig, String> {
        let text = if self.config.is_null() { "{}".to_owned() } else { self.config.to_string() };
        let config: PluginConfig = parse(&text, "the plugin's configuration").map_err(|error| error.to_string())?;
        if config.from.is_some() {
            return Err(
                "`from` is for plugins that portico.yaml describes; install the other package to change this one"
                    .to_owned(),
            );
        }
        if config.agent.is_some() {
            return Err(
                "`agent` is for plugins that portico.yaml describes; name this one there to have an agent run it"
                    .to_owned(),
            );
        }
        Ok(PluginConfig { enabled: !self.off, ..config })
    }

    /// The same, with what was said of a version that waits.
    pub(crate) fn config_with(&self, changes: &Map<String, Value>) -> Result<PluginConfig, String> {
        let mut changed = self.clone();
        changed.merge(changes.clone());
        changed.config()
    }

    /// A version waits, with what was said with it; of the first one that is all that is said.
    pub(crate) fn wait(&mut self, version: InstalledVersion, changes: Map<String, Value>) {
        let said = match self.active {
            Some(_) => changes,
            None => {
                self.merge(changes);
                Map::new()
            }
        };
        self.waiting = Some(Waiting { version, changes: said });
    }

    /// A version takes the place of the one that runs, with what is said of it from now on.
    pub(crate) fn activate(&mut self, version: InstalledVersion, changes: Map<String, Value>) {
        self.waiting = None;
        let config = self.config.clone();
        self.merge(changes);
        let digest = version.digest.clone();
        if let Some(replaced) = self.active.replace(version).filter(|replaced| replaced.digest != digest) {
            self.before.retain(|before| before.version.digest != replaced.digest);
            self.before.insert(0, Replaced { version: replaced, config });
            self.before.truncate(BEFORE);
        }
    }

    /// The version before takes the place of the one that runs, which can be gone forward to again by installing it. Answers what it was
    /// set to then.
    pub(crate) fn roll_back(&mut self) -> Option<Map<String, Value>> {
        let before = if self.before.is_empty() { return None } else { self.before.remove(0) };
        self.active = Some(before.version);
        Some(SET.map(|key| (key.to_owned(), before.config[key].clone())).into_iter().collect())
    }

    /// Changes parts of the configuration; others stay.
    pub(crate) fn merge(&mut self, changes: Map<String, Value>) {
        if !self.config.is_object() {
            self.config = json!({});
        }
        for (key, value) in changes {
            match value {
                Value::Null => drop(self.config.as_object_mut().and_then(|config| config.shift_remove(&key))),
                value => self.config[key] = value,
            }
        }
    }

    /// The digests of all its packages.
    pub(crate) fn digests(&self) -> impl Iterator<Item = String> {
        let waiting = self.waiting.iter().map(|waiting| &waiting.version);
        let all = self.active.iter().chain(waiting).chain(self.before.iter().map(|before| &before.version));
        all.map(|version| version.digest.clone()).collect::<Vec<_>>().into_iter()
    }
}

/// Every installation, by name.
pub(crate) fn load(catalog: &Catalog) -> Result<BTreeMap<String, Installation>, StoreError> {
    let mut all = BTreeMap::new();
    for (name, record) in catalog.installations()? {
        match serde_json::from_slice(&record) {
            Ok(installation) => drop(all.insert(name, installation)),
            Err(error) => {
                tracing::error!(plugin = name, %error, "what was kept of an installation cannot be read; install it again")
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(digest: &str) -> InstalledVersion {
        InstalledVersion {
            version: "1.0.0".into(),
            digest: digest.into(),
            from: "upload".into(),
            signed_by: None,
            signatures: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn versions_that_ran_can_be_gone_back_to() {
        let mut installation = Installation::default();
        for digest in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            installation.activate(version(digest), Map::new());
        }
        let before =
            |i: &Installation| i.before.iter().map(|before| before.version.digest.clone()).collect::<Vec<_>>().concat();
        assert_eq!(before(&installation), "gfedc");
        installation.roll_back().unwrap();
        assert_eq!(
            (installation.active.clone().unwrap().digest.as_str(), before(&installation).as_str()),
            ("g", "fedc")
        );
        installation.activate(version("e"), Map::new());
        assert_eq!(before(&installation), "gfedc", "one that runs again is kept once it is replaced");
        assert!(Installation::default().roll_back().is_none());
    }

    #[test]
    fn what_a_version_was_set_to_is_known_when_it_is_gone_back_to() {
        let said = |said: Value| said.as_object().unwrap().clone();
        let mut installation = Installation::default();
        installation.activate(version("a"), said(json!({ "settings": { "a": 1 }, "grants": { "state": "2MiB" } })));
        installation.activate(version("b"), said(json!({ "settings": { "b": 2 }, "every": "5m" })));
        assert_eq!(installation.config["settings"], json!({ "b": 2 }));
        let then = installation.roll_back().unwrap();
        assert_eq!(Value::Object(then.clone()), json!({ "every": null, "settings": { "a": 1 }, "mappings": null }));
        installation.merge(then);
        assert_eq!(installation.config, json!({ "settings": { "a": 1 }, "grants": { "state": "2MiB" } }));
    }

    #[test]
    fn what_was_kept_before_versions_had_words_of_their_own_is_read() {
        let one = serde_json::to_value(version("a")).unwrap();
        let kept = json!({ "active": one, "waiting": one, "before": [one], "config": { "every": "5m" } });
        let installation: Installation = serde_json::from_value(kept).unwrap();
        assert_eq!(installation.waiting.unwrap().version, version("a"));
        assert_eq!(installation.before[0].version, version("a"));
    }

    #[test]
    fn parts_of_the_configuration_are_changed_by_themselves() {
        let mut installation = Installation::default();
        installation.merge(serde_json::from_value(json!({ "every": "5m", "settings": { "a": 1 } })).unwrap());
        installation.merge(serde_json::from_value(json!({ "every": null, "grants": { "state": "2MiB" } })).unwrap());
        assert_eq!(installation.config, json!({ "settings": { "a": 1 }, "grants": { "state": "2MiB" } }));
        let config = installation.config().unwrap();
        assert!(config.enabled && config.every.is_none() && config.grants.state.is_some());
        for (key, expected) in [
            ("from", "`from` is for plugins that portico.yaml describes"),
            ("grant", "the key `grant` is not known here"),
        ] {
            installation.merge(serde_json::from_value(json!({ key: {} })).unwrap());
            installation.merge(
                serde_json::from_value(json!({ "from": if key == "from" { json!("x.wasm") } else { Value::Null } }))
                    .unwrap(),
            );
            let error = installation.config().unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
