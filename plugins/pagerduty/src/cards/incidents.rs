//! The card that says what is on fire, and how it went in the last thirty days.

use portico_sdk::cards::{Card, Cell, Link, Stat, Status, Table, Tone};

use super::{Shown, actions, leads, moment, unknown};
use crate::incidents::{Figures, Open};

/// Incidents that have buttons of their own.
const WITH_BUTTONS: usize = 3;

pub(super) fn draw(shown: &Shown, has_actions: bool) -> Card {
    let Some(figures) = &shown.incidents else { return unknown("What is open") };
    let status = match (figures.open, figures.high) {
        (0, _) => Status::good("All clear"),
        (open, 0) => Status::warning(format!("{open} open")),
        (open, _) => Status::bad(format!("{open} open")),
    };
    let mut card = Card::new().status(status).stats(stats(shown, figures));
    if !shown.open_incidents.is_empty() {
        card = card.table(table(&shown.open_incidents));
    }
    let more = figures.open.saturating_sub(shown.open_incidents.len() as u64);
    if more > 0 {
        card = card.markdown(format!("{more} more are open."));
    }
    if has_actions && let Some(service) = &shown.service {
        card = card
            .buttons(actions::buttons(service, &shown.open_incidents[..shown.open_incidents.len().min(WITH_BUTTONS)]));
    }
    match shown.service.as_ref().and_then(|service| service.url.as_ref()) {
        Some(url) => card.links([Link::new("Open in PagerDuty", url).icon("out")]),
        None => card,
    }
}

fn stats(shown: &Shown, figures: &Figures) -> Vec<Stat> {
    let tone = match (figures.open, figures.high) {
        (0, _) => Tone::Good,
        (_, 0) => Tone::Warning,
        _ => Tone::Bad,
    };
    let trend = figures.per_day.iter().map(|count| *count as f64);
    let mut stats =
        vec![Stat::new("Open", figures.open).tone(tone), Stat::new("In 30 days", figures.last_30_days).trend(trend)];
    let mean = |label: &str, minutes: Option<f64>| {
        let (value, unit) = spoken(minutes?);
        Some(Stat::new(label, value).unit(unit))
    };
    stats.extend(mean("Mean to acknowledge", shown.mean_minutes_to_acknowledge));
    stats.extend(mean("Mean to resolve", shown.mean_minutes_to_resolve));
    stats
}

/// A span of minutes in the unit in which people would say it.
fn spoken(minutes: f64) -> (String, &'static str) {
    match minutes {
        minutes if minutes < 100.0 => (rounded(minutes), "min"),
        minutes if minutes < 48.0 * 60.0 => (rounded(minutes / 60.0), "h"),
        minutes => (rounded(minutes / 60.0 / 24.0), "days"),
    }
}

/// To a tenth, and without one that is nothing.
fn rounded(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

fn table(open: &[Open]) -> Table {
    open.iter().fold(Table::new(["Urgency", "Incident", "State", "Since", "Assigned to"]), |table, open| {
        let urgency = if open.urgency == "high" { Status::bad("High") } else { Status::warning("Low") };
        let urgency = match &open.priority {
            Some(priority) => Status::new(urgency.tone, format!("{} · {priority}", urgency.label)),
            None => urgency,
        };
        let state = match open.status.as_str() {
            "acknowledged" => Status::info("Acknowledged"),
            _ => Status::new(urgency.tone, "Triggered"),
        };
        let assigned = if open.assignees.is_empty() { Cell::None } else { open.assignees.join(", ").into() };
        let title = leads(&format!("#{} {}", open.number, open.title), open.url.as_ref());
        table.row([urgency.into(), title, state.into(), moment(Some(&open.since)), assigned])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_said_as_people_say_it() {
        for (minutes, said) in
            [(0.0, "0 min"), (7.25, "7.2 min"), (90.0, "90 min"), (150.0, "2.5 h"), (4_320.0, "3 days")]
        {
            let (value, unit) = spoken(minutes);
            assert_eq!(format!("{value} {unit}"), said);
        }
    }
}
