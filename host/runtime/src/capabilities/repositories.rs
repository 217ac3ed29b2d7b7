//! `repositories`: Git repositories, read by the portal.

use portico_api_types::LogLevel;
use portico_manifest::Capability;
use wasmtime::component::Resource;

use crate::bindings::portico::plugin::repositories::{Change, Entry, Head, Host, HostSnapshot};
use crate::bindings::portico::plugin::types::{Error, Unavailable};
use crate::egress::{Class, EgressError};
use crate::guest::Guest;
use crate::repositories::{self, RepositoryError, Snapshot};

/// Trees that a call may hold at once; each keeps files open.
const SNAPSHOTS: usize = 64;

/// Patterns of one search, and their bytes together: a page of them.
const PATTERNS: usize = 100;
const PATTERN_BYTES: usize = 16 << 10;

/// A tree that a guest holds.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct OpenSnapshot(Snapshot);

impl OpenSnapshot {
    pub(crate) fn tree(&self) -> &Snapshot {
        &self.0
    }
}

impl Host for Guest {
    async fn resolve(&mut self, url: String, reference: Option<String>) -> wasmtime::Result<Result<Head, Error>> {
        if let Some(error) = self.elsewhere("repositories") {
            return Ok(Err(error));
        }
        let found = self.call.repositories.resolve(&self.access(), &url, reference.as_deref()).await;
        Ok(found.map(|found| head(&found)).map_err(|error| self.explain_repository(&error)))
    }
}

impl HostSnapshot for Guest {
    async fn open(
        &mut self,
        url: String,
        reference: Option<String>,
    ) -> wasmtime::Result<Result<Resource<OpenSnapshot>, Error>> {
        if let Some(error) = self.elsewhere("repositories") {
            return Ok(Err(error));
        }
        if self.snapshots >= SNAPSHOTS {
            return Ok(Err(Error::Invalid(format!(
                "{SNAPSHOTS} trees are open, the most at once; drop one before opening another"
            ))));
        }
        match self.call.repositories.snapshot(&self.access(), &url, reference.as_deref()).await {
            Ok(snapshot) => {
                let handle = self.table.push(OpenSnapshot(snapshot))?;
                self.snapshots += 1;
                Ok(Ok(handle))
            }
            Err(error) => Ok(Err(self.explain_repository(&error))),
        }
    }

    async fn head(&mut self, snapshot: Resource<OpenSnapshot>) -> wasmtime::Result<Head> {
        Ok(head(self.table.get(&snapshot)?.0.head()))
    }

    async fn find(
        &mut self,
        snapshot: Resource<OpenSnapshot>,
        patterns: Vec<String>,
    ) -> wasmtime::Result<Result<Vec<Entry>, Error>> {
        let bytes: usize = patterns.iter().map(String::len).sum();
        if patterns.len() > PATTERNS || bytes > PATTERN_BYTES {
            let found = format!(
                "{} patterns of {bytes} bytes; at most {PATTERNS} of {PATTERN_BYTES} are searched for at once",
                patterns.len()
            );
            return Ok(Err(Error::Invalid(found)));
        }
        let snapshot = self.table.get(&snapshot)?.0.clone();
        let found = snapshot.find(&patterns).await;
        let entries = |found: Vec<repositories::Entry>| {
            found.into_iter().map(|file| Entry { path: file.path, size: file.size }).collect()
        };
        Ok(found.map(entries).map_err(|error| self.explain_repository(&error)))
    }

    async fn changed_since(
        &mut self,
        snapshot: Resource<OpenSnapshot>,
        commit: String,
    ) -> wasmtime::Result<Result<Option<Vec<Change>>, Error>> {
        let snapshot = self.table.get(&snapshot)?.0.clone();
        let changes = |changes: Vec<repositories::Change>| {
            changes.into_iter().map(|change| Change { path: change.path, is_there: change.is_there }).collect()
        };
        let changed = snapshot.changed_since(&commit).await;
        Ok(changed.map(|found| found.map(changes)).map_err(|error| self.explain_repository(&error)))
    }

    async fn read(
        &mut self,
        snapshot: Resource<OpenSnapshot>,
        path: String,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        let snapshot = self.table.get(&snapshot)?.0.clone();
        Ok(snapshot.read(&path).await.map_err(|error| self.explain_repository(&error)))
    }

    async fn drop(&mut self, snapshot: Resource<OpenSnapshot>) -> wasmtime::Result<()> {
        self.table.delete(snapshot)?;
        self.snapshots -= 1;
        Ok(())
    }
}

fn head(head: &repositories::Head) -> Head {
    Head { reference: head.reference.clone(), commit: head.commit.clone() }
}

impl Guest {
    pub(super) fn explain_repository(&self, error: &RepositoryError) -> Error {
        let text = error.to_string();
        match (error.class(), error) {
            (_, RepositoryError::NotGranted(denial) | RepositoryError::Egress(EgressError::NotGranted(denial))) => {
                Error::Denied(self.refused(denial))
            }
            (Some(Class::Denied), _) => {
                self.call.counters.denial(Capability::Repositories);
                self.call.live.log(LogLevel::Warn, &text);
                Error::Denied(text)
            }
            (Some(Class::Invalid), _) => Error::Invalid(text),
            (None, _) => Error::NotFound(text),
            (_, RepositoryError::Unavailable { retry_after, .. }) => {
                Error::Unavailable(Unavailable { reason: text, retry_after: *retry_after })
            }
            (Some(Class::Unavailable), _) => Error::Unavailable(Unavailable { reason: text, retry_after: None }),
            (Some(Class::Failed), _) => Error::Failed(text),
        }
    }
}
