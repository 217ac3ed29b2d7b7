//! A run: the whole account, read and then committed; or a few services of which a webhook spoke.
//!
//! Rule: nothing is committed before everything was read that it rests on. What cannot be read leaves the catalog as it was, and is said where
//! it is missed: `parts` says what may be missing alone. What is empty all at once is not believed at once (`portico_sdk::doubt`).

use std::collections::BTreeSet;

use portico_sdk::doubt::doubted;
use portico_sdk::{Error, Mode, Problem, Result, Session, clock, info, run, unreadable, warn};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::acknowledged::{self, Acknowledged};
use crate::api::{Api, Haste, List, Policy, Schedule, Service, is_unknown};
use crate::incidents::Tally;
use crate::lease::SERVICES;
use crate::links::Links;
use crate::parts::{self, INCIDENTS, ON_CALLS, part};
use crate::reading::{self, OnCalls, Tallies, Whose};
use crate::refresh::refresh;
use crate::rota::Shifts;
use crate::service::{Kept, POLICY, PolicyObject, SCHEDULE, SERVICE, ScheduleObject, ServiceObject};
use crate::settings::Settings;
use crate::subscriber::MOST;
use crate::webhook::is_id;
use crate::{time, turns};

/// The scopes beside that of the services.
pub(crate) const POLICIES: &str = "escalation-policies";
pub(crate) const SCHEDULES: &str = "schedules";

/// Incidents of which a run finds out when they were acknowledged: a quarter of what PagerDuty's rate allows in a minute.
const FOUND_OUT: usize = 240;

/// Reads the account, and commits what it holds.
pub(crate) fn sync() -> Result<()> {
    let settings = Settings::read()?;
    let scopes = run::scopes();
    if let Some(services) = scopes.as_deref().and_then(turns::asked).filter(|services| services.len() <= MOST) {
        return some(&settings, &services);
    }
    turns::clear()?;
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

/// Reads some services, of which webhooks or buttons spoke. One that cannot be read costs no other.
fn some(settings: &Settings, services: &[&str]) -> Result<()> {
    let mut first = None;
    for (done, id) in services.iter().filter(|id| is_id(id)).enumerate() {
        run::progress(done as u64, Some(services.len() as u64), &format!("reading the service {id}"));
        let read = turns::wait(id).and_then(|told| refresh(settings, Haste::Patient, id, &told));
        match read.map_err(|error| error.context(format_args!("the service {id}"))) {
            Ok(()) => {}
            // It wants to be left alone, or knows nobody.
            Err(error) if run::cancelled() || is_unknown(&error) => return Err(error),
            Err(error @ Error::Unavailable { retry_after: Some(_), .. }) => return Err(error),
            Err(error) => {
                warn!("{error}");
                first.get_or_insert(error);
            }
        }
    }
    first.map_or(Ok(()), Err)
}

/// A list, and whether it holds everything: an item without an id could be anyone.
struct Whole<T> {
    items: Vec<T>,
    mode: Mode,
}

/// What was read. An error stands where a part alone is missing.
struct Account {
    /// When the reading began.
    now: u64,
    services: Whole<Kept>,
    links: Links,
    policies: Result<Whole<Policy>>,
    schedules: Result<Whole<Schedule>>,
    on_calls: Result<Called>,
    tallies: Result<Tallies>,
    known: Acknowledged,
}

/// Who is on call.
struct Called {
    next: OnCalls,
    /// All shifts to come.
    shifts: Shifts,
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
        let list = of_teams(api, settings, "/escalation_policies", "escalation_policies");
        let policies: Result<Whole<Policy>> = part(whole(&list, POLICY, POLICIES, settings))?;
        let list = List::new(api, "/schedules", "schedules");
        let schedules = part(whole(&list, SCHEDULE, SCHEDULES, settings))?;
        let named = services.items.iter().filter_map(|one| Some(one.policy.as_ref()?.id.clone()));
        let read = policies.iter().flat_map(|policies| &policies.items).map(|policy| policy.id.clone());
        let ids: BTreeSet<String> = read.chain(named).collect();
        let on_calls = part(called(api, settings, &ids.into_iter().collect::<Vec<_>>(), now))?;
        let mut tallies: Tallies = services.items.iter().map(|one| (one.id.clone(), Default::default())).collect();
        let mut known = Acknowledged::read()?;
        let whose = Whose::Teams(&settings.teams);
        let counted = reading::incidents(api, whose, &mut tallies, &mut known, now, BTreeSet::new());
        let counted = counted.and_then(|count| not_gone("incidents", count, settings));
        let tallies = part(counted)?.map(|()| {
            acknowledged::find_out(api, tallies.values_mut(), &mut known, FOUND_OUT);
            tallies
        });
        Ok(Account { now, services, links, policies, schedules, on_calls, tallies, known })
    }

    fn commit(self, whole: Session) -> Result<()> {
        let missing = self.missing();
        self.commit_policies()?;
        self.commit_schedules()?;
        match self.services.mode {
            Mode::Full => self.commit_services(whole)?,
            // Beside the other, so that what was said since that was begun stands.
            Mode::Delta => {
                self.commit_services(Session::delta(SERVICES)?)?;
                drop(whole);
            }
        }
        parts::all(missing)
    }

    /// Why parts are missing.
    fn missing(&self) -> Vec<Error> {
        let Account { policies, schedules, on_calls, tallies, .. } = self;
        let all = [policies.as_ref().err(), schedules.as_ref().err(), on_calls.as_ref().err(), tallies.as_ref().err()];
        all.into_iter().flatten().cloned().collect()
    }

    fn commit_services(self, mut session: Session) -> Result<()> {
        let Account { now, services, links, on_calls, tallies, known, .. } = self;
        let (nobody, none) = (Shifts::default(), Tally::default());
        for kept in &services.items {
            let tally = tallies.as_ref().ok().and_then(|tallies| tallies.get(&kept.id)).unwrap_or(&none);
            let called = on_calls.as_ref().map_or(&nobody, |called| &called.next.by_policy);
            let mut object = serde_json::to_value(ServiceObject::new(kept, &links.of(&kept.id), tally, called, now))?;
            for (is_missing, names) in [(on_calls.is_err(), &ON_CALLS[..]), (tallies.is_err(), &INCIDENTS[..])] {
                if is_missing {
                    parts::stays(&mut object["facts"], "pagerdutyservice", &kept.id, names)?;
                }
            }
            session.push(SERVICE, &object)?;
        }
        session.report(&links.problems())?;
        let missing = [("who is on call", on_calls.err()), ("incidents", tallies.as_ref().err().cloned())];
        for (what, error) in missing {
            if let Some(error) = error {
                session.report(&[Problem::new(what, format!("{error}; what was known of {what} stays as it was"))])?;
            }
        }
        refused(&mut session)?;
        known.keep(tallies.is_ok())?;
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
        let nobody = Shifts::default();
        commit_part(&self.policies, POLICIES, POLICY, |policy| {
            let (called, shifts) = match &self.on_calls {
                Ok(Called { next, shifts }) => (&next.by_policy, shifts),
                Err(_) => (&nobody, &nobody),
            };
            let mut object = serde_json::to_value(PolicyObject::new(policy, called, shifts, self.now))?;
            if self.on_calls.is_err() {
                parts::stays(&mut object, "pagerdutyescalationpolicy", &policy.id, &ON_CALLS)?;
            }
            Ok(object)
        })
    }

    fn commit_schedules(&self) -> Result<()> {
        let nobody = Shifts::default();
        commit_part(&self.schedules, SCHEDULES, SCHEDULE, |schedule| {
            let called = self.on_calls.as_ref().map_or(&nobody, |called| &called.next.by_schedule);
            let mut object = serde_json::to_value(ScheduleObject::new(schedule, called, self.now))?;
            if self.on_calls.is_err() {
                parts::stays(&mut object, "pagerdutyschedule", &schedule.id, &ON_CALLS)?;
            }
            Ok(object)
        })
    }
}

