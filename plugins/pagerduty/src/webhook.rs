//! PagerDuty's webhooks, version 3: what happened leads to which services are read anew.
//!
//! Rule: who sent it and whether it came before, the portal has checked. What is of no use is answered well all the same: PagerDuty switches a
//! subscription off whose deliveries are refused. A service that was read a moment ago is left to a run, so that a storm costs little.

use std::collections::BTreeSet;

use portico_sdk::routes::{Request, Response};
use portico_sdk::{Result, catalog, clock, debug, state};
use serde::Deserialize;
use serde_json::Value;

use crate::api::Haste;
use crate::refresh::refresh;
use crate::settings::Settings;
use crate::turns;

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
    let (mut now, mut later) = (Vec::new(), Vec::new());
    for service in &services {
        let has_turn = turns::take(service, open(&event, service))?;
        let list = if has_turn { &mut now } else { &mut later };
        list.push(service.as_str());
    }
    turns::soon(later)?;
    for service in now {
        let told = open(&event, service).map(str::to_owned).into_iter().collect();
        refresh(&settings, Haste::Waited, service, &told)?;
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

/// The incident of a service that an event says is open.
fn open<'a>(event: &'a Event, service: &str) -> Option<&'a str> {
    let data = &event.data;
    let is_open = event.event_type.starts_with("incident.")
        && matches!(data["status"].as_str(), Some("triggered" | "acknowledged"));
    data["id"].as_str().filter(|_| is_open && data["service"]["id"] == service)
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

#[cfg(test)]
mod tests {
    use portico_sdk::testing::{Answer, Portal};
    use portico_sdk::{Entity, Error, Mode};
    use serde_json::json;

    use super::*;
    use crate::lease::SERVICES;
    use crate::links::SERVICE_ID;
    use crate::testing::{Account, BASE, half, incident, on_calls_url, open_url, page, recent_url};

    fn portal() -> Portal {
        Portal::new().entity(Entity::component("orders").annotation(SERVICE_ID, "P1"))
    }

    fn hears(portal: &Portal, kind: &str, data: Value) -> Result<u16> {
        let body = json!({ "event": { "id": "01X", "event_type": kind, "resource_type": "incident", "data": data } });
        let request = Request {
            method: "POST".into(),
            path: "/webhook".into(),
            body: body.to_string().into(),
            ..Request::default()
        };
        portal.run(|| handle(&request)).map(|response| response.status)
    }

    fn about(service: &str) -> Value {
        json!({ "id": "Q1", "type": "incident", "status": "triggered", "service": { "id": service, "type": "service_reference" } })
    }

    #[test]
    fn an_incident_has_its_service_read_anew_and_says_what_a_run_would() {
        let webhook = Account::small().portal(portal());
        assert_eq!(hears(&webhook, "incident.triggered", about("P1")), Ok(202));
        let told = webhook.committed(SERVICES).expect("a session");
        assert_eq!((told.mode, told.objects.len()), (Some(Mode::Delta), 1));
        let run = Account::small().portal(portal());
        run.run(crate::sync::sync).expect("it can be read");
        let found = run.committed(SERVICES).expect("a session");
        assert!(found.objects.contains(&told.objects[0]), "{:#?}", told.objects[0]);
    }

    #[test]
    fn the_same_webhook_twice_and_an_older_one_change_nothing() {
        let portal = Account::small().portal(portal());
        for kind in ["incident.triggered", "incident.triggered", "incident.resolved"] {
            assert_eq!(hears(&portal, kind, about("P1")), Ok(202));
        }
        let object = |place: usize| portal.committed(SERVICES).expect("a session").objects[place].clone();
        assert_eq!(object(0).1["facts"]["incidents"]["open"], 1);
    }

    #[test]
    fn of_a_storm_few_are_read_and_what_stands_at_its_end_always() {
        let noon = Portal::new().now();
        let portal = Account::small().portal(portal()).at(noon - 3_000);
        let readings = || portal.requests().iter().filter(|asked| asked.url == format!("{BASE}/services/P1")).count();
        for _ in 0..150 {
            assert_eq!(hears(&portal, "incident.triggered", about("P1")), Ok(202));
        }
        assert_eq!((readings(), portal.wanted()), (1, vec!["service P1".to_owned()]));
        portal.clone().scopes(&["service P1"]).run(crate::sync::sync).expect("read");
        assert_eq!((readings(), portal.now()), (2, noon), "the run waits for its turn");
        let object = portal.committed(SERVICES).expect("a session").objects[0].1.clone();
        assert_eq!(object["facts"]["incidents"]["open"], 1, "as it stands at last");
        assert!(portal.requests().len() <= 12, "{:#?}", portal.requests());
    }

