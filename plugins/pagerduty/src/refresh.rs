//! One service, read anew: because PagerDuty says that something happened to it, or because an entity says that it is about it.
//!
//! Rule: an event says that something happened, and not what stands now; what stands is asked for. So events may come late, twice or in
//! another order, and what they lead to is what a run would find.

use portico_sdk::model::EntityRef;
use portico_sdk::{Error, Result, clock};
use serde::Deserialize;
use serde_json::json;

use crate::acknowledged::{self, Acknowledged};
use crate::api::{Api, Haste, Service};
use crate::incidents::Tally;
use crate::lease::Lease;
use crate::links;
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
    tally: Tally,
    shifts: Shifts,
    now: u64,
}

#[derive(Deserialize)]
struct One {
    service: Service,
}

/// Reads a service; none if there is none, or if it is none of those that the settings are about.
fn read(api: &Api, settings: &Settings, id: &str) -> Result<Option<Read>> {
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
    reading::incidents(api, Whose::Service(&service.id), &mut tallies, &mut known, now)?;
    acknowledged::find_out(api, tallies.values_mut(), &mut known, FOUND_OUT);
    known.keep(false)?;
    let policies: Vec<String> = kept.policy.iter().map(|policy| policy.id.clone()).collect();
    let shifts = reading::on_calls(api, &policies, now)?.by_policy;
    let tally = tallies.remove(&service.id).unwrap_or_default();
    Ok(Some(Read { entities: links::of_service(&kept.id)?, kept, tally, shifts, now }))
}

/// Reads a service and makes visible how it stands, unless somebody else has done so later.
pub(crate) fn refresh(settings: &Settings, id: &str) -> Result<()> {
    let began = clock::now();
    let read = read(&Api::new(&settings.api, Haste::Waited), settings, id)?;
    let mut lease = Lease::wait()?;
    if lease.is_newer(id, began) {
        return Ok(());
    }
    match read {
        Some(Read { kept, entities, tally, shifts, now }) => {
            let object = ServiceObject::new(&kept, &entities, &tally, &shifts, now);
            lease.session.push(SERVICE, &object)?;
        }
        None => {
            let components: Vec<String> = links::of_service(id)?.iter().map(ToString::to_string).collect();
            lease.session.withdraw(SERVICE, &json!({ "id": id, "components": components }))?;
        }
    }
    lease.note(id, began);
    lease.commit().map(drop)
}
