//! One call of a plugin: a sandbox is made, the plugin runs in it within its limits, and the sandbox is dropped. What it is asked
//! to do is a [`Work`], one for each function of the contract.
//!
//! Three clocks end a call that does not end by itself: the processor time that it computes (asked at every tick of the
//! engine's clock), the time on the clock (around everything, with all that it waits for), and the patience of whoever
//! asked it to stop. At every tick a computing plugin also makes way for other work on its thread.
//!
//! Rule: whatever happens inside, a call ends with an [`Outcome`] within its limits, and nothing of it stays behind.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portico_api_types::LogLevel;
use portico_manifest::{Limits, Size};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout_at};
use wasmtime::{Store, UpdateDeadline};

use crate::allowance::Allowance;
use crate::backtrace::backtrace;
use crate::bindings::portico::plugin::types::Error as GuestError;
use crate::classify::{self, Evidence};
use crate::engine::{OwnCalls, Sandbox};
use crate::fault::{Bound, Fault};
use crate::guest::{Call, Guest};
use crate::memory::{Memory, Pool};
use crate::meter::Meter;
use crate::points::Points;
use crate::workspace::{Outgrown, Workspace};

/// How long a plugin may go on after somebody asked it to stop: enough to finish what is under way.
const GRACE: Duration = Duration::from_secs(5);

/// How long a call waits for a free sandbox.
const QUEUE: Duration = Duration::from_secs(30);

/// The same where somebody waits for a page.
const QUICK_QUEUE: Duration = Duration::from_secs(2);

/// How often watchers are shown what has changed.
const SHOW: Duration = Duration::from_millis(200);

/// Bytes that a guest may have the portal copy in one host call; each call has all of it anew. An object of 10 MB, as tools have them, and what
/// it is wrapped in.
const HOSTCALL_BYTES: usize = 12 << 20;

/// Handles that a guest may hold.
const HANDLES: usize = 1_000;

/// The end of what a guest wrote to its error output, as far as a sentence shows it.
const LAST_WORDS: usize = 2 << 10;

/// What a plugin is asked to do.
pub(crate) trait Work: Send {
    /// What it answers.
    type Answer: Send;

    /// What it is about, where its failing says nothing of others; empty where it does.
    fn subject(&self) -> String {
        String::new()
    }

    /// How much it may use, of what the plugin may use at all.
    fn limits(&self, granted: Limits) -> Limits;

    /// Of which sandboxes it takes one.
    fn share(&self) -> Share;

    /// How often processor time and requests are there anew; never for calls that end.
    fn renewed(&self) -> Option<Duration> {
        None
    }

    /// Whether it may bring data in. What only looks at things changes nothing.
    fn may_ingest(&self) -> bool {
        true
    }

    /// Makes the instance and calls it.
    fn enter(self, points: Points, store: &mut Store<Guest>) -> impl Future<Output = Answered<Self::Answer>> + Send;
}

/// Which sandboxes are for which calls. Each share is its own, so that none keeps another waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// For what nobody waits at a page for.
    Patient,
    /// For what somebody waits for.
    Quick,
    /// For what goes on for as long as its plugin runs.
    Lasting,
    /// For what happens inside of another call, which holds a sandbox of its own meanwhile.
    Inner,
}

impl Share {
    /// Requests that one call may send: what is granted where nobody waits, and no more than a page can wait for where somebody does.
    fn requests(self, granted: u32) -> u32 {
        match self {
            Share::Patient | Share::Lasting => granted,
            Share::Quick | Share::Inner => granted.min(100),
        }
    }
}

/// What a plugin answers, or how it failed.
pub(crate) type Answered<T> = wasmtime::Result<Result<T, GuestError>>;

/// How a call ended, and what it used.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    pub(crate) ended: Result<T, Fault>,
    pub(crate) peak_memory: u64,
    pub(crate) cpu: Duration,
}

impl<T> Outcome<T> {
    /// The portal's own failure.
    pub(crate) fn failed(what: String) -> Outcome<T> {
        Outcome::unused(Fault::Host(what))
    }

