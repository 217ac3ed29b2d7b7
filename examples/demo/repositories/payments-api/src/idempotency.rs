//! Keys that make a repeated request harmless.

use std::time::Duration;

/// Merchants retry over a long weekend; 72 hours outlast one.
pub const KEPT_FOR: Duration = Duration::from_secs(72 * 60 * 60);

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Nobody has used it.
    No,
    /// The first request is still being answered.
    UnderWay,
    /// The answer that was given.
    Answered { status: u16, body: Vec<u8> },
    /// It was used with another body, which is a mistake of the caller.
    Differs,
}
