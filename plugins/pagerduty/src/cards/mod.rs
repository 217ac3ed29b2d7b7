//! The cards: drawn of what the facts say, so that a page never waits for PagerDuty.
//!
//! Rule: a card asks PagerDuty only after a button was pressed. What there is to see without a sign-in is said, and what is missing.

mod actions;
mod incidents;
mod on_call;
mod shifts;
#[cfg(test)]
mod tests;

use portico_sdk::cards::{Card, Cards, Cell, Context, Link, Status};
use portico_sdk::model::EntityRef;
use portico_sdk::{Error, Result, catalog};
use serde::Deserialize;
use serde_json::Value;

use crate::incidents::{Figures, Open};
use crate::rota::Rota;
use crate::service::Named;
use crate::settings::Settings;
use crate::time;

/// The cards that the manifest names.
pub(crate) struct PagerDuty;

impl Cards for PagerDuty {
    fn render(id: &str, context: &Context) -> Result<Card> {
        match id {
            "my-shifts" => shifts::draw(context),
            "on-call" => Ok(on_call::draw(&Shown::of(context.entity()?)?)),
            "incidents" => Ok(incidents::draw(&Shown::of(context.entity()?)?, Settings::read()?.actions)),
            other => Err(Error::NotFound(format!("there is no card `{other}`"))),
        }
    }

    fn invoke(id: &str, action: &str, input: &Value, context: &Context) -> Result<Card> {
        match id {
            "incidents" => actions::press(action, input, context),
            other => Err(Error::NotFound(format!("the card `{other}` has no buttons"))),
        }
    }
}

/// What the facts of an entity say. Of a part that the portal may not read they say nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Shown {
    service: Option<Named>,
    incidents: Option<Figures>,
    open_incidents: Vec<Open>,
    mean_minutes_to_acknowledge: Option<f64>,
    mean_minutes_to_resolve: Option<f64>,
    on_call: Option<Rota>,
    escalation_policy: Option<Named>,
}

impl Shown {
    fn of(entity: &EntityRef) -> Result<Shown> {
        let mut entity = catalog::get(entity)?.unwrap_or_default();
        match entity["facts"]["pagerduty"].take() {
            Value::Null => Ok(Shown::default()),
            facts => serde_json::from_value(facts).map_err(|error| {
                Error::Invalid(format!(
                    "the facts of PagerDuty are not as this card reads them ({error}); look at the plugin's mappings, which somebody has changed"
                ))
            }),
        }
    }
}

/// What a card says of a part that is not known.
fn unknown(what: &str) -> Card {
    Card::new().status(Status::warning("Not known")).empty_with(
        format!(
            "{what} is not known: the token may not read it, or it could not be read yet. The plugin's page says why."
        ),
        Link::new("The plugin's page", "/plugins/pagerduty"),
    )
}

/// A way out to PagerDuty, or a text where none is known.
fn leads(title: &str, url: Option<&String>) -> Cell {
    match url {
        Some(url) => Link::new(title, url).into(),
        None => title.into(),
    }
}

/// A time of the facts.
fn moment(text: Option<&String>) -> Cell {
    text.and_then(|text| time::read(text)).map_or(Cell::None, Cell::time)
}
