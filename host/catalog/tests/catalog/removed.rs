//! What goes, and what is left pointing at it: the bin, references that lead to nothing, and changes that are forgotten.

use crate::support::{catalog, component, entity, group, reference, sync};
use portico_api_types::{ProblemCause, Timestamp};
use portico_catalog::{At, Catalog, OrphanStrategy, RemovalGuard, Restored};
use serde_json::{Value, json};

const SHOP: &str = "component:default/shop";

fn bin(catalog: &Catalog) -> Vec<String> {
    catalog.bin(100).unwrap().items.into_iter().map(|entry| entry.entity_ref).collect()
}

fn uid(catalog: &Catalog) -> Value {
    entity(catalog, SHOP).expect("a shop")["metadata"]["uid"].clone()
}

/// References that lead to nothing, as `from relation`.
fn dangling(catalog: &Catalog, about: Option<&str>) -> Vec<String> {
    let problems = catalog.problems(None, about).unwrap();
    let dangling = problems.into_iter().filter(|problem| problem.cause == ProblemCause::Dangling);
    dangling.map(|problem| format!("{} {}", problem.entity.unwrap(), problem.message)).collect()
}

fn leads(from: &str, relation: &str, to: &str) -> String {
    format!(
        "{from} `{relation}` leads to `{to}`, which is not in the catalog; correct the reference, or bring the entity in"
    )
}

#[test]
fn what_its_source_no_longer_says_is_in_the_bin_and_comes_back() {
    let catalog = catalog();
    sync(&catalog, "one", &[component("shop", "a"), component("till", "a")]);
    sync(&catalog, "one", &[component("till", "a")]);
    assert_eq!(bin(&catalog), [SHOP]);
    let entry = catalog.bin(1).unwrap().items.remove(0);
    assert_eq!((entry.plugin.as_str(), entry.scope.as_str(), entry.file.as_str()), ("git", "one", "shop.yaml"));

    assert_eq!(catalog.restore_entity(&reference(SHOP)).unwrap(), Restored::Done);
    assert_eq!(entity(&catalog, SHOP).unwrap()["spec"]["owner"], "a");
    assert_eq!(bin(&catalog), [""; 0]);
    assert_eq!(catalog.restore_entity(&reference(SHOP)).unwrap(), Restored::Absent);

    // The source still does not say it, and it stays all the same.
    sync(&catalog, "one", &[component("till", "b")]);
    assert!(entity(&catalog, SHOP).is_some());
}

#[test]
fn a_source_that_says_it_again_takes_over_what_came_back() {
    let catalog = catalog();
    sync(&catalog, "one", &[component("shop", "a")]);
    sync(&catalog, "one", &[]);
    catalog.restore_entity(&reference(SHOP)).unwrap();
    let before = uid(&catalog);
    sync(&catalog, "two", &[component("shop", "c")]);
    assert_eq!(entity(&catalog, SHOP).unwrap()["spec"]["owner"], "c");
    assert_eq!(uid(&catalog), before, "it is the same entity");
    assert_eq!(
        catalog.problems(None, Some(SHOP)).unwrap().iter().filter(|it| it.cause == ProblemCause::Conflict).count(),
        0
    );
    let sources = catalog.sources().unwrap();
    let restored = sources.iter().find(|source| source.plugin == "portico").expect("the portal's own source");
    assert_eq!(restored.entities, 0);
    sync(&catalog, "two", &[]);
    assert_eq!(entity(&catalog, SHOP), None);
    assert_eq!(bin(&catalog), [SHOP]);
}

#[test]
fn what_is_said_again_leaves_the_bin() {
    let catalog = catalog();
    sync(&catalog, "one", &[component("shop", "a")]);
    sync(&catalog, "one", &[]);
    sync(&catalog, "one", &[component("shop", "a")]);
    assert_eq!(bin(&catalog), [""; 0]);
}

#[test]
fn the_bin_lets_go_of_what_is_too_old() {
    let catalog = catalog();
    sync(&catalog, "one", &[component("shop", "a")]);
    sync(&catalog, "one", &[]);
    let removed = catalog.bin(1).unwrap().items.remove(0).removed_at;
    assert_eq!(catalog.empty_bin(removed).unwrap(), 0, "it is not older than itself");
    let later = removed.checked_add(std::time::Duration::from_millis(1)).unwrap();
    assert_eq!(catalog.empty_bin(later).unwrap(), 1);
    assert_eq!((bin(&catalog).len(), catalog.restore_entity(&reference(SHOP)).unwrap()), (0, Restored::Absent));
}

