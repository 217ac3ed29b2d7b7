//! Facts that sources attach to entities of others: found, counted, kept apart, and gone with their source.

use crate::support::{catalog, component, entity, group, names, origin, query, reference, sync};
use portico_catalog::{Catalog, ChangeKind, Mode};
use portico_model::Filter;
use serde_json::{Value, json};

/// What one plugin attaches, all of it.
fn attach(catalog: &Catalog, plugin: &str, scope: &str, facts: &[(&str, Value)]) -> u64 {
    let mut session = catalog.session(plugin, scope, Mode::Full).unwrap();
    for (entity, facts) in facts {
        session.attach(reference(entity), &facts.to_string()).unwrap();
    }
    session.commit(None).unwrap().facts
}

const SHOP: &str = "component:default/shop";
const BOOKS: &str = "component:default/books";

fn company() -> Catalog {
    let catalog = catalog();
    sync(&catalog, "one", &[component("shop", "a"), component("books", "a"), group("a")]);
    catalog
}

#[test]
fn one_query_joins_what_two_sources_attached() {
    let catalog = company();
    attach(&catalog, "kubernetes", "prod", &[(SHOP, json!({ "ready": 1 })), (BOOKS, json!({ "ready": 3 }))]);
    attach(&catalog, "pagerduty", "acme", &[(SHOP, json!({ "open": true })), (BOOKS, json!({ "open": true }))]);
    let filter = ["facts.kubernetes.ready=1,facts.pagerduty.open=true"];
    let page = query(&catalog, &filter, portico_catalog::Order::Age, 10);
    assert_eq!(names(&page), ["shop"]);
    let filter = Filter::from_query(&["facts.pagerduty.open"]).unwrap();
    let facets = catalog.facets(&["facts.kubernetes.ready".to_owned()], &filter, None).unwrap();
    let counts: Vec<(&str, u64)> = facets[0].iter().map(|count| (count.value.as_str(), count.count)).collect();
    assert_eq!(counts, [("1", 1), ("3", 1)]);
    let sorted =
        query(&catalog, &[], crate::support::by("facts.kubernetes.ready", portico_catalog::Direction::Descending), 10);
    assert_eq!(names(&sorted), ["books", "shop"]);
    assert_eq!(
        entity(&catalog, SHOP).unwrap()["facts"],
        json!({ "kubernetes": { "ready": 1 }, "pagerduty": { "open": true } })
    );
}

#[test]
fn facts_go_with_their_source_and_leave_the_entity_as_it_was() {
    let catalog = company();
    let before = entity(&catalog, SHOP).unwrap();
    assert_eq!(attach(&catalog, "ci", "all", &[(SHOP, json!({ "passed": false }))]), 1);
    assert_ne!(entity(&catalog, SHOP).unwrap(), before);
    assert_eq!(attach(&catalog, "ci", "all", &[(SHOP, json!({ "passed": false }))]), 0);
    assert_eq!(attach(&catalog, "ci", "all", &[(BOOKS, json!({ "passed": true }))]), 2);
    assert_eq!(entity(&catalog, SHOP).unwrap(), before);
    catalog.retain("ci", &[], "").unwrap();
    assert!(entity(&catalog, BOOKS).unwrap().get("facts").is_none());
    let found = query(&catalog, &["facts.ci.passed"], portico_catalog::Order::Age, 10);
    assert_eq!(found.total, 0);
}

#[test]
fn facts_wait_for_their_entity_and_outlive_it() {
    let catalog = company();
    attach(&catalog, "ci", "all", &[("component:default/late", json!({ "passed": true }))]);
    assert!(entity(&catalog, "component:default/late").is_none());
    let waiting = || {
        let source = catalog.sources().unwrap().into_iter().find(|source| source.plugin == "ci").unwrap();
        let detail = catalog.source(source.id).unwrap().unwrap();
        (detail.facts, detail.facts_waiting)
    };
    assert_eq!(waiting(), (1, 1));
    sync(&catalog, "two", &[component("late", "a")]);
    assert_eq!(waiting(), (1, 0));
    let passed =
        |catalog: &Catalog| entity(catalog, "component:default/late").map(|it| it["facts"]["ci"]["passed"].clone());
    assert_eq!(passed(&catalog), Some(json!(true)));
    sync(&catalog, "two", &[]);
    assert_eq!(passed(&catalog), None);
    sync(&catalog, "two", &[component("late", "a")]);
    assert_eq!(passed(&catalog), Some(json!(true)));
}

