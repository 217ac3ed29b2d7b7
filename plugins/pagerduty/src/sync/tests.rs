//! A run as a whole.

mod bad_days;

use portico_sdk::testing::{Answer, Committed, Portal};
use portico_sdk::{Entity, Error, Mode};
use serde_json::{Value, json};

use super::*;
use crate::links::{INTEGRATION_KEY, SERVICE_ID};
use crate::testing::{
    Account as Fake, BASE, counted_url, list_url, log_url, on_calls_url, open_url, page, recent_url, service,
    services_url, shifts_url,
};

fn catalog() -> Portal {
    Portal::new().entity(Entity::component("orders").annotation(SERVICE_ID, "P1"))
}

fn object(committed: &Committed, id: &str) -> Value {
    let mut objects = committed.objects.iter();
    let found = objects.find(|(_, object)| object["id"] == id);
    found.map(|(_, object)| object.clone()).unwrap_or_else(|| panic!("{id} is missing in {committed:?}"))
}

fn services(portal: &Portal) -> Committed {
    portal.run(sync).expect("it can be read");
    portal.committed(SERVICES).expect("a session")
}

#[test]
fn an_account_becomes_objects_of_services_policies_and_schedules() {
    let portal = Fake::small().portal(catalog());
    let committed = services(&portal);
    assert_eq!((committed.mode, committed.objects.len(), committed.problems.len()), (Some(Mode::Full), 2, 0));
    let orders = object(&committed, "P1");
    assert_eq!((&orders["name"], &orders["components"]), (&json!("Orders"), &json!(["component:default/orders"])));
    assert_eq!(orders["policy"], json!({ "id": "E1", "name": "Payments" }));
    let facts = &orders["facts"];
    assert_eq!((&facts["incidents"]["open"], &facts["incidents"]["last30Days"]), (&json!(1), &json!(2)));
    assert_eq!((&facts["incidents"]["urgency"], &facts["openIncidents"][0]["id"]), (&json!("high"), &json!("Q1")));
    assert_eq!(
        (&facts["meanMinutesToResolve"], &facts["meanMinutesToAcknowledge"]),
        (&json!(30.0), &json!(10.0)),
        "the first acknowledgement in the incident's log counts"
    );
    assert_eq!((&facts["onCall"]["now"], &facts["onCall"]["email"]), (&json!(["Ada"]), &json!("ada@acme.test")));
    let old = object(&committed, "P2");
    assert_eq!((&old["facts"]["incidents"]["open"], &old["facts"]["incidents"]["last30Days"]), (&json!(1), &json!(0)));
    let policy = object(&portal.committed(POLICIES).expect("a session"), "E1");
    assert_eq!((&policy["schedules"], &policy["onCall"]["now"]), (&json!(["S1"]), &json!(["Ada"])));
    assert_eq!(policy["shifts"][0]["email"], "ada@acme.test");
    assert_eq!(policy["shifts"].as_array().map(Vec::len), Some(1), "both readings say it");
    let schedule = object(&portal.committed(SCHEDULES).expect("a session"), "S1");
    assert_eq!((&schedule["onCall"]["now"], &schedule["onCall"]["levels"]), (&json!(["Ada"]), &Value::Null));
}

#[test]
fn a_run_about_a_few_services_reads_those_and_one_about_many_the_account() {
    let run = |ids: &[String]| {
        let down = Answer::status(500);
        let portal = Fake::small().portal(catalog()).answer("GET", &format!("{BASE}/services/P9"), down);
        let scopes: Vec<String> = ids.iter().map(|id| format!("service {id}")).collect();
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let portal = portal.scopes(&scopes);
        (portal.run(sync), portal)
    };
    let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
    let (read, portal) = run(&ids(&["P9", "P1", "P2"]));
    let error = read.expect_err("one is not read").to_string();
    assert!(error.starts_with("the service P9: GET /services/P9: "), "{error}");
    assert_eq!(portal.commits(), [SERVICES, SERVICES], "and costs no other");
    let many: Vec<String> = (0..=MOST).map(|number| format!("P{number}")).collect();
    let (read, portal) = run(&many);
    read.expect("the account");
    assert_eq!(portal.commits(), [POLICIES, SCHEDULES, SERVICES]);
}