    fn unused(fault: Fault) -> Outcome<T> {
        Outcome { ended: Err(fault), peak_memory: 0, cpu: Duration::ZERO }
    }
}

/// How a call ended, before it is known what that means.
enum End<T> {
    Returned(Answered<T>),
    OutOfTime,
    OutOfPatience,
    OutOfRoom(io::Result<Outgrown>),
}

/// Has a plugin do something.
pub(crate) async fn perform<W: Work>(sandbox: &Sandbox, pool: &Pool, mut call: Call, work: W) -> Outcome<W::Answer> {
    let _permits = match permits(sandbox, &call.own_calls, work.share()).await {
        Ok(permits) => permits,
        Err(fault) => return Outcome::unused(fault),
    };
    let loaded = call.loaded.clone();
    if loaded.attendance.is_over() {
        return Outcome::unused(Fault::Cancelled { forced: false });
    }
    let granted = call.loaded.rights.limits;
    let limits = work.limits(granted);
    call.may_ingest = work.may_ingest();
    call.is_patient = matches!(work.share(), Share::Patient | Share::Lasting);
    call.is_lasting = matches!(work.share(), Share::Lasting);
    let may_send = Allowance::new(work.share().requests(limits.requests).into(), work.renewed());
    let may_compute = Allowance::new(nanoseconds(limits.cpu.as_duration()), work.renewed());
    call.deadline = Instant::now() + limits.wall.as_duration();
    let (live, deadline) = (call.live.clone(), call.deadline);
    let points = call.loaded.points.clone();
    let meter = Meter::default();
    let memory = Memory::new(&call.own_calls.memory, pool, limits.memory.as_bytes());
    let workspace = call.workspace.clone();
    let guest = match Guest::new(call, memory, may_send) {
        Ok(guest) => guest,
        Err(error) => return Outcome::failed(format!("the workspace could not be opened: {error:#}")),
    };
    let out_of_cpu = Arc::<AtomicBool>::default();
    let mut store = store(sandbox, guest, &meter, may_compute, out_of_cpu.clone());
    let end = {
        let mut work = meter.measure(work.enter(points, &mut store));
        let mut show = interval(SHOW);
        show.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut patience = std::pin::pin!(live.out_of_patience(GRACE));
        let mut dismissal = std::pin::pin!(loaded.attendance.over());
        let mut outgrown = std::pin::pin!(outgrown(workspace.as_ref(), granted.disk));
        loop {
            tokio::select! {
                // The clocks come first: a plugin that is always ready would never let them have their say.
                biased;
                () = sleep_until(deadline) => break End::OutOfTime,
                () = &mut patience => break End::OutOfPatience,
                outgrown = &mut outgrown => break End::OutOfRoom(outgrown),
                () = &mut dismissal, if !live.is_cancelled() => live.cancel(),
                _ = show.tick() => live.show_changes(),
                returned = &mut work => break End::Returned(returned),
            }
        }
    };
    let end = match (end, &workspace) {
        // What was written last is measured as well.
        (End::Returned(Ok(Ok(answer))), Some(workspace)) => match workspace.measured(granted.disk).await.transpose() {
            Some(outgrown) => End::OutOfRoom(outgrown),
            None => End::Returned(Ok(Ok(answer))),
        },
        (end, _) => end,
    };
    let guest = store.data();
    let cpu = out_of_cpu.load(Ordering::Relaxed).then(|| Bound::of(limits.cpu, granted.cpu));
    let ended = meaning(end, guest, cpu, Bound::of(limits.wall, granted.wall));
    for scope in guest.open.keys() {
        live.note(LogLevel::Warn, &format!("The session for `{scope}` was left open; nothing of it was kept."));
    }
    Outcome { ended, peak_memory: guest.memory.peak(), cpu: meter.used() }
}

/// Ends once a workspace holds more than it may; never where there is none.
async fn outgrown(workspace: Option<&Workspace>, most: Size) -> io::Result<Outgrown> {
    match workspace {
        Some(workspace) => workspace.outgrown(most).await,
        None => std::future::pending().await,
    }
}

