//! The one engine of the process, and the thread that keeps its time.
//!
//! Rule: one engine for all plugins, so that the clock that ends a spinning plugin ticks for every one of them; and an
//! operating system's thread ticks, not the async runtime, which may be what is stuck.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::backtrace::CAPTURED;
use crate::memory::{OWN, Pool};
use crate::start::StartError;

/// How often running plugins are looked at. A slice of 10 ms keeps other work on the same thread waiting for less than
/// anybody notices, and costs a plugin well under a thousandth of its time.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Calls at once. Each holds at least one slot of the pool below and some memory; more than this on one machine wait.
const CALLS: usize = 64;

/// Calls at once that somebody waits for: cards, requests. A share of their own, so that no number of syncs keeps a page waiting.
const QUICK_CALLS: usize = 48;

/// Calls at once that happen inside of others: documents of kinds. They hold nothing that another call waits for, so they end.
const INNER_CALLS: usize = 16;

/// Calls that go on for as long as their plugins run, one for each plugin that follows something.
const LASTING_CALLS: usize = 32;

/// Of quick calls, as many as one plugin takes at once: one that is slow keeps its own pages waiting, and no other's.
const OWN_QUICK_CALLS: usize = QUICK_CALLS / 4;

/// The same of calls inside of others.
const OWN_INNER_CALLS: usize = INNER_CALLS / 2;

/// Calls at once of every sort. The pool has room for as much as each of them may have, so that it is never what says no.
const ALL_CALLS: u32 = (CALLS + QUICK_CALLS + INNER_CALLS + LASTING_CALLS) as u32;

/// Instances and stacks in the pool: some more than calls, as what a call leaves is cleared after it has ended.
const SLOTS: u32 = 2 * ALL_CALLS;

/// Memories in the pool: each takes about 4 GiB of address space (not of memory), together five terabytes of the 128 that a process has.
const MEMORIES: u32 = ALL_CALLS * crate::memory::MEMORIES as u32;

/// What one memory may grow to; the most that can be granted, see `portico_manifest::Limits::MOST`.
const MEMORY: usize = portico_manifest::Limits::MOST.memory.as_bytes() as usize;

/// Core instances of one guest, and in the pool: guests of JavaScript and Python link some dozens.
const CORE_INSTANCES_PER_GUEST: u32 = 64;
const CORE_INSTANCES: u32 = ALL_CALLS * CORE_INSTANCES_PER_GUEST;

/// Tables of one guest, and in the pool; the same guests have many.
const TABLES_PER_GUEST: u32 = 32;
const TABLES: u32 = ALL_CALLS * TABLES_PER_GUEST;

/// Elements of one table: the functions of a large interpreter.
const TABLE_ELEMENTS: usize = 50_000;

/// Bytes of an instance's own records; a large interpreter needs more than the default.
const INSTANCE: usize = 4 << 20;

/// Memory of a slot that is cleared instead of given back: most calls touch less, and giving back costs page faults.
const KEEP_RESIDENT: usize = 256 << 10;

/// The same of a table: all of most. Giving pages back has every processor that computes for the portal forget where they were, which took
/// a call beside a busy plugin twice as long.
const TABLE_KEEP_RESIDENT: usize = 64 << 10;

/// Idle slots that keep that memory: as many as run at once on a busy day, so that an idle portal is small.
const WARM_SLOTS: u32 = 16;

/// The engine with what all calls share.
pub(crate) struct Sandbox {
    pub(crate) engine: Engine,
    /// A permit a call. Fewer than the pool has slots, so that the pool is never what says no.
    pub(crate) calls: Arc<Semaphore>,
    /// The same for calls that somebody waits for.
    pub(crate) quick_calls: Arc<Semaphore>,
    /// The same for calls inside of others.
    pub(crate) inner_calls: Arc<Semaphore>,
    /// The same for calls that go on.
    pub(crate) lasting_calls: Arc<Semaphore>,
}

