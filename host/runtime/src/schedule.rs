//! When the next run is due.
//!
//! Rule: runs begin at even distances, whatever they take, and never two at once. After a failure that may pass, the next
//! attempt comes soon and then later each time; after one that will not pass by itself, at its usual time. The same waits stand between
//! calls of other extension points that fail, and between attempts to fetch.

use std::time::Duration;

use portico_api_types::Timestamp;
use portico_manifest::Extension;

use crate::fault::Fault;

/// The first wait after a failure.
const FIRST: Duration = Duration::from_secs(1);

/// The longest wait after failures, unless the schedule's own distance is longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(300);

/// The wait after failures in a row: a second after the first, twice as long each time, and never longer than `longest`.
pub(crate) fn wait(failures: u32, longest: Duration) -> Duration {
    FIRST.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(longest)
}

/// How long an extension point is left alone after failures in a row; none after one that says nothing of the next call.
pub(crate) fn rest(point: Extension, fault: &Fault, failures: u32) -> Option<Duration> {
    let is_of_the_portal = matches!(
        fault,
        Fault::Busy(_) | Fault::Resting { .. } | Fault::Host(_) | Fault::Cancelled { .. } | Fault::Interrupted
    );
    let is_an_answer = matches!(fault, Fault::Refused(_) | Fault::Denied(_) | Fault::Failed(_));
    // A subscriber is asked the same again, until it has handled it; so is who follows something, and a scope may be told of again at once.
    let is_asked_again = matches!(point, Extension::Subscriber | Extension::Watcher | Extension::Ingestion);
    if !is_asked_again && (is_of_the_portal || is_an_answer) {
        return None;
    }
    Some(wished(fault, wait(failures, LONGEST), LONGEST))
}

/// A wait, or what the other side wishes if that is longer, within reason.
fn wished(fault: &Fault, wait: Duration, longest: Duration) -> Duration {
    fault.retry_after().map_or(wait, |seconds| wait.max(Duration::from_secs(seconds.into()).min(longest)))
}

/// A time as sentences have it.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// How long after a run's end the next one begins.
pub(crate) fn delay(every: Duration, took: Duration, fault: Option<&Fault>, failures: u32) -> Duration {
    let usual = every.saturating_sub(took);
    let longest = every.max(LONGEST);
    match fault {
        None => usual,
        Some(fault) if !fault.is_passing() => usual.max(FIRST),
        Some(fault) => wished(fault, wait(failures, longest), longest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Bound;
    use portico_manifest::Period;

    const BOUND: Bound = Bound { limit: Period::seconds(1), is_granted: true };

    const MINUTE: Duration = Duration::from_secs(60);

    fn unavailable(retry_after: Option<u32>) -> Fault {
        Fault::Unavailable { reason: String::new(), retry_after }
    }

    #[test]
    fn runs_begin_at_even_distances() {
        assert_eq!(delay(5 * MINUTE, MINUTE, None, 0), 4 * MINUTE);
        assert_eq!(delay(5 * MINUTE, 6 * MINUTE, None, 0), Duration::ZERO);
    }

    #[test]
    fn failures_in_a_row_wait_longer_each_time_and_not_for_ever() {
        let waits: Vec<u64> =
            (1..=12).map(|n| delay(MINUTE, MINUTE, Some(&Fault::CpuLimit(BOUND)), n).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(delay(60 * MINUTE, MINUTE, Some(&Fault::CpuLimit(BOUND)), u32::MAX), 60 * MINUTE);
    }

    #[test]
    fn what_will_not_pass_by_itself_is_tried_at_its_usual_time() {
        let refused = Fault::Refused(String::new());
        assert_eq!(delay(5 * MINUTE, MINUTE, Some(&refused), 1), 4 * MINUTE);
        assert_eq!(delay(MINUTE, 2 * MINUTE, Some(&refused), 1), FIRST);
    }

    #[test]
    fn the_other_sides_wish_is_respected_within_reason() {
        assert_eq!(delay(MINUTE, MINUTE, Some(&unavailable(Some(90))), 1), Duration::from_secs(90));
        assert_eq!(delay(MINUTE, MINUTE, Some(&unavailable(Some(u32::MAX))), 1), LONGEST);
        assert_eq!(delay(MINUTE, MINUTE, Some(&unavailable(None)), 3), Duration::from_secs(4));
    }
}
