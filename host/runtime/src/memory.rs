//! How much memory plugins hold: each call within its limit, all of a plugin within its share, all together within the process's.
//!
//! Rule: what counts is the sum over all memories of a call, taken from the plugin's pool and from one that all share, and given back
//! when the call's store is dropped. So does what the portal holds for a call, such as documents of a session that is open, beside the call's own
//! limit. A growth that is refused is an answer, not a trap: the guest sees its allocation fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::ResourceLimiter;

/// Memories that one call may have: guests made of several modules have a few.
pub(crate) const MEMORIES: usize = 8;

/// What all calls together may hold: a small machine has room for it beside the portal.
pub(crate) const PROCESS: u64 = 2 << 30;

/// What the calls of one plugin may hold together: as much as one call can be granted, and so much that another plugin has as much.
pub(crate) const OWN: u64 = PROCESS / 2;

/// Core instances and tables of one call; guests of large interpreters link some dozens.
const INSTANCES: usize = 128;
const TABLES: usize = 64;

/// Table elements of one call, all tables together: some 800 KiB of host memory.
const TABLE_ELEMENTS: usize = 100_000;

/// Memory that calls share.
#[derive(Clone)]
pub(crate) struct Pool {
    left: Arc<AtomicU64>,
    size: u64,
}

impl Pool {
    pub(crate) fn new(size: u64) -> Pool {
        Pool { left: Arc::new(AtomicU64::new(size)), size }
    }

    /// What calls hold now.
    pub(crate) fn held(&self) -> u64 {
        self.size - self.left.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: u64) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    fn give_back(&self, bytes: u64) {
        self.left.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Why a growth was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The call would have held more than it may.
    Call {
        /// What it would have held.
        wanted: u64,
    },
    /// All calls of the plugin would have held more than they may.
    Plugin,
    /// All calls together would have held more than they may.
    Process,
}

/// What one call holds.
pub(crate) struct Memory {
    own: Pool,
    pool: Pool,
    limit: u64,
    held: u64,
    /// What the portal holds for the call.
    lent: u64,
    elements: usize,
    refused: Option<Refusal>,
}

impl Memory {
    /// `own` is the plugin's, `pool` everybody's.
    pub(crate) fn new(own: &Pool, pool: &Pool, limit: u64) -> Memory {
        Memory { own: own.clone(), pool: pool.clone(), limit, held: 0, lent: 0, elements: 0, refused: None }
    }

    /// The most that the call has held: memories never shrink.
    pub(crate) fn peak(&self) -> u64 {
        self.held
    }

    /// The portal holds more for the call; an error if the pools have no room.
    pub(crate) fn lend(&mut self, bytes: u64) -> Result<(), Refusal> {
        self.take(bytes)?;
        self.lent += bytes;
        Ok(())
    }

    /// The portal holds less for the call.
    pub(crate) fn take_back(&mut self, bytes: u64) {
        let bytes = bytes.min(self.lent);
        self.lent -= bytes;
        self.give_back(bytes);
    }

    fn take(&self, bytes: u64) -> Result<(), Refusal> {
        if !self.own.take(bytes) {
            return Err(Refusal::Plugin);
        }
        if !self.pool.take(bytes) {
            self.own.give_back(bytes);
            return Err(Refusal::Process);
        }
        Ok(())
    }

    fn give_back(&self, bytes: u64) {
        self.own.give_back(bytes);
        self.pool.give_back(bytes);
    }

    /// The last growth that was refused.
    pub(crate) fn refused(&self) -> Option<Refusal> {
        self.refused
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // The memory's own type forbids it; whoever wrote the module knew, and no limit of ours was in the way.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let more = desired.saturating_sub(current) as u64;
        let wanted = self.held.saturating_add(more);
        if wanted > self.limit {
            self.refused = Some(Refusal::Call { wanted });
            return Ok(false);
        }
        if let Err(refusal) = self.take(more) {
            self.refused = Some(refusal);
            return Ok(false);
        }
        self.held = wanted;
        self.refused = None;
        Ok(true)
    }

