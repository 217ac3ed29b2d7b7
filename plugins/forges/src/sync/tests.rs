//! Runs: what is brought in, what stays, and what a bad day costs.

use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

use super::*;
use crate::cursor::Cursor;
use crate::testing::{API, Answers, LIST, Stage, acme, component, row, settings};

const GITHUB: &str = r#"{"forges":[{"type":"github","owner":"acme"}]}"#;
const SCOPE: &str = "github.com/acme#7";

fn stage() -> Stage {
    Stage::default().with("https://github.com/acme/ledger.git", "c1", &[("catalog-info.yaml", &component("ledger"))])
}

fn portal() -> Portal {
    Portal::new().answer("GET", LIST, Answer::json(&[row(7, "ledger")])).at_commit("ledger", "c1")
}

fn sync(portal: &Portal, stage: &Stage) -> Result<()> {
    portal.run(|| run(stage, &settings(GITHUB)))
}

fn object(portal: &Portal, scope: &str) -> Value {
    portal.committed(scope).expect(scope).objects[0].1.clone()
}

#[test]
fn a_repository_brings_in_what_it_describes_and_how_it_stands() {
    let portal = portal();
    sync(&portal, &stage()).expect("a run");
    let committed = portal.committed(SCOPE).expect("a session");
    assert!(committed.entity("component:ledger").is_some());
    let object = object(&portal, SCOPE);
    assert_eq!(
        (&object["project"], &object["entities"]),
        (&json!("acme/ledger"), &json!(["component:default/ledger"]))
    );
    assert_eq!(object["facts"]["lastCommit"]["id"], "c1");
    assert_eq!(object["facts"]["ci"], json!({ "state": "passed", "url": "https://github.com/run" }));
    assert_eq!(portal.retained(), Some(vec![SCOPE.to_owned()]));
    assert!(committed.cursor.expect("a cursor").starts_with("c1 {"));
}

#[test]
fn a_repository_that_stands_costs_its_row_and_nothing_else() {
    let (portal, stage) = (portal(), stage());
    sync(&portal, &stage).expect("a run");
    let (asked, opened) = (portal.requests().len(), stage.opened.borrow().len());
    sync(&portal, &stage).expect("a run");
    assert_eq!((portal.requests().len(), stage.opened.borrow().len()), (asked + 1, opened));
    assert_eq!(portal.commits().len(), 1);
}

#[test]
fn one_that_somebody_asks_for_is_read_whether_it_stands_or_not() {
    let (portal, stage) = (portal(), stage());
    let portal = portal.answer("GET", &format!("{API}/repositories/7"), Answer::json(&row(7, "ledger")));
    sync(&portal, &stage).expect("a run");
    sync(&portal.clone().scopes(&[SCOPE]), &stage).expect("a run");
    assert_eq!(portal.commits().len(), 2);
    sync(&portal.clone().scopes(&["another"]), &stage).expect("a run");
    assert_eq!(portal.commits().len(), 2);
}

#[test]
fn entities_that_name_the_repository_are_told_of_it_as_well() {
    let foreign = json!({ "kind": "Resource", "metadata": { "name": "book", "annotations": { "github.com/project-slug": "Acme/Ledger" } } });
    let elsewhere = json!({ "kind": "Resource", "metadata": { "name": "pen", "annotations": { "github.com/project-slug": "umbrella/ledger" } } });
    let near = json!({ "kind": "API", "metadata": { "name": "api", "annotations": { "backstage.io/source-location": "url:https://github.com/acme/ledger/tree/main/api/" } } });
    let portal = portal().entity(foreign).entity(elsewhere).entity(near);
    sync(&portal, &stage()).expect("a run");
    assert_eq!(object(&portal, SCOPE)["annotated"], json!(["api:default/api", "resource:default/book"]));
    // Now that its own entities are in the catalog as well, nothing is another.
    let own = portal.committed(SCOPE).expect("a session").entity("component:ledger").cloned().expect("there");
    let portal = portal.entity(own);
    sync(&portal, &stage()).expect("a run");
    assert_eq!(portal.commits().len(), 1);
}

#[test]
fn a_renamed_repository_keeps_its_scope_and_a_recreated_one_is_another() {
    let stage = stage().with("https://github.com/acme/book.git", "c1", &[("catalog-info.yaml", &component("ledger"))]);
    let renamed = row(7, "book");
    let portal = portal().answer("GET", LIST, Answer::json(&[renamed])).at_commit("book", "c1");
    sync(&portal, &stage).expect("a run");
    sync(&portal, &stage).expect("a run");
    assert_eq!(portal.commits(), [SCOPE, SCOPE]);
    assert_eq!(object(&portal, SCOPE)["project"], "acme/book");
    let portal = portal.answer("GET", LIST, Answer::json(&[row(8, "book")])).answer(
        "GET",
        &format!("{API}/repositories/7"),
        Answer::status(404),
    );
    sync(&portal, &stage).expect("the second answer stays until it is asked for once more");
    sync(&portal, &stage).expect("a run");
    assert_eq!(portal.retained(), Some(vec!["github.com/acme#8".to_owned()]));
}

