//! What agents ask of the portal, and how the portal follows a run that one works.
//!
//! Rule: every request is looked at under its lease. A run whose agent is gone is given to the next one, a few times; what the former still
//! sends is refused.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Body;
use portico_api_types::{
    AgentAsk, AgentClaim, AgentEnd, AgentOrder, AgentOutcome, AgentRenewal, AgentReply, AgentStanding, AgentStored,
    LogLevel, LogLine,
};
use portico_manifest::Extension;
use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::lease::{Job, LASTS, Lease, Over};
use super::taking;
use crate::call::Outcome;
use crate::capabilities::books::{answer, refusal};
use crate::classify::clean;
use crate::fault::{Fault, Reported};
use crate::guest::Call;
use crate::host::Host;
use crate::live::LiveRun;
use crate::plugin::{Loaded, Plugin};
use crate::runtime::Runtime;

/// How long a claim waits for something to do: below what proxies wait for an answer.
const POLL: Duration = Duration::from_secs(20);

/// How long an agent may take to end a run that is to stop: to hear of it, and what a plugin has to end by itself.
const PATIENCE: Duration = Duration::from_secs(9);

/// Longer than any run waits for an agent.
const A_DAY: Duration = Duration::from_secs(86_400);

/// Agents that may be lost with the same run, one after the other.
const AGENTS: usize = 3;

/// How often it is looked whether an agent is still there.
const LOOK: Duration = Duration::from_secs(1);

/// Bytes of an instance's name.
const INSTANCE: usize = 100;

/// Lines of one renewal that are looked at; a run keeps fewer.
const LINES: usize = 10_000;

/// Why an agent is not served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// It holds no such lease.
    #[error("this lease is over: the run has ended, or another agent works it; claim the next")]
    Over,
    /// There is no such thing, for this agent.
    #[error("no plugin that the agent `{agent}` runs has a package with the SHA-256 {digest}")]
    NoPackage {
        /// The agent.
        agent: String,
        /// What was asked for.
        digest: String,
    },
    /// What it sent is wrong in itself.
    #[error("{0}")]
    Wrong(String),
    /// The portal failed.
    #[error("{0}")]
    Unable(String),
}

impl Runtime {
    /// Gives an agent something to do, if there is something within some seconds.
    pub async fn agent_claim(&self, agent: &str, claim: AgentClaim) -> Option<AgentOrder> {
        let instance = clean(&claim.instance).chars().take(INSTANCE).collect::<String>();
        self.host.claim(agent, &instance).await
    }

    /// The package of a plugin that an agent runs.
    pub async fn agent_package(&self, agent: &str, digest: &str) -> Result<Bytes, AgentError> {
        let plugins = self.host.plugins.load();
        let runs = |loaded: &Arc<Loaded>| loaded.config.agent.as_deref() == Some(agent) && loaded.digest == digest;
        let missing = || AgentError::NoPackage { agent: agent.to_owned(), digest: digest.to_owned() };
        let loaded = plugins.values().filter_map(|plugin| plugin.loaded()).find(runs).ok_or_else(missing)?;
        let read = tokio::task::spawn_blocking(move || loaded.package.read()).await;
        read.map_err(|error| AgentError::Unable(error.to_string()))?.map_err(AgentError::Unable)
    }

    /// An agent gives a sign of life.
    pub fn agent_renew(&self, agent: &str, lease: &str, renewal: AgentRenewal) -> Result<AgentStanding, AgentError> {
        let lease = self.lease(agent, lease)?;
        let live = &lease.job.call.live;
        say(&lease, renewal.lines);
        if let Some(progress) = renewal.progress {
            live.progress(progress.done, progress.total, &progress.message);
        }
        live.show_changes();
        Ok(AgentStanding { cancelled: live.is_cancelled() })
    }

    /// A plugin that an agent runs asks something. Questions of a lease are numbered from 1; one that was sent again and comes after a
    /// later one is not answered, as what it would change was changed since.
    pub async fn agent_ask(
        &self,
        agent: &str,
        lease: &str,
        number: u64,
        ask: AgentAsk,
    ) -> Result<AgentReply, AgentError> {
        let lease = self.lease(agent, lease)?;
        let last = lease.asked.fetch_max(number, Ordering::AcqRel);
        if number < last {
            return Err(AgentError::Wrong(format!(
                "question {number} comes after question {last}; nobody waits for its answer"
            )));
        }
        let holder = lease.clone();
        let answered = lease
            .job
            .call
            .blocking(move |call| holder.hold.is_held().then(|| answer(call, ask)).ok_or(AgentError::Over));
        let answered = answered.await.map_err(|error| AgentError::Unable(error.to_string()))?;
        Ok(answered?.unwrap_or_else(|error| AgentReply::Refused(refusal(error))))
    }