    #[test]
    fn an_incident_that_a_run_was_told_of_has_to_be_found_or_to_be_over() {
        let noon = Portal::new().now();
        let portal = portal().keep("turns", &json!({ "begun": [["P1", noon - 3_000]], "told": { "P1": ["Q1"] } }));
        let none = || page("incidents", &[]);
        let portal = portal.answer("GET", &open_url(Some("P1")), none()).answer("GET", &recent_url(Some("P1")), none());
        let portal = Account::small().portal(portal).scopes(&["service P1"]);
        let error = portal.run(crate::sync::sync).expect_err("it is open").to_string();
        assert!(error.starts_with("the service P1: ") && error.contains("leaves Q1 out, which is open"), "{error}");
        assert!(portal.commits().is_empty());
    }

    #[test]
    fn a_later_reading_is_not_overwritten_by_an_earlier_one() {
        let now = Portal::new().now();
        let portal = Account::small().portal(portal().keep("readings", &json!({ "P1": now + 1 })));
        assert_eq!(hears(&portal, "incident.triggered", about("P1")), Ok(202));
        assert_eq!(portal.commits(), [""; 0]);
    }

    #[test]
    fn a_service_that_is_gone_is_withdrawn_with_what_was_attached() {
        let portal = portal().answer("GET", &format!("{BASE}/services/P1"), Answer::status(404));
        assert_eq!(hears(&portal, "service.deleted", json!({ "id": "P1" })), Ok(202));
        let committed = portal.committed(SERVICES).expect("a session");
        assert_eq!(committed.withdrawn[0].1, json!({ "id": "P1", "components": ["component:default/orders"] }));
    }

    #[test]
    fn an_incident_that_moves_has_both_services_read_anew() {
        let mut payments = json!(Entity::component("payments"));
        payments["facts"] = json!({ "pagerduty": { "service": { "id": "P2" }, "openIncidents": [{ "id": "Q1" }] } });
        let portal = Account::small().portal(portal().entity(payments));
        assert_eq!(hears(&portal, "incident.service_updated", about("P1")), Ok(202));
        assert_eq!(portal.commits(), [SERVICES, SERVICES]);
    }

    #[test]
    fn a_service_of_other_teams_is_none_of_the_settings() {
        let portal = Account::small().portal(portal().settings(json!({ "teams": ["T9"] })));
        assert_eq!(hears(&portal, "incident.triggered", about("P1")), Ok(202));
        assert!(portal.committed(SERVICES).expect("a session").objects.is_empty());
    }

    #[test]
    fn half_a_list_of_incidents_or_of_people_is_to_come_again_and_changes_nothing() {
        for (url, key) in [
            (open_url(Some("P1")), "incidents"),
            (recent_url(Some("P1")), "incidents"),
            (on_calls_url(&["E1"]), "oncalls"),
        ] {
            let portal = (0..3).fold(portal(), |portal, _| portal.answer("GET", &url, half(key, &[], 1)));
            let error = hears(&Account::small().portal(portal.clone()), "incident.triggered", about("P1"));
            let error = error.expect_err("half of it");
            assert!(error.to_string().contains("less of it came than PagerDuty counts"), "{error}");
            assert_eq!((Response::from(error).status, portal.commits().len()), (503, 0), "{url}");
        }
    }

    #[test]
    fn an_empty_list_is_not_believed_while_an_incident_is_open_that_is_known_or_was_told_of() {
        let none = || page("incidents", &[]);
        let known = json!({
            "apiVersion": "pagerduty.portico.dev/v1", "kind": "PagerDutyService", "metadata": { "name": "P1" },
            "facts": { "pagerduty": { "openIncidents": [{ "id": "Q1" }] } },
        });
        let resolved = json!({ "incident": incident("Q1", "P1", "resolved", "2026-01-01T09:00:00Z") });
        let moved = json!({ "incident": incident("Q1", "P2", "triggered", "2026-01-01T09:00:00Z") });
        let empty = || {
            let portal = portal().answer("GET", &open_url(Some("P1")), none());
            portal.answer("GET", &recent_url(Some("P1")), none())
        };
        let mut other = about("P1");
        other["id"] = json!("Q2");
        for (portal, data, is_believed) in [
            (empty(), about("P1"), false),
            (empty().entity(known), other, false),
            (empty().answer("GET", &format!("{BASE}/incidents/Q1"), Answer::json(&resolved)), about("P1"), true),
            (empty().answer("GET", &format!("{BASE}/incidents/Q1"), Answer::json(&moved)), about("P1"), true),
            (empty().answer("GET", &format!("{BASE}/incidents/Q1"), Answer::status(404)), about("P1"), true),
        ] {
            let portal = Account::small().portal(portal);
            match hears(&portal, "incident.triggered", data) {
                Ok(_) => assert!(is_believed && portal.commits().len() == 1),
                Err(error) => {
                    assert!(!is_believed && error.to_string().contains("leaves Q1 out, which is open"), "{error}")
                }
            }
        }
    }

