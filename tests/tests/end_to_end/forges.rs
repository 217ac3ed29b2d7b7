//! The plugin `forges`: repositories of an organisation, from the forge's list to an answer of the API, and what becomes of them.

mod stage;

use std::time::Instant;

use portico_tests::fakes::{APP_KEY, Forge, Hosted, Trouble};
use portico_tests::{Real, Repository, Web, until};
use serde_json::{Value, json};

use stage::{
    SECRET, component, entity, facts, fails, granted, heard, hook, hosted, names, portal, read_soon, reading,
    signature, started, sync,
};

fn push() -> Value {
    json!({ "ref": "refs/heads/main" })
}

#[test]
fn an_organisation_brings_in_what_its_repositories_describe_and_how_they_stand() {
    let (ledger, plain) =
        (Repository::with(&[("catalog-info.yaml", &component("ledger"))]), Repository::with(&[("README.md", "x")]));
    let pulls = vec!["2025-01-01T00:00:00Z".to_owned(), "2026-01-01T00:00:00Z".to_owned()];
    let forge = Forge::hosting(vec![
        Hosted { pulls, ..hosted(1, "ledger", &ledger) },
        hosted(2, "plain", &plain),
        Hosted { archived: true, ..hosted(3, "old", &plain) },
        hosted(4, "sandbox-a", &plain),
    ]);
    let portal = reading(&forge, &[&ledger, &plain], ", exclude: ['sandbox-*'], people: true");
    sync(&portal);
    assert_eq!(names(&portal, "component"), ["ledger"]);
    assert_eq!(names(&portal, "repository"), ["acme-ledger", "acme-plain"]);
    let facts = facts(&portal, "ledger");
    assert_eq!(
        (&facts["project"], &facts["language"], &facts["licence"]),
        (&json!("acme/ledger"), &json!("Rust"), &json!("MIT"))
    );
    assert_eq!(facts["pullRequests"], json!({ "open": 2, "oldestAt": "2025-01-01T00:00:00Z" }));
    assert_eq!(
        (&facts["ci"]["state"], &facts["release"]["name"], &facts["lastCommit"]["author"]),
        (&json!("passed"), &json!("One"), &json!("Test"))
    );
    let own = entity(&portal, "repository", "acme-ledger").json();
    assert_eq!(own["facts"]["forges"]["ci"]["state"], "passed");
    assert!(own["relations"].to_string().contains("component:default/ledger"), "{}", own["relations"]);
    assert_eq!(entity(&portal, "user", "ada").json()["spec"]["memberOf"], json!(["core"]));
    assert_eq!(entity(&portal, "user", "bob").json()["spec"]["memberOf"], json!(["acme"]));
    let ada = entity(&portal, "user", "ada").json();
    let profile = json!({ "displayName": "Ada Lovelace", "email": "ada@acme.example", "picture": "https://github.example.test/ada.png" });
    assert_eq!((&ada["spec"]["profile"], &ada["metadata"]["description"]), (&profile, &json!("Counts.")));
    assert_eq!(entity(&portal, "group", "core").json()["spec"]["parent"], "acme");
    let found =
        portal.json("/api/catalog/entities/by-query?limit=0&q=kind:component%20facts.forges.pullRequests.open:%3E1");
    assert_eq!(found["totalItems"], 1, "{found}");
}

