//! The card of the home page: the shifts of who looks, and who is on call otherwise.

use portico_sdk::cards::{Card, Cell, Context, Link, Status, Table};
use portico_sdk::model::{EntityRef, reference_of};
use portico_sdk::{Result, catalog};
use serde::Deserialize;
use serde_json::Value;

use super::moment;
use crate::rota::{Rota, Said};
use crate::time;

/// Policies that are named on the home page.
const NAMED: u32 = 12;

/// Shifts of somebody that are named.
const MINE: usize = 20;

/// Seconds: shifts begin and end while nothing in the catalog changes.
const REFRESH: u32 = 120;

/// The page of all policies.
const ALL: &str = "/catalog?kind=pagerdutyescalationpolicy";

pub(super) fn draw(context: &Context) -> Result<Card> {
    let card = match email(context)? {
        None => Card::new().markdown(
            "These are the rotas of all. Your own shifts stand here when you are signed in, and your User entity has the e-mail address by which \
             PagerDuty knows you.",
        ),
        Some(email) => mine(&email)?,
    };
    Ok(everybody(card)?.refresh(REFRESH))
}

/// The e-mail address of who looks.
fn email(context: &Context) -> Result<Option<String>> {
    let user = context.user.as_ref().map(catalog::get).transpose()?.flatten();
    let email = user.as_ref().and_then(|user| user["spec"]["profile"]["email"].as_str());
    Ok(email.filter(|email| email.contains('@') && !email.contains([',', '='])).map(str::to_lowercase))
}

/// A shift of who looks.
struct Mine {
    policy: Cell,
    said: Said,
}

fn mine(email: &str) -> Result<Card> {
    let filter = format!("kind=pagerdutyescalationpolicy,facts.pagerduty.shifts.email={email}");
    let fields = ["kind", "metadata.namespace", "metadata.name", "metadata.title", "facts.pagerduty.shifts"];
    let mut shifts: Vec<Mine> = Vec::new();
    for policy in catalog::search().filter(filter).fields(fields).limit(100).all() {
        let policy = policy?;
        let said: Vec<Said> = Vec::deserialize(&policy["facts"]["pagerduty"]["shifts"]).unwrap_or_default();
        let is_mine = |said: &Said| said.email.as_ref().is_some_and(|known| known.to_lowercase() == email);
        let cell = named(&policy);
        shifts.extend(said.into_iter().filter(is_mine).map(|said| Mine { policy: cell.clone(), said }));
    }
    let now = portico_sdk::clock::now();
    shifts.retain(|shift| !is_over(&shift.said, now));
    shifts.sort_by_key(|shift| (!is_now(&shift.said, now), shift.said.start.clone()));
    let Some(first) = shifts.first() else {
        return Ok(Card::new().markdown("You are not on call in the next 30 days."));
    };
    let status = if is_now(&first.said, now) { Status::info("You are on call") } else { Status::good("Off duty") };
    let table = shifts.iter().take(MINE).fold(Table::new(["Your shifts", "Level", "From", "Until"]), |table, shift| {
        let from =
            if is_now(&shift.said, now) { Status::info("Now").into() } else { moment(shift.said.start.as_ref()) };
        let until = if shift.said.end.is_some() { moment(shift.said.end.as_ref()) } else { "open end".into() };
        table.row([shift.policy.clone(), shift.said.level.into(), from, until])
    });
    let card = Card::new().status(status).table(table);
    let more = shifts.len().saturating_sub(MINE);
    Ok(if more > 0 { card.markdown(format!("{more} more begin later.")) } else { card })
}

fn is_now(said: &Said, now: u64) -> bool {
    said.start.as_ref().and_then(|start| time::read(start)).is_none_or(|start| start <= now)
}

fn is_over(said: &Said, now: u64) -> bool {
    said.end.as_ref().and_then(|end| time::read(end)).is_some_and(|end| end <= now)
}

/// Who is on call for the policies, as many as a home page has room for.
fn everybody(card: Card) -> Result<Card> {
    let search = catalog::search().filter("kind=pagerdutyescalationpolicy").ascending("metadata.title").limit(NAMED);
    let fields = ["kind", "metadata.namespace", "metadata.name", "metadata.title", "facts.pagerduty.onCall"];
    let page = search.fields(fields).page()?;
    if page.entities.is_empty() {
        let plugin = Link::new("The plugin's page", "/plugins/pagerduty");
        return Ok(card.empty_with(
            "No escalation policy of PagerDuty is here yet: none was read, or the last run failed.",
            plugin,
        ));
    }
    let table =
        page.entities.iter().fold(Table::new(["Escalation policy", "On call", "Until", "Next"]), |table, policy| {
            let rota = Rota::deserialize(&policy["facts"]["pagerduty"]["onCall"]).unwrap_or_default();
            let now =
                if rota.now.is_empty() { Status::warning("Nobody").into() } else { Cell::from(rota.now.join(", ")) };
            table.row([named(policy), now, moment(rota.until.as_ref()), rota.next.into()])
        });
    let card = card.table(table);
    let more = page.total.saturating_sub(u64::from(NAMED));
    Ok(if more > 0 { card.links([Link::new(format!("{more} more"), ALL)]) } else { card })
}

/// A policy, with the way to its page.
fn named(policy: &Value) -> Cell {
    let reference: Option<EntityRef> = reference_of(policy);
    match (reference, policy["metadata"]["title"].as_str()) {
        (Some(reference), Some(title)) => {
            let path = format!("/catalog/{}/{}/{}", reference.namespace(), reference.kind(), reference.name());
            Link::new(title, path).into()
        }
        (Some(reference), None) => reference.into(),
        (None, _) => Cell::None,
    }
}
