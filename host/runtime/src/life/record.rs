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

use super::described::said;

/// What stands before the name of a plugin that came with the portal, for where it was installed from. No reference begins so.
pub(crate) const OF_PORTAL: &str = "built-in:";

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
    /// The digest of a package of the portal's own that somebody turned away, or went back from: a start does not bring it again.
    pub(crate) passed_over: Option<String>,
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

impl InstalledVersion {
    /// Whether it came with the portal, of this version or of one before. Nobody but the portal writes that.
    pub(crate) fn is_of_portal(&self) -> bool {
        self.from.starts_with(OF_PORTAL)
    }

    /// Whose hand it comes from, as the rest of a sentence.
    fn hand(&self) -> String {
        match &self.signed_by {
            _ if self.is_of_portal() => "came with the portal".to_owned(),
            Some(key) => format!("is signed with the key `{key}`"),
            None => "is not signed".to_owned(),
        }
    }
}

impl Installation {
    /// The version that runs; none of a plugin that is being removed.
    pub(crate) fn running(&self) -> Option<&InstalledVersion> {
        self.active.as_ref().filter(|_| !self.leaving)
    }

    /// The versions that run and wait, for sentences.
    pub(crate) fn standing(&self) -> String {
        let running = self.active.iter().map(|version| said(version, "runs"));
        let waiting = self.waiting.iter().map(|waiting| said(&waiting.version, "waits"));
        running.chain(waiting).collect::<Vec<_>>().join(", ")
    }

    /// Why a version is from another hand than the one that runs; none where it is not.
    pub(crate) fn other_hand(&self, version: &InstalledVersion) -> Option<String> {
        let (running, hand) = (self.active.as_ref()?.hand(), version.hand());
        (running != hand).then(|| {
            format!(
                "It comes from another hand: it {hand}, and the version that runs {running}. Whoever approves it lets it have what that one \
                 has."
            )
        })
    }

    /// Whether it came out of what the portal brings: the version that runs, or the one that waits to be the first.
    pub(crate) fn is_of_portal(&self) -> bool {
        let waiting = self.waiting.as_ref().map(|waiting| &waiting.version);
        self.active.as_ref().or(waiting).is_some_and(InstalledVersion::is_of_portal)
    }

    /// Whether a package of the portal's own is still to be brought: nobody has had it, nor turned it away.
    pub(crate) fn is_news(&self, digest: &str) -> bool {
        let waiting = self.waiting.iter().map(|waiting| &waiting.version);
        let known = self.active.iter().chain(waiting).map(|version| &version.digest).chain(&self.passed_over);
        !self.leaving && known.into_iter().all(|known| known != digest)
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
        if config.approved.is_some() {
            return Err("`approved` is for plugins that portico.yaml describes; a version of this one is approved through the portal".to_owned());
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
        self.passed_over = self.active.replace(before.version).map(|left| left.digest);
        Some(SET.map(|key| (key.to_owned(), before.config[key].clone())).into_iter().collect())
    }

    /// The version that waits is turned away; none where there is none.
    pub(crate) fn decline(&mut self) -> Option<()> {
        self.passed_over = Some(self.waiting.take()?.version.digest);
        Some(())
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
    fn what_comes_with_the_portal_is_news_until_somebody_has_had_it_or_turned_it_away() {
        let of_portal = |digest: &str| InstalledVersion { from: "built-in:radar".into(), ..version(digest) };
        let mut installation = Installation::default();
        installation.activate(of_portal("a"), Map::new());
        assert!(installation.is_of_portal() && !installation.is_news("a") && installation.is_news("b"));
        installation.wait(of_portal("b"), Map::new());
        assert!(!installation.is_news("b"));
        installation.decline().unwrap();
        assert!(!installation.is_news("b") && installation.is_news("c"));
        installation.activate(of_portal("c"), Map::new());
        installation.roll_back().unwrap();
        assert!(!installation.is_news("c") && installation.is_news("d"), "nobody goes back in vain");
        let said = installation.other_hand(&version("d")).unwrap();
        assert!(said.contains("it is not signed, and the version that runs came with the portal."), "{said}");
        assert!(installation.other_hand(&of_portal("d")).is_none());
        installation.activate(version("d"), Map::new());
        assert!(!installation.is_of_portal());
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
