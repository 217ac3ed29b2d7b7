//! `run`: the log, the progress, the wish to stop.

use portico_api_types::LogLevel;

use crate::bindings::portico::plugin::run::{Host, Level};
use crate::guest::Guest;

impl Host for Guest {
    async fn log(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            Level::Trace => LogLevel::Trace,
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        self.call.live.log(level, &message);
        Ok(())
    }

    async fn progress(&mut self, done: u64, total: Option<u64>, message: String) -> wasmtime::Result<()> {
        self.call.live.progress(done, total, &message);
        Ok(())
    }

    async fn scopes(&mut self) -> wasmtime::Result<Option<Vec<String>>> {
        Ok(self.call.live.aim.scopes())
    }

    async fn cancelled(&mut self) -> wasmtime::Result<bool> {
        Ok(self.call.live.is_cancelled())
    }
}
