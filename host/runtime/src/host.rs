//! What the runtime's parts share, and the life of a run.
//!
//! Rule: a run is in the journal from its first moment to its end; whatever happens in between, it ends there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use portico_api_types::{LogLevel, LogLine, Run, RunResult, RunStarted, RunState, Timestamp, Trigger};
use portico_catalog::{Catalog, Collected, StoreError};
use portico_manifest::{Extension, PluginConfig, Rules};
use portico_model::LocationRef;
use portico_supply::TrustPolicy;
use tokio::sync::Notify;
use wasmtime::component::Linker;

use crate::agent::Desk;
use crate::aim::{Aim, Trial};
use crate::call::{self, Outcome};
use crate::cards::KeptCards;
use crate::choose::PluginFile;
use crate::compile::Compiler;
use crate::egress::Network;
use crate::engine::Sandbox;
use crate::fault::{Fault, Subject};
use crate::folder::Folder;
use crate::guest::{Call, Guest};
use crate::intake::{Deliveries, Ingest, Rooms};
use crate::kinds::KeptDocuments;
use crate::kubeconfigs::Watched;
use crate::life::{Approvals, Fetches, Installation, Packages};
use crate::live::LiveRun;
use crate::memory::Pool;
use crate::plugin::{Loaded, Plugin};
use crate::readers::Readers;
use crate::repositories::Repositories;
use crate::side_by_side::SideBySide;
use crate::sync::Sync;

/// Runs looked at when the portal starts, for those that a crash left open: more than can go on at once.
const OPEN_RUNS: usize = 1_000;

/// What the runtime's parts share.
pub(crate) struct Host {
    pub(crate) sandbox: Sandbox,
    pub(crate) linker: Linker<Guest>,
    pub(crate) compiler: Compiler,
    pub(crate) pool: Pool,
    pub(crate) side_by_side: SideBySide,
    pub(crate) catalog: Catalog,
    pub(crate) repositories: Repositories,
    pub(crate) network: Network,
    /// The entries under `plugins:` in `portico.yaml`.
    pub(crate) config: BTreeMap<String, PluginConfig>,
    /// What takes JSON with no plugin, by name.
    pub(crate) ingest: BTreeMap<String, Arc<Ingest>>,
    pub(crate) deliveries: Deliveries,
    pub(crate) rooms: Rooms,
    /// What was installed through the portal.
    pub(crate) installations: ArcSwap<BTreeMap<String, Installation>>,
    /// What was approved of plugins that code describes. Held while packages come and go.
    pub(crate) approvals: tokio::sync::Mutex<Approvals>,
    /// What is fetched, as `portico.yaml` says.
    pub(crate) fetches: Fetches,
    /// What agents work, or could.
    pub(crate) desk: Desk,
    /// Held while an installation changes.
    pub(crate) life: tokio::sync::Mutex<()>,
    pub(crate) packages: Packages,
    /// Packages of what is worked for another portal.
    pub(crate) ordered: Packages,
    pub(crate) supply: portico_supply::Options,
    pub(crate) trust: TrustPolicy,
    /// The plugins folder as it was last seen; none until the portal has started.
    pub(crate) files: tokio::sync::Mutex<Option<Folder>>,
    /// What came with the portal.
    pub(crate) built_in: Vec<PluginFile>,
    /// The locations that `portico.yaml` names.
    pub(crate) locations: Arc<[LocationRef]>,
    /// What may come from where; none if everything may.
    pub(crate) rules: Option<Arc<Rules>>,
    /// Read by everybody, replaced as a whole when plugins come and go.
    pub(crate) plugins: ArcSwap<BTreeMap<String, Arc<Plugin>>>,
    /// Files that grants lead to.
    pub(crate) kubeconfigs: Watched,
    pub(crate) kept_cards: KeptCards,
    pub(crate) kept_documents: KeptDocuments,
    pub(crate) next_run: AtomicU64,
    /// Versions that were loaded so far.
    pub(crate) loads: AtomicU64,
    /// Told when the schedule may have changed.
    pub(crate) due: Notify,
    /// Told when a run has ended.
    pub(crate) ended: Notify,
    pub(crate) stopping: AtomicBool,
}

