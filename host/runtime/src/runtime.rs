//! The runtime as the rest of the portal sees it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use portico_api_types::{
    LogLine, Plugin as Described, PluginData, PluginLine, PluginState, Run, RunEvent, RunResult, RunStarted, Trigger,
    WaitingVersion,
};
use portico_catalog::{Catalog, Collected};
use portico_manifest::{IngestSource, PluginConfig, Rules};
use portico_model::LocationRef;
use portico_supply::{Reference, TrustPolicy};
use tokio::sync::{Notify, broadcast};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::agent::Desk;
use crate::aim::Aim;
use crate::cache::Cache;
use crate::capabilities;
use crate::cards::KeptCards;
use crate::choose::PluginFile;
use crate::compile::Compiler;
use crate::egress::{Network, Tape};
use crate::engine::{PoolUse, Sandbox};
use crate::folder::Folder;
use crate::host::{Host, LocationUnread, RunRefused, close_journal};
use crate::intake::{Deliveries, Ingest, Rooms, forget_left};
use crate::kinds::KeptDocuments;
use crate::kubeconfigs::Watched;
use crate::life::{self, Fetches, Packages};
use crate::memory::{PROCESS, Pool};
use crate::plugin::Plugin;
use crate::repositories::Repositories;
use crate::side_by_side::SideBySide;
use crate::start::StartError;
use crate::subscriber;
use crate::watcher;

/// How often the plugins folder is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Runs of a plugin that are shown with it.
const RUNS: usize = 24;

/// Hosts the plugins. Cheap to clone; every clone is the same runtime.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) host: Arc<Host>,
    tasks: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

/// What a runtime starts with.
pub struct RuntimeOptions {
    /// The portal's data folder; the runtime keeps its caches below it.
    pub data: PathBuf,
    /// Where plugin files are put.
    pub plugins_folder: PathBuf,
    /// Plugins that came with the portal.
    pub built_in: Vec<BuiltIn>,
    /// The entries under `plugins:` in `portico.yaml`.
    pub config: BTreeMap<String, PluginConfig>,
    /// Where the packages of some of them come from, by the plugin's name.
    pub packages: BTreeMap<String, Reference>,
    /// The entries under `ingest:` in `portico.yaml`.
    pub ingest: BTreeMap<String, IngestSource>,
    /// Whose packages are used.
    pub trust: TrustPolicy,
    /// How packages are fetched; as this machine does it, if absent.
    pub supply: Option<portico_supply::Options>,
    /// The entries under `locations:` in `portico.yaml`.
    pub locations: Vec<LocationRef>,
    /// What may come from where; none if everything may.
    pub rules: Option<Rules>,
}

/// A plugin that came with the portal. It has no privilege of any kind.
pub struct BuiltIn {
    /// Such as `git.wasm`.
    pub file_name: String,
    /// The package.
    pub bytes: &'static [u8],
}

impl Runtime {
    /// Loads the plugins, then starts the schedule and the watch over the plugins folder.
    pub async fn start(catalog: Catalog, options: RuntimeOptions) -> Result<Runtime, StartError> {
        Runtime::start_with(catalog, options, Network::system()).await
    }

    /// As [`Runtime::start`], with the HTTP exchanges of plugins written down, or answered from what was.
    pub async fn start_taped(catalog: Catalog, options: RuntimeOptions, tape: Tape) -> Result<Runtime, StartError> {
        Runtime::start_with(catalog, options, Network::system().taped(tape)).await
    }

