//! How often what changed is committed.
//!
//! For a commit the view of a whole cluster is looked through, and the portal bounds what a plugin may compute in ten minutes. So there is a credit:
//! while it lasts, changes are committed as they come, and a burst of them is over in the catalog soon after it is over in the cluster.
//! Without credit it is waited, in proportion to what the last view cost and never for long.
//!
//! Rule: pure, but for the clock of whoever asks. What waits is all that changed until then, so that nothing is lost by waiting.

/// Milliseconds of computing that may be used at once.
const CREDIT: u64 = 5_000;

/// Time gives a part of itself back as credit: one of so many.
const SHARE: u64 = 40;

/// The most that one view takes of it, so that it is half a minute at most until the next.
const MOST: u64 = 750;

/// Milliseconds between two commits of a cluster, so that what happens together is said together.
const TOGETHER: u64 = 1_000;

/// A commit that was so long takes a rest of twice that: the portal has other things to store.
const REST: u64 = 2;

/// The longest such rest.
const LONGEST: u64 = 10_000;

/// The credit of all clusters that are followed.
#[derive(Debug)]
pub(super) struct Pace {
    /// What was used of it, as it stood then; it may be more than there is.
    used: u64,
    at: u64,
}

impl Pace {
    pub(super) fn new(now: u64) -> Pace {
        Pace { used: 0, at: now }
    }

    /// Whether something may be computed.
    pub(super) fn allows(&self, now: u64) -> bool {
        self.used(now) < CREDIT
    }

    /// So many milliseconds were computed.
    pub(super) fn spend(&mut self, now: u64, took: u64) {
        self.used = self.used(now) + took.min(MOST);
        self.at = now;
    }

    fn used(&self, now: u64) -> u64 {
        self.used.saturating_sub(now.saturating_sub(self.at) / SHARE)
    }
}

/// When the next commit of a cluster may be, after one that took so long.
pub(super) fn next(now: u64, took: u64) -> u64 {
    now + (took * REST).clamp(TOGETHER, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_in_a_large_cluster_is_committed_while_it_lasts_and_soon_after() {
        // Five thousand deployments change within 20 seconds; each view takes half a second, each commit three.
        let (mut pace, mut now, mut last) = (Pace::new(0), 1_000, 0);
        while last < 20_000 {
            assert!(pace.allows(now), "at {now}");
            now += 3_000;
            pace.spend(now, 500);
            (last, now) = (now, next(now, 3_000));
        }
        assert!(now - last <= LONGEST, "the stragglers have to wait {} ms", now - last);
    }

    #[test]
    fn what_never_ends_has_a_small_share_and_never_waits_long() {
        let (mut pace, mut now, mut spent, mut longest) = (Pace::new(0), 0, 0, 0);
        let mut last = 0;
        while now < 600_000 {
            if pace.allows(now) {
                longest = longest.max(now - last);
                now += 300;
                pace.spend(now, 300);
                spent += 300;
                last = now;
            }
            now += 1_000;
        }
        assert!(spent <= 20_500, "{spent} ms of ten minutes");
        assert!(longest <= 13_000, "{longest} ms between two commits");
        let mut slow = Pace::new(0);
        for _ in 0..10 {
            slow.spend(0, 60_000);
        }
        assert!(!slow.allows(0));
        let mut broke = Pace { used: CREDIT - 1, at: 0 };
        broke.spend(0, 60_000);
        assert!(broke.allows(30_000), "one view that took a minute costs half a minute");
    }

    #[test]
    fn small_clusters_are_committed_a_second_later_whatever_happens() {
        let (mut pace, mut now) = (Pace::new(0), 0);
        for _ in 0..600 {
            assert!(pace.allows(now));
            pace.spend(now, 20);
            now = next(now, 60);
        }
        assert_eq!(now, 600_000);
    }
}
