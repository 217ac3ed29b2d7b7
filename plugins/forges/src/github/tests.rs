//! What GitHub answers, and what becomes of it.

use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::{API, Answers, forge, row};

fn api() -> Api {
    GitHub.api(&forge(r#"{"type":"github","owner":"acme"}"#))
}

fn details(portal: &Portal, repository: &Repository) -> (Result<Details>, BTreeSet<Part>) {
    let mut unseen = BTreeSet::new();
    let details = portal.run(|| GitHub.details(&api(), repository, &mut unseen));
    (details, unseen)
}

#[test]
fn a_row_is_read_with_what_it_lacks() {
    let full = GitHub.repository(row(7, "ledger")).expect("a row");
    assert_eq!((full.id.as_str(), full.project.as_str(), full.licence.as_deref()), ("7", "acme/ledger", Some("MIT")));
    assert!(full.nothing_waits && full.unsure_until == 0);
    let little = json!({ "id": 7, "full_name": "acme/x", "html_url": "h", "clone_url": "c", "private": true, "license": { "spdx_id": "NOASSERTION" } });
    let little = GitHub.repository(little).expect("a row");
    assert_eq!((little.visibility.as_str(), little.default_branch, little.licence), ("private", None, None));
    assert!(!little.nothing_waits, "nobody said that nothing waits");
    for odd in [json!({ "id": "seven" }), json!([]), json!({ "id": 7, "full_name": null })] {
        assert!(GitHub.repository(odd).is_err());
    }
}

#[test]
fn details_are_four_questions_and_a_fifth_where_something_waits() {
    let portal = Portal::new().at_commit("ledger", "c1");
    let repository = GitHub.repository(row(7, "ledger")).expect("a row");
    let (found, unseen) = details(&portal, &repository);
    let found = found.expect("answers");
    assert_eq!(portal.requests().len(), 4);
    let commit = found.last_commit.expect("a commit");
    assert_eq!(
        (commit.author.as_str(), commit.title.as_str(), commit.at.as_str()),
        ("ada", "Do it", "2025-12-31T00:00:00Z")
    );
    assert_eq!(found.pull_requests, Some(Waiting::default()));
    assert_eq!(found.ci.map(|ci| ci.state), Some(State::Passed));
    assert!(found.release.is_none() && unseen.is_empty());

    let pulls = format!("{API}/repos/acme/ledger/pulls?state=open&sort=created&direction=asc&per_page=1");
    let last = format!("<{API}/x?page=2>; rel=\"next\", <{API}/x?page=12>; rel=\"last\"");
    let answer = Answer::json(&json!([{ "created_at": "2025-01-01T00:00:00Z" }])).header("link", &last);
    let portal = Portal::new().at_commit("ledger", "c1").answer("GET", &pulls, answer);
    let waits = Repository { nothing_waits: false, ..repository };
    let waiting = details(&portal, &waits).0.expect("answers").pull_requests.expect("some");
    assert_eq!((waiting.open, waiting.oldest_at.as_deref()), (12, Some("2025-01-01T00:00:00Z")));
}

#[test]
fn what_the_token_may_not_see_is_left_out_and_noted() {
    let base = format!("{API}/repos/acme/ledger");
    let portal = Portal::new()
        .answer("GET", &format!("{base}/actions/runs?head_sha=c1&per_page=100"), Answer::status(403))
        .at_commit("ledger", "c1");
    // Answers come one after the other, so that the refusal comes first.
    let repository = GitHub.repository(row(7, "ledger")).expect("a row");
    let (found, unseen) = details(&portal, &repository);
    assert_eq!(unseen, BTreeSet::from([Part::Runs]));
    assert_eq!(found.expect("answers").ci.map(|ci| ci.state), Some(State::None));
}

#[test]
fn nothing_that_is_half_known_is_taken() {
    let repository = GitHub.repository(row(7, "ledger")).expect("a row");
    let commits = format!("{API}/repos/acme/ledger/commits?sha=main&per_page=1");
    for answer in
        [Answer::status(502), Answer::status(401), Answer::body("{\"half"), Answer::json(&json!({ "not": "a list" }))]
    {
        let portal = Portal::new().answer("GET", &commits, answer).at_commit("ledger", "c1");
        assert!(details(&portal, &repository).0.is_err());
    }
    let empty = Portal::new().answer("GET", &commits, Answer::status(409)).at_commit("ledger", "c1");
    assert_eq!(details(&empty, &repository).0.expect("answers").last_commit, None, "nothing was pushed yet");
}

#[test]
fn the_worst_of_actions_and_statuses_counts() {
    let base = format!("{API}/repos/acme/ledger");
    let state = |runs: Value, combined: Value| {
        let portal = Portal::new()
            .answer(
                "GET",
                &format!("{base}/actions/runs?head_sha=c1&per_page=100"),
                Answer::json(&json!({ "workflow_runs": runs })),
            )
            .answer("GET", &format!("{base}/commits/c1/status"), Answer::json(&combined));
        portal.run(|| ci(&api(), &base[API.len()..], "c1", &mut BTreeSet::new())).expect("answers").expect("seen").state
    };
    let run = |status: &str, conclusion: Option<&str>| json!({ "head_sha": "c1", "status": status, "conclusion": conclusion });
    let none = json!({ "state": "pending", "total_count": 0, "statuses": [] });
    let said =
        |state: &str| json!({ "state": state, "total_count": 1, "statuses": [{ "target_url": "https://ci.test" }] });
    let (good, bad, on) =
        (run("completed", Some("success")), run("completed", Some("timed_out")), run("in_progress", None));
    for (runs, combined, expected) in [
        (json!([]), none.clone(), State::None),
        (json!([good]), none.clone(), State::Passed),
        (json!([good, on]), none.clone(), State::Pending),
        (json!([good, bad, on]), none.clone(), State::Failed),
        (json!([good]), said("failure"), State::Failed),
        (json!([]), said("success"), State::Passed),
    ] {
        assert_eq!(state(runs.clone(), combined), expected, "{runs}");
    }
}

#[test]
fn a_webhook_says_what_is_to_be_looked_at() {
    let body = |more: Value| {
        let mut body = json!({ "repository": { "id": 7, "full_name": "acme/ledger", "default_branch": "main" }, "organization": { "login": "acme" } });
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        body
    };
    let changed = News::Changed { id: "7".into(), project: "acme/ledger".into() };
    let gone = News::Gone { id: "7".into(), project: "acme/ledger".into() };
    for (event, more, expected) in [
        ("push", json!({ "ref": "refs/heads/main" }), changed.clone()),
        ("push", json!({ "ref": "refs/heads/next" }), News::Nothing),
        ("repository", json!({ "action": "renamed" }), changed.clone()),
        ("repository", json!({ "action": "archived" }), changed.clone()),
        ("repository", json!({ "action": "deleted" }), gone),
        ("workflow_run", json!({ "action": "requested" }), News::Nothing),
        ("workflow_run", json!({ "action": "completed" }), changed.clone()),
        ("check_run", json!({ "action": "created" }), News::Nothing),
        ("check_run", json!({ "action": "completed" }), changed),
        ("team", json!({ "action": "edited" }), News::People { owner: "acme".into() }),
        ("ping", json!({}), News::Nothing),
        ("", json!({}), News::Nothing),
    ] {
        assert_eq!(GitHub.news(event, &body(more.clone())), expected, "{event} {more}");
    }
    assert_eq!(GitHub.news("push", &json!({ "ref": 7, "repository": [] })), News::Nothing);
}

#[test]
fn people_are_members_and_teams_with_their_members() {
    let portal = Portal::new()
        .answer(
            "GET",
            &format!("{API}/orgs/acme/members?per_page=100"),
            Answer::json(&json!([{ "login": "ada" }, { "login": "bob" }])),
        )
        .answer(
            "GET",
            &format!("{API}/orgs/acme/teams?per_page=100"),
            Answer::json(&json!([{ "slug": "core", "name": "Core", "parent": null }])),
        )
        .answer(
            "GET",
            &format!("{API}/orgs/acme/teams/core/members?per_page=100"),
            Answer::json(&json!([{ "login": "ada" }])),
        );
    let people = portal.run(|| GitHub.people(&api(), "acme")).expect("answers");
    assert_eq!((people.users.len(), people.teams[0].members.as_slice()), (2, &["ada".to_owned()][..]));
    let half = Portal::new()
        .answer("GET", &format!("{API}/orgs/acme/members?per_page=100"), Answer::json(&json!([{ "login": "ada" }])))
        .answer("GET", &format!("{API}/orgs/acme/teams?per_page=100"), Answer::status(500));
    assert!(half.run(|| GitHub.people(&api(), "acme")).is_err());
}
