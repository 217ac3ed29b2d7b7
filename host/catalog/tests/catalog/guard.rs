//! Syncs that would remove too much: nothing of them is taken until a person has said so.

use crate::support::{component, entity, origin};
use portico_api_types::{Source, SourceState, Summary};
use portico_catalog::{Catalog, CommitError, Mode, RemovalGuard};
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
    assert_eq!(catalog.confirm_removals(id).unwrap(), Some((crate::support::PLUGIN.to_owned(), "one".to_owned())));
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
