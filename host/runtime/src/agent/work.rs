//! How an agent works a run: the package is fetched, the plugin is loaded as a portal would load it, and called once.
//!
//! Rule: nothing of a run stays but the package and its compiled code. The catalog of a run is in memory, holds the portal's kinds, and has
//! nothing stored in it.

use std::path::Path;
use std::sync::Arc;

use portico_api_types::{AgentOrder, AgentOutcome, KindOrigin, LogLevel, Trigger};
use portico_catalog::Catalog;
use portico_manifest::{Limits, PluginConfig};
use tokio::sync::watch;

use super::assignment::Assignment;
use super::portal::AgentPortal;
use crate::aim::Aim;
use crate::call::{self, Outcome};
use crate::choose::PluginFile;
use crate::fault::{Fault, Subject};
use crate::guest::Call;
use crate::host::Host;
use crate::kubeconfigs;
use crate::live::LiveRun;
use crate::plugin::{Loaded, Plugin};
use crate::runtime::Runtime;
use crate::sync::Sync;

/// How a run went, for the agent's own log.
pub struct Worked {
    /// A stable word, as in [`portico_api_types::RunResult`]; `returned` where the run was given back, `lost` where its lease was.
    pub code: String,
    /// What happened; empty where all went well.
    pub message: String,
}

