//! Why requests were turned away before anybody read them, as it is counted.
//!
//! Rule: reasons are few and known beforehand, since whoever sends may make up the rest.

use super::gate::IntakeError;

/// Why a request to a plugin's route was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnedAway {
    /// Its body is too large.
    Size,
    /// More came than is taken.
    Rate,
    /// It does not show the portal's token, where no signature vouches for it.
    Token,
    /// It is not signed, or wrongly.
    Signature,
    /// It came before, or was sent at another time than about now, or has no name by which it could be known again.
    Replay,
    /// There was no room for its body.
    Room,
    /// The portal could not check it: its credential is missing.
    Unchecked,
    /// Its plugin has failed, and is left alone for a while.
    Resting,
}

impl TurnedAway {
    /// All of them, in the order in which they are told.
    pub(crate) const ALL: [TurnedAway; 8] = [
        TurnedAway::Size,
        TurnedAway::Rate,
        TurnedAway::Token,
        TurnedAway::Signature,
        TurnedAway::Replay,
        TurnedAway::Room,
        TurnedAway::Unchecked,
        TurnedAway::Resting,
    ];

    /// One word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            TurnedAway::Size => "size",
            TurnedAway::Rate => "rate",
            TurnedAway::Token => "token",
            TurnedAway::Signature => "signature",
            TurnedAway::Replay => "replay",
            TurnedAway::Room => "room",
            TurnedAway::Unchecked => "unchecked",
            TurnedAway::Resting => "resting",
        }
    }

    /// What an error is counted as; nothing where nobody was asked for, or somebody has read the request.
    pub(super) fn by(error: &IntakeError) -> Option<TurnedAway> {
        match error {
            IntakeError::TooLarge(_) => Some(TurnedAway::Size),
            IntakeError::TooOften(_) => Some(TurnedAway::Rate),
            IntakeError::Unsigned(_) | IntakeError::Forged => Some(TurnedAway::Signature),
            IntakeError::Stale | IntakeError::Nameless(_) | IntakeError::Again | IntakeError::Underway => {
                Some(TurnedAway::Replay)
            }
            IntakeError::Crowded => Some(TurnedAway::Room),
            IntakeError::Unable(_) => Some(TurnedAway::Unchecked),
            IntakeError::Resting(_) => Some(TurnedAway::Resting),
            IntakeError::Nowhere | IntakeError::Wrong(_) | IntakeError::Failed(_) => None,
        }
    }
}
