//! What is judged before a version runs: who vouches for it, its code, and what the operator says of it.
//!
//! Rule: a version is said to run only if loading it would succeed as things stand, so that what is kept and what runs are one.

use std::sync::Arc;

use portico_api_types::KindOrigin;
use portico_manifest::{Manifest, PluginConfig, Rights, unpack};
use portico_supply::{DetachedSignature, Verdict, verify};

use super::error::LifeError;
use super::record::{Installation, InstalledVersion};
use crate::beginning;
use crate::check;
use crate::compile::digest;
use crate::egress::Client;
use crate::host::Host;
use crate::install::settings;
use crate::kinds::unusable;
use crate::kubeconfigs;
use crate::mapped::Mapped;

impl Host {
    /// The operator's name for the key that a package is signed with; an error if nobody vouches for it who has to.
    pub(crate) fn vouched(&self, bytes: &[u8], beside: &[DetachedSignature]) -> Result<Option<String>, LifeError> {
        let verdict = verify(bytes, beside, &self.trust);
        self.trust.admit(&verdict)?;
        Ok(match verdict {
            Verdict::SignedBy { key } => Some(key),
            Verdict::Unsigned | Verdict::Untrusted { .. } => None,
        })
    }

    /// The manifest of a package whose code this portal can run.
    pub(super) async fn judged(&self, bytes: &[u8], digest: &str) -> Result<Manifest, LifeError> {
        let package = unpack(bytes).map_err(|error| LifeError::Unusable(error.to_string()))?;
        let compiled = self.compiler.compile(bytes.to_vec().into(), digest.to_owned()).await;
        let component = compiled.map_err(LifeError::Unusable)?;
        let misfits = check::check(&self.sandbox.engine, &component, &package.manifest);
        if !misfits.is_empty() {
            return Err(LifeError::Unusable(misfits.join(" ")));
        }
        check::link(&self.linker, &component, &package.manifest).map_err(LifeError::Unusable)?;
        let begun = beginning::begins(&self.sandbox.engine, &self.pool, &component).await;
        begun.map_err(LifeError::Unusable)?;
        Ok(package.manifest)
    }

    /// Whether a version that is kept can take its place now.
    pub(super) async fn ready(&self, version: &InstalledVersion, config: &PluginConfig) -> Result<(), LifeError> {
        let manifest = self.whole(version).await?;
        self.fits(&manifest, config)
    }

    /// The same, where it was looked at already whether the package is as it has to be.
    pub(super) async fn ready_as_known(&self, version: &InstalledVersion, config: &PluginConfig) -> Result<(), String> {
        let known = self.packages.judged(&version.digest);
        let manifest = match known {
            Some(known) => known?,
            None => {
                let judged = self.whole(version).await.map(Arc::new).map_err(|error| error.to_string());
                self.packages.note_judged(&version.digest, judged.clone());
                judged?
            }
        };
        self.fits(&manifest, config).map_err(|error| error.to_string())
    }

    /// The manifest of a version whose package is whole, vouched for, and can be run.
    async fn whole(&self, version: &InstalledVersion) -> Result<Manifest, LifeError> {
        let bytes = tokio::fs::read(self.packages.path(&version.digest)).await;
        let whole = bytes.ok().filter(|bytes| digest(bytes) == version.digest);
        let gone = || {
            LifeError::Unusable(format!(
                "the package of version {} is missing or damaged; install it again",
                version.version
            ))
        };
        let bytes = whole.ok_or_else(gone)?;
        if !version.is_of_portal() {
            self.vouched(&bytes, &version.signatures)?;
        }
        self.judged(&bytes, &version.digest).await
    }

    /// Whether a version could be loaded with its kinds beside those of others, and with what the operator says.
    pub(super) fn fits(&self, manifest: &Manifest, config: &PluginConfig) -> Result<(), LifeError> {
        // An agent reads those that lie where it is.
        let config = if config.agent.is_some() { Ok(config.clone()) } else { kubeconfigs::resolved(config).0 };
        let config = &config.map_err(LifeError::Config)?;
        settings(manifest, config).map_err(LifeError::Settings)?;
        let rights = Rights::new(manifest, &config.grants);
        Client::new(&self.network, &rights, Arc::default()).map_err(|error| LifeError::Config(error.to_string()))?;
        let origin = KindOrigin::Plugin { plugin: manifest.name.clone() };
        let registry = self.catalog.registry_with(&origin, manifest.kinds.clone());
        let registry = registry.map_err(|error| LifeError::Config(unusable(error)))?;
        let mapped = Mapped::new(&manifest.mappings, config.mappings.as_deref().unwrap_or_default());
        mapped.judged(&registry, &self.catalog).map_err(LifeError::Config)?;
        Ok(())
    }

    /// Whether a plugin may have its name: what it brings in is kept under that, as is what comes in with no plugin at all.
    pub(crate) fn free(&self, name: &str) -> Result<(), LifeError> {
        if self.ingest.contains_key(name) { Err(LifeError::Source(name.to_owned())) } else { Ok(()) }
    }

    /// The installation of a plugin that the portal manages; none if nothing is installed under the name yet.
    pub(super) fn manageable(&self, name: &str) -> Result<Option<Installation>, LifeError> {
        if self.config.contains_key(name) {
            return Err(LifeError::InCode(name.to_owned()));
        }
        self.free(name)?;
        let installed = self.installations.load().get(name).cloned();
        let card = self.plugin(name).map(|plugin| plugin.card().origin).unwrap_or_default();
        match installed {
            Some(installation) if installation.leaving => Err(LifeError::Leaving(name.to_owned())),
            // The file is what runs, whatever is installed beside it.
            _ if is_of_folder(&card) => Err(LifeError::InFolder { name: name.to_owned(), file: card }),
            installed => Ok(installed),
        }
    }

    pub(super) fn installed(&self, name: &str) -> Result<Installation, LifeError> {
        self.manageable(name)?.ok_or_else(|| LifeError::Unknown(name.to_owned()))
    }

    /// The manifest of a version that is kept.
    pub(crate) async fn manifest_of(&self, version: Option<&InstalledVersion>) -> Option<Manifest> {
        let path = self.packages.path(&version?.digest);
        let bytes = tokio::fs::read(path).await.ok()?;
        unpack(&bytes).ok().map(|package| package.manifest)
    }
}

/// Whether what runs is a file of the plugins folder; what came from elsewhere has a path before its name.
pub(super) fn is_of_folder(origin: &str) -> bool {
    origin.ends_with(".wasm") && !origin.contains('/')
}