/// Why a run was not begun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunRefused {
    /// There is no such plugin.
    #[error("there is no plugin `{name}`")]
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// The plugin is not loaded.
    #[error("the plugin `{name}` does not run: {reason}")]
    NotLoaded {
        /// The plugin.
        name: String,
        /// Why, and what to do.
        reason: String,
    },
    /// An agent runs the plugin, and it is not there.
    #[error("the plugin `{name}` cannot run now. {reason}")]
    AgentAway {
        /// The plugin.
        name: String,
        /// Since when, and what to do.
        reason: String,
    },
    /// An agent runs the plugin, and what was asked happens in the portal alone.
    #[error(
        "the plugin `{name}` is run by the agent `{agent}` and not by the portal, which can have it run but not try it"
    )]
    Elsewhere {
        /// The plugin.
        name: String,
        /// The agent.
        agent: String,
    },
    /// The portal stops.
    #[error("the portal stops; ask again when it is back")]
    Stopping,
}

/// Why nothing can be said of a location.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationUnread {
    /// Nobody reads locations.
    #[error(
        "no plugin that reads locations is loaded; name one under `plugins:` in portico.yaml, such as `git: {{}}`, and start the \
         portal again"
    )]
    NoReader,
    /// Somebody reads locations, but nobody this one.
    #[error("no plugin that is loaded reads {address}; {}, and start the portal again", remedy(address))]
    NotRead {
        /// The location.
        address: LocationRef,
    },
    /// Whoever reads locations could not read this one.
    #[error("{address} could not be read: {reason}")]
    Unreadable {
        /// The location.
        address: String,
        /// Why, in the plugin's words.
        reason: String,
    },
}

/// What has a location read that nobody reads.
fn remedy(address: &LocationRef) -> &'static str {
    match address.kind.as_str() {
        "file" => {
            "name `locations: {}` under `plugins:` in portico.yaml, with the folder of the file under `grants.files`"
        }
        _ => {
            "name `git: {}` under `plugins:` in portico.yaml for files in Git repositories, or grant the host to the plugin \
             `locations`, under `grants.http`, for a plain file of the web"
        }
    }
}

impl Host {
    pub(crate) fn plugin(&self, name: &str) -> Option<Arc<Plugin>> {
        self.plugins.load().get(name).cloned()
    }

    /// Begins a run, or says the one that goes on.
    pub(crate) fn run(self: &Arc<Self>, name: &str, trigger: Trigger, aim: Aim) -> Result<RunStarted, RunRefused> {
        if self.stopping.load(Ordering::Acquire) {
            return Err(RunRefused::Stopping);
        }
        let plugin = self.plugin(name).ok_or_else(|| RunRefused::Unknown { name: name.to_owned() })?;
        if let Some(reason) = self.agent_trouble(&plugin) {
            return Err(RunRefused::AgentAway { name: name.to_owned(), reason });
        }
        let make = |loaded: &Loaded| {
            let id = self.next_run.fetch_add(1, Ordering::Relaxed);
            let live = LiveRun::begin(id, name, &loaded.manifest.version.to_string(), trigger, aim.clone());
            let live = live.keeping(loaded.rights.limits.log);
            if let Some(scopes) = aim.scopes() {
                live.note(LogLevel::Info, &format!("This run is about {} alone.", scopes.join(", ")));
            }
            live
        };
        match plugin.begin(&aim, make) {
            Ok((loaded, live)) => {
                let id = live.id();
                tokio::spawn(self.clone().go(plugin, loaded, live));
                Ok(RunStarted { id })
            }
            Err(Some(id)) => Ok(RunStarted { id }),
            Err(None) => Err(RunRefused::NotLoaded { name: name.to_owned(), reason: plugin.reason() }),
        }
    }

