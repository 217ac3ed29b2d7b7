//! Scopes that are to be read soon, since something told of them, in between full runs.
//!
//! Rule: how a few scopes fare says nothing of the whole, whose schedule stands as it is. Those that failed are left alone for a while, and read again
//! after it where that may help, until they are read, or a full run has begun.

use std::collections::BTreeSet;

use portico_manifest::Extension;
use tokio::time::Instant;

use super::State;
use crate::capabilities::ingest::SCOPES;
use crate::fault::Fault;

impl State {
    /// Has a scope read soon. False where so many wait that this one has no room.
    pub(super) fn want(&mut self, scope: &str) -> bool {
        let has_room = self.wanted.len() < SCOPES || self.wanted.contains(scope);
        if has_room {
            self.wanted.insert(scope.to_owned());
        }
        has_room
    }

    /// Which of them are read next, and when.
    pub(super) fn next_wanted(&self) -> Option<(Instant, BTreeSet<String>)> {
        let now = Instant::now();
        let rest = |scope: &str| self.troubles.rest(Extension::Ingestion, scope).map(|(left, _)| now + left);
        let (mut ready, mut first) = (BTreeSet::new(), None);
        for scope in &self.wanted {
            match rest(scope) {
                None => drop(ready.insert(scope.clone())),
                Some(at) if first.as_ref().is_none_or(|(first, _)| at < *first) => first = Some((at, scope)),
                Some(_) => {}
            }
        }
        match ready.is_empty() {
            true => first.map(|(at, scope)| (at, BTreeSet::from([scope.clone()]))),
            false => Some((now, ready)),
        }
    }

    /// Some of them were read, or could not be, which `said` says.
    pub(super) fn read_wanted(&mut self, scopes: &BTreeSet<String>, fault: Option<&Fault>, said: String) {
        let Some(fault) = fault else {
            scopes.iter().for_each(|scope| self.troubles.ended_well(Extension::Ingestion, scope));
            return;
        };
        // Which of several failed is not known, so that they rest together.
        let subject = if scopes.len() == 1 { scopes.first().map_or("", String::as_str) } else { "" };
        self.troubles.failed(Extension::Ingestion, subject, Instant::now(), fault, said);
        if fault.is_passing() {
            for scope in scopes {
                self.want(scope);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fault::Bound;
    use portico_manifest::Period;

    const CRASH: Fault = Fault::TimeLimit(Bound { limit: Period::seconds(1), is_granted: true });

    fn scopes(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|scope| (*scope).to_owned()).collect()
    }

    /// Which are read next, and in how many seconds.
    fn next(state: &State) -> Option<(u64, Vec<String>)> {
        let (at, scopes) = state.next_wanted()?;
        Some((at.saturating_duration_since(Instant::now()).as_secs(), scopes.into_iter().collect()))
    }

    fn fail(state: &mut State, all: &[&str], fault: &Fault) {
        let scopes = scopes(all);
        state.wanted.retain(|scope| !scopes.contains(scope));
        state.read_wanted(&scopes, Some(fault), "It crashed.".to_owned());
    }

    #[test]
    fn what_waits_to_be_read_is_bounded_and_counts_once() {
        let mut state = State::default();
        assert!((0..SCOPES).all(|number| state.want(&number.to_string())));
        assert!(state.want("7"), "it waits already");
        assert!(!state.want("one more"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_scope_that_fails_waits_longer_each_time_and_holds_up_no_other() {
        let mut state = State::default();
        state.want("a");
        let mut waits = Vec::new();
        for _ in 0..4 {
            fail(&mut state, &["a"], &CRASH);
            let (wait, all) = next(&state).expect("it is read again");
            assert_eq!(all, ["a"]);
            waits.push(wait);
            state.want("b");
            assert_eq!(next(&state), Some((0, vec!["b".to_owned()])));
            state.wanted.remove("b");
            tokio::time::advance(Duration::from_secs(wait)).await;
        }
        assert_eq!(waits, [1, 2, 4, 8]);
        assert!(!state.troubles.are_none(), "it is said");
        state.read_wanted(&scopes(&["a"]), None, String::new());
        assert!(state.troubles.are_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_together_rests_together_and_what_will_not_pass_is_not_read_again() {
        let mut state = State::default();
        fail(&mut state, &["a", "b"], &CRASH);
        assert_eq!(next(&state).map(|(wait, _)| wait), Some(1));
        let mut state = State::default();
        fail(&mut state, &["a"], &Fault::Refused("no".to_owned()));
        assert_eq!(next(&state), None);
        state.want("a");
        assert_eq!(next(&state), Some((1, vec!["a".to_owned()])), "whoever tells of it has it wait all the same");
    }
}
