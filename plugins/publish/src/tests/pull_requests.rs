//! Pull requests of GitHub and merge requests of GitLab: branches that are there, what is asked of whom, and what is there already.

use portico_sdk::Error;
use portico_sdk::actions::Invocation;
use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

use super::{Answers, GITHUB, GITLAB, asked, body, done, made, missing, ok, perform_as, portal, put};

fn url(path: &str) -> String {
    format!("{GITHUB}/repos/acme/ledger{path}")
}

fn known() -> Value {
    json!({ "clone_url": "https://github.com/acme/ledger.git", "html_url": "https://github.com/acme/ledger", "default_branch": "main" })
}

fn request() -> Value {
    json!({ "number": 3, "html_url": "https://github.com/acme/ledger/pull/3" })
}

/// What GitHub answers where the branch is there, or not.
fn answers(branch: Answer) -> Answers {
    vec![
        ("GET", url(""), ok(&known())),
        ("GET", url("/git/ref/heads/feat/x"), branch),
        ("GET", url("/pulls?state=open&head=acme%3Afeat%2Fx&base=dev"), ok(&json!([request()]))),
        ("POST", url("/pulls"), made(&request())),
    ]
}

fn there() -> Answer {
    ok(&json!({ "ref": "refs/heads/feat/x" }))
}

fn input(more: Value) -> Value {
    let mut input = json!({
        "repoUrl": "github.com?owner=acme&repo=ledger", "branchName": "feat/x", "targetBranchName": "dev", "title": "A change", "description": "Why",
    });
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    input
}

#[test]
fn a_change_is_pushed_to_a_branch_of_its_own_and_people_are_asked() {
    let mut answers = answers(missing());
    answers.push(("POST", url("/pulls/3/requested_reviewers"), made(&json!({}))));
    answers.push(("POST", url("/issues/3/assignees"), made(&json!({}))));
    let portal = portal(&answers);
    put(&portal, "out/new.txt", "new");
    let more = json!({
        "sourcePath": "out", "targetPath": "./docs", "filesToDelete": ["old.txt"], "draft": true, "commitMessage": "Change it",
        "reviewers": ["ada"], "teamReviewers": ["core"], "assignees": ["grace"], "gitAuthorName": "Ada", "gitAuthorEmail": "ada@acme.test",
    });
    done(&portal, "publish:github:pull-request", input(more)).expect("a pull request");
    let pushed = &portal.pushed()[0];
    let commit = &pushed.commit;
    assert_eq!(
        (commit.branch.as_str(), commit.onto.as_deref(), commit.message.as_str()),
        ("feat/x", Some("dev"), "Change it")
    );
    assert_eq!(
        (commit.removed.clone(), commit.replaces, commit.force),
        (vec!["docs/old.txt".to_owned()], false, false)
    );
    assert_eq!(pushed.files.keys().collect::<Vec<_>>(), ["docs/new.txt"]);
    let asked = body(&portal, "POST", "/pulls");
    assert_eq!((&asked["head"], &asked["base"], &asked["draft"]), (&json!("feat/x"), &json!("dev"), &json!(true)));
    assert_eq!(
        body(&portal, "POST", "/requested_reviewers"),
        json!({ "reviewers": ["ada"], "team_reviewers": ["core"] })
    );
    assert_eq!(body(&portal, "POST", "/assignees"), json!({ "assignees": ["grace"] }));
}

#[test]
fn a_branch_that_is_there_is_added_to_only_where_the_step_says_so() {
    let portal_ = portal(&answers(there()));
    let error = done(&portal_, "publish:github:pull-request", input(json!({}))).unwrap_err().to_string();
    assert!(error.contains("the branch feat/x is there already") && error.contains("`update: true`"), "{error}");
    assert!(portal_.pushed().is_empty());
    let portal = portal(&answers(there()));
    done(&portal, "publish:github:pull-request", input(json!({ "update": true }))).expect("the open one");
    assert_eq!(portal.pushed()[0].commit.onto.as_deref(), Some("feat/x"));
    assert!(!asked(&portal).iter().any(|asked| asked.starts_with("POST")), "the pull request that is open stays");
}

#[test]
fn a_pull_request_that_was_broken_off_goes_on_where_it_was() {
    let mut answers = answers(missing());
    answers[3].2 = Answer::status(502);
    answers.push(("POST", url("/pulls"), made(&request())));
    answers[2].2 = ok(&json!([]));
    let portal = portal(&answers);
    let step = Invocation::new("publish:github:pull-request", input(json!({})));
    assert!(matches!(perform_as(&portal, &step), Err(Error::Unavailable { .. })));
    let output = perform_as(&portal, &Invocation { attempt: 1, ..step }).expect("it goes on");
    assert_eq!((&output["pullRequestNumber"], portal.pushed().len()), (&json!(3), 1));
}

