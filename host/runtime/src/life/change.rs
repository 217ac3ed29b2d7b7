//! Changes of installations, one at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use portico_api_types::{Granting, Timestamp};
use portico_manifest::{Capability, Grants, Manifest, Piece, Rights, grants_of, parse, unpack};
use portico_supply::{DetachedSignature, Digest, Reference, Verdict, fetch, verify};
use serde_json::{Map, Value};

use super::error::LifeError;
use super::record::{Installation, InstalledVersion};
use crate::check;
use crate::host::Host;
use crate::install::settings;
use crate::mapped::Mapped;
use crate::plugin::Plugin;

/// What stands for a package that was uploaded.
const UPLOAD: &str = "upload";

/// A package to install.
#[derive(Debug)]
pub enum InstallRequest {
    /// From where it lies.
    From(Reference),
    /// Its bytes.
    Uploaded(Vec<u8>),
}

/// What is said about a plugin beside its package; parts that are absent stay as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PluginChange {
    /// `every`, `settings`, `mappings` and `grants`, as under `plugins:` in `portico.yaml`; null for the manifest's own word.
    pub config: Map<String, Value>,
    /// Whether what a version asks for was looked at: it runs with what the grants say, be it nothing.
    pub approved: bool,
}

impl Host {
    /// Installs a package, or a version of one that is installed. Answers the plugin's name.
    pub(crate) async fn install_package(
        self: &Arc<Self>,
        request: InstallRequest,
        change: PluginChange,
    ) -> Result<String, LifeError> {
        let (bytes, from, beside) = match request {
            InstallRequest::Uploaded(bytes) => (bytes, UPLOAD.to_owned(), Vec::new()),
            InstallRequest::From(reference) => {
                let fetched = fetch(&reference, &self.supply).await?;
                (fetched.bytes, fetched.pinned.shown(), fetched.signatures)
            }
        };
        let signed_by = self.vouched(&bytes, &beside)?;
        let digest = Digest::of(&bytes).hex().to_owned();
        let manifest = self.judged(&bytes, &digest).await?;
        let _turn = self.life.lock().await;
        let mut installation = self.manageable(&manifest.name)?.unwrap_or_default();
        installation.merge(change.config);
        let config = installation.config().map_err(LifeError::Config)?;
        let version = InstalledVersion {
            version: manifest.version.to_string(),
            digest: digest.clone(),
            from,
            signed_by,
            at: Timestamp::now(),
        };
        let packages = self.packages.clone();
        blocking(move || packages.put(&digest, &bytes)).await?;
        let rights = Rights::new(&manifest, &config.grants);
        let before = self.manifest_of(installation.active.as_ref()).await;
        if change.approved || !asks_for_more(&rights, before.as_ref()) {
            installation.activate(version);
        } else {
            installation.waiting = Some(version);
        }
        self.keep(&manifest.name, Some(installation)).await?;
        Ok(manifest.name)
    }

    /// Changes what a plugin is set to and granted. With `approved`, a version that waits takes its place.
    pub(crate) async fn change_plugin(self: &Arc<Self>, name: &str, change: PluginChange) -> Result<(), LifeError> {
        let _turn = self.life.lock().await;
        let mut installation = self.installed(name)?;
        installation.merge(change.config);
        let config = installation.config().map_err(LifeError::Config)?;
        let next = installation.waiting.as_ref().filter(|_| change.approved).or(installation.active.as_ref());
        if let Some(manifest) = self.manifest_of(next).await {
            settings(&manifest, &config).map_err(LifeError::Config)?;
            let mapped = Mapped::new(&manifest.mappings, config.mappings.as_deref().unwrap_or_default());
            mapped.mappings(&self.catalog).map_err(LifeError::Config)?;
        }
        if change.approved {
            let waiting = installation.waiting.take();
            let waiting =
                waiting.ok_or_else(|| LifeError::Nothing(format!("no version of the plugin `{name}` waits")))?;
            installation.activate(waiting);
        }
        self.keep(name, Some(installation)).await
    }

