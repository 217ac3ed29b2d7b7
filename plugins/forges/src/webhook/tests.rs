//! Webhooks: as they come, twice, late, and of what nobody asked for.

use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::{API, Answers, Stage, component, row, settings};

const SCOPE: &str = "github.com/acme#7";

fn stage() -> Stage {
    Stage::default().with("https://github.com/acme/ledger.git", "c1", &[("catalog-info.yaml", &component("ledger"))])
}

fn hook(event: &str, more: &Value) -> Request {
    let mut body = json!({ "repository": { "id": 7, "full_name": "acme/ledger", "default_branch": "main", "html_url": "https://github.com/acme/ledger" } });
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    let headers = vec![("x-github-event".to_owned(), event.to_owned())];
    Request {
        method: "POST".into(),
        path: "/github".into(),
        headers,
        body: body.to_string().into(),
        ..Request::default()
    }
}

fn send(portal: &Portal, request: &Request) -> Result<Response> {
    portal.run(|| handle(&stage(), &settings(r#"{"forges":[{"type":"github","owner":"acme"}]}"#), request))
}

fn said(answer: Result<Response>) -> (u16, String) {
    let answer = answer.expect("an answer");
    (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
}

/// Where the reading of the repository stands.
fn known() -> String {
    r#"c0 {"row":"r","rest":"s","project":"acme/ledger","at":1}"#.to_owned()
}

fn push() -> Request {
    hook("push", &json!({ "ref": "refs/heads/main" }))
}

fn there(name: &str, row: &Value) -> Portal {
    Portal::new().answer("GET", &format!("{API}/repos/acme/{name}"), Answer::json(row)).at_commit(name, "c1")
}

#[test]
fn a_push_has_that_repository_read_and_no_other() {
    let portal = there("ledger", &row(7, "ledger"));
    let (status, text) = said(send(&portal, &push()));
    assert_eq!((status, text.as_str()), (200, "acme/ledger was read: 1 entities in 1 files."));
    assert_eq!(portal.commits(), [SCOPE]);
    assert_eq!(portal.retained(), None);
}

#[test]
fn the_same_webhook_twice_comes_to_the_same() {
    let portal = there("ledger", &row(7, "ledger"));
    send(&portal, &push()).expect("once");
    let once = portal.committed(SCOPE);
    send(&portal, &push()).expect("twice");
    assert_eq!(portal.committed(SCOPE), once);
}

#[test]
fn a_repository_that_is_archived_or_deleted_takes_what_it_brought_with_it() {
    let mut archived = row(7, "ledger");
    archived["archived"] = json!(true);
    let portal = there("ledger", &archived).cursor(SCOPE, &known());
    let (status, text) = said(send(&portal, &hook("repository", &json!({ "action": "archived" }))));
    assert_eq!((status, text.as_str()), (200, "acme/ledger is not one that is read."));
    assert!(portal.committed(SCOPE).expect("an empty session").entities.is_empty());

    let gone =
        Portal::new().answer("GET", &format!("{API}/repos/acme/ledger"), Answer::status(404)).cursor(SCOPE, &known());
    let (_, text) = said(send(&gone, &hook("repository", &json!({ "action": "deleted" }))));
    assert_eq!(text, "What acme/ledger brought in is gone.");
    assert!(gone.committed(SCOPE).expect("an empty session").objects.is_empty());
}

#[test]
fn what_is_said_to_be_deleted_and_is_there_stays() {
    let portal = there("ledger", &row(7, "ledger"));
    send(&portal, &hook("repository", &json!({ "action": "deleted" }))).expect("taken");
    assert_eq!(portal.committed(SCOPE).expect("read").entities.len(), 1);
    let recreated = there("ledger", &row(9, "ledger")).cursor(SCOPE, &known());
    send(&recreated, &hook("repository", &json!({ "action": "deleted" }))).expect("taken");
    assert_eq!(recreated.commits(), [SCOPE, "github.com/acme#9"]);
}

#[test]
fn a_number_of_another_forge_takes_nothing_away() {
    let gone =
        hook("repository", &json!({ "action": "deleted", "repository": { "id": 7, "full_name": "acme/other" } }));
    let portal =
        Portal::new().answer("GET", &format!("{API}/repos/acme/other"), Answer::status(404)).cursor(SCOPE, &known());
    send(&portal, &gone).expect("taken");
    assert!(portal.commits().is_empty());
}

#[test]
fn what_the_forge_does_not_show_is_left_to_the_next_listing() {
    for status in [403, 404] {
        let portal = Portal::new()
            .answer("GET", &format!("{API}/repos/acme/ledger"), Answer::status(status))
            .cursor(SCOPE, &known());
        assert_eq!(said(send(&portal, &push())).0, 202);
        assert!(portal.commits().is_empty());
    }
}

#[test]
fn a_webhook_of_an_old_name_leads_to_the_new_one() {
    let portal = Portal::new()
        .answer(
            "GET",
            &format!("{API}/repos/acme/ledger"),
            Answer::status(301).header("location", &format!("{API}/repositories/7")),
        )
        .answer("GET", &format!("{API}/repositories/7"), Answer::json(&row(7, "ledger")))
        .at_commit("ledger", "c1");
    send(&portal, &push()).expect("taken");
    assert_eq!(portal.commits(), [SCOPE]);
}

#[test]
fn a_forge_that_is_away_has_the_webhook_come_again() {
    let portal = Portal::new().answer("GET", &format!("{API}/repos/acme/ledger"), Answer::status(502));
    assert!(matches!(send(&portal, &push()), Err(Error::Unavailable { .. })));
}

#[test]
fn a_push_to_the_repository_of_one_owner_asks_nothing_for_another() {
    let both = r#"{"forges":[{"type":"github","owner":"umbrella"},{"type":"github","owner":"acme"}]}"#;
    let (alone, beside) = (there("ledger", &row(7, "ledger")), there("ledger", &row(7, "ledger")));
    send(&alone, &push()).expect("taken");
    let (_, text) = said(beside.run(|| handle(&stage(), &settings(both), &push())));
    assert_eq!(
        (text.as_str(), beside.requests().len()),
        ("acme/ledger was read: 1 entities in 1 files.", alone.requests().len())
    );
    // One that was given away is forgotten by who had it.
    let given = there("ledger", &row(7, "ledger")).cursor("github.com/umbrella#7", &known());
    given.run(|| handle(&stage(), &settings(both), &push())).expect("taken");
    assert_eq!(given.commits(), ["github.com/umbrella#7", SCOPE]);
}

/// Group 2 of GitLab, which is `acme/core`, with nobody in it.
fn gitlab() -> Portal {
    let group = json!({ "id": 2, "full_path": "acme/core", "name": "Core" });
    let acme = json!({ "id": 1, "full_path": "acme", "name": "Acme" });
    let none = || Answer::json::<[u8]>(&[]);
    let at = |path: &str| format!("https://gitlab.com/api/v4/groups/{path}");
    Portal::new()
        .answer("GET", &at("2"), Answer::json(&group))
        .answer("GET", &at("9"), Answer::status(404))
        .answer("GET", &at("acme"), Answer::json(&acme))
        .answer("GET", &at("1/descendant_groups?per_page=100"), Answer::json(&[group]))
        .answer("GET", &at("1/members/all?per_page=100"), none())
        .answer("GET", &at("2/members/all?per_page=100"), none())
}

#[test]
fn members_of_a_group_below_the_owner_are_read_whatever_the_end_of_its_path() {
    let member = |group: u64| Request {
        method: "POST".into(),
        path: "/gitlab".into(),
        headers: vec![("x-gitlab-event".into(), "Member Hook".into())],
        body: json!({ "event_name": "user_add_to_group", "group_path": "core", "group_id": group }).to_string().into(),
        ..Request::default()
    };
    let settings = settings(r#"{"forges":[{"type":"gitlab","owner":"acme","people":true}]}"#);
    let portal = gitlab();
    let (status, text) = said(portal.run(|| handle(&stage(), &settings, &member(2))));
    assert_eq!((status, text.as_str()), (200, "Users and teams were read."));
    assert_eq!(portal.commits(), ["gitlab.com people"]);
    let other = gitlab();
    assert_eq!(said(other.run(|| handle(&stage(), &settings, &member(9)))).0, 202);
    assert!(other.commits().is_empty());
}

#[test]
fn people_of_a_host_are_read_once_whichever_of_its_owners_it_is_about() {
    let both = r#"{"forges":[{"type":"github","owner":"acme","people":true},{"type":"github","owner":"umbrella","people":true}]}"#;
    let none = || Answer::json::<[u8]>(&[]);
    let portal = ["acme/members", "acme/teams", "umbrella/members", "umbrella/teams"]
        .iter()
        .fold(Portal::new(), |portal, path| portal.answer("GET", &format!("{API}/orgs/{path}?per_page=100"), none()));
    let team = hook("team", &json!({ "action": "edited", "organization": { "login": "umbrella" } }));
    assert_eq!(said(portal.run(|| handle(&stage(), &settings(both), &team))).1, "Users and teams were read.");
    assert_eq!((portal.commits(), portal.requests().len()), (vec!["github.com people".to_owned()], 4));
}

#[test]
fn what_concerns_nobody_is_taken_and_nothing_is_done() {
    let portal = Portal::new();
    let other = hook(
        "push",
        &json!({ "ref": "refs/heads/main", "repository": { "id": 7, "full_name": "a/b", "default_branch": "main", "html_url": "https://github.other/a/b" } }),
    );
    for request in [hook("ping", &json!({})), hook("push", &json!({ "ref": "refs/heads/next" })), other] {
        assert_eq!(said(send(&portal, &request)).0, 202);
    }
    let gitlab = Request { path: "/gitlab".into(), body: b"{}".to_vec(), ..Request::default() };
    let (status, text) = said(send(&portal, &gitlab));
    assert!(status == 202 && text.contains("No forge of this kind"), "{text}");
    let garbage = Request { path: "/github".into(), body: b"[{".to_vec(), ..Request::default() };
    assert!(matches!(send(&portal, &garbage), Err(Error::Invalid(_))));
    assert!(portal.requests().is_empty());
}
