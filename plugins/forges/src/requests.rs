//! What forges are asked for, in all that the plugin does: what the documentation lists, and nothing else.
//!
//! Rule: whoever has it ask for more writes it there first with the right that it takes, since operators make tokens by that list.

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::cards::{Cards, Context};
use portico_sdk::checks::Findings;
use portico_sdk::model::EntityRef;
use portico_sdk::routes::Request;
use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

use crate::testing::{Stage, row, settings};
use crate::{cards, checks, sync, webhook};

const DOCUMENTATION: &str = include_str!("../../../docs/integrations/forges.md");
const MANIFEST: &str = include_str!("../manifest.yaml");

/// Parts of paths that stand for any.
const ANY: [&str; 10] = ["acme", "ada", "bob", "ledger", "core", "main", "c1", "1", "2", "7"];

/// What the table in the documentation lists for a forge: requests such as `GET /orgs/*/repos`, and the right that each takes.
fn documented(forge: &str) -> BTreeMap<String, String> {
    let rows = DOCUMENTATION.lines().filter_map(|line| line.strip_prefix(&format!("| {forge} | `")));
    let row = |row: &str| {
        let (request, rest) = row.split_once("` | ").expect("a request");
        let (right, _) = rest.split_once(" |").expect("a right");
        (request.to_owned(), right.to_owned())
    };
    rows.filter(|row| ["GET /", "POST /"].iter().any(|start| row.starts_with(start))).map(row).collect()
}

/// A request with a star for each name and number.
fn pattern(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts = path.split('/').map(|part| if ANY.contains(&part) { "*" } else { part });
    format!("{method} {}", parts.collect::<Vec<_>>().join("/"))
}

/// All that the plugin does.
fn everything(portal: &Portal, written: &str, scope: &str) {
    let (settings, stage) = (settings(written), Stage::default());
    // What is missing in the answers is no matter here: it was asked for.
    drop(portal.run(|| sync::run(&stage, &settings)));
    portal.run(|| checks::check(&stage, &settings, &mut Findings::default()));
    let context = Context::of(EntityRef::parse("component:ledger").expect("a name"));
    for card in ["repository", "pull-requests", "changes"] {
        drop(portal.run(|| cards::Shown::render(card, &context)));
    }
    let member = json!({ "event_name": "user_add_to_group", "group_id": 2 }).to_string().into();
    drop(
        portal.run(|| {
            webhook::handle(&settings, &Request { path: "/gitlab".into(), body: member, ..Request::default() })
        }),
    );
    drop(portal.clone().scopes(&[scope]).run(|| sync::run(&stage, &settings)));
}