    /// As [`Runtime::start`], with a network of one's own.
    pub(crate) async fn start_with(
        catalog: Catalog,
        options: RuntimeOptions,
        network: Network,
    ) -> Result<Runtime, StartError> {
        let next_run = close_journal(&catalog)?;
        let sandbox = Sandbox::start()?;
        let linker = capabilities::linker(&sandbox.engine).map_err(|error| StartError::Engine(format!("{error:#}")))?;
        let (cache, key) = (options.data.join("cache").join("code"), options.data.join("cache").join("code.key"));
        let cache = Cache::open(&cache, &key).map_err(unusable(&cache))?;
        let trees = options.data.join("cache").join("repositories");
        let repositories = Repositories::new(trees.clone()).map_err(unusable(&trees))?;
        let mut installations = life::load(&catalog)?;
        life::finish_removals(&catalog, &mut installations);
        forget_left(&catalog, options.ingest.keys())?;
        let folder = options.data.join("packages");
        let packages = Packages::open(&folder).map_err(unusable(&folder))?;
        let folder = options.data.join("cache").join("packages");
        let ordered = Packages::open(&folder).map_err(unusable(&folder))?;
        let fetches = Fetches::open(&catalog, &packages, options.packages)?;
        let approvals = life::approvals(&catalog)?.into();
        let host = Arc::new(Host {
            compiler: Compiler::new(&sandbox.engine, cache),
            linker,
            pool: Pool::new(PROCESS),
            side_by_side: SideBySide::start()?,
            sandbox,
            deliveries: Deliveries::new(catalog.clone()),
            rooms: Rooms::default(),
            catalog,
            repositories,
            network,
            ingest: options
                .ingest
                .into_iter()
                .map(|(name, source)| (name.clone(), Arc::new(Ingest::new(&name, source))))
                .collect(),
            installations: ArcSwap::from_pointee(installations),
            desk: Desk::default(),
            life: tokio::sync::Mutex::default(),
            approvals,
            packages,
            ordered,
            fetches,
            supply: options.supply.unwrap_or_else(portico_supply::Options::system),
            trust: options.trust,
            files: tokio::sync::Mutex::default(),
            built_in: options.built_in.iter().map(built_in).collect(),
            config: options.config,
            locations: options.locations.into(),
            rules: options.rules.map(Arc::new),
            plugins: ArcSwap::default(),
            kubeconfigs: Watched::default(),
            kept_cards: KeptCards::default(),
            kept_documents: KeptDocuments::default(),
            next_run: AtomicU64::new(next_run),
            loads: AtomicU64::default(),
            due: Notify::new(),
            ended: Notify::new(),
            stopping: AtomicBool::new(false),
        });
        let folder = Folder::open(&options.plugins_folder).map_err(unusable(&options.plugins_folder))?;
        *host.files.lock().await = Some(folder);
        host.follow_portal().await;
        host.reinstall().await;
        host.drop_packages().await;
        let tasks = vec![
            tokio::spawn(watch(host.clone())),
            tokio::spawn(schedule(host.clone())),
            tokio::spawn(subscriber::follow(host.clone())),
            tokio::spawn(watcher::follow(host.clone())),
            tokio::spawn(life::follow_fetches(host.clone())),
        ];
        Ok(Runtime { host, tasks: Arc::new(Mutex::new(tasks)) })
    }

    /// All plugins, by name.
    pub fn plugins(&self) -> Vec<Described> {
        let data = self.data();
        self.host.plugins.load().values().map(|plugin| self.describe(plugin, &data)).collect()
    }

    /// The names of the plugins that the operator has switched off.
    pub fn switched_off(&self) -> Vec<String> {
        let plugins = self.host.plugins.load();
        let is_off = |plugin: &&Arc<Plugin>| plugin.config().is_some_and(|config| !config.enabled);
        plugins.values().filter(is_off).map(|plugin| plugin.name.clone()).collect()
    }

    /// Plugins whose agent is not there, with what to do: nothing of theirs is read for now.
    pub fn away(&self) -> BTreeMap<String, String> {
        let plugins = self.host.plugins.load();
        let troubled = plugins.values().filter(|plugin| plugin.config().is_some_and(|config| config.enabled));
        troubled.filter_map(|plugin| Some((plugin.name.clone(), self.host.agent_trouble(plugin)?))).collect()
    }

    /// A version of a plugin that waits, with what it asks for.
    pub async fn waiting(&self, name: &str) -> Option<WaitingVersion> {
        self.host.waiting(name).await
    }

    /// One plugin.
    pub fn plugin(&self, name: &str) -> Option<Described> {
        let data = self.data();
        self.host.plugin(name).map(|plugin| self.describe(&plugin, &data))
    }

    /// What stands in the catalog by whose word.
    fn data(&self) -> BTreeMap<String, PluginData> {
        self.host.catalog.data_of_plugins().unwrap_or_else(|error| {
            tracing::error!(%error, "what plugins brought in cannot be counted");
            BTreeMap::new()
        })
    }

    fn describe(&self, plugin: &Plugin, data: &BTreeMap<String, PluginData>) -> Described {
        let runs = self.host.catalog.runs(Some(&plugin.name), None, RUNS).unwrap_or_else(|error| {
            tracing::error!(%error, plugin = %plugin.name, "the runs of a plugin cannot be read");
            Vec::new()
        });
        // What goes on is newer than what the journal says of it.
        let live = plugin.live().map(|live| live.snapshot());
        let runs = live
            .iter()
            .cloned()
            .chain(runs.into_iter().filter(|run| live.as_ref().is_none_or(|live| live.id != run.id)));
        let data = data.get(&plugin.name).copied().unwrap_or_default();
        let described = plugin.describe(runs.take(RUNS).collect());
        self.host.managed(self.with_agent(plugin, Described { data, ..described }))
    }

    /// A plugin with the agent that runs it, and what is wrong with that.
    fn with_agent(&self, plugin: &Plugin, described: Described) -> Described {
        let Some(agent) = plugin.config().and_then(|config| config.agent.clone()) else { return described };
        let trouble = self.host.desk.trouble(&agent).filter(|_| plugin.loaded().is_some());
        let state = match (described.state, &trouble) {
            (PluginState::Running, Some(_)) => PluginState::Failing,
            (state, _) => state,
        };
        let said = trouble.into_iter().chain(Some(described.message).filter(|message| !message.is_empty()));
        let message = said.collect::<Vec<_>>().join("\n");
        Described { agent: Some(self.host.desk.describe(&agent)), state, message, ..described }
    }

