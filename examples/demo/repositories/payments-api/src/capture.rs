//! Decides when an authorised payment is captured.
//!
//! Rule: a capture is due once, at the later of the merchant's moment and the end of the fraud hold.

use std::time::{Duration, SystemTime};

/// When a merchant wants to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// As soon as the payment is authorised.
    AtOnce,
    /// When the merchant says so.
    OnRequest,
    /// A fixed time after the authorisation.
    After(Duration),
}

/// An authorisation that waits to be captured.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub authorised_at: SystemTime,
    pub moment: Moment,
    pub held_until: Option<SystemTime>,
}

/// The time at which a capture is due; none while the merchant has to ask for it.
pub fn due(waiting: &Waiting) -> Option<SystemTime> {
    let wanted = match waiting.moment {
        Moment::AtOnce => waiting.authorised_at,
        Moment::After(pause) => waiting.authorised_at + pause,
        Moment::OnRequest => return None,
    };
    Some(waiting.held_until.map_or(wanted, |held| wanted.max(held)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraud_hold_delays_an_automatic_capture() {
        let start = SystemTime::UNIX_EPOCH;
        let held = start + Duration::from_secs(3600);
        let waiting = Waiting { authorised_at: start, moment: Moment::AtOnce, held_until: Some(held) };
        assert_eq!(due(&waiting), Some(held));
    }
}
