//! Who is on call now and next, out of PagerDuty's on-calls.
//!
//! Rule: the first level of a policy is who is called first, and what pages show of it at a glance; all levels are kept beside it. Somebody
//! who is on call for ever has no end.
//!
//! Not here: asking PagerDuty for them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::OnCall;
use crate::incidents::short;
use crate::time;

/// Levels of a policy that are kept.
const LEVELS: usize = 10;

/// Shifts of a policy that are kept, for who wants to know of their own: two weeks of three shifts a day at four levels.
const SHIFTS: usize = 170;

/// Bytes of them, about: facts have room for 64 KiB.
const BYTES: usize = 40_000;

/// A time at which somebody is on call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shift {
    level: u32,
    /// None has always been.
    start: Option<u64>,
    /// None for ever.
    end: Option<u64>,
    name: String,
    email: Option<String>,
    user: String,
    schedule: Option<String>,
}

impl Shift {
    /// What an on-call says. What goes on until the end of what was asked for has no end that is known, and would have another one each time.
    pub(crate) fn of(one: &OnCall, asked: u64) -> Shift {
        let schedule = one.schedule.as_ref().map(|schedule| short(&schedule.summary)).filter(|name| !name.is_empty());
        let name = if one.user.summary.is_empty() { &one.user.id } else { &one.user.summary };
        Shift {
            level: one.escalation_level,
            start: one.start,
            end: one.end.filter(|end| *end < asked),
            name: short(name),
            email: one.user.email.clone().filter(|email| email.contains('@') && email.len() < 300),
            user: one.user.id.clone(),
            schedule,
        }
    }

    /// The same for a schedule, which has no levels.
    pub(crate) fn of_schedule(self) -> Shift {
        Shift { level: 1, ..self }
    }

    fn is_now(&self, now: u64) -> bool {
        self.start.is_none_or(|start| start <= now) && self.end.is_none_or(|end| end > now)
    }
}

/// Who is on call for a policy, as facts have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Rota {
    /// Who is called first.
    pub(crate) now: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_at: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) levels: Vec<Level>,
}

/// Who is on call at one level of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Level {
    pub(crate) level: u32,
    pub(crate) now: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schedule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_at: Option<String>,
}

/// A time at which somebody is on call, as facts have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Said {
    pub(crate) level: u32,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schedule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<String>,
}

/// The shifts of many policies or schedules, by their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shifts(BTreeMap<String, Vec<Shift>>);

