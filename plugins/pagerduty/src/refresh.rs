//! One service, read anew: because PagerDuty says that something happened to it, or because an entity says that it is about it.
//!
//! Rule: an event says that something happened, and not what stands now; what stands is asked for. So events may come late, twice or in
//! another order, and what they lead to is what a run would find.

use std::collections::BTreeSet;

use portico_sdk::model::EntityRef;
use portico_sdk::{Error, Result, clock, warn};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::acknowledged::{self, Acknowledged};
use crate::api::{Api, Haste, Service};
use crate::incidents::Tally;
use crate::lease::Lease;
use crate::links;
use crate::parts::{self, INCIDENTS, ON_CALLS, part};
use crate::reading::{self, Tallies, Whose};
use crate::rota::Shifts;
use crate::service::{Kept, SERVICE, ServiceObject};
use crate::settings::Settings;

/// Incidents of which it is found out when they were acknowledged.
const FOUND_OUT: usize = 3;

/// A service as it stands.
struct Read {
    kept: Kept,
    entities: Vec<EntityRef>,
    /// An error where a part alone is missing.
    tally: Result<Tally>,
    shifts: Result<Shifts>,
    now: u64,
}

#[derive(Deserialize)]
struct One {
    service: Service,
}

/// Reads a service; none if there is none, or if it is none of those that the settings are about. Incidents that are said to be open are
/// such that have to be found, or to be over.
fn read(api: &Api, settings: &Settings, id: &str, told: &BTreeSet<String>) -> Result<Option<Read>> {
    let now = clock::now();
    let service = match api.get(&format!("/services/{id}"), &[]) {
        Ok(answer) => answer.json::<One>()?.service,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let is_meant = |team: &String| service.teams.iter().any(|known| known.id == *team);
    if !settings.teams.is_empty() && !settings.teams.iter().any(is_meant) {
        return Ok(None);
    }
    let kept = Kept::of(&service);
    let mut tallies: Tallies = [(service.id.clone(), Tally::default())].into();
    let mut known = Acknowledged::read()?;
    let counted = reading::incidents(api, Whose::Service(&service.id), &mut tallies, &mut known, now, shown(id, told)?);
    let tally = part(counted)?.map(|_| {
        acknowledged::find_out(api, tallies.values_mut(), &mut known, FOUND_OUT);
        tallies.remove(&service.id).unwrap_or_default()
    });
    known.keep(false)?;
    let policies: Vec<String> = kept.policy.iter().map(|policy| policy.id.clone()).collect();
    let shifts = reading::on_calls(api, &policies, now).map(|on_calls| on_calls.by_policy);
    let shifts = part(shifts.and_then(|shifts| believed(shifts, id)))?;
    Ok(Some(Read { entities: links::of_service(&kept.id)?, kept, tally, shifts, now }))
}

impl Read {
    /// What is handed over of it. A part that is missing stays as the catalog has it, as it does in a run.
    fn object(&self) -> Result<Value> {
        let Read { kept, entities, tally, shifts, now } = self;
        let (nobody, none) = (Shifts::default(), Tally::default());
        let (known, called) = (tally.as_ref().unwrap_or(&none), shifts.as_ref().unwrap_or(&nobody));
        let mut object = serde_json::to_value(ServiceObject::new(kept, entities, known, called, *now))?;
        for (error, names) in [(shifts.as_ref().err(), &ON_CALLS[..]), (tally.as_ref().err(), &INCIDENTS[..])] {
            if let Some(error) = error {
                warn!("of the service {}, something stays as it was: {error}", kept.id);
                parts::stays(&mut object["facts"], "pagerdutyservice", &kept.id, names)?;
            }
        }
        Ok(object)
    }
}

/// That nobody is on call any more is for a run to say, which sees whether it is so of all.
fn believed(shifts: Shifts, id: &str) -> Result<Shifts> {
    if shifts.count() == 0 && !parts::known("pagerdutyservice", id)?["onCall"]["now"][0].is_null() {
        return Err(Error::Failed(
            "PagerDuty says that nobody is on call any more, which the next run looks at".to_owned(),
        ));
    }
    Ok(shifts)
}

/// Incidents of a service that are open as far as is known: those that the catalog shows, and what events were about.
fn shown(id: &str, told: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let known = parts::known("pagerdutyservice", id)?;
    let open = known["openIncidents"].as_array().into_iter().flatten();
    let open = open.filter_map(|incident| incident["id"].as_str());
    Ok(open.map(str::to_owned).chain(told.iter().cloned()).collect())
}

/// Reads a service and makes visible how it stands, unless somebody else has done so later. `told` are those of its incidents that are said
/// to be open.
pub(crate) fn refresh(settings: &Settings, haste: Haste, id: &str, told: &BTreeSet<String>) -> Result<()> {
    let began = clock::now();
    let read = read(&Api::new(&settings.api, haste), settings, id, told)?;
    let mut lease = Lease::wait()?;
    if lease.is_newer(id, began) {
        return Ok(());
    }
    match read {
        Some(read) => lease.session.push(SERVICE, &read.object()?)?,
        None => {
            let components: Vec<String> = links::of_service(id)?.iter().map(ToString::to_string).collect();
            lease.session.withdraw(SERVICE, &json!({ "id": id, "components": components }))?;
        }
    }
    lease.note(id, began);
    lease.commit().map(drop)
}
