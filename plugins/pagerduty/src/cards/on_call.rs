//! The card that says who is called: now, next, and if nobody answers.

use portico_sdk::cards::{Card, Cell, Fact, Link, Status, Table};

use super::{Shown, moment, unknown};
use crate::rota::Level;

pub(super) fn draw(shown: &Shown) -> Card {
    let Some(rota) = &shown.on_call else { return unknown("Who is on call") };
    let policy = shown.escalation_policy.as_ref();
    let out =
        |card: Card| match policy.and_then(|policy| Some(Link::new(&policy.name, policy.url.as_ref()?).icon("out"))) {
            Some(link) => card.links([link]),
            None => card,
        };
    if rota.levels.iter().all(|level| level.now.is_empty()) {
        let said = match policy {
            Some(policy) => format!("Nobody is on call for the escalation policy {}.", policy.name),
            None => "The service has no escalation policy, so that nobody is called.".to_owned(),
        };
        return out(Card::new().status(Status::warning("Nobody")).empty(said));
    }
    let mut facts = vec![Fact::new("Now", called(&rota.now, rota.email.as_deref()))];
    facts.extend(rota.until.is_some().then(|| Fact::new("Until", moment(rota.until.as_ref()))));
    if let Some(next) = &rota.next {
        facts.extend([Fact::new("Next", next.as_str()), Fact::new("From", moment(rota.next_at.as_ref()))]);
    }
    let card = Card::new().facts(facts);
    let card = if rota.levels.len() > 1 { card.table(levels(&rota.levels)) } else { card };
    out(card)
}

/// Who is called, with a way to write to them where it is one.
fn called(names: &[String], email: Option<&str>) -> Cell {
    match (names, email) {
        ([], _) => Status::warning("Nobody").into(),
        ([only], Some(email)) => Link::new(only, format!("mailto:{email}")).into(),
        _ => names.join(", ").into(),
    }
}

fn levels(levels: &[Level]) -> Table {
    levels.iter().fold(Table::new(["Level", "On call", "Until"]), |table, level| {
        let until = if level.until.is_some() { moment(level.until.as_ref()) } else { "open end".into() };
        let until = if level.now.is_empty() { Cell::None } else { until };
        table.row([Cell::from(level.level), called(&level.now, None), until])
    })
}
