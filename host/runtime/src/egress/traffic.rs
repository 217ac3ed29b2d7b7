//! What a plugin exchanged with whom since the portal started.
//!
//! Rule: numbers only go up, and a plugin cannot make them many: of very many hosts, the later ones are counted as one.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use portico_api_types::HostUse;

/// Hosts that are told apart: more than any tool has, and a page long.
const HOSTS: usize = 50;

/// The name of all further ones; no host is called so, as a host of one word is never granted by its suffix.
const OTHERS: &str = "others";

/// The exchanges of one plugin, by host.
#[derive(Default)]
pub(crate) struct Traffic(Mutex<BTreeMap<String, Counts>>);

#[derive(Clone, Copy, Default)]
struct Counts {
    requests: u64,
    failures: u64,
    received: u64,
}

impl Traffic {
    /// A request is sent.
    pub(super) fn request(&self, host: &str) {
        self.count(host, |counts| counts.requests += 1);
    }

    /// It got no answer, or one that says that it failed.
    pub(super) fn failure(&self, host: &str) {
        self.count(host, |counts| counts.failures += 1);
    }

    /// Bytes of an answer came in.
    pub(super) fn received(&self, host: &str, bytes: u64) {
        self.count(host, |counts| counts.received += bytes);
    }

    fn count(&self, host: &str, count: impl FnOnce(&mut Counts)) {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let host = if hosts.contains_key(host) || hosts.len() < HOSTS { host } else { OTHERS };
        count(hosts.entry(host.to_owned()).or_default());
    }

    /// All of it, by host.
    pub(crate) fn shown(&self) -> Vec<HostUse> {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = |(host, counts): (&String, &Counts)| HostUse {
            host: host.clone(),
            requests: counts.requests,
            failures: counts.failures,
            received: counts.received,
        };
        hosts.iter().map(shown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_counted_apart_until_they_are_too_many() {
        let traffic = Traffic::default();
        for number in 0..HOSTS + 20 {
            traffic.request(&format!("h{number:02}.test"));
        }
        traffic.failure("h00.test");
        traffic.received("h69.test", 7);
        let shown = traffic.shown();
        let of = |host: &str| {
            shown.iter().find(|one| one.host == host).map(|one| (one.requests, one.failures, one.received))
        };
        assert_eq!(shown.len(), HOSTS + 1);
        assert_eq!((of("h00.test"), of("h49.test"), of("h50.test")), (Some((1, 1, 0)), Some((1, 0, 0)), None));
        assert_eq!(of(OTHERS), Some((20, 0, 7)));
    }
}
