//! Nothing where there was something.
//!
//! Rule: a list that is empty and was not before is not believed at once, since one that may not be seen any more looks the same. It is
//! believed in a run an hour later that finds it so again, and at once where the operator has set what is read otherwise.

use portico_sdk::{Result, clock, state};
use serde::{Deserialize, Serialize};

/// Milliseconds until it is believed.
const HOUR: u64 = 60 * 60 * 1_000;

/// What was found of a scope last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Found {
    /// Stands for what was to be read when there was something.
    settings: u64,
    /// Since when there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<u64>,
}

/// Notes how many were found of a scope. Where that is not to be believed, it is when it will be, in milliseconds since 1970.
pub(crate) fn doubted(scope: &str, count: u64, settings: u64) -> Result<Option<u64>> {
    let (key, now) = (format!("zero/{scope}"), clock::now());
    let known: Option<Found> = state::get(&key)?;
    if count > 0 {
        let found = Found { settings, since: None };
        if known.as_ref() != Some(&found) {
            state::set(&key, &found)?;
        }
        return Ok(None);
    }
    let Some(Found { settings: before, since }) = known else { return Ok(None) };
    // A clock that was set back is no reason to wait for it.
    let begun = since.unwrap_or(now).min(now);
    if before != settings || begun + HOUR <= now {
        state::delete(&key)?;
        return Ok(None);
    }
    state::set(&key, &Found { settings: before, since: Some(begun) })?;
    Ok(Some(begun + HOUR))
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;

    use super::*;

    #[test]
    fn nothing_is_believed_an_hour_later_or_where_something_else_is_read_or_nothing_ever_was() {
        let portal = Portal::new();
        let noon = portal.now();
        for (minutes, count, settings, expected) in [
            (0, 0, 1, None),
            (1, 7, 1, None),
            (2, 0, 1, Some(62)),
            (61, 0, 1, Some(62)),
            (62, 0, 1, None),
            (63, 0, 1, None),
            (64, 7, 1, None),
            (65, 0, 1, Some(125)),
            // It was a passing matter.
            (66, 7, 1, None),
            (130, 0, 1, Some(190)),
            (131, 0, 2, None),
        ] {
            let at = portal.clone().at(noon + minutes * 60_000);
            let found = at.run(|| doubted("a", count, settings)).expect("kept");
            assert_eq!(found, expected.map(|minutes: u64| noon + minutes * 60_000), "{minutes}");
        }
    }
}
