//! Who may write what was read of one service, and when.
//!
//! Rule: of two readings of a service the later one stands, whoever commits first. One session that names what changes is open at a time;
//! whoever has it looks up when the service was read last, and does not put an earlier reading in its place. A run, which names everything,
//! opens its session before it reads: what is committed meanwhile the portal leaves as it is. So what webhooks say and what a run finds agree.

use std::collections::BTreeMap;

use portico_sdk::{Result, Session, Summary, state};

/// The scope of services.
pub(crate) const SERVICES: &str = "services";

/// Under which it is kept when services were read by themselves.
const KEY: &str = "readings";

/// Milliseconds after which no reading that began before is still on its way.
const KEPT: u64 = 60 * 60 * 1_000;

/// The only open session that names what changes of services, with the readings that were committed so.
pub(crate) struct Lease {
    pub(crate) session: Session,
    /// When each service was read, by its id.
    readings: BTreeMap<String, u64>,
}

impl Lease {
    /// Waits for the session, for as long as the portal lets it. Who had to wait too long is to come again.
    pub(crate) fn wait() -> Result<Lease> {
        Ok(Lease { session: Session::delta(SERVICES)?, readings: state::get(KEY)?.unwrap_or_default() })
    }

    /// Whether a service was read by itself after this moment.
    pub(crate) fn is_newer(&self, id: &str, began: u64) -> bool {
        self.readings.get(id).is_some_and(|read| *read > began)
    }

    /// Notes that a service was read at a moment.
    pub(crate) fn note(&mut self, id: &str, began: u64) {
        self.readings.retain(|_, read| *read + KEPT > began);
        self.readings.insert(id.to_owned(), began);
    }

    /// Makes it visible.
    pub(crate) fn commit(self) -> Result<Summary> {
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

    #[test]
    fn a_reading_is_known_for_as_long_as_an_earlier_one_may_be_on_its_way() {
        let portal = Portal::new().keep(KEY, &json!({ "P1": 100, "P2": KEPT + 50 }));
        portal.run(|| {
            let mut lease = Lease::wait().expect("free");
            let newer = |began| ["P1", "P2", "P3"].map(|id| lease.is_newer(id, began));
            assert_eq!((newer(150), newer(50)), ([false, true, false], [true, true, false]));
            lease.note("P3", KEPT + 100);
            lease.commit().expect("visible");
        });
        assert_eq!(portal.state(KEY), Some(json!({ "P2": KEPT + 50, "P3": KEPT + 100 })));
    }
}
