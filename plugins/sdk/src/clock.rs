//! The time, and waiting.
//!
//! Rule: what is waited for is what a server asks for, and no more: a run that waits holds a sandbox. Where it would be long, an
//! [`Error::Unavailable`](crate::Error::Unavailable) lets the portal begin the next run when the time has come.

use std::time::Duration;

use crate::host::clock as host;

/// Milliseconds since 1970, in UTC.
pub fn now() -> u64 {
    host::now()
}

/// Waits. It ends early when the call has to end, or somebody asks the run to stop, which [`run::cancelled`](crate::run::cancelled) says.
pub fn pause(time: Duration) {
    host::pause(u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
}
