//! PagerDuty's webhooks, version 3: what happened leads to which services are read anew.
//!
//! Rule: who sent it and whether it came before, the portal has checked. What is of no use is answered well all the same: PagerDuty switches a
//! subscription off whose deliveries are refused.

use std::collections::BTreeSet;

use portico_sdk::routes::{Request, Response};
use portico_sdk::{Result, catalog, clock, debug, state};
use serde::Deserialize;
use serde_json::Value;

use crate::refresh::refresh;
use crate::settings::Settings;

/// Under which it is kept when a webhook came last.
const KEY: &str = "heard";

/// Milliseconds after which that is noted anew.
const NOTED: u64 = 60_000;

#[derive(Deserialize)]
struct Delivery {
    event: Event,
}

#[derive(Deserialize)]
struct Event {
    event_type: String,
    #[serde(default)]
    data: Value,
}

/// Takes a webhook in.
pub(crate) fn handle(request: &Request) -> Result<Response> {
    let Delivery { event } = request.json()?;
    heard()?;
    if event.event_type == "pagey.ping" {
        return Ok(Response::text("Portico hears you."));
    }
    let settings = Settings::read()?;
    let services = concerned(&event)?;
    if services.is_empty() {
        debug!("{} concerns nothing that is shown", event.event_type);
    }
    for service in &services {
        refresh(&settings, service)?;
    }
    Ok(Response::accepted())
}

/// When a webhook came last, in milliseconds since 1970.
pub(crate) fn last() -> Result<Option<u64>> {
    state::get(KEY)
}

fn heard() -> Result<()> {
    let now = clock::now();
    if last()?.is_none_or(|last| last + NOTED < now) {
        state::set(KEY, &now)?;
    }
    Ok(())
}

/// The services that an event is about.
fn concerned(event: &Event) -> Result<BTreeSet<String>> {
    let id = |value: &Value| value.as_str().filter(|id| is_id(id)).map(str::to_owned);
    let data = &event.data;
    let mut services = BTreeSet::new();
    match event.event_type.split_once('.') {
        Some(("service", _)) => services.extend(id(&data["id"])),
        Some(("incident", what)) => {
            services.extend(id(&data["service"]["id"]));
            if what == "service_updated" {
                // Where it was before, nothing says but the catalog.
                services.extend(id(&data["id"]).map(|incident| shown_at(&incident)).transpose()?.flatten());
            }
        }
        _ => {}
    }
    Ok(services)
}

/// The service at which the catalog shows an incident as open.
fn shown_at(incident: &str) -> Result<Option<String>> {
    let filter = format!("facts.pagerduty.openIncidents.id={incident}");
    let page = catalog::search().filter(filter).fields(["facts.pagerduty.service.id"]).limit(1).page()?;
    let shown = page.entities.first().and_then(|entity| entity["facts"]["pagerduty"]["service"]["id"].as_str());
    Ok(shown.filter(|id| is_id(id)).map(str::to_owned))
}

/// Whether a text can be an id of PagerDuty's: it becomes a part of addresses.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
