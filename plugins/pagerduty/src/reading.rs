//! Reading one part of an account after the other, of all services or of one.
//!
//! Rule: what is read here changes nothing. A list that cannot be read to its end is an error, and what was read of it is let go of.

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::{Error, Result, run};
use serde::Deserialize;

use crate::acknowledged::Acknowledged;
use crate::api::{Api, Incident, List, MOST, OnCall, State};
use crate::incidents::Tally;
use crate::rota::{Shift, Shifts};
use crate::time::{DAY, window, written};
use crate::webhook::is_id;

/// Days ahead in which the next on call is looked for.
const AHEAD: u64 = 30;

/// Days in which every shift is read that begins there.
const SHIFTS: u64 = 14;

/// Days ahead that are asked for to know also when those shifts end.
const ENDS: u64 = 21;

/// Policies that are asked about at once: with a few people at a few levels each, far below what PagerDuty shows of a list.
const POLICIES: usize = 25;

/// Incidents that are missing in the list of open ones and are asked for by themselves: most were resolved while it was read.
pub(crate) const VERIFIED: usize = 20;

/// Milliseconds of a span of incidents that is not halved any more.
const SHORTEST: u64 = 60 * 60 * 1_000;

/// Figures of services, by their ids.
pub(crate) type Tallies = BTreeMap<String, Tally>;

/// Which incidents are meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whose<'a> {
    /// Those of teams; of all, if there are none.
    Teams(&'a [String]),
    Service(&'a str),
}

impl Whose<'_> {
    fn narrow<'l>(&'l self, list: List<'l>) -> List<'l> {
        match self {
            Whose::Teams(teams) => list.with_each("team_ids[]", teams),
            Whose::Service(id) => list.with("service_ids[]", id),
        }
    }
}

/// Who is on call for policies, by the policies' ids and by the schedules' ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct OnCalls {
    pub(crate) by_policy: Shifts,
    pub(crate) by_schedule: Shifts,
}

/// Reads who is on call now and next. For each level and each person it is the first time: that suffices however long shifts are.
pub(crate) fn on_calls(api: &Api, policies: &[String], now: u64) -> Result<OnCalls> {
    let end = now + AHEAD * DAY;
    let mut on_calls = OnCalls::default();
    each_on_call(api, policies, (now, end), true, |one| {
        let shift = Shift::of(one, end);
        if let Some(schedule) = &one.schedule {
            on_calls.by_schedule.add(&schedule.id, shift.clone().of_schedule());
        }
        on_calls.by_policy.add(&one.escalation_policy.id, shift);
    })?;
    Ok(on_calls)
}

/// Reads the shifts of the next two weeks, of which somebody may have many, by the policies' ids.
pub(crate) fn shifts(api: &Api, policies: &[String], now: u64) -> Result<Shifts> {
    let (last, end) = (now + SHIFTS * DAY, now + ENDS * DAY);
    let mut shifts = Shifts::default();
    each_on_call(api, policies, (now, end), false, |one| {
        if one.start.is_none_or(|start| start < last) {
            shifts.add(&one.escalation_policy.id, Shift::of(one, end));
        }
    })?;
    Ok(shifts)
}

/// Takes each on-call of policies in a span of time. What was taken is worth nothing where it fails.
fn each_on_call(
    api: &Api,
    policies: &[String],
    span: (u64, u64),
    is_first: bool,
    mut take: impl FnMut(&OnCall),
) -> Result<()> {
    let (since, until) = (written(span.0), written(span.1));
    for (done, batch) in policies.chunks(POLICIES).enumerate() {
        let progress = (done * POLICIES) as u64;
        run::progress(progress, Some(policies.len() as u64), "policies were asked for who is on call");
        let list = List::new(api, "/oncalls", "oncalls").with("include[]", "users");
        let list = if is_first { list.with("earliest", "true") } else { list };
        let list = list.with("since", &since).with("until", &until).with_each("escalation_policy_ids[]", batch);
        let mut found: Vec<OnCall> = Vec::new();
        list.each(&mut found, |found, one: OnCall| found.push(one))?;
        found.iter().for_each(&mut take);
    }
    Ok(())
}

/// Incidents while they are counted.
#[derive(Clone, Debug)]
struct Counting {
    tallies: Tallies,
    /// Those that are said to be open, and have not come in the list of open ones.
    missed: BTreeSet<String>,
    count: u64,
}

