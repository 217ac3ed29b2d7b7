//! What each plugin used and was refused since the portal started.
//!
//! Rule: numbers only go up, are never reset by a new version, and cost a plugin nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use portico_manifest::Capability;

/// The counters of one plugin.
#[derive(Default)]
pub(crate) struct Counters {
    calls: AtomicU64,
    failures: AtomicU64,
    peak_memory: AtomicU64,
    cpu_nanoseconds: AtomicU64,
    denials: [AtomicU64; Capability::ALL.len()],
}

impl Counters {
    pub(crate) fn call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn used(&self, peak_memory: u64, cpu: std::time::Duration) {
        self.peak_memory.fetch_max(peak_memory, Ordering::Relaxed);
        let nanoseconds = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
        self.cpu_nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    pub(crate) fn denial(&self, capability: Capability) {
        self.denials[capability as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    pub(crate) fn peak_memory(&self) -> u64 {
        self.peak_memory.load(Ordering::Relaxed)
    }

    /// Processor time in seconds.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        std::time::Duration::from_nanos(self.cpu_nanoseconds.load(Ordering::Relaxed)).as_secs_f64()
    }

    pub(crate) fn denials(&self, capability: Capability) -> u64 {
        self.denials[capability as usize].load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_has_a_counter_of_its_own() {
        let counters = Counters::default();
        for capability in Capability::ALL {
            counters.denial(capability);
        }
        assert!(Capability::ALL.into_iter().all(|capability| counters.denials(capability) == 1));
    }
}