    /// Grants what a plugin asks for piece by piece, in the place of all grants of before. With `approved`, a version that waits takes its
    /// place.
    pub(crate) async fn grant(self: &Arc<Self>, name: &str, granting: Granting) -> Result<(), LifeError> {
        let installation = self.installed(name)?;
        let version = installation.waiting.as_ref().filter(|_| granting.approved).or(installation.active.as_ref());
        let manifest = self.manifest_of(version).await.ok_or_else(|| LifeError::Unknown(name.to_owned()))?;
        let before = installation.config["grants"].clone();
        let lines = Rights::new(&manifest, &Grants::default()).lines();
        let chosen: BTreeSet<usize> = granting.granted.keys().copied().collect();
        let pieces = granting.granted.iter().filter_map(|(place, said)| Some((lines.get(*place)?, said.as_str())));
        let grants = grants_of(pieces).map_err(LifeError::Config)?;
        let grants = narrowed(grants, &before, &manifest, &chosen);
        let config = Map::from_iter([("grants".to_owned(), grants)]);
        self.change_plugin(name, PluginChange { config, approved: granting.approved }).await
    }

    /// Goes back to the version before.
    pub(crate) async fn roll_back(self: &Arc<Self>, name: &str) -> Result<(), LifeError> {
        let _turn = self.life.lock().await;
        let mut installation = self.installed(name)?;
        let none = || LifeError::Nothing(format!("there is no version of the plugin `{name}` to go back to"));
        installation.roll_back().ok_or_else(none)?;
        self.keep(name, Some(installation)).await
    }

    /// Switches a plugin off or on. What it brought stays, and is marked.
    pub(crate) async fn switch(self: &Arc<Self>, name: &str, on: bool) -> Result<(), LifeError> {
        let _turn = self.life.lock().await;
        let mut installation = self.installed(name)?;
        installation.off = !on;
        self.keep(name, Some(installation)).await
    }

    /// Turns away a version that waits.
    pub(crate) async fn decline(self: &Arc<Self>, name: &str) -> Result<(), LifeError> {
        let _turn = self.life.lock().await;
        let mut installation = self.installed(name)?;
        let none = || LifeError::Nothing(format!("no version of the plugin `{name}` waits"));
        installation.waiting.take().ok_or_else(none)?;
        let left = installation.active.is_some().then_some(installation);
        self.keep(name, left).await
    }

    /// Removes a plugin, and puts what it brought into the bin.
    pub(crate) async fn remove_plugin(self: &Arc<Self>, name: &str) -> Result<(), LifeError> {
        let _turn = self.life.lock().await;
        self.installed(name)?;
        // Before it is forgotten: a run that goes on would bring in again what is about to go.
        let plugin = self.plugin(name);
        self.keep(name, None).await?;
        if let Some(plugin) = plugin {
            self.run_ended(&plugin).await;
        }
        let (catalog, plugin) = (self.catalog.clone(), name.to_owned());
        blocking(move || {
            catalog.retain(&plugin, &[])?;
            catalog.state_forget(&plugin)
        })
        .await
    }

    /// Asks a plugin's run to stop, and waits until it has; one that does not heed that is ended by force.
    async fn run_ended(&self, plugin: &Plugin) {
        loop {
            let mut ended = std::pin::pin!(self.ended.notified());
            ended.as_mut().enable();
            let Some(live) = plugin.live() else { return };
            live.cancel();
            ended.await;
        }
    }

    /// The operator's name for the key that a package is signed with; an error if nobody vouches for it who has to.
    pub(crate) fn vouched(&self, bytes: &[u8], beside: &[DetachedSignature]) -> Result<Option<String>, LifeError> {
        let verdict = verify(bytes, beside, &self.trust);
        self.trust.admit(&verdict)?;
        Ok(match verdict {
            Verdict::SignedBy { key } => Some(key),
            Verdict::Unsigned | Verdict::Untrusted { .. } => None,
        })
    }

