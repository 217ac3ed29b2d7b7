//! Where each value of an entity comes from, and since when it is what it is.

use crate::support::{catalog, component, origin, reference, sync};
use portico_api_types::{EntityValue, KindDeclaration, KindOrigin, ValueOrigin};
use portico_catalog::{Catalog, Mode};
use serde_json::{Value, json};

const SHOP: &str = "component:default/shop";

fn values(catalog: &Catalog) -> Vec<EntityValue> {
    catalog.values(&reference(SHOP)).unwrap().expect("it is there")
}

fn value<'a>(values: &'a [EntityValue], path: &str) -> &'a EntityValue {
    values.iter().find(|value| value.path == path).unwrap_or_else(|| panic!("no {path} in {values:?}"))
}

/// Who says it: the plugin, the scope and the file.
fn said(value: &EntityValue) -> String {
    let show = |said: &portico_api_types::Said| {
        format!("{} {} {}", said.plugin, said.scope, said.file.as_deref().unwrap_or("-"))
    };
    match &value.origin {
        ValueOrigin::Document(said) => format!("document: {}", show(said)),
        ValueOrigin::Relation { entity_ref, said } => format!("{entity_ref}: {}", show(said)),
        ValueOrigin::Facts(said) => format!("facts: {}", show(said)),
        ValueOrigin::Derived { declared } => format!("derived: {declared:?}"),
        ValueOrigin::Portal => "portal".to_owned(),
    }
}

fn attach(catalog: &Catalog, scope: &str, facts: &Value) {
    let mut session = catalog.session("ci", scope, Mode::Full).unwrap();
    session.attach(reference(SHOP), &facts.to_string()).unwrap();
    session.commit(None).unwrap();
}

#[test]
fn each_value_names_who_says_it() {
    let catalog = catalog();
    sync(&catalog, "one", &[component("shop", "a")]);
    attach(&catalog, "builds", &json!({ "passed": true, "build": { "number": 7 } }));
    attach(&catalog, "tests", &json!({ "build": { "tests": 9 } }));
    let mut user = component("user", "b");
    user["spec"]["dependsOn"] = json!(["component:shop"]);
    sync(&catalog, "two", &[user]);
    let values = values(&catalog);
    for (path, who) in [
        ("spec.owner", "document: git one shop.yaml"),
        ("metadata.name", "document: git one shop.yaml"),
        ("metadata.uid", "portal"),
        ("facts.ci.passed", "facts: ci builds -"),
        ("facts.ci.build.number", "facts: ci builds -"),
        ("facts.ci.build.tests", "facts: ci tests -"),
        ("relations.ownedBy", "component:default/shop: git one shop.yaml"),
        ("relations.dependencyOf", "component:default/user: git two user.yaml"),
    ] {
        assert_eq!(said(value(&values, path)), who, "{path}");
    }
    assert_eq!(value(&values, "facts.ci.build.tests").value, json!(9));
    assert!(values.iter().all(|value| value.since.is_some()), "all of it is in the log: {values:?}");
}

#[test]
fn what_a_kind_derives_names_who_declared_it() {
    let catalog = catalog();
    let declaration: KindDeclaration = serde_json::from_value(json!({
        "name": "Component",
        "properties": [{ "name": "parts", "count": { "along": "hasPart" } }],
    }))
    .unwrap();
    let plugin = KindOrigin::Plugin { plugin: "ci".to_owned() };
    sync(&catalog, "one", &[component("shop", "a")]);
    catalog.replace_kinds(&plugin, vec![declaration]).unwrap();
    assert_eq!(said(value(&values(&catalog), "properties.parts")), format!("derived: {plugin:?}"));

    let story = catalog.story(&reference(SHOP), None, 1).unwrap();
    let cause = story[0].cause.clone().expect("a cause");
    assert_eq!((cause.source_id, cause.plugin.as_str(), cause.scope.as_str()), (None, "portico", "kinds"));
}

#[test]
fn a_value_is_as_old_as_the_last_change_that_made_it_so() {
    let catalog = catalog();
    sync(&catalog, "one", &[component("shop", "a")]);
    for owner in ["b", "a"] {
        // Two changes of one millisecond could not be told apart.
        let begun = portico_api_types::Timestamp::now();
        while portico_api_types::Timestamp::now().as_millisecond() == begun.as_millisecond() {}
        sync(&catalog, "one", &[component("shop", owner)]);
    }
    let (values, story) = (values(&catalog), catalog.story(&reference(SHOP), None, 10).unwrap());
    let [last, _, first] = story.as_slice() else { panic!("three changes: {story:?}") };
    assert_eq!(value(&values, "spec.owner").since, Some(last.at), "it was another in between");
    assert_eq!(value(&values, "spec.type").since, Some(first.at));

    let beyond = last.at.checked_sub(std::time::Duration::from_nanos(1)).unwrap();
    catalog.forget_changes(beyond, 100).unwrap();
    let values = self::values(&catalog);
    assert_eq!(value(&values, "spec.owner").since, Some(last.at));
    assert_eq!(value(&values, "spec.type").since, None, "that is longer ago than changes are kept");
}

#[test]
fn an_entity_that_is_not_there_has_no_values() {
    let catalog = catalog();
    assert_eq!(catalog.values(&reference(SHOP)).unwrap(), None);
    let mut session = catalog.session("git", "one", Mode::Full).unwrap();
    session.put(&component("shop", "a").to_string(), origin("a.yaml")).unwrap();
    drop(session);
    assert_eq!(catalog.values(&reference(SHOP)).unwrap(), None);
}
