//! What Gitea answers, and what becomes of it.

use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::forge;

const API: &str = "https://gitea.com/api/v1";

fn api() -> Api {
    Gitea.api(&forge(r#"{"type":"gitea","owner":"acme"}"#))
}

fn row(pulls: u64, releases: u64) -> Value {
    json!({
        "id": 7, "full_name": "acme/ledger", "html_url": "https://gitea.com/acme/ledger", "clone_url": "https://gitea.com/acme/ledger.git",
        "default_branch": "main", "private": true, "internal": false, "archived": false, "fork": false, "empty": false, "language": "Go",
        "licenses": ["MIT"], "updated_at": "2026-01-01T00:00:00Z", "open_issues_count": 1, "open_pr_counter": pulls, "release_counter": releases,
    })
}

fn portal() -> Portal {
    let base = format!("{API}/repos/acme/ledger");
    let commit = json!([{ "sha": "c1", "html_url": "h", "author": null,
        "commit": { "message": "Do it", "author": { "name": "Ada", "date": "2026-01-01T00:00:00Z" }, "committer": null } }]);
    Portal::new()
        .answer(
            "GET",
            &format!("{base}/commits?sha=main&limit=1&stat=false&verification=false&files=false"),
            Answer::json(&commit),
        )
        .answer(
            "GET",
            &format!("{base}/commits/c1/status"),
            Answer::json(&json!({ "state": "failure", "total_count": 1, "statuses": [{ "target_url": "/a" }] })),
        )
}

#[test]
fn what_the_row_says_is_not_asked_for() {
    let portal = portal();
    let repository = Gitea.repository(row(0, 0)).expect("a row");
    let details = portal.run(|| Gitea.details(&api(), &repository, &mut BTreeSet::new())).expect("answers");
    assert_eq!(portal.requests().len(), 2);
    assert_eq!((repository.visibility.as_str(), repository.licence.as_deref()), ("private", Some("MIT")));
    assert_eq!(details.ci, Some(Ci { state: State::Failed, url: None }), "an address without a host leads nowhere");
    assert_eq!(details.last_commit.map(|commit| commit.author).as_deref(), Some("Ada"));
    assert_eq!((details.pull_requests, details.release), (Some(Waiting::default()), None));
}

#[test]
fn what_waits_and_what_was_released_is_asked_for_where_there_is_some() {
    let base = format!("{API}/repos/acme/ledger");
    let portal = portal()
        .answer(
            "GET",
            &format!("{base}/pulls?state=open&sort=oldest&limit=1"),
            Answer::json(&json!([{ "created_at": "a" }])).header("x-total-count", "3"),
        )
        .answer("GET", &format!("{base}/releases/latest"), Answer::json(&json!({ "name": "One", "tag_name": "v1" })));
    let repository = Gitea.repository(row(3, 1)).expect("a row");
    let details = portal.run(|| Gitea.details(&api(), &repository, &mut BTreeSet::new())).expect("answers");
    assert_eq!(details.pull_requests.map(|waiting| waiting.open), Some(3));
    assert_eq!(details.release.map(|release| release.name).as_deref(), Some("One"));
}

#[test]
fn a_webhook_says_what_is_to_be_looked_at() {
    let body = |action: &str, reference: &str| json!({ "action": action, "ref": reference, "repository": { "id": 7, "full_name": "acme/ledger", "default_branch": "main" } });
    let changed = News::Changed { id: "7".into(), project: "acme/ledger".into() };
    assert_eq!(Gitea.news("push", &body("", "refs/heads/main")), changed);
    assert_eq!(Gitea.news("push", &body("", "refs/heads/x")), News::Nothing);
    assert_eq!(Gitea.news("repository", &body("created", "")), changed);
    assert_eq!(
        Gitea.news("repository", &body("deleted", "")),
        News::Gone { id: "7".into(), project: "acme/ledger".into() }
    );
    assert_eq!(Gitea.news("fork", &body("", "")), News::Nothing);
}

#[test]
fn people_are_members_and_teams_with_their_members() {
    let answer =
        |portal: Portal, path: &str, body: Value| portal.answer("GET", &format!("{API}{path}"), Answer::json(&body));
    let portal = answer(
        Portal::new(),
        "/orgs/acme/members?limit=50",
        json!([{ "login": "ada", "full_name": "Ada", "email": "ada@acme.test" }]),
    );
    let portal = answer(portal, "/orgs/acme/teams?limit=50", json!([{ "id": 3, "name": "core", "description": "" }]));
    let portal = answer(portal, "/teams/3/members?limit=50", json!([{ "login": "ada" }]));
    let people = portal.run(|| Gitea.people(&api(), "acme")).expect("answers");
    assert_eq!(people.users[0].email.as_deref(), Some("ada@acme.test"));
    assert_eq!((people.teams[0].slug.as_str(), people.teams[0].members.len()), ("core", 1));
}
