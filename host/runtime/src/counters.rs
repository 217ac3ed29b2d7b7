//! What each plugin did, used and was refused since the portal started.
//!
//! Rule: numbers only go up, are never reset by a new version, and cost a plugin nothing.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use portico_api_types::{Denials, PluginUse, PointUse, RequestsTurnedAway, Summary, Timestamp};
use portico_manifest::{Capability, Extension};

use crate::intake::TurnedAway;

/// The counters of one plugin.
#[derive(Default)]
pub(crate) struct Counters {
    points: [Point; Extension::ALL.len()],
    peak_memory: AtomicU64,
    /// Milliseconds since 1970; 0 if nothing failed.
    last_failure: AtomicI64,
    denials: [AtomicU64; Capability::ALL.len()],
    /// Requests to its routes that it was never asked to answer.
    turned_away: [AtomicU64; TurnedAway::ALL.len()],
    /// Commits that changed something.
    changes: AtomicU64,
}

/// The same of one extension point.
#[derive(Default)]
struct Point {
    calls: AtomicU64,
    failures: AtomicU64,
    cpu_nanoseconds: AtomicU64,
}

impl Counters {
    pub(crate) fn call(&self, point: Extension) {
        self.points[point as usize].calls.fetch_add(1, Ordering::Relaxed);
    }

    /// A call failed; `refused` is what it was refused more of, if that is why.
    pub(crate) fn failure(&self, point: Extension, refused: Option<Capability>) {
        if let Some(capability) = refused {
            self.denial(capability);
        }
        self.points[point as usize].failures.fetch_add(1, Ordering::Relaxed);
        self.last_failure.store(Timestamp::now().as_millisecond(), Ordering::Relaxed);
    }

    pub(crate) fn used(&self, point: Extension, peak_memory: u64, cpu: Duration) {
        self.peak_memory.fetch_max(peak_memory, Ordering::Relaxed);
        let nanoseconds = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
        self.points[point as usize].cpu_nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// A commit said so.
    pub(crate) fn committed(&self, summary: &Summary) {
        if summary.added + summary.updated + summary.removed + summary.facts > 0 {
            self.changes.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Commits that changed something.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    pub(crate) fn denial(&self, capability: Capability) {
        self.denials[capability as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn denials(&self, capability: Capability) -> u64 {
        self.denials[capability as usize].load(Ordering::Relaxed)
    }

    /// What was refused at all.
    pub(crate) fn refused(&self) -> Vec<Denials> {
        let shown = |capability| Denials {
            capability: Capability::as_str(capability).to_owned(),
            count: self.denials(capability),
        };
        Capability::ALL.into_iter().map(shown).filter(|denials| denials.count > 0).collect()
    }

    /// A request to one of its routes was turned away.
    pub(crate) fn turned_away(&self, reason: TurnedAway) {
        self.turned_away[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Requests to its routes that were turned away at all, by reason.
    pub(crate) fn requests_turned_away(&self) -> Vec<RequestsTurnedAway> {
        let shown = |reason: TurnedAway| RequestsTurnedAway {
            reason: reason.as_str().to_owned(),
            count: self.turned_away[reason as usize].load(Ordering::Relaxed),
        };
        TurnedAway::ALL.into_iter().map(shown).filter(|one| one.count > 0).collect()
    }

    /// All of it together, beside the limit of memory in bytes.
    pub(crate) fn shown(&self, memory_limit: u64) -> PluginUse {
        let sum = |counter: fn(&Point) -> &AtomicU64| {
            self.points.iter().map(|point| counter(point).load(Ordering::Relaxed)).sum::<u64>()
        };
        let last_failure = self.last_failure.load(Ordering::Relaxed);
        PluginUse {
            peak_memory: self.peak_memory.load(Ordering::Relaxed),
            memory_limit,
            cpu_milliseconds: sum(|point| &point.cpu_nanoseconds) / 1_000_000,
            calls: sum(|point| &point.calls),
            failures: sum(|point| &point.failures),
            last_failure_at: (last_failure > 0).then(|| Timestamp::from_millisecond(last_failure).ok()).flatten(),
        }
    }

    /// What was called at all, in the order of the manifest's words.
    pub(crate) fn points(&self) -> Vec<PointUse> {
        let shown = |(extension, point): (Extension, &Point)| {
            let calls = point.calls.load(Ordering::Relaxed);
            (calls > 0).then(|| PointUse {
                point: extension.as_str().to_owned(),
                calls,
                failures: point.failures.load(Ordering::Relaxed),
                cpu_milliseconds: point.cpu_nanoseconds.load(Ordering::Relaxed) / 1_000_000,
            })
        };
        Extension::ALL.into_iter().zip(&self.points).filter_map(shown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_extension_point_and_reason_has_counters_of_its_own() {
        let counters = Counters::default();
        for capability in Capability::ALL {
            counters.denial(capability);
        }
        for (milliseconds, point) in (1..).zip(Extension::ALL) {
            counters.call(point);
            counters.used(point, milliseconds, Duration::from_millis(milliseconds));
        }
        assert!(counters.requests_turned_away().is_empty(), "what there was none of is not told");
        for (count, reason) in (1..).zip(TurnedAway::ALL) {
            (0..count).for_each(|_| counters.turned_away(reason));
        }
        let turned_away: Vec<_> = counters.requests_turned_away().iter().map(|one| one.count).collect();
        assert_eq!(turned_away, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert!(counters.shown(9).last_failure_at.is_none());
        counters.failure(Extension::Routes, None);
        assert!(Capability::ALL.into_iter().all(|capability| counters.denials(capability) == 1));
        let points: Vec<_> =
            counters.points().iter().map(|one| (one.calls, one.failures, one.cpu_milliseconds)).collect();
        assert_eq!(points, [(1, 0, 1), (1, 0, 2), (1, 0, 3), (1, 0, 4), (1, 1, 5), (1, 0, 6), (1, 0, 7), (1, 0, 8)]);
        let shown = counters.shown(9);
        assert_eq!((shown.calls, shown.failures, shown.cpu_milliseconds, shown.peak_memory), (8, 1, 36, 8));
        assert!(shown.last_failure_at.is_some());
    }
}
