//! `catalog.rules`: which kinds may come from where.

use std::fs;

use portico_tests::{Portal, PortalBuilder, Repository};
use serde_json::{Value, json};

const FILE: &str = "\
apiVersion: backstage.io/v1alpha1
kind: System
metadata: { name: shop }
spec: { owner: a }
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: admins }
spec: { type: team, children: [] }
";

fn config(rules: &str, own: &str) -> String {
    format!(
        "{rules}locations:\n  - type: file\n    target: catalog/all.yaml\n{own}plugins:\n  locations:\n    every: never\n    grants: {{ \
         catalog: {{ write: ['*'] }}, files: [catalog] }}\n"
    )
}

fn sync(portal: &Portal, plugin: &str) -> Value {
    let run = portal.run(plugin);
    assert_eq!(run["state"], "succeeded", "{run}\n{:?}", portal.run_log(&run));
    run
}

fn status(portal: &Portal, path: &str) -> u16 {
    portal.get(&format!("/api/catalog/entities/by-name/{path}")).status
}

fn refused(portal: &Portal) -> Vec<Value> {
    let problems = portal.json("/api/portico/problems");
    let items = problems["items"].as_array().expect("a list").iter();
    items
        .filter(|problem| problem["message"].as_str().is_some_and(|text| text.contains("is not taken from")))
        .cloned()
        .collect()
}

#[test]
fn a_kind_that_no_rule_allows_is_refused_with_its_line_and_comes_in_once_one_does() {
    let rules = "catalog:\n  rules:\n    - allow: [Component, System]\n";
    let portal = PortalBuilder::new(&config(rules, "")).file("catalog/all.yaml", FILE).start();
    sync(&portal, "locations");
    assert_eq!((status(&portal, "system/default/shop"), status(&portal, "group/default/admins")), (200, 404));
    // What stands for the location is the portal's own.
    assert_eq!(portal.json("/api/catalog/entities?filter=kind=location").as_array().map(Vec::len), Some(1));
    let problems = refused(&portal);
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!((&problem["line"], &problem["entity"]), (&json!(6), &json!("group:default/admins")), "{problem}");
    let message = problem["message"].as_str().unwrap_or_default();
    let file = portal.folder().join("catalog/all.yaml").display().to_string();
    assert!(message.starts_with(&format!("the kind Group is not taken from the location file:{file}: ")), "{message}");
    let rule = message.split('`').nth(1).expect("the rule to add").to_owned();

    let mended = config(&format!("{rules}    - {rule}\n"), "");
    fs::write(portal.folder().join("portico.yaml"), mended).expect("another configuration");
    let portal = portal.restart();
    // Nothing about the file has changed, and still it is read afresh.
    sync(&portal, "locations");
    assert_eq!(status(&portal, "group/default/admins"), 200);
    assert!(refused(&portal).is_empty());
}

#[test]
fn a_location_may_be_allowed_more_than_others() {
    let rules = "catalog:\n  rules:\n    - allow: [System]\n";
    let own = "    rules: [{ allow: [Group] }]\n";
    let portal = PortalBuilder::new(&config(rules, own)).file("catalog/all.yaml", FILE).start();
    sync(&portal, "locations");
    assert_eq!((status(&portal, "system/default/shop"), status(&portal, "group/default/admins")), (200, 200));
}

#[test]
fn a_location_with_rules_of_its_own_brings_what_they_allow_where_the_catalog_has_none() {
    let own = "    rules: [{ allow: [Group] }]\n";
    let portal = PortalBuilder::new(&config("", own)).file("catalog/all.yaml", FILE).start();
    sync(&portal, "locations");
    assert_eq!((status(&portal, "system/default/shop"), status(&portal, "group/default/admins")), (404, 200));
}

#[test]
fn rules_hold_for_repositories_too() {
    let repository = Repository::with(&[("catalog-info.yaml", FILE)]);
    let path = repository.path().display().to_string();
    let rules = format!(
        "catalog:\n  rules:\n    - allow: [system]\n    - allow: [Group]\n      locations: [{{ type: url, pattern: 'https://github.com/acme/**' }}]\n\
         plugins:\n  git:\n    every: never\n    settings: {{ repositories: [{path}] }}\n    grants: {{ catalog: {{ write: ['*'] }}, repositories: [{path}] }}\n"
    );
    let portal = PortalBuilder::new(&rules).start();
    sync(&portal, "git");
    assert_eq!((status(&portal, "system/default/shop"), status(&portal, "group/default/admins")), (200, 404));
    assert_eq!(refused(&portal)[0]["line"], json!(6));
}
