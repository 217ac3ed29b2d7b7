//! How many connections there may be: of all plugins together, of one, and of answers that go on.
//!
//! Rule: each is an open file of the process, of which the store, the plugins' files and whoever asks the portal have theirs, too. So the
//! number follows from how many files may be open, and no plugin has more than a quarter of it.

use std::sync::Arc;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::Semaphore;

/// How many files the portal wants to be able to have open: these connections, and in each sandbox all the files that a call may open. Many
/// systems begin a process with 1,024, and let it allow itself more.
const OPEN_FILES: u64 = 65_536;

/// How many connections all plugins together may hold at most.
const ALL: usize = 1_024;

/// Leave to hold connections.
#[derive(Clone)]
pub(super) struct Connections {
    /// What is left of those that all may hold.
    pub everyone: Arc<Semaphore>,
    /// How many one plugin may hold: enough for one that follows many things, and others have some as well.
    pub each: usize,
}

impl Connections {
    /// As many as this process may hold.
    pub(super) fn system() -> Connections {
        Connections::within(open_files())
    }

    /// Where a process may have so many files open.
    pub(super) fn within(open_files: u64) -> Connections {
        let all = usize::try_from(open_files / 4).unwrap_or(usize::MAX).clamp(1, ALL);
        Connections { everyone: Arc::new(Semaphore::new(all)), each: (all / 4).max(1) }
    }

    /// Answers of a call that may be open at once: some fewer than a plugin may have connections, so that it can still ask something.
    pub(super) fn answers(&self) -> usize {
        (self.each - self.each / 8).max(1)
    }

    /// With none left for anybody.
    #[cfg(test)]
    pub(super) fn without_any(self) -> Connections {
        Connections { everyone: Arc::new(Semaphore::new(0)), ..self }
    }
}

/// How many files the process may have open, once it has allowed itself what it wants and may.
fn open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(u64::MAX);
    let wanted = limit.maximum.unwrap_or(u64::MAX).min(OPEN_FILES);
    if current >= wanted {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(%error, "the portal may have {current} files open and no more, so that plugins have fewer connections");
            current
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_the_rest_of_the_portal_and_to_other_plugins() {
        for (open_files, all, each, answers) in [
            (0, 1, 1, 1),
            (64, 16, 4, 4),
            (1_024, 256, 64, 56),
            (4_096, 1_024, 256, 224),
            (1_048_576, 1_024, 256, 224),
            (u64::MAX, 1_024, 256, 224),
        ] {
            let connections = Connections::within(open_files);
            let found = (connections.everyone.available_permits(), connections.each, connections.answers());
            assert_eq!(found, (all, each, answers), "{open_files} files");
        }
    }
}
