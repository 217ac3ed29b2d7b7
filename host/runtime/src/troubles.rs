//! What of a plugin fails, and how long it is left alone: an extension point, or one subject of it, such as a card of one entity.
//!
//! Rule: what has failed is not called again for a second, then for two, four and so on; one call that ends well ends the row, and so does
//! another version. Calls that were under way when the first one failed are no further failures in the row. What fails for one subject says
//! nothing of another; where several fail at once, the whole point is left alone.

use std::collections::BTreeMap;
use std::time::Duration;

use portico_api_types::Timestamp;
use portico_manifest::Extension;
use tokio::time::Instant;

use crate::fault::Fault;
use crate::schedule;

/// Subjects that fail at once before their whole point is left alone.
const SEVERAL: usize = 3;

/// Subjects that are told apart; more are the point's.
const MOST: usize = 100;

/// Sentences about subjects that anybody reads.
const TOLD: usize = 5;

/// How long after its rest a subject that nobody asks for again is still said to fail.
const TOLD_FOR: Duration = Duration::from_secs(600);

/// What is wrong with a plugin's extension points, by their names and the subject; of a point as a whole, the subject is empty.
#[derive(Default)]
pub(crate) struct Troubles(BTreeMap<(&'static str, String), Trouble>);

#[derive(Default)]
struct Trouble {
    /// Those in a row that were waited after.
    failures: u32,
    /// What the last one said.
    said: String,
    rest: Option<Rest>,
}

/// A while in which a point is not called, in both of the machine's clocks.
#[derive(Clone, Copy)]
struct Rest {
    since: Instant,
    until: Instant,
    shown: Timestamp,
}

impl Troubles {
    /// A call ended well.
    pub(crate) fn ended_well(&mut self, point: Extension, subject: &str) {
        self.0.remove(&(point.as_str(), subject.to_owned()));
        self.0.remove(&(point.as_str(), String::new()));
    }

    /// All of a point ended well.
    pub(crate) fn point_ended_well(&mut self, point: Extension) {
        self.0.retain(|(name, _), _| *name != point.as_str());
    }

    /// A call that was begun at some time has failed.
    pub(crate) fn failed(&mut self, point: Extension, subject: &str, begun: Instant, fault: &Fault, said: String) {
        self.0.retain(|(_, subject), trouble| subject.is_empty() || trouble.is_told());
        let key = (point.as_str(), subject.to_owned());
        let key =
            if self.0.len() >= MOST && !self.0.contains_key(&key) { (point.as_str(), String::new()) } else { key };
        let trouble = self.0.entry(key).or_default();
        trouble.said = said;
        if trouble.rest.is_some_and(|rest| begun < rest.since) {
            return;
        }
        if let Some(wait) = schedule::rest(point, fault, trouble.failures.saturating_add(1)) {
            trouble.failures = trouble.failures.saturating_add(1);
            let since = Instant::now();
            let shown = Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX);
            trouble.rest = Some(Rest { since, until: since + wait, shown });
        }
    }

    /// How long a subject of a point is still left alone, and why; none if it may be called.
    pub(crate) fn rest(&self, point: Extension, subject: &str) -> Option<(Duration, String)> {
        let of_point = || self.0.iter().filter(|((name, _), _)| *name == point.as_str());
        let resting = |((name, subject), trouble): (&(&'static str, String), &Trouble)| {
            Some((trouble.left()?, format!("{}\n{}", trouble.row(name, subject)?, trouble.said)))
        };
        let own = of_point().filter(|((_, other), _)| other.is_empty() || other == subject).find_map(resting);
        own.or_else(|| {
            let all: Vec<(Duration, String)> = of_point().filter_map(resting).collect();
            (all.len() >= SEVERAL).then(|| all.into_iter().min()).flatten()
        })
    }

    /// Whether nothing is wrong.
    pub(crate) fn are_none(&self) -> bool {
        !self.0.iter().any(|((_, subject), trouble)| subject.is_empty() || trouble.is_told())
    }

    /// What is wrong, for people.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let mut sentences: Vec<String> = Vec::new();
        let told = self.0.iter().filter(|((_, subject), trouble)| subject.is_empty() || trouble.is_told());
        for ((point, subject), trouble) in told.take(TOLD) {
            if !sentences.contains(&trouble.said) {
                sentences.push(trouble.said.clone());
            }
            sentences.extend(trouble.row(point, subject));
        }
        sentences
    }
}

impl Trouble {
    /// How much of the rest is left.
    fn left(&self) -> Option<Duration> {
        self.rest?.until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    /// Whether it is still worth a word.
    fn is_told(&self) -> bool {
        self.rest.is_none_or(|rest| Instant::now() < rest.until + TOLD_FOR)
    }

    fn row(&self, point: &str, subject: &str) -> Option<String> {
        let times = match self.failures {
            0 => return None,
            1 => "once".to_owned(),
            many => format!("{many} times in a row"),
        };
        let what = match subject {
            "" => format!("Its extension point `{point}`"),
            subject => format!("Its extension point `{point}`, for {subject},"),
        };
        let rest = self.rest.filter(|rest| rest.until > Instant::now());
        Some(match rest {
            Some(rest) => format!("{what} failed {times}; it is asked again at {}.", schedule::time(rest.shown)),
            None => format!("{what} failed {times}; it is asked again the next time it is needed."),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Bound;
    use portico_manifest::Period;

    const BOUND: Bound = Bound { limit: Period::seconds(1), is_granted: true };

    const CARDS: Extension = Extension::Cards;

    fn fail(troubles: &mut Troubles, fault: &Fault) {
        troubles.failed(CARDS, "", Instant::now(), fault, "It crashed.".to_owned());
    }

    fn left(troubles: &Troubles, point: Extension) -> Option<u64> {
        troubles.rest(point, "").map(|(left, _)| left.as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_point_that_fails_is_left_alone_longer_each_time() {
        let mut troubles = Troubles::default();
        let mut waits = Vec::new();
        for _ in 0..11 {
            assert_eq!(left(&troubles, CARDS), None);
            fail(&mut troubles, &Fault::TimeLimit(BOUND));
            let wait = left(&troubles, CARDS).expect("it rests");
            waits.push(wait);
            tokio::time::advance(Duration::from_secs(wait)).await;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(left(&troubles, Extension::Routes), None, "the others are as they were");
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_that_ends_well_ends_the_row() {
        let mut troubles = Troubles::default();
        for _ in 0..5 {
            fail(&mut troubles, &Fault::CpuLimit(BOUND));
            tokio::time::advance(Duration::from_secs(20)).await;
        }
        troubles.ended_well(CARDS, "");
        assert!(troubles.are_none() && left(&troubles, CARDS).is_none());
        fail(&mut troubles, &Fault::CpuLimit(BOUND));
        assert_eq!(left(&troubles, CARDS), Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_fail_together_count_once() {
        let mut troubles = Troubles::default();
        let begun = Instant::now();
        tokio::time::advance(Duration::from_millis(10)).await;
        for _ in 0..20 {
            troubles.failed(CARDS, "", begun, &Fault::TimeLimit(BOUND), "It crashed.".to_owned());
        }
        assert_eq!(left(&troubles, CARDS), Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_says_something_of_the_next_call_has_it_wait() {
        let words = || "no such thing".to_owned();
        let cases = [
            (Extension::Cards, Fault::Failed(words()), None),
            (Extension::Cards, Fault::Refused(words()), None),
            (Extension::Cards, Fault::Denied(words()), None),
            (Extension::Cards, Fault::Busy(words()), None),
            (Extension::Cards, Fault::Host(words()), None),
            (Extension::Cards, Fault::Unavailable { reason: words(), retry_after: None }, Some(1)),
            (Extension::Cards, Fault::Unavailable { reason: words(), retry_after: Some(30) }, Some(30)),
            (Extension::Cards, Fault::Unavailable { reason: words(), retry_after: Some(u32::MAX) }, Some(300)),
            (Extension::Routes, Fault::BadOutput(words()), Some(1)),
            (Extension::Kinds, Fault::MemoryLimit { wanted: portico_manifest::Size::mebibytes(1) }, Some(1)),
            // Changes come in their order: what cannot be handled is asked again, whatever it was.
            (Extension::Subscriber, Fault::Failed(words()), Some(1)),
            (Extension::Subscriber, Fault::Busy(words()), Some(1)),
        ];
        for (point, fault, expected) in cases {
            let mut troubles = Troubles::default();
            troubles.failed(point, "", Instant::now(), &fault, "said".to_owned());
            assert_eq!(left(&troubles, point), expected, "{} {fault:?}", point.as_str());
            assert!(!troubles.are_none(), "it is said all the same");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_said_how_often_and_until_when() {
        let mut troubles = Troubles::default();
        fail(&mut troubles, &Fault::TimeLimit(BOUND));
        let said = troubles.sentences().join("\n");
        assert!(
            said.starts_with("It crashed.\nIts extension point `cards` failed once; it is asked again at 2"),
            "{said}"
        );
        tokio::time::advance(Duration::from_secs(2)).await;
        fail(&mut troubles, &Fault::TimeLimit(BOUND));
        let (_, why) = troubles.rest(CARDS, "").expect("it rests");
        assert!(
            why.starts_with("Its extension point `cards` failed 2 times in a row; it is asked again at 2"),
            "{why}"
        );
        assert!(why.ends_with(" UTC.\nIt crashed."), "{why}");
        tokio::time::advance(Duration::from_secs(2)).await;
        let said = troubles.sentences().join("\n");
        assert!(said.ends_with("failed 2 times in a row; it is asked again the next time it is needed."), "{said}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_for_one_subject_says_nothing_of_another_until_several_fail() {
        let mut troubles = Troubles::default();
        let fault = Fault::TimeLimit(BOUND);
        let fail = |troubles: &mut Troubles, subject: &str| {
            troubles.failed(CARDS, subject, Instant::now(), &fault, format!("{subject} crashed."));
        };
        for subject in ["a", "b"] {
            fail(&mut troubles, subject);
        }
        assert!(
            troubles
                .rest(CARDS, "a")
                .is_some_and(|(_, why)| why.starts_with("Its extension point `cards`, for a, failed once"))
        );
        assert_eq!(troubles.rest(CARDS, "other"), None);
        fail(&mut troubles, "c");
        assert!(troubles.rest(CARDS, "other").is_some(), "several fail at once");
        troubles.ended_well(CARDS, "b");
        assert_eq!(troubles.rest(CARDS, "other"), None);
        assert!(!troubles.are_none() && troubles.sentences().contains(&"a crashed.".to_owned()));
        tokio::time::advance(Duration::from_secs(2) + TOLD_FOR).await;
        assert!(troubles.are_none() && troubles.sentences().is_empty(), "nobody asked for them again");
    }

    #[tokio::test(start_paused = true)]
    async fn subjects_without_end_are_their_points() {
        let mut troubles = Troubles::default();
        for number in 0..2 * MOST {
            let subject = number.to_string();
            troubles.failed(CARDS, &subject, Instant::now(), &Fault::TimeLimit(BOUND), "It crashed.".to_owned());
        }
        assert!(troubles.0.len() <= MOST + 1 && troubles.0.contains_key(&(CARDS.as_str(), String::new())));
    }
}
