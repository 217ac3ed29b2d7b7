//! What is said of a service's incidents: how many are open, which, and how it went in the last thirty days.
//!
//! Rule: incidents are counted as they come and let go of, so that a service with a hundred thousand of them takes no more memory than one
//! with none. The same incidents make the same figures in whatever order they come.
//!
//! Not here: asking PagerDuty for them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::acknowledged::Acknowledged;
use crate::api::{Incident, State, Urgency};
use crate::time::{DAY, DAYS, date, window, written};

/// Open incidents that are named; the rest is counted.
pub(crate) const NAMED: usize = 20;

/// Characters of a title, and of what else people write.
const TITLE: usize = 200;

/// What is counted of one service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    open: BTreeMap<(State, Urgency), u64>,
    /// The most urgent ones, and of those the oldest.
    named: Vec<Open>,
    by_day: [u64; DAYS],
    resolved: Mean,
    acknowledged: Mean,
    /// Those that were resolved and of which it is not known when they were acknowledged, the newest last.
    unknown: Vec<(u64, String)>,
}

/// An open incident, as facts have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Open {
    pub(crate) id: String,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) status: String,
    pub(crate) urgency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<String>,
    pub(crate) since: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) assignees: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

/// Figures of a service's incidents, as facts have them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Figures {
    pub(crate) open: u64,
    pub(crate) triggered: u64,
    pub(crate) acknowledged: u64,
    pub(crate) high: u64,
    pub(crate) low: u64,
    /// The highest of those that are open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) urgency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) oldest: Option<String>,
    #[serde(rename = "last30Days")]
    pub(crate) last_30_days: u64,
    /// One number for each day, the last of which is `through`.
    pub(crate) per_day: Vec<u64>,
    pub(crate) through: String,
}

/// A mean that is still being taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mean {
    seconds: u64,
    count: u64,
}

impl Mean {
    fn add(&mut self, seconds: u64) {
        self.seconds += seconds;
        self.count += 1;
    }

    /// In minutes, to a tenth.
    fn minutes(self) -> Option<f64> {
        (self.count > 0).then(|| (self.seconds as f64 / self.count as f64 / 6.0).round() / 10.0)
    }
}

impl Tally {
    /// Counts an incident that was opened in the last thirty days, whatever has become of it. What is learned of when it was acknowledged
    /// is kept in `known`.
    pub(crate) fn count(&mut self, incident: &Incident, known: &mut Acknowledged, now: u64) {
        let created = incident.created;
        // PagerDuty's clock may be ahead.
        let Some(since) = created.min(now).checked_sub(window(now)) else { return };
        self.by_day[(since / DAY) as usize] += 1;
        let after = |at: u64| at.saturating_sub(created) / 1_000;
        if let Some(resolved) = incident.resolved() {
            self.resolved.add(after(resolved));
        }
        if let Some(acknowledged) = incident.acknowledged() {
            known.learn(&incident.id, Some(u32::try_from(after(acknowledged)).unwrap_or(u32::MAX)));
        }
        match known.of(&incident.id) {
            Some(Some(seconds)) => self.acknowledged.add(seconds.into()),
            Some(None) => {}
            None if incident.status == State::Resolved => self.unknown.push((created, incident.id.clone())),
            None => {}
        }
    }

    /// Takes in that an incident was acknowledged after so many seconds, or never.
    pub(crate) fn learn(&mut self, seconds: Option<u32>) {
        if let Some(seconds) = seconds {
            self.acknowledged.add(seconds.into());
        }
    }

    /// Incidents of which it is to be found out when they were acknowledged, with when they were opened.
    pub(crate) fn unknown(&self) -> &[(u64, String)] {
        &self.unknown
    }

    /// Takes an incident in that is open, whenever it was opened.
    pub(crate) fn open(&mut self, incident: &Incident) {
        if incident.status == State::Resolved || self.named.iter().any(|known| known.id == incident.id) {
            return;
        }
        *self.open.entry((incident.status, incident.urgency)).or_default() += 1;
        let named = Open::of(incident);
        let place = self.named.partition_point(|known| known.rank() <= named.rank());
        self.named.insert(place, named);
        self.named.truncate(NAMED);
    }

    /// The open incidents that are named, the most urgent first.
    pub(crate) fn named(&self) -> &[Open] {
        &self.named
    }

