//! `watcher.watch`: plugins that follow the other side as it changes.
//!
//! Rule: whoever offers it follows, for as long as its version runs: one call at a time, begun again when it has ended, and later each time
//! after failures. What it is asked to end by is the same as for runs: it hears so, and has some seconds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use portico_api_types::{LogLevel, Timestamp, Trigger};
use portico_manifest::{Extension, Limits, Period};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};
use wasmtime::Store;

use crate::aim::Aim;
use crate::call::{self, Answered, Outcome, Share, Work};
use crate::fault::{Fault, Subject};
use crate::guest::Guest;
use crate::host::Host;
use crate::live::LiveRun;
use crate::plugin::{Loaded, Plugin};
use crate::points::{Points, offered};

/// How often it is looked at who is to follow, and who has to end.
const LOOK: Duration = Duration::from_millis(500);

/// The span of time for which computing and requests are counted, as the contract says.
const SPAN: Duration = Duration::from_secs(600);

/// How long one call goes on: memory that a guest does not give back is given back then.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The time on the clock of a call, with which to end after that.
const WALL: Period = Period::seconds(86_400 + 60);

/// How long a call has to go on for its plugin to be well again.
const WELL: Duration = Duration::from_secs(30);

struct Watch;

impl Work for Watch {
    type Answer = ();

    fn limits(&self, granted: Limits) -> Limits {
        Limits { wall: WALL, ..granted }
    }

    fn share(&self) -> Share {
        Share::Lasting
    }

    fn renewed(&self) -> Option<Duration> {
        Some(SPAN)
    }

    async fn enter(self, points: Points, store: &mut Store<Guest>) -> Answered<()> {
        let plugin = offered(points.watcher.as_ref(), Extension::Watcher)?.instantiate_async(&mut *store).await?;
        plugin.portico_plugin_watcher().call_watch(store).await
    }
}

/// Has every plugin follow that can, for as long as the portal runs.
pub(crate) async fn follow(host: Arc<Host>) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut calls = JoinSet::<()>::new();
    let mut following: BTreeMap<String, Id> = BTreeMap::new();
    loop {
        tokio::select! {
            Some(ended) = calls.join_next_with_id() => {
                let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
                following.retain(|_, known| *known != id);
                if let Err(error) = ended {
                    tracing::error!(%error, "a call that followed something ended early");
                }
                continue;
            }
            _ = look.tick() => {}
        }
        for plugin in host.plugins.load().values() {
            let offers =
                |loaded: &Arc<Loaded>| loaded.manifest.offers(Extension::Watcher) && loaded.config.agent.is_none();
            let Some(loaded) = plugin.loaded().filter(offers) else { continue };
            if !following.contains_key(&plugin.name) && plugin.rest(Extension::Watcher, "").is_none() {
                let call = calls.spawn(watch(host.clone(), plugin.clone(), loaded));
                following.insert(plugin.name.clone(), call.id());
            }
        }
    }
}

/// Has one version follow until it ends.
async fn watch(host: Arc<Host>, plugin: Arc<Plugin>, loaded: Arc<Loaded>) {
    let (name, begun) = (&plugin.name, Instant::now());
    let live = Arc::new(LiveRun::begin(0, name, "", Trigger::Schedule, Aim::Everything).without_end());
    plugin.follows(Some(Timestamp::now()));
    let call = host.call(&plugin, &loaded, Extension::Watcher, &live);
    let sandboxes = host.clone();
    // In a task of its own, so that a panic of the portal's inside of a call ends that call and nothing else.
    let mut called = JoinSet::new();
    called.spawn(async move { call::perform(&sandboxes.sandbox, &sandboxes.pool, call, Watch).await });
    let mut look = interval(LOOK);
    let outcome = loop {
        tokio::select! {
            Some(ended) = called.join_next() => {
                break ended.unwrap_or_else(|error| Outcome::failed(format!("a call of `{name}` ended early: {error}")));
            }
            _ = look.tick() => {}
        }
        if !plugin.runs(&loaded) || begun.elapsed() >= LONGEST {
            live.cancel();
        } else if begun.elapsed() >= WELL {
            plugin.ended_well(Extension::Watcher, "");
        }
    };
    live.settle().await;
    plugin.follows(None);
    ended(&plugin, &loaded, &live, begun, outcome);
}

fn ended(plugin: &Plugin, loaded: &Loaded, live: &LiveRun, begun: Instant, outcome: Outcome<()>) {
    let Outcome { ended, peak_memory, cpu } = outcome;
    plugin.counters.used(Extension::Watcher, peak_memory, cpu);
    let fault = match ended {
        Ok(()) => return plugin.ended_well(Extension::Watcher, ""),
        // It was asked to, by another version, or by the clock.
        Err(Fault::Cancelled { .. }) => return,
        Err(fault) => fault,
    };
    plugin.counters.failure(Extension::Watcher, fault.capability());
    let result = fault.result(Subject { rights: &loaded.rights, version: &loaded.manifest.version });
    live.note(LogLevel::Error, &result.message);
    tracing::warn!(plugin = %plugin.name, code = %result.code, message = %result.message, "a plugin follows nothing any more, for now");
    plugin.failed(Extension::Watcher, "", begun, &fault, result.message);
}