    /// The manifest of a package that this portal can run.
    async fn judged(&self, bytes: &[u8], digest: &str) -> Result<Manifest, LifeError> {
        let package = unpack(bytes).map_err(|error| LifeError::Unusable(error.to_string()))?;
        let compiled = self.compiler.compile(bytes.to_vec().into(), digest.to_owned()).await;
        let component = compiled.map_err(LifeError::Unusable)?;
        let misfits = check::check(&self.sandbox.engine, &component, &package.manifest);
        if !misfits.is_empty() {
            return Err(LifeError::Unusable(misfits.join(" ")));
        }
        check::link(&self.linker, &component, &package.manifest).map_err(LifeError::Unusable)?;
        Ok(package.manifest)
    }

    /// The installation of a plugin that the portal manages; none if nothing is installed under the name yet.
    fn manageable(&self, name: &str) -> Result<Option<Installation>, LifeError> {
        if self.config.contains_key(name) {
            return Err(LifeError::InCode(name.to_owned()));
        }
        let installed = self.installations.load().get(name).cloned();
        let card = self.plugin(name).map(|plugin| plugin.card().origin).unwrap_or_default();
        if installed.is_none() && card.ends_with(".wasm") {
            return Err(LifeError::InFolder { name: name.to_owned(), file: card });
        }
        Ok(installed)
    }

    fn installed(&self, name: &str) -> Result<Installation, LifeError> {
        self.manageable(name)?.ok_or_else(|| LifeError::Unknown(name.to_owned()))
    }

    /// The manifest of a version that is kept.
    pub(crate) async fn manifest_of(&self, version: Option<&InstalledVersion>) -> Option<Manifest> {
        let path = self.packages.path(&version?.digest);
        let bytes = tokio::fs::read(path).await.ok()?;
        unpack(&bytes).ok().map(|package| package.manifest)
    }

    /// Keeps an installation, or forgets it, and makes the plugins what is installed.
    async fn keep(self: &Arc<Self>, name: &str, installation: Option<Installation>) -> Result<(), LifeError> {
        let (catalog, plugin) = (self.catalog.clone(), name.to_owned());
        let record = installation.as_ref().map(serde_json::to_vec).transpose();
        let record = record.map_err(|error| LifeError::Store(error.to_string()))?;
        blocking(move || match &record {
            Some(record) => catalog.save_installation(&plugin, record),
            None => catalog.remove_installation(&plugin),
        })
        .await?;
        let mut all = self.installations.load().as_ref().clone();
        match installation {
            Some(installation) => drop(all.insert(name.to_owned(), installation)),
            None => drop(all.remove(name)),
        }
        self.installations.store(Arc::new(all));
        self.reinstall().await;
        self.drop_packages().await;
        Ok(())
    }

    /// Removes the packages that nobody needs any more.
    pub(super) async fn drop_packages(&self) {
        let installed = self.installations.load();
        let needed: BTreeSet<String> =
            installed.values().flat_map(Installation::digests).chain(self.fetches.digests()).collect();
        let packages = self.packages.clone();
        if let Err(error) = blocking(move || packages.keep_only(&needed)).await {
            tracing::warn!(%error, "packages that nobody needs could not be removed");
        }
    }
}

