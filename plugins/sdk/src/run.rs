//! The run that the plugin is in: log lines, progress, and whether to stop.

use std::cell::Cell;

use crate::host::run as host;

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For the plugin's author, every step.
    Trace,
    /// For the plugin's author.
    Debug,
    /// For the operator.
    Info,
    /// Something to look at.
    Warn,
    /// Something that failed.
    Error,
}

/// Writes one line to the run's log; the macros [`crate::info!`] and its siblings are shorter.
pub fn log(level: Level, message: &str) {
    let level = match level {
        Level::Trace => host::Level::Trace,
        Level::Debug => host::Level::Debug,
        Level::Info => host::Level::Info,
        Level::Warn => host::Level::Warn,
        Level::Error => host::Level::Error,
    };
    host::log(level, message);
}

thread_local! {
    static PROGRESS: Cell<(u64, Option<u64>)> = const { Cell::new((0, None)) };
}

/// Says how far the run is; `total` is none while it is unknown.
pub fn progress(done: u64, total: Option<u64>, message: &str) {
    PROGRESS.set((done, total));
    host::progress(done, total, message);
}

/// Says what the run is at, which is as far as it was said to be last.
pub(crate) fn say_of_progress(message: &str) {
    let (done, total) = PROGRESS.get();
    host::progress(done, total, message);
}

/// Whether somebody asked for the run to stop. What was not committed is dropped.
pub fn cancelled() -> bool {
    host::cancelled()
}

/// The scopes that the run is about; none if it is about all of them. Reading others as well is no error, only slower.
pub fn scopes() -> Option<Vec<String>> {
    host::scopes()
}

/// Writes a line for the operator to the run's log.
#[macro_export]
macro_rules! info {
    ($($message:tt)+) => { $crate::run::log($crate::run::Level::Info, &::std::format!($($message)+)) };
}

/// Writes a line about something to look at to the run's log.
#[macro_export]
macro_rules! warn {
    ($($message:tt)+) => { $crate::run::log($crate::run::Level::Warn, &::std::format!($($message)+)) };
}

/// Writes a line about something that failed to the run's log.
#[macro_export]
macro_rules! error {
    ($($message:tt)+) => { $crate::run::log($crate::run::Level::Error, &::std::format!($($message)+)) };
}

/// Writes a line for the plugin's author to the run's log.
#[macro_export]
macro_rules! debug {
    ($($message:tt)+) => { $crate::run::log($crate::run::Level::Debug, &::std::format!($($message)+)) };
}

/// Writes a line about a single step to the run's log.
#[macro_export]
macro_rules! trace {
    ($($message:tt)+) => { $crate::run::log($crate::run::Level::Trace, &::std::format!($($message)+)) };
}