/// What it asks a forge that answers so. Whatever it asked for is answered the next time, until it asks for nothing more.
fn asked(base: &str, owner: &str, says: impl Fn(&str) -> Answer) -> BTreeSet<String> {
    let written = format!(r#"{{"forges":[{owner}]}}"#);
    let forge = settings(&written).forges.remove(0);
    let facts = json!({ "host": forge.host(), "project": format!("{}/ledger", forge.owner.as_str()), "id": "7", "defaultBranch": "main" });
    let component = json!({ "kind": "Component", "metadata": { "name": "ledger" }, "facts": { "forges": facts } });
    let path = |url: &str| url.strip_prefix(base).expect("nobody else is asked").to_owned();
    let mut known: BTreeSet<(String, String)> = BTreeSet::new();
    loop {
        let portal = Portal::new().settings(serde_json::from_str(&written).expect("JSON")).entity(component.clone());
        let portal = known.iter().fold(portal, |portal, (method, url)| portal.answer(method, url, says(&path(url))));
        everything(&portal, &written, &forge.scope("7"));
        let requests = portal.requests();
        let own = ["accept", "content-type", "if-none-match", "user-agent"];
        let mut headers = requests.iter().flat_map(|asked| &asked.headers);
        assert!(headers.all(|(name, _)| own.contains(&name.as_str())), "the portal adds the token");
        let mut posted = requests.iter().filter(|asked| asked.method == "POST");
        assert!(posted.all(|asked| asked.body.starts_with(br#"{"query":"query("#)), "what is posted is a question");
        let before = known.len();
        known.extend(requests.into_iter().map(|asked| (asked.method, asked.url)));
        if known.len() == before {
            return known.iter().map(|(method, url)| pattern(method, &path(url))).collect();
        }
    }
}

/// What GitHub and Gitea answer, which is much the same.
fn answer(list: &Value, path: &str) -> Answer {
    let signed = json!({ "name": "Ada", "date": "2026-01-01T00:00:00Z" });
    Answer::json(&match pattern("GET", path).trim_start_matches("GET ") {
        "/orgs/*/repos" if !path.starts_with("/orgs/acme/") => return Answer::status(404),
        "/orgs/*/repos" | "/users/*/repos" | "/user/repos" | "/installation/repositories" => json!([list]),
        "/repositories/*" => list.clone(),
        "/user" => json!({ "login": "ada" }),
        "/orgs/*/teams" => json!([{ "id": 2, "slug": "core", "name": "Core" }]),
        "/repos/*/*/commits" => json!([{ "sha": "c1", "commit": { "message": "Do it", "committer": signed } }]),
        "/repos/*/*/commits/*/status" => json!({ "state": "success", "total_count": 0 }),
        "/repos/*/*/actions/runs" => json!({ "workflow_runs": [] }),
        "/repos/*/*/pulls" => {
            json!([{ "number": 1, "title": "x", "created_at": "2026-01-01T00:00:00Z", "html_url": "https://x.test", "head": { "sha": "c1" } }])
        }
        "/orgs/*/members" | "/orgs/*/teams/*/members" | "/teams/*/members" => json!([{ "login": "ada" }]),
        _ => return Answer::status(404),
    })
}

fn github() -> BTreeSet<String> {
    let list = |owner: &str| {
        let mut list = row(7, "ledger");
        list["full_name"] = json!(format!("{owner}/ledger"));
        list["open_issues_count"] = json!(1);
        list
    };
    let of = |owner: &str, more: &str| {
        let forge = format!(r#"{{"type":"github","owner":"{owner}","people":true{more}}}"#);
        asked("https://api.github.com", &forge, |path| answer(&list(owner), path))
    };
    let all = [of("acme", ""), of("acme", r#","installed":true"#), of("ada", ""), of("bob", "")];
    all.into_iter().flatten().collect()
}

fn gitea() -> BTreeSet<String> {
    let list = |owner: &str| {
        json!({ "id": 7, "full_name": format!("{owner}/ledger"), "html_url": "https://gitea.com/x", "clone_url": "https://gitea.com/x.git",
            "default_branch": "main", "open_pr_counter": 1, "release_counter": 1 })
    };
    let of = |owner: &str| {
        let forge = format!(r#"{{"type":"gitea","owner":"{owner}","people":true}}"#);
        asked("https://gitea.com/api/v1", &forge, |path| answer(&list(owner), path))
    };
    [of("acme"), of("ada")].into_iter().flatten().collect()
}

fn gitlab() -> BTreeSet<String> {
    let group = |id: u64, path: &str| json!({ "id": id, "full_path": path, "name": path });
    let project = |owner: &str| {
        json!({ "id": 7, "path_with_namespace": format!("{owner}/ledger"), "web_url": "https://gitlab.com/x",
            "http_url_to_repo": "https://gitlab.com/x.git", "default_branch": "main" })
    };
    let request = json!({ "iid": 1, "title": "x", "created_at": "2026-01-01T00:00:00Z", "web_url": "https://x.test" });
    let says = |owner: &str, path: &str| {
        Answer::json(&match pattern("GET", path).trim_start_matches("GET ") {
            "/groups/*/projects" if !path.starts_with("/groups/acme/") => return Answer::status(404),
            "/groups/*/projects" | "/users/*/projects" => json!([project(owner)]),
            "/projects/*" => project(owner),
            "/projects/*/repository/commits/*" => json!({ "id": "c1" }),
            "/projects/*/repository/commits" => json!([{ "id": "c1" }]),
            "/projects/*/languages" => json!({ "Rust": 100.0 }),
            "/projects/*/merge_requests" => json!([request]),
            "/projects/*/releases" | "/projects/*/pipelines" | "/groups/*/members/all" => json!([]),
            "/groups/*" => group(1, "acme"),
            "/groups/*/descendant_groups" => json!([group(2, "acme/core")]),
            _ => return Answer::status(404),
        })
    };
    let of = |owner: &str| {
        let forge = format!(r#"{{"type":"gitlab","owner":"{owner}","people":true}}"#);
        asked("https://gitlab.com/api/v4", &forge, |path| says(owner, path))
    };
    [of("acme"), of("ada")].into_iter().flatten().collect()
}

#[test]
fn nothing_is_asked_for_that_the_documentation_does_not_list_and_all_that_it_lists() {
    for (forge, asked) in [("GitHub", github()), ("GitLab", gitlab()), ("Gitea", gitea())] {
        assert_eq!(asked, documented(forge).into_keys().collect(), "{forge}");
    }
}

#[test]
fn each_right_that_the_documentation_lists_is_one_that_tokens_are_made_with() {
    for (forge, kind) in [("GitHub", "github"), ("GitLab", "gitlab"), ("Gitea", "gitea")] {
        let made = settings(&format!(r#"{{"forges":[{{"type":"{kind}","owner":"acme"}}]}}"#));
        let made = made.forges[0].dialect().scopes();
        for (request, right) in documented(forge) {
            let name = right.trim_matches('`').trim_end_matches(": read");
            assert!(right == "none" || made.contains(name), "{request}: {right} is not in `{made}`");
        }
    }
}

#[test]
fn the_manifest_asks_for_nothing_but_reading_and_the_one_question_that_is_posted() {
    let methods: Vec<&str> = MANIFEST.lines().filter_map(|line| line.strip_prefix("      methods: ")).collect();
    assert_eq!(methods, ["[GET]", "[POST]"]);
    assert!(MANIFEST.contains("methods: [POST]\n      paths: [/graphql, /api/graphql]\n"));
    let all = ["GitHub", "GitLab", "Gitea"].map(documented);
    let posted: Vec<&String> = all.iter().flat_map(BTreeMap::keys).filter(|one| one.starts_with("POST")).collect();
    assert_eq!(posted, ["POST /graphql"]);
}
