//! Lists of repositories: as they are, half of them, and none.

use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::{API, LIST, after, forge, listed, row, rows};

fn changed(listing: &Listing) -> Vec<&str> {
    listing.changed.iter().map(|repository| repository.project.as_str()).collect()
}

#[test]
fn what_is_not_selected_is_known_and_not_read() {
    let mut archived = row(2, "old");
    archived["archived"] = json!(true);
    let portal = Portal::new().answer("GET", LIST, Answer::json(&[row(1, "a"), archived]));
    let listing = listed(&portal, &|_, _| false).expect("a list");
    assert_eq!((changed(&listing), listing.ids.len(), listing.named.len()), (vec!["acme/a"], 1, 2));
}

/// A portal with an owner that is no organisation, asked by a token of whoever this is.
fn user(whose: Answer) -> Portal {
    Portal::new().answer("GET", LIST, Answer::status(404)).answer("GET", &format!("{API}/user"), whose)
}

const USERS: &str = "https://api.github.com/users/acme/repos?type=owner&sort=created&direction=asc&per_page=100";

#[test]
fn a_user_is_asked_for_where_there_is_no_organisation_and_nobody_is_said() {
    for whose in [Answer::status(401), Answer::status(403), Answer::json(&json!({ "login": "somebody" }))] {
        let portal = user(whose).answer("GET", USERS, Answer::json(&[row(1, "a")]));
        assert_eq!(changed(&listed(&portal, &|_, _| false).expect("a list")), ["acme/a"]);
        listed(&portal, &|_, _| true).expect("a list");
        assert_eq!(portal.requests().len(), 5, "the second time it is known that it is a user");
    }
    let nobody = user(Answer::status(401)).answer("GET", USERS, Answer::status(404));
    let error = listed(&nobody, &|_, _| false).expect_err("nobody").to_string();
    assert!(
        error.contains("there is no organisation, user or group `acme`") && error.contains("correct `owner`"),
        "{error}"
    );
    assert!(listed(&user(Answer::status(502)), &|_, _| false).is_err(), "who does not answer has not said no");
}

#[test]
fn the_token_of_the_user_itself_lists_its_private_repositories_as_well() {
    let own = format!("{API}/user/repos?affiliation=owner&sort=created&direction=asc&per_page=100");
    let portal = user(Answer::json(&json!({ "login": "Acme" }))).answer("GET", &own, Answer::json(&[row(1, "a")]));
    for _ in 0..2 {
        assert_eq!(changed(&listed(&portal, &|_, _| false).expect("a list")), ["acme/a"]);
    }
    assert_eq!(portal.requests().len(), 5, "the second time it is known that it is a user");
}

#[test]
fn an_unchanged_page_is_not_read_unless_something_of_it_is_to_be_read_again() {
    let answer = Answer::json(&[row(1, "a"), row(2, "b")]).header("etag", "e1");
    let portal = Portal::new().answer("GET", LIST, answer).answer("GET", LIST, Answer::status(304));
    listed(&portal, &|_, _| false).expect("a list");
    let again = listed(&portal, &|_, _| true).expect("unchanged");
    assert_eq!((again.ids.len(), again.changed.len()), (2, 0));
    let sent = &portal.requests()[1].headers;
    assert!(sent.contains(&("if-none-match".to_owned(), "e1".to_owned())), "{sent:?}");
    // Its tag is not sent where a repository of it waits to be read.
    let portal = after(&[row(1, "a")], Answer::json(&[row(1, "a")]));
    let again = listed(&portal, &|_, _| false).expect("a list");
    assert_eq!(changed(&again), ["acme/a"]);
    assert!(portal.requests()[1].headers.iter().all(|(name, _)| name != "if-none-match"));
}

#[test]
fn a_last_page_that_is_full_is_read_since_another_may_have_come_behind_it() {
    let next = format!("<{API}/organizations/1/repos?page=2>; rel=\"next\"");
    let full = || Answer::json(&rows(1..101)).header("etag", "e1");
    let portal = Portal::new().answer("GET", LIST, full()).answer("GET", LIST, full().header("link", &next)).answer(
        "GET",
        &format!("{API}/organizations/1/repos?page=2"),
        Answer::json(&rows(101..102)),
    );
    assert_eq!(listed(&portal, &|_, _| true).expect("a list").ids.len(), 100);
    assert_eq!(listed(&portal, &|_, _| true).expect("a list").ids.len(), 101);
    assert!(portal.requests()[1].headers.iter().all(|(name, _)| name != "if-none-match"));
}

#[test]
fn half_a_list_is_none() {
    let next = format!("<{API}/organizations/1/repos?page=2>; rel=\"next\"");
    let first = || Answer::json(&rows(1..3)).header("link", &next);
    for second in [
        Answer::status(502),
        Answer::status(401),
        Answer::body("[{\"id\":"),
        Answer::json(&json!({ "message": "odd" })),
    ] {
        let portal = after(&rows(1..5), first()).answer("GET", &format!("{API}/organizations/1/repos?page=2"), second);
        assert!(listed(&portal, &|_, _| false).is_err());
    }
    let counted = Portal::new().answer("GET", LIST, Answer::json(&rows(1..3)).header("x-total", "9"));
    let error = listed(&counted, &|_, _| false).expect_err("half").to_string();
    assert!(error.contains("says that there are 9 repositories, and lists 2"), "{error}");
}

#[test]
fn a_row_that_makes_no_sense_costs_no_other_and_keeps_its_own() {
    let odd = json!({ "id": 2, "full_name": 7 });
    let portal = Portal::new().answer("GET", LIST, Answer::json(&[row(1, "a"), odd]));
    let listing = listed(&portal, &|_, _| false).expect("a list");
    assert_eq!((changed(&listing), listing.ids.len()), (vec!["acme/a"], 2));
    assert!(listing.odd[0].1.starts_with("what the forge says of it cannot be read"), "{:?}", listing.odd);
    let nameless = Portal::new().answer("GET", LIST, Answer::json(&json!([{ "name": "x" }])));
    assert!(listed(&nameless, &|_, _| false).is_err(), "nobody knows which one it is");
}

#[test]
fn what_an_app_is_installed_on_is_a_list_as_well_and_half_of_it_is_none() {
    let own = forge(r#"{"type":"github","owner":"acme","installed":true}"#);
    let list = "https://api.github.com/installation/repositories?per_page=100";
    let asked = |body: serde_json::Value| {
        Portal::new()
            .answer("GET", list, Answer::json(&body))
            .run(|| super::list(&own, &own.dialect().api(&own), &|_, _| false))
    };
    let elsewhere = {
        let mut row = row(9, "x");
        row["full_name"] = "other/x".into();
        row
    };
    let found =
        asked(serde_json::json!({ "total_count": 2, "repositories": [row(1, "a"), elsewhere] })).expect("a list");
    assert_eq!(found.ids, BTreeSet::from(["1".to_owned()]), "only those of the owner");
    let half =
        asked(serde_json::json!({ "total_count": 3, "repositories": [row(1, "a")] })).expect_err("half").to_string();
    assert!(half.contains("half a list is none"), "{half}");
    assert!(asked(serde_json::json!({ "message": "x" })).is_err());
}
