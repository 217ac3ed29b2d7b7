//! The parts of what there is to say of a repository, each with a right of its own.
//!
//! Rule: a part that the token may not see any more stays as it was when it could, and it is said which right is missing. One that it never
//! saw is absent.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::repository::Details;

/// What a token is let see by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// The code: commits, and what it is written in.
    Commits,
    /// Requests for changes.
    Requests,
    /// Releases.
    Releases,
    /// Runs of the forge's own continuous integration.
    Runs,
    /// What others say of a commit.
    Statuses,
}

impl Part {
    /// As people say it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Part::Commits => "commits",
            Part::Requests => "pull requests",
            Part::Releases => "releases",
            Part::Runs => "CI runs",
            Part::Statuses => "commit statuses",
        }
    }
}

/// What was seen of a repository, as it is kept until the next time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    #[serde(default)]
    pub(crate) details: Details,
    /// What was not seen, then or ever before.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) never: BTreeSet<Part>,
}

impl Seen {
    /// Of what a token does not see now, what it saw before; answers which parts were kept so.
    pub(crate) fn keep(before: Option<Seen>, mut details: Details, unseen: &BTreeSet<Part>) -> (Seen, BTreeSet<Part>) {
        let Some(before) = before else { return (Seen { details, never: unseen.clone() }, BTreeSet::new()) };
        let lost: BTreeSet<Part> = unseen.difference(&before.never).copied().collect();
        if lost.contains(&Part::Commits) {
            details.last_commit = before.details.last_commit;
            details.language = before.details.language;
            details.licence = before.details.licence;
        }
        if lost.contains(&Part::Requests) {
            details.pull_requests = before.details.pull_requests;
        }
        if lost.contains(&Part::Releases) {
            details.release = before.details.release;
        }
        // Without the commit nobody knows what is to be asked for, and half of what is said of it may be the better half.
        if [Part::Commits, Part::Runs, Part::Statuses].iter().any(|part| lost.contains(part)) {
            details.ci = before.details.ci;
        }
        let never = unseen.difference(&lost).copied().collect();
        (Seen { details, never }, lost)
    }
}

/// Parts in a sentence: `commits, releases`.
pub(crate) fn names(parts: &BTreeSet<Part>) -> String {
    parts.iter().map(|part| part.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::{Ci, Commit, State, Waiting};

    fn details(state: State) -> Details {
        Details {
            language: Some("Rust".into()),
            last_commit: Some(Commit { id: "c1".into(), ..Commit::default() }),
            pull_requests: Some(Waiting { open: 3, oldest_at: None }),
            ci: Some(Ci { state, url: None }),
            ..Details::default()
        }
    }

    const ALL: [Part; 5] = [Part::Commits, Part::Requests, Part::Releases, Part::Runs, Part::Statuses];

    fn parts(parts: &[Part]) -> BTreeSet<Part> {
        parts.iter().copied().collect()
    }

    #[test]
    fn what_was_seen_before_stays_and_is_named_until_it_is_seen_again() {
        let before = Seen { details: details(State::Passed), never: BTreeSet::new() };
        let (seen, lost) = Seen::keep(Some(before.clone()), Details::default(), &parts(&ALL));
        assert_eq!((&seen, lost), (&before, parts(&ALL)));
        // And once more, from what was kept.
        let (seen, lost) = Seen::keep(Some(seen), Details::default(), &parts(&[Part::Commits]));
        assert_eq!((seen.details.last_commit, seen.details.pull_requests), (before.details.last_commit.clone(), None));
        assert_eq!(names(&lost), "commits");
        let (seen, lost) = Seen::keep(Some(before), details(State::Failed), &BTreeSet::new());
        assert_eq!((seen.details, lost.len()), (details(State::Failed), 0));
    }

    #[test]
    fn what_was_never_seen_keeps_nothing_of_what_others_say_of_it_from_changing() {
        let runs = parts(&[Part::Runs]);
        let (first, lost) = Seen::keep(None, details(State::Pending), &runs);
        assert!(lost.is_empty());
        let (second, lost) = Seen::keep(Some(first), details(State::Passed), &runs);
        assert!(lost.is_empty());
        assert_eq!(second, Seen { details: details(State::Passed), never: runs });
        // Once it is seen, it can be lost.
        let (third, _) = Seen::keep(Some(second), details(State::Failed), &BTreeSet::new());
        let (fourth, lost) = Seen::keep(Some(third), details(State::None), &parts(&[Part::Runs]));
        assert_eq!((fourth.details.ci, lost.len()), (details(State::Failed).ci, 1));
    }
}
