//! `publish:gitea`.

use portico_sdk::Error;
use portico_sdk::testing::Answer;
use serde_json::{Value, json};

use super::{Answers, GITEA, body, done, made, missing, ok, portal};

fn known(empty: bool) -> Value {
    json!({ "clone_url": "https://gitea.com/acme/ledger.git", "html_url": "https://gitea.com/acme/ledger", "empty": empty })
}

fn input() -> Value {
    json!({ "repoUrl": "gitea.com?owner=acme&repo=ledger", "description": "Books", "repoVisibility": "public", "defaultBranch": "trunk" })
}

#[test]
fn a_users_repository_is_made_by_that_users_token_alone() {
    let of = |login: &str| -> Answers {
        vec![
            ("GET", format!("{GITEA}/repos/acme/ledger"), missing()),
            ("POST", format!("{GITEA}/orgs/acme/repos"), missing()),
            ("GET", format!("{GITEA}/user"), ok(&json!({ "login": login }))),
            ("POST", format!("{GITEA}/user/repos"), made(&known(true))),
        ]
    };
    let portal_ = portal(&of("acme"));
    done(&portal_, "publish:gitea", input()).expect("a repository");
    let asked = body(&portal_, "POST", "/user/repos");
    assert_eq!((&asked["private"], &asked["default_branch"]), (&json!(false), &json!("trunk")));
    assert_eq!(portal_.pushed()[0].commit.branch, "trunk");
    assert!(matches!(done(&portal(&of("ada")), "publish:gitea", input()), Err(Error::NotFound(_))));
}

#[test]
fn a_repository_that_is_there_is_pushed_to_only_if_it_is_empty() {
    let there = |empty| vec![("GET", format!("{GITEA}/repos/acme/ledger"), ok(&known(empty)))];
    assert!(done(&portal(&there(true)), "publish:gitea", input()).is_ok());
    let portal = portal(&there(false));
    let error = done(&portal, "publish:gitea", input()).unwrap_err();
    assert!(
        matches!(&error, Error::Invalid(text) if text.contains("is there already and holds something")),
        "{error:?}"
    );
    assert!(portal.pushed().is_empty());
}

#[test]
fn what_gitea_says_is_told_on() {
    let answers = vec![
        ("GET", format!("{GITEA}/repos/acme/ledger"), missing()),
        (
            "POST",
            format!("{GITEA}/orgs/acme/repos"),
            Answer::json(&json!({ "message": "name is reserved" })).with_status(422),
        ),
        ("GET", format!("{GITEA}/user"), ok(&json!({ "login": "ada" }))),
    ];
    let error = done(&portal(&answers), "publish:gitea", input()).unwrap_err().to_string();
    assert!(
        error.contains(
            "could not create the repository acme/ledger: gitea.com does not take it (422: name is reserved)"
        ),
        "{error}"
    );
}