#[test]
fn a_policy_has_all_shifts_to_come_of_somebody_and_says_who_is_next_as_it_did() {
    let mut account = Fake::small();
    let shift = |day: u32| {
        let mut shift = account.on_calls[0].clone();
        shift["start"] = json!(format!("2026-01-{day:02}T00:00:00Z"));
        shift["end"] = json!(format!("2026-01-{:02}T00:00:00Z", day + 1));
        shift
    };
    let (first, all) = (shift(1), [1, 3, 5, 7].map(shift));
    account.on_calls = vec![first];
    let portal = account.portal(catalog().answer("GET", &shifts_url(&["E1"]), page("oncalls", &all)));
    services(&portal);
    let policy = object(&portal.committed(POLICIES).expect("a session"), "E1");
    let ends: Vec<&str> =
        policy["shifts"].as_array().expect("a list").iter().filter_map(|one| one["end"].as_str()).collect();
    assert_eq!(ends, ["2026-01-02", "2026-01-04", "2026-01-06", "2026-01-08"].map(|day| format!("{day}T00:00:00Z")));
    assert_eq!((&policy["onCall"]["until"], policy["onCall"].get("next")), (&json!("2026-01-02T00:00:00Z"), None));
}

#[test]
fn what_was_found_out_once_is_not_asked_again() {
    let portal = Fake::small().portal(catalog());
    services(&portal);
    let asked = portal.requests().len();
    let committed = services(&portal);
    assert_eq!(object(&committed, "P1")["facts"]["meanMinutesToAcknowledge"], 10.0);
    let again = portal.requests().split_off(asked);
    assert!(again.iter().all(|request| !request.url.contains("log_entries")), "{again:?}");
}

#[test]
fn what_cannot_be_found_out_of_an_incident_costs_nothing_else() {
    let broken = Portal::new().answer("GET", &log_url("Q2"), Answer::status(500));
    let portal = Fake::small().portal(broken);
    let committed = services(&portal);
    let facts = &object(&committed, "P1")["facts"];
    assert_eq!((&facts["meanMinutesToAcknowledge"], &facts["meanMinutesToResolve"]), (&Value::Null, &json!(30.0)));
}

#[test]
fn nothing_is_committed_of_an_account_that_cannot_be_read_to_its_end() {
    let lists = [
        services_url(),
        list_url("/escalation_policies", ""),
        on_calls_url(&["E1"]),
        counted_url(),
        recent_url(None),
        open_url(None),
    ];
    for url in lists {
        for (status, is_expected) in [
            (500, (|error| matches!(error, Error::Unavailable { .. })) as fn(&Error) -> bool),
            (401, |error| matches!(error, Error::Denied(_))),
        ] {
            let broken = Portal::new().answer("GET", &url, Answer::status(status));
            let portal = Fake::small().portal(broken);
            let error = portal.run(sync).expect_err("it cannot be read");
            assert!(is_expected(&error), "{url}: {error}");
            assert_eq!(portal.commits(), [""; 0], "{url}");
            let scopes: Vec<String> = portal.unreadable().into_iter().map(|(scope, _)| scope).collect();
            assert_eq!(scopes, [SERVICES, POLICIES, SCHEDULES], "{url}");
        }
    }
}

#[test]
fn schedules_that_may_not_be_read_cost_only_themselves() {
    let broken = Portal::new().answer("GET", &list_url("/schedules", ""), Answer::status(403));
    let portal = Fake::small().portal(broken);
    let error = portal.run(sync).expect_err("something is missing");
    assert!(error.to_string().contains("GET /schedules: the token may not do this"), "{error}");
    assert_eq!(portal.commits(), [POLICIES, SERVICES]);
    assert_eq!(portal.unreadable().len(), 1);
}

