//! All that a catalog shows, as one value that can be compared, after its indexes were held against its entities.

use std::collections::BTreeMap;

use portico_catalog::{Catalog, CommitError, Direction, Mode, Order, Query, Session, StoreError};
use portico_model::{Filter, LocationRef, rows};
use serde_json::{Value, json};

use crate::support::{by, component, group, origin, query, reference, report};

/// What a catalog shows.
#[derive(Debug, PartialEq)]
pub(crate) struct State(Vec<String>);

/// Everything but moments and new names, which differ from run to run.
pub(crate) fn state(catalog: &Catalog) -> State {
    let entities: Vec<Value> = query(catalog, &[], Order::Age, 1_000)
        .items
        .iter()
        .map(|entity| serde_json::from_slice(entity).unwrap())
        .collect();
    let count = catalog.count().unwrap();
    assert_eq!(count, entities.len() as u64, "the list of all is the count of all");
    check_indexes(catalog, &entities);
    let mut shown = vec![format!("{count} entities")];
    for entity in &entities {
        let metadata = &entity["metadata"];
        let (kind, name) = (entity["kind"].as_str().unwrap(), metadata["name"].as_str().unwrap());
        let named = reference(&format!("{kind}:default/{name}"));
        assert_eq!(crate::support::entity(catalog, named.as_str()).as_ref(), Some(entity), "found by its name");
        let by_uid = catalog.entity_by_uid(metadata["uid"].as_str().unwrap()).unwrap().unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&by_uid).unwrap(), *entity, "found by its id");
        let origins = catalog.origin(&named).unwrap().unwrap();
        let history: Vec<u64> =
            catalog.history(named.as_str(), 99).unwrap().iter().map(|change| change.sequence).collect();
        shown.push(timeless(json!([entity, origins, history])));
    }
    shown.extend(catalog.sources().unwrap().iter().map(|source| timeless(json!(source))));
    shown.extend(catalog.problems(None, None).unwrap().iter().map(|problem| timeless(json!(problem))));
    shown.extend(catalog.locations().unwrap().iter().map(|location| timeless(json!(location))));
    shown.extend(catalog.registry().declared().keys().map(|kind| format!("the kind {kind}")));
    for (place, change) in (1..).zip(catalog.changes(0, 1_000).unwrap()) {
        assert_eq!(change.sequence, place, "the log has no holes");
        let before: Value = serde_json::from_str(change.before.as_deref().unwrap_or("null")).unwrap();
        shown.push(timeless(json!([change.sequence, change.reference, format!("{:?}", change.kind), before])));
    }
    State(shown)
}

/// Asks for everything, whatever comes of it.
pub(crate) fn read(catalog: &Catalog) -> Result<(), StoreError> {
    let all = Query {
        filter: Filter::everything(),
        text: None,
        order: by("metadata.name", Direction::Ascending),
        from: None,
        backwards: false,
        offset: 0,
        limit: 99,
    };
    let page = catalog.query(&all);
    for name in ["group:team", "component:stays", "component:changes", "component:goes", "component:breaks"] {
        drop((catalog.entity(&reference(name)), catalog.origin(&reference(name)), catalog.history(name, 9)));
    }
    drop((catalog.sources(), catalog.problems(None, None), catalog.locations(), catalog.changes(0, 99)));
    drop((catalog.changed(0, 9), catalog.facets(&["kind".to_owned()], &all.filter, None)));
    page.map(drop)
}

fn timeless(mut value: Value) -> String {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.retain(|key, _| !key.ends_with("At") && !key.ends_with("Seen") && key != "uid");
                object.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut value);
    value.to_string()
}

/// Every search row of every entity is in the indexes, and nothing else is.
fn check_indexes(catalog: &Catalog, entities: &[Value]) {
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for row in entities.iter().flat_map(|entity| rows(entity).0) {
        *counts.entry((row.key, row.value.unwrap_or_default())).or_default() += 1;
    }
    let mut keys: Vec<String> = counts.keys().map(|(key, _)| key.clone()).collect();
    keys.dedup();
    let facets = catalog.facets(&keys, &Filter::everything(), None).unwrap();
    for (key, facets) in keys.iter().zip(facets) {
        let found: BTreeMap<&str, u64> = facets.iter().map(|facet| (facet.value.as_str(), facet.count)).collect();
        let expected = counts.range((key.clone(), String::new())..).take_while(|((other, _), _)| other == key);
        let expected = expected.filter(|((_, value), _)| !value.is_empty());
        let expected: BTreeMap<&str, u64> = expected.map(|((_, value), count)| (value.as_str(), *count)).collect();
        assert_eq!(found, expected, "the index of {key} says what the entities say");
    }
    // These are among what the entities before or after do not have.
    for gone in ["metadata.name=never", "metadata.labels.round=7"] {
        assert_eq!(query(catalog, &[gone], Order::Age, 9).total, 0, "{gone}");
    }
}

/// A company before the sync that is disturbed.
pub(crate) fn fill(catalog: &Catalog) {
    catalog.set_removal_guard(portico_catalog::RemovalGuard::off());
    let mut session = catalog.session("git", "repo", Mode::Full).unwrap();
    session.put(&group("team").to_string(), origin("team.yaml")).unwrap();
    for name in ["stays", "changes", "goes", "breaks"] {
        session.put(&component(name, "team").to_string(), origin(&format!("{name}.yaml"))).unwrap();
    }
    session.commit(Some("first".to_owned())).unwrap();
    let mut session = catalog.session("ci", "all", Mode::Full).unwrap();
    session.attach(reference("component:stays"), r#"{ "passed": true }"#).unwrap();
    session.commit(None).unwrap();
    catalog.register(&LocationRef::web("https://forge.test/a.yaml").unwrap()).unwrap();
}

/// The sync that is disturbed: a little of everything.
pub(crate) fn sync(catalog: &Catalog) -> Result<(), CommitError> {
    session(catalog).commit(Some("second".to_owned())).map(drop)
}

/// The same, up to its commit.
pub(crate) fn session(catalog: &Catalog) -> Session {
    let mut session = catalog.session("git", "repo", Mode::Full).unwrap();
    session.put(&group("team").to_string(), origin("team.yaml")).unwrap();
    session.put(&component("stays", "team").to_string(), origin("stays.yaml")).unwrap();
    session.put(&component("changes", "others").to_string(), origin("changes.yaml")).unwrap();
    session.put(&component("comes", "team").to_string(), origin("comes.yaml")).unwrap();
    session.report(report("breaks.yaml", "line 3 is no YAML."));
    session.attach(reference("component:comes"), r#"{ "cost": 3 }"#).unwrap();
    session
}
