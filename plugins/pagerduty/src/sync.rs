//! A run: the whole account, read and then committed.
//!
//! Rule: nothing is committed before everything was read that it rests on. What cannot be read leaves the catalog as it was, and is said where
//! it is missed.

use std::collections::BTreeSet;

use portico_sdk::{Error, Mode, Result, Session, clock, info, run, unreadable, warn};

use crate::acknowledged::{self, Acknowledged};
use crate::api::{Api, Haste, List, Policy, Schedule, Service};
use crate::lease::SERVICES;
use crate::links::Links;
use crate::reading::{self, OnCalls, Tallies, Whose};
use crate::service::{Kept, POLICY, PolicyObject, SCHEDULE, SERVICE, ScheduleObject, ServiceObject};
use crate::settings::Settings;

/// The scopes beside that of the services.
pub(crate) const POLICIES: &str = "escalation-policies";
pub(crate) const SCHEDULES: &str = "schedules";

/// Incidents of which a run finds out when they were acknowledged: a quarter of what PagerDuty's rate allows in a minute.
const FOUND_OUT: usize = 240;

/// Reads the account, and commits what it holds.
pub(crate) fn sync() -> Result<()> {
    let settings = Settings::read()?;
    let api = Api::new(&settings.api, Haste::Patient);
    // Before anything is read: what webhooks say from here on is later than what is read, and stands.
    let whole = Session::full(SERVICES)?;
    match Account::read(&api, &settings) {
        Ok(account) => account.commit(whole),
        Err(error) => {
            for scope in [SERVICES, POLICIES, SCHEDULES] {
                unreadable(scope, &error.to_string())?;
            }
            Err(error)
        }
    }
}

/// A list, and whether it holds everything: an item without an id could be anyone.
struct Whole<T> {
    items: Vec<T>,
    mode: Mode,
}

/// What was read.
struct Account {
    /// When the reading began.
    now: u64,
    services: Whole<Kept>,
    links: Links,
    policies: Whole<Policy>,
    /// An error where only these may not be read.
    schedules: Result<Whole<Schedule>>,
    on_calls: OnCalls,
    tallies: Tallies,
    known: Acknowledged,
}

impl Account {
    fn read(api: &Api, settings: &Settings) -> Result<Account> {
        let now = clock::now();
        teams(api, settings)?;
        let mut links = Links::read()?;
        let services = services(api, settings, &mut links)?;
        if settings.match_by_name {
            links.link_by_name(services.items.iter().map(|one| (one.id.as_str(), one.name.as_str())))?;
        }
        let policies =
            whole(of_teams(api, settings, "/escalation_policies", "escalation_policies"), POLICY, |one: &Policy| {
                &one.id
            })?;
        let schedules = whole(of_teams(api, settings, "/schedules", "schedules"), SCHEDULE, |one: &Schedule| &one.id);
        let schedules = match schedules {
            Err(error @ Error::Denied(_)) => Err(error),
            Err(error) => return Err(error),
            Ok(schedules) => Ok(schedules),
        };
        let named = services.items.iter().filter_map(|one| Some(one.policy.as_ref()?.id.clone()));
        let ids: BTreeSet<String> = policies.items.iter().map(|policy| policy.id.clone()).chain(named).collect();
        let on_calls = reading::on_calls(api, &ids.into_iter().collect::<Vec<_>>(), now)?;
        let mut tallies: Tallies = services.items.iter().map(|one| (one.id.clone(), Default::default())).collect();
        let mut known = Acknowledged::read()?;
        reading::incidents(api, Whose::Teams(&settings.teams), &mut tallies, &mut known, now)?;
        acknowledged::find_out(api, tallies.values_mut(), &mut known, FOUND_OUT);
        Ok(Account { now, services, links, policies, schedules, on_calls, tallies, known })
    }

    fn commit(self, mut whole: Session) -> Result<()> {
        self.commit_policies()?;
        let schedules = self.commit_schedules();
        if self.services.mode == Mode::Delta {
            drop(whole);
            whole = Session::delta(SERVICES)?;
        }
        self.commit_services(whole)?;
        schedules
    }

