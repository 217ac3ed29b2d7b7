//! Repositories of GitHub that are made: what they are, what belongs to them, and what is there already.

use portico_sdk::Error;
use portico_sdk::actions::Invocation;
use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

use super::{Answers, GITHUB, asked, body, done, made, missing, nothing, ok, perform_as, portal};

const REPO_URL: &str = "github.com?owner=acme&repo=ledger";

fn url(path: &str) -> String {
    format!("{GITHUB}/repos/acme/ledger{path}")
}

fn known() -> Value {
    json!({ "clone_url": "https://github.com/acme/ledger.git", "html_url": "https://github.com/acme/ledger", "default_branch": "main" })
}

fn new() -> Answers {
    vec![
        ("GET", url(""), missing()),
        ("POST", format!("{GITHUB}/orgs/acme/repos"), made(&known())),
        ("PUT", url("/branches/main/protection"), ok(&json!({}))),
    ]
}

#[test]
fn a_repository_is_as_the_step_says() {
    let portal = portal(&new());
    let input = json!({
        "repoUrl": REPO_URL, "description": "Books", "repoVisibility": "internal", "defaultBranch": "main", "allowSquashMerge": false,
        "squashMergeCommitTitle": "PR_TITLE", "hasWiki": false, "requiredApprovingReviewCount": 2, "requiredStatusCheckContexts": ["ci"],
        "restrictions": { "users": ["ada"], "teams": [] }, "allowedHosts": ["github.com"],
    });
    done(&portal, "publish:github", input).expect("a repository");
    let asked = body(&portal, "POST", "/orgs/acme/repos");
    assert_eq!(
        (&asked["name"], &asked["private"], &asked["visibility"]),
        (&json!("ledger"), &json!(true), &json!("internal"))
    );
    assert_eq!(
        (&asked["has_wiki"], asked.get("squash_merge_commit_title"), asked.get("homepage")),
        (&json!(false), None, None)
    );
    let protection = body(&portal, "PUT", "/protection");
    assert_eq!(protection["required_pull_request_reviews"]["required_approving_review_count"], 2);
    assert_eq!(protection["restrictions"], json!({ "users": ["ada"], "teams": [], "apps": [] }));
    assert_eq!(
        (&protection["enforce_admins"], &protection["required_status_checks"]["contexts"]),
        (&json!(true), &json!(["ci"]))
    );
}

#[test]
fn what_belongs_to_a_repository_is_set_before_it_is_pushed_to() {
    let key = crypto_key();
    let answers = vec![
        ("GET", url(""), missing()),
        ("POST", format!("{GITHUB}/orgs/acme/repos"), made(&known())),
        ("PUT", format!("{GITHUB}/orgs/acme/teams/core/repos/acme/ledger"), nothing()),
        ("PUT", url("/collaborators/ada"), made(&json!({}))),
        ("PUT", url("/topics"), ok(&json!({}))),
        ("POST", url("/actions/variables"), Answer::json(&json!({ "message": "Already exists" })).with_status(409)),
        ("PATCH", url("/actions/variables/REGION"), nothing()),
        ("GET", url("/actions/secrets/public-key"), ok(&json!({ "key": key, "key_id": "k1" }))),
        ("PUT", url("/actions/secrets/TOKEN"), made(&json!({}))),
        ("PUT", url("/actions/oidc/customization/sub"), made(&json!({}))),
        ("PUT", url("/subscription"), ok(&json!({}))),
    ];
    let portal = portal(&answers);
    let input = json!({
        "repoUrl": REPO_URL, "access": "acme/core", "collaborators": [{ "user": "ada", "access": "write" }], "topics": ["Payments"],
        "repoVariables": { "REGION": "eu" }, "secrets": { "TOKEN": "hunter2" }, "oidcCustomization": { "useDefault": false, "includeClaimKeys": ["repo"] },
        "subscribe": true, "protectDefaultBranch": false,
    });
    done(&portal, "publish:github", input).expect("a repository");
    assert_eq!(asked(&portal).len(), answers.len());
    assert_eq!(body(&portal, "PUT", "/teams/core/repos/acme/ledger"), json!({ "permission": "admin" }));
    assert_eq!(body(&portal, "PUT", "/collaborators/ada"), json!({ "permission": "push" }));
    assert_eq!(body(&portal, "PUT", "/topics"), json!({ "names": ["payments"] }));
    let secret = body(&portal, "PUT", "/actions/secrets/TOKEN");
    assert_eq!(secret["key_id"], "k1");
    let told = |text: &str| portal.requests().iter().any(|asked| String::from_utf8_lossy(&asked.body).contains(text));
    assert!(!told("hunter2") && secret["encrypted_value"].as_str().is_some_and(|text| text.len() > 64), "{secret}");
}

fn crypto_key() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode([9_u8; 32])
}