/// Grants with what was narrower before left so: a tick says that something is granted, and not that more of it is.
fn narrowed(mut grants: Value, before: &Value, manifest: &Manifest, chosen: &BTreeSet<usize>) -> Value {
    let Some(before) = before.as_object() else { return grants };
    let lines = Rights::new(manifest, &Grants::default()).lines();
    for (place, line) in lines.iter().enumerate().filter(|(place, _)| chosen.contains(place)) {
        let Piece::Asked(path, asked) = &line.piece else { continue };
        let pointer = format!("/{}", path.join("/"));
        let Some(old) = Value::Object(before.clone()).pointer(&pointer).cloned() else { continue };
        let kept = match &old {
            // Of a list, what meets this ask and no other.
            Value::Array(items) => items.iter().filter(|item| meets(manifest, path, item, place)).cloned().collect(),
            other => vec![other.clone()],
        };
        let Some(new) = grants.pointer_mut(&pointer) else { continue };
        match new {
            _ if kept.is_empty() => {}
            Value::Array(new) => {
                let asked = asked.as_array().cloned().unwrap_or_default();
                new.retain(|item| !asked.contains(item) || kept.contains(item));
                new.extend(kept.into_iter().filter(|item| !asked.contains(item)));
            }
            new => *new = kept[0].clone(),
        }
    }
    // What no ask is about is the operator's own.
    for (key, value) in before.iter().filter(|(key, _)| !ASKED.contains(&key.as_str())) {
        grants[key] = value.clone();
    }
    grants
}

/// The keys of grants that asks are about.
const ASKED: [&str; 7] = ["repositories", "files", "http", "credentials", "catalog", "state", "limits"];

/// Whether an item of a list of grants, by itself, grants something of the ask at this place.
fn meets(manifest: &Manifest, path: &[&str], item: &Value, place: usize) -> bool {
    let alone =
        path.iter().rev().fold(Value::Array(vec![item.clone()]), |inner, key| serde_json::json!({ *key: inner }));
    let Ok(grants) = parse::<Grants>(&alone.to_string(), "grants") else { return false };
    let bare = Rights::new(manifest, &Grants::default()).lines();
    let line = Rights::new(manifest, &grants).lines().into_iter().nth(place);
    line.is_some_and(|line| line.granted.is_some() && bare.get(place).is_none_or(|bare| bare.granted != line.granted))
}

/// Whether a version asks for something that the one before did not, and that was not granted yet.
fn asks_for_more(rights: &Rights, before: Option<&Manifest>) -> bool {
    let known: Vec<(Capability, String)> = before
        .map(|manifest| Rights::new(manifest, &Grants::default()).lines())
        .unwrap_or_default()
        .into_iter()
        .map(|line| (line.capability, line.target))
        .collect();
    let is_new = |line: &portico_manifest::AskLine| !known.contains(&(line.capability, line.target.clone()));
    rights.lines().iter().any(|line| is_new(line) && line.granted.as_deref() != Some(line.target.as_str()))
}

pub(super) async fn blocking<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, LifeError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| LifeError::Store(error.to_string()))?;
    done.map_err(|error| LifeError::Store(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tick_leaves_a_grant_as_narrow_as_it_was() {
        let text = "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nasks:\n  http:\n    - { host: '*', port: '*', methods: [GET], reason: x }\n    - { host: status.acme.io, reason: x }\n  catalog: { read: { kinds: [Component, API], reason: x } }\n";
        let manifest = Manifest::parse(text, "manifest.yaml").unwrap();
        let lines = Rights::new(&manifest, &Grants::default()).lines();
        let all = || lines.iter().map(|line| (line, ""));
        let before = json!({
            "http": [{ "host": "localhost", "port": 80, "scheme": "http" }],
            "private-addresses": ["127.0.0.1"],
            "catalog": { "read": ["API"] },
        });
        let ticked = BTreeSet::from([0, 1, 2]);
        assert_eq!(
            narrowed(grants_of(all()).unwrap(), &before, &manifest, &ticked),
            json!({
                "http": [{ "host": "status.acme.io" }, { "host": "localhost", "port": 80, "scheme": "http" }],
                "catalog": { "read": ["API"] },
                "private-addresses": ["127.0.0.1"],
            })
        );
        let first = narrowed(grants_of(all().take(1)).unwrap(), &Value::Null, &manifest, &BTreeSet::from([0]));
        assert_eq!(
            first,
            json!({ "http": [{ "host": "*", "port": "*", "methods": ["GET"] }] }),
            "what is new is granted as asked"
        );
    }
}