/// Commits a scope of its own, or says why it stays as it was.
fn commit_part<T>(
    read: &Result<Whole<T>>,
    scope: &str,
    kind: &str,
    object: impl Fn(&T) -> Result<Value>,
) -> Result<()> {
    let read = match read {
        Ok(read) => read,
        Err(error) => return unreadable(scope, &error.to_string()),
    };
    let mut session = read.session(scope)?;
    for item in &read.items {
        session.push(kind, &object(item)?)?;
    }
    refused(&mut session)?;
    session.commit(None).map(drop)
}

/// Reads who is on call.
fn called(api: &Api, settings: &Settings, policies: &[String], now: u64) -> Result<Called> {
    let next = reading::on_calls(api, policies, now)?;
    not_gone("people-on-call", next.by_policy.count() as u64, settings)?;
    let mut shifts = reading::shifts(api, policies, now)?;
    shifts.join(&next.by_policy);
    Ok(Called { next, shifts })
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
    List::new(api, path, key).with_each("team_ids[]", &settings.teams)
}

/// The services, without what is not needed once they are linked.
fn services(api: &Api, settings: &Settings, links: &mut Links) -> Result<Whole<Kept>> {
    let list = of_teams(api, settings, "/services", "services").with("sort_by", "name");
    let list = if links.has_keys() { list.with("include[]", "integrations") } else { list };
    let Whole { items, mode }: Whole<Service> = whole(&list, SERVICE, SERVICES, settings)?;
    for service in &items {
        let keys = service.integrations.iter().map(|integration| integration.integration_key.as_str());
        links.link(&service.id, keys);
    }
    Ok(Whole { items: items.iter().map(Kept::of).collect(), mode })
}

/// All of a list, which is a scope, as objects of a kind.
fn whole<T: DeserializeOwned>(list: &List<'_>, object: &str, scope: &str, settings: &Settings) -> Result<Whole<T>> {
    let (items, odd) = list.whole()?;
    if odd > 0 {
        warn!(
            "{odd} of PagerDuty's objects of the kind {object} have no id: as nobody knows which they are, nothing is removed this time"
        );
    }
    not_gone(scope, (items.len() + odd) as u64, settings)?;
    Ok(Whole { items, mode: if odd > 0 { Mode::Delta } else { Mode::Full } })
}

/// Doubts that there are none any more.
fn not_gone(what: &str, count: u64, settings: &Settings) -> Result<()> {
    let Some(until) = doubted(what, count, settings.what())? else { return Ok(()) };
    Err(Error::Failed(format!(
        "PagerDuty says that there are no {} any more, which is not believed at once: what was known of them stays. Look whether the token \
         may still see them; a run after {} takes it as said",
        what.replace('-', " "),
        time::written(until)
    )))
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