#[test]
fn a_delta_names_what_changes() {
    let catalog = company();
    attach(&catalog, "ci", "all", &[(SHOP, json!({ "n": 1 })), (BOOKS, json!({ "n": 1 }))]);
    let mut session = catalog.session("ci", "all", Mode::Delta).unwrap();
    session.attach(reference(SHOP), r#"{"n":2}"#).unwrap();
    session.detach(reference(BOOKS));
    assert_eq!(session.commit(None).unwrap().facts, 2);
    assert_eq!(entity(&catalog, SHOP).unwrap()["facts"]["ci"]["n"], 2);
    assert!(entity(&catalog, BOOKS).unwrap().get("facts").is_none());
}

#[test]
fn scopes_of_one_plugin_are_joined() {
    let catalog = company();
    attach(&catalog, "kubernetes", "east", &[(SHOP, json!({ "clusters": { "east": { "ready": 1 } } }))]);
    attach(&catalog, "kubernetes", "west", &[(SHOP, json!({ "clusters": { "west": { "ready": 2 } } }))]);
    let facts = &entity(&catalog, SHOP).unwrap()["facts"]["kubernetes"];
    assert_eq!(*facts, json!({ "clusters": { "east": { "ready": 1 }, "west": { "ready": 2 } } }));
    attach(&catalog, "kubernetes", "east", &[]);
    let facts = &entity(&catalog, SHOP).unwrap()["facts"]["kubernetes"];
    assert_eq!(*facts, json!({ "clusters": { "west": { "ready": 2 } } }));
}

#[test]
fn a_change_of_facts_is_in_the_history() {
    let catalog = company();
    attach(&catalog, "ci", "all", &[(SHOP, json!({ "passed": false }))]);
    let newest = catalog.history(SHOP, 1).unwrap().remove(0);
    assert_eq!(newest.kind, ChangeKind::Facts);
    assert!(newest.before.is_some_and(|before| !before.contains("facts")));
}

#[test]
fn an_author_cannot_write_facts_and_a_new_document_keeps_them() {
    let catalog = company();
    attach(&catalog, "ci", "all", &[(SHOP, json!({ "passed": true }))]);
    let mut forged = component("shop", "b");
    forged["facts"] = json!({ "ci": { "passed": "of course" } });
    let mut session = catalog.session(crate::support::PLUGIN, "one", Mode::Delta).unwrap();
    assert!(session.put(&forged.to_string(), origin("shop.yaml")).is_err());
    session.put(&component("shop", "c").to_string(), origin("other.yaml")).unwrap();
    session.commit(None).unwrap();
    let shop = entity(&catalog, SHOP).unwrap();
    assert_eq!((&shop["spec"]["owner"], &shop["facts"]["ci"]["passed"]), (&json!("c"), &json!(true)));
}

#[test]
fn who_attached_what_and_when_is_known() {
    let catalog = company();
    attach(&catalog, "ci", "all", &[(SHOP, json!({ "passed": true }))]);
    let origin = catalog.origin(&reference(SHOP)).unwrap().unwrap();
    assert_eq!(origin.claims.len(), 1);
    let [facts] = origin.facts.as_slice() else { panic!("{:?}", origin.facts) };
    assert_eq!((facts.source.plugin.as_str(), facts.source.scope.as_str()), ("ci", "all"));
}

#[test]
fn what_a_removed_plugin_attached_comes_back_with_it_and_its_sources_are_read_afresh() {
    let catalog = company();
    let mut session = catalog.session("ci", "all", Mode::Full).unwrap();
    session.attach(reference(SHOP), &json!({ "passed": false }).to_string()).unwrap();
    session.attach(reference("component:default/gone"), &json!({ "passed": true }).to_string()).unwrap();
    let build = json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": { "name": "build" },
        "spec": { "type": "tool", "lifecycle": "production", "owner": "a" },
    });
    session.put(&build.to_string(), origin("build.yaml")).unwrap();
    session.commit(Some("42".to_owned())).unwrap();
    attach(&catalog, "ci", "nightly", &[(SHOP, json!({ "slow": true }))]);
    attach(&catalog, "ci-2", "all", &[(SHOP, json!({ "other": 1 }))]);
    let before = entity(&catalog, SHOP).unwrap();

    assert_eq!(catalog.remove_plugin("ci").unwrap().removed, 1);
    assert_eq!(entity(&catalog, SHOP).unwrap()["facts"], json!({ "ci-2": { "other": 1 } }));
    assert_eq!(catalog.bin(10).unwrap().items[0].entity_ref, "component:default/build");
    let removed = catalog.removed_plugins().unwrap().remove(0);
    assert_eq!((removed.name.as_str(), removed.facts, removed.installation), ("ci", 3, Vec::new()));

    assert!(catalog.restore_plugin("ci", b"{}").unwrap());
    assert_eq!(entity(&catalog, SHOP).unwrap(), before);
    assert_eq!(query(&catalog, &["facts.ci.passed=false"], portico_catalog::Order::Age, 10).total, 1);
    assert_eq!(catalog.cursor("ci", "all").unwrap(), None);
    assert!(
        entity(&catalog, "component:default/build").is_none(),
        "its source says it again, or somebody brings it back"
    );
    sync(&catalog, "two", &[component("gone", "a")]);
    assert_eq!(entity(&catalog, "component:default/gone").unwrap()["facts"], json!({ "ci": { "passed": true } }));

    // What is read afresh takes the place of what came back.
    assert_eq!(attach(&catalog, "ci", "all", &[]), 2);
    assert_eq!(entity(&catalog, SHOP).unwrap()["facts"], json!({ "ci": { "slow": true }, "ci-2": { "other": 1 } }));
}
