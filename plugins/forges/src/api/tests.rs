//! What answers mean, and how lists are read to their end.

use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;

fn api() -> Api {
    Api::new("https://x.test/api".into(), "GitHub", "application/json")
}

fn asked(answer: Answer) -> Asked<Value> {
    Portal::new().answer("GET", "https://x.test/api/a", answer).run(|| api().get("/a"))
}

#[test]
fn what_a_refusal_means_is_said_in_words() {
    let message = json!({ "message": "Bad credentials" });
    let with = |status| {
        let body = Answer::json(&message);
        let status = Answer::status(status);
        (status, body)
    };
    let unknown = asked(with(401).0).expect_err("refused");
    assert!(
        matches!(&unknown, Fault::Unknown(text) if text.starts_with("x.test does not know the token (401)")),
        "{unknown:?}"
    );
    assert!(matches!(asked(with(403).0), Err(Fault::Forbidden(_))));
    assert!(matches!(asked(with(404).0), Err(Fault::Missing(_))));
    assert!(matches!(asked(Answer::status(301).header("location", "https://x.test/api/b")), Err(Fault::Moved(_))));
    assert!(matches!(asked(Answer::body("<html>")), Err(Fault::Odd(_))));
    for (answer, retry) in [
        (Answer::status(502), None),
        (Answer::status(429).header("retry-after", "7200"), Some(7200)),
        (Answer::status(403).header("retry-after", "7200"), Some(7200)),
    ] {
        match asked(answer) {
            Err(Fault::None(Error::Unavailable { retry_after, reason })) => {
                assert_eq!(retry_after, retry);
                assert!(reason.starts_with("x.test: "), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(said(message.to_string().as_bytes()), ": Bad credentials");
}

#[test]
fn a_short_pause_is_waited_for() {
    let portal = Portal::new()
        .answer("GET", "https://x.test/api/a", Answer::status(403).header("retry-after", "30"))
        .answer("GET", "https://x.test/api/a", Answer::json(&json!(7)));
    let before = portal.now();
    assert_eq!(portal.run(|| api().get::<u8>("/a")), Ok(7));
    assert_eq!(portal.now() - before, 30_000);
    let portal = Portal::new().answer("GET", "https://x.test/api/a", Answer::status(429).header("retry-after", "1"));
    assert!(portal.run(|| api().at_once().get::<u8>("/a")).is_err(), "nobody waits at a page");
}

#[test]
fn a_list_goes_on_for_pages_and_half_of_it_is_none() {
    let portal = || {
        let next = r#"<https://x.test/api/a?page=2>; rel="next", <https://x.test/api/a?per_page=1&page=9>; rel="last""#;
        Portal::new().answer("GET", "https://x.test/api/a", Answer::json(&[1]).header("link", next).header("etag", "e"))
    };
    let whole = portal().answer("GET", "https://x.test/api/a?page=2", Answer::json(&[2]));
    assert_eq!(whole.run(|| api().all::<u8>("/a")), Ok(vec![1, 2]));
    let half = portal().answer("GET", "https://x.test/api/a?page=2", Answer::status(500));
    assert!(half.run(|| api().all::<u8>("/a")).is_err());
    let page = portal().run(|| api().page("/a", None)).expect("a page").expect("new");
    assert_eq!((page.last, page.etag.as_deref()), (Some(9), Some("e")));
    let elsewhere = Answer::json(&[1]).header("link", r#"<https://evil.test/a>; rel="next""#);
    let elsewhere = Portal::new().answer("GET", "https://x.test/api/a", elsewhere);
    let said = elsewhere.run(|| api().all::<u8>("/a")).expect_err("it leads away");
    assert!(matches!(said, Fault::Odd(_)), "{said:?}");
}

#[test]
fn a_page_that_is_too_large_is_asked_for_in_parts_and_one_item_that_is_says_so() {
    let large =
        || Answer::error(Error::Failed("the answer of x.test is larger than 32 MiB; ask for less at a time".into()));
    let portal = |sizes: &[&str], page: &str| {
        let url = |size: &&str| format!("https://x.test/api/a?per_page={size}{page}");
        sizes.iter().fold(Portal::new(), |portal, size| portal.answer("GET", &url(size), large()))
    };
    let next = r#"<https://x.test/api/a?per_page=25&page=2>; rel="next""#;
    let whole = portal(&["100", "50"], "")
        .answer("GET", "https://x.test/api/a?per_page=25", Answer::json(&[1]).header("link", next))
        .answer("GET", "https://x.test/api/a?per_page=25&page=2", Answer::json(&[2]));
    assert_eq!(whole.run(|| api().all::<u8>("/a?per_page=100")), Ok(vec![1, 2]));
    let one = portal(&["50", "25", "5", "1"], "");
    let said = Error::from(one.run(|| api().get::<Vec<u8>>("/a?per_page=50")).expect_err("one is")).to_string();
    assert!(said.contains("is larger than 32 MiB"), "{said}");
    assert_eq!(one.requests().len(), 4);
}

#[test]
fn a_token_that_may_not_see_costs_a_fact_and_one_that_nobody_knows_the_run() {
    let mut unseen = BTreeSet::new();
    assert_eq!(if_seen(Ok(1), Part::Runs, &mut unseen), Ok(Some(1)));
    assert_eq!(if_seen::<u8>(Err(Fault::Missing(String::new())), Part::Runs, &mut unseen), Ok(None));
    let login = Err(Fault::Moved("https://login.test".into()));
    let moved = if_seen::<u8>(login, Part::Runs, &mut unseen).expect_err("no answer").to_string();
    assert!(moved.contains("leads on to `https://login.test`"), "{moved}");
    for _ in 0..2 {
        assert_eq!(if_seen::<u8>(Err(Fault::Forbidden(String::new())), Part::Runs, &mut unseen), Ok(None));
    }
    assert_eq!(unseen, BTreeSet::from([Part::Runs]));
    assert!(if_seen::<u8>(Err(Fault::Unknown("401".into())), Part::Runs, &mut unseen).is_err());
}

#[test]
fn a_name_is_one_part_of_a_path() {
    assert_eq!(part("acme/a b"), "acme%2Fa%20b");
    assert_eq!(part("feature-1.x_y~z"), "feature-1.x_y~z");
    assert_eq!(milliseconds("2026-01-01T00:00:00Z"), Some(1_767_225_600_000));
    assert_eq!(milliseconds("2026-01-01T01:00:00.000+01:00"), Some(1_767_225_600_000));
    assert_eq!(milliseconds("yesterday"), None);
}
