//! Bad days of a list: what is taken for the whole of it, and what is said otherwise.

use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

use super::*;

const BASE: &str = "https://api.pagerduty.com";

fn url(offset: usize) -> String {
    format!("{BASE}/services?limit=100&offset={offset}&total=true")
}

fn page(ids: std::ops::Range<usize>, more: bool, total: usize) -> Answer {
    let services: Vec<Value> = ids.map(|id| json!({ "id": format!("P{id}") })).collect();
    Answer::json(&json!({ "services": services, "limit": 100, "offset": 0, "more": more, "total": total }))
}

fn read(portal: &Portal) -> Result<(usize, usize)> {
    portal.run(|| {
        let api = Api::new(BASE, Haste::Patient);
        let (services, odd) = List::new(&api, "/services", "services").whole::<Service>()?;
        Ok((services.len(), odd))
    })
}

fn failed(portal: &Portal) -> String {
    read(portal).expect_err("it is no whole list").to_string()
}

#[test]
fn a_list_is_read_to_its_end_also_where_a_page_is_short() {
    let portal =
        Portal::new().answer("GET", &url(0), page(0..40, true, 140)).answer("GET", &url(40), page(40..140, false, 140));
    assert_eq!(read(&portal), Ok((140, 0)));
    let accept = ("accept".to_owned(), ACCEPT.to_owned());
    assert!(portal.requests().iter().all(|request| request.headers.contains(&accept)));
}

#[test]
fn a_server_that_is_down_in_the_middle_of_a_list_gives_no_list() {
    let portal =
        Portal::new().answer("GET", &url(0), page(0..100, true, 140)).answer("GET", &url(100), Answer::status(502));
    let said = failed(&portal);
    assert!(said.starts_with("GET /services: the server answered 502"), "{said}");
}

