//! One plugin over time: what its file says, the version that runs, how it does.
//!
//! A version is an `Arc` that calls hold on to: a new one takes its place for the next call, and the last call of the old
//! one drops it.
//!
//! Rule: a plugin is known by its name; counters and runs belong to the name, code and rights to the version.

mod described;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portico_api_types::{PluginCheck, Run, Timestamp, Trigger};
use portico_manifest::{Extension, Manifest, PluginConfig, Rights};
use tokio::time::Instant;

use crate::actions::Action;
use crate::aim::Aim;
use crate::choose::Place;
use crate::counters::Counters;
use crate::dismissal::{Attendance, Dismissal};
use crate::egress::{Client, Traffic};
use crate::engine::OwnCalls;
use crate::fault::Fault;
use crate::intake::Gate;
use crate::life::Held;
use crate::live::LiveRun;
use crate::mapped::Mapped;
use crate::plugin_log::PluginLog;
use crate::points::Points;
use crate::schedule;
use crate::troubles::Troubles;

/// What is said of a plugin that is being removed.
pub(crate) const LEAVING: &str = "It is being removed.";

/// One version of a plugin, ready to be called.
pub(crate) struct Loaded {
    pub(crate) manifest: Manifest,
    pub(crate) rights: Arc<Rights>,
    /// As JSON text, which is how the plugin reads them.
    pub(crate) settings: String,
    /// The operator's word that it was loaded with.
    pub(crate) config: Arc<PluginConfig>,
    /// Who signed it; none if nobody did.
    pub(crate) signed_by: Option<String>,
    pub(crate) client: Client,
    pub(crate) points: Points,
    pub(crate) mapped: Mapped,
    /// The checks in front of each route of the manifest.
    pub(crate) gates: Vec<Arc<Gate>>,
    /// The actions of the manifest, by name.
    pub(crate) actions: BTreeMap<String, Action>,
    pub(crate) digest: String,
    pub(crate) origin: String,
    /// Secrets that are granted and not there, a sentence each.
    pub(crate) unset: Vec<String>,
    /// Where its package is, for an agent that runs it.
    pub(crate) package: Place,
    /// Tells it from every other version that was loaded, be it of the same file.
    pub(crate) number: u64,
    /// Keeps the plugin from being gone, and hears when it is let go.
    pub(crate) attendance: Attendance,
}

/// What a plugin's file says, whether it runs or not.
#[derive(Clone, Default)]
pub(crate) struct Card {
    pub(crate) manifest: Option<Manifest>,
    pub(crate) digest: String,
    pub(crate) origin: String,
}

/// One plugin over time.
pub(crate) struct Plugin {
    pub(crate) name: String,
    pub(crate) counters: Arc<Counters>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) log: Arc<PluginLog>,
    pub(crate) dismissal: Dismissal,
    pub(crate) own_calls: Arc<OwnCalls>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The operator's word; none where nobody names the plugin.
    config: Option<Arc<PluginConfig>>,
    card: Card,
    loaded: Option<Arc<Loaded>>,
    /// A version that waits, while the one before it runs, of one that code describes.
    held: Option<Arc<Held>>,
    /// What is wrong with its file; empty when nothing is.
    complaint: String,
    live: Option<Arc<LiveRun>>,
    next: Option<Due>,
    /// Scopes that are to be read before that, as soon as no run goes on.
    wanted: BTreeSet<String>,
    /// Failures of runs in a row, and what the last one said.
    failures: u32,
    failure: String,
    /// The same for each other extension point that fails.
    troubles: Troubles,
    /// Since when it follows the other side; none while it does not.
    follows: Option<Timestamp>,
    /// What the version that runs found out about its own standing, last time.
    check: Option<PluginCheck>,
}

/// When the next run is due, in both of the machine's clocks.
#[derive(Clone, Copy)]
struct Due {
    at: Instant,
    shown: Timestamp,
    trigger: Trigger,
}

impl Due {
    fn after(delay: Duration, trigger: Trigger) -> Option<Due> {
        let shown = Timestamp::now().checked_add(delay).ok()?;
        Some(Due { at: Instant::now().checked_add(delay)?, shown, trigger })
    }
}