impl Shifts {
    /// Takes a shift in; one that is there already says nothing new.
    pub(crate) fn add(&mut self, id: &str, shift: Shift) {
        let shifts = self.0.entry(id.to_owned()).or_default();
        if !shifts.contains(&shift) {
            shifts.push(shift);
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Takes in what another reading said. The same shift may have an end there that is not known here.
    pub(crate) fn join(&mut self, other: &Shifts) {
        for (id, shifts) in &other.0 {
            let known = self.0.entry(id.clone()).or_default();
            for shift in shifts {
                let is_same = |one: &&mut Shift| Shift { end: shift.end, ..(*one).clone() } == *shift;
                match known.iter_mut().find(is_same) {
                    Some(one) => one.end = one.end.or(shift.end),
                    None => known.push(shift.clone()),
                }
            }
        }
    }

    /// Who is on call for one of them.
    pub(crate) fn rota(&self, id: &str, now: u64) -> Rota {
        let mut by_level: BTreeMap<u32, Vec<&Shift>> = BTreeMap::new();
        for shift in self.0.get(id).into_iter().flatten() {
            by_level.entry(shift.level).or_default().push(shift);
        }
        let levels: Vec<Level> = by_level.iter().take(LEVELS).map(|(level, shifts)| at(*level, shifts, now)).collect();
        let Some(first) = levels.first() else { return Rota::default() };
        let called =
            self.0.get(id).into_iter().flatten().filter(|shift| shift.level == first.level && shift.is_now(now));
        Rota {
            now: first.now.clone(),
            email: called.min_by_key(|shift| &shift.name).and_then(|shift| shift.email.clone()),
            until: first.until.clone(),
            next: first.next.clone(),
            next_at: first.next_at.clone(),
            levels,
        }
    }

    /// The shifts of one of them, those of now first.
    pub(crate) fn said(&self, id: &str, now: u64) -> Vec<Said> {
        let mut shifts: Vec<&Shift> = self.0.get(id).into_iter().flatten().collect();
        shifts.retain(|shift| shift.end.is_none_or(|end| end > now));
        shifts.sort_by_key(|shift| (shift.start.filter(|start| *start > now), shift.level, &shift.name));
        let said = |shift: &&Shift| Said {
            level: shift.level,
            name: shift.name.clone(),
            email: shift.email.clone(),
            schedule: shift.schedule.clone(),
            // When it began is of no interest any more, and would be another time where PagerDuty cuts off what is over.
            start: shift.start.filter(|start| *start > now).map(time::written),
            end: shift.end.map(time::written),
        };
        let mut bytes = 0;
        let has_room = |shift: &&&Shift| {
            let texts = [Some(&shift.name), shift.email.as_ref(), shift.schedule.as_ref()];
            bytes += 120 + texts.into_iter().flatten().map(String::len).sum::<usize>();
            bytes <= BYTES
        };
        shifts.iter().take(SHIFTS).take_while(has_room).map(said).collect()
    }
}

/// Who is on call at a level.
fn at(level: u32, shifts: &[&Shift], now: u64) -> Level {
    let current: Vec<&&Shift> = shifts.iter().filter(|shift| shift.is_now(now)).collect();
    let mut names: Vec<String> = current.iter().map(|shift| shift.name.clone()).collect();
    names.sort();
    names.dedup();
    let is_other = |shift: &&&Shift| !current.iter().any(|known| known.user == shift.user);
    let to_come = shifts.iter().filter(|shift| shift.start.is_some_and(|start| start > now));
    let next = to_come.filter(is_other).min_by_key(|shift| (shift.start, &shift.name));
    Level {
        level,
        now: names,
        schedule: current.iter().find_map(|shift| shift.schedule.clone()),
        until: current.iter().filter_map(|shift| shift.end).min().map(time::written),
        next: next.map(|shift| shift.name.clone()),
        next_at: next.and_then(|shift| shift.start).map(time::written),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn now() -> u64 {
        time::read("2026-01-07T12:00:00Z").expect("a time")
    }

    fn shifts(all: &[Value]) -> Shifts {
        let mut shifts = Shifts::default();
        for one in all {
            let one: OnCall = from_value(one.clone()).expect("an on-call");
            shifts.add(&one.escalation_policy.id, Shift::of(&one, now() + 30 * time::DAY));
        }
        shifts
    }

    fn shift(level: u32, user: &str, start: Option<&str>, end: Option<&str>) -> Value {
        json!({
            "escalation_policy": { "id": "E1" }, "escalation_level": level, "schedule": { "id": "S1", "summary": "Primary" },
            "user": { "id": user, "summary": user, "email": format!("{user}@x.test") }, "start": start, "end": end,
        })
    }

    #[test]
    fn who_is_on_call_is_said_until_when_and_who_is_next() {
        let shifts = shifts(&[
            shift(2, "carol", None, None),
            shift(1, "bob", Some("2026-01-12T00:00:00Z"), Some("2026-01-19T00:00:00Z")),
            shift(1, "ada", Some("2026-01-05T00:00:00Z"), Some("2026-01-12T00:00:00Z")),
            shift(1, "ada", Some("2026-01-08T00:00:00Z"), Some("2026-01-09T00:00:00Z")),
        ]);
        let rota = shifts.rota("E1", now());
        assert_eq!((rota.now, rota.email.as_deref()), (vec!["ada".to_owned()], Some("ada@x.test")));
        assert_eq!((rota.until.as_deref(), rota.next.as_deref()), (Some("2026-01-12T00:00:00Z"), Some("bob")));
        assert_eq!((rota.next_at.as_deref(), rota.levels.len()), (Some("2026-01-12T00:00:00Z"), 2));
        let second = &rota.levels[1];
        assert_eq!(
            (second.level, &second.now[..], &second.until, &second.next),
            (2, &["carol".to_owned()][..], &None, &None)
        );
        let said: Vec<(u32, String)> = shifts.said("E1", now()).into_iter().map(|one| (one.level, one.name)).collect();
        let expected = [(1, "ada"), (2, "carol"), (1, "ada"), (1, "bob")].map(|(level, name)| (level, name.to_owned()));
        assert_eq!(said, expected, "those of now first");
    }

    #[test]
    fn a_shift_begins_on_time_and_is_over_at_its_end() {
        let at = |start: &str, end: &str| {
            let rota = shifts(&[shift(1, "ada", Some(start), Some(end))]).rota("E1", now());
            (rota.now.len(), rota.next.is_some())
        };
        for (start, end, expected) in [
            ("2026-01-07T12:00:00Z", "2026-01-07T13:00:00Z", (1, false)),
            ("2026-01-07T11:00:00Z", "2026-01-07T12:00:00Z", (0, false)),
            ("2026-01-07T12:00:01Z", "2026-01-07T13:00:00Z", (0, true)),
        ] {
            assert_eq!(at(start, end), expected, "{start} to {end}");
        }
    }

    #[test]
    fn what_goes_on_beyond_what_was_asked_for_has_no_end_and_what_has_begun_no_beginning() {
        let shifts = shifts(&[shift(1, "ada", Some("2026-01-07T12:00:00Z"), Some("2026-02-06T12:00:00Z"))]);
        assert_eq!((shifts.rota("E1", now()).until, shifts.said("E1", now())[0].start.clone()), (None, None));
    }

    #[test]
    fn a_shift_whose_time_is_none_is_no_shift() {
        for (start, end) in [(json!("soon"), json!(null)), (json!(5), json!(null)), (json!(null), json!({}))] {
            let mut one = shift(1, "ada", None, None);
            (one["start"], one["end"]) = (start, end);
            assert!(from_value::<OnCall>(one.clone()).is_err(), "{one}");
        }
        assert_eq!(shifts(&[]).rota("E2", now()), Rota::default());
    }

    #[test]
    fn what_two_readings_say_of_a_shift_is_one_with_the_end_that_either_knows() {
        let (start, end) = (Some("2026-01-12T00:00:00Z"), Some("2026-01-19T00:00:00Z"));
        let mut all = shifts(&[shift(1, "ada", start, None), shift(2, "bob", start, end)]);
        all.join(&shifts(&[shift(1, "ada", start, end), shift(1, "cleo", None, None)]));
        let said = all.said("E1", now());
        let known =
            |name: &str| said.iter().filter(|one| one.name == name).map(|one| one.end.clone()).collect::<Vec<_>>();
        assert_eq!((known("ada"), known("cleo")), (vec![end.map(str::to_owned)], vec![None]));
        assert_eq!(said.len(), 3);
    }

    #[test]
    fn facts_have_room_for_the_shifts_that_are_kept() {
        let long = "é".repeat(150);
        let many: Vec<Value> = (0..400).map(|number| shift(number, &long, None, None)).collect();
        let said = shifts(&many).said("E1", now());
        let size = serde_json::to_string(&said).expect("JSON").len();
        assert!(size < 56_000 && size > 20_000, "{size}");
        let many: Vec<Value> = (0..400).map(|number| shift(number, "ada", None, None)).collect();
        assert_eq!(shifts(&many).said("E1", now()).len(), SHIFTS);
    }

    #[test]
    fn two_at_once_are_both_named_and_the_earlier_end_counts() {
        let shifts = shifts(&[
            shift(1, "bob", Some("2026-01-05T00:00:00Z"), Some("2026-01-09T00:00:00Z")),
            shift(1, "ada", Some("2026-01-05T00:00:00Z"), None),
            shift(1, "ada", Some("2026-01-05T00:00:00Z"), None),
        ]);
        let rota = shifts.rota("E1", now());
        assert_eq!((rota.now.join(", "), rota.until.as_deref()), ("ada, bob".to_owned(), Some("2026-01-09T00:00:00Z")));
    }
}
