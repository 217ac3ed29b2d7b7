//! Cards: what was noted, what waits, what changed, and what cannot be shown.

use portico_sdk::cards::Block;
use portico_sdk::model::EntityRef;
use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::API;

fn portal(facts: Value) -> Portal {
    let entity = json!({ "apiVersion": "a/v1", "kind": "Component", "metadata": { "name": "ledger" }, "facts": { "forges": facts } });
    Portal::new().settings(json!({ "forges": [{ "type": "github", "owner": "acme" }] })).entity(entity)
}

fn known() -> Value {
    json!({ "host": "github.com", "project": "acme/ledger", "id": "7", "url": "https://github.com/acme/ledger", "defaultBranch": "main",
        "language": "Rust", "ci": { "state": "failed", "url": "https://github.com/run" }, "topics": ["shop"], "archived": false,
        "lastCommit": { "id": "c1", "title": "Do it", "author": "ada", "at": "2026-01-01T00:00:00Z" }, "pullRequests": { "open": 1 } })
}

fn drawn(portal: &Portal, id: &str) -> Card {
    let context = Context::of(EntityRef::parse("component:ledger").expect("a name"));
    portal.run(|| Shown::render(id, &context)).expect("a card")
}

#[test]
fn the_overview_shows_what_was_noted_and_asks_nobody() {
    let portal = portal(known());
    let card = drawn(&portal, "repository");
    let Block::Facts(facts) = &card.blocks[0] else { panic!("{card:?}") };
    let labels: Vec<&str> = facts.iter().map(|fact| fact.label.as_str()).collect();
    assert_eq!(
        labels,
        ["Repository", "Language", "Default branch", "CI", "Last commit", "By", "At", "Pull requests", "Topics"]
    );
    assert_eq!(card.status.map(|status| status.label).as_deref(), Some("Failed"));
    assert!(portal.requests().is_empty());
}

#[test]
fn what_waits_is_shown_with_the_oldest_first_and_how_its_integration_does() {
    let pulls = json!([
        { "number": 3, "title": "Old", "user": { "login": "ada" }, "created_at": "2025-12-01T12:00:00Z", "html_url": "https://github.com/3", "head": { "sha": "s3" } },
        { "number": 9, "title": "New", "user": null, "created_at": "2025-12-31T12:00:00Z", "html_url": "https://github.com/9", "draft": true, "head": { "sha": "s9" } },
    ]);
    let runs = json!({ "workflow_runs": [{ "head_sha": "s3", "status": "completed", "conclusion": "failure" }] });
    let base = format!("{API}/repos/acme/ledger");
    let portal = portal(known())
        .answer("GET", &format!("{base}/pulls?state=open&sort=created&direction=asc&per_page=50"), Answer::json(&pulls))
        .answer("GET", &format!("{base}/actions/runs?event=pull_request&per_page=100"), Answer::json(&runs));
    let card = drawn(&portal, "pull-requests");
    let Block::Table(table) = &card.blocks[0] else { panic!("{card:?}") };
    assert!(matches!(&table.rows[0][0], Cell::Link(link) if link.title == "#3 Old"));
    assert!(matches!(&table.rows[0][3], Cell::Status(status) if status.label == "Failed"));
    assert!(matches!(&table.rows[1][0], Cell::Link(link) if link.title == "#9 New (draft)"));
    assert_eq!(card.status.map(|status| status.label).as_deref(), Some("2, the oldest for 31 days"));
    assert_eq!(card.refresh_seconds, Some(KEPT));
}

#[test]
fn the_last_commits_are_a_timeline() {
    let commits = json!([{ "sha": "c1", "html_url": "https://github.com/c1", "author": { "login": "ada" },
        "commit": { "message": "Do it\n\nWell.", "author": null, "committer": { "date": "2026-01-01T00:00:00Z" } } }]);
    let portal = portal(known()).answer(
        "GET",
        &format!("{API}/repos/acme/ledger/commits?per_page=20&sha=main"),
        Answer::json(&commits),
    );
    let card = drawn(&portal, "changes");
    let Block::Timeline(events) = &card.blocks[0] else { panic!("{card:?}") };
    assert_eq!((events[0].title.as_str(), events[0].detail.as_deref()), ("Do it", Some("ada")));
}

#[test]
fn what_cannot_be_shown_says_why() {
    let cases = [
        (json!(null), None, "Nothing is known of the repository yet"),
        (json!({ "host": "github.com" }), None, "is not whole"),
        (
            json!({ "host": "github.com", "project": "umbrella/x", "id": "1" }),
            None,
            "belongs to no forge in the settings",
        ),
        (known(), Some(Answer::status(401)), "does not know the token (401)"),
        (known(), Some(Answer::status(503)), "it fails on its side"),
        (known(), Some(Answer::json::<[u8]>(&[])), "Nothing was pushed yet."),
    ];
    for (facts, answer, expected) in cases {
        let mut portal = portal(facts);
        if let Some(answer) = answer {
            portal = portal.answer("GET", &format!("{API}/repos/acme/ledger/commits?per_page=20&sha=main"), answer);
        }
        let card = drawn(&portal, "changes");
        let Block::Empty(empty) = &card.blocks[0] else { panic!("{card:?}") };
        assert!(empty.message.contains(expected), "{}", empty.message);
    }
}
