//! Who is brought in, as what, and what a bad day costs.

use std::time::Duration;

use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

use super::*;
use crate::dialect::{Team, User};
use crate::testing::{API, settings};

fn user(login: &str) -> User {
    User { login: login.into(), ..User::default() }
}

fn team(slug: &str, parent: Option<&str>, members: &[&str]) -> Team {
    Team {
        slug: slug.into(),
        parent: parent.map(str::to_owned),
        members: members.iter().map(|&member| member.to_owned()).collect(),
        ..Team::default()
    }
}

fn people(users: &[&str], teams: Vec<Team>) -> People {
    People { users: users.iter().map(|login| user(login)).collect(), teams, ..People::default() }
}

/// What is made of users and teams on one host: groups with their parents, and users with their groups.
fn made(forges: &str, people: Vec<People>) -> Vec<String> {
    let settings = settings(&format!(r#"{{"forges":[{forges}]}}"#));
    let owners: Vec<(&Forge, People)> = settings.forges.iter().zip(people).collect();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |(kind, object): (&str, Value)| match kind {
        "team" => format!("{} < {}", text(&object["slug"]), text(&object["parent"])),
        _ => format!("{}: {}", text(&object["slug"]), object["teams"]),
    };
    objects::of(&owners).into_iter().map(line).collect()
}

const ACME: &str = r#"{"type":"github","owner":"acme","people":true}"#;
const UMBRELLA: &str = r#"{"type":"github","owner":"umbrella","people":true}"#;

#[test]
fn a_user_is_a_member_of_each_team_and_else_of_the_owner() {
    let all = people(&["ada", "bob"], vec![team("core", None, &["Ada"]), team("ui", Some("core"), &["ada"])]);
    let expected = ["acme < -", "core < acme", "ui < core", r#"ada: ["core","ui"]"#, r#"bob: ["acme"]"#];
    assert_eq!(made(ACME, vec![all]), expected);
}

#[test]
fn who_is_in_two_organisations_is_one_user_and_teams_called_the_same_are_two() {
    let first = people(&["ada"], vec![team("core", None, &["ada"]), team("Umbrella", Some("core"), &[])]);
    let second = people(&["Ada", "eve"], vec![team("core", None, &["ada"]), team("ui", Some("core"), &["eve"])]);
    let expected = [
        "acme < -",
        "umbrella < -",
        "core < acme",
        "acme-Umbrella < core",
        "umbrella-core < umbrella",
        "umbrella-ui < umbrella-core",
        r#"ada: ["core","umbrella-core"]"#,
        r#"eve: ["umbrella-ui"]"#,
    ];
    assert_eq!(made(&format!("{ACME},{UMBRELLA}"), vec![first, second]), expected);
}

#[test]
fn a_team_stays_apart_from_whatever_happens_to_be_called_so() {
    let first = people(&[], vec![team("umbrella-core", None, &[]), team("acme", None, &[])]);
    let second = people(&[], vec![team("core", None, &[])]);
    let expected = ["acme < -", "umbrella < -", "umbrella-core < acme", "umbrella-core-team < umbrella"];
    assert_eq!(made(&format!("{ACME},{UMBRELLA}"), vec![first, second]), expected);
}

#[test]
fn a_group_that_is_read_with_the_one_above_it_is_one() {
    let groups = |users: &[&str], teams| People { slugs_are_paths: true, ..people(users, teams) };
    let above = groups(&["ada"], vec![team("acme/core", None, &["ada"]), team("acme/core/ui", Some("acme/core"), &[])]);
    let below = groups(&["ada"], vec![team("acme/core/ui", None, &["ada"])]);
    let both = r#"{"type":"gitlab","owner":"acme"},{"type":"gitlab","owner":"acme/core"}"#;
    let expected = ["acme < -", "acme-core < -", "acme-core-ui < acme-core", r#"ada: ["acme-core","acme-core-ui"]"#];
    assert_eq!(made(both, vec![above, below]), expected);
}

#[test]
fn groups_whose_paths_come_to_one_name_are_two() {
    let groups = |teams| People { slugs_are_paths: true, ..people(&["ada"], teams) };
    let nested = || team("acme/a/b", Some("acme/a"), &["ada"]);
    let (plain, outer) = (team("acme/a-b", None, &[]), team("acme/a", None, &[]));
    let acme = r#"{"type":"gitlab","owner":"acme"}"#;
    let settings = settings(&format!(r#"{{"forges":[{acme}]}}"#));
    let apart = settings.forges[0].among.apart("acme/a/b");
    let expected = [
        "acme < -".to_owned(),
        "acme-a < acme".to_owned(),
        "acme-a-b < acme".to_owned(),
        format!("{apart} < acme-a"),
        format!(r#"ada: ["{apart}"]"#),
    ];
    for teams in [vec![plain.clone(), outer.clone(), nested()], vec![nested(), outer.clone(), plain.clone()]] {
        assert_eq!(made(acme, vec![groups(teams)]), expected, "whatever the order of the answer");
    }
    let two = format!(r#"{acme},{{"type":"gitlab","owner":"acme-a"}},{{"type":"gitlab","owner":"acme/a"}}"#);
    let owners = made(&two, vec![groups(vec![]), groups(vec![]), groups(vec![])]);
    let last = settings.forges[0].among.apart("acme/a");
    assert_eq!(owners[..3], ["acme < -".to_owned(), "acme-a < -".to_owned(), format!("{last} < -")]);
}

#[test]
fn on_another_host_than_the_first_everything_has_the_host_in_front() {
    let second = r#"{"type":"github","owner":"acme","api":"https://git.corp/api/v3"}"#;
    let all = || people(&["ada"], vec![team("core", None, &["ada"])]);
    let settings = settings(&format!(r#"{{"forges":[{ACME},{second}]}}"#));
    let objects = objects::of(&[(&settings.forges[1], all())]);
    let slugs: Vec<&str> = objects.iter().filter_map(|(_, object)| object["slug"].as_str()).collect();
    assert_eq!(slugs, ["git.corp-acme", "git.corp-core", "git.corp-ada"]);
    assert_eq!(objects[2].1["teams"], json!(["git.corp-core"]));
}

fn logins(names: &[&str]) -> Answer {
    Answer::json(&names.iter().map(|name| json!({ "login": name })).collect::<Vec<_>>())
}

fn members(owner: &str) -> String {
    format!("{API}/orgs/{owner}/members?per_page=100")
}

fn teams(owner: &str) -> String {
    format!("{API}/orgs/{owner}/teams?per_page=100")
}

/// Reads whatever there is at once; answers whether it was taken.
fn read(portal: &Portal) -> Result<()> {
    let settings = settings(&format!(r#"{{"forges":[{ACME},{UMBRELLA}]}}"#));
    portal.run(|| {
        let hosts = hosts(&settings);
        assert_eq!(hosts.len(), 1);
        hosts[0].read(true, |forge| forge.dialect().api(forge)).map(drop)
    })
}

/// Two organisations, of which one has these members and teams, one after the other.
fn portal(of_acme: Vec<Answer>, teams_of_acme: Vec<Answer>) -> Portal {
    let portal =
        of_acme.into_iter().fold(Portal::new(), |portal, answer| portal.answer("GET", &members("acme"), answer));
    let portal = teams_of_acme.into_iter().fold(portal, |portal, answer| portal.answer("GET", &teams("acme"), answer));
    let none = || Answer::json::<[u8]>(&[]);
    portal
        .answer("GET", &format!("{API}/orgs/acme/teams/core/members?per_page=100"), none())
        .answer("GET", &members("umbrella"), logins(&["eve"]))
        .answer("GET", &teams("umbrella"), none())
}

#[test]
fn that_half_of_an_owners_users_or_teams_are_gone_is_not_believed_for_a_day() {
    let none = || Answer::json::<[u8]>(&[]);
    let core = || Answer::json(&json!([{ "slug": "core", "name": "Core" }]));
    for (users, teams, expected) in [
        (vec![logins(&["ada", "bob"]), none()], vec![none()], "github.com/acme: 2 of 2 users are not there any more"),
        (vec![logins(&["ada", "bob"]), logins(&["bob"])], vec![none()], "github.com/acme: 1 of 2 users are not"),
        (vec![logins(&["ada"])], vec![core(), none()], "github.com/acme: 1 of 1 teams are not there any more"),
    ] {
        let portal = portal(users, teams);
        read(&portal).expect("a good day");
        for pause in [0, DISBELIEF - 1] {
            portal.run(|| clock::pause(Duration::from_millis(pause)));
            let error = read(&portal).expect_err("too much").to_string();
            assert!(error.contains(expected) && error.contains("check the token"), "{error}");
            assert_eq!(portal.commits().len(), 1);
        }
        portal.run(|| clock::pause(Duration::from_millis(1)));
        read(&portal).expect("a day later");
        assert_eq!(portal.commits().len(), 2);
    }
}

#[test]
fn fewer_than_half_go_at_once_and_who_comes_back_is_no_reason_to_doubt() {
    let all = || logins(&["ada", "bob", "eve"]);
    let portal = portal(
        vec![all(), logins(&["ada"]), all(), logins(&["ada", "bob"]), logins(&["ada"])],
        vec![Answer::json::<[u8]>(&[])],
    );
    read(&portal).expect("a good day");
    assert!(read(&portal).is_err());
    portal.run(|| clock::pause(Duration::from_millis(DISBELIEF)));
    read(&portal).expect("they are back");
    read(&portal).expect("one of three is gone");
    assert!(read(&portal).is_err(), "and the wait for half begins anew");
}

#[test]
fn one_owner_that_cannot_be_read_takes_nothing_of_the_host_away() {
    let portal = portal(vec![logins(&["ada"]), Answer::status(403)], vec![Answer::json::<[u8]>(&[])]);
    read(&portal).expect("a good day");
    let error = read(&portal).expect_err("a lost right").to_string();
    assert!(error.starts_with("github.com/acme: api.github.com does not let the token see this (403"), "{error}");
    assert_eq!(portal.commits().len(), 1);
}

#[test]
fn people_that_were_read_in_the_future_are_read_again() {
    let settings = settings(&format!(r#"{{"forges":[{ACME}]}}"#));
    let portal = portal(vec![logins(&["ada"])], vec![Answer::json::<[u8]>(&[])]).at(2_000_000_000_000);
    let read = |portal: &Portal| {
        portal.run(|| hosts(&settings)[0].read(false, |forge| forge.dialect().api(forge))).expect("read")
    };
    assert!(read(&portal).is_some());
    assert!(read(&portal).is_none());
    assert!(read(&portal.at(1_800_000_000_000)).is_some());
}
