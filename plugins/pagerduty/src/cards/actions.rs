//! The buttons on the card of incidents: create one, acknowledge it, resolve it.
//!
//! Rule: they are there only where the operator wants them, and act in somebody's name whom PagerDuty knows. A button acts on incidents of the
//! service on whose page it stands, whatever it is told.

use std::collections::BTreeSet;

use portico_sdk::cards::{Button, Card, Context, Tone};
use portico_sdk::{Error, Result, catalog, warn};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Shown, incidents};
use crate::acknowledged::Acknowledged;
use crate::api::{Api, Haste, Incident};
use crate::incidents::{Open, Tally, short};
use crate::reading::{self, Tallies, Whose};
use crate::service::Named;
use crate::settings::Settings;
use crate::turns;
use crate::webhook::is_id;

pub(super) fn buttons(service: &Named, open: &[Open]) -> Vec<Button> {
    let mut buttons = Vec::new();
    for incident in open {
        if incident.status == "triggered" {
            let action = format!("acknowledge/{}", incident.id);
            buttons.push(Button::new(format!("Acknowledge #{}", incident.number), action));
        }
        let question = format!("Resolve #{} “{}” in PagerDuty?", incident.number, incident.title);
        buttons.push(
            Button::new(format!("Resolve #{}", incident.number), format!("resolve/{}", incident.id)).confirm(question),
        );
    }
    let form = json!({
        "type": "object",
        "required": ["title", "urgency"],
        "additionalProperties": false,
        "properties": {
            "title": { "type": "string", "title": "What is wrong", "minLength": 1, "maxLength": 1024 },
            "urgency": {
                "title": "Urgency", "default": "high",
                "oneOf": [{ "const": "high", "title": "High: wake somebody" }, { "const": "low", "title": "Low: tell somebody" }],
            },
        },
    });
    let question = format!("Page who is on call for {}?", service.name);
    buttons.push(Button::new("Create an incident", "create").form(form).confirm(question).tone(Tone::Bad));
    buttons
}

#[derive(Deserialize)]
struct Created {
    title: String,
    urgency: String,
}

#[derive(Deserialize)]
struct One {
    incident: Incident,
}

/// Does what a button says, and draws the card of what stands then.
pub(super) fn press(action: &str, input: &Value, context: &Context) -> Result<Card> {
    let settings = Settings::read()?;
    if !settings.actions {
        return Err(Error::Denied("buttons are switched off; set `actions: true` in the plugin's settings".to_owned()));
    }
    let mut shown = Shown::of(context.entity()?)?;
    let service = shown.service.clone().filter(|service| is_id(&service.id));
    let service = service.ok_or_else(|| Error::NotFound("this entity has no service of PagerDuty".to_owned()))?;
    let (api, from) = (Api::new(&settings.api, Haste::Waited), actor(context, &settings)?);
    match action.split_once('/') {
        None if action == "create" => create(&api, &service, &from, Created::deserialize(input)?)?,
        Some(("acknowledge", id)) => change(&api, &service, &from, id, "acknowledged")?,
        Some(("resolve", id)) => change(&api, &service, &from, id, "resolved")?,
        _ => return Err(Error::NotFound(format!("there is no button that does `{action}`"))),
    }
    // It is done, whatever becomes of the facts; a webhook or the next run brings them as well.
    if let Err(error) = turns::soon([service.id.as_str()]) {
        warn!("the facts of the service {} follow later: {error}", service.id);
    }
    look_again(&api, &service, &mut shown)?;
    Ok(incidents::draw(&shown, true))
}

fn create(api: &Api, service: &Named, from: &str, created: Created) -> Result<()> {
    let incident = json!({
        "type": "incident",
        "title": created.title,
        "service": { "id": service.id, "type": "service_reference" },
        "urgency": created.urgency,
    });
    api.change("POST", "/incidents", from, &json!({ "incident": incident })).map(drop)
}

fn change(api: &Api, service: &Named, from: &str, id: &str, status: &str) -> Result<()> {
    if !is_id(id) {
        return Err(Error::Invalid("the button names no incident".to_owned()));
    }
    let path = format!("/incidents/{id}");
    let found: One = api.get(&path, &[])?.json()?;
    if found.incident.service.id != service.id {
        return Err(Error::Denied(format!("the incident is none of the service {}", service.name)));
    }
    if found.incident.status.as_str() == status {
        // Somebody else was faster, which is as good.
        return Ok(());
    }
    let body = json!({ "incident": { "type": "incident", "status": status } });
    api.change("PUT", &path, from, &body).map(drop)
}

/// Puts what PagerDuty says now in the place of what the facts say, which follow by a run.
fn look_again(api: &Api, service: &Named, shown: &mut Shown) -> Result<()> {
    let now = portico_sdk::clock::now();
    let mut tallies: Tallies = [(service.id.clone(), Tally::default())].into();
    let mut known = Acknowledged::read()?;
    reading::incidents(api, Whose::Service(&service.id), &mut tallies, &mut known, now, BTreeSet::new())?;
    let tally = tallies.remove(&service.id).unwrap_or_default();
    shown.incidents = Some(tally.figures(now));
    shown.open_incidents = tally.named().to_vec();
    Ok(())
}

/// In whose name a button acts.
fn actor(context: &Context, settings: &Settings) -> Result<String> {
    let user = context.user.as_ref().map(catalog::get).transpose()?.flatten();
    let email = user.as_ref().and_then(|user| user["spec"]["profile"]["email"].as_str());
    let is_header = |text: &&str| text.contains('@') && text.bytes().all(|byte| byte.is_ascii_graphic());
    email.filter(is_header).or(settings.from.as_deref()).map(short).ok_or_else(|| {
        Error::Invalid(
            "PagerDuty wants to know who acts: sign in as somebody whose User entity has an e-mail address under `spec.profile.email`, or \
             have the operator set `from` in the plugin's settings"
                .to_owned(),
        )
    })
}
