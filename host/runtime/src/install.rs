//! From files to plugins: what is new is loaded, what is gone is let go, what is wrong is said.
//!
//! Rule: a version takes the place of another only once it is compiled, checked, and has begun once; until then, and if that fails, the
//! one before it goes on. Running calls finish on the version that they began with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use portico_api_types::Trigger;
use portico_kinds::Schema;
use portico_manifest::{
    Credential, Extension, Keeper, Manifest, Package, PluginConfig, Rights, SecretSource, with_clusters,
};

use crate::actions;
use crate::beginning;
use crate::check;
use crate::choose::{Choice, PluginFile, Way, choose};
use crate::egress::Client;
use crate::host::Host;
use crate::intake;
use crate::kubeconfigs::{self, Seen};
use crate::life::{InstalledVersion, SettingsFaults};
use crate::mapped::Mapped;
use crate::plugin::{Card, LEAVING, Loaded, Plugin};
use crate::subscriber;

impl Host {
    /// Makes the plugins what the files say.
    pub(crate) async fn install(self: &Arc<Self>, choice: &Choice<'_>) {
        let plugins = self.gather(choice);
        let mut gone: BTreeSet<&String> = plugins.keys().collect();
        for (name, file) in &choice.chosen {
            gone.remove(name);
            let Some(plugin) = plugins.get(name) else { continue };
            let others = choice.others.get(name).map(Vec::as_slice).unwrap_or_default();
            let remark = choice.remarks.get(name).map(String::as_str);
            self.install_first(plugin, file, others, remark).await;
        }
        for (file, sentence) in &choice.broken {
            if let Some(plugin) = plugins.values().find(|plugin| belongs(plugin, file, choice)) {
                gone.remove(&plugin.name);
                if !choice.chosen.contains_key(&plugin.name) {
                    // What waited lay where this lies now.
                    plugin.hold(None);
                }
                complain(plugin, file, sentence);
            }
        }
        for plugin in gone.into_iter().filter_map(|name| plugins.get(name)) {
            if let Some(trouble) = self.fetches.trouble(&plugin.name) {
                // What is switched off is not fetched.
                let is_off = plugin.config().is_some_and(|config| !config.enabled);
                plugin.unload(Card::default(), if is_off { String::new() } else { trouble });
                continue;
            }
            if let Some(installation) = self.installations.load().get(&plugin.name) {
                let said = if installation.leaving { LEAVING } else { "" };
                plugin.unload(Card::default(), said.to_owned());
                continue;
            }
            let nowhere = format!(
                "portico.yaml names the plugin `{0}`, and there is no such plugin: none is built in under this name, and no \
                 file in the plugins folder holds it. Check the name, or put the plugin's file there.",
                plugin.name
            );
            plugin.unload(Card::default(), nowhere);
        }
        self.plugins.store(Arc::new(plugins));
        self.forget_kinds().await;
        self.note_unread();
        self.due.notify_one();
    }

    /// The plugins that there are from now on; those that were there before are the same as before.
    fn gather(&self, choice: &Choice<'_>) -> BTreeMap<String, Arc<Plugin>> {
        let before = self.plugins.load();
        let mut names: BTreeSet<String> = choice.chosen.keys().chain(self.config.keys()).cloned().collect();
        // One that waits for its first grants has no file that runs, and is known all the same.
        names.extend(self.installations.load().keys().cloned());
        for (file, _) in &choice.broken {
            let came_from = |plugin: &&Arc<Plugin>| plugin.card().origin == file.origin && plugin.loaded().is_some();
            let running = before.values().find(|plugin| file.kept_for().is_none() && came_from(plugin));
            names.insert(running.map_or_else(|| file.stem.clone(), |plugin| plugin.name.clone()));
        }
        let known = |name: String| {
            let plugin = before.get(&name).cloned();
            let plugin = plugin.unwrap_or_else(|| Arc::new(Plugin::new(&name)));
            plugin.configure(self.config_of(&name));
            (name, plugin)
        };
        names.into_iter().map(known).collect()
    }

