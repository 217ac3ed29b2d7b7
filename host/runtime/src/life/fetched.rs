//! Packages of plugins for which `portico.yaml` says where they come from: fetched once, kept, and used from there.
//!
//! Rule: what was pinned is what is used. A package that is kept is not fetched again, another one never takes its place, and who signed
//! it is judged whenever it is loaded.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use portico_api_types::Timestamp;
use portico_catalog::{Catalog, StoreError};
use portico_manifest::unpack;
use portico_supply::{DetachedSignature, Reach, Reference, fetch};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::change::blocking;
use super::error::LifeError;
use super::packages::Packages;
use crate::choose::PluginFile;
use crate::compile::digest;
use crate::host::Host;
use crate::schedule;

/// Under which name the store keeps what was fetched for each plugin; no plugin can have it.
const FETCHED: &str = "portico/packages";

/// A package that was fetched and is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fetched {
    /// From where, pinned, as it may be shown: what else an address holds opens it to anybody.
    pub(crate) from: String,
    /// SHA-256 of the package, in hexadecimal.
    pub(crate) digest: String,
    /// What was found beside it.
    pub(crate) signatures: Vec<DetachedSignature>,
}

/// What is to be fetched, and how that stands.
pub(crate) struct Fetches {
    /// Where each plugin comes from.
    pub(crate) sources: BTreeMap<String, Reference>,
    kept: ArcSwap<BTreeMap<String, Fetched>>,
    /// Why there is no package yet, in sentences.
    troubles: Mutex<BTreeMap<String, String>>,
}

impl Fetches {
    /// What is kept of earlier fetches. A file that is not pinned is read afresh at each start.
    pub(crate) fn open(
        catalog: &Catalog,
        packages: &Packages,
        sources: BTreeMap<String, Reference>,
    ) -> Result<Fetches, StoreError> {
        let mut kept = BTreeMap::new();
        let mut troubles = BTreeMap::new();
        for (name, source) in &sources {
            let record = catalog.state_get(FETCHED, name)?;
            let fetched = record.and_then(|record| serde_json::from_slice::<Fetched>(&record).ok());
            let fits = |fetched: &Fetched| {
                let bytes = std::fs::read(packages.path(&fetched.digest));
                fetched.from == source.shown() && bytes.is_ok_and(|bytes| digest(&bytes) == fetched.digest)
            };
            match fetched.filter(fits) {
                Some(fetched) => drop(kept.insert(name.clone(), fetched)),
                None => drop(troubles.insert(name.clone(), format!("It is being fetched from {}.", source.shown()))),
            }
        }
        Ok(Fetches { sources, kept: ArcSwap::from_pointee(kept), troubles: Mutex::new(troubles) })
    }

    /// The files that are kept. Reads them, which blocks.
    pub(crate) fn files(&self, packages: &Packages) -> Vec<PluginFile> {
        let kept = self.kept.load();
        kept.iter().map(|(name, one)| PluginFile::fetched(packages.path(&one.digest), name, one)).collect()
    }

    /// The digests of all that is kept.
    pub(crate) fn digests(&self) -> Vec<String> {
        self.kept.load().values().map(|fetched| fetched.digest.clone()).collect()
    }

    /// Why there is no package of a plugin that is to be fetched; none for one that comes from elsewhere.
    pub(crate) fn trouble(&self, name: &str) -> Option<String> {
        let said = || self.troubles.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        self.sources.contains_key(name).then(|| said().unwrap_or_default())
    }

    fn say(&self, name: &str, trouble: String) {
        tracing::warn!(plugin = name, "{trouble}");
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), trouble);
    }

    fn keep(&self, name: &str, fetched: Fetched) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        let mut kept = self.kept.load().as_ref().clone();
        kept.insert(name.to_owned(), fetched);
        self.kept.store(Arc::new(kept));
    }
}

/// Fetches what is not kept yet. What cannot be reached is tried again, after a longer wait each time.
pub(crate) async fn follow(host: Arc<Host>) {
    let mut fetches = JoinSet::new();
    for (name, from) in &host.fetches.sources {
        let is_off = host.config.get(name).is_some_and(|config| !config.enabled);
        if !is_off && !host.fetches.kept.load().contains_key(name) {
            fetches.spawn(bring(host.clone(), name.clone(), from.clone()));
        }
    }
    fetches.join_all().await;
}

async fn bring(host: Arc<Host>, name: String, from: Reference) {
    let mut failures = 0_u32;
    loop {
        let trouble = match host.bring(&name, &from).await {
            Ok(()) => break host.reinstall().await,
            Err(trouble) => trouble,
        };
        let may_pass = trouble.may_pass();
        failures = failures.saturating_add(1);
        let wait = schedule::wait(failures, schedule::LONGEST);
        let next = Timestamp::now().checked_add(wait).map(schedule::time).unwrap_or_default();
        let again = if may_pass { format!(" It is tried again at {next}.") } else { String::new() };
        host.fetches.say(&name, format!("portico.yaml says that it comes from {}. {trouble}.{again}", from.shown()));
        host.reinstall().await;
        if !may_pass {
            break;
        }
        tokio::time::sleep(wait).await;
    }
}

impl Host {
    /// Fetches the package of a plugin, judges it, and keeps it.
    async fn bring(self: &Arc<Self>, name: &str, from: &Reference) -> Result<(), LifeError> {
        // The operator said where, so that it may be anywhere.
        let mut options = self.supply.clone();
        options.reach = Reach::Anywhere;
        let fetched = fetch(from, &options).await?;
        if !from.is_pinned() && !matches!(from, Reference::File(_)) {
            return Err(LifeError::Unpinned { name: name.to_owned(), pinned: fetched.pinned.shown() });
        }
        self.vouched(&fetched.bytes, &fetched.signatures)?;
        let package = unpack(&fetched.bytes).map_err(|error| LifeError::Unusable(error.to_string()))?;
        if package.manifest.name != name {
            let found = package.manifest.name;
            return Err(LifeError::Unusable(format!(
                "it holds the plugin `{found}`, and stands under `{name}`; name the plugin `{found}` in portico.yaml"
            )));
        }
        let kept =
            Fetched { from: fetched.pinned.shown(), digest: fetched.digest.hex(), signatures: fetched.signatures };
        let record = serde_json::to_vec(&kept).map_err(|error| LifeError::Store(error.to_string()))?;
        // Held until it is known that the package is needed.
        let _turn = self.life.lock().await;
        let (catalog, packages) = (self.catalog.clone(), self.packages.clone());
        let (plugin, digest) = (name.to_owned(), kept.digest.clone());
        blocking(move || packages.put(&digest, &fetched.bytes)).await?;
        blocking(move || catalog.state_set(FETCHED, &plugin, &record)).await?;
        self.fetches.keep(name, kept);
        self.drop_packages().await;
        Ok(())
    }
}
