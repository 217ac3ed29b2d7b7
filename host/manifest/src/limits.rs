//! How much a plugin may use in one call, by default and at most.
//!
//! Rule: the operator decides. An ask above the default gets the default until it is granted; a grant holds as it
//! stands, also above the ask, since it is the operator who reads "it needs more memory".

use std::fmt::Display;

use serde::Deserialize as _;
use serde::de::Deserializer;

use crate::asks::Asks;
use crate::config::LimitGrants;
use crate::quantity::{Period, Size};
use crate::written;

/// What a plugin may use in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Memory of the sandbox, all linear memories together.
    pub memory: Size,
    /// Time that its own code may run.
    pub cpu: Period,
    /// Time until the call must have ended, with all that it waits for.
    pub wall: Period,
    /// Bytes of what a server answers to one request.
    pub response: Size,
    /// Lines that it leaves in the log of a run.
    pub log: u32,
    /// Bytes of the files in a task's workspace.
    pub disk: Size,
    /// HTTP requests that it sends.
    pub requests: u32,
}

impl Limits {
    /// What holds without a grant: enough for a plugin that pages through an API, too little to hurt a small machine.
    pub const DEFAULT: Limits = Limits {
        memory: Size::mebibytes(128),
        cpu: Period::seconds(30),
        wall: Period::seconds(600),
        response: Size::mebibytes(32),
        log: 2_000,
        disk: Size::mebibytes(512),
        requests: 10_000,
    };

    /// What nobody can grant more of. One memory is at most one slot of the engine's pool; a call of more than an hour
    /// of computing or a day of waiting is no sync. An answer is held in the portal's own memory, a log is kept
    /// with each run, and so many requests a day are six a second.
    pub const MOST: Limits = Limits {
        memory: Size::mebibytes(1024),
        cpu: Period::seconds(3600),
        wall: Period::seconds(86_400),
        response: Size::mebibytes(256),
        log: 50_000,
        disk: Size::mebibytes(8_192),
        requests: 500_000,
    };

    /// What nobody can grant less of: a component of some languages needs that much to come up.
    pub const LEAST: Limits = Limits {
        memory: Size::mebibytes(1),
        cpu: Period::milliseconds(10),
        wall: Period::milliseconds(100),
        response: Size::bytes(1_024),
        log: 10,
        disk: Size::mebibytes(1),
        requests: 1,
    };

    pub(crate) fn effective(asks: &Asks, grants: &LimitGrants) -> Limits {
        let asked = |ask: Option<Size>, default| ask.map_or(default, |ask: Size| ask.min(default));
        let asked_time = |ask: Option<Period>, default| ask.map_or(default, |ask: Period| ask.min(default));
        Limits {
            memory: grants
                .memory
                .unwrap_or_else(|| asked(asks.memory.as_ref().map(|ask| ask.size), Self::DEFAULT.memory)),
            cpu: grants.cpu.unwrap_or_else(|| asked_time(asks.cpu.as_ref().map(|ask| ask.time), Self::DEFAULT.cpu)),
            wall: grants.wall.unwrap_or_else(|| asked_time(asks.wall.as_ref().map(|ask| ask.time), Self::DEFAULT.wall)),
            response: grants
                .response
                .unwrap_or_else(|| asked(asks.response.as_ref().map(|ask| ask.size), Self::DEFAULT.response)),
            log: grants
                .log
                .unwrap_or_else(|| asks.log.as_ref().map_or(Self::DEFAULT.log, |ask| ask.lines.min(Self::DEFAULT.log))),
            disk: grants.disk.unwrap_or_else(|| asked(asks.disk.as_ref().map(|ask| ask.size), Self::DEFAULT.disk)),
            requests: grants.requests.unwrap_or_else(|| {
                asks.requests.as_ref().map_or(Self::DEFAULT.requests, |ask| ask.count.min(Self::DEFAULT.requests))
            }),
        }
    }
}

/// Says what is wrong with a limit, if anything is.
fn within<T: PartialOrd + Display>(value: T, least: T, most: T) -> Result<T, String> {
    if value < least {
        Err(format!("`{value}` is too little; the least is `{least}`"))
    } else if value > most {
        Err(format!("`{value}` is too much; the most is `{most}`"))
    } else {
        Ok(value)
    }
}

macro_rules! bounded {
    ($name:ident, $type:ty, $expected:literal) => {
        /// Reads a limit and checks it against what may be granted.
        pub(crate) fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<$type>, D::Error> {
            let check = |text: &str| within(text.parse()?, Limits::LEAST.$name, Limits::MOST.$name);
            written::text(deserializer, $expected, check).map(Some)
        }
    };
}

