//! The store's clock: milliseconds since the epoch in records, `Timestamp` outside.

use portico_api_types::Timestamp;

/// Now, in milliseconds since the epoch.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A stored time. One outside the calendar (a damaged record) reads as the epoch.
pub(crate) fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
