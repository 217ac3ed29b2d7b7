//! Tests of what a status means, and of reading page by page.

use serde_json::{Value, json};

use super::*;
use crate::testing::{Answer, Portal};

#[test]
fn a_status_is_told_apart() {
    let answered =
        |status| Response { status, headers: vec![("retry-after".into(), "7".into())], body: Vec::new() }.ok();
    assert!(answered(204).is_ok());
    assert!(matches!(answered(401), Err(Error::Denied(_))));
    assert!(matches!(answered(404), Err(Error::NotFound(_))));
    assert!(matches!(answered(429), Err(Error::Unavailable { retry_after: Some(7), .. })));
    assert!(matches!(answered(502), Err(Error::Unavailable { .. })));
    assert!(matches!(answered(301), Err(Error::Failed(_))));
}

#[test]
fn a_server_that_forbids_may_mean_a_pause() {
    let answered = |headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status: 403, headers, body: Vec::new() }.ok()
    };
    assert!(matches!(answered(&[]), Err(Error::Denied(_))));
    assert!(matches!(answered(&[("x-ratelimit-remaining", "0")]), Err(Error::Unavailable { retry_after: None, .. })));
    assert!(matches!(answered(&[("retry-after", "60")]), Err(Error::Unavailable { retry_after: Some(60), .. })));
}

#[test]
fn a_link_is_found_by_what_it_is_for() {
    let linked = |value: &str| {
        let response = Response { status: 200, headers: vec![("Link".into(), value.into())], body: Vec::new() };
        response.link("next").map(str::to_owned)
    };
    let two = "<https://x.test/?page=1,2>; rel=\"prev\", <https://x.test/?page=3>; title=\"a\"; rel=\"next\"";
    assert_eq!(linked(two).as_deref(), Some("https://x.test/?page=3"));
    assert_eq!(linked("</2>; rel=next, </9>; rel=last").as_deref(), Some("/2"));
    assert_eq!(linked("</9>; rel=last"), None);
    assert_eq!(linked("nonsense"), None);
}

/// Three pages that say each in its way where the next is.
fn portal(pages: [(&str, Answer); 3]) -> Portal {
    pages.into_iter().fold(Portal::new(), |portal, (address, answer)| portal.answer("GET", address, answer))
}

fn read(portal: &Portal, address: &str, paging: Paging, at: &str) -> Vec<u64> {
    portal.run(|| get(address).pages(paging).items(at).collect::<Result<_>>()).expect("pages")
}

#[test]
fn every_way_of_paging_reads_every_item_once() {
    let list = |items: Value| Answer::json(&items);
    let linked = portal([
        ("https://x.test/a", list(json!([1, 2])).header("link", "<https://x.test/a?page=2>; rel=\"next\"")),
        ("https://x.test/a?page=2", list(json!([3])).header("link", "<?page=3>; rel=\"next\"")),
        ("https://x.test/a?page=3", list(json!([]))),
    ]);
    assert_eq!(read(&linked, "https://x.test/a", Paging::links(), ""), [1, 2, 3]);

    let pointed = portal([
        ("https://x.test/a?size=2", list(json!({ "items": [1, 2], "meta": { "next": "a/b" } }))),
        ("https://x.test/a?size=2&after=a%2Fb", list(json!({ "items": [3], "meta": { "next": 7 } }))),
        ("https://x.test/a?size=2&after=7", list(json!({ "items": [4], "meta": { "next": null } }))),
    ]);
    let cursor = Paging::cursor("/meta/next", "after");
    assert_eq!(read(&pointed, "https://x.test/a?size=2", cursor, "/items"), [1, 2, 3, 4]);

    let counted = portal([
        ("https://x.test/a", list(json!([1, 2]))),
        ("https://x.test/a?offset=2", list(json!([3, 4]))),
        ("https://x.test/a?offset=4", list(json!([5]))),
    ]);
    assert_eq!(read(&counted, "https://x.test/a", Paging::offset("offset", 2, ""), ""), [1, 2, 3, 4, 5]);

    let numbered = portal([
        ("https://x.test/a", list(json!([1, 2]))),
        ("https://x.test/a?page=2", list(json!([3, 4]))),
        ("https://x.test/a?page=3", list(json!([]))),
    ]);
    assert_eq!(read(&numbered, "https://x.test/a", Paging::numbered("page", 2, ""), ""), [1, 2, 3, 4]);
}