    /// A plugin that an agent runs has a session stored, whole or not at all. Sessions of a lease are numbered from 1; one that was
    /// stored already is answered as it was then.
    pub async fn agent_session<B>(
        &self,
        agent: &str,
        lease: &str,
        number: u64,
        body: B,
    ) -> Result<AgentStored, AgentError>
    where
        B: Body<Data = Bytes> + Send + Unpin,
        B::Error: std::fmt::Display,
    {
        taking::take(self.lease(agent, lease)?, number, body).await
    }

    /// An agent says how a run ended.
    pub fn agent_end(&self, agent: &str, lease: &str, end: AgentEnd) -> Result<(), AgentError> {
        let lease = self.lease(agent, lease)?;
        say(&lease, end.lines);
        lease.hold.end(Over::Told(end.outcome));
        Ok(())
    }

    fn lease(&self, agent: &str, id: &str) -> Result<Arc<Lease>, AgentError> {
        let lease = self.host.desk.lease(agent, id).ok_or(AgentError::Over)?;
        lease.hold.renew();
        Ok(lease)
    }
}

/// Takes over lines of an agent's log.
fn say(lease: &Lease, lines: Vec<LogLine>) {
    for line in lines.into_iter().take(LINES) {
        if lease.hold.is_new(line.number) {
            lease.job.call.live.log(line.level, &line.message);
        }
    }
}

impl Host {
    async fn claim(self: &Arc<Self>, agent: &str, instance: &str) -> Option<AgentOrder> {
        self.desk.heard(agent, instance);
        // Runs that are due begin as soon as somebody is there for them.
        self.due.notify_one();
        let until = Instant::now() + POLL;
        loop {
            let mut offered = std::pin::pin!(self.desk.offered.notified());
            offered.as_mut().enable();
            if let Some(lease) = self.desk.take(agent, instance) {
                return Some(self.order(&lease));
            }
            if self.stopping.load(Ordering::Acquire) {
                return None;
            }
            tokio::select! {
                () = offered => {}
                () = sleep_until(until) => return None,
            }
        }
    }

    fn order(&self, lease: &Lease) -> AgentOrder {
        let Call { loaded, live, .. } = &lease.job.call;
        let mut config = loaded.config.written.clone();
        if let Value::Object(config) = &mut config {
            // What concerns the portal alone.
            for key in ["agent", "from", "enabled", "every"] {
                config.remove(key);
            }
        }
        let registry = self.catalog.registry();
        AgentOrder {
            lease: lease.id.clone(),
            seconds: LASTS.as_secs(),
            run: live.id(),
            plugin: loaded.manifest.name.clone(),
            digest: loaded.digest.clone(),
            scopes: live.aim.scopes(),
            config,
            kinds: registry.declared().values().map(|declared| declared.declaration.clone()).collect(),
        }
    }

    /// What is wrong with the agent that runs a plugin; none where all is well, or the portal runs it.
    pub(crate) fn agent_trouble(&self, plugin: &Plugin) -> Option<String> {
        plugin.config().and_then(|config| config.agent.clone()).and_then(|agent| self.desk.trouble(&agent))
    }