    /// Loads the first of some files that can be loaded, and says why others were not.
    async fn install_first(
        self: &Arc<Self>,
        plugin: &Arc<Plugin>,
        chosen: &PluginFile,
        others: &[&PluginFile],
        remark: Option<&str>,
    ) {
        let mut refused: Option<(&PluginFile, String)> = None;
        for file in std::iter::once(chosen).chain(others.iter().copied()) {
            let Ok(package) = &file.package else { continue };
            match (self.install_or_hold(plugin, file, package).await, refused) {
                (Ok(()), None) => return remark.into_iter().for_each(|remark| plugin.remark(remark.to_owned())),
                (Ok(()), Some((_, reason))) => {
                    return plugin.remark(format!("{reason} {} runs in its place.", file.origin));
                }
                (Err(_), Some(first)) => refused = Some(first),
                (Err(reason), None) => refused = Some((file, reason)),
            }
        }
        if let Some((file, reason)) = refused {
            complain(plugin, file, &reason);
        }
    }

    /// Loads a file, or, where it has to wait for somebody, what was approved before it; otherwise says why it cannot be.
    async fn install_or_hold(
        self: &Arc<Self>,
        plugin: &Arc<Plugin>,
        file: &PluginFile,
        package: &Package,
    ) -> Result<(), String> {
        let held_back = self.held_back(plugin, file, package).await;
        let held_back = held_back.map_err(|reason| format!("{} cannot be loaded: {reason}", file.origin))?;
        let Some((kept, held)) = held_back else {
            self.keep_ahead(plugin, file).await;
            self.install_one(plugin, file, package).await?;
            plugin.hold(None);
            self.note_running(plugin, file, package).await;
            return Ok(());
        };
        let installed = match &kept.package {
            Ok(package) => self.install_one(plugin, &kept, package).await,
            Err(reason) => Err(format!("{} cannot be loaded: {reason}", kept.origin)),
        };
        plugin.hold(Some(held));
        installed
    }

    /// Loads a file; otherwise says why it cannot be.
    async fn install_one(
        self: &Arc<Self>,
        plugin: &Arc<Plugin>,
        file: &PluginFile,
        package: &Package,
    ) -> Result<(), String> {
        let running = plugin.loaded();
        let Some(config) = plugin.config().filter(|config| config.enabled) else {
            self.kubeconfigs.keep(&plugin.name, Seen::new());
            plugin.unload(card(file), String::new());
            return Ok(());
        };
        let config = match self.resolved(plugin, config).await {
            Ok(config) => config,
            Err(reason) => return Err(format!("{} cannot be loaded: {reason}", file.origin)),
        };
        let is_same = |loaded: &Arc<Loaded>| {
            loaded.digest == file.digest && loaded.origin == file.origin && loaded.config == config
        };
        if running.as_ref().is_some_and(is_same) {
            plugin.remark(String::new());
            return Ok(());
        }
        let loaded = match self.load(plugin, file, package, &config).await {
            Ok(loaded) => self.settle(loaded).await,
            Err(reason) => Err(reason),
        };
        match loaded {
            Ok(loaded) => {
                let trigger = self.trigger(&loaded, running.is_some());
                tracing::info!(plugin = %plugin.name, version = %loaded.manifest.version, origin = %loaded.origin, "a plugin is loaded");
                plugin.install(Arc::new(loaded), trigger);
                self.check_soon(plugin);
                Ok(())
            }
            Err(reason) => Err(format!("{} cannot be loaded. {reason}", file.origin)),
        }
    }

    /// The operator's word with what its kubeconfigs come to now, which are looked at from now on.
    async fn resolved(&self, plugin: &Plugin, config: Arc<PluginConfig>) -> Result<Arc<PluginConfig>, String> {
        if config.agent.is_some() {
            // They lie where the agent is, which reads them.
            self.kubeconfigs.keep(&plugin.name, Seen::new());
            return Ok(config);
        }
        let read = tokio::task::spawn_blocking(move || kubeconfigs::resolved(&config)).await;
        let (config, seen) = read.map_err(|error| error.to_string())?;
        self.kubeconfigs.keep(&plugin.name, seen);
        config.map(Arc::new)
    }

    /// Takes over what a version brings beside its code, by which its mappings are judged. What changes from now on it hears of.
    async fn settle(&self, loaded: Loaded) -> Result<Loaded, String> {
        self.declare(&loaded.manifest, &loaded.rights).await?;
        loaded.mapped.mappings(&self.catalog)?;
        if loaded.manifest.offers(Extension::Subscriber) && loaded.config.agent.is_none() {
            subscriber::begin(self.catalog.clone(), loaded.manifest.name.clone()).await?;
        }
        Ok(loaded)
    }

