//! From a commit in a Git repository to an answer of the API, and what becomes of it as the repository changes.

use std::fs;

use jiff::Timestamp;
use portico_tests::{Portal, PortalBuilder, Repository};
use serde_json::{Value, json};

const LEDGER: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: ledger
  description: Keeps the books
  tags: [rust]
spec:
  type: service
  lifecycle: production
  owner: money
  providesApis: [ledger]
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata:
  name: ledger
spec:
  type: openapi
  lifecycle: production
  owner: money
  definition:
    $text: ./openapi.yaml
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: money
spec:
  type: team
  children: []
";

fn component(name: &str, owner: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n  type: service\n  \
         lifecycle: production\n  owner: {owner}\n"
    )
}

/// Runs the plugin, and answers what the run changed.
fn sync(portal: &Portal) -> Value {
    let run = portal.run("git");
    assert_eq!(run["state"], "succeeded", "{run}\n{:?}", portal.run_log(&run));
    run["summary"].clone()
}

fn names(portal: &Portal) -> Vec<String> {
    let entities = portal.json("/api/catalog/entities?filter=kind=component&order=asc:metadata.name");
    let name = |entity: &Value| entity["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    entities.as_array().expect("a list").iter().map(name).collect()
}

fn ledger(portal: &Portal) -> Value {
    portal.json("/api/catalog/entities/by-name/component/default/ledger")
}

/// The problems, but for references that lead to nothing: teams are not in these repositories.
fn not_taken(portal: &Portal) -> Value {
    let problems = portal.json("/api/portico/problems");
    let items = problems["items"].as_array().expect("a list").iter();
    items.filter(|problem| problem["cause"] != "dangling").cloned().collect()
}

#[test]
fn a_descriptor_becomes_an_entity_with_its_relations_and_its_origin() {
    let repository = Repository::with(&[("catalog-info.yaml", LEDGER), ("openapi.yaml", "openapi: 3.1.0\n")]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    assert_eq!(sync(&portal)["added"], 3);

    let entity = ledger(&portal);
    assert_eq!(entity["metadata"]["description"], "Keeps the books");
    let relations = json!([
        { "type": "ownedBy", "targetRef": "group:default/money" },
        { "type": "providesApi", "targetRef": "api:default/ledger" },
    ]);
    assert_eq!(entity["relations"], relations);
    let location = entity["metadata"]["annotations"]["backstage.io/managed-by-location"].as_str();
    assert!(location.is_some_and(|location| location.ends_with("catalog-info.yaml")), "{entity}");
    let api = portal.json("/api/catalog/entities/by-name/api/default/ledger");
    assert_eq!(api["spec"]["definition"], "openapi: 3.1.0\n");

    let origin = portal.json("/api/portico/entities/api/default/ledger/origin");
    let claim = &origin["claims"][0];
    assert_eq!(
        (&claim["file"], &claim["line"], &claim["owner"]),
        (&json!("catalog-info.yaml"), &json!(13), &json!(true))
    );
    assert_eq!(claim["source"]["scope"], repository.path().display().to_string());
    assert_eq!(claim["source"]["plugin"], "git");
}

#[test]
fn what_leaves_the_repository_leaves_the_catalog() {
    let repository = Repository::with(&[
        ("catalog-info.yaml", &component("kept", "money")),
        ("old/catalog-info.yaml", &component("gone", "money")),
    ]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    sync(&portal);
    assert_eq!(names(&portal), ["gone", "kept"]);
    repository.commit(&[("old/catalog-info.yaml", "")]);
    let summary = sync(&portal);
    assert_eq!((&summary["removed"], names(&portal)), (&json!(1), vec!["kept".to_owned()]));
}

#[test]
fn one_broken_file_costs_that_file_and_its_last_good_entity_stays() {
    let repository = Repository::with(&[
        ("catalog-info.yaml", &component("sound", "money")),
        ("ledger/catalog-info.yaml", &component("ledger", "money")),
    ]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    sync(&portal);

    let broken = component("ledger", "money").replace("spec:", "spec:\n\towner: tabbed");
    repository.commit(&[("ledger/catalog-info.yaml", &broken), ("new/catalog-info.yaml", &component("new", "money"))]);
    sync(&portal);
    assert_eq!(names(&portal), ["ledger", "new", "sound"], "the rest goes on, and the last good version stays");
    let problems = not_taken(&portal);
    let problem = &problems[0];
    assert_eq!((&problem["file"], &problem["line"]), (&json!("ledger/catalog-info.yaml"), &json!(6)), "{problems}");
    let origin = portal.json("/api/portico/entities/component/default/ledger/origin");
    assert!(origin["claims"][0]["stale"].is_string(), "the page can say that it is old: {origin}");

    repository.commit(&[("ledger/catalog-info.yaml", &component("ledger", "money"))]);
    sync(&portal);
    assert_eq!(not_taken(&portal), json!([]), "mended is mended");
}

#[test]
fn a_refused_document_says_what_was_found_and_what_is_allowed() {
    let refused = component("ledger", "money").replace("lifecycle: production", "lifecyle: production");
    let repository = Repository::with(&[("catalog-info.yaml", &refused)]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    sync(&portal);
    let problems = not_taken(&portal);
    let problem = &problems[0];
    assert_eq!(problem["entity"], "component:default/ledger", "{problems}");
    assert_eq!((&problem["line"], &problem["path"]), (&json!(5), &json!("/spec/lifecycle")), "{problems}");
    let message = problem["message"].as_str().unwrap_or_default();
    assert!(message.contains("`lifecyle`") && message.contains("did you mean `lifecycle`"), "{message}");
}

#[test]
fn a_repository_that_cannot_be_reached_leaves_its_entities_as_they_were() {
    let (here, away) = (
        Repository::with(&[("catalog-info.yaml", &component("here", "money"))]),
        Repository::with(&[("catalog-info.yaml", &component("away", "money"))]),
    );
    let portal = PortalBuilder::reading(&[&here, &away]).start();
    sync(&portal);
    let place = away.path();
    let aside = place.with_extension("aside");
    fs::rename(&place, &aside).expect("moved");
    here.commit(&[("catalog-info.yaml", &component("here-too", "money"))]);
    portal.run("git");
    fs::rename(&aside, &place).expect("moved back");

    assert_eq!(names(&portal), ["away", "here-too"]);
    let sources = portal.json("/api/portico/sources");
    let source =
        sources["items"].as_array().and_then(|sources| sources.iter().find(|source| source["state"] == "failing"));
    let source = source.unwrap_or_else(|| panic!("{sources}"));
    assert_eq!(source["scope"], place.display().to_string());
    assert!(source["failure"].is_string() && source["entities"] == 1, "{source}");

    portal.run("git");
    let sources = portal.json("/api/portico/sources").to_string();
    assert!(!sources.contains("failing"), "{sources}");
}

#[test]
fn locations_lead_to_further_files() {
    let location = "\
apiVersion: backstage.io/v1alpha1
kind: Location
metadata:
  name: root
spec:
  targets: [./services/*/service.yaml, ./team.yaml]
";
    let team = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: money\nspec:\n  type: team\n  children: []\n";
    let repository = Repository::with(&[
        ("catalog-info.yaml", location),
        ("services/a/service.yaml", &component("a", "money")),
        ("services/b/service.yaml", &component("b", "money")),
        ("services/b/deep/service.yaml", &component("too-deep", "money")),
        ("team.yaml", team),
    ]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    sync(&portal);
    assert_eq!(names(&portal), ["a", "b"]);
    let ancestry = portal.json("/api/catalog/entities/by-name/component/default/a/ancestry");
    assert_eq!(ancestry["rootEntityRef"], "component:default/a");
    assert_eq!(ancestry["items"][0]["parentEntityRefs"], json!(["location:default/root"]), "{ancestry}");
}

#[test]
fn a_second_reading_without_change_changes_nothing() {
    let repository = Repository::with(&[("catalog-info.yaml", &component("ledger", "money"))]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    sync(&portal);
    let before = (ledger(&portal), portal.json("/api/portico/sources"));
    let summary = sync(&portal);
    assert_eq!((&summary["added"], &summary["updated"], &summary["removed"]), (&json!(0), &json!(0), &json!(0)));
    let after = (ledger(&portal), portal.json("/api/portico/sources"));
    assert_eq!(before.0, after.0);
    // As texts, times without their last zeros would not be in order.
    let at = |sources: &Value, what: &str| -> Timestamp {
        sources["items"][0][what].as_str().expect("a time").parse().expect("a time")
    };
    assert_eq!(at(&before.1, "changedAt"), at(&after.1, "changedAt"));
    assert!(at(&before.1, "syncedAt") < at(&after.1, "syncedAt"), "it is as fresh as the second reading");
}

#[test]
fn a_second_start_keeps_what_is_stored() {
    let repository = Repository::with(&[("catalog-info.yaml", &component("ledger", "money"))]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    sync(&portal);
    let before = ledger(&portal);
    let portal = portal.restart();
    assert_eq!(ledger(&portal), before);
    let runs = portal.json("/api/portico/runs");
    assert!(runs["items"].as_array().is_some_and(|runs| !runs.is_empty()), "the journal of runs is kept: {runs}");
}

#[test]
fn what_was_not_granted_is_not_read() {
    let repository = Repository::with(&[("catalog-info.yaml", &component("ledger", "money"))]);
    let path = repository.path().display().to_string();
    let config = format!("plugins:\n  git:\n    every: never\n    settings: {{ repositories: [{path:?}] }}\n");
    let portal = PortalBuilder::new(&config).start();
    portal.run("git");
    assert_eq!(names(&portal), [""; 0]);
    let told = portal.json("/api/portico/sources").to_string() + &portal.json("/api/portico/plugins").to_string();
    assert!(told.contains("grant"), "the operator is told what to grant: {told}");
}

#[test]
fn the_events_of_a_run_end_with_the_run() {
    let repository = Repository::with(&[("catalog-info.yaml", &component("ledger", "money"))]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    let started = portal.post("/api/portico/plugins/git/runs", &Value::Null).json();
    let events = portal.get(&format!("/api/portico/runs/{}/events", started["id"]));
    assert!(events.media_type.starts_with("text/event-stream"), "{}", events.media_type);
    let runs: Vec<&str> = events.body.split("\n\n").filter(|event| event.contains("event: run")).collect();
    let last = runs.last().unwrap_or_else(|| panic!("{}", events.body));
    assert!(last.contains("\"succeeded\""), "{last}");
}

#[test]
fn of_a_repository_that_was_read_before_only_what_differs_is_read() {
    let api = LEDGER.replace("name: ledger", "name: books");
    let repository = Repository::with(&[
        ("catalog-info.yaml", &component("kept", "money")),
        ("changed/catalog-info.yaml", &component("changed", "money")),
        ("gone/catalog-info.yaml", &component("gone", "money")),
        ("api/catalog-info.yaml", &api),
        ("api/openapi.yaml", "openapi: 3.1.0\n"),
    ]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    sync(&portal);
    repository.commit(&[
        ("changed/catalog-info.yaml", &component("changed", "others")),
        ("gone/catalog-info.yaml", ""),
        ("new/catalog-info.yaml", &component("new", "money")),
    ]);
    let run = portal.run("git");
    let summary = &run["summary"];
    assert_eq!(
        (&summary["added"], &summary["updated"], &summary["removed"], &summary["unchanged"]),
        (&json!(1), &json!(1), &json!(1), &json!(0)),
        "{run}"
    );
    let log = portal.run_log(&run).join("\n");
    assert!(log.contains("2 entities in 2 files; 1 new, 1 changed, 1 gone"), "{log}");
    assert_eq!(names(&portal), ["books", "changed", "kept", "new"]);
    repository.commit(&[("api/openapi.yaml", "openapi: 3.2.0\n")]);
    assert_eq!(sync(&portal)["updated"], 1, "a file that a descriptor includes is a reason to read all of it");
    let api = portal.json("/api/catalog/entities/by-name/api/default/books");
    assert_eq!(api["spec"]["definition"], "openapi: 3.2.0\n");
    repository.commit(&[("README.md", "Nothing of interest\n")]);
    let run = portal.run("git");
    assert_eq!(run["summary"]["unchanged"], 0, "{run}");
    assert!(portal.run_log(&run).join("\n").contains("0 read, 1 unchanged"));
}
