//! Syncs that would remove too much: nothing of them is taken until a person has said so.

use crate::support::{component, entity, origin};
use portico_api_types::{Source, SourceState, Summary};
use portico_catalog::{Catalog, CommitError, Confirmed, Mode, RemovalGuard, RetainError};
use serde_json::Value;

fn company(count: usize) -> Catalog {
    let catalog = Catalog::in_memory().unwrap();
    try_sync(&catalog, &parts(0..count)).unwrap();
    catalog
}

fn parts(numbers: impl Iterator<Item = usize>) -> Vec<Value> {
    numbers.map(|number| component(&format!("part-{number:02}"), "x")).collect()
}

fn try_sync(catalog: &Catalog, documents: &[Value]) -> Result<Summary, CommitError> {
    let mut session = catalog.session(crate::support::PLUGIN, "one", Mode::Full).unwrap();
    for document in documents {
        session.put(&document.to_string(), origin("all.yaml")).unwrap();
    }
    session.commit(Some("next".to_owned()))
}

fn source(catalog: &Catalog) -> Source {
    catalog.sources().unwrap().remove(0)
}

fn entities(catalog: &Catalog) -> u64 {
    catalog.count().unwrap()
}

#[test]
fn a_sync_that_would_remove_too_much_changes_nothing_and_asks() {
    let catalog = company(40);
    let mut fewer = parts(0..20);
    fewer.push(component("new", "x"));
    let error = try_sync(&catalog, &fewer).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this sync would remove 20 of the 40 entities that its source holds, so nothing of it was taken; confirm or discard it on the \
         source's page"
    );
    assert_eq!(entities(&catalog), 40);
    assert!(entity(&catalog, "component:default/new").is_none());
    let source = source(&catalog);
    assert_eq!((source.state, source.entities), (SourceState::Held, 40));
    let held = catalog.source(source.id).unwrap().unwrap().held.unwrap();
    assert_eq!((held.removes, held.holds, held.confirmed), (20, 40, false));
    assert_eq!(held.examples[0], "component:default/part-20");
    assert_eq!(held.examples.len(), 20);
}

#[test]
fn what_was_confirmed_goes_and_no_more() {
    let catalog = company(40);
    try_sync(&catalog, &parts(0..20)).unwrap_err();
    let id = source(&catalog).id;
    let read = Confirmed::Read { plugin: crate::support::PLUGIN.to_owned(), scope: "one".to_owned() };
    assert_eq!(catalog.confirm_removals(id).unwrap(), Some(read));
    // In the meantime even more is missing: that is another question.
    try_sync(&catalog, &parts(0..10)).unwrap_err();
    assert_eq!(entities(&catalog), 40);
    catalog.confirm_removals(id).unwrap();
    assert_eq!(try_sync(&catalog, &parts(0..12)).unwrap().removed, 28);
    assert_eq!((entities(&catalog), source(&catalog).state), (12, SourceState::Current));
    // A confirmation is for one sync.
    try_sync(&catalog, &[]).unwrap_err();
}

#[test]
fn what_was_discarded_asks_again() {
    let catalog = company(40);
    try_sync(&catalog, &parts(0..20)).unwrap_err();
    let id = source(&catalog).id;
    assert!(catalog.discard_removals(id).unwrap().is_some());
    assert_eq!((source(&catalog).state, entities(&catalog)), (SourceState::Current, 40));
    assert_eq!(catalog.discard_removals(id).unwrap(), None);
    assert_eq!(catalog.confirm_removals(id).unwrap(), None);
    try_sync(&catalog, &parts(0..20)).unwrap_err();
    // And a sync that finds everything again settles it by itself.
    try_sync(&catalog, &parts(0..40)).unwrap();
    assert_eq!(source(&catalog).state, SourceState::Current);
}