#[test]
fn a_token_that_loses_sight_takes_nothing_away_and_fails_the_run() {
    let portal = portal().answer("GET", LIST, Answer::json::<[u8]>(&[])).answer(
        "GET",
        &format!("{API}/repositories/7"),
        Answer::status(404),
    );
    sync(&portal, &stage()).expect("a good day");
    let error = sync(&portal, &stage()).expect_err("nothing is seen").to_string();
    assert!(error.contains("1 of 1 repositories are not there any more, or the token has lost sight"), "{error}");
    assert_eq!((portal.commits().len(), portal.retained()), (1, Some(vec![SCOPE.to_owned()])));
    let unreadable = portal.unreadable();
    assert!(
        unreadable[0].0 == SCOPE && unreadable[0].1.contains("goes when that has been so for a day"),
        "{unreadable:?}"
    );
}

#[test]
fn what_the_portal_does_not_remove_until_a_person_confirms_it_keeps_nothing_from_being_read() {
    let mut changed = row(7, "ledger");
    changed["pushed_at"] = json!("2026-01-01T00:00:00Z");
    let portal = portal().answer("GET", LIST, Answer::json(&[changed]));
    sync(&portal, &stage()).expect("a good day");
    let portal = portal.guarded("12 of 40 entities would go; confirm it on the page of sources");
    let error = sync(&portal, &stage()).expect_err("the person is still to be asked").to_string();
    assert_eq!(error, "12 of 40 entities would go; confirm it on the page of sources");
    assert_eq!(portal.commits(), [SCOPE, SCOPE], "what has changed was read");
}

#[test]
fn a_memory_that_cannot_be_read_has_a_run_remove_nothing_and_says_so() {
    let portal = portal().answer("GET", LIST, Answer::json(&[row(8, "book")])).at_commit("book", "c2");
    sync(&portal, &stage()).expect("a good day");
    let key = format!("owner/{}", crate::cursor::digest(std::iter::once("github.com/acme")));
    let portal = portal.keep(&key, &json!({ "ids": 7 }));
    let stage = stage().with("https://github.com/acme/book.git", "c2", &[("catalog-info.yaml", &component("book"))]);
    sync(&portal, &stage).expect("what is listed is read");
    assert_eq!(portal.commits(), [SCOPE, "github.com/acme#8"]);
    assert_eq!(portal.retained(), Some(vec![SCOPE.to_owned()]), "as the good day said");
    let said =
        "nothing is removed in this run, since what is kept of the repositories of github.com/acme cannot be read";
    assert!(portal.log().iter().any(|(_, line)| line.starts_with(said)), "{:?}", portal.log());
    sync(&portal, &stage).expect("and from now on it is known again");
    assert_eq!(portal.retained(), Some(vec!["github.com/acme#8".to_owned()]));
}

#[test]
fn a_bad_day_takes_nothing_away() {
    for answer in [
        Answer::status(500),
        Answer::status(401),
        Answer::status(403),
        Answer::status(404),
        Answer::body("<html>"),
        Answer::error(Error::Unavailable { reason: "no route".into(), retry_after: None }),
    ] {
        let users = format!("{API}/users/acme/repos?type=owner&sort=created&direction=asc&per_page=100");
        let portal = Portal::new()
            .answer("GET", LIST, Answer::json(&[row(7, "ledger")]))
            .answer("GET", LIST, answer)
            .answer("GET", &users, Answer::status(404))
            .at_commit("ledger", "c1");
        sync(&portal, &stage()).expect("a good day");
        assert!(sync(&portal, &stage()).is_err());
        assert_eq!((portal.commits().len(), portal.retained()), (1, Some(vec![SCOPE.to_owned()])));
    }
}

