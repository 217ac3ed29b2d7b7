//! History: what changed when, who caused it, how an entity was, and what is new since.

use crate::support::{catalog, component, reference, sync};
use portico_api_types::{ChangeKind, HistoryEntry};
use portico_catalog::{At, Catalog, Mode};
use serde_json::json;

const SHOP: &str = "component:default/shop";

fn story(catalog: &Catalog) -> Vec<HistoryEntry> {
    catalog.story(&reference(SHOP), None, 100).unwrap()
}

/// A life: added, changed, facts attached, related to, removed, added again.
fn life() -> Catalog {
    let catalog = catalog();
    sync(&catalog, "one", &[component("shop", "a")]);
    sync(&catalog, "one", &[component("shop", "b")]);
    let mut session = catalog.session("ci", "all", Mode::Full).unwrap();
    session.attach(reference(SHOP), r#"{"passed":true}"#).unwrap();
    session.commit(None).unwrap();
    let mut user = component("user", "b");
    user["spec"]["dependsOn"] = json!(["component:shop"]);
    sync(&catalog, "two", &[user]);
    sync(&catalog, "one", &[]);
    sync(&catalog, "one", &[component("shop", "c")]);
    catalog
}

#[test]
fn a_life_is_told_newest_first_with_what_differed_and_who_caused_it() {
    let catalog = life();
    let story = story(&catalog);
    let kinds: Vec<ChangeKind> = story.iter().map(|entry| entry.kind).collect();
    use ChangeKind::{Added, Facts, Related, Removed, Updated};
    assert_eq!(kinds, [Added, Removed, Related, Facts, Updated, Added]);
    let difference = |entry: &HistoryEntry, path: &str| {
        entry.differences.iter().find(|it| it.path == path).map(|it| (it.before.clone(), it.after.clone()))
    };
    assert_eq!(difference(&story[4], "spec.owner"), Some((Some(json!("a")), Some(json!("b")))));
    assert_eq!(story[4].differences.len(), 1);
    assert_eq!(difference(&story[3], "facts.ci.passed"), Some((None, Some(json!(true)))));
    assert_eq!(story[2].differences, []);
    assert_eq!(difference(&story[1], "spec.owner"), Some((Some(json!("b")), None)));
    assert_eq!(difference(&story[0], "spec.owner"), Some((None, Some(json!("c")))));
    let causes: Vec<&str> = story.iter().map(|entry| entry.cause.as_ref().unwrap().scope.as_str()).collect();
    assert_eq!(causes, ["one", "one", "two", "all", "one", "one"]);
}

#[test]
fn a_story_is_read_in_parts() {
    let catalog = life();
    let whole = story(&catalog);
    let first = catalog.story(&reference(SHOP), None, 2).unwrap();
    let rest = catalog.story(&reference(SHOP), Some(first[1].sequence), 100).unwrap();
    assert_eq!([first, rest].concat(), whole);
    assert_eq!(catalog.story(&reference("component:default/nobody"), None, 10).unwrap(), []);
}

#[test]
fn an_entity_is_shown_as_it_was_at_a_time() {
    let catalog = life();
    let story = story(&catalog);
    let moment = |entry: usize| story[entry].at;
    // Changes of this test may share a millisecond, so only what surely lies apart is asked for.
    let before = moment(5).checked_sub(std::time::Duration::from_secs(1)).unwrap();
    assert_eq!(catalog.entity_at(&reference(SHOP), before).unwrap(), At::WasNot);
    let now = moment(0).checked_add(std::time::Duration::from_secs(1)).unwrap();
    let At::Was(entity) = catalog.entity_at(&reference(SHOP), now).unwrap() else { panic!("it is there") };
    assert_eq!(entity["spec"]["owner"], "c");
}

#[test]
fn what_is_new_since_a_change_is_told_in_order() {
    let catalog = life();
    let all = catalog.feed(0, 1_000).unwrap();
    let numbers: Vec<u64> = all.items.iter().map(|change| change.sequence).collect();
    assert_eq!(numbers, (1..=all.last).collect::<Vec<_>>());
    let rest = catalog.feed(all.last - 2, 1).unwrap();
    assert_eq!((rest.items.len(), rest.items[0].sequence, rest.last), (1, all.last - 1, all.last));
    assert!(catalog.feed(all.last, 10).unwrap().items.is_empty());
}
