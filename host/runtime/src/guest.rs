//! What a store holds while a plugin's call goes on: everything that the host functions work with.
//!
//! Rule: a store is made for one call and dropped with it, so nothing of one call can reach the next.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use portico_api_types::LogLevel;
use portico_catalog::Catalog;
use portico_manifest::{Denial, Rules};
use portico_model::LocationRef;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::admit;
use crate::agent::Assignment;
use crate::allowance::Allowance;
use crate::capabilities::submission;
use crate::classify::HostFault;
use crate::counters::Counters;
use crate::engine::OwnCalls;
use crate::host::Host;
use crate::live::LiveRun;
use crate::memory::Memory;
use crate::plugin::{Loaded, Plugin};
use crate::readers::Readers;
use crate::repositories::{Access, Repositories};
use crate::stderr::Tail;
use crate::workspace::Workspace;

/// Entries of the table of resources: sessions, snapshots, and what WASI hands out. Each may be an open file, of which a process has a few
/// thousand for everything that it does.
const RESOURCES: usize = 300;

/// Random bytes that a guest may ask for at once.
const RANDOM: u64 = 1 << 20;

/// What a store holds.
pub(crate) struct Guest {
    wasi: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) memory: Memory,
    pub(crate) stderr: Tail,
    pub(crate) call: Call,
    /// Scopes with open sessions, and how many.
    pub(crate) open: BTreeMap<String, u32>,
    /// Bytes that open sessions hold.
    pub(crate) staged: u64,
    /// Room for sessions that are submitted and not stored yet.
    pub(crate) submitted: Arc<Semaphore>,
    /// Trees that are open.
    pub(crate) snapshots: usize,
    /// HTTP requests that were sent, or tried, and how many may be.
    pub(crate) requests: u32,
    pub(crate) may_send: Allowance,
    /// Answers that are open, and what is told when something of one has come in.
    pub(crate) answers: usize,
    pub(crate) arrived: Arc<Notify>,
}

/// Whose call it is, and what it works on.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) live: Arc<LiveRun>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) own_calls: Arc<OwnCalls>,
    pub(crate) catalog: Catalog,
    /// The locations that `portico.yaml` names.
    pub(crate) locations: Arc<[LocationRef]>,
    /// Who reads which of them, as it was when the call first asked; few do, and all plugins are looked at.
    readers: Arc<OnceLock<Readers>>,
    /// What may come from where; none if everything may.
    pub(crate) rules: Option<Arc<Rules>>,
    pub(crate) repositories: Repositories,
    /// For what concerns other plugins.
    pub(crate) host: Arc<Host>,
    /// Whether it may bring data in.
    pub(crate) may_ingest: bool,
    /// Whether nobody waits for it, so that it may have whatever is granted.
    pub(crate) is_patient: bool,
    /// Whether it goes on for as long as its plugin runs, and what it reads as well.
    pub(crate) is_lasting: bool,
    /// When the call must have ended.
    pub(crate) deadline: Instant,
    /// By what documents are judged beside their kinds, if that was settled when the run began; as it is now, if absent.
    pub(crate) judged_by: Option<String>,
    /// The files of the task that an action is done for; none in calls of anything else.
    pub(crate) workspace: Option<Workspace>,
    /// Whether nothing may happen outside of the workspace.
    pub(crate) is_dry: bool,
    /// The portal that an agent works the run for; none where this is the portal.
    pub(crate) assignment: Option<Arc<Assignment>>,
}

impl Guest {
    /// With the folders of a workspace, where there is one; an error if they cannot be opened.
    pub(crate) fn new(call: Call, memory: Memory, may_send: Allowance) -> wasmtime::Result<Guest> {
        let stderr = Tail::default();
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        Ok(Guest {
            wasi: wasi(&stderr, call.workspace.as_ref())?,
            table,
            memory,
            stderr,
            call,
            open: BTreeMap::new(),
            staged: 0,
            submitted: submission::room(),
            snapshots: 0,
            requests: 0,
            may_send,
            answers: 0,
            arrived: Arc::default(),
        })
    }

    /// The plugin's name.
    pub(crate) fn plugin(&self) -> &str {
        &self.call.loaded.manifest.name
    }

    /// Counts a refusal and leaves it in the run's log, where an operator finds the lines to add.
    pub(crate) fn refused(&self, denial: &Denial) -> String {
        self.call.refused(denial)
    }

    /// With whose rights repositories are read.
    pub(crate) fn access(&self) -> Access {
        Access {
            rights: self.call.loaded.rights.clone(),
            client: self.call.loaded.client.clone(),
            deadline: self.call.deadline,
        }
    }
}

impl Call {
    /// A call of an extension point that begins now.
    pub(crate) fn new(host: &Arc<Host>, plugin: &Plugin, loaded: &Arc<Loaded>, live: &Arc<LiveRun>) -> Call {
        Call {
            loaded: loaded.clone(),
            live: live.clone(),
            counters: plugin.counters.clone(),
            own_calls: plugin.own_calls.clone(),
            catalog: host.catalog.clone(),
            locations: host.locations.clone(),
            readers: Arc::default(),
            rules: host.rules.clone(),
            repositories: host.repositories.clone(),
            host: host.clone(),
            may_ingest: true,
            is_patient: true,
            is_lasting: false,
            deadline: Instant::now(),
            judged_by: None,
            workspace: None,
            is_dry: false,
            assignment: None,
        }
    }

    /// Counts a refusal and leaves it in the run's log, where an operator finds the lines to add.
    pub(crate) fn refused(&self, denial: &Denial) -> String {
        self.counters.denial(denial.capability);
        let text = denial.to_string();
        self.live.log(LogLevel::Warn, &text);
        text
    }

    /// Who reads which locations.
    pub(crate) fn readers(&self) -> &Readers {
        self.readers.get_or_init(|| self.host.readers())
    }

    /// Whether nobody waits for it any more, or it has to end.
    pub(crate) fn is_over(&self) -> bool {
        self.live.is_cancelled() || Instant::now() >= self.deadline
    }

    /// Stands for all that documents are judged by beside their kinds.
    pub(crate) fn judged_by(&self) -> String {
        if let Some(settled) = &self.judged_by {
            return settled.clone();
        }
        admit::judged_by(self.rules.as_deref(), &self.host.processors_digest())
    }

    /// Does blocking work in the store. A run is not over before it is done, whatever becomes of the call.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Call) -> T + Send + 'static,
    ) -> wasmtime::Result<T> {
        let guard = self.live.work.clone().read_owned().await;
        let call = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _guard = guard;
            work(&call)
        });
        done.await.map_err(|error| HostFault(format!("work in the store ended early: {error}")).into())
    }
}

/// WASI as guests expect it, with nothing behind it but the workspace of an action: no environment, no arguments, no network.
fn wasi(stderr: &Tail, workspace: Option<&Workspace>) -> wasmtime::Result<WasiCtx> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.stderr(stderr.clone()).max_random_size(RANDOM);
    if let Some(workspace) = workspace {
        // A file is a moment's work; a turn on a thread for blocking work costs as much again.
        wasi.allow_blocking_current_thread(true);
        wasi.preopened_dir(workspace.path(), "/workspace", FsPerms::ReadWrite)?;
        if let Some(template) = workspace.template() {
            wasi.preopened_dir(template, "/template", FsPerms::ReadOnly)?;
        }
    }
    Ok(wasi.build())
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