#[test]
fn an_app_has_read_what_it_is_installed_on_with_tokens_that_it_makes() {
    let ledger = Repository::with(&[("catalog-info.yaml", &component("ledger"))]);
    let forge = Forge::hosting_for_an_app(vec![hosted(1, "ledger", &ledger)]);
    let port = forge.port();
    let reading = format!(
        "{{ type: github, owner: acme, api: 'http://127.0.0.1:{port}/api/v3', web: 'https://github.example.test', installed: true }}"
    );
    let http = format!("{{ host: 127.0.0.1, port: {port}, scheme: http }}");
    let app = "githubApp: { id: 12345, key: { file: '{folder}/app.pem' }, account: acme }";
    let credential = format!("app: {{ hosts: ['127.0.0.1:{port}'], secret: {{ {app} }} }}");
    let portal = granted(&reading, &http, &json!([ledger.path()]).to_string(), &credential, &[("app.pem", APP_KEY)]);
    sync(&portal);
    assert_eq!(
        (names(&portal, "component"), names(&portal, "repository")),
        (vec!["ledger".into()], vec!["acme-ledger".into()])
    );
    let asked = forge.asked();
    let made = asked.iter().filter(|asked| asked.ends_with("/access_tokens")).count();
    assert_eq!(made, 1, "one token does for all questions: {asked:?}");
    let shown = portal.json("/api/portico/plugins/forges").to_string() + &portal.log();
    assert!(!shown.contains("s3cr3t"), "{shown}");
    let check = portal.post("/api/portico/plugins/forges/check", &json!({})).body;
    assert!(check.contains("1 of 1 repositories are read"), "{check}");
}

#[test]
fn a_push_is_shown_at_once_and_read_alone() {
    let (ledger, book) = (
        Repository::with(&[("catalog-info.yaml", &component("ledger"))]),
        Repository::with(&[("catalog-info.yaml", &component("book"))]),
    );
    let forge = Forge::hosting(vec![hosted(1, "ledger", &ledger), hosted(2, "book", &book)]);
    let portal = reading(&forge, &[&ledger, &book], "");
    sync(&portal);
    ledger.commit(&[("catalog-info.yaml", &component("journal"))]);
    forge.change(1, |hosted| hosted.pushes += 1);
    let _ = forge.asked();
    heard(&portal, "push", "1", &push());
    assert_eq!(names(&portal, "component"), ["book", "journal"]);
    let of_it = |path: &String| path.starts_with("/repos/acme/ledger") || path == "/repositories/1";
    assert!(forge.asked().iter().all(of_it));
    assert_eq!(hook(&portal, "push", "1", &push()).status, 204, "the same delivery counts once");
    assert_eq!(hook(&portal, "push", "2", &json!({ "ref": "refs/heads/next" })).status, 202);
    // The run finds nothing that the webhook has not brought.
    let _ = forge.asked();
    sync(&portal);
    assert_eq!(forge.asked().len(), 1);
    let forged = [("x-github-event", "push"), ("x-github-delivery", "3"), ("x-hub-signature-256", "sha256=00")];
    assert_eq!(portal.send("POST", "/api/plugins/forges/github", Some("{}"), &forged).status, 401);
}

#[test]
fn a_repository_that_is_renamed_keeps_its_entities_one_that_is_archived_or_deleted_does_not_and_one_that_is_made_brings_its_own()
 {
    let (ledger, book) = (
        Repository::with(&[("catalog-info.yaml", &component("ledger"))]),
        Repository::with(&[("catalog-info.yaml", &component("book"))]),
    );
    let forge = Forge::hosting(vec![hosted(1, "ledger", &ledger)]);
    let portal = reading(&forge, &[&ledger, &book], "");
    sync(&portal);
    let uid = || entity(&portal, "component", "ledger").json()["metadata"]["uid"].clone();
    let before = uid();
    forge.change(1, |hosted| hosted.name = "journal".into());
    // It names the repository as it was called: webhooks come late.
    heard(&portal, "repository", "1", &json!({ "action": "renamed" }));
    assert_eq!((facts(&portal, "ledger")["project"].clone(), uid()), (json!("acme/journal"), before));
    assert_eq!(names(&portal, "repository"), ["acme-journal"]);

    forge.change(1, |hosted| hosted.archived = true);
    heard(&portal, "repository", "2", &json!({ "action": "archived" }));
    assert!(names(&portal, "component").is_empty() && names(&portal, "repository").is_empty());
    forge.change(1, |hosted| hosted.archived = false);
    heard(&portal, "repository", "3", &json!({ "action": "unarchived" }));
    assert_eq!(names(&portal, "component"), ["ledger"]);

    heard(&portal, "repository", "4", &json!({ "action": "deleted" }));
    assert_eq!(names(&portal, "component"), ["ledger"], "the forge knows better");
    forge.remove(1);
    forge.add(hosted(9, "journal", &ledger));
    heard(
        &portal,
        "repository",
        "5",
        &json!({ "action": "deleted", "repository": { "id": 1, "full_name": "acme/journal" } }),
    );
    sync(&portal);
    assert_eq!(facts(&portal, "ledger")["id"], "9");
    let sources = portal.get("/api/portico/sources?limit=100").body;
    assert!(sources.contains("acme#9") && !sources.contains("acme#1\""), "{sources}");

    forge.add(hosted(2, "book", &book));
    let made = json!({ "id": 2, "full_name": "acme/book", "html_url": "https://github.example.test/acme/book" });
    heard(&portal, "repository", "6", &json!({ "action": "created", "repository": made }));
    assert_eq!(names(&portal, "component"), ["book", "ledger"]);
}

