//! Counts and numbers of entities, in groups and over time.

use std::time::Duration;

use crate::support::{catalog, component, reference, sync};
use portico_api_types::{Aggregate, Timestamp};
use portico_catalog::{Catalog, Mode};
use portico_model::{Asker, Filter, Kinds};
use serde_json::{Value, json};

fn filter(text: &str) -> Filter {
    Filter::from_text(text, &Asker::default(), Kinds::built_in()).unwrap()
}

fn typed(name: &str, kind: &str) -> Value {
    let mut document = component(name, "a");
    document["spec"]["type"] = json!(kind);
    document
}

/// Says what things cost a month.
fn bill(catalog: &Catalog, costs: &[(&str, f64)]) {
    let mut session = catalog.session("cost", "all", Mode::Full).unwrap();
    for (name, month) in costs {
        let facts = json!({ "month": month }).to_string();
        session.attach(reference(&format!("component:default/{name}")), &facts).unwrap();
    }
    session.commit(None).unwrap();
}

fn company() -> Catalog {
    let catalog = catalog();
    sync(
        &catalog,
        "one",
        &[typed("a", "service"), typed("b", "service"), typed("c", "Library"), typed("d", "library")],
    );
    bill(&catalog, &[("a", 10.0), ("b", 2.5), ("c", -1.0)]);
    catalog
}

#[test]
fn numbers_are_added_up_in_groups() {
    let catalog = company();
    let told = catalog.aggregate(&Filter::everything(), Some("spec.type"), Some("facts.cost.month")).unwrap();
    let expected = |count, numbers, sum: f64, average, minimum, maximum| Aggregate {
        count,
        numbers,
        sum: Some(sum),
        average: Some(average),
        minimum: Some(minimum),
        maximum: Some(maximum),
    };
    assert_eq!(told.whole, expected(4, 3, 11.5, 11.5 / 3.0, -1.0, 10.0));
    let groups: Vec<(String, Aggregate)> =
        told.groups.into_iter().map(|group| (group.value.to_lowercase(), group.aggregate)).collect();
    assert_eq!(
        groups,
        [
            ("library".to_owned(), expected(2, 1, -1.0, -1.0, -1.0, -1.0)),
            ("service".to_owned(), expected(2, 2, 12.5, 6.25, 2.5, 10.0)),
        ]
    );
    let told = catalog.aggregate(&filter("facts.cost.month:>5"), None, None).unwrap();
    assert_eq!((told.groups.len(), told.whole.count, told.whole.sum), (0, 1, None));
    let told = catalog.aggregate(&Filter::everything(), Some("no.such.field"), Some("neither.this")).unwrap();
    assert_eq!((told.groups.len(), told.whole.count, told.whole.numbers), (0, 4, 0));
}

#[test]
fn what_was_is_told_from_the_log() {
    let catalog = company();
    let services = filter("type:service");
    // Changes of this test may share a millisecond, so the times asked for lie around all of them.
    let long_ago = Timestamp::now().checked_sub(Duration::from_secs(3_600)).unwrap();
    let later = Timestamp::now().checked_add(Duration::from_secs(3_600)).unwrap();
    let told = catalog.aggregate_over_time(&services, Some("facts.cost.month"), &[later, long_ago]).unwrap();
    let told: Vec<(Timestamp, u64, f64)> =
        told.items.into_iter().map(|point| (point.at, point.count, point.sum)).collect();
    assert_eq!(told, [(long_ago, 0, 0.0), (later, 2, 12.5)]);

    for relations in ["owner:a", "dependsOn>1", "owner.name:a", "kind:component -(relations.ownedby:x)"] {
        let error = catalog.aggregate_over_time(&filter(relations), None, &[later]).unwrap_err().to_string();
        assert!(error.starts_with("what depends on relations cannot be told over time"), "{relations}: {error}");
    }
    catalog.forget_changes(later, 100).unwrap();
    let error = catalog.aggregate_over_time(&services, None, &[long_ago]).unwrap_err().to_string();
    assert!(error.starts_with("changes from before ") && error.ends_with("ask for a later time"), "{error}");
}

#[test]
fn every_point_between_two_changes_is_what_was_then() {
    let catalog = catalog();
    let mut expected = Vec::new();
    for step in 0..5_usize {
        let documents: Vec<Value> = (0..=step).map(|number| typed(&format!("s{number}"), "service")).collect();
        sync(&catalog, "one", &documents);
        let last = catalog.feed(0, 1_000).unwrap().items.pop().unwrap().at;
        expected.push((last, step as u64 + 1));
        // The next change is in a later millisecond.
        while Timestamp::now().as_millisecond() <= last.as_millisecond() {
            std::hint::spin_loop();
        }
    }
    let times: Vec<Timestamp> = expected.iter().map(|(at, _)| *at).collect();
    let told = catalog.aggregate_over_time(&filter("type:service"), None, &times).unwrap();
    let told: Vec<(Timestamp, u64)> = told.items.into_iter().map(|point| (point.at, point.count)).collect();
    assert_eq!(told, expected);
}
