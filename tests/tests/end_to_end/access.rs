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
fn other_web_sites_cannot_ask_through_a_reader() {
    let portal = PortalBuilder::new("").start();
    let path = "/api/portico/plugins/git/runs";
    for header in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("host", "evil.example")] {
        let answer = portal.send("POST", path, None, &[header]);
        assert!((400..404).contains(&answer.status), "{header:?}: {} {}", answer.status, answer.body);
    }
}