/// Counts the incidents of the last thirty days, and those that are open however old; says how many there are. Those of services that have
/// no tally are passed over. `shown` are open as far as is known: a list of open ones that leaves one out has to be right.
pub(crate) fn incidents(
    api: &Api,
    whose: Whose<'_>,
    tallies: &mut Tallies,
    known: &mut Acknowledged,
    now: u64,
    shown: BTreeSet<String>,
) -> Result<u64> {
    let mut counting = Counting { tallies: std::mem::take(tallies), missed: shown, count: 0 };
    // PagerDuty's clock may be ahead.
    let span = (window(now), now + DAY);
    recent(api, whose, span, &mut counting, &mut |counting, incident: Incident| {
        counting.count += 1;
        if let Some(tally) = counting.tallies.get_mut(&incident.service.id) {
            tally.count(&incident, known, now);
            if incident.status != State::Resolved {
                counting.missed.insert(incident.id);
            }
        }
    })?;
    // At last, so that they are as they stand now.
    let open = List::new(api, "/incidents", "incidents").with("date_range", "all").with("sort_by", "created_at:asc");
    let open = open.with("statuses[]", "triggered").with("statuses[]", "acknowledged");
    whose.narrow(open).each(&mut counting, |counting: &mut Counting, incident: Incident| {
        counting.count += 1;
        counting.missed.remove(&incident.id);
        if let Some(tally) = counting.tallies.get_mut(&incident.service.id) {
            tally.open(&incident);
        }
    })?;
    verify(api, &counting)?;
    *tallies = counting.tallies;
    Ok(counting.count)
}

