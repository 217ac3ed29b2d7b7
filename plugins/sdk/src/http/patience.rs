//! Servers that ask for a pause, and requests that wait for them.
//!
//! Rule: what a server asks for is kept, and said: in the run's log, and where people watch its progress. How long a request may wait in
//! all is the plugin's to say; beyond that it ends, and the portal begins the next run when the server wants to be asked again.

use std::time::Duration;

use super::Response;
use crate::{clock, run};

/// What a server is taken to want that limits the rate and does not say for how long, the first time.
const FIRST: Duration = Duration::from_secs(1);

/// After this many answers in a row that ask for a pause, a server is taken for one that will not answer.
const TIMES: u32 = 10;

/// How long a request may still wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Patience {
    left: Duration,
    times: u32,
}

impl Patience {
    pub(super) fn of(time: Duration) -> Patience {
        Patience { left: time, times: 0 }
    }

    /// Waits as an answer asks for, and says whether to ask again.
    pub(super) fn waits(&mut self, response: &Response, url: &str) -> bool {
        let Some(pause) = response.pause() else { return false };
        let pause = pause.unwrap_or(FIRST * 2_u32.saturating_pow(self.times)).max(FIRST);
        if pause > self.left || self.times == TIMES {
            return false;
        }
        self.left -= pause;
        self.times += 1;
        let host = url.split('/').nth(2).unwrap_or(url);
        let said = format!("{host} limits the rate: going on in {} s", pause.as_secs());
        run::say_of_progress(&said);
        run::log(run::Level::Info, &said);
        clock::pause(pause);
        !run::cancelled()
    }
}

impl Response {
    /// Whether it asks for a pause, and for how long, where it says so.
    pub(super) fn pause(&self) -> Option<Option<Duration>> {
        let number = |name| self.header(name).and_then(|value| value.trim().parse::<u64>().ok());
        let is_spent = number("x-ratelimit-remaining") == Some(0);
        let asks = match self.status {
            429 => true,
            // One that says for how long; any other is down, and may be for long.
            503 => number("retry-after").is_some(),
            // Some servers forbid whom they ask for a pause.
            403 => number("retry-after").is_some() || is_spent,
            _ => false,
        };
        // Of these two the first is a span, and the second a time of the server's clock, in seconds since 1970.
        let until = || {
            let reset = number("x-ratelimit-reset").filter(|_| is_spent)?;
            Some(reset.saturating_mul(1_000).saturating_sub(clock::now()).div_ceil(1_000))
        };
        asks.then(|| {
            number("retry-after").or_else(|| number("ratelimit-reset")).or_else(until).map(Duration::from_secs)
        })
    }
}
