//! What holds for every action: it does what it is for, sends nothing in a dry run, and says in words what its forge refuses.

use portico_sdk::Error;
use portico_sdk::actions::Invocation;
use portico_sdk::testing::Answer;
use serde_json::{Value, json};

use super::{Answers, GITEA, GITHUB, GITLAB, asked, done, made, manifest, missing, nothing, ok, perform_as, portal};
use crate::ACTIONS;

/// An action with its input, what its forge answers, and what comes out.
struct Case {
    action: &'static str,
    input: Value,
    answers: Answers,
    output: Value,
}

const LEDGER: &str = "github.com?owner=acme&repo=ledger";
const PROJECT: &str = "gitlab.com?owner=acme&repo=ledger";

fn github(action: &'static str, input: Value, answers: Vec<(&'static str, &str, Answer)>, output: Value) -> Case {
    case(action, LEDGER, input, (GITHUB, "/repos/acme/ledger"), answers, output)
}

fn gitlab(action: &'static str, input: Value, answers: Vec<(&'static str, &str, Answer)>, output: Value) -> Case {
    case(action, PROJECT, input, (GITLAB, ""), answers, output)
}

/// Addresses of answers are from the repository; from the interface where they begin with `^`.
fn case(
    action: &'static str,
    repo_url: &str,
    mut input: Value,
    (base, repository): (&str, &str),
    answers: Vec<(&'static str, &str, Answer)>,
    output: Value,
) -> Case {
    input["repoUrl"] = json!(repo_url);
    let url = |path: &str| match path.strip_prefix('^') {
        Some(path) => format!("{base}{path}"),
        None => format!("{base}{repository}{path}"),
    };
    let answers = answers.into_iter().map(|(method, path, answer)| (method, url(path), answer)).collect();
    Case { action, input, answers, output }
}

fn known() -> Value {
    json!({ "clone_url": "https://github.com/acme/ledger.git", "html_url": "https://github.com/acme/ledger", "default_branch": "main" })
}

fn project(empty: bool) -> Value {
    json!({
        "id": 7, "path_with_namespace": "acme/ledger", "default_branch": "main", "empty_repo": empty,
        "http_url_to_repo": "https://gitlab.com/acme/ledger.git", "web_url": "https://gitlab.com/acme/ledger",
    })
}

const FIRST: &str = "0000000000000000000000000000000000000001";

fn cases() -> Vec<Case> {
    [of_github(), of_github_repositories(), of_gitlab(), of_others()].into_iter().flatten().collect()
}

fn of_github_repositories() -> Vec<Case> {
    let addresses = |branch: &str| json!({ "remoteUrl": "https://github.com/acme/ledger.git", "repoContentsUrl": format!("https://github.com/acme/ledger/blob/{branch}") });
    let pushed = |branch: &str| {
        let mut addresses = addresses(branch);
        addresses["commitHash"] = json!(FIRST);
        addresses
    };
    vec![
        github(
            "publish:github",
            json!({ "defaultBranch": "main" }),
            vec![
                ("GET", "", missing()),
                ("POST", "^/orgs/acme/repos", made(&known())),
                ("PUT", "/branches/main/protection", ok(&json!({}))),
            ],
            pushed("main"),
        ),
        github(
            "github:repo:create",
            json!({}),
            vec![("GET", "", missing()), ("POST", "^/orgs/acme/repos", made(&known()))],
            addresses("main"),
        ),
        github(
            "github:repo:push",
            json!({ "protectDefaultBranch": false }),
            vec![("GET", "", ok(&known())), ("GET", "/git/ref/heads/master", missing())],
            pushed("master"),
        ),
        github(
            "publish:github:pull-request",
            json!({ "branchName": "change", "title": "A change", "description": "" }),
            vec![
                ("GET", "", ok(&known())),
                ("GET", "/git/ref/heads/change", missing()),
                ("POST", "/pulls", made(&json!({ "number": 3, "html_url": "https://github.com/acme/ledger/pull/3" }))),
            ],
            json!({ "targetBranchName": "main", "remoteUrl": "https://github.com/acme/ledger/pull/3", "pullRequestNumber": 3 }),
        ),
    ]
}

fn of_github() -> Vec<Case> {
    vec![
        github(
            "github:actions:dispatch",
            json!({ "workflowId": "deploy.yaml", "branchOrTagName": "main" }),
            vec![("POST", "/actions/workflows/deploy.yaml/dispatches", nothing())],
            json!({}),
        ),
        github(
            "github:autolinks:create",
            json!({ "keyPrefix": "PAY-", "urlTemplate": "https://x.test/<num>" }),
            vec![("GET", "/autolinks", ok(&json!([]))), ("POST", "/autolinks", made(&json!({})))],
            json!({}),
        ),
        github(
            "github:branch-protection:create",
            json!({}),
            vec![("GET", "", ok(&known())), ("PUT", "/branches/main/protection", ok(&json!({})))],
            json!({}),
        ),
        github(
            "github:environment:create",
            json!({ "name": "production" }),
            vec![("PUT", "/environments/production", ok(&json!({})))],
            json!({}),
        ),
        github(
            "github:issues:create",
            json!({ "title": "Do it" }),
            vec![(
                "POST",
                "/issues",
                made(&json!({ "html_url": "https://github.com/acme/ledger/issues/1", "number": 1 })),
            )],
            json!({ "issueUrl": "https://github.com/acme/ledger/issues/1", "issueNumber": 1 }),
        ),
        github(
            "github:issues:label",
            json!({ "number": 7.0, "labels": ["a"] }),
            vec![("POST", "/issues/7/labels", ok(&json!([])))],
            json!({}),
        ),
        github("github:pages:enable", json!({}), vec![("POST", "/pages", made(&json!({})))], json!({})),
        github(
            "github:webhook",
            json!({ "webhookUrl": "https://ci.test/" }),
            vec![("GET", "/hooks?per_page=100", ok(&json!([]))), ("POST", "/hooks", made(&json!({})))],
            json!({}),
        ),
    ]
}

fn of_gitlab() -> Vec<Case> {
    vec![
        gitlab(
            "publish:gitlab",
            json!({ "defaultBranch": "main" }),
            vec![
                ("GET", "/projects/acme%2Fledger", missing()),
                ("GET", "/namespaces/acme", ok(&json!({ "id": 5 }))),
                ("POST", "/projects", made(&project(true))),
                ("GET", "/projects/7/repository/branches/main", missing()),
                ("POST", "/projects/7/repository/commits", made(&json!({ "id": FIRST }))),
            ],
            json!({
                "remoteUrl": "https://gitlab.com/acme/ledger", "repoContentsUrl": "https://gitlab.com/acme/ledger/-/blob/main",
                "projectId": 7, "commitHash": FIRST, "created": true,
            }),
        ),
        gitlab(
            "publish:gitlab:merge-request",
            json!({ "branchName": "change", "title": "A change" }),
            vec![
                ("GET", "/projects/acme%2Fledger", ok(&project(false))),
                ("GET", "/projects/7/repository/branches/change", missing()),
                ("GET", "/projects/7/repository/tree?recursive=true&per_page=100&ref=main", ok(&json!([]))),
                ("POST", "/projects/7/repository/commits", made(&json!({ "id": FIRST }))),
                (
                    "POST",
                    "/projects/7/merge_requests",
                    made(&json!({ "iid": 2, "web_url": "https://gitlab.com/mr/2" })),
                ),
            ],
            json!({ "targetBranchName": "main", "projectid": "7", "projectPath": "acme/ledger", "mergeRequestUrl": "https://gitlab.com/mr/2" }),
        ),
        gitlab(
            "gitlab:repo:push",
            json!({ "branchName": "docs", "commitMessage": "Add documentation" }),
            vec![
                ("GET", "/projects/acme%2Fledger", ok(&project(false))),
                ("GET", "/projects/7/repository/branches/docs", missing()),
                ("POST", "/projects/7/repository/commits", made(&json!({ "id": FIRST }))),
            ],
            json!({ "projectid": "7", "projectPath": "acme/ledger", "commitHash": FIRST }),
        ),
        gitlab(
            "gitlab:pipeline:trigger",
            json!({ "projectId": 7, "tokenDescription": "x", "branch": "main" }),
            vec![
                ("POST", "/projects/7/triggers", made(&json!({ "id": 4, "token": "t" }))),
                ("POST", "/projects/7/trigger/pipeline", made(&json!({ "web_url": "https://gitlab.com/p/1" }))),
                ("DELETE", "/projects/7/triggers/4", nothing()),
            ],
            json!({ "pipelineUrl": "https://gitlab.com/p/1" }),
        ),
        gitlab(
            "gitlab:issues:create",
            json!({ "title": "Do it" }),
            vec![(
                "POST",
                "/projects/acme%2Fledger/issues",
                made(&json!({ "web_url": "https://gitlab.com/i/1", "id": 10, "iid": 1 })),
            )],
            json!({ "issueUrl": "https://gitlab.com/i/1", "issueId": 10, "issueIid": 1 }),
        ),
        gitlab(
            "gitlab:group:ensureExists",
            json!({ "path": ["acme", { "name": "The platform", "slug": "platform" }] }),
            vec![
                ("GET", "/groups/acme", ok(&json!({ "id": 1 }))),
                ("GET", "/groups/acme%2Fplatform", missing()),
                ("POST", "/groups", made(&json!({ "id": 2 }))),
            ],
            json!({ "groupId": 2 }),
        ),
        gitlab(
            "gitlab:projectVariable:create",
            json!({ "projectId": "acme/ledger", "key": "A", "value": "b", "variableType": "env_var" }),
            vec![("POST", "/projects/acme%2Fledger/variables", made(&json!({})))],
            json!({}),
        ),
    ]
}

fn of_others() -> Vec<Case> {
    let known = json!({ "clone_url": "https://gitea.com/acme/ledger.git", "html_url": "https://gitea.com/acme/ledger", "empty": true });
    let answers = vec![("GET", "/repos/acme/ledger", missing()), ("POST", "/orgs/acme/repos", made(&known))];
    let output = json!({
        "remoteUrl": "https://gitea.com/acme/ledger.git", "repoContentsUrl": "https://gitea.com/acme/ledger/src/branch/main", "commitHash": FIRST,
    });
    let plain = json!({
        "remoteUrl": "https://git.test/acme/ledger.git", "repoContentsUrl": "https://git.test/acme/ledger?ref=main", "commitHash": FIRST,
    });
    vec![
        case(
            "publish:gitea",
            "gitea.com?owner=acme&repo=ledger",
            json!({ "description": "Books" }),
            (GITEA, ""),
            answers,
            output,
        ),
        case("publish:git", "git.test?owner=acme&repo=ledger", json!({}), ("", ""), Vec::new(), plain),
    ]
}

/// The same questions, all answered in one way.
fn all(case: &Case, answer: &Answer) -> Answers {
    case.answers.iter().map(|(method, url, _)| (*method, url.clone(), answer.clone())).collect()
}

#[test]
fn each_action_does_what_it_is_for() {
    for case in cases() {
        let portal = portal(&case.answers);
        assert_eq!(done(&portal, case.action, case.input.clone()), Ok(case.output), "{}", case.action);
        let expected: Vec<(&str, &str)> = case.answers.iter().map(|(method, url, _)| (*method, url.as_str())).collect();
        let requests = portal.requests();
        let sent: Vec<(&str, &str)> =
            requests.iter().map(|asked| (asked.method.as_str(), asked.url.as_str())).collect();
        assert_eq!(sent, expected, "{}", case.action);
    }
    let mut tested: Vec<&str> = cases().iter().map(|case| case.action).collect();
    tested.sort();
    // What lists answer is tested with them.
    let mut known: Vec<&str> = ACTIONS.iter().map(|(id, _)| *id).filter(|id| !id.starts_with("forge:")).collect();
    known.sort_unstable();
    assert_eq!(tested, known, "each action has a case");
}

#[test]
fn a_dry_run_sends_nothing_and_answers_what_would_come() {
    for case in cases() {
        assert_eq!(manifest()[case.action]["dryRun"], true);
        let portal = portal(&Vec::new());
        let output = perform_as(&portal, &Invocation::new(case.action, case.input.clone()).dry()).expect(case.action);
        assert_eq!((asked(&portal), portal.pushed()), (Vec::new(), Vec::new()), "{}", case.action);
        if let Some(contents) = case.output.get("repoContentsUrl") {
            assert_eq!(&output["repoContentsUrl"], contents, "{}", case.action);
        }
        assert!(!portal.log().is_empty(), "{} tells what it would do", case.action);
    }
}

#[test]
fn what_a_forge_refuses_is_said_with_what_to_do() {
    let refused = [
        (
            Answer::json(&json!({ "message": "Bad credentials" })).with_status(401),
            "does not know the token (401: Bad credentials)",
        ),
        (Answer::json(&json!({ "message": "Must have admin rights" })).with_status(403), "give the token the rights"),
        (Answer::json(&json!({ "message": "body is odd" })).with_status(422), "does not take it (422: body is odd)"),
    ];
    for case in cases().into_iter().filter(|case| !case.answers.is_empty()) {
        for (answer, expected) in &refused {
            let portal = portal(&all(&case, answer));
            let error = done(&portal, case.action, case.input.clone()).expect_err(case.action).to_string();
            assert!(error.starts_with("could not ") && error.contains(expected), "{}: {error}", case.action);
            assert!(portal.pushed().is_empty(), "{}", case.action);
        }
    }
}

#[test]
fn a_forge_that_limits_the_rate_or_is_down_leaves_the_step_for_later() {
    for case in cases().into_iter().filter(|case| !case.answers.is_empty()) {
        for (answer, expected) in
            [(Answer::status(429).header("retry-after", "7200"), Some(7200)), (Answer::status(502), None)]
        {
            let error = done(&portal(&all(&case, &answer)), case.action, case.input.clone()).expect_err(case.action);
            assert!(
                matches!(&error, Error::Unavailable { retry_after, .. } if *retry_after == expected),
                "{}: {error:?}",
                case.action
            );
        }
        // One that asks for a short pause is waited for.
        let mut answers = case.answers.clone();
        let (method, url, _) = answers[0].clone();
        answers.insert(0, (method, url, Answer::status(429).header("retry-after", "5")));
        assert_eq!(done(&portal(&answers), case.action, case.input.clone()), Ok(case.output), "{}", case.action);
    }
}

#[test]
fn input_that_names_no_repository_of_the_forge_is_refused_before_anything_is_sent() {
    for case in cases() {
        let mut wrong = vec![("github.com/acme/ledger", "has a path"), ("github.com?owner=acme&repo=..", "is no name")];
        if case.action != "publish:git" {
            wrong.push(("bitbucket.org?owner=acme&repo=ledger", "bitbucket.org is no host of"));
            wrong.push(("git.unknown.test?owner=acme&repo=ledger", "it is not known what it is"));
        }
        for (repo_url, expected) in wrong {
            let mut input = case.input.clone();
            input["repoUrl"] = json!(repo_url);
            let portal = portal(&case.answers);
            let error = done(&portal, case.action, input).expect_err(case.action);
            assert!(
                matches!(&error, Error::Invalid(text) if text.starts_with("input.repoUrl: ") && text.contains(expected)),
                "{}: {error:?}",
                case.action
            );
            assert!(portal.requests().is_empty(), "{}", case.action);
        }
    }
}

#[test]
fn a_folder_that_is_not_there_is_refused_before_anything_is_made() {
    for case in cases() {
        if manifest()[case.action]["input"]["properties"]["sourcePath"]["description"]
            .as_str()
            .is_none_or(|said| !said.contains("workspace"))
        {
            continue;
        }
        for (folder, expected) in [("none", "there is no folder `none`"), ("../..", "leads out of its folder")] {
            let mut input = case.input.clone();
            input["sourcePath"] = json!(folder);
            let portal = portal(&case.answers);
            let error = done(&portal, case.action, input).expect_err(case.action).to_string();
            assert!(error.starts_with("input.sourcePath: ") && error.contains(expected), "{}: {error}", case.action);
            assert!(portal.requests().is_empty(), "{}", case.action);
        }
    }
}

#[test]
fn the_token_of_a_step_is_sent_to_its_forge_and_left_out_where_the_operator_says_so() {
    for mut case in cases().into_iter().filter(|case| !case.answers.is_empty() && case.action != "publish:gitea") {
        case.input["token"] = json!("mine");
        let bearer = ("authorization".to_owned(), "Bearer mine".to_owned());
        let own = portal(&case.answers);
        done(&own, case.action, case.input.clone()).expect(case.action);
        assert!(own.requests().iter().all(|asked| asked.headers.contains(&bearer)), "{}", case.action);
        let left = portal(&case.answers).settings(json!({ "ignoreTokens": true }));
        done(&left, case.action, case.input).expect(case.action);
        assert!(left.requests().iter().all(|asked| !asked.headers.contains(&bearer)), "{}", case.action);
    }
}