    // A growth that fails later is not given back: the engine also calls `memory_grow_failed` for growths that it never
    // asked about, and a guest could talk its account down with those. Counting too much only costs the guest.

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let elements = self.elements.saturating_add(desired.saturating_sub(current));
        if elements > TABLE_ELEMENTS || maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.elements = elements;
        Ok(true)
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.give_back(self.held + self.lent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 64 << 10;

    fn memory(pool: &Pool, limit: u64) -> Memory {
        Memory::new(&Pool::new(OWN), pool, limit)
    }

    #[test]
    fn one_plugin_leaves_memory_to_the_others() {
        let (pool, own) = (Pool::new(4 * PAGE as u64), Pool::new(2 * PAGE as u64));
        let mut calls = [Memory::new(&own, &pool, u64::MAX), Memory::new(&own, &pool, u64::MAX)];
        assert!(calls[0].memory_growing(0, 2 * PAGE, None).unwrap());
        assert!(!calls[1].memory_growing(0, PAGE, None).unwrap());
        assert_eq!(calls[1].refused(), Some(Refusal::Plugin));
        let mut other = memory(&pool, u64::MAX);
        assert!(other.memory_growing(0, 2 * PAGE, None).unwrap());
        // What everybody's pool refuses is not counted as the plugin's.
        drop(calls);
        let mut again = Memory::new(&own, &Pool::new(0), u64::MAX);
        assert!(!again.memory_growing(0, PAGE, None).unwrap());
        assert_eq!((again.refused(), own.held(), pool.held()), (Some(Refusal::Process), 0, 2 * PAGE as u64));
    }

    #[test]
    fn what_the_portal_holds_for_a_call_is_the_plugins_and_not_the_calls() {
        let (pool, own) = (Pool::new(4 * PAGE as u64), Pool::new(3 * PAGE as u64));
        let mut call = Memory::new(&own, &pool, PAGE as u64);
        call.lend(2 * PAGE as u64).unwrap();
        assert!(call.memory_growing(0, PAGE, None).unwrap());
        assert_eq!((call.peak(), call.lend(1)), (PAGE as u64, Err(Refusal::Plugin)));
        assert_eq!(memory(&pool, u64::MAX).lend(2 * PAGE as u64), Err(Refusal::Process));
        call.take_back(PAGE as u64);
        assert_eq!(own.held(), 2 * PAGE as u64);
        drop(call);
        assert_eq!((own.held(), pool.held()), (0, 0));
    }

    #[test]
    fn several_memories_count_together() {
        let mut memory = memory(&Pool::new(1 << 30), 3 * PAGE as u64);
        assert!(memory.memory_growing(0, PAGE, None).unwrap());
        assert!(memory.memory_growing(0, 2 * PAGE, None).unwrap());
        assert!(!memory.memory_growing(0, PAGE, None).unwrap());
        assert_eq!(memory.refused(), Some(Refusal::Call { wanted: 4 * PAGE as u64 }));
        assert_eq!(memory.peak(), 3 * PAGE as u64);
    }

    #[test]
    fn calls_share_the_pool_and_give_back_when_they_end() {
        let pool = Pool::new(3 * PAGE as u64);
        let mut first = memory(&pool, u64::MAX);
        let mut second = memory(&pool, u64::MAX);
        assert!(first.memory_growing(0, 2 * PAGE, None).unwrap());
        assert!(!second.memory_growing(0, 2 * PAGE, None).unwrap());
        assert_eq!(second.refused(), Some(Refusal::Process));
        drop(first);
        assert!(second.memory_growing(0, 2 * PAGE, None).unwrap());
        drop(second);
        assert_eq!(pool.held(), 0);
    }

    #[test]
    fn a_growth_beyond_the_memorys_own_maximum_is_nobodys_fault() {
        let mut memory = memory(&Pool::new(1 << 30), 1 << 30);
        assert!(!memory.memory_growing(PAGE, 3 * PAGE, Some(2 * PAGE)).unwrap());
        assert_eq!(memory.refused(), None);
    }

    #[test]
    fn failed_growths_that_were_never_asked_for_change_no_account() {
        let mut memory = memory(&Pool::new(1 << 30), 1 << 30);
        assert!(memory.memory_growing(0, PAGE, None).unwrap());
        for _ in 0..10 {
            memory.memory_grow_failed(wasmtime::Error::msg("beyond the type")).unwrap();
        }
        assert_eq!(memory.peak(), PAGE as u64);
    }

    #[test]
    fn tables_are_bounded_together() {
        let mut memory = memory(&Pool::new(0), 0);
        assert!(memory.table_growing(0, TABLE_ELEMENTS, None).unwrap());
        assert!(!memory.table_growing(0, 1, None).unwrap());
    }
}