    #[test]
    fn a_part_that_cannot_be_read_stays_as_the_catalog_has_it() {
        let facts = json!({ "incidents": { "open": 7 }, "onCall": { "now": ["Cleo"] } });
        let known = json!({
            "apiVersion": "pagerduty.portico.dev/v1", "kind": "PagerDutyService", "metadata": { "name": "P1" }, "facts": { "pagerduty": facts },
        });
        let odd = json!({ "id": "Q1", "status": "triggered", "created_at": 7, "service": { "id": "P1" } });
        for (url, answer, open, called) in [
            (open_url(Some("P1")), page("incidents", &[odd]), 7, "Ada"),
            (open_url(Some("P1")), Answer::status(403), 7, "Ada"),
            (on_calls_url(&["E1"]), Answer::status(403), 1, "Cleo"),
            (on_calls_url(&["E1"]), page("oncalls", &[]), 1, "Cleo"),
        ] {
            let portal = Account::small().portal(portal().entity(known.clone()).answer("GET", &url, answer));
            assert_eq!(hears(&portal, "incident.triggered", about("P1")), Ok(202), "PagerDuty need not send it again");
            let object = portal.committed(SERVICES).expect("a session").objects[0].1.clone();
            let facts = &object["facts"];
            assert_eq!(
                (&facts["incidents"]["open"], &facts["onCall"]["now"][0]),
                (&json!(open), &json!(called)),
                "{url}"
            );
        }
    }

    #[test]
    fn what_is_of_no_use_is_answered_well() {
        let note = json!({ "id": "N1", "type": "incident_note", "incident": { "id": "Q1" } });
        for (kind, data, expected) in [
            ("pagey.ping", json!({ "message": "Hello" }), 200),
            ("incident.annotated", note, 202),
            ("incident.triggered", json!({ "service": { "id": "../users" } }), 202),
            ("incident.triggered", json!({ "service": { "id": 7 } }), 202),
            ("something.new", json!([1, 2]), 202),
            ("incident", Value::Null, 202),
        ] {
            let portal = Portal::new();
            assert_eq!(hears(&portal, kind, data), Ok(expected), "{kind}");
            assert!(portal.requests().is_empty(), "{kind}");
        }
        let empty = Request { body: b"{}".to_vec(), ..Request::default() };
        assert!(matches!(Portal::new().run(|| handle(&empty)), Err(Error::Invalid(_))));
    }

    #[test]
    fn a_webhook_that_cannot_be_read_now_is_to_come_again() {
        for (status, header) in [(429, Some("17")), (503, None), (500, None)] {
            let answer = Answer::status(status);
            let answer = match header {
                Some(seconds) => answer.header("ratelimit-reset", seconds),
                None => answer,
            };
            let portal = Portal::new().answer("GET", &format!("{BASE}/services/P1"), answer);
            let error = hears(&portal, "incident.triggered", about("P1")).expect_err("not now");
            let retry_after = header.and_then(|seconds| seconds.parse().ok());
            assert!(matches!(&error, Error::Unavailable { retry_after: said, .. } if *said == retry_after), "{error}");
            assert_eq!((Response::from(error).status, portal.commits().len()), (503, 0));
        }
    }

    #[test]
    fn when_one_came_last_is_noted_at_most_once_a_minute() {
        let portal = Portal::new();
        hears(&portal, "pagey.ping", Value::Null).expect("heard");
        assert_eq!(portal.state(KEY), Some(json!(portal.now())));
        let portal = Portal::new().keep(KEY, &json!(portal.now() - 30_000));
        hears(&portal, "pagey.ping", Value::Null).expect("heard");
        assert_eq!(portal.state(KEY), Some(json!(portal.now() - 30_000)));
    }

    #[test]
    fn an_incident_of_a_storm_is_one_of_many() {
        let mut account = Account::small();
        let storm = (0..500).map(|number| incident(&format!("S{number}"), "P1", "triggered", "2026-01-01T09:00:00Z"));
        account.incidents.extend(storm);
        let portal = account.portal(portal());
        assert_eq!(hears(&portal, "incident.triggered", about("P1")), Ok(202));
        let object = portal.committed(SERVICES).expect("a session").objects[0].1.clone();
        assert_eq!(object["facts"]["incidents"]["open"], 501);
        assert_eq!(object["facts"]["openIncidents"].as_array().map(Vec::len), Some(20));
    }
}
