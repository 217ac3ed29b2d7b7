//! Bad days of a run: half lists, parts that may not be read, lists that are empty all at once, and what stays as it was.

use portico_sdk::testing::{Answer, Portal};
use portico_sdk::{Error, Mode};
use serde_json::{Value, json};

use super::super::*;
use super::{catalog, object, services};
use crate::testing::{
    Account as Fake, BASE, half, incident, list_url, on_calls_url, open_url, page, recent_url, service, services_url,
    shifts_url,
};

/// What the catalog holds of an entity of ours after an earlier run.
fn known(kind: &str, id: &str, facts: Value) -> Value {
    json!({
        "apiVersion": "pagerduty.portico.dev/v1", "kind": kind, "metadata": { "name": id }, "spec": {}, "facts": { "pagerduty": facts },
    })
}

/// A portal in which an earlier run found seven open incidents, and Cleo on call.
fn after_a_run() -> Portal {
    let on_call = json!({ "now": ["Cleo"] });
    let facts = json!({
        "incidents": { "open": 7, "high": 7, "urgency": "high" }, "openIncidents": [{ "id": "Q9" }], "meanMinutesToResolve": 5.0,
        "onCall": on_call,
    });
    catalog()
        .entity(known("PagerDutyService", "P1", facts))
        .entity(known("PagerDutyEscalationPolicy", "E1", json!({ "onCall": on_call, "shifts": [{ "name": "Cleo" }] })))
        .entity(known("PagerDutySchedule", "S1", json!({ "onCall": on_call })))
}

/// A run in which something is missing; what it says.
fn missing(portal: &Portal) -> String {
    portal.run(sync).expect_err("something is missing").to_string()
}

#[test]
fn half_a_list_of_anything_commits_nothing() {
    let one = || service("P1", "Orders");
    let open = || incident("Q1", "P1", "triggered", "2026-01-01T09:00:00Z");
    for (url, key, item) in [
        (services_url(), "services", one()),
        (list_url("/escalation_policies", ""), "escalation_policies", json!({ "id": "E1" })),
        (list_url("/schedules", ""), "schedules", json!({ "id": "S1" })),
        (on_calls_url(&["E1"]), "oncalls", Fake::small().on_calls[0].clone()),
        (shifts_url(&["E1"]), "oncalls", Fake::small().on_calls[0].clone()),
        (recent_url(None), "incidents", open()),
        (open_url(None), "incidents", open()),
    ] {
        for items in [vec![item.clone()], Vec::new()] {
            // Each time it is read.
            let answers = (0..3).map(|_| half(key, &items, 2));
            let portal = answers.fold(after_a_run(), |portal, half| portal.answer("GET", &url, half));
            let portal = Fake::small().portal(portal);
            let said = missing(&portal);
            assert!(said.contains("less of it came than PagerDuty counts"), "{url}: {said}");
            assert_eq!(portal.commits(), [""; 0], "{url}");
        }
    }
}

#[test]
fn half_a_list_that_is_whole_the_second_time_is_no_matter() {
    let portal = Fake::small().portal(catalog().answer("GET", &open_url(None), half("incidents", &[], 2)));
    let orders = object(&services(&portal), "P1");
    assert_eq!(
        (&orders["facts"]["incidents"]["open"], &orders["facts"]["incidents"]["last30Days"]),
        (&json!(1), &json!(2))
    );
}

#[test]
fn incidents_that_cannot_be_read_leave_what_was_known_of_them() {
    for (answer, said) in [
        (Answer::status(403), "GET /incidents: the token may not do this (403)"),
        (Answer::error(Error::Denied("not granted".into())), "not granted"),
        (
            page("incidents", &[json!({ "id": "Q1", "status": "triggered", "created_at": 5 })]),
            "GET /incidents: 1 items",
        ),
    ] {
        let portal = Fake::small().portal(after_a_run().answer("GET", &open_url(None), answer));
        let found = missing(&portal);
        assert!(found.contains(said), "{found}");
        assert_eq!(portal.commits(), [POLICIES, SCHEDULES, SERVICES]);
        let committed = portal.committed(SERVICES).expect("a session");
        let orders = object(&committed, "P1");
        let facts = &orders["facts"];
        assert_eq!((&facts["incidents"]["open"], &facts["openIncidents"][0]["id"]), (&json!(7), &json!("Q9")));
        assert_eq!((&facts["meanMinutesToResolve"], &facts["onCall"]["now"]), (&json!(5.0), &json!(["Ada"])));
        let unknown = &object(&committed, "P2")["facts"];
        assert!(unknown.get("incidents").is_none(), "nothing was known of it, which is not none: {unknown}");
        assert_eq!((committed.mode, committed.problems[0].0.as_str()), (Some(Mode::Full), "incidents"));
        assert!(committed.problems[0].1.contains("what was known of incidents stays"), "{:?}", committed.problems);
    }
}

