//! Waiting for conditions.

use std::time::{Duration, Instant};

/// How long a condition may take: far more than any takes, since these machines are shared.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks, at first. Long enough to leave the processor to what is waited for.
const PAUSE: Duration = Duration::from_millis(15);

/// What has taken long may take a part more: what is waited for for ten seconds is looked for every tenth of a second.
const SHARE: u32 = 100;

/// Looks again and again until `condition` gives something.
///
/// # Panics
///
/// If it never does; `what` says what was waited for.
pub fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        let waited = start.elapsed();
        assert!(waited < PATIENCE, "waited {PATIENCE:?} in vain: {what}");
        std::thread::park_timeout(PAUSE.max(waited / SHARE));
    }
}
