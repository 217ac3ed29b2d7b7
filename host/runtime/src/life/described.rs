//! Plugins that are described in code, by a file of the plugins folder or by where `portico.yaml` says that they come from, as they go from one
//! version to the next.
//!
//! Rule: the first version that is seen under a name runs, since its grants were written for it. One that asks for more waits, and the one that
//! was approved before it runs on, from the package that is kept of it. Approving says that a version was looked at, and changes nothing of
//! what `portico.yaml` says; the same can be said there.

use std::collections::BTreeMap;
use std::sync::Arc;

use portico_api_types::Timestamp;
use portico_catalog::{Catalog, StoreError};
use portico_manifest::{Manifest, Package, PluginConfig, asks_for_more};
use serde::{Deserialize, Serialize};

use super::change::blocking;
use super::error::LifeError;
use super::packages::Packages;
use super::record::InstalledVersion;
use crate::choose::{Place, PluginFile, Way};
use crate::host::Host;
use crate::plugin::Plugin;

/// Under which name the store keeps what was approved of each plugin; no plugin can have it.
const APPROVED: &str = "portico/approved";

/// What is kept of a plugin that code describes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approved {
    /// The version that runs, whose package is kept.
    version: InstalledVersion,
    /// Who lets it run.
    by: ApprovedBy,
    /// The digest of a version that was turned away.
    #[serde(default)]
    declined: Option<String>,
}

/// Who lets a version run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ApprovedBy {
    /// It was the first of its name.
    First,
    /// It asks for no more than the one before it.
    NoMore,
    /// `approved` in `portico.yaml`.
    Code,
    /// Somebody, who is named where the portal knows who asks.
    Person(Option<String>),
}

/// What was approved, by the plugin's name.
pub(crate) type Approvals = BTreeMap<String, Approved>;

/// A version that waits, while the one before it runs.
pub(crate) struct Held {
    pub(crate) version: InstalledVersion,
    pub(crate) manifest: Manifest,
    place: Place,
}

/// What is kept. What cannot be read is as if its plugin had never been seen.
pub(crate) fn approvals(catalog: &Catalog) -> Result<Approvals, StoreError> {
    let mut all = BTreeMap::new();
    for (name, record) in catalog.state_of(APPROVED)? {
        match serde_json::from_slice(&record) {
            Ok(approved) => drop(all.insert(name, approved)),
            Err(error) => tracing::error!(plugin = name, %error, "what was approved of a plugin cannot be read"),
        }
    }
    Ok(all)
}

/// The digests of the packages that are kept.
pub(super) fn digests(approvals: &Approvals) -> impl Iterator<Item = String> {
    approvals.values().map(|approved| approved.version.digest.clone())
}

impl Host {
    /// What runs in the place of a file, with the version that waits then; none where the file itself runs. An error if it could not be run
    /// anyway.
    pub(crate) async fn held_back(
        &self,
        plugin: &Plugin,
        file: &PluginFile,
        package: &Package,
    ) -> Result<Option<(PluginFile, Arc<Held>)>, String> {
        let Some(config) = described(plugin, file) else { return Ok(None) };
        let Some(approved) = self.approvals.lock().await.get(&plugin.name).cloned() else { return Ok(None) };
        if approved.version.digest == file.digest || is_approved(&config, &file.digest) {
            return Ok(None);
        }
        let (path, name, way) = (self.packages.path(&approved.version.digest), plugin.name.clone(), file.way);
        let kept = tokio::task::spawn_blocking(move || PluginFile::kept(path, &name, &approved.version, way)).await;
        let kept = kept.map_err(|error| error.to_string())?;
        let before = kept.package.as_ref().ok().map(|package| &package.manifest);
        if !asks_for_more(&package.manifest, before, &config.grants) {
            return Ok(None);
        }
        let known = plugin.held().filter(|held| held.version.digest == file.digest && held.version.from == file.origin);
        let held = match known {
            Some(known) => known,
            None => Arc::new(self.hold(file, package).await?),
        };
        Ok(Some((kept, held)))
    }

    /// Judges a version before anybody is asked about it.
    async fn hold(&self, file: &PluginFile, package: &Package) -> Result<Held, String> {
        let read = tokio::task::spawn_blocking(file.reader()).await;
        let bytes = read.map_err(|error| error.to_string())??;
        let signed_by = self.signer(file, &bytes)?;
        self.judged(&bytes, &file.digest).await.map_err(|error| format!("{error}."))?;
        let manifest = package.manifest.clone();
        tracing::info!(plugin = %manifest.name, version = %manifest.version, "a version waits, since it asks for more");
        Ok(Held { version: version(file, &manifest, signed_by), manifest, place: file.place() })
    }

    /// Keeps the package of a version that may run soon: once it does, its file may be another already.
    pub(crate) async fn keep_ahead(&self, plugin: &Plugin, file: &PluginFile) {
        if described(plugin, file).is_none() || self.packages.path(&file.digest).exists() {
            return;
        }
        let (packages, digest, place) = (self.packages.clone(), file.digest.clone(), file.place());
        if let Err(error) = blocking(move || put(&packages, &digest, &place)).await {
            tracing::warn!(plugin = %plugin.name, %error, "the package of a version could not be kept");
        }
    }