#[test]
fn who_is_on_call_stays_where_it_may_not_be_read() {
    for url in [on_calls_url(&["E1"]), shifts_url(&["E1"])] {
        let portal = Fake::small().portal(after_a_run().answer("GET", &url, Answer::status(403)));
        let said = missing(&portal);
        assert!(said.contains("GET /oncalls: the token may not do this (403)"), "{said}");
        let committed = portal.committed(SERVICES).expect("a session");
        let facts = &object(&committed, "P1")["facts"];
        assert_eq!((&facts["onCall"]["now"], &facts["incidents"]["open"]), (&json!(["Cleo"]), &json!(1)));
        assert_eq!(object(&committed, "P2")["facts"].get("onCall"), None);
        let policy = object(&portal.committed(POLICIES).expect("a session"), "E1");
        assert_eq!((&policy["onCall"]["now"], &policy["shifts"][0]["name"]), (&json!(["Cleo"]), &json!("Cleo")));
        assert_eq!(object(&portal.committed(SCHEDULES).expect("a session"), "S1")["onCall"]["now"], json!(["Cleo"]));
    }
}

#[test]
fn a_token_that_may_read_services_alone_brings_services_and_says_what_is_missing() {
    let forbidden = |portal: Portal, url: &str| portal.answer("GET", url, Answer::status(403));
    let urls = [
        list_url("/escalation_policies", ""),
        list_url("/schedules", ""),
        on_calls_url(&["E1"]),
        crate::testing::counted_url(),
    ];
    let portal = Fake::small().portal(urls.iter().fold(catalog(), |portal, url| forbidden(portal, url)));
    let said = missing(&portal);
    for path in ["/escalation_policies", "/schedules", "/oncalls", "/incidents"] {
        assert!(said.contains(&format!("GET {path}: the token may not do this (403)")), "{said}");
    }
    assert_eq!(portal.commits(), [SERVICES]);
    let scopes: Vec<String> = portal.unreadable().into_iter().map(|(scope, _)| scope).collect();
    assert_eq!(scopes, [POLICIES, SCHEDULES]);
}

#[test]
fn a_token_that_is_known_no_more_is_no_missing_part() {
    for url in [list_url("/schedules", ""), on_calls_url(&["E1"]), open_url(None)] {
        let portal = Fake::small().portal(after_a_run().answer("GET", &url, Answer::status(401)));
        assert!(missing(&portal).contains("does not know the token (401"), "{url}");
        assert_eq!(portal.commits(), [""; 0], "{url}");
    }
}

#[test]
fn when_incidents_were_acknowledged_is_not_forgotten_while_they_cannot_be_read() {
    let kept = json!({ "Q2": 60, "Q7": null });
    let portal = after_a_run().keep("acknowledged", &kept).answer("GET", &recent_url(None), Answer::status(403));
    let portal = Fake::small().portal(portal);
    missing(&portal);
    assert_eq!(portal.state("acknowledged"), Some(kept));
}

#[test]
fn policies_that_are_all_gone_at_once_go_an_hour_later() {
    let portal = Fake::small().portal(catalog());
    services(&portal);
    let mut account = Fake::small();
    account.policies.clear();
    let state = portal.state("zero/escalation-policies").expect("it is known that there were some");
    let later = |since: Option<u64>| {
        let mut found = state.clone();
        if let Some(since) = since {
            found["since"] = json!(since);
        }
        account.portal(catalog().keep("zero/escalation-policies", &found))
    };
    let first = later(None);
    let said = missing(&first);
    assert!(
        said.starts_with("PagerDuty says that there are no escalation policies any more, which is not believed"),
        "{said}"
    );
    assert!(said.ends_with("a run after 2026-01-01T13:00:00Z takes it as said"), "{said}");
    assert_eq!(first.commits(), [SCHEDULES, SERVICES]);
    assert_eq!(first.unreadable()[0].0, POLICIES);
    let noon = first.now();
    let soon = later(Some(noon - 59 * 60_000));
    missing(&soon);
    let then = later(Some(noon - 60 * 60_000));
    services(&then);
    let committed = then.committed(POLICIES).expect("believed");
    assert_eq!((committed.mode, committed.objects.len()), (Some(Mode::Full), 0));
}