#[test]
fn where_git_does_not_answer_what_was_there_stays_and_what_is_new_says_why() {
    let away = || Stage::default().without("https://github.com/acme/ledger.git", Error::Denied("grant it".into()));
    let fresh = portal();
    sync(&fresh, &away()).expect("the forge answered");
    let committed = fresh.committed(SCOPE).expect("a session");
    assert_eq!((committed.problems[0].1.as_str(), committed.objects.len()), ("grant it", 1));
    assert_eq!(Cursor::parse(&committed.cursor.expect("one")).expect("a cursor").row, "", "it is read again");
    let mut changed = row(7, "ledger");
    changed["pushed_at"] = json!("2026-01-01T00:00:00Z");
    let portal = portal().answer("GET", LIST, Answer::json(&[changed]));
    sync(&portal, &stage()).expect("a good day");
    assert!(sync(&portal, &away()).is_err(), "all that there is could not be read");
    assert_eq!(portal.commits().len(), 1);
    assert_eq!(portal.unreadable(), [(SCOPE.to_owned(), "grant it".to_owned())]);
}

#[test]
fn a_forge_that_limits_the_rate_for_long_has_new_repositories_come_in_with_what_git_says() {
    let stage = stage().with("https://github.com/acme/book.git", "c1", &[("catalog-info.yaml", &component("book"))]);
    let portal = Portal::new().answer("GET", LIST, Answer::json(&[row(7, "ledger"), row(8, "book")]));
    let limit = Answer::status(403).header("x-ratelimit-remaining", "0").header("retry-after", "1800");
    let portal = portal.answer("GET", &format!("{API}/repos/acme/ledger/commits?sha=main&per_page=1"), limit);
    let portal = portal.at_commit("ledger", "c1").at_commit("book", "c1");
    let error = sync(&portal, &stage).expect_err("a pause");
    assert!(matches!(error, Error::Unavailable { retry_after: Some(1800), .. }), "{error:?}");
    for (scope, entity) in [(SCOPE, "component:ledger"), ("github.com/acme#8", "component:book")] {
        let committed = portal.committed(scope).expect(scope);
        assert!(committed.entity(entity).is_some() && committed.objects[0].1["facts"].get("lastCommit").is_none());
    }
    assert_eq!(portal.requests().len(), 2, "the forge is left alone");
    // The next run asks for what is missing.
    sync(&portal, &stage).expect("the pause is over");
    assert_eq!(object(&portal, SCOPE)["facts"]["lastCommit"]["id"], "c1");
}

#[test]
fn a_short_pause_is_waited_for() {
    let commits = format!("{API}/repos/acme/ledger/commits?sha=main&per_page=1");
    let portal = Portal::new().answer("GET", LIST, Answer::json(&[row(7, "ledger")]));
    let portal =
        portal.answer("GET", &commits, Answer::status(403).header("retry-after", "20")).at_commit("ledger", "c1");
    let before = portal.now();
    sync(&portal, &stage()).expect("it waits");
    assert_eq!(portal.now() - before, 20_000);
}

#[test]
fn a_token_that_ends_in_the_middle_says_so_and_takes_nothing_away() {
    let mut changed = row(7, "ledger");
    changed["pushed_at"] = json!("2026-01-01T00:00:00Z");
    let commits = format!("{API}/repos/acme/ledger/commits?sha=main&per_page=1");
    let portal = portal().answer("GET", LIST, Answer::json(&[changed])).answer("GET", &commits, Answer::status(401));
    sync(&portal, &stage()).expect("a good day");
    let error = sync(&portal, &stage()).expect_err("the token ended").to_string();
    assert!(
        error.contains("1 repositories left for the next run: api.github.com does not know the token (401)"),
        "{error}"
    );
    assert_eq!((portal.commits().len(), portal.retained()), (1, Some(vec![SCOPE.to_owned()])));
}

#[test]
fn continuous_integration_that_goes_on_is_asked_for_again() {
    let runs = format!("{API}/repos/acme/ledger/actions/runs?head_sha=c1&per_page=100");
    let on = json!({ "workflow_runs": [{ "head_sha": "c1", "status": "in_progress" }] });
    let portal = Portal::new()
        .answer("GET", LIST, Answer::json(&[row(7, "ledger")]))
        .answer("GET", &runs, Answer::json(&on))
        .at_commit("ledger", "c1");
    sync(&portal, &stage()).expect("a run");
    assert_eq!(object(&portal, SCOPE)["facts"]["ci"]["state"], "pending");
    sync(&portal, &stage()).expect("a run");
    assert_eq!(object(&portal, SCOPE)["facts"]["ci"]["state"], "passed");
}

#[test]
fn nothing_is_asked_of_git_where_nothing_was_pushed() {
    let commits = format!("{API}/repos/acme/ledger/commits?sha=main&per_page=1");
    let portal = Portal::new()
        .answer("GET", LIST, Answer::json(&[row(7, "ledger")]))
        .answer("GET", &commits, Answer::status(409))
        .at_commit("ledger", "c1");
    let stage = Stage::default();
    sync(&portal, &stage).expect("a run");
    assert!(stage.opened.borrow().is_empty());
    assert!(portal.committed(SCOPE).expect("a session").problems.is_empty());
}