    /// Keeps the version that runs of a plugin that code describes, with its package.
    pub(crate) async fn note_running(&self, plugin: &Plugin, file: &PluginFile, package: &Package) {
        let Some(config) = described(plugin, file) else { return };
        let approvals = self.approvals.lock().await;
        let known = approvals.get(&plugin.name);
        let is_same = |known: &&Approved| known.version.digest == file.digest;
        if known.filter(is_same).is_some_and(|known| self.packages.path(&known.version.digest).exists()) {
            return;
        }
        let by = match known {
            None => ApprovedBy::First,
            Some(known) if known.version.digest == file.digest => known.by.clone(),
            Some(_) if is_approved(&config, &file.digest) => ApprovedBy::Code,
            Some(_) => ApprovedBy::NoMore,
        };
        let signed_by = plugin.loaded().and_then(|loaded| loaded.signed_by.clone());
        let approved = Approved { version: version(file, &package.manifest, signed_by), by, declined: None };
        if let Err(error) = self.approved(approvals, &plugin.name, approved, file.place()).await {
            tracing::warn!(plugin = %plugin.name, %error, "the version that runs could not be kept; it is asked about no later one until it is");
        }
    }

    /// Lets a version run that was looked at, in the name of who did. False if none waits of this plugin that code describes.
    pub(super) async fn approve_described(
        self: &Arc<Self>,
        name: &str,
        digest: &str,
        by: Option<String>,
    ) -> Result<bool, LifeError> {
        let Some((plugin, held)) = self.plugin(name).and_then(|plugin| Some((plugin.clone(), plugin.held()?))) else {
            return Ok(false);
        };
        let approvals = self.approvals.lock().await;
        if held.version.digest != digest {
            let running = approvals.get(name).map(|approved| said(&approved.version, "runs"));
            let standing = running.into_iter().chain([said(&held.version, "waits")]).collect::<Vec<_>>().join(", ");
            return Err(LifeError::Replaced { name: name.to_owned(), standing });
        }
        let config = plugin.config().map(|config| config.as_ref().clone()).unwrap_or_default();
        tracing::info!(plugin = name, digest, by, "a version that waited is approved");
        self.fits(&held.manifest, &config)?;
        let version = InstalledVersion { at: Timestamp::now(), ..held.version.clone() };
        let approved = Approved { version, by: ApprovedBy::Person(by), declined: None };
        self.approved(approvals, name, approved, held.place.clone()).await?;
        self.reinstall().await;
        self.drop_packages().await;
        Ok(true)
    }

    /// Keeps what was approved and its package. Nobody removes packages meanwhile.
    async fn approved(
        &self,
        mut approvals: tokio::sync::MutexGuard<'_, Approvals>,
        name: &str,
        approved: Approved,
        place: Place,
    ) -> Result<(), LifeError> {
        let (packages, digest) = (self.packages.clone(), approved.version.digest.clone());
        if !packages.path(&digest).exists() {
            blocking(move || put(&packages, &digest, &place)).await?;
        }
        self.save(&mut approvals, name, approved).await
    }

    async fn save(&self, approvals: &mut Approvals, name: &str, approved: Approved) -> Result<(), LifeError> {
        let record = serde_json::to_vec(&approved).map_err(|error| LifeError::Store(error.to_string()))?;
        let (catalog, plugin) = (self.catalog.clone(), name.to_owned());
        blocking(move || catalog.state_set(APPROVED, &plugin, &record)).await?;
        approvals.insert(name.to_owned(), approved);
        Ok(())
    }

    /// Turns away a version that waits: nobody is asked about it again. False if none waits of this plugin that code describes.
    pub(super) async fn decline_described(&self, name: &str) -> Result<bool, LifeError> {
        let Some((_, held)) = self.waiting_described(name).await else { return Ok(false) };
        let mut approvals = self.approvals.lock().await;
        let Some(approved) = approvals.get(name).cloned() else { return Ok(false) };
        let declined = Some(held.version.digest.clone());
        self.save(&mut approvals, name, Approved { declined, ..approved }).await?;
        Ok(true)
    }

    /// A version that waits and was not turned away, of a plugin that code describes, with the one that runs.
    pub(super) async fn waiting_described(&self, name: &str) -> Option<(InstalledVersion, Arc<Held>)> {
        let held = self.plugin(name)?.held()?;
        let approvals = self.approvals.lock().await;
        let approved = approvals.get(name)?;
        let is_declined = approved.declined.as_ref() == Some(&held.version.digest);
        (!is_declined).then(|| (approved.version.clone(), held))
    }
}

/// What `portico.yaml` says of a plugin whose file is described in code; none where it does not run, or comes from elsewhere.
fn described(plugin: &Plugin, file: &PluginFile) -> Option<Arc<PluginConfig>> {
    let is_described = matches!(file.way, Way::Folder | Way::Fetched);
    plugin.config().filter(|config| is_described && config.enabled)
}

fn put(packages: &Packages, digest: &str, place: &Place) -> Result<(), String> {
    packages.put(digest, &place.read()?).map_err(|error| error.to_string())
}

fn is_approved(config: &PluginConfig, digest: &str) -> bool {
    config.approved.as_ref().is_some_and(|approved| approved.as_str() == digest)
}

fn version(file: &PluginFile, manifest: &Manifest, signed_by: Option<String>) -> InstalledVersion {
    InstalledVersion {
        version: manifest.version.to_string(),
        digest: file.digest.clone(),
        from: file.origin.clone(),
        signed_by,
        signatures: file.signatures.clone(),
        at: Timestamp::now(),
    }
}

/// A version, as a part of a sentence.
pub(super) fn said(version: &InstalledVersion, does: &str) -> String {
    format!("{} with the SHA-256 {} {does}", version.version, version.digest)
}
