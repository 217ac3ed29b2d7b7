//! One piece of blocking work on behalf of one plugin: with whose rights, until when, and whether it is still wanted.
//!
//! libgit2 blocks, so its work runs on threads for blocking work. An asynchronous caller that goes away, or a deadline
//! that passes, has to reach it there: every callback and every read of libgit2 asks here whether to go on.
//!
//! Rule: work that nobody waits for ends at its next breath.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use portico_manifest::RepositoryAddress;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use super::access::Access;
use super::error::{RepositoryError, reason};

thread_local! {
    /// The operation that libgit2 works for on this thread. Its transports are registered once for the whole process
    /// and cannot be told otherwise.
    static CURRENT: RefCell<Option<Arc<Operation>>> = const { RefCell::new(None) };
}

/// One piece of blocking work.
pub(super) struct Operation {
    pub(super) access: Access,
    pub(super) address: RepositoryAddress,
    /// What the server said it has; empty for a repository of this machine.
    pub(super) advertised: Bytes,
    runtime: Handle,
    /// Closed once nobody waits any more.
    wanted: watch::Receiver<()>,
    /// Why a transport gave up; libgit2 would make one line of text of it.
    failure: Mutex<Option<RepositoryError>>,
}

impl Operation {
    /// Runs `work` on a thread for blocking work. It is told to stop when the returned future is dropped.
    pub(super) async fn run<T: Send + 'static>(
        access: &Access,
        address: &RepositoryAddress,
        advertised: Bytes,
        work: impl FnOnce(&Arc<Operation>) -> Result<T, RepositoryError> + Send + 'static,
    ) -> Result<T, RepositoryError> {
        let (still_wanted, wanted) = watch::channel(());
        let operation = Arc::new(Operation {
            access: access.clone(),
            address: address.clone(),
            advertised,
            runtime: Handle::current(),
            wanted,
            failure: Mutex::new(None),
        });
        let result = tokio::task::spawn_blocking(move || work(&operation)).await;
        drop(still_wanted);
        result.unwrap_or_else(|error| {
            Err(RepositoryError::Failed(format!("reading {address} failed inside the portal: {error}")))
        })
    }

    /// Whether to go on.
    pub(super) fn goes_on(&self) -> bool {
        self.wanted.has_changed().is_ok() && Instant::now() < self.access.deadline
    }

    /// Fails once nobody waits any more.
    pub(super) fn check(&self) -> Result<(), RepositoryError> {
        if self.goes_on() { Ok(()) } else { Err(self.stopped()) }
    }

    pub(super) fn stopped(&self) -> RepositoryError {
        RepositoryError::Stopped(self.address.to_string())
    }

    /// Waits for asynchronous work on this blocking thread, but not longer than somebody waits for it.
    pub(super) fn wait<T>(&self, work: impl Future<Output = Result<T, RepositoryError>>) -> Result<T, RepositoryError> {
        let mut wanted = self.wanted.clone();
        self.runtime.block_on(async {
            tokio::select! {
                // Nothing is ever sent: this ends when the sender is gone.
                _ = wanted.changed() => Err(self.stopped()),
                result = work => result,
            }
        })
    }

    /// Calls libgit2 in the name of this operation, and tells its failures apart.
    pub(super) fn git<T>(
        self: &Arc<Self>,
        doing: &str,
        work: impl FnOnce() -> Result<T, git2::Error>,
    ) -> Result<T, RepositoryError> {
        let _current = Entered::new(self.clone());
        work().map_err(|error| match self.take_failure() {
            Some(failure) => failure,
            None if !self.goes_on() => self.stopped(),
            None => RepositoryError::Failed(format!("{} could not be {doing}: {}", self.address, reason(&error))),
        })
    }

    /// Keeps why a transport gave up.
    pub(super) fn fail(&self, error: RepositoryError) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn take_failure(&self) -> Option<RepositoryError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The operation of this thread, if libgit2 is at work for one.
    pub(super) fn current() -> Option<Arc<Operation>> {
        CURRENT.with(|current| current.borrow().clone())
    }
}

/// Makes an operation the thread's own for as long as this lives.
struct Entered(Option<Arc<Operation>>);

impl Entered {
    fn new(operation: Arc<Operation>) -> Entered {
        Entered(CURRENT.with(|current| current.replace(Some(operation))))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.with(|current| *current.borrow_mut() = self.0.take());
    }
}