    /// Begins a run; if one goes on, that one is meant.
    pub fn run(&self, name: &str, trigger: Trigger) -> Result<RunStarted, RunRefused> {
        self.host.run(name, trigger, Aim::Everything)
    }

    /// Calls a plugin once, outside of the schedule and the journal, and says how that ended; for trials and figures. What
    /// it commits is committed.
    pub async fn try_once(&self, name: &str) -> Result<RunResult, RunRefused> {
        self.host.try_once(name).await
    }

    /// The locations that `portico.yaml` names.
    pub fn configured_locations(&self) -> &[LocationRef] {
        &self.host.locations
    }

    /// Has a location read soon, by whoever reads it.
    pub fn read_location(&self, address: &LocationRef) {
        self.host.read_location(address);
    }

    /// Has a scope of a plugin read soon. Nothing happens if there is no such plugin.
    pub fn read_scope(&self, plugin: &str, scope: &str) {
        self.host.read_scope(plugin, scope);
    }

    /// Reads a location as if it were registered, and answers what would come of it; nothing is kept.
    pub async fn try_location(&self, address: &LocationRef) -> Result<Collected, LocationUnread> {
        self.host.try_location(address).await
    }

    /// Asks a run to stop. False if it does not go on.
    pub fn cancel(&self, run: u64) -> bool {
        let live = self.host.live().into_iter().find(|live| live.id() == run);
        live.inspect(|live| live.cancel()).is_some()
    }

    /// A run that goes on: as it is now, its log, and all that happens from now on. The stream ends with the run.
    pub fn live_run(&self, id: u64) -> Option<(Run, Vec<LogLine>, broadcast::Receiver<RunEvent>)> {
        self.host.live().into_iter().find(|live| live.id() == id).map(|live| live.watch())
    }

    /// The runs that go on, newest first.
    pub fn live_runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = self.host.live().iter().map(|live| live.snapshot()).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.id));
        runs
    }

    /// What a plugin said lately, and all that it says from now on.
    pub fn plugin_log(&self, name: &str) -> Option<(Vec<PluginLine>, broadcast::Receiver<PluginLine>)> {
        self.host.plugin(name).map(|plugin| plugin.log.watch())
    }

    /// Numbers for a monitoring system, beside those of [`Runtime::plugins`].
    pub fn metrics(&self) -> Metrics {
        let host = &self.host;
        Metrics { memory: host.pool.held(), runs: host.live().len() as u64, pool: host.sandbox.pool_use() }
    }

    /// Stops the schedule, asks what runs to stop, and waits until it has.
    pub async fn shutdown(&self) {
        self.host.stopping.store(true, Ordering::Release);
        for task in self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
        loop {
            let ended = self.host.ended.notified();
            let mut ended = std::pin::pin!(ended);
            ended.as_mut().enable();
            let live = self.host.live();
            if live.is_empty() {
                return;
            }
            live.iter().for_each(|live| live.cancel());
            ended.await;
        }
    }
}

/// What the sandbox holds.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Bytes that calls hold now.
    pub memory: u64,
    /// Runs that go on.
    pub runs: u64,
    /// What of the pool of sandboxes is in use; none on a machine that has no room for one.
    pub pool: Option<PoolUse>,
}

fn built_in(plugin: &BuiltIn) -> PluginFile {
    PluginFile::built_in(&plugin.file_name, plugin.bytes)
}

fn unusable(folder: &Path) -> impl FnOnce(std::io::Error) -> StartError {
    let folder = folder.to_owned();
    |reason| StartError::Folder { folder, reason }
}

/// Looks at the plugins folder, and at files that grants lead to, for as long as the portal runs.
async fn watch(host: Arc<Host>) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        let mut place = host.files.lock().await;
        let Some(mut folder) = place.take() else { return };
        let granted = host.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let changed = folder.look() | granted.kubeconfigs.look();
            (folder, changed)
        });
        let changed = match looked.await {
            Ok((folder, changed)) => {
                *place = Some(folder);
                changed
            }
            Err(error) => {
                tracing::error!(%error, "the plugins folder is no longer watched; restart the portal");
                return;
            }
        };
        drop(place);
        if changed {
            host.reinstall().await;
        }
    }
}

/// Begins runs when they are due, for as long as the portal runs.
async fn schedule(host: Arc<Host>) {
    loop {
        let mut next: Option<Instant> = None;
        // What an agent runs begins once it is there, of which this is told.
        for plugin in host.plugins.load().values().filter(|plugin| host.agent_trouble(plugin).is_none()) {
            match plugin.due() {
                Some((at, trigger, aim)) if at <= Instant::now() => {
                    if let Err(error) = host.run(&plugin.name, trigger, aim) {
                        tracing::warn!(plugin = %plugin.name, %error, "a run that was due was not begun");
                    }
                }
                Some((at, ..)) => next = Some(next.map_or(at, |next| next.min(at))),
                None => {}
            }
        }
        let until = next;
        let sleep = async {
            match until {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = host.due.notified() => {}
            () = sleep => {}
        }
    }
}