    /// Has a run worked by an agent, and follows it to its end.
    pub(crate) async fn go_elsewhere(
        self: &Arc<Self>,
        plugin: &Plugin,
        loaded: &Arc<Loaded>,
        live: &Arc<LiveRun>,
        agent: &str,
    ) -> Outcome<()> {
        let mut call = self.call(plugin, loaded, Extension::Ingestion, live);
        // As it is now: by what comes later nothing of the run was judged.
        call.judged_by = Some(call.judged_by());
        // The run's time counts from when an agent has it, however long it waited for one.
        call.deadline = Instant::now() + A_DAY;
        let job = Arc::new(Job { agent: agent.to_owned(), call });
        let mut lost = 0;
        while lost < AGENTS {
            let lease = match self.taken_by_agent(&job).await {
                Ok(lease) => lease,
                Err(fault) => return ended(fault),
            };
            let name = format!("{agent}/{}", lease.instance);
            live.worked_by(&name);
            live.note(LogLevel::Info, &format!("The agent {name} works this run."));
            let over = self.followed(&lease).await;
            lease.hold.end(Over::TakenBack);
            self.desk.forget(&lease.id);
            // What came under the lease until now is stored or not, and nothing more comes.
            live.settle().await;
            match over {
                Ok(AgentOutcome::Ended { code, message, passing, retry_after, peak_memory, cpu }) => {
                    let ended = told(&code, &message, passing, retry_after);
                    // Not more than it may use: an agent's word is no more than that.
                    let limits = &loaded.rights.limits;
                    let cpu = Duration::from_millis(cpu).min(limits.wall.as_duration());
                    return Outcome { ended, peak_memory: peak_memory.min(limits.memory.as_bytes()), cpu };
                }
                Ok(AgentOutcome::Returned) => {
                    live.note(LogLevel::Info, &format!("The agent {name} stops and gave the run back."));
                }
                Err(Some(fault)) => return ended(fault),
                Err(None) => {
                    lost += 1;
                    let silence = LASTS.as_secs();
                    let said = format!("The agent {name} was not heard of for {silence} s. The next one begins anew.");
                    live.note(LogLevel::Warn, &said);
                }
            }
        }
        ended(Fault::Unavailable {
            reason: format!("{AGENTS} agents were lost with this run, one after the other; see what they logged"),
            retry_after: None,
        })
    }

    /// Waits until an agent takes a run.
    async fn taken_by_agent(&self, job: &Arc<Job>) -> Result<Arc<Lease>, Fault> {
        let live = &job.call.live;
        let mut taken = self.desk.offer(job.clone());
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let fault = loop {
            tokio::select! {
                lease = &mut taken => return lease.map_err(|error| Fault::Host(error.to_string())),
                () = live.out_of_patience(Duration::ZERO) => break self.stopped(),
                () = job.call.loaded.attendance.over(), if !live.is_cancelled() => live.cancel(),
                _ = look.tick() => {
                    if let Some(reason) = self.desk.trouble(&job.agent) {
                        break Fault::Unavailable { reason, retry_after: None };
                    }
                }
            }
        };
        // An agent may have taken it in the same moment.
        taken.close();
        if let Ok(lease) = taken.try_recv() {
            lease.hold.end(Over::TakenBack);
            self.desk.forget(&lease.id);
            live.settle().await;
        }
        Err(fault)
    }

    /// Waits until a lease is over: what its holder said, or how the run ends; none of both where its holder is gone.
    async fn followed(&self, lease: &Lease) -> Result<AgentOutcome, Option<Fault>> {
        let live = &lease.job.call.live;
        let patience = async {
            live.out_of_patience(Duration::ZERO).await;
            // Nobody could tell it how the run ended.
            if !self.stopping.load(Ordering::Acquire) {
                sleep(PATIENCE).await;
            }
        };
        let mut patience = std::pin::pin!(patience);
        let deadline = Instant::now() + lease.job.call.loaded.rights.limits.wall.as_duration() + PATIENCE;
        loop {
            tokio::select! {
                over = lease.hold.ended() => return match over {
                    Over::Told(outcome) => Ok(outcome),
                    Over::Silent | Over::TakenBack => Err(live.is_cancelled().then(|| self.stopped())),
                },
                () = &mut patience => return Err(Some(self.stopped())),
                () = lease.job.call.loaded.attendance.over(), if !live.is_cancelled() => live.cancel(),
                () = sleep_until(deadline) => {
                    let reason = format!("the agent {} did not end the run in time", lease.instance);
                    return Err(Some(Fault::Failed(reason)));
                }
            }
        }
    }

    fn stopped(&self) -> Fault {
        match self.stopping.load(Ordering::Acquire) {
            true => Fault::Interrupted,
            false => Fault::Cancelled { forced: false },
        }
    }
}

fn ended(fault: Fault) -> Outcome<()> {
    Outcome { ended: Err(fault), peak_memory: 0, cpu: Duration::ZERO }
}

/// How a run ended by an agent's word.
fn told(code: &str, message: &str, is_passing: bool, retry_after: Option<u32>) -> Result<(), Fault> {
    match code {
        "ok" => Ok(()),
        "cancelled" => Err(Fault::Cancelled { forced: false }),
        _ => Err(Fault::Reported(Reported::new(code, clean(message), is_passing, retry_after))),
    }
}