#[test]
fn what_cannot_be_done_is_refused_in_words() {
    for (more, expected) in [
        (json!({ "forceFork": true }), "input.forceFork: "),
        (json!({ "targetPath": "../x" }), "input.targetPath: `../x` leads out"),
        (json!({ "filesToDelete": ["../x"] }), "input.filesToDelete: `../x` leads out"),
    ] {
        let portal = portal(&answers(missing()));
        let error = done(&portal, "publish:github:pull-request", input(more)).unwrap_err();
        assert!(matches!(&error, Error::Invalid(text) if text.starts_with(expected)), "{error:?}");
        assert!(portal.pushed().is_empty());
    }
}

/// What GitLab answers of a branch that is to be merged.
fn gitlab(branch: Answer, tree: Value, request: Answer) -> Answers {
    let project = |path: &str| format!("{GITLAB}/projects/7{path}");
    let open = json!({ "iid": 2, "web_url": "https://gitlab.com/mr/2" });
    vec![
        (
            "GET",
            format!("{GITLAB}/projects/7"),
            ok(&json!({ "id": 7, "path_with_namespace": "acme/ledger", "default_branch": "main" })),
        ),
        ("GET", project("/repository/branches/change"), branch),
        ("GET", project("/repository/tree?recursive=true&per_page=100&ref=main"), ok(&tree)),
        ("GET", project("/repository/tree?recursive=true&per_page=100&ref=change"), ok(&tree)),
        ("POST", project("/repository/commits"), made(&json!({ "id": "c0ffee" }))),
        ("GET", format!("{GITLAB}/users?username=ada"), ok(&json!([{ "id": 11 }]))),
        ("POST", project("/merge_requests"), request),
        ("GET", project("/merge_requests?state=opened&source_branch=change&target_branch=main"), ok(&json!([open]))),
        ("GET", project("/merge_requests/2/approval_rules"), ok(&json!([{ "eligible_approvers": [{ "id": 12 }] }]))),
        ("PUT", project("/merge_requests/2"), ok(&json!({}))),
        ("PUT", project("/merge_requests/2/merge"), ok(&json!({}))),
    ]
}

fn merge(more: Value) -> Value {
    let mut input =
        json!({ "repoUrl": "gitlab.com?project=7", "branchName": "change", "title": "A change", "projectid": "7" });
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    input
}

fn opened() -> Answer {
    made(&json!({ "iid": 2, "web_url": "https://gitlab.com/mr/2" }))
}

