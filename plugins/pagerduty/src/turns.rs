//! Which webhooks have a service read themselves, and which leave that to a run.
//!
//! Rule: one service is read once in a few seconds and no more, and of all together only so many at once, so that a storm of incidents uses
//! up no account's rate. What has no turn is read by a run that is about it, which begins after it was asked for: so what stands at the end
//! is always read, and a storm never holds the calls that cards need.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portico_sdk::{Result, clock, read_soon, state};
use serde::{Deserialize, Serialize};

use crate::lease::Lease;
use crate::reading::VERIFIED;

/// Under which it is kept who had a turn.
const KEY: &str = "turns";

/// Milliseconds from one reading of a service to the next.
const SPACING: u64 = 3_000;

/// The span over which PagerDuty counts requests, in milliseconds.
const WINDOW: u64 = 60_000;

/// Readings of webhooks in that: a quarter of what PagerDuty allows, each taking six requests.
const MOST: usize = 40;

/// What a run is about that reads one service.
const SCOPE: &str = "service ";

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Turns {
    /// Which service was begun to be read, and when, in milliseconds since 1970; the last one last.
    begun: Vec<(String, u64)>,
    /// Incidents that were said to be open, of services that are left to a run.
    told: BTreeMap<String, BTreeSet<String>>,
}

impl Turns {
    fn of(now: u64) -> Result<Turns> {
        let mut turns: Turns = state::get(KEY)?.unwrap_or_default();
        // What was in the future by a clock that was wrong keeps nobody waiting.
        turns.begun.retain(|(_, at)| *at <= now && now - *at < WINDOW);
        Ok(turns)
    }

    /// Milliseconds until a service may be read again.
    fn wait(&self, id: &str, now: u64) -> u64 {
        let last = self.begun.iter().rev().find(|(known, _)| known == id);
        last.map_or(0, |(_, at)| (at + SPACING).saturating_sub(now))
    }
}

/// Whether a service is to be read now, which nobody else begins meanwhile then. `incident` is one of its incidents that is said to be
/// open; it is kept for the run where it is not.
pub(crate) fn take(id: &str, incident: Option<&str>) -> Result<bool> {
    // While it is held nobody else looks.
    let _lease = Lease::wait()?;
    let now = clock::now();
    let mut turns = Turns::of(now)?;
    let is_now = turns.begun.len() < MOST && turns.wait(id, now) == 0;
    if is_now {
        turns.begun.push((id.to_owned(), now));
    } else if let Some(incident) = incident {
        let told = turns.told.entry(id.to_owned()).or_default();
        if told.len() < VERIFIED {
            told.insert(incident.to_owned());
        }
    }
    state::set(KEY, &turns)?;
    Ok(is_now)
}

/// Waits until a run may read a service; answers its incidents that were said to be open.
pub(crate) fn wait(id: &str) -> Result<BTreeSet<String>> {
    let now = clock::now();
    clock::pause(Duration::from_millis(Turns::of(now)?.wait(id, now)));
    let _lease = Lease::wait()?;
    let now = clock::now();
    let mut turns = Turns::of(now)?;
    let told = turns.told.remove(id).unwrap_or_default();
    turns.begun.push((id.to_owned(), now));
    state::set(KEY, &turns)?;
    Ok(told)
}

/// Lets go of what was left to runs: one that reads everything is about to begin.
pub(crate) fn clear() -> Result<()> {
    state::delete(KEY)
}

/// Has a run read these services.
pub(crate) fn soon<'a>(services: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let scopes: Vec<String> = services.into_iter().map(|id| format!("{SCOPE}{id}")).collect();
    if scopes.is_empty() { Ok(()) } else { read_soon(&scopes) }
}

/// The services that a run is about, if it is about nothing else.
pub(crate) fn asked(scopes: &[String]) -> Option<Vec<&str>> {
    scopes.iter().map(|scope| scope.strip_prefix(SCOPE)).collect()
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;

    use super::*;

    #[test]
    fn a_service_has_one_turn_in_a_few_seconds_and_a_run_waits_for_its_own() {
        let portal = Portal::new();
        let take = |id: &str| portal.run(|| take(id, Some("Q1"))).expect("said");
        assert_eq!([take("P1"), take("P1"), take("P2")], [true, false, true]);
        let before = portal.now();
        assert_eq!(portal.run(|| wait("P1")), Ok(BTreeSet::from(["Q1".to_owned()])));
        assert_eq!(portal.now() - before, SPACING);
        assert_eq!([take("P1"), take("P2")], [false, true], "the run has had that turn");
        portal.run(|| clock::pause(Duration::from_millis(SPACING)));
        assert!(take("P1"));
        let before = portal.now();
        assert_eq!(portal.run(|| wait("P3")), Ok(BTreeSet::new()));
        assert_eq!(portal.now(), before, "nobody has read that");
    }

    #[test]
    fn of_many_services_at_once_so_many_have_a_turn_in_a_minute() {
        let portal = Portal::new();
        let all =
            |portal: &Portal| (0..100).filter(|id| portal.run(|| take(&format!("P{id}"), None)) == Ok(true)).count();
        assert_eq!([all(&portal), all(&portal)], [MOST, 0]);
        portal.run(|| clock::pause(Duration::from_millis(WINDOW)));
        assert_eq!(all(&portal), MOST);
        assert_eq!(all(&portal.at(0)), MOST, "a clock that was put back keeps nobody waiting");
    }

    #[test]
    fn a_run_about_anything_else_is_about_the_account() {
        let asked = |scopes: &[&str]| {
            let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
            asked(&scopes).map(|ids| ids.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(asked(&["service P1", "service P2"]), Some(vec!["P1".to_owned(), "P2".to_owned()]));
        assert_eq!(asked(&["service P1", "services"]), None);
        let portal = Portal::new();
        portal.run(|| soon(["P1"]).and_then(|()| soon([]))).expect("asked for");
        assert_eq!(portal.wanted(), ["service P1"]);
    }
}
