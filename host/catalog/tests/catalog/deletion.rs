//! Deleting an entity by hand: it goes, and comes back with its source.

use crate::support::{catalog, component, entity, sync};
use portico_api_types::ProblemCause;

fn uid(catalog: &portico_catalog::Catalog, reference: &str) -> String {
    entity(catalog, reference).unwrap()["metadata"]["uid"].as_str().unwrap().to_owned()
}

#[test]
fn a_deleted_entity_goes_and_comes_back_as_another_when_its_source_is_read() {
    let catalog = catalog();
    let documents = [component("a", "x"), component("b", "x")];
    sync(&catalog, "one", &documents);
    let before = uid(&catalog, "component:default/a");
    let sources = catalog.delete_entity(&before).unwrap();
    assert_eq!(sources, [("git".to_owned(), "one".to_owned())]);
    assert!(entity(&catalog, "component:default/a").is_none());
    assert!(catalog.entity_by_uid(&before).unwrap().is_none());
    assert_eq!(catalog.sources().unwrap()[0].entities, 1);
    let owner = entity(&catalog, "group:default/x");
    assert!(owner.is_none());

    sync(&catalog, "one", &documents);
    assert_ne!(uid(&catalog, "component:default/a"), before);
    assert_eq!(catalog.sources().unwrap()[0].entities, 2);
}

#[test]
fn with_an_entity_that_two_sources_claim_both_are_read_afresh() {
    let catalog = catalog();
    sync(&catalog, "one", &[component("a", "x")]);
    sync(&catalog, "two", &[component("a", "y")]);
    let conflicts = catalog.problems(None, None).unwrap().into_iter().filter(|it| it.cause == ProblemCause::Conflict);
    assert_eq!(conflicts.count(), 1);
    let sources = catalog.delete_entity(&uid(&catalog, "component:default/a")).unwrap();
    assert_eq!(sources.len(), 2);
    assert!(entity(&catalog, "component:default/a").is_none());
    assert!(catalog.problems(None, None).unwrap().is_empty());
    for source in catalog.sources().unwrap() {
        assert_eq!((source.entities, source.problems, source.cursor), (0, 0, None));
    }
}

#[test]
fn what_is_not_there_is_no_error() {
    let catalog = catalog();
    for uid in ["", "nope", "00000000-0000-0000-0000-000000000000"] {
        assert!(catalog.delete_entity(uid).unwrap().is_empty(), "{uid}");
    }
}
