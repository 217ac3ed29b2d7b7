//! How much of something a call may use: so much in all, or so much in each span of time, of calls that go on for long.
//!
//! Rule: what was not used of one span is not there in the next, so that nobody saves up for a burst.

use std::time::Duration;

use tokio::time::Instant;

/// How much of something may be used, counted by a number that only goes up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    amount: u64,
    /// How often it is there anew; once and for all, if never.
    every: Option<Duration>,
    since: Instant,
    /// Which span it is, and what was used before it.
    span: u64,
    before: u64,
}

impl Allowance {
    /// So much from now on, and again in each span of time if one is named.
    pub(crate) fn new(amount: u64, every: Option<Duration>) -> Allowance {
        Allowance { amount, every, since: Instant::now(), span: 0, before: 0 }
    }

    /// Whether more may be used, when so much was used in all.
    pub(crate) fn allows(&mut self, used: u64) -> bool {
        if let Some(every) = self.every {
            let span = (self.since.elapsed().as_nanos() / every.as_nanos().max(1)) as u64;
            if span != self.span {
                (self.span, self.before) = (span, used);
            }
        }
        used - self.before < self.amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_there_once_is_used_up() {
        let mut allowance = Allowance::new(3, None);
        assert!(allowance.allows(0) && allowance.allows(2) && !allowance.allows(3));
        tokio::time::advance(Duration::from_secs(86_400)).await;
        assert!(!allowance.allows(3));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_anew_is_not_saved_up() {
        let mut allowance = Allowance::new(3, Some(Duration::from_secs(60)));
        assert!(allowance.allows(2) && !allowance.allows(3));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(allowance.allows(3) && allowance.allows(5) && !allowance.allows(6));
        tokio::time::advance(Duration::from_secs(6_000)).await;
        assert!(
            allowance.allows(8) && allowance.allows(10) && !allowance.allows(11),
            "a hundred idle minutes give no more than one"
        );
    }
}