bounded!(memory, Size, "a size with a unit, such as `256MiB`");
bounded!(cpu, Period, "a span of time with a unit, such as `30s` or `5m`");
bounded!(wall, Period, "a span of time with a unit, such as `10m`");
bounded!(disk, Size, "a size with a unit, such as `2GiB`");
bounded!(response, Size, "a size with a unit, such as `64MiB`");

/// Reads a number of lines and checks it against what may be granted.
pub(crate) fn log<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    check_log(u32::deserialize(deserializer)?).map(Some).map_err(serde::de::Error::custom)
}

/// Reads a number of requests and checks it against what may be granted.
pub(crate) fn requests<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    check_requests(u32::deserialize(deserializer)?).map(Some).map_err(serde::de::Error::custom)
}

/// Says what is wrong with what a manifest asks for, if anything is.
pub(crate) fn check_memory(size: Size) -> Result<Size, String> {
    within(size, Limits::LEAST.memory, Limits::MOST.memory)
}

/// Says what is wrong with what a manifest asks for, if anything is.
pub(crate) fn check_cpu(time: Period) -> Result<Period, String> {
    within(time, Limits::LEAST.cpu, Limits::MOST.cpu)
}

/// Says what is wrong with what a manifest asks for, if anything is.
pub(crate) fn check_wall(time: Period) -> Result<Period, String> {
    within(time, Limits::LEAST.wall, Limits::MOST.wall)
}

/// Says what is wrong with what a manifest asks for, if anything is.
pub(crate) fn check_response(size: Size) -> Result<Size, String> {
    within(size, Limits::LEAST.response, Limits::MOST.response)
}

/// Says what is wrong with what a manifest asks for, if anything is.
pub(crate) fn check_disk(size: Size) -> Result<Size, String> {
    within(size, Limits::LEAST.disk, Limits::MOST.disk)
}

/// Says what is wrong with what a manifest asks for, if anything is.
pub(crate) fn check_log(lines: u32) -> Result<u32, String> {
    within(lines, Limits::LEAST.log, Limits::MOST.log)
}

/// Says what is wrong with what a manifest asks for, if anything is.
pub(crate) fn check_requests(count: u32) -> Result<u32, String> {
    within(count, Limits::LEAST.requests, Limits::MOST.requests)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asks::{CountAsk, LinesAsk, SizeAsk, TimeAsk};

    #[test]
    fn an_ask_above_the_default_waits_for_a_grant() {
        let asks = Asks {
            memory: Some(SizeAsk { size: Size::mebibytes(256), reason: "big trees".into() }),
            ..Asks::default()
        };
        assert_eq!(Limits::effective(&asks, &LimitGrants::default()).memory, Limits::DEFAULT.memory);
        let grants = LimitGrants { memory: Some(Size::mebibytes(192)), ..LimitGrants::default() };
        assert_eq!(Limits::effective(&asks, &grants).memory, Size::mebibytes(192));
    }

    #[test]
    fn an_ask_below_the_default_is_kept_low() {
        let asks =
            Asks { cpu: Some(TimeAsk { time: Period::seconds(2), reason: "it is small".into() }), ..Asks::default() };
        assert_eq!(Limits::effective(&asks, &LimitGrants::default()).cpu, Period::seconds(2));
    }

    #[test]
    fn the_operator_may_grant_more_than_is_asked() {
        let grants = LimitGrants { wall: Some(Period::seconds(7200)), ..LimitGrants::default() };
        assert_eq!(Limits::effective(&Asks::default(), &grants).wall, Period::seconds(7200));
    }

    #[test]
    fn answers_logs_and_requests_are_limited_in_the_same_way() {
        let asks = Asks {
            response: Some(SizeAsk { size: Size::mebibytes(64), reason: "long lists".into() }),
            log: Some(LinesAsk { lines: 100, reason: "it says little".into() }),
            requests: Some(CountAsk { count: 50_000, reason: "one for each repository".into() }),
            ..Asks::default()
        };
        let limits = Limits::effective(&asks, &LimitGrants::default());
        assert_eq!((limits.response, limits.log, limits.requests), (Limits::DEFAULT.response, 100, 10_000));
        let response = Some(Size::mebibytes(64));
        let grants = LimitGrants { response, log: Some(9_000), requests: Some(20_000), ..LimitGrants::default() };
        let limits = Limits::effective(&asks, &grants);
        assert_eq!((limits.response, limits.log, limits.requests), (Size::mebibytes(64), 9_000, 20_000));
    }
}