    pub(crate) async fn load(
        &self,
        plugin: &Plugin,
        file: &PluginFile,
        package: &Package,
        config: &Arc<PluginConfig>,
    ) -> Result<Loaded, String> {
        self.free(&plugin.name).map_err(|taken| taken.to_string())?;
        let read = tokio::task::spawn_blocking(file.reader()).await;
        let bytes = read.map_err(|error| error.to_string())??;
        let signed_by = self.signer(file, &bytes)?;
        let manifest = package.manifest.clone();
        let component = self.compiler.compile(bytes, file.digest.clone()).await?;
        let misfits = check::check(&self.sandbox.engine, &component, &manifest);
        if !misfits.is_empty() {
            return Err(misfits.join(" "));
        }
        let points = check::link(&self.linker, &component, &manifest)?;
        beginning::begins(&self.sandbox.engine, &self.pool, &component).await?;
        let rights = Rights::new(&manifest, &config.grants).kept_by(self.keeper(&manifest.name));
        let client = match config.agent.clone() {
            None => Client::new(&self.network, &rights, plugin.traffic.clone()).map_err(|error| error.to_string())?,
            Some(agent) => Client::elsewhere(&self.network, &rights, plugin.traffic.clone(), agent)
                .map_err(|error| error.to_string())?,
        };
        let actions = actions::declared(&manifest)?;
        Ok(Loaded {
            unset: if config.agent.is_none() { unset(&rights) } else { Vec::new() },
            rights: Arc::new(rights),
            settings: settings(&manifest, config).map_err(|faults| faults.to_string())?,
            config: config.clone(),
            signed_by,
            client,
            points,
            gates: intake::gates(&manifest),
            actions,
            mapped: Mapped::new(&manifest.mappings, config.mappings.as_deref().unwrap_or_default()),
            digest: file.digest.clone(),
            origin: file.origin.clone(),
            package: file.place(),
            number: self.loads.fetch_add(1, Ordering::Relaxed),
            attendance: plugin.dismissal.attendance(),
            manifest,
        })
    }

    /// Who keeps what a plugin is granted.
    fn keeper(&self, name: &str) -> Keeper {
        let is_installed = !self.config.contains_key(name) && self.installations.load().contains_key(name);
        if is_installed { Keeper::Portal } else { Keeper::File }
    }

    /// The operator's word on a plugin: what `portico.yaml` says, or what was said through the portal.
    pub(crate) fn config_of(&self, name: &str) -> Option<PluginConfig> {
        if let Some(config) = self.config.get(name) {
            return Some(config.clone());
        }
        let installations = self.installations.load();
        let installation = installations.get(name).filter(|installation| installation.running().is_some())?;
        match installation.config() {
            Ok(config) => Some(config),
            Err(error) => {
                tracing::error!(plugin = name, error, "the configuration of an installed plugin cannot be read");
                None
            }
        }
    }

    /// Who signed a plugin's file. What came with the portal is the portal's own; the folder is the operator's own hand, unless keys are
    /// named that have to vouch for everything.
    pub(crate) fn signer(&self, file: &PluginFile, bytes: &[u8]) -> Result<Option<String>, String> {
        match file.way {
            Way::BuiltIn | Way::Installed { of_portal: true } => Ok(None),
            Way::Folder if self.trust.keys.is_empty() => Ok(None),
            Way::Folder | Way::Fetched | Way::Installed { .. } => {
                self.vouched(bytes, &file.signatures).map_err(|error| format!("{error}."))
            }
        }
    }

    /// Makes the plugins what the folder holds and what is installed.
    pub(crate) async fn reinstall(self: &Arc<Self>) {
        let files = self.files.lock().await;
        let (fetched, installed) = self.kept_files().await;
        let Some(folder) = files.as_ref() else { return };
        let folder = folder.files().chain(&installed);
        let installations = self.installations.load();
        // What is installed out of it, or beside it, is what there is of it.
        let is_free = |file: &&PluginFile| {
            file.package.as_ref().is_ok_and(|package| {
                let name = &package.manifest.name;
                self.config.contains_key(name) || !installations.contains_key(name)
            })
        };
        let built_in = self.built_in.iter().filter(is_free);
        self.install(&choose(&fetched, folder, built_in, &self.fetches.sources)).await;
    }

