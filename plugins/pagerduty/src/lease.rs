//! Who may write what was read of services, and when.
//!
//! Rule: a run and a webhook may read the same service at the same time, and the later reading is the one that stands, whoever commits first.
//! One session at a time is open for the services; whoever has it looks up when each service was read that is in the catalog, and does not
//! put an earlier reading in its place. So what webhooks say and what a run finds agree.

use std::collections::BTreeMap;
use std::time::Duration;

use portico_sdk::{Error, Mode, Result, Session, clock, state};

/// The scope of services.
pub(crate) const SERVICES: &str = "services";

/// Under which it is kept when services were read that were read by themselves.
const KEY: &str = "readings";

/// How often it is tried to get the session.
const STEP: Duration = Duration::from_millis(100);

/// The only open session of the services, with the readings that are in the catalog.
pub(crate) struct Lease {
    pub(crate) session: Session,
    /// When each service was read, by its id; of those that were read since the last run began.
    readings: BTreeMap<String, u64>,
}

impl Lease {
    /// Waits for the session, for as long as somebody may wait for what follows.
    pub(crate) fn wait(mode: Mode, patience: Duration) -> Result<Lease> {
        let mut waited = Duration::ZERO;
        loop {
            let session = match mode {
                Mode::Full => Session::full(SERVICES),
                Mode::Delta => Session::delta(SERVICES),
            };
            match session {
                Ok(session) => return Ok(Lease { session, readings: state::get(KEY)?.unwrap_or_default() }),
                // The scope is a good one, so that it can only be open already.
                Err(Error::Invalid(_)) if waited < patience => {
                    clock::pause(STEP);
                    waited += STEP;
                }
                Err(Error::Invalid(reason)) => return Err(Error::Unavailable { reason, retry_after: Some(1) }),
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether a service was read by itself after this moment.
    pub(crate) fn is_newer(&self, id: &str, began: u64) -> bool {
        self.readings.get(id).is_some_and(|read| *read > began)
    }

    /// Notes that a service was read at a moment.
    pub(crate) fn note(&mut self, id: &str, began: u64) {
        self.readings.insert(id.to_owned(), began);
    }

    /// Makes it visible. What was read before a moment is of no further interest, as everything was read then.
    pub(crate) fn commit(mut self, all_since: Option<u64>) -> Result<portico_sdk::Summary> {
        if let Some(moment) = all_since {
            self.readings.retain(|_, read| *read > moment);
        }
        // While the session is open: nobody else reads or writes it.
        state::set(KEY, &self.readings)?;
        self.session.commit(None)
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;
    use serde_json::json;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(3);

    #[test]
    fn who_finds_the_session_taken_waits_and_is_told_to_come_again() {
        let portal = Portal::new();
        let before = portal.now();
        portal.run(|| {
            let held = Lease::wait(Mode::Full, PATIENCE).expect("free");
            let error = Lease::wait(Mode::Delta, PATIENCE).err().expect("taken");
            assert!(matches!(error, Error::Unavailable { retry_after: Some(1), .. }), "{error}");
            drop(held);
            Lease::wait(Mode::Delta, PATIENCE).expect("free again");
        });
        assert_eq!(portal.now() - before, 3_000);
    }

    #[test]
    fn a_reading_is_known_until_everything_was_read_after_it() {
        let portal = Portal::new().keep(KEY, &json!({ "P1": 100, "P2": 200 }));
        portal.run(|| {
            let lease = Lease::wait(Mode::Full, PATIENCE).expect("free");
            let newer = |began| ["P1", "P2", "P3"].map(|id| lease.is_newer(id, began));
            assert_eq!((newer(150), newer(50), newer(200)), ([false, true, false], [true, true, false], [false; 3]));
            lease.commit(Some(150)).expect("visible");
        });
        assert_eq!(portal.state(KEY), Some(json!({ "P2": 200 })));
    }
}