impl Runtime {
    /// Works a run for a portal, to its end or until `stop` turns true; then it is given back.
    pub async fn work(&self, portal: Arc<AgentPortal>, order: AgentOrder, stop: watch::Receiver<bool>) -> Worked {
        let assignment = Arc::new(Assignment::new(portal, &order));
        let aim = order.scopes.clone().map_or(Aim::Everything, |scopes| Aim::Scopes(scopes.into_iter().collect()));
        // How many lines a run keeps is for the portal to say.
        let live = LiveRun::begin(order.run, &order.plugin, "", Trigger::Schedule, aim).keeping(Limits::MOST.log);
        let live = Arc::new(live);
        let (told, lost) = {
            let mut work = std::pin::pin!(self.host.perform(&order, &assignment, &live));
            let mut stopped = std::pin::pin!(stopped(stop.clone()));
            let mut kept = std::pin::pin!(assignment.keep(&live));
            let mut lost = None;
            loop {
                tokio::select! {
                    told = &mut work => break (told, lost),
                    () = &mut stopped, if !live.is_cancelled() => live.cancel(),
                    why = &mut kept, if lost.is_none() => {
                        live.cancel();
                        lost = Some(why);
                    }
                }
            }
        };
        if let Some(message) = lost {
            return Worked { code: "lost".to_owned(), message };
        }
        let is_returned = *stop.borrow() && told.code == "cancelled";
        let outcome = if is_returned { AgentOutcome::Returned } else { told.outcome() };
        match assignment.end(&live, outcome).await {
            Err(error) => Worked { code: "lost".to_owned(), message: error.to_string() },
            Ok(()) if is_returned => Worked { code: "returned".to_owned(), message: String::new() },
            Ok(()) => Worked { code: told.code, message: told.message },
        }
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // Whoever could ask is gone, and nobody will.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What is told of a run's end.
struct End {
    code: String,
    message: String,
    is_passing: bool,
    retry_after: Option<u32>,
    peak_memory: u64,
    cpu: u64,
}

impl End {
    /// The plugin could not be called.
    fn failed(message: String) -> End {
        End { code: "failed".to_owned(), message, is_passing: true, retry_after: None, peak_memory: 0, cpu: 0 }
    }

    fn of(outcome: Outcome<()>, loaded: &Loaded) -> End {
        let Outcome { ended, peak_memory, cpu } = outcome;
        let cpu = u64::try_from(cpu.as_millis()).unwrap_or(u64::MAX);
        let subject = Subject { rights: &loaded.rights, version: &loaded.manifest.version };
        let (code, message, is_passing, retry_after) = match &ended {
            Ok(()) => ("ok", String::new(), true, None),
            Err(fault @ Fault::Host(what)) => {
                (fault.code(), format!("The agent failed, not the plugin: {what}."), true, None)
            }
            Err(fault) => (fault.code(), fault.result(subject).message, fault.is_passing(), fault.retry_after()),
        };
        End { code: code.to_owned(), message, is_passing, retry_after, peak_memory, cpu }
    }

    fn outcome(&self) -> AgentOutcome {
        AgentOutcome::Ended {
            code: self.code.clone(),
            message: self.message.clone(),
            passing: self.is_passing,
            retry_after: self.retry_after,
            peak_memory: self.peak_memory,
            cpu: self.cpu,
        }
    }
}

impl Host {
    async fn perform(self: &Arc<Self>, order: &AgentOrder, assignment: &Arc<Assignment>, live: &Arc<LiveRun>) -> End {
        let plugin = Plugin::new(&order.plugin);
        let prepared = async {
            let loaded = self.load_ordered(&plugin, order, assignment).await?;
            Ok::<_, String>((loaded, self.catalog_for(order).await?))
        };
        let (loaded, catalog) = match prepared.await {
            Ok(prepared) => prepared,
            Err(reason) => {
                live.note(LogLevel::Error, &reason);
                return End::failed(reason);
            }
        };
        let mut call = Call::new(self, &plugin, &loaded, live);
        call.catalog = catalog;
        call.assignment = Some(assignment.clone());
        let host = self.clone();
        // In a task of its own, so that a panic inside of a call ends that call and nothing else.
        let called = tokio::spawn(async move { call::perform(&host.sandbox, &host.pool, call, Sync).await }).await;
        let outcome = called
            .unwrap_or_else(|error| Outcome::failed(format!("a call of `{}` ended early: {error}", order.plugin)));
        live.settle().await;
        End::of(outcome, &loaded)
    }

    /// Loads the plugin of an order with what it is set to and granted.
    async fn load_ordered(
        &self,
        plugin: &Plugin,
        order: &AgentOrder,
        assignment: &Assignment,
    ) -> Result<Arc<Loaded>, String> {
        let file = self.package(order, assignment).await?;
        let package = file.package.as_ref().map_err(|reason| format!("the package cannot be loaded: {reason}"))?;
        if package.manifest.name != order.plugin {
            return Err(format!("the package holds the plugin `{}`, not `{}`", package.manifest.name, order.plugin));
        }
        let config = config(order)?;
        // They lie here, and not where the order comes from.
        let read = tokio::task::spawn_blocking(move || kubeconfigs::resolved(&config).0).await;
        let config = read.map_err(|error| error.to_string())??;
        let loaded = self.load(plugin, &file, package, &Arc::new(config)).await;
        loaded.map(Arc::new).map_err(|reason| format!("the plugin cannot be loaded by the agent: {reason}"))
    }

    /// The package, from here or from the portal; it is the one that its digest names.
    async fn package(&self, order: &AgentOrder, assignment: &Assignment) -> Result<PluginFile, String> {
        let digest = &order.digest;
        if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("the portal names a package by something else than its SHA-256".to_owned());
        }
        let open = || {
            let (path, digest) = (self.ordered.path(digest), digest.clone());
            tokio::task::spawn_blocking(move || {
                let size = std::fs::metadata(&path).map_or(0, |data| data.len());
                Some(PluginFile::open(path, "the portal", size)).filter(|file| file.digest == digest)
            })
        };
        if let Ok(Some(file)) = open().await {
            return Ok(file);
        }
        let bytes = assignment.package(digest).await.map_err(|error| error.to_string())?;
        let (packages, known) = (self.ordered.clone(), digest.clone());
        let kept = tokio::task::spawn_blocking(move || packages.put(&known, &bytes)).await;
        let kept = kept.map_err(|error| error.to_string())?;
        kept.map_err(|error| format!("the package cannot be kept: {error}; make the folder of --cache writable"))?;
        let file = open().await.map_err(|error| error.to_string())?;
        file.ok_or_else(|| format!("what the portal sent is not the package with the SHA-256 {digest}"))
    }

    /// A catalog with the portal's kinds.
    async fn catalog_for(&self, order: &AgentOrder) -> Result<Catalog, String> {
        let (base, kinds) = (self.catalog.clone(), order.kinds.clone());
        let made = tokio::task::spawn_blocking(move || {
            let catalog = base.beside().map_err(|error| error.to_string())?;
            let declared = catalog.replace_kinds(&KindOrigin::File, kinds);
            declared.map_err(|error| format!("the portal's kinds cannot be used by the agent: {error}"))?;
            Ok(catalog)
        });
        made.await.map_err(|error| error.to_string())?
    }
}

/// What the plugin is set to and granted. Folders count from where the agent was started.
fn config(order: &AgentOrder) -> Result<PluginConfig, String> {
    let text = if order.config.is_null() { "{}".to_owned() } else { order.config.to_string() };
    let parsed = portico_manifest::parse::<PluginConfig>(&text, "what portico.yaml says of the plugin");
    let mut config = parsed.map_err(|error| error.to_string())?;
    let here = std::env::current_dir().unwrap_or_else(|_| Path::new("/").to_owned());
    config.grants.files.iter_mut().for_each(|folder| *folder = folder.from_folder(&here));
    Ok(config)
}
