//! Who may ask: this machine without a word, others with a token, other web sites never.

use std::process::Command;

use portico_tests::{PortalBuilder, program};

#[test]
fn beyond_this_machine_it_serves_only_with_a_token() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(program()).args(["serve", "--listen", "0.0.0.0:0"]).current_dir(folder.path()).output();
    let error = String::from_utf8_lossy(&output.expect("the program starts").stderr).into_owned();
    assert!(error.contains("server.token") && error.contains("127.0.0.1"), "{error}");
}

#[test]
fn with_a_token_every_request_must_present_it() {
    let portal = PortalBuilder::new("server:\n  token: { env: PORTICO_TEST_TOKEN }\n")
        .environment("PORTICO_TEST_TOKEN", "open-sesame")
        .start();
    let bearer = |token: &str| format!("Bearer {token}");
    for path in ["/api/catalog/entities", "/api/portico/plugins", "/metrics", "/"] {
        assert_eq!(portal.get(path).status, 401, "{path} without a token");
        let wrong = portal.send("GET", path, None, &[("authorization", &bearer("open-sesam"))]);
        assert_eq!(wrong.status, 401, "{path} with a wrong token");
        let right = portal.send("GET", path, None, &[("authorization", &bearer("open-sesame"))]);
        assert!(right.status < 400, "{path} with the token: {} {}", right.status, right.body);
    }
    assert_eq!(portal.get("/.backstage/health/v1/liveness").status, 200, "probes carry no token");
    assert!(!portal.log().contains("open-sesame"), "the token is in the log: {}", portal.log());
}

#[test]
fn no_roundabout_address_leads_past_the_token() {
    let portal = PortalBuilder::new("server:\n  token: { env: PORTICO_TEST_TOKEN }\n")
        .environment("PORTICO_TEST_TOKEN", "open-sesame")
        .start();
    for path in [
        "/.backstage/health/../../catalog",
        "/.backstage/health/%2e%2e/%2E%2e/catalog",
        "/.backstage/health/v1/liveness/../../../../catalog",
    ] {
        let without = portal.get(path);
        assert_eq!(without.status, 401, "{path}: {}", without.body);
        let with = portal.send("GET", path, None, &[("authorization", "Bearer open-sesame")]);
        assert!(with.status == 400 && with.body.contains("write the one that it leads to"), "{path}: {}", with.body);
    }
    for path in ["/api/plugins/../../catalog", "/api/ingest/../../catalog", "/api/ingest/%2e%2e/%2e%2e/catalog"] {
        let without = portal.get(path);
        assert!((400..500).contains(&without.status) && !without.body.contains("<html"), "{path}: {}", without.body);
    }
}

#[test]
fn who_sends_more_than_is_read_hears_how_much_that_is() {
    let portal = PortalBuilder::new("").start();
    let (fits, more) = ("x".repeat(1 << 20), "x".repeat((1 << 20) + 1));
    for path in ["/api/portico/plugins", "/api/portico/kinds", "/api/catalog/entities/by-refs"] {
        assert_eq!(portal.send("POST", path, Some(&fits), &[]).status, 400, "{path}");
        let refused = portal.send("POST", path, Some(&more), &[]);
        let said = "larger than the 1048576 bytes that are read";
        assert!(refused.status == 413 && refused.body.contains(said), "{path}: {} {}", refused.status, refused.body);
    }
}

#[test]
fn other_web_sites_cannot_ask_through_a_reader() {
    let portal = PortalBuilder::new("").start();
    let path = "/api/portico/plugins/git/runs";
    for header in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("host", "evil.example")] {
        let answer = portal.send("POST", path, None, &[header]);
        assert!((400..404).contains(&answer.status), "{header:?}: {} {}", answer.status, answer.body);
    }
}
