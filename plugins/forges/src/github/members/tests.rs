//! What is known of members, and what a refusal or a bad day costs.

use portico_sdk::testing::{Answer, Portal};

use super::*;
use crate::testing::{API, acme, forge};

const LIST: &str = "https://api.github.com/orgs/acme/members?per_page=100";

fn url() -> String {
    format!("{API}/graphql")
}

fn page(total: usize, next: Option<&str>, nodes: Value) -> Value {
    json!({ "data": { "organization": { "membersWithRole": {
        "totalCount": total, "pageInfo": { "hasNextPage": next.is_some(), "endCursor": next }, "nodes": nodes,
    } } } })
}

fn wrong(kind: &str) -> Answer {
    Answer::json(
        &json!({ "data": null, "errors": [{ "type": kind, "message": "Resource not accessible by integration" }] }),
    )
}

fn ada() -> Value {
    json!({ "login": "ada", "name": "Ada Lovelace", "bio": "Counts.", "avatarUrl": "https://x.test/ada.png", "url": "https://github.com/ada",
        "email": "ada@home.test", "organizationVerifiedDomainEmails": ["ada@acme.test"] })
}

fn read(portal: &Portal) -> Asked<(Vec<User>, Option<String>)> {
    let forge = acme();
    portal.run(|| members(&forge.dialect().api(&forge), "acme"))
}

fn variables(portal: &Portal) -> Vec<Value> {
    let body = |body: &[u8]| serde_json::from_slice::<Value>(body).expect("JSON")["variables"].take();
    portal.requests().iter().filter(|asked| asked.method == "POST").map(|asked| body(&asked.body)).collect()
}

#[test]
fn a_hundred_members_at_once_are_asked_for_with_names_and_addresses() {
    let bob = json!({ "login": "bob", "name": "", "email": "bob@home.test", "organizationVerifiedDomainEmails": [] });
    let portal = Portal::new().answer("POST", &url(), Answer::json(&page(2, Some("p2"), json!([ada()])))).answer(
        "POST",
        &url(),
        Answer::json(&page(2, None, json!([bob]))),
    );
    let (users, nameless) = read(&portal).expect("members");
    let expected = User {
        login: "ada".into(),
        name: Some("Ada Lovelace".into()),
        email: Some("ada@acme.test".into()),
        description: Some("Counts.".into()),
        picture: Some("https://x.test/ada.png".into()),
        url: Some("https://github.com/ada".into()),
    };
    assert_eq!((&users[0], nameless), (&expected, None));
    assert_eq!((users[1].name.as_deref(), users[1].email.as_deref()), (None, Some("bob@home.test")));
    let asked = |after: Value| json!({ "owner": "acme", "after": after, "public": true });
    assert_eq!(variables(&portal), [asked(Value::Null), asked(json!("p2"))]);
}

#[test]
fn whoever_may_not_see_public_addresses_asks_for_the_rest() {
    for kind in ["FORBIDDEN", "INSUFFICIENT_SCOPES"] {
        let portal = Portal::new().answer("POST", &url(), wrong(kind)).answer(
            "POST",
            &url(),
            Answer::json(&page(1, None, json!([ada()]))),
        );
        let (users, nameless) = read(&portal).expect("members");
        assert_eq!((users[0].email.as_deref(), nameless), (Some("ada@acme.test"), None));
        assert_eq!(variables(&portal)[1]["public"], false);
    }
}

#[test]
fn where_it_is_refused_the_list_is_read_and_it_is_said_why() {
    let older =
        json!({ "errors": [{ "message": "Field 'x' doesn't exist", "extensions": { "code": "undefinedField" } }] });
    for (answer, requests, expected) in [
        (None, 2, "knows no answer to POST"),
        (Some(Answer::status(403)), 2, "does not let the token see this (403)"),
        (Some(Answer::status(404)), 2, "knows no such thing"),
        (Some(Answer::status(405)), 2, "405"),
        (Some(wrong("FORBIDDEN")), 3, "api.github.com: Resource not accessible by integration"),
        (Some(Answer::json(&older)), 3, "Field 'x' doesn't exist"),
        (Some(Answer::json(&json!({ "data": { "organization": null } }))), 3, "says nothing of the organisation"),
    ] {
        let portal = Portal::new().answer("GET", LIST, Answer::json(&json!([{ "login": "ada" }])));
        let portal = answer.into_iter().fold(portal, |portal, answer| portal.answer("POST", &url(), answer));
        let (users, nameless) = read(&portal).expect("members");
        assert_eq!((users.len(), users[0].login.as_str(), portal.requests().len()), (1, "ada", requests), "{expected}");
        assert!(nameless.as_deref().is_some_and(|why| why.contains(expected)), "{nameless:?}");
    }
}

#[test]
fn a_bad_day_is_no_refusal_and_half_an_answer_none() {
    let limited = wrong("RATE_LIMITED").header("x-ratelimit-reset", &(Portal::new().now() / 1_000 + 90).to_string());
    for (answer, expected) in [
        (Answer::status(401), "does not know the token"),
        (Answer::status(502), "it fails on its side"),
        (Answer::body("<html>"), "with what cannot be read"),
        (limited, "it asks to be left alone for 90 s"),
        (wrong("SERVICE_UNAVAILABLE"), "Resource not accessible"),
        (
            Answer::json(&page(2, None, json!([ada()]))),
            "says that there are 2 members, and names 1: half a list is none",
        ),
        (Answer::json(&page(2, None, json!([ada(), null]))), "half a list is none"),
    ] {
        let portal = Portal::new().answer("GET", LIST, Answer::json(&json!([]))).answer("POST", &url(), answer);
        let said = Error::from(read(&portal).expect_err(expected)).to_string();
        assert!(said.contains(expected), "{said}");
        assert_eq!(portal.requests().len(), 1);
    }
}

#[test]
fn a_server_of_ones_own_has_it_above_the_version_of_its_interface() {
    for (api, expected) in [
        ("https://git.acme.test/api/v3", "https://git.acme.test/api/graphql"),
        ("https://api.github.com", "https://api.github.com/graphql"),
    ] {
        let own = forge(&format!(r#"{{"type":"github","owner":"acme","api":"{api}"}}"#));
        assert_eq!(address(&own.dialect().api(&own)), expected);
    }
}
