//! `clock`: the time, and waiting.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, sleep_until};

use crate::bindings::portico::plugin::clock::Host;
use crate::guest::Guest;

impl Host for Guest {
    async fn now(&mut self) -> wasmtime::Result<u64> {
        // Before 1970 a clock is not set, which is told by 0.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    async fn pause(&mut self, milliseconds: u32) -> wasmtime::Result<()> {
        // The call's own clock ends it at its deadline, so there is nobody to tell of a longer pause.
        let until = Instant::now() + Duration::from_millis(milliseconds.into());
        tokio::select! {
            () = sleep_until(until.min(self.call.deadline)) => {}
            () = self.call.live.out_of_patience(Duration::ZERO) => {}
        }
        Ok(())
    }
}
