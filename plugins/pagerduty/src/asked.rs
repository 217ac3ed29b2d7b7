//! What PagerDuty is asked for, in all that the plugin does: what the documentation lists, and nothing else.
//!
//! Rule: whoever has it ask for more writes it there first, since that list is what operators grant by.

use std::collections::BTreeSet;

use portico_sdk::Entity;
use portico_sdk::cards::{Cards, Context};
use portico_sdk::checks::Findings;
use portico_sdk::model::EntityRef;
use portico_sdk::routes::Request;
use portico_sdk::subscriber::{ChangeKind, Event};
use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

use crate::cards::PagerDuty;
use crate::links::SERVICE_ID;
use crate::testing::{Account, BASE, incident, list_url, log_url, page};
use crate::{check, subscriber, sync, webhook};

const DOCUMENTATION: &str = include_str!("../../../docs/integrations/pagerduty.md");
const MANIFEST: &str = include_str!("../manifest.yaml");

/// The requests of the table in the documentation, such as `GET /services/*`.
fn documented() -> BTreeSet<String> {
    let rows = DOCUMENTATION.lines().filter_map(|line| line.strip_prefix("| `"));
    let requests = rows.filter_map(|row| row.split('`').next());
    requests
        .filter(|text| ["GET /", "POST /", "PUT /"].iter().any(|start| text.starts_with(start)))
        .map(str::to_owned)
        .collect()
}

/// The paths that the manifest asks for, under a name.
fn granted(name: &str) -> Vec<&'static str> {
    let list = MANIFEST.split_once(&format!("paths: &{name} [")).and_then(|(_, rest)| rest.split_once(']'));
    list.expect("the manifest names paths").0.split(", ").collect()
}

/// Requests with a star for each id.
fn asked(portal: &Portal) -> BTreeSet<String> {
    let word = |part: &str| {
        let is_id = part.bytes().any(|byte| byte.is_ascii_uppercase());
        if is_id { "*".to_owned() } else { part.to_owned() }
    };
    let written = |url: &str| -> String {
        let path = url.strip_prefix(BASE).expect("nobody else is asked").split('?').next().unwrap_or_default();
        path.split('/').map(word).collect::<Vec<_>>().join("/")
    };
    portal.requests().iter().map(|asked| format!("{} {}", asked.method, written(&asked.url))).collect()
}

fn component() -> Value {
    let mut component = json!(Entity::component("orders").annotation(SERVICE_ID, "P1"));
    component["facts"] = json!({ "pagerduty": { "service": { "id": "P1", "name": "Orders" }, "escalationPolicy": { "id": "E1", "name": "Payments" } } });
    component
}

/// An account that answers everything that may be asked for.
fn portal() -> Portal {
    let one = json!({ "incident": incident("Q1", "P1", "triggered", "2026-01-01T09:00:00Z") });
    let teams = "team_ids[]=T1&";
    let listed = |portal: Portal, path: &str, key: &str, query: &str| {
        let account = Account::small();
        let items = match key {
            "services" => account.services,
            "escalation_policies" => account.policies,
            _ => Vec::new(),
        };
        portal.answer("GET", &list_url(path, query), page(key, &items))
    };
    let portal = Portal::new()
        .settings(json!({ "teams": ["T1"], "actions": true, "from": "bot@acme.test" }))
        .entity(component())
        .answer("GET", &format!("{BASE}/teams/T1"), Answer::json(&json!({})))
        .answer("GET", &format!("{BASE}/services?{teams}limit=1&offset=0&total=true"), page("services", &[]))
        .answer("GET", &format!("{BASE}/incidents/Q1"), Answer::json(&one))
        .answer("PUT", &format!("{BASE}/incidents/Q1"), Answer::json(&one))
        .answer("POST", &format!("{BASE}/incidents"), Answer::json(&one))
        .answer("GET", &log_url("Q2"), page("log_entries", &[]));
    let portal = listed(portal, "/services", "services", &format!("{teams}sort_by=name&"));
    Account::small().portal(listed(portal, "/escalation_policies", "escalation_policies", teams))
}

/// All that the plugin does.
fn everything() -> Portal {
    let portal = portal();
    // What is missing in the answers is no matter here: it was asked for.
    drop(portal.run(sync::sync));
    portal.run(|| check::check(&mut Findings::default()));
    for kind in ["incident.triggered", "service.updated", "pagey.ping"] {
        let data =
            if kind.starts_with("service") { json!({ "id": "P1" }) } else { json!({ "service": { "id": "P1" } }) };
        let body = json!({ "event": { "event_type": kind, "data": data } }).to_string().into();
        drop(portal.run(|| webhook::handle(&Request { body, ..Request::default() })));
    }
    let orders = EntityRef::parse("component:orders").expect("a name");
    let event =
        Event { sequence: 1, kind: ChangeKind::Added, entity: orders.clone(), before: None, after: Some(component()) };
    drop(portal.run(|| subscriber::handle(&[event])));
    let context = Context::of(orders);
    for card in ["on-call", "incidents", "my-shifts"] {
        portal.run(|| PagerDuty::render(card, &context)).expect("a card");
    }
    for action in ["create", "acknowledge/Q1", "resolve/Q1"] {
        let input = json!({ "title": "It burns", "urgency": "high" });
        drop(portal.run(|| PagerDuty::invoke("incidents", action, &input, &context)));
    }
    portal
}

#[test]
fn nothing_is_asked_for_that_the_documentation_does_not_list_and_all_that_it_lists() {
    let portal = everything();
    assert_eq!(asked(&portal), documented());
    let own = ["accept", "content-type", "from"];
    let headers = portal.requests().into_iter().flat_map(|asked| asked.headers);
    assert!(headers.map(|(name, _)| name).all(|name| own.contains(&name.as_str())), "the portal adds the token");
}

#[test]
fn the_manifest_asks_for_what_the_documentation_lists() {
    for request in documented() {
        let (method, path) = request.split_once(' ').expect("a method and a path");
        let name = if method == "GET" { "read" } else { "write" };
        let covers = |known: &&str| match known.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == *known,
        };
        assert!(granted(name).iter().any(covers), "{request}");
    }
    assert!(granted("read").iter().all(|known| documented().iter().any(|one| one == &format!("GET {known}"))));
    assert!(granted("write").len() == 2);
}

#[test]
fn without_buttons_nothing_is_asked_for_that_changes_anything() {
    let portal = Account::small().portal(Portal::new().entity(component()));
    drop(portal.run(sync::sync));
    let context = Context::of(EntityRef::parse("component:orders").expect("a name"));
    for action in ["create", "acknowledge/Q1", "resolve/Q1"] {
        assert!(portal.run(|| PagerDuty::invoke("incidents", action, &json!({}), &context)).is_err());
    }
    assert!(portal.requests().iter().all(|asked| asked.method == "GET"));
}
