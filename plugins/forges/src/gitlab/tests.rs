//! What GitLab answers, and what becomes of it.

use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::forge;

const API: &str = "https://gitlab.com/api/v4";

fn api() -> Api {
    GitLab.api(&forge(r#"{"type":"gitlab","owner":"acme"}"#))
}

fn row() -> Value {
    json!({
        "id": 7, "path_with_namespace": "acme/platform/ledger", "web_url": "https://gitlab.com/acme/platform/ledger",
        "http_url_to_repo": "https://gitlab.com/acme/platform/ledger.git", "default_branch": "main", "description": "", "topics": ["shop"],
        "visibility": "internal", "archived": false, "open_issues_count": 3, "last_activity_at": "2026-01-01T11:30:00.000Z",
        "forked_from_project": { "id": 1 },
    })
}

#[test]
fn a_row_is_unsure_for_an_hour_after_its_last_activity_and_as_long_as_clocks_may_differ() {
    let project = GitLab.repository(row()).expect("a row");
    assert_eq!(project.unsure_until, milliseconds("2026-01-01T12:40:00Z").expect("a time"));
    assert_eq!((project.visibility.as_str(), project.fork, project.description), ("internal", true, None));
    let mut empty = row();
    empty["empty_repo"] = json!(true);
    assert_eq!(GitLab.repository(empty).expect("a row").default_branch, None);
}

#[test]
fn details_are_what_the_project_says() {
    let base = format!("{API}/projects/7");
    let commit = json!({ "id": "c1", "title": "Do it", "author_name": "Ada", "committed_date": "2026-01-01T00:00:00Z",
        "last_pipeline": { "status": "running", "web_url": "https://gitlab.com/p/1" } });
    let portal = Portal::new()
        .answer("GET", &format!("{base}/repository/commits/main"), Answer::json(&commit))
        .answer("GET", &format!("{base}?license=true"), Answer::json(&json!({ "license": { "key": "apache-2.0" } })))
        .answer("GET", &format!("{base}/languages"), Answer::json(&json!({ "Ruby": 10.5, "Go": 89.5 })))
        .answer(
            "GET",
            &format!("{base}/merge_requests?state=opened&order_by=created_at&sort=asc&per_page=1"),
            Answer::json(&json!([{ "created_at": "2025-01-01T00:00:00Z" }])).header("x-total", "4"),
        )
        .answer(
            "GET",
            &format!("{base}/releases?per_page=1"),
            Answer::json(&json!([{ "name": "", "tag_name": "v1" }])),
        );
    let project = GitLab.repository(row()).expect("a row");
    let details = portal.run(|| GitLab.details(&api(), &project, &mut BTreeSet::new())).expect("answers");
    assert_eq!((details.language.as_deref(), details.licence.as_deref()), (Some("Go"), Some("Apache-2.0")));
    assert_eq!(details.ci.map(|ci| ci.state), Some(State::Pending));
    assert_eq!(details.pull_requests.map(|waiting| waiting.open), Some(4));
    assert_eq!(details.release.map(|release| release.name).as_deref(), Some("v1"));
}

#[test]
fn a_licence_is_spelled_as_other_forges_do() {
    for (key, expected) in
        [("mit", Some("MIT")), ("gpl-3.0", Some("GPL-3.0")), ("bsd-3-clause", Some("BSD-3-Clause")), ("other", None)]
    {
        assert_eq!(spdx(key).as_deref(), expected, "{key}");
    }
}

#[test]
fn where_merge_requests_are_turned_off_nothing_waits_and_nobody_is_asked() {
    let mut without = row();
    without["merge_requests_enabled"] = json!(false);
    let project = Repository { default_branch: None, ..GitLab.repository(without).expect("a row") };
    let base = format!("{API}/projects/7");
    let portal = Portal::new()
        .answer("GET", &format!("{base}?license=true"), Answer::json(&json!({ "license": null })))
        .answer("GET", &format!("{base}/releases?per_page=1"), Answer::json::<[u8]>(&[]));
    let details = portal.run(|| GitLab.details(&api(), &project, &mut BTreeSet::new())).expect("answers");
    assert_eq!((details.pull_requests, details.licence), (Some(Waiting::default()), None));
}

#[test]
fn a_webhook_says_what_is_to_be_looked_at() {
    let project = json!({ "id": 7, "path_with_namespace": "acme/ledger", "default_branch": "main" });
    let changed = News::Changed { id: "7".into(), project: "acme/ledger".into() };
    for (event, body, expected) in [
        ("Push Hook", json!({ "ref": "refs/heads/main", "project": project }), changed.clone()),
        ("Push Hook", json!({ "ref": "refs/heads/x", "project": project }), News::Nothing),
        ("Merge Request Hook", json!({ "project": project }), changed.clone()),
        (
            "System Hook",
            json!({ "event_name": "project_rename", "project_id": 7, "path_with_namespace": "acme/ledger" }),
            changed,
        ),
        (
            "Project Hook",
            json!({ "event_name": "project_destroy", "project_id": 7, "path_with_namespace": "acme/ledger" }),
            News::Gone { id: "7".into(), project: "acme/ledger".into() },
        ),
        (
            "Member Hook",
            json!({ "event_name": "user_add_to_group", "group_path": "core", "group_id": 2 }),
            News::Members { group: 2 },
        ),
        (
            "Subgroup Hook",
            json!({ "event_name": "subgroup_create", "path": "ui", "full_path": "acme/core/ui" }),
            News::People { owner: "acme/core/ui".into() },
        ),
        ("Note Hook", json!({ "project": project }), News::Nothing),
        ("Push Hook", json!([]), News::Nothing),
    ] {
        assert_eq!(GitLab.news(event, &body), expected, "{event} {body}");
    }
}

#[test]
fn people_are_the_members_of_the_group_and_of_those_below_once_each() {
    let member = |name: &str, state: &str| json!({ "username": name, "name": name, "state": state });
    let group =
        |id: u64, path: &str, parent: u64| json!({ "id": id, "full_path": path, "name": path, "parent_id": parent });
    let answer =
        |portal: Portal, path: &str, body: Value| portal.answer("GET", &format!("{API}{path}"), Answer::json(&body));
    let portal = answer(Portal::new(), "/groups/acme", group(1, "acme", 0));
    let portal = answer(
        portal,
        "/groups/1/descendant_groups?per_page=100",
        json!([group(2, "acme/core", 1), group(3, "acme/core/ui", 2)]),
    );
    let portal = answer(
        portal,
        "/groups/1/members/all?per_page=100",
        json!([member("ada", "active"), member("old", "blocked")]),
    );
    let portal =
        answer(portal, "/groups/2/members/all?per_page=100", json!([member("ada", "active"), member("bob", "active")]));
    let portal = answer(portal, "/groups/3/members/all?per_page=100", json!([]));
    let people = portal.run(|| GitLab.people(&api(), "acme")).expect("answers");
    let logins: Vec<&str> = people.users.iter().map(|user| user.login.as_str()).collect();
    assert_eq!(logins, ["ada", "bob"]);
    let teams: Vec<_> = people.teams.iter().map(|team| (team.slug.as_str(), team.parent.as_deref())).collect();
    assert_eq!(teams, [("acme/core", None), ("acme/core/ui", Some("acme/core"))]);
}
