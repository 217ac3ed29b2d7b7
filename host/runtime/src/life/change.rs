//! Changes of installations, one at a time.
//!
//! Rule: a change is computed and kept under one lock, and what is approved is what was looked at, by its digest.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use portico_api_types::{Granting, Installed, Timestamp};
use portico_manifest::{Grants, Rights, asks_for_more, grants_of, narrowed};
use portico_supply::{DetachedSignature, Digest, Reference, fetch};
use serde_json::{Map, Value};

use super::described;
use super::error::LifeError;
use super::record::{Installation, InstalledVersion, OF_PORTAL, Waiting};
use crate::choose::PluginFile;
use crate::host::Host;

/// What stands for a package that was uploaded.
const UPLOAD: &str = "upload";

/// A package to install.
#[derive(Debug)]
pub enum InstallRequest {
    /// From where it lies.
    From(Reference),
    /// The plugin of this name that came with the portal.
    BuiltIn(String),
    /// Its bytes.
    Uploaded(Vec<u8>),
    /// The same with signatures that lay beside it.
    Signed(Vec<u8>, Vec<DetachedSignature>),
}

impl InstallRequest {
    /// Where a package comes from, as people write it: a reference, or `built-in:` with the name of a plugin that came with the portal.
    /// Nobody has the portal read its own files.
    pub fn written(from: &str) -> Result<InstallRequest, String> {
        if let Some(name) = from.trim().strip_prefix(OF_PORTAL) {
            return Ok(InstallRequest::BuiltIn(name.trim().to_owned()));
        }
        match from.parse::<Reference>() {
            Ok(Reference::File(_)) => {
                let said = "that names a file, and nobody reads the portal's files from outside; upload the package, or put it into the plugins folder";
                Err(said.to_owned())
            }
            Ok(reference) => Ok(InstallRequest::From(reference)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A package that was brought, to be judged and installed.
struct Brought {
    bytes: Bytes,
    from: String,
    signatures: Vec<DetachedSignature>,
    signed_by: Option<String>,
}

/// What is said about a plugin beside its package; parts that are absent stay as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PluginChange {
    /// `every`, `settings`, `mappings` and `grants`, as under `plugins:` in `portico.yaml`; null for the manifest's own word.
    pub config: Map<String, Value>,
    /// The SHA-256 of a version, in hexadecimal, of which it was looked at what it asks for: it runs with what the grants say, be it
    /// nothing.
    pub approved: Option<String>,
}

impl Host {
    /// Brings the package that is meant, with who vouches for it.
    async fn bring_in(&self, request: InstallRequest) -> Result<Brought, LifeError> {
        let (bytes, from, signatures) = match request {
            // The portal is who it comes from.
            InstallRequest::BuiltIn(name) => return self.of_portal(&name).await,
            InstallRequest::Uploaded(bytes) => (bytes, UPLOAD.to_owned(), Vec::new()),
            InstallRequest::Signed(bytes, signatures) => (bytes, UPLOAD.to_owned(), signatures),
            InstallRequest::From(reference) => {
                let fetched = fetch(&reference, &self.supply).await?;
                (fetched.bytes, fetched.pinned.shown(), fetched.signatures)
            }
        };
        let signed_by = self.vouched(&bytes, &signatures)?;
        Ok(Brought { bytes: bytes.into(), from, signatures, signed_by })
    }

    async fn of_portal(&self, name: &str) -> Result<Brought, LifeError> {
        let file = self.own_plugins().find_map(|(own, file)| (own == name).then_some(file));
        let file = file.ok_or_else(|| {
            let all: Vec<&str> = self.own_plugins().map(|(name, _)| name).collect();
            let all = if all.is_empty() {
                "this one brings none".to_owned()
            } else {
                format!("there are {}", all.join(", "))
            };
            LifeError::Nothing(format!("no plugin `{name}` came with the portal; {all}"))
        })?;
        let bytes = blocking(file.reader()).await?;
        Ok(Brought { bytes, from: format!("{OF_PORTAL}{name}"), signatures: Vec::new(), signed_by: None })
    }

    /// The plugins that came with the portal, by name.
    fn own_plugins(&self) -> impl Iterator<Item = (&str, &PluginFile)> {
        self.built_in.iter().filter_map(|file| Some((file.package.as_ref().ok()?.manifest.name.as_str(), file)))
    }

    /// Brings what is installed out of what came with the portal up to what this portal brings, by the rules of any other version.
    pub(crate) async fn follow_portal(self: &Arc<Self>) {
        let installations = self.installations.load_full();
        let installed =
            installations.iter().filter(|(name, one)| one.is_of_portal() && !self.config.contains_key(*name));
        for (name, installation) in installed {
            let own = self.own_plugins().find(|(own, _)| own == name);
            if own.is_none_or(|(_, file)| !installation.is_news(&file.digest)) {
                continue;
            }
            let request = InstallRequest::BuiltIn(name.clone());
            if let Err(error) = self.install_package(request, PluginChange::default()).await {
                tracing::warn!(plugin = name, %error, "the version that came with this portal could not be installed; the one before runs on");
            }
        }
    }

    /// Installs a package, or a version of one that is installed.
    pub(crate) async fn install_package(
        self: &Arc<Self>,
        request: InstallRequest,
        change: PluginChange,
    ) -> Result<Installed, LifeError> {
        let Brought { bytes, from, signatures, signed_by } = self.bring_in(request).await?;
        let digest = Digest::of(&bytes).hex();
        if change.approved.as_ref().is_some_and(|looked_at| *looked_at != digest) {
            return Err(LifeError::Another(digest));
        }
        let manifest = self.judged(&bytes, &digest).await?;
        let _turn = self.life.lock().await;
        let mut installation = self.manageable(&manifest.name)?.unwrap_or_default();
        let waited = installation.waiting.take();
        installation.passed_over = None;
        // What was said with this version when it came before is said still.
        let mut changes = waited.iter().filter(|waiting| waiting.version.digest == digest);
        let mut changes = changes.next().map(|waiting| waiting.changes.clone()).unwrap_or_default();
        changes.extend(change.config);
        let config = installation.config_with(&changes).map_err(LifeError::Config)?;
        let (version, at) = (manifest.version.to_string(), Timestamp::now());
        let version = InstalledVersion { version, digest: digest.clone(), from, signed_by, signatures, at };
        let (packages, name) = (self.packages.clone(), digest.clone());
        // In the place of one that is damaged, which is mended by installing it again.
        blocking(move || packages.put(&name, &bytes)).await?;
        let before = self.manifest_of(installation.active.as_ref()).await;
        let goes_on =
            installation.other_hand(&version).is_none() && !asks_for_more(&manifest, before.as_ref(), &config.grants);
        let is_approved = change.approved.is_some() || goes_on;
        // One that could not be loaded as things stand waits until somebody has said what it needs.
        if is_approved && self.fits(&manifest, &config).is_ok() {
            installation.activate(version, changes);
        } else {
            installation.wait(version, changes);
        }
        self.keep(&manifest.name, Some(installation)).await?;
        let replaced = waited.filter(|waiting| waiting.version.digest != digest).map(|waiting| waiting.version.version);
        if let Some(waited) = &replaced {
            let (plugin, version) = (&manifest.name, manifest.version.to_string());
            tracing::info!(plugin, version, waited, "a version that waited was replaced by one that was installed");
        }
        Ok(Installed { name: manifest.name, digest, replaced })
    }

    /// Changes what a plugin is set to and granted. With `approved`, the version that waits takes its place.
    pub(crate) async fn change_plugin(self: &Arc<Self>, name: &str, change: PluginChange) -> Result<(), LifeError> {
        if let Some(digest) = change.approved.as_ref().filter(|_| change.config.is_empty()) {
            return self.approve(name, digest, None).await;
        }
        let _turn = self.life.lock().await;
        self.change_installed(name, change).await
    }

    /// Lets a version run that waits, with what is said of it already, in the name of who looked at it.
    pub(crate) async fn approve(
        self: &Arc<Self>,
        name: &str,
        digest: &str,
        by: Option<String>,
    ) -> Result<(), LifeError> {
        let _turn = self.life.lock().await;
        if self.approve_described(name, digest, by).await? {
            return Ok(());
        }
        let change = PluginChange { config: Map::new(), approved: Some(digest.to_owned()) };
        self.change_installed(name, change).await
    }

    async fn change_installed(self: &Arc<Self>, name: &str, change: PluginChange) -> Result<(), LifeError> {
        let installation = self.installed(name)?;
        let waiting = match (&change.approved, &installation.waiting) {
            (None, _) => None,
            (Some(_), None) => return Err(LifeError::Nothing(format!("no version of the plugin `{name}` waits"))),
            (Some(digest), Some(waiting)) if waiting.version.digest == *digest => Some(waiting.clone()),
            (Some(_), Some(_)) => return Err(replaced(name, &installation)),
        };
        self.change(name, installation, change.config, waiting).await
    }

    /// Grants what a version of a plugin asks for piece by piece, in the place of all grants of before. One that waits takes its place.
    pub(crate) async fn grant(self: &Arc<Self>, name: &str, granting: Granting) -> Result<(), LifeError> {
        let _turn = self.life.lock().await;
        let installation = self.installed(name)?;
        let is_meant = |version: &InstalledVersion| version.digest == granting.digest;
        let waiting = installation.waiting.clone().filter(|waiting| is_meant(&waiting.version));
        let active = installation.active.as_ref().filter(|active| is_meant(active));
        let version = waiting.as_ref().map(|waiting| &waiting.version).or(active);
        let version = version.ok_or_else(|| replaced(name, &installation))?;
        let gone = || LifeError::Unusable(format!("the package of {name} {} is not kept any more", version.version));
        let manifest = self.manifest_of(Some(version)).await.ok_or_else(gone)?;
        let lines = Rights::new(&manifest, &Grants::default()).lines();
        let chosen: BTreeSet<usize> = granting.granted.keys().copied().collect();
        let pieces = granting.granted.iter().filter_map(|(place, said)| Some((lines.get(*place)?, said.as_str())));
        let grants = grants_of(pieces).map_err(LifeError::Config)?;
        let said = waiting.as_ref().and_then(|waiting| waiting.changes.get("grants"));
        let grants = narrowed(grants, said.unwrap_or(&installation.config["grants"]), &manifest, &chosen);
        let mut config = Map::from_iter([("grants".to_owned(), grants)]);
        config.extend(granting.settings.map(|settings| ("settings".to_owned(), settings)));
        self.change(name, installation, config, waiting).await
    }

    /// Changes what is said of a plugin; `waiting` is the version that takes its place with that.
    async fn change(
        self: &Arc<Self>,
        name: &str,
        mut installation: Installation,
        changes: Map<String, Value>,
        waiting: Option<Waiting>,
    ) -> Result<(), LifeError> {
        if let Some(Waiting { version, changes: mut said }) = waiting {
            said.extend(changes);
            let config = installation.config_with(&said).map_err(LifeError::Config)?;
            self.ready(&version, &config).await?;
            installation.activate(version, said);
            return self.keep(name, Some(installation)).await;
        }
        installation.merge(changes);
        let config = installation.config().map_err(LifeError::Config)?;
        if let Some(manifest) = self.manifest_of(installation.active.as_ref()).await {
            self.fits(&manifest, &config)?;
        }
        self.keep(name, Some(installation)).await
    }

    /// Goes back to the version before. What is said of it now holds, as long as it takes that; otherwise what it was set to then.
    pub(crate) async fn roll_back(self: &Arc<Self>, name: &str) -> Result<(), LifeError> {
        let _turn = self.life.lock().await;
        let mut installation = self.installed(name)?;
        let none = || LifeError::Nothing(format!("there is no version of the plugin `{name}` to go back to"));
        let then = installation.roll_back().ok_or_else(none)?;
        let version = installation.active.clone().ok_or_else(none)?;
        let config = installation.config().map_err(LifeError::Config)?;
        match self.ready(&version, &config).await {
            Err(LifeError::Settings(_) | LifeError::Config(_)) => {
                let config = installation.config_with(&then).map_err(LifeError::Config)?;
                self.ready(&version, &config).await?;
                installation.merge(then);
            }
            outcome => outcome?,
        }
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
        if self.decline_described(name).await? {
            return Ok(());
        }
        let mut installation = self.installed(name)?;
        let none = || LifeError::Nothing(format!("no version of the plugin `{name}` waits"));
        installation.decline().ok_or_else(none)?;
        let left = installation.active.is_some().then_some(installation);
        self.keep(name, left).await
    }

    /// Keeps an installation, or forgets it, and makes the plugins what is installed.
    pub(super) async fn keep(
        self: &Arc<Self>,
        name: &str,
        installation: Option<Installation>,
    ) -> Result<(), LifeError> {
        let (catalog, plugin) = (self.catalog.clone(), name.to_owned());
        let record = installation.as_ref().map(serde_json::to_vec).transpose();
        let record = record.map_err(|error| LifeError::Store(error.to_string()))?;
        blocking(move || match &record {
            Some(record) => catalog.save_installation(&plugin, record),
            None => catalog.remove_installation(&plugin),
        })
        .await?;
        self.stand(name, installation).await;
        Ok(())
    }

    /// Makes the plugins what is installed, with this one as it was kept, or without it.
    pub(super) async fn stand(self: &Arc<Self>, name: &str, installation: Option<Installation>) {
        let mut all = self.installations.load().as_ref().clone();
        match installation {
            Some(installation) => drop(all.insert(name.to_owned(), installation)),
            None => drop(all.remove(name)),
        }
        self.installations.store(Arc::new(all));
        self.reinstall().await;
        self.drop_packages().await;
    }

    /// Removes the packages that nobody needs any more.
    pub(crate) async fn drop_packages(&self) {
        let in_bin = match self.digests_in_bin().await {
            Ok(in_bin) => in_bin,
            Err(error) => {
                return tracing::warn!(%error, "what the bin needs is not known, so that no package is removed");
            }
        };
        let approvals = self.approvals.lock().await;
        let installed = self.installations.load();
        let installed = installed.values().flat_map(Installation::digests).chain(self.fetches.digests());
        let needed: BTreeSet<String> = installed.chain(described::digests(&approvals)).chain(in_bin).collect();
        let packages = self.packages.clone();
        if let Err(error) = blocking(move || packages.keep_only(&needed)).await {
            tracing::warn!(%error, "packages that nobody needs could not be removed");
        }
    }
}

fn replaced(name: &str, installation: &Installation) -> LifeError {
    LifeError::Replaced { name: name.to_owned(), standing: installation.standing() }
}

pub(super) async fn blocking<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, LifeError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| LifeError::Store(error.to_string()))?;
    done.map_err(|error| LifeError::Store(error.to_string()))
}
