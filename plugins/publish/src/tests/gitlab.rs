//! GitLab: projects that are there, what belongs to them, variables, groups and pipelines.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use portico_sdk::Error;
use portico_sdk::testing::Answer;
use serde_json::{Value, json};

use super::{Answers, GITLAB, asked, body, done, made, missing, nothing, ok, portal, put};

fn url(path: &str) -> String {
    format!("{GITLAB}{path}")
}

fn input(more: Value) -> Value {
    let mut input = json!({ "repoUrl": "gitlab.com?owner=acme/platform&repo=ledger" });
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    input
}

fn project(empty: bool) -> Value {
    json!({ "id": 7, "empty_repo": empty, "http_url_to_repo": "https://gitlab.com/acme/platform/ledger.git", "web_url": "https://gitlab.com/acme/platform/ledger" })
}

fn commits() -> Answers {
    vec![
        ("GET", url("/projects/7/repository/branches/master"), missing()),
        ("POST", url("/projects/7/repository/commits"), made(&json!({ "id": "c0ffee" }))),
    ]
}

#[test]
fn a_project_is_as_the_step_says_with_all_that_belongs_to_it() {
    let taken = Answer::json(&json!({ "message": { "key": ["(A) has already been taken"] } })).with_status(400);
    let mut answers = vec![
        ("GET", url("/projects/acme%2Fplatform%2Fledger"), missing()),
        ("GET", url("/namespaces/acme%2Fplatform"), ok(&json!({ "id": 5 }))),
        ("POST", url("/projects"), made(&project(true))),
        ("GET", url("/users?username=ada"), ok(&json!([{ "id": 11 }]))),
        ("POST", url("/projects/7/members"), made(&json!({}))),
        ("POST", url("/projects/7/variables"), taken),
        ("PUT", url("/projects/7/variables/A?filter%5Benvironment_scope%5D=prod"), ok(&json!({}))),
        ("POST", url("/projects/7/repository/branches?branch=dev&ref=master"), made(&json!({}))),
        ("POST", url("/projects/7/protected_branches"), Answer::status(409)),
    ];
    answers.extend(commits());
    let portal = portal(&answers);
    put(&portal, "run.sh", "#!/bin/sh\n");
    fs::set_permissions(portal.workspace().join("run.sh"), fs::Permissions::from_mode(0o755)).expect("permissions");
    put(&portal, ".git/config", "");
    let more = json!({
        "repoVisibility": "internal", "topics": ["payments"], "settings": { "merge_method": "ff" }, "setUserAsOwner": true, "ownerUsername": "ada",
        "projectVariables": [{ "key": "A", "value": "b", "environment_scope": "prod", "masked_and_hidden": true }],
        "branches": [{ "name": "dev", "create": true, "protect": true }], "gitAuthorName": "Ada",
    });
    let output = done(&portal, "publish:gitlab", input(more)).expect("a project");
    assert_eq!((&output["commitHash"], &output["created"]), (&json!("c0ffee"), &json!(true)));
    let asked_for = body(&portal, "POST", "/projects");
    assert_eq!(
        (&asked_for["namespace_id"], &asked_for["merge_method"], &asked_for["visibility"]),
        (&json!(5), &json!("ff"), &json!("internal"))
    );
    let commit = body(&portal, "POST", "/repository/commits");
    assert_eq!(
        (&commit["author_name"], &commit["branch"], commit.get("start_branch")),
        (&json!("Ada"), &json!("master"), None)
    );
    let files: Vec<String> = commit["actions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| format!("{} {}", one["file_path"], one["execute_filemode"]))
        .collect();
    assert_eq!(files, [r#""README.md" null"#, r#""run.sh" true"#]);
    assert!(portal.pushed().is_empty());
}

#[test]
fn a_project_that_is_there_is_committed_to_only_if_it_is_empty() {
    let there = |empty: bool, more: Value| {
        let mut answers = vec![("GET", url("/projects/acme%2Fplatform%2Fledger"), ok(&project(empty)))];
        answers.extend(commits());
        let portal = portal(&answers);
        (done(&portal, "publish:gitlab", input(more)), asked(&portal).len())
    };
    let (output, _) = there(true, json!({}));
    assert_eq!(
        output.map(|output| (output["created"].clone(), output["commitHash"].clone())),
        Ok((json!(false), json!("c0ffee")))
    );
    let (output, sent) = there(false, json!({}));
    assert!(
        matches!(&output, Err(Error::Invalid(text)) if text.contains("holds something") && text.contains("skipExisting")),
        "{output:?}"
    );
    assert_eq!(sent, 1);
    let (output, sent) = there(false, json!({ "skipExisting": true }));
    assert_eq!((output.map(|output| output["created"].clone()), sent), (Ok(json!(false)), 1));
    let (output, sent) = there(true, json!({ "sourcePath": false }));
    assert_eq!((output.map(|output| output["commitHash"].clone()), sent), (Ok(json!("")), 1));
}

#[test]
fn a_push_to_a_branch_that_is_there_begins_no_other() {
    let known = json!({ "id": 7, "path_with_namespace": "acme/platform/ledger", "default_branch": "main" });
    let answers = vec![
        ("GET", url("/projects/acme%2Fplatform%2Fledger"), ok(&known)),
        ("GET", url("/projects/7/repository/branches/docs"), ok(&json!({ "commit": { "id": "before" } }))),
        ("GET", url("/projects/7/repository/tree?recursive=true&per_page=100&ref=docs&path=a%2Fb"), missing()),
        ("POST", url("/projects/7/repository/commits"), made(&json!({ "id": "c0ffee" }))),
    ];
    let portal_ = portal(&answers);
    let more = json!({ "branchName": "docs", "commitMessage": "Add", "commitAction": "auto", "targetPath": "/a/b/", "allowEmpty": true });
    done(&portal_, "gitlab:repo:push", input(more)).expect("a commit");
    let commit = body(&portal_, "POST", "/repository/commits");
    assert_eq!((commit.get("start_branch"), &commit["allow_empty"]), (None, &json!(true)));
    assert_eq!(commit["actions"][0]["file_path"], "a/b/README.md");
    let wrong = json!({ "branchName": "docs", "commitMessage": "Add", "targetPath": "../x" });
    let error = done(&portal(&answers), "gitlab:repo:push", input(wrong)).unwrap_err().to_string();
    assert!(error.starts_with("input.targetPath: "), "{error}");
}

#[test]
fn the_token_of_a_trigger_goes_whatever_becomes_of_the_pipeline() {
    let answers = vec![
        ("POST", url("/projects/7/triggers"), made(&json!({ "id": 4, "token": "t" }))),
        (
            "POST",
            url("/projects/7/trigger/pipeline"),
            Answer::json(&json!({ "message": { "base": ["Reference not found"] } })).with_status(400),
        ),
        ("DELETE", url("/projects/7/triggers/4"), nothing()),
    ];
    let portal = portal(&answers);
    let more = json!({ "projectId": 7, "tokenDescription": "x", "branch": "none", "variables": { "A": "b" } });
    let error = done(&portal, "gitlab:pipeline:trigger", input(more)).unwrap_err().to_string();
    assert!(
        error.contains("could not run a pipeline of the branch none: ") && error.contains("Reference not found"),
        "{error}"
    );
    assert!(asked(&portal).last().is_some_and(|last| last.starts_with("DELETE")));
    assert_eq!(body(&portal, "POST", "/trigger/pipeline")["variables"], json!({ "A": "b" }));
}

#[test]
fn what_is_wrong_is_refused_in_words() {
    for (action, more, expected) in [
        ("gitlab:group:ensureExists", json!({ "path": ["acme", "a/b"] }), "input.path: `acme/a/b` names no group"),
        ("gitlab:group:ensureExists", json!({ "path": [] }), "input.path: "),
        ("publish:gitlab", json!({ "setUserAsOwner": true }), "input.setUserAsOwner: "),
    ] {
        let error = done(&portal(&Vec::new()), action, input(more)).unwrap_err();
        assert!(matches!(&error, Error::Invalid(text) if text.starts_with(expected)), "{error:?}");
    }
    let answers = vec![
        ("GET", url("/projects/acme%2Fplatform%2Fledger"), missing()),
        ("GET", url("/namespaces/acme%2Fplatform"), missing()),
    ];
    let error = done(&portal(&answers), "publish:gitlab", input(json!({}))).unwrap_err();
    assert!(
        matches!(&error, Error::NotFound(text) if text.contains("find the group or user acme/platform")),
        "{error:?}"
    );
}

#[test]
fn the_date_that_an_issue_is_due_is_a_day() {
    let made = made(&json!({ "web_url": "https://gitlab.com/i/1", "id": 10, "iid": 1 }));
    let portal = portal(&vec![("POST", url("/projects/42/issues"), made)]);
    let more = json!({ "projectId": 42, "title": "Do it", "dueDate": "2026-03-01T00:00:00.000Z", "labels": "a,b", "assignees": [1] });
    done(&portal, "gitlab:issues:create", input(more)).expect("an issue");
    let expected = json!({ "title": "Do it", "assignee_ids": [1], "due_date": "2026-03-01", "labels": "a,b" });
    assert_eq!(body(&portal, "POST", "/issues"), expected);
}
