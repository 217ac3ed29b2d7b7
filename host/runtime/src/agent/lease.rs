//! A lease: the right to work one run, for as long as its holder gives signs of life.
//!
//! Rule: a lease ends once and for all, whichever reason comes first. Who stores something under it holds the run's work for reading and
//! looks at the lease then, so that whoever ended it and has waited for that work knows that nothing more comes.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portico_api_types::{AgentOutcome, AgentStored};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::guest::Call;

/// How long a lease lasts without a sign of life: some that are lost, and a machine that is busy.
pub(crate) const LASTS: Duration = Duration::from_secs(30);

/// A run that waits for an agent, or that one works.
pub(crate) struct Job {
    /// The agent's name in `portico.yaml`.
    pub(crate) agent: String,
    /// The run as if it were called here, by whose rights everything is judged.
    pub(crate) call: Call,
}

/// How a lease ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// Its holder said how the run ended.
    Told(AgentOutcome),
    /// Its holder gave no sign of life.
    Silent,
    /// The portal took it back.
    TakenBack,
}

/// The right to work one run.
pub(crate) struct Lease {
    pub(crate) id: String,
    /// Which of the agents holds it.
    pub(crate) instance: String,
    pub(crate) job: Arc<Job>,
    pub(crate) hold: Hold,
    /// The number of the last question.
    pub(crate) asked: AtomicU64,
    /// The last session, held while one is taken.
    pub(crate) last: Arc<tokio::sync::Mutex<LastSession>>,
}

impl Lease {
    pub(crate) fn new(id: String, instance: String, job: Arc<Job>) -> Lease {
        Lease { id, instance, job, hold: Hold::default(), asked: AtomicU64::default(), last: Arc::default() }
    }
}

/// The session that was taken last, for who did not hear what became of it and sends it again.
#[derive(Default)]
pub(crate) struct LastSession {
    /// Counts up from 1.
    pub(crate) number: u64,
    pub(crate) stored: Option<AgentStored>,
}

/// Whether a lease is held, and what its holder has said.
pub(crate) struct Hold {
    until: Mutex<Instant>,
    over: watch::Sender<Option<Over>>,
    /// The number of the next line of the agent's log.
    next_line: AtomicU32,
}

impl Default for Hold {
    /// Held from now on.
    fn default() -> Hold {
        Hold { until: Mutex::new(Instant::now() + LASTS), over: watch::Sender::new(None), next_line: AtomicU32::new(0) }
    }
}

impl Hold {
    fn until(&self) -> MutexGuard<'_, Instant> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is still held.
    pub(crate) fn is_held(&self) -> bool {
        self.over.borrow().is_none() && Instant::now() < *self.until()
    }

    /// Its holder gave a sign of life. One that comes too late changes nothing.
    pub(crate) fn renew(&self) {
        let mut until = self.until();
        if self.over.borrow().is_none() && Instant::now() < *until {
            *until = Instant::now() + LASTS;
        }
    }

    /// Ends it, unless it has ended.
    pub(crate) fn end(&self, over: Over) {
        self.over.send_if_modified(|known| {
            let first = known.is_none();
            known.get_or_insert(over);
            first
        });
    }

    /// Waits until it has ended, by whatever reason.
    pub(crate) async fn ended(&self) -> Over {
        let mut over = self.over.subscribe();
        loop {
            let until = *self.until();
            tokio::select! {
                ended = over.wait_for(Option::is_some) => {
                    // The sender lives in `self`, so the channel is open.
                    return ended.ok().and_then(|over| over.clone()).unwrap_or(Over::TakenBack);
                }
                () = sleep_until(until) => {
                    if Instant::now() >= *self.until() {
                        self.end(Over::Silent);
                    }
                }
            }
        }
    }

    /// Whether a line of the agent's log is one that was not told yet; the next is expected from now on. What was told before comes
    /// again where the answer was lost.
    pub(crate) fn is_new(&self, line: u32) -> bool {
        let next = line.saturating_add(1);
        self.next_line.fetch_max(next, Ordering::Relaxed) < next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_secs(29);

    #[tokio::test(start_paused = true)]
    async fn a_lease_lasts_as_long_as_its_holder_gives_signs_of_life() {
        let hold = Hold::default();
        for _ in 0..5 {
            tokio::time::advance(MOST).await;
            assert!(hold.is_held());
            hold.renew();
        }
        let waited = Instant::now();
        assert_eq!(hold.ended().await, Over::Silent);
        assert!(waited.elapsed() >= LASTS);
        assert!(!hold.is_held());
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_that_comes_too_late_brings_nothing_back() {
        let hold = Hold::default();
        tokio::time::advance(LASTS).await;
        hold.renew();
        assert!(!hold.is_held(), "whether or not anybody noticed that it ran out");
        assert_eq!(hold.ended().await, Over::Silent);
        hold.end(Over::Told(AgentOutcome::Returned));
        assert_eq!(hold.ended().await, Over::Silent, "the first reason counts");
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_was_ended_is_over_at_once_and_for_good() {
        let hold = Hold::default();
        hold.end(Over::TakenBack);
        hold.renew();
        assert!(!hold.is_held());
        hold.end(Over::Told(AgentOutcome::Returned));
        assert_eq!(hold.ended().await, Over::TakenBack);
    }

    #[tokio::test]
    async fn a_line_counts_once() {
        let hold = Hold::default();
        let told: Vec<bool> = [0, 1, 1, 0, 2, u32::MAX, 3].into_iter().map(|line| hold.is_new(line)).collect();
        assert_eq!(told, [true, true, false, false, true, true, false]);
    }
}
