//! How many files the program may have open: as many as the system lets it.
//!
//! Rule: what is asked for is allowed anyway. Connections, the files that plugins open and the store share the number, and where it is small, one
//! that opens many would keep the others from theirs.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More is never needed: a thousand connections, and each sandbox with all the files that a call may open.
const ENOUGH: u64 = 65_536;

/// Raises the bound that the process was started with.
pub(crate) fn raise() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
        tracing::warn!(%error, "the portal has to do with the {} files that it may have open", current.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_files_as_the_system_allows_may_be_open() {
        raise();
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        assert!(
            current.is_none_or(|current| current >= maximum.unwrap_or(ENOUGH).min(ENOUGH)),
            "{current:?} of {maximum:?}"
        );
    }
}
