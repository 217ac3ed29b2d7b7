//! What cards show, and what their buttons do.

use portico_sdk::Entity;
use portico_sdk::cards::{Block, Status, Table};
use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::{Account, BASE, incident, open_url, page, recent_url};

/// A component with these facts.
fn component(facts: Value) -> Value {
    let mut component = json!(Entity::component("orders"));
    component["facts"] = json!({ "pagerduty": facts });
    component
}

fn facts() -> Value {
    let open = |id: &str, status: &str, urgency: &str| {
        json!({
            "id": id, "number": 12, "title": "Disk full", "status": status, "urgency": urgency, "since": "2026-01-01T09:00:00Z",
            "assignees": ["Ada"], "priority": "P1", "url": "https://acme.pagerduty.com/incidents/Q1",
        })
    };
    json!({
        "service": { "id": "P1", "name": "Orders", "url": "https://acme.pagerduty.com/services/P1" },
        "incidents": { "open": 2, "triggered": 1, "acknowledged": 1, "high": 1, "low": 1, "last30Days": 9, "perDay": [4, 5] },
        "openIncidents": [open("Q1", "triggered", "high"), open("Q2", "acknowledged", "low")],
        "meanMinutesToAcknowledge": 4.5, "meanMinutesToResolve": 300.0,
        "onCall": {
            "now": ["Ada"], "email": "ada@acme.test", "until": "2026-01-05T00:00:00Z", "next": "Bob", "nextAt": "2026-01-05T00:00:00Z",
            "levels": [{ "level": 1, "now": ["Ada"], "until": "2026-01-05T00:00:00Z" }, { "level": 2, "now": ["Cleo"] }],
        },
        "escalationPolicy": { "id": "E1", "name": "Payments", "url": "https://acme.pagerduty.com/escalation_policies/E1" },
    })
}

fn context() -> Context {
    Context::of(EntityRef::parse("component:orders").expect("a name"))
}

fn drawn(id: &str, portal: &Portal) -> Card {
    portal.run(|| PagerDuty::render(id, &context())).expect("a card")
}

fn buttons(card: &Card) -> Vec<&str> {
    let buttons = card.blocks.iter().find_map(|block| match block {
        Block::Buttons(buttons) => Some(buttons),
        _ => None,
    });
    buttons.into_iter().flatten().map(|button| button.action.as_str()).collect()
}

fn tables(card: &Card) -> Vec<&Table> {
    let mut tables = Vec::new();
    for block in &card.blocks {
        if let Block::Table(table) = block {
            tables.push(table);
        }
    }
    tables
}

#[test]
fn who_is_on_call_stands_with_until_when_and_who_is_next() {
    let card = drawn("on-call", &Portal::new().entity(component(facts())));
    let Block::Facts(facts) = &card.blocks[0] else { panic!("{card:?}") };
    let labels: Vec<&str> = facts.iter().map(|fact| fact.label.as_str()).collect();
    assert_eq!(labels, ["Now", "Until", "Next", "From"]);
    assert_eq!(facts[0].value, Cell::from(Link::new("Ada", "mailto:ada@acme.test")));
    assert_eq!(tables(&card)[0].rows[1][1..], [Cell::from("Cleo"), Cell::from("open end")]);
}

#[test]
fn nobody_on_call_is_said_and_worth_a_warning() {
    let mut facts = facts();
    facts["onCall"] = json!({ "now": [], "levels": [{ "level": 1, "now": [] }] });
    let card = drawn("on-call", &Portal::new().entity(component(facts.clone())));
    assert_eq!(card.status, Some(Status::warning("Nobody")));
    let Block::Empty(empty) = &card.blocks[0] else { panic!("{card:?}") };
    assert_eq!(empty.message, "Nobody is on call for the escalation policy Payments.");
    facts["escalationPolicy"] = Value::Null;
    let card = drawn("on-call", &Portal::new().entity(component(facts)));
    assert!(matches!(&card.blocks[..], [Block::Empty(empty)] if empty.message.contains("has no escalation policy")));
}

