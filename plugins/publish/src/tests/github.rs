//! GitHub's single settings: what is there already, and what is asked in full.

use portico_sdk::Error;
use portico_sdk::testing::Answer;
use serde_json::{Value, json};

use super::{GITHUB, asked, body, done, made, nothing, ok, portal};

fn url(path: &str) -> String {
    format!("{GITHUB}/repos/acme/ledger{path}")
}

fn input(more: Value) -> Value {
    let mut input = json!({ "repoUrl": "github.com?owner=acme&repo=ledger" });
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    input
}

#[test]
fn a_webhook_that_is_there_is_set_anew() {
    let hooks = json!([{ "id": 1, "config": { "url": "https://other.test/" } }, { "id": 2, "config": { "url": "https://ci.test/" } }]);
    let portal =
        portal(&vec![("GET", url("/hooks?per_page=100"), ok(&hooks)), ("PATCH", url("/hooks/2"), ok(&json!({})))]);
    let more = json!({ "webhookUrl": "https://ci.test/", "webhookSecret": "s", "events": "*", "contentType": "json", "insecureSsl": true, "active": false });
    done(&portal, "github:webhook", input(more)).expect("a webhook");
    let config = json!({ "url": "https://ci.test/", "content_type": "json", "insecure_ssl": "1", "secret": "s" });
    assert_eq!(body(&portal, "PATCH", "/hooks/2"), json!({ "config": config, "events": ["*"], "active": false }));
}

#[test]
fn what_is_there_as_it_is_to_be_is_left() {
    let link =
        json!({ "id": 1, "key_prefix": "PAY-", "url_template": "https://x.test/<num>", "is_alphanumeric": true });
    let portal_ = portal(&vec![("GET", url("/autolinks"), ok(&json!([link])))]);
    done(
        &portal_,
        "github:autolinks:create",
        input(json!({ "keyPrefix": "PAY-", "urlTemplate": "https://x.test/<num>" })),
    )
    .expect("it is there");
    let conflict = Answer::json(&json!({ "message": "GitHub Pages is already enabled." })).with_status(409);
    let portal = portal(&vec![("POST", url("/pages"), conflict), ("PUT", url("/pages"), nothing())]);
    done(&portal, "github:pages:enable", input(json!({ "buildType": "legacy", "sourcePath": "/docs" })))
        .expect("it is there");
    assert_eq!(
        body(&portal, "PUT", "/pages"),
        json!({ "build_type": "legacy", "source": { "branch": "main", "path": "/docs" } })
    );
}

#[test]
fn an_environment_has_its_policies_people_variables_and_secrets() {
    let path = "/environments/pre%20prod";
    let key = json!({ "key": "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=", "key_id": "k" });
    let answers = vec![
        ("GET", format!("{GITHUB}/users/ada"), ok(&json!({ "id": 1 }))),
        ("GET", format!("{GITHUB}/orgs/acme/teams/core"), ok(&json!({ "id": 2 }))),
        ("PUT", url(path), ok(&json!({}))),
        ("POST", url(&format!("{path}/deployment-branch-policies")), ok(&json!({}))),
        ("POST", url(&format!("{path}/variables")), made(&json!({}))),
        ("GET", url(&format!("{path}/secrets/public-key")), ok(&key)),
        ("PUT", url(&format!("{path}/secrets/TOKEN")), made(&json!({}))),
    ];
    let portal_ = portal(&answers);
    let more = json!({
        "name": "pre prod", "reviewers": ["user:default/ada", "group:default/core"], "waitTimer": 5, "preventSelfReview": true,
        "deploymentBranchPolicy": { "protected_branches": false, "custom_branch_policies": true }, "customBranchPolicyNames": ["main"],
        "customTagPolicyNames": ["v*"], "environmentVariables": { "REGION": "eu" }, "secrets": { "TOKEN": "hunter2" },
    });
    done(&portal_, "github:environment:create", input(more)).expect("an environment");
    let asked_for = body(&portal_, "PUT", path);
    assert_eq!(asked_for["reviewers"], json!([{ "type": "User", "id": 1 }, { "type": "Team", "id": 2 }]));
    assert_eq!((asked(&portal_).len(), &asked_for["wait_timer"]), (8, &json!(5)));
    for who in ["component:default/x", "ada"] {
        let error =
            done(&portal(&answers), "github:environment:create", input(json!({ "name": "x", "reviewers": [who] })))
                .unwrap_err();
        assert!(matches!(&error, Error::Invalid(text) if text.contains(&format!("`{who}` is neither"))), "{error:?}");
    }
}

#[test]
fn a_run_of_a_workflow_is_told_where_the_step_asks_for_it() {
    let run =
        json!({ "workflow_run_id": 5, "run_url": "https://api.github.com/r/5", "html_url": "https://github.com/r/5" });
    let portal = portal(&vec![("POST", url("/actions/workflows/deploy.yaml/dispatches"), ok(&run))]);
    let more = json!({ "workflowId": "deploy.yaml", "branchOrTagName": "main", "workflowInputs": { "env": "prod" }, "returnWorkflowRunDetails": true });
    let output = done(&portal, "github:actions:dispatch", input(more)).expect("a run");
    assert_eq!(output["workflowRunId"], 5);
    assert_eq!(
        body(&portal, "POST", "/dispatches"),
        json!({ "ref": "main", "inputs": { "env": "prod" }, "return_run_details": true })
    );
}

#[test]
fn a_number_of_an_issue_is_a_whole_one() {
    for number in [json!(0), json!(1.5), json!(-3)] {
        let error =
            done(&portal(&Vec::new()), "github:issues:label", input(json!({ "number": number, "labels": ["a"] })))
                .unwrap_err();
        assert!(matches!(&error, Error::Invalid(text) if text.starts_with("input.number: ")), "{error:?}");
    }
}