#[test]
fn a_token_that_sees_the_code_no_more_takes_nothing_away() {
    let commits = format!("{API}/repos/acme/ledger/commits?sha=main&per_page=1");
    let mut changed = row(7, "ledger");
    changed["pushed_at"] = json!("2026-01-01T00:00:00Z");
    // The forge hides the commits, and Git reads what it reads.
    let hidden =
        portal().answer("GET", LIST, Answer::json(&[changed.clone()])).answer("GET", &commits, Answer::status(404));
    sync(&hidden, &stage()).expect("a good day");
    sync(&hidden, &stage()).expect("commits are not seen");
    assert!(hidden.committed(SCOPE).expect("a session").entity("component:ledger").is_some());
    // It hides even the branch.
    changed["default_branch"] = json!(null);
    let portal = portal().answer("GET", LIST, Answer::json(&[changed]));
    sync(&portal, &stage()).expect("a good day");
    let error = sync(&portal, &stage()).expect_err("no branch").to_string();
    assert!(error.contains("does not name its default branch any more"), "{error}");
    assert_eq!(portal.commits().len(), 1);
}

#[test]
fn a_right_that_is_lost_keeps_what_was_known_and_is_named() {
    let mut changed = row(7, "ledger");
    changed["pushed_at"] = json!("2026-01-01T00:00:00Z");
    let commits = format!("{API}/repos/acme/ledger/commits?sha=main&per_page=1");
    let portal = portal().answer("GET", LIST, Answer::json(&[changed])).answer("GET", &commits, Answer::status(403));
    let portal = ["actions/runs?per_page=1", "commits/main/status"].into_iter().fold(portal, |portal, path| {
        portal.answer("GET", &format!("{API}/repos/acme/ledger/{path}"), Answer::status(403))
    });
    let portal = portal.answer("GET", &format!("{API}/repositories/7"), Answer::json(&row(7, "ledger")));
    sync(&portal, &stage()).expect("a good day");
    let before = object(&portal, SCOPE)["facts"].clone();
    for _ in 0..2 {
        sync(&portal.clone().scopes(&[SCOPE]), &stage()).expect("commits are not seen");
        assert_eq!(object(&portal, SCOPE)["facts"], before);
        let problems = portal.committed(SCOPE).expect("a session").problems;
        let expected = "github.com does not let the token see commits, CI runs, commit statuses any more (403); what was known of that stays \
                        as it was. It needs `Actions: read`, `Commit statuses: read`, `Contents: read`";
        assert_eq!(problems[0].1, expected);
    }
    assert!(
        portal
            .log()
            .iter()
            .any(|(_, line)| line
                .contains("the token may not see commits, CI runs, commit statuses of all repositories"))
    );
}

#[test]
fn one_owner_that_cannot_be_listed_costs_no_other_but_nothing_is_removed() {
    let two = r#"{"forges":[{"type":"github","owner":"acme"},{"type":"github","owner":"umbrella"}]}"#;
    let other = LIST.replace("acme", "umbrella");
    let portal = portal().answer("GET", &other, Answer::status(500));
    let error = portal.run(|| run(&stage(), &settings(two))).expect_err("one of two").to_string();
    assert!(error.starts_with("github.com/umbrella: "), "{error}");
    assert_eq!((portal.commits().len(), portal.retained()), (1, None));
}

#[test]
fn people_that_the_token_may_not_see_fail_the_run_and_cost_no_repository() {
    let with_people = r#"{"forges":[{"type":"github","owner":"acme","people":true}]}"#;
    let portal = portal().answer("GET", &format!("{API}/orgs/acme/members?per_page=100"), Answer::status(403));
    let error = portal.run(|| run(&stage(), &settings(with_people))).expect_err("no people").to_string();
    assert!(
        error.starts_with("users and teams: github.com/acme: api.github.com does not let the token see"),
        "{error}"
    );
    assert_eq!(portal.commits(), [SCOPE]);
    assert_eq!(portal.unreadable().len(), 1);
    assert_eq!(portal.retained(), Some(vec![SCOPE.to_owned(), "github.com people".to_owned()]));
}