#[test]
fn an_account_without_services_is_not_believed_unless_other_teams_are_asked_for() {
    let portal = Fake::small().portal(catalog());
    services(&portal);
    let state = portal.state("zero/services").expect("there were some");
    let mut account = Fake::small();
    account.services.clear();
    let portal = account.portal(catalog().keep("zero/services", &state));
    assert!(missing(&portal).contains("there are no services any more"));
    assert_eq!((portal.commits().len(), portal.unreadable().len()), (0, 3));

    let team = "team_ids[]=T9&";
    let portal = account
        .portal(catalog().keep("zero/services", &state).settings(json!({ "teams": ["T9"] })))
        .answer("GET", &format!("{BASE}/teams/T9"), Answer::json(&json!({})))
        .answer("GET", &list_url("/services", &format!("{team}sort_by=name&")), page("services", &[]))
        .answer("GET", &list_url("/escalation_policies", team), page("escalation_policies", &account.policies));
    // What else is asked of the team is of no interest here.
    let said = missing(&portal);
    assert!(!said.contains("there are no services"), "{said}");
}

#[test]
fn a_list_of_open_incidents_that_leaves_one_out_is_not_believed() {
    let portal = Fake::small().portal(after_a_run().answer("GET", &open_url(None), page("incidents", &[])));
    let said = missing(&portal);
    assert!(said.contains("leaves Q1 out, which is open"), "{said}");
    assert_eq!(portal.commits(), [""; 0]);
}

#[test]
fn an_incident_that_was_resolved_while_all_were_read_is_no_matter() {
    let resolved = json!({ "incident": incident("Q1", "P1", "resolved", "2026-01-01T09:00:00Z") });
    let portal = catalog().answer("GET", &open_url(None), page("incidents", &[])).answer(
        "GET",
        &format!("{BASE}/incidents/Q1"),
        Answer::json(&resolved),
    );
    let orders = object(&services(&Fake::small().portal(portal)), "P1");
    assert_eq!(orders["facts"]["incidents"]["open"], 0);
}

#[test]
fn incidents_that_are_all_gone_at_once_are_no_good_news() {
    let portal = Fake::small().portal(catalog());
    services(&portal);
    let state = portal.state("zero/incidents").expect("there were some");
    let mut account = Fake::small();
    account.incidents.clear();
    let portal = account.portal(after_a_run().keep("zero/incidents", &state));
    assert!(missing(&portal).contains("there are no incidents any more, which is not believed at once"));
    let orders = object(&portal.committed(SERVICES).expect("the rest goes on"), "P1");
    assert_eq!(orders["facts"]["incidents"]["open"], 7);
}

#[test]
fn people_who_are_all_gone_at_once_are_still_on_call() {
    let portal = Fake::small().portal(catalog());
    services(&portal);
    let state = portal.state("zero/people-on-call").expect("there were some");
    let mut account = Fake::small();
    account.on_calls.clear();
    let portal = account.portal(after_a_run().keep("zero/people-on-call", &state));
    assert!(missing(&portal).contains("there are no people on call any more, which is not believed at once"));
    assert_eq!(
        object(&portal.committed(SERVICES).expect("a session"), "P1")["facts"]["onCall"]["now"],
        json!(["Cleo"])
    );
}

#[test]
fn a_service_that_was_made_anew_under_its_name_is_another_one() {
    let portal = Fake::small().portal(catalog());
    services(&portal);
    let mut account = Fake::small();
    account.services[0] = service("P9", "Orders");
    account.incidents.clear();
    let by_name =
        Portal::new().settings(json!({ "matchByName": true })).entity(portico_sdk::Entity::component("orders"));
    for (portal, components, problems) in [(catalog(), json!([]), 1), (by_name, json!(["component:default/orders"]), 0)]
    {
        let committed = services(&account.portal(portal));
        assert_eq!((committed.mode, committed.problems.len()), (Some(Mode::Full), problems));
        assert_eq!(object(&committed, "P9")["components"], components);
        assert!(committed.objects.iter().all(|(_, object)| object["id"] != "P1"));
    }
}

#[test]
fn a_server_whose_clock_is_off_changes_nothing() {
    let dated = |date: &str| {
        let answer = page("services", &Fake::small().services).header("date", date);
        services(&Fake::small().portal(catalog().answer("GET", &services_url(), answer)))
    };
    let usual = dated("Thu, 01 Jan 2026 12:00:00 GMT");
    for date in ["Wed, 01 Jan 2042 12:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "yesterday"] {
        assert_eq!(dated(date), usual, "{date}");
    }
}
