//! One call of a plugin: a sandbox is made, the plugin runs in it within its limits, and the sandbox is dropped.
//!
//! Three clocks end a call that does not end by itself: the processor time that it computes (asked at every tick of the
//! engine's clock), the time on the clock (around everything, with all that it waits for), and the patience of whoever
//! asked it to stop. At every tick a computing plugin also makes way for other work on its thread.
//!
//! Rule: whatever happens inside, a call ends with an [`Outcome`] within its limits, and nothing of it stays behind.

use std::time::Duration;

use portico_api_types::LogLevel;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use wasmtime::{Store, UpdateDeadline};

use crate::bindings::IngestionPluginPre;
use crate::classify::{self, Evidence};
use crate::engine::Sandbox;
use crate::fault::Fault;
use crate::guest::{Call, Guest};
use crate::memory::{Memory, Pool};
use crate::meter::Meter;

/// How long a plugin may go on after somebody asked it to stop: enough to finish what is under way.
const GRACE: Duration = Duration::from_secs(5);

/// How long a call waits for a free sandbox.
const QUEUE: Duration = Duration::from_secs(30);

/// How often watchers are shown what has changed.
const SHOW: Duration = Duration::from_millis(200);

/// Bytes that a guest may have the portal copy in one host call; each call has all of it anew.
const HOSTCALL_BYTES: usize = 8 << 20;

/// Handles that a guest may hold.
const HANDLES: usize = 1_000;

/// The end of what a guest wrote to its error output, as far as a sentence shows it.
const LAST_WORDS: usize = 2 << 10;

/// How a call ended, and what it used.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) fault: Option<Fault>,
    pub(crate) peak_memory: u64,
    pub(crate) cpu: Duration,
}

impl Outcome {
    /// The portal's own failure.
    pub(crate) fn failed(what: String) -> Outcome {
        Outcome::unused(Fault::Host(what))
    }

    fn unused(fault: Fault) -> Outcome {
        Outcome { fault: Some(fault), peak_memory: 0, cpu: Duration::ZERO }
    }
}

/// How a call ended, before it is known what that means.
enum End {
    Returned(wasmtime::Result<Result<(), crate::bindings::portico::plugin::types::Error>>),
    OutOfTime,
    OutOfPatience,
}

/// Calls a plugin's `sync`.
pub(crate) async fn sync(sandbox: &Sandbox, pool: &Pool, mut call: Call) -> Outcome {
    let Ok(Ok(_permit)) = timeout(QUEUE, sandbox.calls.clone().acquire_owned()).await else {
        let waited = format!(
            "No sandbox became free within {} s. The run is tried again by itself; if this goes on, space out the schedules.",
            QUEUE.as_secs()
        );
        return Outcome::unused(Fault::Busy(waited));
    };
    let limits = call.loaded.rights.limits;
    call.deadline = Instant::now() + limits.wall.as_duration();
    let (live, deadline) = (call.live.clone(), call.deadline);
    let pre = call.loaded.pre.clone();
    let meter = Meter::default();
    let guest = Guest::new(call, Memory::new(pool, limits.memory.as_bytes()));
    let mut store = store(sandbox, guest, &meter, limits.cpu.as_duration());
    let end = {
        let mut work = meter.measure(enter(&pre, &mut store));
        let mut show = interval(SHOW);
        show.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut patience = std::pin::pin!(live.out_of_patience(GRACE));
        loop {
            tokio::select! {
                // The clocks come first: a plugin that is always ready would never let them have their say.
                biased;
                () = sleep_until(deadline) => break End::OutOfTime,
                () = &mut patience => break End::OutOfPatience,
                _ = show.tick() => live.show_changes(),
                returned = &mut work => break End::Returned(returned),
            }
        }
    };
    let out_of_cpu = meter.used() >= limits.cpu.as_duration();
    let guest = store.data();
    let fault = meaning(end, guest, out_of_cpu);
    for scope in &guest.open {
        live.note(LogLevel::Warn, &format!("The session for `{scope}` was left open; nothing of it was kept."));
    }
    Outcome { fault, peak_memory: guest.memory.peak(), cpu: meter.used() }
}

/// A sandbox with its limits.
fn store(sandbox: &Sandbox, guest: Guest, meter: &Meter, cpu: Duration) -> Store<Guest> {
    let mut store = Store::new(&sandbox.engine, guest);
    store.limiter(|guest| &mut guest.memory);
    store.set_hostcall_fuel(HOSTCALL_BYTES);
    store.set_max_component_handles(HANDLES);
    store.set_epoch_deadline(1);
    let meter = meter.clone();
    store.epoch_deadline_callback(move |_| {
        if meter.used_in_poll() >= cpu {
            return Ok(UpdateDeadline::Interrupt);
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    store
}

/// Makes the instance and calls it.
async fn enter(
    pre: &IngestionPluginPre<Guest>,
    store: &mut Store<Guest>,
) -> wasmtime::Result<Result<(), crate::bindings::portico::plugin::types::Error>> {
    let plugin = pre.instantiate_async(&mut *store).await?;
    plugin.portico_plugin_ingestion().call_sync(store).await
}

fn meaning(end: End, guest: &Guest, out_of_cpu: bool) -> Option<Fault> {
    let cancelled = guest.call.live.is_cancelled();
    match end {
        End::OutOfTime => Some(Fault::TimeLimit),
        End::OutOfPatience => Some(Fault::Cancelled { forced: true }),
        End::Returned(Ok(Ok(()))) => cancelled.then_some(Fault::Cancelled { forced: false }),
        End::Returned(Ok(Err(error))) => Some(classify::guest(error, cancelled)),
        End::Returned(Err(error)) => {
            tracing::debug!(plugin = guest.plugin(), error = format!("{error:?}"), "a call ended in a trap");
            let evidence = Evidence { out_of_cpu, refused: guest.memory.refused(), words: last_words(guest) };
            Some(classify::fault(&error, evidence))
        }
    }
}

/// What the guest said last: an error in its log, where panics go, or the end of its error output.
fn last_words(guest: &Guest) -> String {
    let logged = guest.call.live.last_error();
    if !logged.is_empty() {
        return logged;
    }
    let written = guest.stderr.text();
    let written = written.trim();
    let start = written.len().saturating_sub(LAST_WORDS);
    let start = (start..=written.len()).find(|index| written.is_char_boundary(*index)).unwrap_or(written.len());
    classify::clean(&written[start..])
}
