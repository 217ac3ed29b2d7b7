//! `http:request`.

use portico_sdk::Error;
use portico_sdk::actions::Invocation;
use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::{done, output};
use crate::perform;

#[test]
fn a_server_is_asked_and_its_answer_is_the_output() {
    let portal = Portal::new()
        .settings(json!({ "proxies": { "/proxy/snyk": "https://api.snyk.test/v1/", "/proxy": "https://other.test" } }))
        .answer("GET", "https://api.test/a?x=1&y=b+c", Answer::json(&json!({ "n": 1 })))
        .answer("POST", "https://api.test/b", Answer::body("done").with_status(201))
        .answer("GET", "https://api.snyk.test/v1/orgs", Answer::json(&json!([])));
    let asked = json!({ "url": "https://api.test/a", "method": "GET", "params": { "x": 1, "y": "b c" } });
    let answer = done(&portal, "http:request", asked).expect("an answer");
    assert_eq!((&answer["code"], &answer["body"]), (&json!(200), &json!({ "n": 1 })));
    assert_eq!(answer["headers"]["content-type"], "application/json");
    let asked = json!({ "url": "https://api.test/b", "method": "POST", "headers": { "X-A": 1 }, "body": { "a": [1] } });
    let answer = done(&portal, "http:request", asked).expect("an answer");
    assert_eq!((&answer["code"], &answer["body"]), (&json!(201), &json!({ "message": "done" })));
    for path in ["/proxy/snyk/orgs", "api/proxy/snyk/orgs"] {
        done(&portal, "http:backstage:request", json!({ "path": path, "method": "GET" })).expect("an answer");
    }
    let requests = portal.requests();
    assert_eq!(requests[1].body, br#"{"a":[1]}"#);
    assert!(requests[1].headers.contains(&("X-A".to_owned(), "1".to_owned())));
}

#[test]
fn an_answer_that_says_no_fails_the_step_unless_it_may_go_on() {
    let portal = Portal::new().answer("GET", "https://api.test/", Answer::body("no").with_status(404));
    let error = done(&portal, "http:request", json!({ "url": "https://api.test/", "method": "GET" })).unwrap_err();
    assert!(matches!(&error, Error::NotFound(text) if text.starts_with("https://api.test/: ")), "{error:?}");
    let goes_on = json!({ "url": "https://api.test/", "method": "GET", "continueOnBadResponse": true });
    assert_eq!(done(&portal, "http:request", goes_on).map(|answer| answer["code"].clone()), Ok(json!(404)));
    for (url, expected) in
        [("/proxy/none", "is the path of a proxy that is not known here"), ("https://", "is no address")]
    {
        let error = done(&portal, "http:request", json!({ "url": url, "method": "GET" })).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_dry_run_sends_nothing_that_could_change_anything() {
    let portal = Portal::new().answer("GET", "https://api.test/", Answer::json(&json!({})));
    let dry = |method: &str| {
        let input = json!({ "url": "https://api.test/", "method": method });
        let invocation = Invocation::new("http:request", input).dry();
        output(portal.run(|| perform(&invocation)))
    };
    assert_eq!(dry("POST"), Ok(json!({})));
    assert_eq!(dry("GET").map(|answer| answer["code"].clone()), Ok(json!(200)));
    assert_eq!(portal.requests().len(), 1);
}