    fn commit_services(self, mut session: Session) -> Result<()> {
        let Account { now, services, links, on_calls, mut tallies, known, .. } = self;
        for kept in &services.items {
            let tally = tallies.remove(&kept.id).unwrap_or_default();
            let object = ServiceObject::new(kept, &links.of(&kept.id), &tally, &on_calls.by_policy, now);
            session.push(SERVICE, &object)?;
        }
        session.report(&links.problems())?;
        refused(&mut session)?;
        known.keep(true)?;
        let summary = session.commit(None)?;
        let count = services.items.len() as u64;
        run::progress(count, Some(count), "services are in the catalog");
        info!(
            "{count} services, of which {} entities are linked: {} are new, {} changed, {} are gone",
            links.count(),
            summary.added,
            summary.updated,
            summary.removed
        );
        Ok(())
    }

    fn commit_policies(&self) -> Result<()> {
        let mut session = self.policies.session(POLICIES)?;
        for policy in &self.policies.items {
            session.push(POLICY, &PolicyObject::new(policy, &self.on_calls.by_policy, self.now))?;
        }
        refused(&mut session)?;
        session.commit(None).map(drop)
    }

    fn commit_schedules(&self) -> Result<()> {
        let schedules = match &self.schedules {
            Ok(schedules) => schedules,
            Err(error) => {
                unreadable(SCHEDULES, &error.to_string())?;
                return Err(error.clone());
            }
        };
        let mut session = schedules.session(SCHEDULES)?;
        for schedule in &schedules.items {
            session.push(SCHEDULE, &ScheduleObject::new(schedule, &self.on_calls.by_schedule, self.now))?;
        }
        refused(&mut session)?;
        session.commit(None).map(drop)
    }
}

impl<T> Whole<T> {
    fn session(&self, scope: &str) -> Result<Session> {
        match self.mode {
            Mode::Full => Session::full(scope),
            Mode::Delta => Session::delta(scope),
        }
    }
}

/// A team that there is not would be one without services, of which nothing would be left.
fn teams(api: &Api, settings: &Settings) -> Result<()> {
    for team in &settings.teams {
        api.get(&format!("/teams/{team}"), &[]).map_err(|error| match error {
            Error::NotFound(_) => Error::Invalid(format!(
                "settings.teams: PagerDuty has no team `{team}`; write what stands at the end of the team's address"
            )),
            error => error,
        })?;
    }
    Ok(())
}

fn of_teams<'a>(api: &'a Api, settings: &'a Settings, path: &'a str, key: &'a str) -> List<'a> {
    // What has two names in PagerDuty's description; both kinds are sorted by name as it is.
    let list = List::new(api, path, key);
    // Schedules know no filter by team.
    if path == "/schedules" { list } else { list.with_each("team_ids[]", &settings.teams) }
}

/// The services, without what is not needed once they are linked.
fn services(api: &Api, settings: &Settings, links: &mut Links) -> Result<Whole<Kept>> {
    let list = of_teams(api, settings, "/services", "services").with("sort_by", "name");
    let list = if links.has_keys() { list.with("include[]", "integrations") } else { list };
    let Whole { items, mode } = whole(list, SERVICE, |one: &Service| &one.id)?;
    for service in &items {
        let keys = service.integrations.iter().map(|integration| integration.integration_key.as_str());
        links.link(&service.id, keys);
    }
    Ok(Whole { items: items.iter().map(Kept::of).collect(), mode })
}

fn whole<T: serde::de::DeserializeOwned>(list: List<'_>, object: &str, id: impl Fn(&T) -> &str) -> Result<Whole<T>> {
    let (items, odd) = list.whole(|item| id(item))?;
    if odd > 0 {
        warn!(
            "{odd} of PagerDuty's objects of the kind {object} have no id: as nobody knows which they are, nothing is removed this time"
        );
    }
    Ok(Whole { items, mode: if odd > 0 { Mode::Delta } else { Mode::Full } })
}

/// Says what the portal did not take. It keeps it as a problem besides.
fn refused(session: &mut Session) -> Result<()> {
    for rejection in session.rejections()?.iter().take(20) {
        warn!("a {} was not taken: {}", rejection.origin.file, rejection.reason);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