    /// Calls a plugin outside of the schedule and the journal.
    pub(crate) async fn try_once(self: &Arc<Self>, name: &str) -> Result<RunResult, RunRefused> {
        let plugin = self.plugin(name).ok_or_else(|| RunRefused::Unknown { name: name.to_owned() })?;
        let not_loaded = || RunRefused::NotLoaded { name: name.to_owned(), reason: plugin.reason() };
        let loaded = plugin.loaded().ok_or_else(not_loaded)?;
        if let Some(agent) = loaded.config.agent.clone() {
            return Err(RunRefused::Elsewhere { name: name.to_owned(), agent });
        }
        let live = Arc::new(LiveRun::begin(0, name, "", Trigger::Request, Aim::Everything));
        let call = self.call(&plugin, &loaded, Extension::Ingestion, &live);
        let outcome = call::perform(&self.sandbox, &self.pool, call, Sync).await;
        live.settle().await;
        Ok(result(outcome.ended.as_ref().err(), &loaded))
    }

    /// Has a location read soon.
    pub(crate) fn read_location(&self, address: &LocationRef) {
        for name in self.readers().of(address) {
            if let Some(plugin) = self.plugin(name) {
                plugin.want(&address.to_string());
            }
        }
        self.due.notify_one();
    }

    /// Has a scope of a plugin read soon. False where too many wait for that.
    pub(crate) fn read_scope(&self, plugin: &str, scope: &str) -> bool {
        let has_room = self.plugin(plugin).is_none_or(|plugin| plugin.want(scope));
        self.due.notify_one();
        has_room
    }

    /// Who reads which locations.
    pub(crate) fn readers(&self) -> Readers {
        Readers::new(self.plugins.load().values().filter_map(|plugin| plugin.loaded()))
    }

    /// Says which locations of the configuration nobody reads.
    pub(crate) fn note_unread(&self) {
        let readers = self.readers();
        for address in self.locations.iter().filter(|address| readers.of(address).is_empty()) {
            tracing::warn!("{}", LocationUnread::NotRead { address: address.clone() });
        }
    }

    /// Reads a location as if it were registered, and keeps nothing of it.
    pub(crate) async fn try_location(self: &Arc<Self>, address: &LocationRef) -> Result<Collected, LocationUnread> {
        let mut reasons = Vec::new();
        let readers = self.readers();
        if readers.are_empty() {
            return Err(LocationUnread::NoReader);
        }
        for name in readers.of(address) {
            let Some(plugin) = self.plugin(name) else { continue };
            let Some(loaded) = plugin.loaded() else { continue };
            if let Some(agent) = loaded.config.agent.clone() {
                reasons.push(RunRefused::Elsewhere { name: name.to_owned(), agent }.to_string());
                continue;
            }
            let trial = Arc::new(Trial::new(address.clone()));
            let aim = Aim::Trial(trial.clone());
            let live = Arc::new(LiveRun::begin(0, &plugin.name, "", Trigger::Request, aim));
            let call = self.call(&plugin, &loaded, Extension::Ingestion, &live);
            let outcome = call::perform(&self.sandbox, &self.pool, call, Sync).await;
            live.settle().await;
            let seen = trial.seen();
            if let Some(collected) = seen.collected {
                return Ok(collected);
            }
            let reason = seen.failure.unwrap_or_else(|| result(outcome.ended.as_ref().err(), &loaded).message);
            reasons.push(format!("the plugin `{}` says: {reason}", plugin.name));
        }
        match reasons.is_empty() {
            true => Err(LocationUnread::NotRead { address: address.clone() }),
            false => Err(LocationUnread::Unreadable { address: address.to_string(), reason: reasons.join("; ") }),
        }
    }

    /// A call of an extension point that begins now; it is counted.
    pub(crate) fn call(
        self: &Arc<Self>,
        plugin: &Plugin,
        loaded: &Arc<Loaded>,
        point: Extension,
        live: &Arc<LiveRun>,
    ) -> Call {
        plugin.counters.call(point);
        // What an action says is said to its task, which alone knows what of it is secret.
        if point != Extension::Actions {
            live.speak_in(plugin.log.speaker(point, live.id()));
        }
        Call::new(self, plugin, loaded, live)
    }

