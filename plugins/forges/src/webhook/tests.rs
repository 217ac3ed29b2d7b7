//! Webhooks: as they come, twice, late, and of what nobody asked for.

use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::{API, Answers, LIST, Stage, component, listed, row, rows, settings};

const SCOPE: &str = "github.com/acme#7";

const ACME: &str = r#"{"forges":[{"type":"github","owner":"acme"}]}"#;

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
    portal.run(|| handle(&settings(ACME), request))
}

/// Has the runs happen that a webhook asked for.
fn runs(portal: &Portal) -> Result<()> {
    let wanted = portal.wanted();
    let scopes: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let portal = portal.clone().scopes(&scopes);
    portal.run(|| crate::sync::run(&stage(), &settings(ACME)))
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

fn by_number() -> String {
    format!("{API}/repositories/7")
}

fn there(name: &str, row: &Value) -> Portal {
    Portal::new().answer("GET", &by_number(), Answer::json(row)).at_commit(name, "c1")
}

fn gone() -> Portal {
    Portal::new().answer("GET", &by_number(), Answer::status(404)).cursor(SCOPE, &known())
}

#[test]
fn a_push_has_that_repository_read_soon_and_no_other() {
    let portal = there("ledger", &row(7, "ledger"));
    let (status, text) = said(send(&portal, &push()));
    assert_eq!((status, text.as_str()), (202, "Read soon: github.com/acme#7."));
    assert_eq!((portal.wanted(), portal.requests().len()), (vec![SCOPE.to_owned()], 0), "nobody waits for it");
    runs(&portal).expect("read");
    assert_eq!(portal.commits(), [SCOPE]);
    assert_eq!(portal.retained(), None);
    assert!(portal.requests().iter().all(|asked| !asked.url.contains("/orgs/")), "no list is read");
}

#[test]
fn the_same_webhook_twice_comes_to_the_same() {
    let portal = there("ledger", &row(7, "ledger"));
    send(&portal, &push()).expect("once");
    send(&portal, &push()).expect("twice");
    assert_eq!(portal.wanted(), [SCOPE]);
    runs(&portal).expect("read");
    let once = portal.committed(SCOPE);
    runs(&portal).expect("read");
    assert_eq!(portal.committed(SCOPE), once);
}

#[test]
fn a_repository_that_is_archived_or_deleted_takes_what_it_brought_with_it() {
    let mut archived = row(7, "ledger");
    archived["archived"] = json!(true);
    let portal = there("ledger", &archived).cursor(SCOPE, &known());
    send(&portal, &hook("repository", &json!({ "action": "archived" }))).expect("taken");
    runs(&portal).expect("looked at");
    assert!(portal.committed(SCOPE).expect("an empty session").entities.is_empty());

    let deleted = hook("repository", &json!({ "action": "deleted" }));
    let portal = gone();
    assert_eq!(said(send(&portal, &deleted)).0, 202);
    runs(&portal).expect("looked for");
    assert!(portal.committed(SCOPE).expect("an empty session").objects.is_empty());
}

#[test]
fn what_is_said_to_be_deleted_and_is_there_stays() {
    let deleted = hook("repository", &json!({ "action": "deleted" }));
    let portal = there("ledger", &row(7, "ledger")).cursor(SCOPE, &known());
    send(&portal, &deleted).expect("taken");
    runs(&portal).expect("read");
    assert_eq!(portal.committed(SCOPE).expect("read").entities.len(), 1);
    // The word of a webhook counts once.
    let lost = portal.answer("GET", &by_number(), Answer::status(404));
    runs(&lost).expect("read once more, as answers go");
    runs(&lost).expect("looked for");
    assert_eq!(lost.committed(SCOPE).expect("stays").entities.len(), 1);
}

#[test]
fn the_listing_believes_what_a_webhook_called_deleted_for_as_long_as_it_would_doubt() {
    let deleted = hook("repository", &json!({ "action": "deleted" }));
    let list = || Portal::new().answer("GET", LIST, Answer::json(&rows(7..10)));
    for (is_said, later, stays) in [(true, 0, false), (false, 0, true), (true, 3_600_000, true)] {
        let portal = list().answer("GET", LIST, Answer::json(&rows(8..10))).cursor(SCOPE, &known());
        let portal = portal.answer("GET", &by_number(), Answer::status(404));
        listed(&portal, &|_, _| true).expect("the first list");
        if is_said {
            let body = json!({ "action": "deleted", "repository": { "id": 7, "full_name": "acme/ledger" } });
            send(&portal, &hook("repository", &body)).expect("taken");
        }
        let now = portal.now() + later;
        let listing = listed(&portal.at(now), &|_, _| true).expect("the second list");
        assert_eq!(listing.ids.contains("7"), stays, "{is_said} {later}");
    }
    assert!(matches!(send(&Portal::new(), &deleted), Ok(answer) if answer.status == 202));
}

#[test]
fn a_number_of_another_forge_takes_nothing_away() {
    let other =
        hook("repository", &json!({ "action": "deleted", "repository": { "id": 7, "full_name": "acme/other" } }));
    let portal = gone();
    send(&portal, &other).expect("taken");
    runs(&portal).expect("looked for");
    assert!(portal.commits().is_empty());
}

#[test]
fn what_the_forge_does_not_find_is_left_to_the_next_listing() {
    let portal = gone();
    send(&portal, &push()).expect("taken");
    runs(&portal).expect("looked for");
    assert!(portal.commits().is_empty());
}

#[test]
fn a_webhook_of_an_old_name_leads_to_the_new_one() {
    let portal = there("journal", &row(7, "journal"));
    let stage = stage().with("https://github.com/acme/journal.git", "c1", &[("catalog-info.yaml", &component("j"))]);
    send(&portal, &push()).expect("taken");
    portal.clone().scopes(&[SCOPE]).run(|| crate::sync::run(&stage, &settings(ACME))).expect("read");
    assert_eq!(portal.committed(SCOPE).expect("read").objects[0].1["project"], "acme/journal");
}

#[test]
fn a_forge_that_is_away_has_the_run_fail_and_what_was_there_stay() {
    let portal = Portal::new().answer("GET", &by_number(), Answer::status(502)).cursor(SCOPE, &known());
    send(&portal, &push()).expect("taken");
    assert!(matches!(runs(&portal), Err(Error::Unavailable { .. })));
    assert_eq!((portal.commits().len(), portal.unreadable().len()), (0, 1));
    let busy = Portal::new().answer("GET", &by_number(), Answer::status(429).header("retry-after", "900"));
    send(&busy, &push()).expect("taken");
    assert!(matches!(runs(&busy), Err(Error::Unavailable { retry_after: Some(900), .. })));
    assert!(busy.unreadable().is_empty(), "that says nothing of the repository");
}

#[test]
fn a_push_to_the_repository_of_one_owner_asks_nothing_for_another() {
    let both = r#"{"forges":[{"type":"github","owner":"umbrella"},{"type":"github","owner":"acme"}]}"#;
    let portal = Portal::new();
    portal.run(|| handle(&settings(both), &push())).expect("taken");
    assert_eq!(portal.wanted(), [SCOPE]);
    // One that was given away is forgotten by who had it.
    let given = there("ledger", &row(7, "ledger")).cursor("github.com/umbrella#7", &known());
    given.run(|| handle(&settings(both), &push())).expect("taken");
    let wanted = given.wanted();
    assert_eq!(wanted, [SCOPE, "github.com/umbrella#7"]);
    let run = given.clone().scopes(&[SCOPE, "github.com/umbrella#7"]);
    run.run(|| crate::sync::run(&stage(), &settings(both))).expect("read");
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
    assert_eq!(said(portal.run(|| handle(&settings, &member(2)))).0, 202);
    assert_eq!((portal.wanted(), portal.commits().len()), (vec!["gitlab.com people".to_owned()], 0));
    let run = portal.clone().scopes(&["gitlab.com people"]);
    run.run(|| crate::sync::run(&stage(), &settings)).expect("read");
    assert_eq!(portal.commits(), ["gitlab.com people"]);
    let other = gitlab();
    assert_eq!(said(other.run(|| handle(&settings, &member(9)))).0, 202);
    assert!(other.wanted().is_empty());
}

#[test]
fn people_of_a_host_are_read_once_whichever_of_its_owners_it_is_about() {
    let both = r#"{"forges":[{"type":"github","owner":"acme","people":true},{"type":"github","owner":"umbrella","people":true}]}"#;
    let portal = Portal::new();
    let team = hook("team", &json!({ "action": "edited", "organization": { "login": "umbrella" } }));
    portal.run(|| handle(&settings(both), &team)).expect("taken");
    assert_eq!((portal.wanted(), portal.requests().len()), (vec!["github.com people".to_owned()], 0));
}

/// GitLab and Gitea, as they say it.
#[test]
fn a_push_on_any_forge_is_answered_at_once() {
    let both = r#"{"forges":[{"type":"gitlab","owner":"acme"},{"type":"gitea","owner":"acme"}]}"#;
    let project = json!({ "id": 7, "path_with_namespace": "acme/ledger", "default_branch": "main", "web_url": "https://gitlab.com/acme/ledger" });
    let repository = json!({ "id": 7, "full_name": "acme/ledger", "default_branch": "main", "html_url": "https://gitea.com/acme/ledger" });
    for (path, header, event, body, scope) in [
        (
            "/gitlab",
            "x-gitlab-event",
            "Push Hook",
            json!({ "ref": "refs/heads/main", "project": project }),
            "gitlab.com/acme#7",
        ),
        (
            "/gitea",
            "x-gitea-event",
            "push",
            json!({ "ref": "refs/heads/main", "repository": repository }),
            "gitea.com/acme#7",
        ),
    ] {
        let request = Request {
            method: "POST".into(),
            path: path.into(),
            headers: vec![(header.into(), event.into())],
            body: body.to_string().into(),
            ..Request::default()
        };
        let portal = Portal::new();
        assert_eq!(said(portal.run(|| handle(&settings(both), &request))).0, 202);
        assert_eq!((portal.wanted(), portal.requests().len()), (vec![scope.to_owned()], 0));
    }
}

#[test]
fn a_forge_is_known_by_its_host_and_path_whatever_scheme_and_case_it_calls_itself_by() {
    let own = settings(r#"{"forges":[{"type":"gitlab","owner":"acme","api":"https://GitLab.acme.test/git/api/v4"}]}"#);
    let said_of = |page: &str| {
        let project =
            json!({ "id": 7, "path_with_namespace": "acme/ledger", "default_branch": "main", "web_url": page });
        let request = Request {
            path: "/gitlab".into(),
            headers: vec![("x-gitlab-event".into(), "Push Hook".into())],
            body: json!({ "ref": "refs/heads/main", "project": project }).to_string().into(),
            ..Request::default()
        };
        said(Portal::new().run(|| handle(&own, &request)))
    };
    for page in [
        "https://gitlab.acme.test/git/acme/ledger",
        "http://gitlab.acme.test/git/acme/ledger",
        "http://GITLAB.acme.test:8080/git/acme/ledger",
    ] {
        assert_eq!(said_of(page), (202, "Read soon: gitlab.acme.test/git/acme#7.".to_owned()), "{page}");
    }
    for page in [
        "http://gitlab.acme.test/acme/ledger",
        "https://gitlab.acme.test.evil/git/acme/ledger",
        "http://web:80/git/a/b",
    ] {
        let expected = format!(
            "Nothing follows: this is about {page}, and the forges of this kind in the settings of the plugin are at \
             https://gitlab.acme.test/git. If it is one of them, correct the address that it calls itself by, or set `web` to that."
        );
        assert_eq!(said_of(page), (202, expected));
    }
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