#[test]
fn a_team_that_there_is_not_is_no_reason_to_remove_everything() {
    let settings = json!({ "teams": ["PGONE"] });
    let portal =
        Portal::new().settings(settings).answer("GET", "https://api.pagerduty.com/teams/PGONE", Answer::status(404));
    let error = portal.run(sync).expect_err("no such team");
    assert!(error.to_string().starts_with("settings.teams: PagerDuty has no team `PGONE`"), "{error}");
    assert_eq!(portal.commits(), [""; 0]);
}

#[test]
fn an_object_without_an_id_costs_no_other_and_nothing_is_removed_as_it_could_be_any() {
    let mut account = Fake::small();
    account.services.push(json!({ "id": 7, "name": "nobody knows" }));
    let committed = services(&account.portal(catalog()));
    assert_eq!((committed.mode, committed.objects.len()), (Some(Mode::Delta), 2));
    assert!(committed.in_place_of_full, "what a webhook said since the reading began stands");
}

#[test]
fn two_services_of_one_name_are_two_and_a_name_that_changes_changes_no_more_than_that() {
    let mut account = Fake::small();
    account.services = vec![service("P1", "Orders"), service("P2", "Orders")];
    let committed = services(&account.portal(catalog()));
    assert_eq!(
        (&object(&committed, "P1")["name"], &object(&committed, "P2")["name"]),
        (&json!("Orders"), &json!("Orders"))
    );
    account.services[0] = service("P1", "Bestellungen");
    let committed = services(&account.portal(catalog()));
    let renamed = object(&committed, "P1");
    assert_eq!(
        (&renamed["name"], &renamed["components"][0]),
        (&json!("Bestellungen"), &json!("component:default/orders"))
    );
}

#[test]
fn integrations_are_read_where_an_entity_names_a_key() {
    let keyed = Portal::new().entity(Entity::component("pay").annotation(INTEGRATION_KEY, "key-of-P2"));
    let committed = services(&Fake::small().portal(keyed));
    assert_eq!(object(&committed, "P2")["components"], json!(["component:default/pay"]));
    let portal = Fake::small().portal(catalog());
    services(&portal);
    assert!(portal.requests().iter().all(|request| !request.url.contains("integrations")));
}

#[test]
fn components_are_linked_by_name_where_that_is_wanted() {
    for (wanted, expected) in [(true, json!(["component:default/payments"])), (false, json!([]))] {
        let portal = Portal::new().settings(json!({ "matchByName": wanted })).entity(Entity::component("payments"));
        let committed = services(&Fake::small().portal(portal));
        assert_eq!(object(&committed, "P2")["components"], expected);
    }
}

#[test]
fn who_names_a_service_that_there_is_not_is_told_with_the_run() {
    let lost = catalog().entity(Entity::component("lost").annotation(SERVICE_ID, "PGONE"));
    let committed = services(&Fake::small().portal(lost));
    assert_eq!(committed.problems.len(), 1);
    assert!(committed.problems[0].1.starts_with("PagerDuty has no service `PGONE`"), "{:?}", committed.problems);
}

#[test]
fn the_session_of_the_services_is_open_before_they_are_read() {
    // Else what a webhook commits meanwhile would be overwritten with what was read before it.
    let portal = Fake::small().portal(catalog());
    let held = portal.run(|| Session::full(SERVICES)).expect("free");
    assert!(portal.run(sync).is_err());
    assert!(portal.requests().is_empty());
    portal.run(|| drop(held));
}

#[test]
fn a_run_that_is_asked_to_stop_commits_nothing() {
    let portal = Fake::small().portal(catalog());
    portal.cancel();
    assert!(portal.run(sync).is_err());
    assert_eq!(portal.commits(), [""; 0]);
}