fn endless() -> Portal {
    portal([
        ("https://x.test/a", Answer::json(&json!([1])).header("link", "</b>; rel=next")),
        ("https://x.test/b", Answer::json(&json!([2])).header("link", "</a>; rel=next")),
        ("https://x.test/c", Answer::status(429).header("retry-after", "30")),
    ])
}

#[test]
fn a_budget_ends_the_reading_early_and_the_next_run_goes_on() {
    endless().run(|| {
        let budget = Budget::pages(3);
        let mut pages = get("https://x.test/a").pages(Paging::links()).within(&budget);
        assert_eq!(pages.items::<u64>("").collect::<Result<Vec<_>>>(), Ok(vec![1, 2, 1]));
        assert!(budget.is_spent());
        let place = pages.place().map(str::to_owned);
        assert_eq!(place.as_deref(), Some("https://x.test/b"));
        let again = Budget::pages(1);
        let mut pages = get("https://x.test/a").pages(Paging::links()).within(&again).from(place.as_deref());
        assert_eq!(pages.items::<u64>("").collect::<Result<Vec<_>>>(), Ok(vec![2]));
    });
}

#[test]
fn what_cannot_be_read_ends_the_reading_with_its_place() {
    let portal = endless();
    portal.run(|| {
        let mut pages = get("https://x.test/c").pages(Paging::links());
        let error = pages.next().expect("an answer").expect_err("a pause");
        assert!(matches!(error, Error::Unavailable { retry_after: Some(30), .. }), "{error:?}");
        assert!(pages.next().is_none());
        assert_eq!(pages.place(), Some("https://x.test/c"));
    });
    portal.cancel();
    portal.run(|| assert!(get("https://x.test/a").pages(Paging::links()).next().expect("an answer").is_err()));
}

#[test]
fn a_server_may_lead_to_itself_alone() {
    let elsewhere = Answer::json(&json!([])).header("link", "<https://y.test/b>; rel=next");
    let itself = Answer::json(&json!([])).header("link", "</itself>; rel=next");
    let portal = Portal::new().answer("GET", "https://x.test/elsewhere", elsewhere).answer(
        "GET",
        "https://x.test/itself",
        itself,
    );
    for address in ["https://x.test/elsewhere", "https://x.test/itself"] {
        let error = portal.run(|| get(address).pages(Paging::links()).next().expect("an answer")).expect_err(address);
        assert!(error.to_string().ends_with("as the page after it, which cannot be"), "{error}");
    }
}

#[test]
fn a_patient_request_waits_as_long_as_the_server_says() {
    let limited = |headers: &[(&str, &str)], status| {
        let answer = Answer::status(status);
        headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value))
    };
    for (answer, waited) in [
        (limited(&[("retry-after", "7")], 429), 7_000),
        (limited(&[("ratelimit-reset", "9")], 429), 9_000),
        (limited(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1767268830")], 403), 30_000),
        // One that does not say for how long is asked again soon.
        (limited(&[], 429), 1_000),
        // A clock that is ahead of the server's is no reason to ask without end.
        (limited(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1767200000")], 403), 1_000),
    ] {
        let portal = Portal::new().answer("GET", "https://x.test/", answer).answer(
            "GET",
            "https://x.test/",
            Answer::body("here"),
        );
        let before = portal.now();
        let response =
            portal.run(|| get("https://x.test/").patient(Duration::from_secs(60)).send()).expect("an answer");
        assert_eq!((response.status, portal.now() - before), (200, waited));
        assert!(portal.log()[0].1.starts_with("x.test limits the rate: going on in "), "{:?}", portal.log());
    }
}

#[test]
fn patience_ends() {
    let busy = || Answer::status(429).header("retry-after", "40");
    let portal = Portal::new().answer("GET", "https://x.test/", busy());
    let before = portal.now();
    let response = portal.run(|| get("https://x.test/").patient(Duration::from_secs(60)).send()).expect("an answer");
    assert_eq!((response.status, portal.now() - before), (429, 40_000), "twice 40 s would be more than 60");
    assert!(matches!(response.ok(), Err(Error::Unavailable { retry_after: Some(40), .. })));
    assert_eq!(portal.run(|| get("https://x.test/").send()).expect("an answer").status, 429, "others do not wait");
    assert_eq!(portal.requests().len(), 3);
}