    /// The files that were fetched, and those of the installed versions that run.
    async fn kept_files(self: &Arc<Self>) -> (Vec<PluginFile>, Vec<PluginFile>) {
        let host = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let installations = host.installations.load();
            // What came with the portal and is named in portico.yaml is what this portal brings.
            let is_in_code = |name: &String, version: &InstalledVersion| {
                host.fetches.sources.contains_key(name) || (version.is_of_portal() && host.config.contains_key(name))
            };
            let running = installations.iter().filter_map(|(name, one)| Some((name, one.running()?)));
            let running = running.filter(|(name, version)| !is_in_code(name, version));
            let file = |(name, version): (&String, &InstalledVersion)| {
                PluginFile::installed(host.packages.path(&version.digest), name, version)
            };
            let installed = running.map(file).collect();
            (host.fetches.files(&host.packages), installed)
        });
        read.await.unwrap_or_default()
    }

    /// Why the first run of a version begins: the version is new, or the portal is.
    fn trigger(&self, loaded: &Loaded, replaces: bool) -> Trigger {
        let last = self.catalog.runs(Some(&loaded.manifest.name), None, 1);
        match last {
            Ok(runs)
                if !replaces && runs.first().is_some_and(|run| run.version == loaded.manifest.version.to_string()) =>
            {
                Trigger::Schedule
            }
            _ => Trigger::Installed,
        }
    }
}

/// Secrets of variables that this process does not have: they never come, so that it is said before anybody needs them. Files may come later.
fn unset(rights: &Rights) -> Vec<String> {
    let is_unset = |source: &SecretSource| matches!(source, SecretSource::Env(name) if std::env::var_os(name).is_none_or(|value| value.is_empty()));
    let sentence = |(name, credential): (&String, &Credential)| {
        let source = credential.secret.found().filter(|source| is_unset(source))?;
        Some(format!(
            "The credential `{name}` is granted from {source}, which is not set; set it, and start the portal again."
        ))
    };
    rights.credentials.iter().filter_map(sentence).collect()
}

/// The settings as the plugin reads them; otherwise what the schema of its manifest says of them.
pub(crate) fn settings(manifest: &Manifest, config: &PluginConfig) -> Result<String, SettingsFaults> {
    // What a kubeconfig names, the plugin learns as if the operator had written it.
    let settings = match &manifest.asks.kubeconfig {
        Some(ask) => with_clusters(&config.settings, &ask.setting, &config.grants),
        None => config.settings.clone(),
    };
    if let Some(schema) = &manifest.settings {
        let schema = Schema::new(schema, "settings", "the plugin's schema of settings").map_err(|reason| {
            let said = format!("The schema of settings in its manifest cannot be used: {reason}.");
            SettingsFaults(vec![(String::new(), said)])
        })?;
        let wrong = schema.check(&settings);
        if !wrong.is_empty() {
            return Err(SettingsFaults(wrong));
        }
    }
    Ok(settings.to_string())
}

/// Whether a file that is no plugin is about this plugin: it is kept for it, it is where the plugin came from, or what it would be called.
fn belongs(plugin: &Plugin, file: &PluginFile, choice: &Choice<'_>) -> bool {
    if let Some(name) = file.kept_for() {
        return plugin.name == name;
    }
    let came_from = plugin.loaded().is_some_and(|loaded| loaded.origin == file.origin);
    came_from || (plugin.name == file.stem && (plugin.loaded().is_none() || choice.chosen.contains_key(&plugin.name)))
}

fn complain(plugin: &Plugin, file: &PluginFile, sentence: &str) {
    let complaint = match plugin.loaded() {
        Some(loaded) => format!("{sentence} Version {} ({}) goes on running.", loaded.manifest.version, loaded.origin),
        None => sentence.to_owned(),
    };
    tracing::warn!(plugin = %plugin.name, "{complaint}");
    plugin.complain(card(file), complaint);
}

fn card(file: &PluginFile) -> Card {
    Card {
        manifest: file.package.as_ref().ok().map(|package| package.manifest.clone()),
        digest: file.digest.clone(),
        origin: file.origin.clone(),
    }
}