#[test]
fn a_bad_day_takes_nothing_away() {
    let (ledger, plain) =
        (Repository::with(&[("catalog-info.yaml", &component("ledger"))]), Repository::with(&[("README.md", "x")]));
    let mut all: Vec<Hosted> = (2..=120).map(|number| hosted(number, &format!("r{number}"), &plain)).collect();
    all.push(hosted(1, "ledger", &ledger));
    let forge = Forge::hosting(all);
    let portal = reading(&forge, &[&ledger, &plain], "");
    sync(&portal);
    for (trouble, expected) in [
        (Trouble::Status(401), "does not know the token (401: Bad credentials)"),
        (Trouble::Status(502), "it fails on its side"),
        (Trouble::Status(404), "there is no organisation, user or group `acme`"),
        (Trouble::HalfPage, "what cannot be read"),
    ] {
        forge.trouble(trouble);
        // What stands is not read again, so that a page has to be another to be read.
        forge.change(120, |hosted| hosted.pushes += 1);
        forge.change(1, |hosted| hosted.pushes += 1);
        let said = fails(&portal);
        assert!(said.contains(expected), "{trouble:?}: {said}");
        assert_eq!((names(&portal, "component").len(), names(&portal, "repository").len()), (1, 120), "{trouble:?}");
    }
    forge.trouble(Trouble::CutShort(100));
    sync(&portal);
    assert_eq!((names(&portal, "component").len(), names(&portal, "repository").len()), (1, 120));
    forge.trouble(Trouble::CutShort(0));
    sync(&portal);
    assert_eq!(names(&portal, "repository").len(), 120, "an empty list is asked about");
    forge.trouble(Trouble::None);
    forge.remove(2);
    sync(&portal);
    assert_eq!(names(&portal, "repository").len(), 120, "for an hour it may be the token that has lost sight of it");
    let gone = json!({ "id": 2, "full_name": "acme/r2", "html_url": "https://github.example.test/acme/r2" });
    heard(&portal, "repository", "1", &json!({ "action": "deleted", "repository": gone }));
    assert_eq!(names(&portal, "repository").len(), 119, "what is said to be gone goes at once");
}

#[test]
fn a_limit_is_waited_for() {
    let ledger = Repository::with(&[("catalog-info.yaml", &component("ledger"))]);
    let forge = Forge::hosting(vec![hosted(1, "ledger", &ledger)]);
    let portal = reading(&forge, &[&ledger], "");
    forge.trouble(Trouble::Limit(2));
    let run = sync(&portal);
    let log = portal.run_log(&run).join("\n");
    assert!(log.contains("limits the rate: going on in 1 s"), "{log}");
    assert_eq!(names(&portal, "component"), ["ledger"]);
}

#[test]
fn cards_show_what_was_noted_and_what_the_forge_says_now() {
    let ledger = Repository::with(&[("catalog-info.yaml", &component("ledger"))]);
    let forge =
        Forge::hosting(vec![Hosted { pulls: vec!["2025-01-01T00:00:00Z".into()], ..hosted(1, "ledger", &ledger) }]);
    let portal = reading(&forge, &[&ledger], "");
    sync(&portal);
    let card = |id: &str| portal.get(&format!("/api/portico/cards/forges/{id}?entity=component:default/ledger")).body;
    assert!(
        card("repository").contains("acme/ledger") && card("repository").contains("Passed"),
        "{}",
        card("repository")
    );
    assert!(card("pull-requests").contains("#1 Change 1"), "{}", card("pull-requests"));
    assert!(card("changes").contains("A change"), "{}", card("changes"));
    let offers = portal.get("/api/portico/cards?entity=component:default/ledger").body;
    assert!(["repository", "pull-requests", "changes"].iter().all(|id| offers.contains(id)), "{offers}");
}

