//! Calls of plugins outside of the schedule and the journal: somebody asks for something, and gets it or a reason.
//!
//! Rule: whatever is asked of a plugin is counted. An extension point that has failed is left alone for a while, longer each time: whoever
//! asks then hears so at once.

use std::sync::Arc;

use portico_api_types::{LogLevel, RunResult, Trigger};
use portico_manifest::Extension;
use tokio::time::Instant;

use crate::aim::Aim;
use crate::call::{self, Outcome, Work};
use crate::fault::{Fault, Subject};
use crate::host::Host;
use crate::live::LiveRun;
use crate::plugin::{Loaded, Plugin};

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) fault: Fault,
    /// The same for people.
    pub(crate) result: RunResult,
}

impl Failed {
    /// The portal's own failure.
    pub(crate) fn host(what: String) -> Failed {
        let result = RunResult { code: "host".to_owned(), message: what.clone() };
        Failed { fault: Fault::Host(what), result }
    }
}

impl Host {
    /// Has a plugin do something, and checks what it answers.
    pub(crate) async fn ask<W: Work, T>(
        self: &Arc<Self>,
        plugin: &Plugin,
        loaded: &Arc<Loaded>,
        point: Extension,
        work: W,
        check: impl FnOnce(W::Answer) -> Result<T, Fault>,
    ) -> Result<T, Failed> {
        if let Some((wait, why)) = plugin.rest(point, &work.subject()) {
            let fault = Fault::Resting { wait, why };
            let result = fault.result(Subject { rights: &loaded.rights, version: &loaded.manifest.version });
            return Err(Failed { fault, result });
        }
        self.ask_now(plugin, loaded, point, work, check).await
    }

    /// The same, though the plugin should be left alone for a while.
    pub(crate) async fn ask_now<W: Work, T>(
        self: &Arc<Self>,
        plugin: &Plugin,
        loaded: &Arc<Loaded>,
        point: Extension,
        work: W,
        check: impl FnOnce(W::Answer) -> Result<T, Fault>,
    ) -> Result<T, Failed> {
        let (begun, subject) = (Instant::now(), work.subject());
        let live = Arc::new(LiveRun::begin(0, &plugin.name, "", Trigger::Request, Aim::Everything));
        let call = self.call(plugin, loaded, point, &live);
        let Outcome { ended, peak_memory, cpu } = call::perform(&self.sandbox, &self.pool, call, work).await;
        live.settle().await;
        plugin.counters.used(point, peak_memory, cpu);
        match ended.and_then(check) {
            Ok(answer) => {
                plugin.ended_well(point, &subject);
                Ok(answer)
            }
            Err(fault) => {
                plugin.counters.failure(point, fault.capability());
                let result = fault.result(Subject { rights: &loaded.rights, version: &loaded.manifest.version });
                live.note(LogLevel::Error, &result.message);
                tracing::warn!(plugin = %plugin.name, point = point.as_str(), code = %result.code, message = %result.message, "a call failed");
                plugin.failed(point, &subject, begun, &fault, result.message.clone());
                Err(Failed { fault, result })
            }
        }
    }
}