/// What one plugin may take at once of what all share. Runs and changes need no sandbox of these: a plugin has one of each at a time.
pub(crate) struct OwnCalls {
    pub(crate) quick: Arc<Semaphore>,
    pub(crate) inner: Arc<Semaphore>,
    pub(crate) memory: Pool,
}

impl Default for OwnCalls {
    fn default() -> OwnCalls {
        OwnCalls {
            quick: Arc::new(Semaphore::new(OWN_QUICK_CALLS)),
            inner: Arc::new(Semaphore::new(OWN_INNER_CALLS)),
            memory: Pool::new(OWN),
        }
    }
}

/// What of the pool is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// Guests.
    pub instances: u64,
    /// Their memories.
    pub memories: u64,
    /// Their tables.
    pub tables: u64,
    /// Stacks that calls run on.
    pub stacks: u64,
    /// Bytes that no call uses, and that are kept for the next one.
    pub kept: u64,
}

impl Sandbox {
    /// What of the pool is in use; none on a machine that has no room for one.
    pub(crate) fn pool_use(&self) -> Option<PoolUse> {
        let pool = self.engine.pooling_allocator_metrics()?;
        let kept = pool.unused_memory_bytes_resident() + pool.unused_table_bytes_resident();
        Some(PoolUse {
            instances: pool.component_instances(),
            memories: pool.memories() as u64,
            tables: pool.tables() as u64,
            stacks: pool.stacks() as u64,
            kept: kept as u64,
        })
    }

    /// Starts the engine, with a pool where the machine allows it.
    pub(crate) fn start() -> Result<Sandbox, StartError> {
        let mut pooled = config();
        pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
        // The pool reserves its address space here or fails here, as under `ulimit -v`; then memory is taken as needed.
        let engine = Engine::new(&pooled).or_else(|error| {
            tracing::warn!(%error, "no address space for the pool of sandboxes; plugins run without it, a little slower");
            Engine::new(&config())
        });
        let engine = engine.map_err(|error| StartError::Engine(format!("{error:#}")))?;
        tick(&engine)?;
        Ok(Sandbox {
            engine,
            calls: Arc::new(Semaphore::new(CALLS)),
            quick_calls: Arc::new(Semaphore::new(QUICK_CALLS)),
            inner_calls: Arc::new(Semaphore::new(INNER_CALLS)),
            lasting_calls: Arc::new(Semaphore::new(LASTING_CALLS)),
        })
    }
}

pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.wasm_component_model(true);
    // A plugin of the contract needs neither; what is off cannot surprise.
    config.wasm_memory64(false);
    config.wasm_relaxed_simd(false);
    config.memory_init_cow(true);
    config.wasm_backtrace_max_frames(NonZeroUsize::new(CAPTURED));
    config
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(SLOTS)
        .total_core_instances(CORE_INSTANCES)
        .total_memories(MEMORIES)
        .total_tables(TABLES)
        .total_stacks(SLOTS)
        .max_core_instances_per_component(CORE_INSTANCES_PER_GUEST)
        .max_memories_per_component(crate::memory::MEMORIES as u32)
        .max_tables_per_component(TABLES_PER_GUEST)
        .table_elements(TABLE_ELEMENTS)
        .max_component_instance_size(INSTANCE)
        .max_core_instance_size(INSTANCE)
        .max_memory_size(MEMORY)
        .max_unused_warm_slots(WARM_SLOTS)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(TABLE_KEEP_RESIDENT);
    // `pagemap_scan` would be quicker still, but passes over pages that were swapped out: the next plugin could read them.
    pool
}

/// Starts the thread that ticks for as long as the engine lives.
fn tick(engine: &Engine) -> Result<(), StartError> {
    let engine = engine.weak();
    let ticker = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    };
    std::thread::Builder::new()
        .name("wasm-epoch".to_owned())
        .spawn(ticker)
        .map(drop)
        .map_err(|error| StartError::Engine(format!("its clock's thread could not be started: {error}")))
}