#[test]
fn facts_are_guarded_like_entities() {
    let catalog = company(20);
    let attach = |count: usize| {
        let mut session = catalog.session("ci", "all", Mode::Full).unwrap();
        for number in 0..count {
            let part = crate::support::reference(&format!("component:default/part-{number:02}"));
            session.attach(part, r#"{"passed":true}"#).unwrap();
        }
        session.commit(None)
    };
    attach(20).unwrap();
    assert!(attach(0).unwrap_err().to_string().starts_with("this sync would remove 20 of the 20"));
    assert_eq!(entity(&catalog, "component:default/part-00").unwrap()["facts"]["ci"]["passed"], true);
    assert_eq!(attach(17).unwrap().facts, 3);
}

#[test]
fn few_removals_deltas_and_a_guard_that_is_off_ask_nothing() {
    let catalog = company(9);
    assert_eq!(try_sync(&catalog, &[]).unwrap().removed, 9);
    let catalog = company(40);
    let mut session = catalog.session(crate::support::PLUGIN, "one", Mode::Delta).unwrap();
    (0..40)
        .for_each(|number| session.remove(crate::support::reference(&format!("component:default/part-{number:02}"))));
    assert_eq!(session.commit(None).unwrap().removed, 40);
    let catalog = company(40);
    catalog.set_removal_guard(RemovalGuard::off());
    assert_eq!(try_sync(&catalog, &[]).unwrap().removed, 40);
}

/// A plugin with three scopes of so many components each; nothing asks while they are brought in.
fn scopes(sizes: [usize; 3]) -> Catalog {
    let catalog = Catalog::in_memory().unwrap();
    for (scope, size) in ["one", "two", "three"].into_iter().zip(sizes) {
        let mut session = catalog.session(crate::support::PLUGIN, scope, Mode::Full).unwrap();
        for number in 0..size {
            session.put(&component(&format!("{scope}-{number:02}"), "x").to_string(), origin("all.yaml")).unwrap();
        }
        session.commit(None).unwrap();
    }
    catalog
}

fn retain(catalog: &Catalog, scopes: &[&str]) -> Result<Summary, RetainError> {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    catalog.retain(crate::support::PLUGIN, &scopes, "as ever")
}

/// The scopes that there are, and those of them that wait for a person.
fn waiting(catalog: &Catalog) -> (Vec<String>, Vec<String>) {
    let sources = catalog.sources().unwrap();
    let waits = sources.iter().filter(|source| source.state == SourceState::Held);
    (sources.iter().map(|source| source.scope.clone()).collect(), waits.map(|source| source.scope.clone()).collect())
}

fn id(catalog: &Catalog, scope: &str) -> u32 {
    catalog.sources().unwrap().iter().find(|source| source.scope == scope).unwrap().id
}

#[test]
fn sources_that_are_named_no_more_stay_if_that_is_too_much() {
    let catalog = scopes([30, 12, 8]);
    let error = retain(&catalog, &["one"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 sources are named no more, with 20 of the 50 entities and facts that the plugin holds, so nothing was removed; confirm or \
         discard it on the page of such a source, /sources lists them"
    );
    assert_eq!(entities(&catalog), 50);
    assert_eq!(waiting(&catalog).1, ["three", "two"]);
    let held = catalog.source(id(&catalog, "two")).unwrap().unwrap().held.unwrap();
    assert_eq!((held.leaving, held.removes, held.holds, held.confirmed), (Some(2), 20, 50, false));
    assert_eq!((held.examples.len(), held.examples[0].as_str()), (12, "component:default/two-00"));
    // Since when it is asked stays; what it asks changes with what is named.
    retain(&catalog, &["one"]).unwrap_err();
    assert_eq!(catalog.source(id(&catalog, "two")).unwrap().unwrap().held.unwrap().since, held.since);
    retain(&catalog, &["one", "three"]).unwrap_err();
    assert_eq!(waiting(&catalog).1, ["two"]);
    assert_eq!(catalog.source(id(&catalog, "two")).unwrap().unwrap().held.unwrap().removes, 12);
    // Named again, it is asked about no more.
    retain(&catalog, &["one", "two", "three"]).unwrap();
    assert!(waiting(&catalog).1.is_empty());
}

#[test]
fn sources_whose_going_was_confirmed_go_and_no_others() {
    let catalog = scopes([30, 12, 8]);
    retain(&catalog, &["one"]).unwrap_err();
    assert_eq!(catalog.confirm_removals(id(&catalog, "one")).unwrap(), None);
    assert_eq!(catalog.confirm_removals(id(&catalog, "two")).unwrap(), Some(Confirmed::Gone));
    assert_eq!((entities(&catalog), waiting(&catalog)), (30, (vec!["one".to_owned()], vec![])));
    assert_eq!(retain(&catalog, &["one"]).unwrap(), Summary::default());
    // A person confirmed those; the last one is another question.
    retain(&catalog, &[]).unwrap_err();
}

#[test]
fn sources_whose_going_was_discarded_are_asked_about_again() {
    let catalog = scopes([30, 12, 8]);
    retain(&catalog, &["one"]).unwrap_err();
    let named = Some((crate::support::PLUGIN.to_owned(), "two".to_owned()));
    assert_eq!(catalog.discard_removals(id(&catalog, "two")).unwrap(), named);
    assert!(waiting(&catalog).1.is_empty());
    assert_eq!(catalog.discard_removals(id(&catalog, "two")).unwrap(), None);
    retain(&catalog, &["one"]).unwrap_err();
    assert_eq!(waiting(&catalog).1.len(), 2);
}

#[test]
fn a_small_source_goes_without_a_question_and_so_does_all_of_a_plugin_that_is_removed() {
    let catalog = scopes([30, 12, 8]);
    assert_eq!(retain(&catalog, &["one", "two"]).unwrap().removed, 8);
    assert_eq!(catalog.remove_plugin(crate::support::PLUGIN).unwrap().removed, 42);
    assert_eq!((entities(&catalog), waiting(&catalog).0.len()), (0, 0));
}

#[test]
fn what_people_no_longer_have_a_plugin_read_goes_without_a_question() {
    let catalog = scopes([30, 12, 8]);
    let retain = |told: &str, scopes: &[&str]| {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        catalog.retain(crate::support::PLUGIN, &scopes, told)
    };
    retain("one, two, three", &["one", "two", "three"]).unwrap();
    retain("one, two, three", &["one", "two"]).unwrap();
    retain("one, two, three", &["one"]).unwrap_err();
    assert_eq!(retain("one", &["one"]).unwrap().removed, 12);
    assert!(waiting(&catalog).1.is_empty());
    // It was meant once.
    retain("one", &[]).unwrap_err();
}

#[test]
fn facts_of_sources_that_are_named_no_more_are_guarded_like_entities() {
    let catalog = company(20);
    let mut session = catalog.session("ci", "all", Mode::Full).unwrap();
    for number in 0..20 {
        let part = crate::support::reference(&format!("component:default/part-{number:02}"));
        session.attach(part, r#"{"passed":true}"#).unwrap();
    }
    session.commit(None).unwrap();
    assert!(
        catalog
            .retain("ci", &[], "")
            .unwrap_err()
            .to_string()
            .starts_with("1 source is named no more, with 20 of the 20")
    );
    assert_eq!(entity(&catalog, "component:default/part-00").unwrap()["facts"]["ci"]["passed"], true);
}