    async fn go(self: Arc<Self>, plugin: Arc<Plugin>, loaded: Arc<Loaded>, live: Arc<LiveRun>) {
        self.record(live.snapshot(), Vec::new()).await;
        if let Some(agent) = &loaded.config.agent {
            let outcome = self.go_elsewhere(&plugin, &loaded, &live, agent).await;
            return self.end(&plugin, &loaded, &live, outcome).await;
        }
        let call = self.call(&plugin, &loaded, Extension::Ingestion, &live);
        let host = self.clone();
        // In a task of its own, so that a panic of the portal's inside of a call ends that call and nothing else.
        let called = tokio::spawn(async move { call::perform(&host.sandbox, &host.pool, call, Sync).await }).await;
        let mut outcome =
            called.unwrap_or_else(|error| Outcome::failed(format!("a call of `{}` ended early: {error}", plugin.name)));
        live.settle().await;
        if self.stopping.load(Ordering::Acquire) && matches!(outcome.ended, Err(Fault::Cancelled { .. })) {
            outcome.ended = Err(Fault::Interrupted);
        }
        self.end(&plugin, &loaded, &live, outcome).await;
    }

    async fn end(&self, plugin: &Plugin, loaded: &Loaded, live: &LiveRun, outcome: Outcome<()>) {
        let fault = outcome.ended.err();
        let result = result(fault.as_ref(), loaded);
        let state = match &fault {
            None => RunState::Succeeded,
            Some(Fault::Cancelled { .. }) => RunState::Cancelled,
            Some(_) => RunState::Failed,
        };
        plugin.counters.used(Extension::Ingestion, outcome.peak_memory, outcome.cpu);
        if state == RunState::Failed {
            plugin.counters.failure(Extension::Ingestion, fault.as_ref().and_then(Fault::capability));
            tracing::warn!(plugin = %plugin.name, run = live.id(), code = %result.code, message = %result.message, "a run failed");
        }
        let (run, log) = live.end(state, result, outcome.peak_memory);
        self.record(run.clone(), log).await;
        // Only now: until it is in the journal, the run is found among those that go on.
        plugin.ended(&run, &live.aim, fault.as_ref());
        live.show_end(run);
        self.due.notify_one();
        self.ended.notify_waiters();
    }

    /// Writes a run into the journal. What goes on does not fail for want of it.
    async fn record(&self, run: Run, log: Vec<LogLine>) {
        let catalog = self.catalog.clone();
        let (id, plugin) = (run.id, run.plugin.clone());
        let saved = tokio::task::spawn_blocking(move || catalog.save_run(&run, &log)).await;
        let problem = match saved {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!(run = id, plugin, problem, "a run could not be written into the journal");
    }

    /// The runs that go on.
    pub(crate) fn live(&self) -> Vec<Arc<LiveRun>> {
        self.plugins.load().values().filter_map(|plugin| plugin.live()).collect()
    }
}

/// What a run keeps of its end.
fn result(fault: Option<&Fault>, loaded: &Loaded) -> RunResult {
    let subject = Subject { rights: &loaded.rights, version: &loaded.manifest.version };
    match fault {
        None => RunResult { code: "ok".to_owned(), message: String::new() },
        Some(fault) => fault.result(subject),
    }
}

/// Ends the runs that a portal left open when it died, and says the number of the next run.
pub(crate) fn close_journal(catalog: &Catalog) -> Result<u64, StoreError> {
    let runs = catalog.runs(None, None, OPEN_RUNS)?;
    let next = runs.first().map_or(1, |newest| newest.id + 1);
    for mut run in runs.into_iter().filter(|run| run.state == RunState::Running) {
        let mut log = catalog.run_log(run.id)?.unwrap_or_default();
        let message = Fault::interrupted();
        log.push(LogLine {
            number: run.log_lines,
            at: Timestamp::now(),
            level: LogLevel::Error,
            message: message.clone(),
        });
        run.log_lines += 1;
        run.state = RunState::Failed;
        run.ended_at = Some(Timestamp::now());
        run.result = Some(RunResult { code: Fault::Interrupted.code().to_owned(), message });
        catalog.save_run(&run, &log)?;
    }
    Ok(next)
}