    /// What facts say of all of them.
    pub(crate) fn figures(&self, now: u64) -> Figures {
        let sum = |is_meant: &dyn Fn(State, Urgency) -> bool| -> u64 {
            self.open.iter().filter(|((state, urgency), _)| is_meant(*state, *urgency)).map(|(_, count)| count).sum()
        };
        let (high, low) = (sum(&|_, urgency| urgency == Urgency::High), sum(&|_, urgency| urgency == Urgency::Low));
        let urgency = if high > 0 { Some(Urgency::High) } else { (low > 0).then_some(Urgency::Low) };
        Figures {
            open: high + low,
            triggered: sum(&|state, _| state == State::Triggered),
            acknowledged: sum(&|state, _| state == State::Acknowledged),
            high,
            low,
            urgency: urgency.map(|urgency| urgency.as_str().to_owned()),
            oldest: self.named.iter().map(|open| &open.since).min().cloned(),
            last_30_days: self.by_day.iter().sum(),
            per_day: self.by_day.to_vec(),
            through: date(now),
        }
    }

    /// The mean time until somebody acknowledged, in minutes.
    pub(crate) fn minutes_to_acknowledge(&self) -> Option<f64> {
        self.acknowledged.minutes()
    }

    /// The mean time until it was over, in minutes.
    pub(crate) fn minutes_to_resolve(&self) -> Option<f64> {
        self.resolved.minutes()
    }
}

impl Open {
    fn of(incident: &Incident) -> Open {
        let assignees = incident.assignments.iter().take(10).map(|one| short(&one.assignee.summary));
        Open {
            id: incident.id.clone(),
            number: incident.incident_number,
            title: short(&incident.title),
            status: incident.status.as_str().to_owned(),
            urgency: incident.urgency.as_str().to_owned(),
            priority: incident
                .priority
                .as_ref()
                .map(|priority| short(&priority.summary))
                .filter(|word| !word.is_empty()),
            since: written(incident.created),
            assignees: assignees.filter(|name| !name.is_empty()).collect(),
            url: incident.html_url.clone(),
        }
    }

    /// What comes first: what wakes people, what nobody looks at, what is old.
    fn rank(&self) -> (bool, bool, &str, &str) {
        (self.urgency != "high", self.status != "triggered", &self.since, &self.id)
    }
}

