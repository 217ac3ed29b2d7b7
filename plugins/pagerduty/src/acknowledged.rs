//! When incidents were acknowledged for the first time, which PagerDuty's list of incidents says no more once they are resolved.
//!
//! Rule: it is learned from the list while it is there, else from the log of each incident, some in each run, and kept from then on: what is
//! once known does not change. What is kept is bounded, and forgotten when the incident is none of the last thirty days any more.

use std::collections::BTreeMap;

use portico_sdk::{Error, Result, info, state, warn};

use crate::api::{Api, List, LogEntry};
use crate::incidents::Tally;

/// Under which it is kept.
const KEY: &str = "acknowledged";

/// Incidents of which it is kept: in JSON half of what a plugin may keep.
const KEPT: usize = 20_000;

/// Requests of PagerDuty's rate that are left to others.
const RESERVE: u64 = 100;

/// Seconds after which incidents were acknowledged for the first time, by their ids; none for those that never were.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acknowledged {
    before: BTreeMap<String, Option<u32>>,
    /// Those that were asked for.
    used: BTreeMap<String, Option<u32>>,
}

impl Acknowledged {
    /// What is known.
    pub(crate) fn read() -> Result<Acknowledged> {
        Ok(Acknowledged { before: state::get(KEY)?.unwrap_or_default(), used: BTreeMap::new() })
    }

    /// What is known of an incident.
    pub(crate) fn of(&mut self, id: &str) -> Option<Option<u32>> {
        if let Some(known) = self.used.get(id) {
            return Some(*known);
        }
        let known = self.before.remove(id)?;
        self.used.insert(id.to_owned(), known);
        Some(known)
    }

    /// Notes of an incident after how long it was acknowledged. The first time counts.
    pub(crate) fn learn(&mut self, id: &str, seconds: Option<u32>) {
        let first = match (self.of(id).flatten(), seconds) {
            (Some(known), Some(seconds)) => Some(known.min(seconds)),
            (known, seconds) => known.or(seconds),
        };
        self.used.insert(id.to_owned(), first);
    }

    /// Keeps what was asked for, and, unless all incidents were looked at, everything else.
    pub(crate) fn keep(self, all: bool) -> Result<()> {
        // Somebody else may have learned something meanwhile.
        let mut kept: BTreeMap<String, Option<u32>> =
            if all { BTreeMap::new() } else { state::get(KEY)?.unwrap_or_default() };
        kept.extend(self.used);
        if kept.len() > KEPT {
            warn!(
                "{} incidents of the last thirty days: when they were acknowledged is kept of {KEPT} of them, so that the mean time to \
                 acknowledge is over fewer",
                kept.len()
            );
        }
        let kept: BTreeMap<&String, &Option<u32>> = kept.iter().take(KEPT).collect();
        state::set(KEY, &kept)
    }
}

/// Finds out of resolved incidents when they were acknowledged, the newest first, and of at most so many. What cannot be found out now is
/// left to the next run: it is no reason to show nothing.
pub(crate) fn find_out<'a>(
    api: &Api,
    tallies: impl Iterator<Item = &'a mut Tally>,
    known: &mut Acknowledged,
    most: usize,
) {
    let mut tallies: Vec<&mut Tally> = tallies.collect();
    let of = |(place, tally): (usize, &&mut Tally)| -> Vec<(u64, String, usize)> {
        tally.unknown().iter().map(|(created, id)| (*created, id.clone(), place)).collect()
    };
    let mut unknown: Vec<(u64, String, usize)> = tallies.iter().enumerate().flat_map(of).collect();
    unknown.sort_by(|a, b| b.cmp(a));
    let (all, mut done) = (unknown.len(), 0);
    for (created, id, place) in unknown.into_iter().take(most) {
        if api.remaining().is_some_and(|remaining| remaining < RESERVE) {
            break;
        }
        match first(api, &id) {
            Ok(at) => {
                let seconds = at.map(|at| u32::try_from(at.saturating_sub(created) / 1_000).unwrap_or(u32::MAX));
                known.learn(&id, seconds);
                tallies[place].learn(seconds);
                done += 1;
            }
            Err(Error::Failed(said)) => warn!("when an incident was acknowledged is left to the next run: {said}"),
            Err(error) => {
                warn!("when incidents were acknowledged is left to the next run: {error}");
                break;
            }
        }
    }
    if done < all {
        info!("when {done} of {all} incidents were acknowledged was found out; the rest follows in the next runs");
    }
}

/// When an incident was acknowledged for the first time, by its log.
fn first(api: &Api, id: &str) -> Result<Option<u64>> {
    let path = format!("/incidents/{id}/log_entries");
    let mut first: Option<u64> = None;
    let take = |first: &mut Option<u64>, entry: LogEntry| {
        if let Some(at) = entry.acknowledged() {
            *first = Some(first.map_or(at, |first| first.min(at)));
        }
    };
    List::new(api, &path, "log_entries").with("is_overview", "true").each(&mut first, take)?;
    Ok(first)
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_known_outlives_a_run_as_long_as_somebody_asks_for_it() {
        let portal = Portal::new().keep(KEY, &json!({ "A": 60, "B": null, "C": 5 }));
        portal.run(|| {
            let mut known = Acknowledged::read().expect("kept");
            assert_eq!((known.of("A"), known.of("B"), known.of("D")), (Some(Some(60)), Some(None), None));
            known.learn("A", Some(90));
            known.learn("D", Some(7));
            known.clone().keep(false).expect("kept");
        });
        assert_eq!(portal.state(KEY), Some(json!({ "A": 60, "B": null, "C": 5, "D": 7 })));
        portal.run(|| {
            let mut known = Acknowledged::read().expect("kept");
            known.of("D");
            known.keep(true).expect("kept");
        });
        assert_eq!(portal.state(KEY), Some(json!({ "D": 7 })), "the others are older than thirty days");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let portal = Portal::new();
        portal.run(|| {
            let mut known = Acknowledged::default();
            (0..KEPT + 10).for_each(|number| known.learn(&format!("Q{number:013}"), Some(100_000)));
            known.keep(true).expect("kept");
        });
        let kept = portal.state(KEY).expect("kept");
        assert_eq!(kept.as_object().map(serde_json::Map::len), Some(KEPT));
        assert!(kept.to_string().len() < 700_000, "{}", kept.to_string().len());
    }
}