impl Plugin {
    pub(crate) fn new(name: &str) -> Plugin {
        Plugin {
            name: name.to_owned(),
            counters: Arc::default(),
            traffic: Arc::default(),
            log: Arc::default(),
            dismissal: Dismissal::default(),
            own_calls: Arc::default(),
            state: Mutex::default(),
        }
    }

    /// The operator's word is this from now on.
    pub(crate) fn configure(&self, config: Option<PluginConfig>) {
        self.state().config = config.map(Arc::new);
    }

    /// The operator's word; none where nobody names the plugin.
    pub(crate) fn config(&self) -> Option<Arc<PluginConfig>> {
        self.state().config.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The version that runs.
    pub(crate) fn loaded(&self) -> Option<Arc<Loaded>> {
        self.state().loaded.clone()
    }

    /// Whether a version is the one that runs.
    pub(crate) fn runs(&self, loaded: &Arc<Loaded>) -> bool {
        self.state().loaded.as_ref().is_some_and(|now| Arc::ptr_eq(now, loaded))
    }

    /// Lets it go for good: its calls are asked to stop, and waited for with all that they have begun in the store.
    pub(crate) async fn dismiss(&self) {
        self.unload(Card::default(), LEAVING.to_owned());
        self.dismissal.complete().await;
    }

    /// A version takes the place of the one before; it runs at once, unless it runs on demand only.
    pub(crate) fn install(&self, loaded: Arc<Loaded>, trigger: Trigger) {
        let mut state = self.state();
        state.card = Card {
            manifest: Some(loaded.manifest.clone()),
            digest: loaded.digest.clone(),
            origin: loaded.origin.clone(),
        };
        state.complaint.clear();
        state.failures = 0;
        state.failure.clear();
        state.troubles = Troubles::default();
        state.next = every(state.config.as_deref(), &loaded.manifest).and_then(|_| Due::after(Duration::ZERO, trigger));
        state.check = None;
        if let Some(before) = &state.loaded {
            loaded.mapped.remember_all_of(&before.mapped);
        }
        state.loaded = Some(loaded);
    }

    /// A version waits, or none does any more.
    pub(crate) fn hold(&self, held: Option<Arc<Held>>) {
        self.state().held = held;
    }

    /// A version that waits, of a plugin that code describes.
    pub(crate) fn held(&self) -> Option<Arc<Held>> {
        self.state().held.clone()
    }

    /// Whether its file offers an extension point.
    pub(crate) fn offers(&self, point: Extension) -> bool {
        self.state().card.manifest.as_ref().is_some_and(|manifest| manifest.offers(point))
    }

    /// What its file says.
    pub(crate) fn card(&self) -> Card {
        self.state().card.clone()
    }

    /// Nothing is wrong with its file any more, or something else is.
    pub(crate) fn remark(&self, complaint: String) {
        self.state().complaint = complaint;
    }

    /// Its file cannot be used. A version that runs goes on running, and the complaint is shown beside it.
    pub(crate) fn complain(&self, card: Card, complaint: String) {
        let mut state = self.state();
        if state.loaded.is_none() {
            state.card = card;
        }
        state.complaint = complaint;
    }

    /// Its file is gone, or nobody names it: what runs goes on, nothing new begins.
    pub(crate) fn unload(&self, card: Card, complaint: String) {
        let mut state = self.state();
        state.loaded = None;
        state.next = None;
        state.wanted.clear();
        state.failures = 0;
        state.failure.clear();
        state.troubles = Troubles::default();
        state.check = None;
        state.held = None;
        state.card = card;
        state.complaint = complaint;
    }

    /// It follows the other side from some time on, or not any more.
    pub(crate) fn follows(&self, since: Option<Timestamp>) {
        self.state().follows = since;
    }

    /// A version has found out how it stands.
    pub(crate) fn checked(&self, by: &Arc<Loaded>, check: PluginCheck) {
        let mut state = self.state();
        // What another version found out says nothing of the one that runs.
        if state.loaded.as_ref().is_some_and(|now| Arc::ptr_eq(now, by)) {
            state.check = Some(check);
        }
    }

    /// Why it is not loaded.
    pub(crate) fn reason(&self) -> String {
        let state = self.state();
        match &state.config {
            Some(config) if !config.enabled => "It is switched off.".to_owned(),
            Some(_) => state.complaint.clone(),
            None if !state.complaint.is_empty() => state.complaint.clone(),
            None => {
                format!("portico.yaml does not name it. Add it under `plugins:`, at least as `{}: {{}}`.", self.name)
            }
        }
    }

    /// The run that goes on.
    pub(crate) fn live(&self) -> Option<Arc<LiveRun>> {
        self.state().live.clone()
    }

    /// Has a scope read soon. False where so many wait that this one has no room.
    pub(crate) fn want(&self, scope: &str) -> bool {
        self.state().want(scope)
    }

    /// Begins a run with the version that is loaded, if there is one and none goes on; otherwise says the one that does.
    pub(crate) fn begin(
        &self,
        aim: &Aim,
        make: impl FnOnce(&Loaded) -> LiveRun,
    ) -> Result<(Arc<Loaded>, Arc<LiveRun>), Option<u64>> {
        let mut state = self.state();
        if let Some(live) = &state.live {
            return Err(Some(live.id()));
        }
        let loaded = state.loaded.clone().ok_or(None)?;
        let live = Arc::new(make(&loaded));
        state.live = Some(live.clone());
        match aim {
            Aim::Scopes(scopes) => state.wanted.retain(|scope| !scopes.contains(scope)),
            Aim::Everything | Aim::Trial(_) => {
                state.next = None;
                state.wanted.clear();
            }
        }
        Ok((loaded, live))
    }

    /// A run has ended; what follows from it.
    pub(crate) fn ended(&self, run: &Run, aim: &Aim, fault: Option<&Fault>) {
        let mut state = self.state();
        state.live = None;
        let stopped = matches!(fault, Some(Fault::Cancelled { .. } | Fault::Interrupted));
        let said = || run.result.as_ref().map(|result| result.message.clone()).unwrap_or_default();
        if let Aim::Scopes(scopes) = aim {
            if !stopped {
                state.read_wanted(scopes, fault, said());
            }
            return;
        }
        match fault {
            Some(_) if !stopped => {
                state.failures = state.failures.saturating_add(1);
                state.failure = said();
            }
            Some(_) => {}
            None => {
                state.failures = 0;
                state.failure.clear();
                state.troubles.point_ended_well(Extension::Ingestion);
            }
        }
        // A version that came in while the run went on has set the next run already.
        if state.next.is_none()
            && let Some(every) =
                state.loaded.as_ref().and_then(|loaded| every(state.config.as_deref(), &loaded.manifest))
        {
            let took = run.ended_at.map_or(Duration::ZERO, |end| end.duration_since(run.started_at).unsigned_abs());
            let delay = schedule::delay(every, took, fault.filter(|_| !stopped), state.failures);
            state.next = Due::after(delay, Trigger::Schedule);
        }
    }

    /// A call of an extension point other than `ingestion` has ended well, about some subject of it.
    pub(crate) fn ended_well(&self, point: Extension, subject: &str) {
        self.state().troubles.ended_well(point, subject);
    }

    /// A call of one, begun at some time, has failed.
    pub(crate) fn failed(&self, point: Extension, subject: &str, begun: Instant, fault: &Fault, said: String) {
        self.state().troubles.failed(point, subject, begun, fault, said);
    }

    /// How long one is still left alone after failures, and why; none if it may be called.
    pub(crate) fn rest(&self, point: Extension, subject: &str) -> Option<(Duration, String)> {
        self.state().troubles.rest(point, subject)
    }

    /// When its next run is due, and what it is for.
    pub(crate) fn due(&self) -> Option<(Instant, Trigger, Aim)> {
        let state = self.state();
        if state.live.is_some() || state.loaded.is_none() {
            return None;
        }
        let wanted = state.next_wanted();
        match state.next {
            Some(due) if due.at <= Instant::now() || wanted.as_ref().is_none_or(|(at, _)| due.at <= *at) => {
                Some((due.at, due.trigger, Aim::Everything))
            }
            _ => wanted.map(|(at, scopes)| (at, Trigger::Request, Aim::Scopes(scopes))),
        }
    }
}

/// How often it runs: the operator's word, or its own.
fn every(config: Option<&PluginConfig>, manifest: &Manifest) -> Option<Duration> {
    config.and_then(|config| config.every).unwrap_or(manifest.every).as_duration()
}