#[test]
fn a_thousand_repositories_without_change_cost_their_listing_and_nothing_else() {
    let plain = Repository::with(&[("README.md", "x")]);
    let some =
        |numbers: std::ops::RangeInclusive<u64>| numbers.map(|number| hosted(number, &format!("r{number}"), &plain));
    let forge = Forge::hosting(some(1..=500).collect());
    let portal = reading(&forge, &[&plain], "");
    let (start, first) = (Instant::now(), sync(&portal));
    eprintln!("500 new: {:?}, {} questions, {} bytes", start.elapsed(), forge.asked().len(), first["peakMemory"]);
    some(501..=1_000).for_each(|hosted| forge.add(hosted));
    sync(&portal);
    let _ = forge.asked();
    assert_eq!(names(&portal, "repository").len(), 1_000);
    let (start, again) = (Instant::now(), sync(&portal));
    let asked = forge.asked();
    eprintln!("1,000 that stand: {:?}, {} questions, {} bytes", start.elapsed(), asked.len(), again["peakMemory"]);
    assert_eq!(asked.len(), 10, "{asked:?}");
    forge.change(500, |hosted| hosted.pushes += 1);
    sync(&portal);
    assert_eq!(forge.asked().len(), 10 + 4, "the page is read, and one repository is asked about");
}

/// A project as GitLab shows it by itself.
fn licensed(mut project: Value) -> Value {
    project["license"] = json!({ "key": "gpl-3.0", "name": "GNU General Public License v3.0" });
    project
}

/// What GitLab and Gitea answer, as files.
fn others(ledger: &Repository) -> Web {
    let project = json!({
        "id": 7, "path_with_namespace": "acme/ledger", "web_url": "https://gitlab.example.test/acme/ledger", "http_url_to_repo": ledger.path(),
        "default_branch": "main", "topics": ["shop"], "visibility": "private", "last_activity_at": "2026-01-01T00:00:00Z",
    });
    let repository = json!({
        "id": 7, "full_name": "umbrella/book", "html_url": "https://gitea.example.test/umbrella/book", "clone_url": ledger.path(),
        "default_branch": "main", "private": false, "language": "Go", "topics": [], "updated_at": "2026-01-01T00:00:00Z",
        "open_pr_counter": 0, "release_counter": 0,
    });
    let pipeline = json!({ "status": "failed", "web_url": "https://gitlab.example.test/p/1" });
    let commit = json!({ "id": "c1", "title": "Do it", "author_name": "Ada", "committed_date": "2026-01-01T00:00:00Z", "last_pipeline": pipeline });
    let signed = json!({ "name": "Ada", "date": "2026-01-01T00:00:00Z" });
    let commits = json!([{ "sha": "c1", "commit": { "message": "Do it", "author": signed, "committer": signed } }]);
    let files = [
        ("/api/v4/groups/acme/projects", json!([project])),
        ("/api/v4/projects/7", licensed(project)),
        ("/api/v4/projects/7/repository/commits/main", commit),
        ("/api/v4/projects/7/languages", json!({ "Rust": 99.0, "Shell": 1.0 })),
        ("/api/v4/projects/7/merge_requests", json!([])),
        ("/api/v4/projects/7/releases", json!([])),
        ("/api/v1/orgs/umbrella/repos", json!([repository])),
        ("/api/v1/repositories/7", repository),
        ("/api/v1/repos/umbrella/book/commits", commits),
        (
            "/api/v1/repos/umbrella/book/commits/c1/status",
            json!({ "state": "success", "total_count": 1, "statuses": [] }),
        ),
    ];
    let web = Web::with(&[]);
    files.iter().for_each(|(path, body)| web.put(path, &body.to_string()));
    web
}