#[test]
fn a_merge_request_holds_what_differs_and_asks_whom_the_step_says() {
    let tree = json!([{ "path": "README.md", "id": "old", "mode": "100644", "type": "blob" }, { "path": "src", "id": "x", "mode": "040000", "type": "tree" }]);
    let portal = portal(&gitlab(missing(), tree, opened()));
    put(&portal, "new.txt", "new");
    let more = json!({
        "assignee": "ada", "reviewers": ["@ada"], "labels": ["a", "b"], "removeSourceBranch": true, "autoMerge": true,
        "assignReviewersFromApprovalRules": true, "description": "Why",
    });
    done(&portal, "publish:gitlab:merge-request", merge(more)).expect("a merge request");
    let commit = body(&portal, "POST", "/repository/commits");
    assert_eq!((&commit["branch"], &commit["start_branch"]), (&json!("change"), &json!("main")));
    let actions: Vec<String> = commit["actions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| format!("{} {}", one["action"], one["file_path"]))
        .collect();
    assert_eq!(actions, [r#""update" "README.md""#, r#""create" "new.txt""#]);
    let asked = body(&portal, "POST", "/merge_requests");
    assert_eq!(
        (&asked["assignee_id"], &asked["reviewer_ids"], &asked["labels"]),
        (&json!(11), &json!([11]), &json!("a,b"))
    );
    assert_eq!(body(&portal, "PUT", "/merge_requests/2"), json!({ "reviewer_ids": [12] }));
    assert_eq!(body(&portal, "PUT", "/merge")["auto_merge"], true);
}

#[test]
fn a_merge_request_that_was_broken_off_is_neither_committed_nor_opened_twice() {
    let readme = crate::gitlab::digest(b"# Ledger\n");
    let tree = json!([{ "path": "README.md", "id": readme, "mode": "100644", "type": "blob" }]);
    let branch = || ok(&json!({ "commit": { "id": "c0ffee" } }));
    let conflict = Answer::json(&json!({ "message": ["Another open merge request already exists"] })).with_status(409);
    let portal_ = portal(&gitlab(branch(), tree.clone(), conflict));
    let output = done(&portal_, "publish:gitlab:merge-request", merge(json!({}))).expect("the open one");
    assert_eq!(output["mergeRequestUrl"], "https://gitlab.com/mr/2");
    assert!(!asked(&portal_).iter().any(|asked| asked.contains("/repository/commits")), "{:?}", asked(&portal_));
    let other = json!([{ "path": "README.md", "id": "old", "mode": "100644", "type": "blob" }]);
    let there = portal(&gitlab(branch(), other.clone(), opened()));
    let refused = done(&there, "publish:gitlab:merge-request", merge(json!({}))).unwrap_err();
    assert!(refused.to_string().contains("is there already, and does not hold these files"), "{refused}");
    let mut answers = gitlab(missing(), other, Answer::status(502));
    answers.push(("POST", format!("{GITLAB}/projects/7/merge_requests"), opened()));
    let again = portal(&answers);
    let step = Invocation::new("publish:gitlab:merge-request", merge(json!({})));
    assert!(matches!(perform_as(&again, &step), Err(Error::Unavailable { .. })));
    perform_as(&again, &step).expect("it goes on");
    assert_eq!(asked(&again).iter().filter(|asked| asked.contains("/repository/commits")).count(), 1);
    let nothing = done(&portal(&gitlab(missing(), tree, opened())), "publish:gitlab:merge-request", merge(json!({})))
        .unwrap_err();
    assert!(nothing.to_string().contains("nothing of the workspace differs from the branch main"), "{nothing}");
}

#[test]
fn what_is_done_with_files_is_as_the_step_says() {
    for (manner, expected) in
        [("create", Some("create")), ("update", Some("update")), ("delete", Some("delete")), ("skip", None)]
    {
        let portal = portal(&gitlab(missing(), json!([]), opened()));
        done(&portal, "publish:gitlab:merge-request", merge(json!({ "commitAction": manner, "targetPath": "docs" })))
            .expect(manner);
        let committed = expected.map(|_| body(&portal, "POST", "/repository/commits")["actions"][0].clone());
        assert_eq!(committed.as_ref().map(|one| one["action"].as_str()), expected.map(Some), "{manner}");
        assert!(committed.is_none_or(|one| one["file_path"] == "docs/README.md"));
        assert_eq!(asked(&portal).iter().any(|asked| asked.contains("/repository/commits")), expected.is_some());
    }
    let portal = portal(&gitlab(missing(), json!([]), opened()));
    std::os::unix::fs::symlink("README.md", portal.workspace().join("link")).expect("a link");
    let error = done(&portal, "publish:gitlab:merge-request", merge(json!({}))).unwrap_err();
    assert!(error.to_string().contains("link is a link"), "{error}");
}

#[test]
fn somebody_whom_the_forge_does_not_take_costs_no_request() {
    let told = |portal: &Portal, text: &str| portal.log().iter().any(|(_, line)| line.contains(text));
    let mut of_github = answers(missing());
    let unknown =
        Answer::json(&json!({ "message": "Reviews may only be requested from collaborators." })).with_status(422);
    of_github.push(("POST", url("/pulls/3/requested_reviewers"), unknown));
    let portal_ = portal(&of_github);
    done(&portal_, "publish:github:pull-request", input(json!({ "reviewers": ["ada"] }))).expect("a pull request");
    assert!(told(&portal_, "could not ask for reviews of the pull request 3"));
    let mut of_gitlab = gitlab(missing(), json!([]), opened());
    of_gitlab.push(("GET", format!("{GITLAB}/users?username=nobody"), ok(&json!([]))));
    let portal = portal(&of_gitlab);
    done(&portal, "publish:gitlab:merge-request", merge(json!({ "reviewers": ["nobody"], "assignee": "nobody" })))
        .expect("a merge request");
    assert!(told(&portal, "could not find the user nobody"));
}

#[test]
fn a_folder_that_is_called_as_the_target_is_what_is_merged_where_nothing_is_said() {
    let portal = portal(&gitlab(missing(), json!([]), opened()));
    put(&portal, "docs/index.md", "");
    done(&portal, "publish:gitlab:merge-request", merge(json!({ "targetPath": "docs", "commitAction": "create" })))
        .expect("a merge request");
    let actions = body(&portal, "POST", "/repository/commits")["actions"].clone();
    assert_eq!((actions.as_array().map(Vec::len), &actions[0]["file_path"]), (Some(1), &json!("docs/index.md")));
}
