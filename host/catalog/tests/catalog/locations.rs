//! Locations that people register, and what goes with them.

use crate::support::{catalog, component, entity, sync};
use portico_catalog::{Catalog, Readdressed, Registered};
use portico_model::LocationRef;

fn address(target: &str) -> LocationRef {
    LocationRef::parse(&format!("url:{target}")).unwrap()
}

fn register(catalog: &Catalog, target: &str) -> portico_api_types::Location {
    match catalog.register(&address(target)).unwrap() {
        Registered::New(location) => location,
        Registered::Known(location) => panic!("{location:?} was there"),
    }
}

const A: &str = "https://forge.test/a.yaml";
const B: &str = "https://forge.test/b.yaml";

#[test]
fn an_address_is_registered_once() {
    let catalog = catalog();
    let first = register(&catalog, A);
    assert_eq!(first.entity_ref, format!("location:default/{}", address(A).entity_name()));
    assert_eq!(catalog.register(&address(A)).unwrap(), Registered::Known(first.clone()));
    let second = register(&catalog, B);
    let mut both = vec![first.clone(), second];
    both.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(catalog.locations().unwrap(), both);
    assert_eq!(catalog.location(&first.id).unwrap(), Some(first.clone()));
    assert_eq!(catalog.location_at(&address(A)).unwrap(), Some(first));
    for id in ["", "nope", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(catalog.location(id).unwrap(), None, "{id}");
        assert_eq!(catalog.forget_location(id).unwrap(), None, "{id}");
        assert_eq!(catalog.readdress(id, &address(A)).unwrap(), Readdressed::Unknown, "{id}");
    }
}

#[test]
fn with_a_location_goes_what_was_read_there_and_nothing_else() {
    let catalog = catalog();
    let location = register(&catalog, A);
    register(&catalog, B);
    sync(&catalog, &format!("url:{A}"), &[component("a", "x"), component("both", "x")]);
    sync(&catalog, &format!("url:{B}"), &[component("b", "x"), component("both", "y")]);
    assert_eq!(catalog.forget_location(&location.id).unwrap(), Some(location));
    assert!(entity(&catalog, "component:default/a").is_none());
    assert!(entity(&catalog, "component:default/b").is_some());
    let heir = entity(&catalog, "component:default/both").unwrap();
    assert_eq!(heir["spec"]["owner"], "y");
    let scopes: Vec<String> = catalog.sources().unwrap().into_iter().map(|source| source.scope).collect();
    assert_eq!(scopes, [format!("url:{B}")]);
}

#[test]
fn a_location_with_another_address_keeps_its_name_and_lets_go_of_what_it_brought() {
    let catalog = catalog();
    let (a, b) = (register(&catalog, A), register(&catalog, B));
    sync(&catalog, &format!("url:{A}"), &[component("a", "x")]);
    assert_eq!(catalog.readdress(&a.id, &address(B)).unwrap(), Readdressed::Taken(b));
    assert_eq!(catalog.readdress(&a.id, &address(A)).unwrap(), Readdressed::Done(a.clone()));
    assert!(entity(&catalog, "component:default/a").is_some());
    let elsewhere = "https://forge.test/c.yaml";
    let moved = portico_api_types::Location { target: elsewhere.to_owned(), ..a.clone() };
    assert_eq!(catalog.readdress(&a.id, &address(elsewhere)).unwrap(), Readdressed::Done(moved.clone()));
    assert!(entity(&catalog, "component:default/a").is_none());
    assert_eq!(catalog.location(&a.id).unwrap(), Some(moved));
    assert_eq!(catalog.location_at(&address(A)).unwrap(), None);
}

#[test]
fn locations_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.redb");
    let location = register(&crate::support::open(&file).unwrap(), A);
    assert_eq!(crate::support::open(&file).unwrap().locations().unwrap(), [location]);
}