#[test]
fn incidents_stand_with_their_figures_and_buttons_only_where_they_are_wanted() {
    let card = drawn("incidents", &Portal::new().entity(component(facts())));
    assert_eq!(card.status, Some(Status::bad("2 open")));
    let Block::Stats(stats) = &card.blocks[0] else { panic!("{card:?}") };
    let figures: Vec<String> = stats
        .iter()
        .map(|stat| format!("{}: {} {}", stat.label, stat.value, stat.unit.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(figures, ["Open: 2 ", "In 30 days: 9 ", "Mean to acknowledge: 4.5 min", "Mean to resolve: 5 h"]);
    assert_eq!((stats[1].trend.as_slice(), tables(&card)[0].rows.len()), (&[4.0, 5.0][..], 2));
    assert_eq!(buttons(&card), [""; 0]);
    let wanted = Portal::new().entity(component(facts())).settings(json!({ "actions": true }));
    assert_eq!(buttons(&drawn("incidents", &wanted)), ["acknowledge/Q1", "resolve/Q1", "resolve/Q2", "create"]);
}

#[test]
fn without_incidents_all_is_clear_and_with_low_ones_it_is_a_warning() {
    let mut facts = facts();
    facts["incidents"] = json!({ "open": 30, "low": 30 });
    let card = drawn("incidents", &Portal::new().entity(component(facts.clone())));
    assert_eq!(card.status, Some(Status::warning("30 open")));
    assert!(format!("{card:?}").contains("28 more are open."));
    facts["incidents"] = json!({ "open": 0 });
    facts["openIncidents"] = Value::Null;
    facts.as_object_mut().expect("an object").remove("openIncidents");
    assert_eq!(drawn("incidents", &Portal::new().entity(component(facts))).status, Some(Status::good("All clear")));
}

#[test]
fn what_is_not_known_is_no_good_news() {
    for (part, card) in [("incidents", "incidents"), ("onCall", "on-call")] {
        let mut facts = facts();
        facts.as_object_mut().expect("an object").remove(part);
        let card = drawn(card, &Portal::new().entity(component(facts)));
        assert_eq!(card.status, Some(Status::warning("Not known")));
        assert!(format!("{card:?}").contains("the token may not read it"), "{card:?}");
    }
}

#[test]
fn all_shifts_of_somebody_are_counted_and_as_many_named_as_there_is_room_for() {
    let shifts: Vec<Value> = (1..=25)
        .map(|day| json!({ "level": 1, "name": "Ada", "email": "ada@acme.test", "start": format!("2026-01-{:02}T18:00:00Z", day) }))
        .collect();
    let mut user = json!(Entity::user("ada"));
    user["spec"]["profile"] = json!({ "email": "ada@acme.test" });
    let portal = Portal::new().entity(policy("E1", json!(shifts))).entity(user);
    let context = Context { user: Some(EntityRef::parse("user:ada").expect("a name")), ..Context::default() };
    let card = portal.run(|| PagerDuty::render("my-shifts", &context)).expect("a card");
    assert_eq!(tables(&card)[0].rows.len(), 20);
    assert!(format!("{card:?}").contains("5 more begin later."), "{card:?}");
}

#[test]
fn facts_that_a_mapping_has_changed_are_said_to_be_so() {
    let portal = Portal::new().entity(component(json!({ "incidents": "many" })));
    let error = portal.run(|| PagerDuty::render("incidents", &context())).expect_err("no card");
    assert!(error.to_string().contains("look at the plugin's mappings, which somebody has changed"), "{error}");
}

/// A portal with the component, somebody who looks, and PagerDuty with one incident of this status.
fn acting(status: &str, email: Option<&str>, settings: Value) -> (Portal, Context) {
    let mut user = json!(Entity::user("ada"));
    user["spec"]["profile"] = json!({ "email": email });
    let mut account = Account::small();
    account.incidents = vec![incident("Q1", "P1", status, "2026-01-01T09:00:00Z")];
    let one = json!({ "incident": account.incidents[0] });
    let foreign = json!({ "incident": incident("Q7", "P9", "triggered", "2026-01-01T09:00:00Z") });
    let portal = Portal::new()
        .settings(settings)
        .entity(component(facts()))
        .entity(user)
        .answer("GET", &format!("{BASE}/incidents/Q1"), Answer::json(&one))
        .answer("GET", &format!("{BASE}/incidents/Q7"), Answer::json(&foreign))
        .answer("PUT", &format!("{BASE}/incidents/Q1"), Answer::json(&one))
        .answer("POST", &format!("{BASE}/incidents"), Answer::json(&one));
    let user = EntityRef::parse("user:ada").expect("a name");
    (account.portal(portal), Context { user: Some(user), ..context() })
}

fn press(portal: &Portal, context: &Context, action: &str) -> Result<Card> {
    let input = json!({ "title": "It burns", "urgency": "low" });
    portal.run(|| PagerDuty::invoke("incidents", action, &input, context))
}

fn changes(portal: &Portal) -> Vec<(String, String, Value)> {
    let is_change = |request: &portico_sdk::testing::Asked| request.method != "GET";
    let from = |headers: &[(String, String)]| {
        headers.iter().find(|(name, _)| name == "from").map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let changes = portal.requests().into_iter().filter(is_change);
    let said = |asked: portico_sdk::testing::Asked| {
        let body = serde_json::from_slice(&asked.body).expect("JSON");
        (format!("{} {}", asked.method, &asked.url[BASE.len()..]), from(&asked.headers), body)
    };
    changes.map(said).collect()
}

#[test]
fn a_button_acts_in_the_name_of_who_presses_it_and_shows_what_stands_then() {
    let (portal, context) =
        acting("triggered", Some("ada@acme.test"), json!({ "actions": true, "from": "bot@acme.test" }));
    let card = press(&portal, &context, "acknowledge/Q1").expect("done");
    let body = json!({ "incident": { "type": "incident", "status": "acknowledged" } });
    assert_eq!(changes(&portal), [("PUT /incidents/Q1".to_owned(), "ada@acme.test".to_owned(), body)]);
    assert_eq!(card.status, Some(Status::bad("1 open")), "as PagerDuty says, not as the facts do");
    let asked: Vec<String> = portal.requests().into_iter().map(|request| request.url).collect();
    assert!(asked.contains(&recent_url(Some("P1"))) && asked.contains(&open_url(Some("P1"))));

    press(&portal, &context, "create").expect("done");
    let service = json!({ "id": "P1", "type": "service_reference" });
    let body = json!({ "incident": { "type": "incident", "title": "It burns", "service": service, "urgency": "low" } });
    assert_eq!(changes(&portal)[1].2, body);
    assert_eq!(portal.commits(), [""; 0], "a card brings nothing in");

    assert_eq!(portal.wanted(), ["service P1"], "and has the facts follow at once, webhook or not");
    portal.clone().scopes(&["service P1"]).run(crate::sync::sync).expect("read");
    let object = portal.committed(crate::lease::SERVICES).expect("a session").objects[0].1.clone();
    assert_eq!((&object["id"], &object["facts"]["incidents"]["open"]), (&json!("P1"), &json!(1)));
}

#[test]
fn who_has_no_address_acts_in_the_name_that_the_settings_say_or_not_at_all() {
    for (email, from, expected) in [
        (None, Some("bot@acme.test"), Some("bot@acme.test")),
        (Some("not an address"), Some("bot@acme.test"), Some("bot@acme.test")),
        (Some("a@b\r\nx-evil: 1"), None, None),
        (None, None, None),
    ] {
        let (portal, context) = acting("triggered", email, json!({ "actions": true, "from": from }));
        let pressed = press(&portal, &context, "resolve/Q1");
        match expected {
            Some(name) => assert_eq!(changes(&portal)[0].1, name, "{email:?}"),
            None => {
                let error = pressed.expect_err("nobody acts").to_string();
                assert!(error.contains("have the operator set `from`"), "{error}");
                assert!(changes(&portal).is_empty());
            }
        }
    }
}

#[test]
fn a_button_does_nothing_that_it_should_not() {
    let actions = json!({ "actions": true });
    for (settings, action, said) in [
        (json!({}), "create", "buttons are switched off"),
        (actions.clone(), "acknowledge/Q7", "the incident is none of the service Orders"),
        (actions.clone(), "resolve/../users", "the button names no incident"),
        (actions.clone(), "delete/Q1", "there is no button that does `delete/Q1`"),
        (actions.clone(), "resolve/Q404", "knows no answer"),
    ] {
        let (portal, context) = acting("triggered", Some("ada@acme.test"), settings);
        let error = press(&portal, &context, action).expect_err(action).to_string();
        assert!(error.contains(said), "{action}: {error}");
        assert!(changes(&portal).is_empty(), "{action}");
    }
    let (portal, context) = acting("acknowledged", Some("ada@acme.test"), actions);
    press(&portal, &context, "acknowledge/Q1").expect("somebody else was faster");
    assert!(changes(&portal).is_empty());
}

/// A policy with these shifts, as the mappings make it.
fn policy(name: &str, shifts: Value) -> Value {
    let mut policy =
        json!(Entity::new("pagerduty.portico.dev/v1", "PagerDutyEscalationPolicy", name).title(format!("The {name}")));
    policy["facts"] =
        json!({ "pagerduty": { "onCall": { "now": ["Ada"], "until": "2026-01-05T00:00:00Z" }, "shifts": shifts } });
    policy
}

#[test]
fn the_home_page_has_the_shifts_of_who_looks_before_those_of_all() {
    let now = json!({ "level": 1, "name": "Ada", "email": "Ada@acme.test", "start": "2025-12-29T00:00:00Z", "end": "2026-01-05T00:00:00Z" });
    let later = json!({ "level": 2, "name": "Ada", "email": "ada@acme.test", "start": "2026-01-09T00:00:00Z", "end": "2026-01-10T00:00:00Z" });
    let over = json!({ "level": 1, "name": "Ada", "email": "ada@acme.test", "start": "2025-01-09T00:00:00Z", "end": "2025-01-10T00:00:00Z" });
    let other = json!({ "level": 1, "name": "Bob", "email": "bob@acme.test" });
    let mut user = json!(Entity::user("ada"));
    user["spec"]["profile"] = json!({ "email": "ada@ACME.test" });
    let portal = Portal::new()
        .entity(policy("E1", json!([later, over, now, other])))
        .entity(policy("E2", json!([other])))
        .entity(user);
    let look = |user: Option<&str>| {
        let user = user.map(|name| EntityRef::parse(name).expect("a name"));
        portal.run(|| PagerDuty::render("my-shifts", &Context { user, ..Context::default() })).expect("a card")
    };
    let card = look(Some("user:ada"));
    assert_eq!(card.status, Some(Status::info("You are on call")));
    let rows: Vec<&Cell> = tables(&card)[0].rows.iter().map(|row| &row[2]).collect();
    assert_eq!(rows, [&Cell::from(Status::info("Now")), &Cell::time(1_767_916_800_000)]);
    assert_eq!(tables(&card)[1].rows.len(), 2);
    let card = look(None);
    assert!(
        matches!(&card.blocks[0], Block::Markdown(text) if text.starts_with("These are the rotas of all.")),
        "{card:?}"
    );
    assert_eq!((card.status, card.refresh_seconds), (None, Some(120)));
}

#[test]
fn a_home_page_without_rotas_says_why() {
    let card = Portal::new().run(|| PagerDuty::render("my-shifts", &Context::default())).expect("a card");
    let said = card.blocks.iter().any(|block| matches!(block, Block::Empty(empty) if empty.link.is_some()));
    assert!(said, "{card:?}");
}

#[test]
fn an_answer_that_is_no_list_after_a_button_is_an_error_and_no_empty_card() {
    let garbage = Portal::new().answer("GET", &open_url(Some("P1")), Answer::body("<html>"));
    let (_, context) = acting("triggered", Some("ada@acme.test"), json!({}));
    let mut user = json!(Entity::user("ada"));
    user["spec"]["profile"] = json!({ "email": "ada@acme.test" });
    let portal = garbage
        .settings(json!({ "actions": true }))
        .entity(component(facts()))
        .entity(user)
        .answer("POST", &format!("{BASE}/incidents"), Answer::body("{}"))
        .answer("GET", &recent_url(Some("P1")), page("incidents", &[]));
    assert!(press(&portal, &context, "create").is_err());
}
