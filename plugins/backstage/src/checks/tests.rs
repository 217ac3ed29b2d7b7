//! Tests of what the checks find, in words.

use portico_sdk::checks::{Finding, Outcome};
use portico_sdk::testing::{Answer, Portal as Memory};
use serde_json::json;

use super::*;
use crate::testing::{self, Server};

const FACETS: &str = "/api/catalog/entity-facets?facet=kind";

fn found(memory: &Memory) -> Vec<Finding> {
    let mut findings = Findings::default();
    memory.run(|| run(&mut findings));
    findings.all().to_vec()
}

fn set() -> Memory {
    let mut settings = testing::settings(json!({}));
    settings["instance"] = json!("me");
    Memory::new().settings(settings)
}

#[test]
fn a_portal_that_can_be_read_passes_with_what_it_holds() {
    let facets =
        json!({ "facets": { "kind": [{ "value": "API", "count": 3 }, { "value": "Component", "count": 9 }] } });
    let one = || testing::component("a", "1");
    let server = || Server::new("old").says(&[12]).shows(one()).answers(FACETS, [Answer::json(&facets)]);
    let findings = found(&server().before(set()));
    assert!(findings.iter().all(|finding| finding.outcome == Outcome::Passed), "{findings:?}");
    let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "https://old.test answers, knows the token, and shows 12 entities.",
            "old takes nothing over from other portals, as far as it says.",
            "12 pass the filter: 9 Component, 3 API. Its entities are looked through for changes.",
        ]
    );
    let findings = found(&server().portico("acme", &[5]).before(set()));
    assert_eq!(
        findings[1].message,
        "It is called acme among portals, and this one me. What old has from here is not taken back."
    );
    assert!(findings[2].message.ends_with("It is a Portico, whose changes are followed one by one."), "{findings:?}");
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let down = Answer::error(Error::Unavailable { reason: "old.test cannot be reached".into(), retry_after: None });
    let untrusted = Answer::error(Error::Failed(
        "the certificate of old.test was refused (UnknownIssuer); if its authority is your own, name the file with its certificate".into(),
    ));
    for (server, subject, said) in [
        (Server::new("old").pages("limit=0", [Answer::status(401)]), "Reaches old", "it does not know the token"),
        (Server::new("old").pages("limit=0", [down]), "Reaches old", "old.test cannot be reached."),
        (
            Server::new("old").pages("limit=0", [Answer::status(403)]),
            "Reaches old",
            "old: the token may not read the catalog (403); have it allowed there.",
        ),
        (
            Server::new("old").says(&[5]).pages("limit=1", [Answer::status(403)]),
            "Entities of old",
            "5 pass the filter, and none can be read: old: the token may not read the catalog (403)",
        ),
        (
            Server::new("old").says(&[5]).pages("limit=1", [testing::page(&[], 5, "")]),
            "Entities of old",
            "the answer holds nothing of what it counts",
        ),
        (
            Server::new("old").pages("limit=0", [untrusted]),
            "Reaches old",
            "the certificate of old.test was refused (UnknownIssuer); if its authority is your own, name the file",
        ),
        (Server::new("old").says(&[0]), "Reaches old", "with a catalog that has nothing in it"),
        (Server::new("old").says(&[5]).portico("me", &[5]), "Circles through old", "old is this portal itself (me)"),
    ] {
        let findings = found(&server.before(set()));
        let failed = findings.iter().find(|finding| finding.outcome == Outcome::Failed).expect("something is wrong");
        assert!(failed.subject == subject && failed.message.contains(said), "{failed:?}");
    }
}

#[test]
fn encryption_is_spoken_of_only_where_it_may_be_the_reason() {
    let unavailable = |reason: &str| Answer::error(Error::Unavailable { reason: reason.into(), retry_after: None });
    for (url, answer, is_advised) in [
        ("http://old.test", unavailable("old.test:80 cannot be reached: Connection refused"), false),
        ("http://old.test", unavailable("the name old.test could not be resolved"), false),
        ("http://old.test", Answer::status(503), false),
        ("http://old.test", Answer::status(401), false),
        ("http://old.test", unavailable("the exchange with old.test:80 broke off: invalid HTTP version"), true),
        ("http://old.test", Answer::body("Client sent an HTTP request to an HTTPS server.").with_status(400), true),
        ("https://old.test", unavailable("the exchange with old.test:443 broke off: early end"), false),
    ] {
        let mut settings = testing::settings(json!({ "url": url }));
        settings["instance"] = json!("me");
        let counted = format!("{url}/api/catalog/entities/by-query?limit=0");
        let findings = found(&Memory::new().settings(settings).answer("GET", &counted, answer));
        assert_eq!((findings.len(), findings[0].outcome), (1, Outcome::Failed), "{findings:?}");
        assert_eq!(findings[0].message.contains("without encryption"), is_advised, "{findings:?}");
    }
}

#[test]
fn a_filter_that_nothing_passes_is_said() {
    let mut settings = testing::settings(json!({ "filter": ["kind=nothing"] }));
    settings["instance"] = json!("me");
    let memory = Server::new("old")
        .says(&[5])
        .pages("limit=0&filter=kind%3Dnothing", [testing::page(&[], 0, "")])
        .before(Memory::new().settings(settings));
    let findings = found(&memory);
    let warned = findings.iter().find(|finding| finding.outcome == Outcome::Warned).expect("a warning");
    assert!(warned.message.starts_with("None passes `filter`"), "{warned:?}");
}

#[test]
fn settings_that_cannot_be_used_are_said_alone() {
    for (settings, said) in [(json!({ "portals": [] }), "They name no portal"), (json!({}), "missing field `portals`")]
    {
        let findings = found(&Memory::new().settings(settings));
        assert!(findings.len() == 1 && findings[0].message.contains(said), "{findings:?}");
    }
}