/// Asks for some of those that are missing in the list of open incidents whether they are open no more.
fn verify(api: &Api, counting: &Counting) -> Result<()> {
    #[derive(Deserialize)]
    struct One {
        incident: Incident,
    }
    for id in counting.missed.iter().filter(|id| is_id(id)).take(VERIFIED) {
        let found = match api.get(&format!("/incidents/{id}"), &[]) {
            Ok(answer) => answer.json::<One>()?.incident,
            Err(Error::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        if found.status != State::Resolved && counting.tallies.contains_key(&found.service.id) {
            return Err(Error::Unavailable {
                reason: format!(
                    "PagerDuty's list of open incidents leaves {id} out, which is open, so that others may be missing; the next run reads it \
                     again"
                ),
                retry_after: Some(60),
            });
        }
    }
    Ok(())
}

/// The incidents that were opened in a span of time, which is halved for as long as it holds more than PagerDuty shows.
fn recent(
    api: &Api,
    whose: Whose<'_>,
    span: (u64, u64),
    counting: &mut Counting,
    take: &mut dyn FnMut(&mut Counting, Incident),
) -> Result<()> {
    let (since, until) = (written(span.0), written(span.1));
    let list = List::new(api, "/incidents", "incidents").with("since", &since).with("until", &until);
    let list = whose.narrow(list).with("sort_by", "created_at:asc");
    let length = span.1 - span.0;
    // For one service this is hardly ever so, and would cost each webhook a request.
    let is_large = matches!(whose, Whose::Teams(_)) && length > SHORTEST && list.count()? >= MOST;
    if !is_large {
        return list.each(counting, take);
    }
    let middle = (span.0 + length / 2) / 1_000 * 1_000;
    recent(api, whose, (span.0, middle), counting, take)?;
    recent(api, whose, (middle, span.1), counting, take)
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;
    use serde_json::{Value, json};

    use super::*;
    use crate::api::Haste;
    use crate::testing::{BASE, half, incident, on_calls_url, open_url, page, shifts_url};

    fn span(since: &str, until: &str, end: &str) -> String {
        let encoded = |time: &str| format!("{time}%3A00%3A00Z");
        let (since, until) = (encoded(since), encoded(until));
        format!("{BASE}/incidents?since={since}&until={until}&sort_by=created_at%3Aasc&{end}")
    }

    #[test]
    fn more_incidents_than_pagerduty_shows_are_read_in_shorter_spans() {
        let count = |total: usize| half("incidents", &[], total);
        let one = |id: &str, created: &str| page("incidents", &[incident(id, "P1", "resolved", created)]);
        let (begin, middle, end) = ("2025-12-03T00", "2025-12-18T06", "2026-01-02T12");
        let (counted, listed) = ("limit=1&offset=0&total=true", "limit=100&offset=0&total=true");
        let portal = Portal::new()
            .answer("GET", &span(begin, end, counted), count(10_000))
            .answer("GET", &span(begin, middle, counted), count(9_999))
            .answer("GET", &span(middle, end, counted), count(3))
            .answer("GET", &span(begin, middle, listed), one("Q1", "2025-12-05T00:00:00Z"))
            .answer("GET", &span(middle, end, listed), one("Q2", "2025-12-20T00:00:00Z"))
            .answer("GET", &open_url(None), page("incidents", &[]));
        let mut tallies: Tallies = [("P1".to_owned(), Tally::default())].into();
        let now = portal.now();
        portal.run(|| {
            let api = Api::new(BASE, Haste::Patient);
            incidents(&api, Whose::Teams(&[]), &mut tallies, &mut Acknowledged::default(), now, BTreeSet::new())
                .expect("read");
        });
        assert_eq!(tallies["P1"].figures(now).last_30_days, 2);
    }

    fn on_call(policy: &str, name: &str) -> Value {
        json!({ "escalation_policy": { "id": policy }, "user": { "id": name, "summary": name } })
    }

    #[test]
    fn policies_are_asked_about_in_groups() {
        let ids: Vec<String> = (0..30).map(|number| format!("E{number:02}")).collect();
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        let portal = Portal::new()
            .answer("GET", &on_calls_url(&names[..25]), page("oncalls", &[on_call("E00", "Ada")]))
            .answer("GET", &on_calls_url(&names[25..]), page("oncalls", &[on_call("E29", "Ada")]));
        let now = portal.now();
        let found = portal.run(|| on_calls(&Api::new(BASE, Haste::Patient), &ids, now)).expect("read");
        let called = |id: &str| found.by_policy.rota(id, now).now;
        assert_eq!(
            (called("E00"), called("E29"), called("E01").len()),
            (vec!["Ada".to_owned()], vec!["Ada".to_owned()], 0)
        );
    }

    #[test]
    fn somebody_who_is_missing_or_cannot_be_read_is_said_and_nobody_is_taken_for_off_duty() {
        let ada = || on_call("E1", "Ada");
        let odd = |key: &str, value: Value| {
            let mut odd = on_call("E1", "Bob");
            odd[key] = value;
            odd
        };
        for (answer, said) in [
            (half("oncalls", &[ada()], 2), "less of it came than PagerDuty counts"),
            (half("oncalls", &[], 1), "less of it came than PagerDuty counts"),
            (page("oncalls", &[ada(), odd("user", json!("Bob"))]), "GET /oncalls: 1 items are not as PagerDuty"),
            (page("oncalls", &[ada(), odd("start", json!("soon"))]), "GET /oncalls: 1 items are not as PagerDuty"),
            (page("oncalls", &[ada(), odd("schedule", json!(7))]), "GET /oncalls: 1 items are not as PagerDuty"),
            (page("oncalls", &[ada(), odd("escalation_policy", Value::Null)]), "GET /oncalls: 1 items are not"),
        ] {
            let portal = Portal::new().answer("GET", &on_calls_url(&["E1"]), answer);
            let now = portal.now();
            let error =
                portal.run(|| on_calls(&Api::new(BASE, Haste::Patient), &["E1".to_owned()], now)).expect_err(said);
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn all_shifts_of_two_weeks_are_read_and_of_later_ones_none() {
        let at = |day: u32| {
            let mut one = on_call("E1", "Ada");
            one["start"] = json!(format!("2026-01-{day:02}T00:00:00Z"));
            one["end"] = json!(format!("2026-01-{:02}T00:00:00Z", day + 1));
            one
        };
        let days: Vec<Value> = (2..=18).map(at).collect();
        let portal = Portal::new().answer("GET", &shifts_url(&["E1"]), page("oncalls", &days));
        let now = portal.now();
        let found = portal.run(|| shifts(&Api::new(BASE, Haste::Patient), &["E1".to_owned()], now)).expect("read");
        assert_eq!(found.said("E1", now).len(), 14);
    }
}