#[test]
fn repositories_called_the_same_on_two_hosts_are_two_and_have_each_its_own_facts() {
    let two = r#"{"forges":[{"type":"github","owner":"acme"},{"type":"github","owner":"acme","api":"https://git.corp/api/v3"}]}"#;
    let mut other = row(7, "ledger");
    other["html_url"] = json!("https://git.corp/acme/ledger");
    other["clone_url"] = json!("https://git.corp/acme/ledger.git");
    other["default_branch"] = json!(null);
    other["language"] = json!("Go");
    let named = json!({ "kind": "Resource", "metadata": { "name": "book", "annotations": { "github.com/project-slug": "acme/ledger" } } });
    let (list, releases) =
        (LIST.replace(API, "https://git.corp/api/v3"), "https://git.corp/api/v3/repos/acme/ledger/releases/latest");
    let portal = portal()
        .answer("GET", &list, Answer::json(&[other]))
        .answer("GET", releases, Answer::status(404))
        .entity(named);
    portal.run(|| run(&stage(), &settings(two))).expect("a run");
    let [first, second] = [SCOPE, "git.corp/acme#7"].map(|scope| object(&portal, scope));
    assert_eq!((&first["slug"], &second["slug"]), (&json!("acme-ledger"), &json!("git.corp-acme-ledger")));
    assert_eq!((&first["facts"]["language"], &second["facts"]["language"]), (&json!("Rust"), &json!("Go")));
    assert_eq!((&first["annotated"], &second["annotated"]), (&json!(["resource:default/book"]), &json!([])));
}

#[test]
fn two_repositories_whose_names_come_to_one_have_each_its_own_and_keep_it() {
    let of = |host: &str, project: &str| json!({ "kind": "Repository", "metadata": { "name": "acme-ledger" }, "spec": { "host": host, "project": project } });
    let apart = acme().among.apart("acme/ledger");
    let own_apart = json!({ "kind": "Repository", "metadata": { "name": apart }, "spec": { "host": "github.com", "project": "acme/ledger" } });
    let by_own_mapping = json!({ "kind": "Repository", "metadata": { "name": "acme-ledger" }, "spec": {} });
    for (there, expected, why) in [
        (vec![], "acme-ledger", "nobody else is called so"),
        (vec![of("github.com", "Acme/Ledger")], "acme-ledger", "it is itself"),
        (vec![by_own_mapping], "acme-ledger", "nothing says that it is another"),
        (vec![of("github.com", "acme-ledger/")], &apart, "another was there first"),
        (vec![of("git.corp", "acme/ledger")], &apart, "of another host"),
        (vec![own_apart.clone()], &apart, "it keeps its name when the other goes"),
        (vec![of("github.com", "acme/ledger"), own_apart], "acme-ledger", "a name that it has twice is the plain one"),
    ] {
        let portal = there.into_iter().fold(portal(), Portal::entity);
        sync(&portal, &stage()).expect("a run");
        assert_eq!(object(&portal, SCOPE)["slug"], expected, "{why}");
    }
}

#[test]
fn what_is_too_long_for_a_page_is_cut_and_costs_no_other() {
    let mut long = row(7, "ledger");
    long["description"] = json!("é".repeat(10 << 20));
    let portal = Portal::new().answer("GET", LIST, Answer::json(&[long, row(8, "book")]));
    let portal = portal.at_commit("ledger", "c1").at_commit("book", "c1");
    let stage = stage().with("https://github.com/acme/book.git", "c1", &[("catalog-info.yaml", &component("book"))]);
    sync(&portal, &stage).expect("a run");
    let description = object(&portal, SCOPE)["description"].as_str().map(str::to_owned).expect("a text");
    assert!(description.chars().count() == 1_001 && description.ends_with('…'), "{}", description.len());
    assert!(portal.committed("github.com/acme#8").is_some());
}

#[test]
fn users_and_teams_have_a_scope_of_their_own_and_are_read_once_an_hour() {
    let with_people = r#"{"forges":[{"type":"github","owner":"acme","people":true}]}"#;
    let portal = portal()
        .answer("GET", &format!("{API}/orgs/acme/members?per_page=100"), Answer::json(&json!([{ "login": "ada" }])))
        .answer("GET", &format!("{API}/orgs/acme/teams?per_page=100"), Answer::json::<[u8]>(&[]));
    let sync = || portal.run(|| run(&stage(), &settings(with_people)));
    sync().expect("a run");
    let scope = "github.com people";
    let kinds: Vec<String> =
        portal.committed(scope).expect("people").objects.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["team", "user"]);
    sync().expect("a run");
    let commits = |portal: &Portal| portal.commits().iter().filter(|known| *known == scope).count();
    assert_eq!(commits(&portal), 1);
    portal.run(|| portico_sdk::clock::pause(std::time::Duration::from_secs(3_600)));
    sync().expect("a run");
    assert_eq!(commits(&portal), 2);
}
