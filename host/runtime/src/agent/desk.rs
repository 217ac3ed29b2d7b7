//! The desk: runs that wait for an agent, the leases of those that are worked, and who was heard of when.
//!
//! Rule: a run is given to one agent of its name, and taken off the desk with that.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portico_api_types::{PluginAgent, Timestamp};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::lease::{Job, Lease};
use crate::schedule::time;

/// How long after its last word an agent counts as being there: a poll that waits, and some that are lost.
const THERE: Duration = Duration::from_secs(60);

/// Runs that agents work, or could.
pub(crate) struct Desk {
    since: Instant,
    state: Mutex<State>,
    /// Told when there is something to take.
    pub(crate) offered: Notify,
}

#[derive(Default)]
struct State {
    heard: BTreeMap<String, Heard>,
    waiting: VecDeque<Waiting>,
    leases: BTreeMap<String, Arc<Lease>>,
}

/// The last word of an agent.
struct Heard {
    at: Timestamp,
    when: Instant,
    instance: String,
}

struct Waiting {
    job: Arc<Job>,
    taken: oneshot::Sender<Arc<Lease>>,
}

impl Default for Desk {
    fn default() -> Desk {
        Desk { since: Instant::now(), state: Mutex::default(), offered: Notify::new() }
    }
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An agent said something.
    pub(crate) fn heard(&self, agent: &str, instance: &str) {
        let heard = Heard { at: Timestamp::now(), when: Instant::now(), instance: instance.to_owned() };
        self.state().heard.insert(agent.to_owned(), heard);
    }

    /// Lays a run on the desk. It is taken back by dropping what is answered.
    pub(crate) fn offer(&self, job: Arc<Job>) -> oneshot::Receiver<Arc<Lease>> {
        let (taken, receiver) = oneshot::channel();
        self.state().waiting.push_back(Waiting { job, taken });
        self.offered.notify_waiters();
        receiver
    }

    /// Gives the first run that waits for this agent to one of its instances.
    pub(crate) fn take(&self, agent: &str, instance: &str) -> Option<Arc<Lease>> {
        let mut state = self.state();
        state.waiting.retain(|waiting| !waiting.taken.is_closed());
        let place = state.waiting.iter().position(|waiting| waiting.job.agent == agent)?;
        let Waiting { job, taken } = state.waiting.remove(place)?;
        let lease = Arc::new(Lease::new(random(), instance.to_owned(), job));
        state.leases.insert(lease.id.clone(), lease.clone());
        if taken.send(lease.clone()).is_err() {
            // Nobody waits for it any more.
            state.leases.remove(&lease.id);
            return None;
        }
        Some(lease)
    }

    /// A lease of this agent, if it is still held.
    pub(crate) fn lease(&self, agent: &str, id: &str) -> Option<Arc<Lease>> {
        let lease = self.state().leases.get(id).filter(|lease| lease.job.agent == agent).cloned()?;
        self.heard(agent, &lease.instance);
        lease.hold.is_held().then_some(lease)
    }

    /// Forgets a lease that is over.
    pub(crate) fn forget(&self, id: &str) {
        self.state().leases.remove(id);
    }

    /// An agent, as it is shown.
    pub(crate) fn describe(&self, agent: &str) -> PluginAgent {
        let state = self.state();
        let heard = state.heard.get(agent);
        PluginAgent {
            name: agent.to_owned(),
            instance: heard.map(|heard| heard.instance.clone()),
            heard_at: heard.map(|heard| heard.at),
        }
    }

    /// What is wrong with an agent that was not heard of for long, and what to do.
    pub(crate) fn trouble(&self, agent: &str) -> Option<String> {
        let remedy = "Start it where the plugin is to run, with its token: `portico agent --portal URL`.";
        match self.state().heard.get(agent) {
            Some(heard) if heard.when.elapsed() < THERE => None,
            Some(Heard { at, instance, .. }) => {
                Some(format!("The agent `{agent}` was last heard of at {} ({instance}). {remedy}", time(*at)))
            }
            // Agents that were there before the portal started need a moment to notice.
            None if self.since.elapsed() < THERE => None,
            None => Some(format!("The agent `{agent}` was not heard of since this portal started. {remedy}")),
        }
    }
}

/// What nobody guesses.
fn random() -> String {
    let mut bytes = [0; 16];
    // The operating system's own; where it fails, nothing that is secret can be made at all.
    getrandom::fill(&mut bytes).unwrap_or_else(|error| unreachable!("the system has no random bytes: {error}"));
    hex::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_agent_that_is_silent_for_a_minute_is_said_with_what_to_do() {
        let desk = Desk::default();
        let silence = THERE - Duration::from_secs(1);
        tokio::time::advance(silence).await;
        assert_eq!(desk.trouble("edge"), None, "agents need a moment after a start");
        tokio::time::advance(THERE).await;
        let trouble = desk.trouble("edge").unwrap();
        assert!(
            trouble.starts_with("The agent `edge` was not heard of since this portal started. Start it"),
            "{trouble}"
        );
        desk.heard("edge", "one");
        tokio::time::advance(silence).await;
        assert_eq!((desk.trouble("edge"), desk.describe("edge").instance), (None, Some("one".to_owned())));
        assert!(desk.trouble("far").is_some(), "one says nothing of another");
        tokio::time::advance(THERE).await;
        let trouble = desk.trouble("edge").unwrap();
        assert!(trouble.starts_with("The agent `edge` was last heard of at 20"), "{trouble}");
        assert!(
            trouble
                .ends_with("(one). Start it where the plugin is to run, with its token: `portico agent --portal URL`.")
        );
    }
}
