//! `files`: files of this machine, below granted folders.

use portico_api_types::LogLevel;
use portico_manifest::{Capability, Rights};
use tokio::time::Instant;

use crate::bindings::portico::plugin::files::{Entry, Host};
use crate::bindings::portico::plugin::types::Error;
use crate::files::{self, FilesError};
use crate::guest::{Call, Guest};

/// Patterns of one search, and their bytes together: a page of them.
const PATTERNS: usize = 100;
const PATTERN_BYTES: usize = 16 << 10;

/// A path on Linux is no longer.
const LONGEST: usize = 4096;

impl Host for Guest {
    async fn find(&mut self, patterns: Vec<String>) -> wasmtime::Result<Result<Vec<Entry>, Error>> {
        let bytes: usize = patterns.iter().map(String::len).sum();
        if patterns.len() > PATTERNS || bytes > PATTERN_BYTES {
            let found = format!(
                "{} patterns of {bytes} bytes; at most {PATTERNS} of {PATTERN_BYTES} are searched for at once",
                patterns.len()
            );
            return Ok(Err(Error::Invalid(found)));
        }
        if let Some(error) = self.elsewhere("files") {
            return Ok(Err(error));
        }
        let work = move |call: &Call| {
            let goes_on = || Instant::now() < call.deadline && !call.live.is_cancelled();
            files::find(&call.loaded.rights, &patterns, &goes_on)
        };
        let found = self.call.blocking(work).await?;
        let entries = |found: Vec<files::Entry>| {
            let entry = |entry: files::Entry| Entry { path: entry.path, size: entry.size, stamp: entry.stamp };
            found.into_iter().map(entry).collect()
        };
        Ok(found.map(entries).map_err(|error| self.explain_files(&error)))
    }

    async fn read(&mut self, path: String) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        self.look(path, files::read).await
    }

    async fn is_executable(&mut self, path: String) -> wasmtime::Result<Result<bool, Error>> {
        self.look(path, files::is_executable).await
    }
}

impl Guest {
    /// Looks at one file.
    async fn look<T: Send + 'static>(
        &mut self,
        path: String,
        look: fn(&Rights, &str) -> Result<T, FilesError>,
    ) -> wasmtime::Result<Result<T, Error>> {
        if path.len() > LONGEST {
            return Ok(Err(Error::Invalid(format!(
                "the path has {} bytes; no path has more than {LONGEST}",
                path.len()
            ))));
        }
        if let Some(error) = self.elsewhere("files") {
            return Ok(Err(error));
        }
        let seen = self.call.blocking(move |call| look(&call.loaded.rights, &path)).await?;
        Ok(seen.map_err(|error| self.explain_files(&error)))
    }

    /// What is said where an agent runs the plugin: what is granted to it is on that side.
    pub(super) fn elsewhere(&self, what: &str) -> Option<Error> {
        let agent = self.call.loaded.config.agent.as_ref()?;
        Some(Error::Denied(format!(
            "no {what} are read here: the agent `{agent}` runs the plugin, and its runs alone read any. Have a run bring in what is needed"
        )))
    }

    fn explain_files(&self, error: &FilesError) -> Error {
        let text = error.to_string();
        match error {
            FilesError::NotGranted(denial) => Error::Denied(self.refused(denial)),
            FilesError::Outside { .. } => {
                self.call.counters.denial(Capability::Files);
                self.call.live.log(LogLevel::Warn, &text);
                Error::Denied(text)
            }
            FilesError::Invalid(_) => Error::Invalid(text),
            FilesError::NotFound(_) => Error::NotFound(text),
            FilesError::TooLarge { .. } | FilesError::Stopped | FilesError::Failed(_) => Error::Failed(text),
        }
    }
}