/// Waits for a sandbox: first for one of those that the plugin may have itself, so that who waits for its own holds up nobody else.
async fn permits(
    sandbox: &Sandbox,
    own: &OwnCalls,
    share: Share,
) -> Result<(Option<OwnedSemaphorePermit>, OwnedSemaphorePermit), Fault> {
    let (own, sandboxes, patience) = match share {
        Share::Patient => (None, &sandbox.calls, QUEUE),
        Share::Lasting => (None, &sandbox.lasting_calls, QUEUE),
        Share::Quick => (Some(&own.quick), &sandbox.quick_calls, QUICK_QUEUE),
        Share::Inner => (Some(&own.inner), &sandbox.inner_calls, QUEUE),
    };
    let (until, seconds) = (Instant::now() + patience, patience.as_secs());
    let own = match own {
        None => None,
        Some(own) => match timeout_at(until, own.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Some(permit),
            _ => {
                return Err(Fault::Busy(format!(
                    "As many calls of it go on as it may have at once, and none ended within {seconds} s. It is tried again by itself; if this \
                     goes on, what it does takes too long."
                )));
            }
        },
    };
    match timeout_at(until, sandboxes.clone().acquire_owned()).await {
        Ok(Ok(permit)) => Ok((own, permit)),
        _ => Err(Fault::Busy(format!(
            "No sandbox became free within {seconds} s. It is tried again by itself; if this goes on, space out the schedules."
        ))),
    }
}

/// A sandbox with its limits.
fn store(
    sandbox: &Sandbox,
    guest: Guest,
    meter: &Meter,
    mut may_compute: Allowance,
    out_of_cpu: Arc<AtomicBool>,
) -> Store<Guest> {
    let mut store = Store::new(&sandbox.engine, guest);
    store.limiter(|guest| &mut guest.memory);
    store.set_hostcall_fuel(HOSTCALL_BYTES);
    store.set_max_component_handles(HANDLES);
    store.set_epoch_deadline(1);
    let meter = meter.clone();
    store.epoch_deadline_callback(move |_| {
        if !may_compute.allows(nanoseconds(meter.used_in_poll())) {
            out_of_cpu.store(true, Ordering::Relaxed);
            return Ok(UpdateDeadline::Interrupt);
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    store
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What an end means; `out_of_cpu` is what it had of computing, if it used that up, and `wall` what it had on the clock.
fn meaning<T>(end: End<T>, guest: &Guest, out_of_cpu: Option<Bound>, wall: Bound) -> Result<T, Fault> {
    let cancelled = guest.call.live.is_cancelled();
    match end {
        End::OutOfTime => Err(Fault::TimeLimit(wall)),
        End::OutOfPatience => Err(Fault::Cancelled { forced: true }),
        End::OutOfRoom(Ok(outgrown)) => Err(Fault::DiskLimit(outgrown)),
        End::OutOfRoom(Err(why)) => {
            Err(Fault::Host(classify::clean(&format!("the workspace cannot be measured: {why}"))))
        }
        End::Returned(Ok(Ok(_))) if cancelled => Err(Fault::Cancelled { forced: false }),
        End::Returned(Ok(Ok(answer))) => Ok(answer),
        End::Returned(Ok(Err(error))) => Err(classify::guest(error, cancelled)),
        End::Returned(Err(error)) => {
            tracing::debug!(plugin = guest.plugin(), error = format!("{error:?}"), "a call ended in a trap");
            let evidence = Evidence { out_of_cpu, refused: guest.memory.refused(), words: last_words(guest) };
            let fault = classify::fault(&error, evidence);
            // Where it was is no business of the plugin's where the portal failed.
            if !matches!(fault, Fault::Host(_))
                && let Some(place) = backtrace(&error)
            {
                guest.call.live.note(LogLevel::Error, &place);
                // Calls outside of runs have no log that is kept.
                tracing::warn!(plugin = guest.plugin(), "{place}");
            }
            Err(fault)
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