/// A line that people wrote, as far as a fact has room for it.
pub(crate) fn short(text: &str) -> String {
    if text.chars().count() <= TITLE {
        return text.to_owned();
    }
    text.chars().take(TITLE - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;
    use crate::time;

    fn now() -> u64 {
        time::read("2026-01-31T12:00:00Z").expect("a time")
    }

    fn incident(id: &str, status: &str, urgency: &str, created: &str, more: Value) -> Incident {
        let mut incident = json!({
            "id": id, "incident_number": 7, "title": id, "status": status, "urgency": urgency, "created_at": created,
            "service": { "id": "P1" }, "assignments": [{ "assignee": { "id": "U1", "summary": "Ada" } }],
        });
        for (key, value) in more.as_object().expect("an object") {
            incident[key] = value.clone();
        }
        from_value(incident).expect("an incident")
    }

    #[test]
    fn an_incident_that_is_resolved_is_not_open_and_counts_for_its_day() {
        let (mut tally, mut known) = (Tally::default(), Acknowledged::default());
        let resolved = json!({ "resolved_at": "2026-01-31T01:30:00Z" });
        let resolved = incident("A", "resolved", "high", "2026-01-31T01:00:00Z", resolved);
        tally.count(&resolved, &mut known, now());
        tally.open(&resolved);
        let figures = tally.figures(now());
        assert_eq!((figures.open, figures.last_30_days, figures.per_day[29]), (0, 1, 1));
        assert_eq!((figures.urgency, figures.oldest, figures.through.as_str()), (None, None, "2026-01-31"));
        assert_eq!((tally.minutes_to_resolve(), tally.minutes_to_acknowledge()), (Some(30.0), None));
        assert_eq!(tally.unknown(), [(time::read("2026-01-31T01:00:00Z").expect("a time"), "A".to_owned())]);
    }

    #[test]
    fn what_is_older_than_thirty_days_counts_only_while_it_is_open() {
        let (mut tally, mut known) = (Tally::default(), Acknowledged::default());
        let old = incident("A", "triggered", "low", "2025-06-01T00:00:00Z", json!({}));
        tally.count(&old, &mut known, now());
        tally.open(&old);
        let figures = tally.figures(now());
        assert_eq!((figures.open, figures.last_30_days, figures.low), (1, 0, 1));
        assert_eq!(
            (figures.urgency.as_deref(), figures.oldest.as_deref()),
            (Some("low"), Some("2025-06-01T00:00:00Z"))
        );
    }

    #[test]
    fn a_clock_that_is_ahead_makes_an_incident_one_of_today() {
        let (mut tally, mut known) = (Tally::default(), Acknowledged::default());
        let more =
            json!({ "resolved_at": "2026-02-01T01:00:00Z", "acknowledgements": [{ "at": "2026-01-01T00:00:00Z" }] });
        for (id, created) in [("A", "2026-02-01T00:30:00Z"), ("B", "2026-01-31T23:59:59Z")] {
            tally.count(&incident(id, "resolved", "high", created, more.clone()), &mut known, now());
        }
        let figures = tally.figures(now());
        assert_eq!((figures.last_30_days, figures.per_day.last()), (2, Some(&2)));
        assert_eq!(tally.minutes_to_acknowledge(), Some(0.0), "acknowledged before it was opened, by its own clock");
    }

    #[test]
    fn the_most_urgent_is_named_first_and_what_has_no_room_is_counted() {
        let mut tally = Tally::default();
        for number in 0..40_u32 {
            let (urgency, status) = match number % 4 {
                0 => ("high", "acknowledged"),
                1 => ("high", "triggered"),
                _ => ("low", "triggered"),
            };
            let created = format!("2026-01-{:02}T00:00:00Z", 28 - number / 2);
            tally.open(&incident(&format!("Q{number}"), status, urgency, &created, json!({})));
        }
        let figures = tally.figures(now());
        assert_eq!((figures.open, figures.high, figures.low, figures.acknowledged), (40, 20, 20, 10));
        assert_eq!((tally.named().len(), figures.urgency.as_deref()), (NAMED, Some("high")));
        assert_eq!((tally.named()[0].id.as_str(), tally.named()[10].status.as_str()), ("Q37", "acknowledged"));
    }

    #[test]
    fn an_incident_that_comes_twice_is_counted_once() {
        let mut tally = Tally::default();
        let one = incident("A", "triggered", "high", "2026-01-30T00:00:00Z", json!({}));
        tally.open(&one);
        tally.open(&one);
        assert_eq!(tally.figures(now()).open, 1);
    }

    #[test]
    fn the_first_acknowledgement_counts_and_is_remembered() {
        let mut known = Acknowledged::default();
        let with = |at: &str| json!({ "acknowledgements": [{ "at": at }, { "at": null }, 7] });
        let count = |status: &str, more: Value, known: &mut Acknowledged| {
            let mut tally = Tally::default();
            tally.count(&incident("A", status, "high", "2026-01-30T00:00:00Z", more), known, now());
            (tally.minutes_to_acknowledge(), tally.unknown().len())
        };
        assert_eq!(count("triggered", json!({}), &mut known), (None, 0), "it may still come");
        assert_eq!(count("acknowledged", with("2026-01-30T00:05:00Z"), &mut known), (Some(5.0), 0));
        assert_eq!(count("acknowledged", with("2026-01-30T01:00:00Z"), &mut known), (Some(5.0), 0), "again, later");
        assert_eq!(count("resolved", json!({}), &mut known), (Some(5.0), 0), "also when nothing says it any more");
        let mut known = Acknowledged::default();
        known.learn("A", None);
        assert_eq!(count("resolved", json!({}), &mut known), (None, 0), "nobody ever did");
    }

    #[test]
    fn a_title_that_is_a_novel_is_cut() {
        let mut tally = Tally::default();
        tally.open(&incident("A", "triggered", "high", "2026-01-30T00:00:00Z", json!({ "title": "ä".repeat(50_000) })));
        assert_eq!(tally.named()[0].title.chars().count(), TITLE);
        assert!(tally.named()[0].title.ends_with("ä…"));
    }
}