#[test]
fn a_reference_that_leads_to_nothing_is_a_problem_until_it_does_not() {
    let catalog = catalog();
    let owner = "group:default/a";
    sync(&catalog, "one", &[component("shop", "a")]);
    assert_eq!(dangling(&catalog, None), [leads(SHOP, "ownedBy", owner)]);
    assert_eq!(dangling(&catalog, Some(SHOP)), [leads(SHOP, "ownedBy", owner)]);
    let problem = catalog.problems(None, Some(SHOP)).unwrap().remove(0);
    assert_eq!((problem.scope.as_str(), problem.file.as_str(), problem.line), ("one", "shop.yaml", 1));

    // It is there: nothing dangles. It goes: it does again, from now on.
    sync(&catalog, "two", &[group("a")]);
    assert_eq!(dangling(&catalog, None), [""; 0]);
    sync(&catalog, "two", &[]);
    assert_eq!(dangling(&catalog, None), [leads(SHOP, "ownedBy", owner)]);
    assert!(catalog.problems(None, Some(SHOP)).unwrap()[0].first_seen >= problem.first_seen);

    // It is said otherwise, and then not at all.
    sync(&catalog, "one", &[component("shop", "b")]);
    assert_eq!(dangling(&catalog, None), [leads(SHOP, "ownedBy", "group:default/b")]);
    assert_eq!(catalog.problems_of("group:default/b").unwrap().len(), 1);
    assert_eq!(catalog.problems_of("group:default/a").unwrap().len(), 0);
    let counts = catalog.problem_counts().unwrap();
    assert_eq!(counts.iter().find(|(cause, _)| *cause == ProblemCause::Dangling).map(|(_, count)| *count), Some(1));
    sync(&catalog, "one", &[]);
    assert_eq!(dangling(&catalog, None), [""; 0]);
}

#[test]
fn changes_are_forgotten_from_the_oldest_on() {
    let catalog = catalog();
    for owner in ["a", "b", "c"] {
        sync(&catalog, "one", &[component("shop", owner)]);
    }
    let all = catalog.feed(0, 100).unwrap();
    assert_eq!((all.first, all.items.len()), (1, 3));
    let future = Timestamp::now().checked_add(std::time::Duration::from_secs(3_600)).unwrap();
    assert_eq!(catalog.forget_changes(all.items[0].at, 100).unwrap(), 0, "none is older than the first");
    assert_eq!(catalog.forget_changes(future, 2).unwrap(), 2, "no more at once than is wanted");
    let rest = catalog.feed(0, 100).unwrap();
    assert_eq!((rest.first, rest.last, rest.items.len()), (3, 3, 1));
    assert_eq!(catalog.story(&reference(SHOP), None, 10).unwrap().len(), 1);
    let long_ago = Timestamp::UNIX_EPOCH;
    assert_eq!(catalog.entity_at(&reference(SHOP), long_ago).unwrap(), At::Forgotten);
    let At::Was(now) = catalog.entity_at(&reference(SHOP), future).unwrap() else { panic!("it is there") };
    assert_eq!(now["spec"]["owner"], json!("c"));
}

#[test]
fn what_its_source_says_no_more_can_be_kept_as_an_orphan_until_it_is_said_again() {
    let catalog = catalog();
    catalog.set_orphan_strategy(OrphanStrategy::Keep);
    catalog.set_removal_guard(RemovalGuard { share: 0.0, least: 1 });
    let shop = component("shop", "a");
    sync(&catalog, "one", &[shop.clone(), component("books", "a")]);
    let orphan = |catalog: &Catalog| {
        entity(catalog, "component:shop").unwrap()["metadata"]["annotations"]["backstage.io/orphan"].clone()
    };
    let summary = sync(&catalog, "one", &[component("books", "a")]);
    assert_eq!((summary.removed, summary.unchanged), (0, 2));
    assert_eq!(orphan(&catalog), "true");
    assert_eq!(entity(&catalog, "component:shop").unwrap().get("status"), None);

    sync(&catalog, "one", &[component("books", "a")]);
    assert_eq!(orphan(&catalog), "true");
    sync(&catalog, "one", &[shop, component("books", "a")]);
    assert_eq!(orphan(&catalog), Value::Null);

    sync(&catalog, "one", &[component("books", "a")]);
    let uid = entity(&catalog, "component:shop").unwrap()["metadata"]["uid"].as_str().unwrap().to_owned();
    assert_eq!(catalog.delete_entity(&uid).unwrap().len(), 1);
    assert_eq!(entity(&catalog, "component:shop"), None);
    catalog.set_orphan_strategy(OrphanStrategy::Delete);
}