#[test]
fn gitlab_and_gitea_say_the_same_in_their_own_way() {
    let ledger = Repository::with(&[("catalog-info.yaml", &component("ledger"))]);
    let web = others(&ledger);
    let port = web.url("").rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let forges = format!(
        "{{ type: gitlab, owner: acme, api: '{}', web: 'https://gitlab.example.test' }}
        - {{ type: forgejo, owner: umbrella, api: '{}', web: 'https://gitea.example.test', descriptors: [none.yaml] }}",
        web.url("/api/v4"),
        web.url("/api/v1")
    );
    let portal = started(&forges, port, &json!([ledger.path()]).to_string());
    sync(&portal);
    let gitlab = facts(&portal, "ledger");
    assert_eq!(
        (&gitlab["language"], &gitlab["ci"]["state"], &gitlab["visibility"]),
        (&json!("Rust"), &json!("failed"), &json!("private"))
    );
    assert_eq!(gitlab["licence"], "GPL-3.0");
    assert_eq!((&gitlab["pullRequests"]["open"], &gitlab["lastCommit"]["author"]), (&json!(0), &json!("Ada")));
    let gitea = entity(&portal, "repository", "gitea.example.test-umbrella-book").json()["facts"]["forges"].clone();
    assert_eq!(
        (&gitea["language"], &gitea["ci"]["state"], &gitea["lastCommit"]["id"]),
        (&json!("Go"), &json!("passed"), &json!("c1"))
    );

    ledger.commit(&[("catalog-info.yaml", &component("journal"))]);
    let project = json!({ "id": 7, "path_with_namespace": "acme/ledger", "default_branch": "main", "web_url": "https://gitlab.example.test/acme/ledger" });
    let body = json!({ "ref": "refs/heads/main", "project": project }).to_string();
    let push = |token| {
        portal.send(
            "POST",
            "/api/plugins/forges/gitlab",
            Some(&body),
            &[("x-gitlab-event", "Push Hook"), ("x-gitlab-token", token)],
        )
    };
    assert_eq!(push("another").status, 401);
    read_soon(&portal, || push(SECRET));
    assert_eq!(names(&portal, "component"), ["journal"]);
    let body = json!({ "ref": "refs/heads/main", "repository": { "id": 7, "full_name": "umbrella/book", "default_branch": "main", "html_url": "https://gitea.example.test/umbrella/book" } });
    let headers =
        [("x-gitea-event", "push"), ("x-gitea-delivery", "1"), ("x-gitea-signature", &*signature(&body.to_string()))];
    read_soon(&portal, || portal.send("POST", "/api/plugins/forges/gitea", Some(&body.to_string()), &headers));
}

#[test]
fn webhooks_that_come_all_at_once_come_to_what_there_is() {
    let ledger = Repository::with(&[("catalog-info.yaml", &component("ledger"))]);
    let forge = Forge::hosting(vec![hosted(1, "ledger", &ledger)]);
    let portal = reading(&forge, &[&ledger], "");
    sync(&portal);
    ledger.commit(&[("catalog-info.yaml", &component("journal"))]);
    forge.change(1, |hosted| hosted.pushes += 1);
    let answers = std::thread::scope(|scope| {
        let send = |number: usize| {
            let portal = &portal;
            scope.spawn(move || hook(portal, "push", &format!("d{number}"), &push()).status)
        };
        let threads: Vec<_> = (0..6).map(send).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect::<Vec<_>>()
    });
    assert_eq!(answers, [202; 6]);
    until("it is read", || (names(&portal, "component") == ["journal"]).then_some(()));
}

#[test]
fn what_stands_in_for_github_with_its_own_description_is_read_as_well() {
    let Some(git) = Real::start("git", &[]) else { return };
    let github = git.beside("github", &[]);
    let api = github.says("GITHUB_API_URL").replace("127.0.0.1", "localhost");
    let port = api.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let portal = portal(&api, port, "['http://127.0.0.1:18930/git/acme/*']", "");
    let run = portal.run("forges");
    assert_eq!(names(&portal, "repository").len(), 19, "{run}\n{:#?}", portal.run_log(&run));
    assert_eq!(facts(&portal, "orders")["project"], "acme/orders");
}