#[test]
fn half_a_page_and_garbage_are_no_page() {
    for (body, said) in [
        (r#"{"services":[{"id":"P1"},{"id":"#, "the answer cannot be read"),
        ("<html>Sign in to the guest network</html>", "with nothing between that changes answers"),
        (r#"{"services":[{"id":"P1"}]}"#, "missing field `more`"),
        (r#"{"services":{"id":"P1"},"more":false}"#, "holds no list `services`"),
        (r#"{"more":false}"#, "holds no list `services`"),
        (r#"{"services":[],"more":false}"#, "holds no `total`"),
        (r#"{"services":[],"more":false,"total":"0"}"#, "the answer cannot be read"),
        (r#"{"services":[],"more":true,"total":7}"#, "is empty, and says that there is more"),
        (r#"{"services":[],"more":"no"}"#, "the answer cannot be read"),
    ] {
        let portal = Portal::new().answer("GET", &url(0), Answer::body(body));
        let found = failed(&portal);
        assert!(found.contains(said), "{body}: {found}");
    }
}

#[test]
fn a_list_that_changes_under_the_hand_is_read_anew() {
    // One is deleted between the pages, so that another moves to the page before and would be missed.
    let portal = Portal::new()
        .answer("GET", &url(0), page(0..100, true, 150))
        .answer("GET", &url(0), page(1..101, true, 149))
        .answer("GET", &url(100), page(101..150, false, 149));
    assert_eq!(read(&portal).map(|(count, _)| count), Ok(149));
    let restless = Portal::new().answer("GET", &url(0), page(0..100, true, 150)).answer(
        "GET",
        &url(100),
        page(101..150, false, 149),
    );
    let said = failed(&restless);
    assert!(said.contains("/services changed each time while it was read"), "{said}");
}

#[test]
fn fewer_than_pagerduty_counts_are_not_all() {
    let portal = Portal::new().answer("GET", &url(0), page(0..3, false, 130));
    assert!(failed(&portal).contains("changed each time"));
}

#[test]
fn who_counts_counts_all_or_nothing() {
    let incident = |id: &str| json!({ "id": id, "status": "triggered", "created_at": "2026-01-01T00:00:00Z", "service": { "id": "P1" } });
    let odd = |key: &str, value: Value| {
        let mut odd = incident("Q2");
        odd[key] = value;
        odd
    };
    let page = |items: Value, total: usize| Answer::json(&json!({ "incidents": items, "more": false, "total": total }));
    let half = "/incidents changed each time while it was read, or less of it came than PagerDuty counts";
    let unreadable = "GET /incidents: 1 items are not as PagerDuty describes them";
    for (answer, said) in [
        (page(json!([incident("Q1")]), 2), half),
        (page(json!([]), 2), half),
        (page(json!([incident("Q1"), incident("Q1")]), 2), half),
        (page(json!([incident("Q1"), odd("created_at", json!(1_767_268_800))]), 2), unreadable),
        (page(json!([incident("Q1"), odd("created_at", json!("yesterday"))]), 2), unreadable),
        (page(json!([incident("Q1"), odd("service", json!("P1"))]), 2), unreadable),
        (page(json!([incident("Q1"), odd("status", json!(["triggered"]))]), 2), unreadable),
        (page(json!([incident("Q1"), null]), 2), unreadable),
    ] {
        let portal = Portal::new().answer("GET", &format!("{BASE}/incidents?limit=100&offset=0&total=true"), answer);
        let mut count = 7;
        let read = portal.run(|| {
            let api = Api::new(BASE, Haste::Patient);
            List::new(&api, "/incidents", "incidents").each(&mut count, |count, _: Incident| *count += 1)
        });
        let error = read.expect_err(said).to_string();
        assert!(error.starts_with(said), "{error}");
        assert_eq!(count, 7, "what was taken is let go of");
    }
}

#[test]
fn a_list_to_which_something_is_added_at_its_end_is_whole() {
    let portal = Portal::new().answer("GET", &url(0), page(0..100, true, 130)).answer(
        "GET",
        &url(100),
        page(100..131, false, 131),
    );
    assert_eq!(read(&portal).map(|(count, _)| count), Ok(131));
    assert_eq!(portal.requests().len(), 2);
}

#[test]
fn a_token_that_runs_out_in_the_middle_of_a_list_gives_no_list() {
    let portal =
        Portal::new().answer("GET", &url(0), page(0..100, true, 140)).answer("GET", &url(100), Answer::status(401));
    let said = failed(&portal);
    assert!(said.starts_with("GET /services: PagerDuty does not know the token (401)"), "{said}");
}

#[test]
fn a_page_that_is_too_large_is_asked_for_in_halves_and_one_item_that_is_says_so() {
    let large = || {
        Answer::error(Error::Failed(
            "the answer of api.pagerduty.com is larger than 32 MiB; ask for less at a time".into(),
        ))
    };
    let at = |limit: usize, offset: usize| format!("{BASE}/services?limit={limit}&offset={offset}&total=true");
    let portal = Portal::new()
        .answer("GET", &at(100, 0), large())
        .answer("GET", &at(50, 0), large())
        .answer("GET", &at(25, 0), page(0..25, true, 40))
        .answer("GET", &at(25, 25), page(25..40, false, 40));
    assert_eq!(read(&portal), Ok((40, 0)));
    let all = [100, 50, 25, 12, 6, 3, 1].into_iter();
    let portal = all.fold(Portal::new(), |portal, limit| portal.answer("GET", &at(limit, 0), large()));
    let said = failed(&portal);
    assert!(said.contains("is larger than 32 MiB"), "{said}");
}

#[test]
fn a_text_of_ten_megabytes_is_cut_as_it_comes() {
    let long = "x".repeat(10 << 20);
    let service = json!({ "id": "P1", "name": long, "description": long, "html_url": long, "teams": [{ "id": "T1", "summary": long }] });
    let service: Service = serde_json::from_value(service).expect("a service");
    let Service { name, description, html_url, teams, .. } = service;
    assert_eq!((name.len(), description.len(), html_url, teams[0].summary.len()), (4_000, 4_000, None, 4_000));
}

#[test]
fn an_item_that_is_odd_costs_no_other() {
    let services = json!([{ "id": "P1" }, { "name": "nameless" }, { "id": 7 }, null, { "id": "P2", "name": [] }]);
    let body = json!({ "services": services, "more": false, "total": 5 });
    let portal = Portal::new().answer("GET", &url(0), Answer::json(&body));
    assert_eq!(read(&portal), Ok((2, 3)));
}

#[test]
fn more_than_pagerduty_shows_is_said_with_what_to_do() {
    let portal = Portal::new().answer("GET", &url(0), page(0..100, true, 10_001));
    let said = failed(&portal);
    assert!(said.contains("shows no more than 10000 of a list; name teams under `settings.teams`"), "{said}");
}

#[test]
fn a_refusal_is_told_in_the_words_of_pagerduty_and_with_what_to_do() {
    let refused = |status: u16, body: &str| {
        let response = Response { status, headers: Vec::new(), body: body.into() };
        understood(response).expect_err("a refusal")
    };
    let body = r#"{"error":{"message":"Not today","code":1,"errors":["Because",7]}}"#;
    for (status, said) in [
        (401, "PagerDuty does not know the token (401: Not today, Because); make another API access key"),
        (402, "the plan of the PagerDuty account does not have this (402: Not today, Because)"),
        (403, "the token may not do this (403: Not today, Because); read the plugin's documentation"),
        (404, "PagerDuty has no such thing (404: Not today, Because)"),
        (400, "PagerDuty refuses the request (400: Not today, Because)"),
        (500, "the server answered 500"),
    ] {
        let found = refused(status, body).to_string();
        assert!(found.starts_with(said), "{status}: {found}");
    }
    assert!(
        matches!(refused(401, "<html>"), Error::Denied(text) if text.starts_with("PagerDuty does not know the token (401);"))
    );
    let long = format!(r#"{{"error":{{"message":"{}"}}}}"#, "x".repeat(100_000));
    assert!(refused(403, &long).to_string().len() < 600);
}

#[test]
fn a_server_that_limits_the_rate_is_waited_for_as_long_as_it_says() {
    let limited = || Answer::status(429).header("ratelimit-reset", "42");
    let portal = Portal::new().answer("GET", &url(0), limited()).answer("GET", &url(0), page(0..3, false, 3));
    let before = portal.now();
    assert_eq!(read(&portal).map(|(count, _)| count), Ok(3));
    assert_eq!(portal.now() - before, 42_000);
    let hasty = Portal::new().answer("GET", &url(0), limited());
    let error = hasty.run(|| Api::new(BASE, Haste::Waited).get("/services?limit=100&offset=0&total=true", &[]));
    let error = error.expect_err("somebody waits");
    assert!(matches!(error, Error::Unavailable { retry_after: Some(42), .. }), "{error}");
}