#[test]
fn a_users_repository_is_made_by_that_users_token_alone() {
    let of = |login: &str| {
        let answers = vec![
            ("GET", url(""), missing()),
            ("POST", format!("{GITHUB}/orgs/acme/repos"), missing()),
            ("GET", format!("{GITHUB}/user"), ok(&json!({ "login": login }))),
            ("POST", format!("{GITHUB}/user/repos"), made(&known())),
        ];
        done(&portal(&answers), "github:repo:create", json!({ "repoUrl": REPO_URL }))
    };
    assert!(of("Acme").is_ok());
    let error = of("ada").unwrap_err();
    assert!(
        matches!(&error, Error::NotFound(text) if text.starts_with("could not create the repository acme/ledger: ")),
        "{error:?}"
    );
}

#[test]
fn a_repository_that_is_there_is_pushed_to_only_if_it_is_empty() {
    let there = |branches: Value| {
        let answers = vec![
            ("GET", url(""), ok(&known())),
            ("GET", url("/branches?per_page=1"), ok(&branches)),
            ("PUT", url("/branches/main/protection"), ok(&json!({}))),
        ];
        let portal = portal(&answers);
        let output = done(&portal, "publish:github", json!({ "repoUrl": REPO_URL, "defaultBranch": "main" }));
        (output, portal.pushed().len())
    };
    let (output, pushed) = there(json!([]));
    assert!(output.is_ok() && pushed == 1, "{output:?}");
    let (output, pushed) = there(json!([{ "name": "main" }]));
    assert!(
        matches!(&output, Err(Error::Invalid(text)) if text.contains("is there already and holds something")),
        "{output:?}"
    );
    assert_eq!(pushed, 0);
}

#[test]
fn a_step_that_was_broken_off_goes_on_where_it_was() {
    let broken = Answer::status(502);
    let answers = vec![
        ("GET", url(""), missing()),
        ("GET", url(""), ok(&known())),
        ("POST", format!("{GITHUB}/orgs/acme/repos"), made(&known())),
        ("PUT", url("/branches/main/protection"), broken),
        ("PUT", url("/branches/main/protection"), ok(&json!({}))),
    ];
    let portal = portal(&answers);
    let step = Invocation::new("publish:github", json!({ "repoUrl": REPO_URL, "defaultBranch": "main" }));
    let error = perform_as(&portal, &step).unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    let output = perform_as(&portal, &Invocation { attempt: 1, ..step.clone() }).expect("it goes on");
    assert_eq!(output["commitHash"], "0000000000000000000000000000000000000001");
    assert_eq!(portal.pushed().len(), 1, "nothing is pushed twice");
    // To another step it is a repository that holds something.
    let other = Invocation { step: "other".into(), ..step };
    let portal = portal.answer("GET", &url("/branches?per_page=1"), ok(&json!([{ "name": "main" }])));
    assert!(perform_as(&portal, &other).is_err());
}

#[test]
fn a_branch_that_cannot_be_protected_for_the_price_is_told_and_no_more() {
    let said = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
    let mut answers = new();
    answers[2].2 = Answer::json(&json!({ "message": said })).with_status(403);
    let portal = portal(&answers);
    done(&portal, "publish:github", json!({ "repoUrl": REPO_URL, "defaultBranch": "main" })).expect("a repository");
    assert!(portal.log().iter().any(|(_, line)| line.contains("is not protected")));
}

#[test]
fn a_push_goes_on_top_of_what_the_branch_holds() {
    let answers = vec![
        ("GET", url(""), ok(&known())),
        ("GET", url("/git/ref/heads/main"), ok(&json!({ "ref": "refs/heads/main" }))),
        ("PUT", url("/branches/main/protection"), ok(&json!({}))),
        ("POST", url("/branches/main/protection/required_signatures"), ok(&json!({}))),
    ];
    let portal = portal(&answers);
    done(
        &portal,
        "github:repo:push",
        json!({ "repoUrl": REPO_URL, "defaultBranch": "main", "requiredCommitSigning": true }),
    )
    .expect("a push");
    assert_eq!(portal.pushed()[0].commit.onto.as_deref(), Some("main"));
    assert_eq!(asked(&portal).len(), 4);
}

#[test]
fn a_forge_under_another_address_is_spoken_to_there() {
    let api = "http://127.0.0.1:18960";
    let known = json!({ "clone_url": "http://elsewhere/acme/ledger.git", "html_url": "https://github.example.test/acme/ledger" });
    let settings = json!({ "hosts": [{ "host": "127.0.0.1:18960", "forge": "github", "api": api, "git": "http://127.0.0.1:18930/git" }] });
    let portal = Portal::new().settings(settings).answer("GET", &format!("{api}/repos/acme/ledger"), missing()).answer(
        "POST",
        &format!("{api}/orgs/acme/repos"),
        made(&known),
    );
    let input = json!({ "repoUrl": "127.0.0.1:18960?owner=acme&repo=ledger", "protectDefaultBranch": false, "defaultBranch": "main" });
    let output = done(&portal, "publish:github", input).expect("a repository");
    assert_eq!(output["remoteUrl"], "http://127.0.0.1:18930/git/acme/ledger.git");
    assert_eq!(output["repoContentsUrl"], "http://127.0.0.1:18930/git/acme/ledger.git?ref=main");
    assert_eq!(portal.pushed()[0].commit.repository, "http://127.0.0.1:18930/git/acme/ledger.git");
}
