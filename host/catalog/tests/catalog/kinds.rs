//! Kinds that a portal is given: they come, change and go with everything that follows.

use crate::support::{catalog as in_memory, origin};
use portico_api_types::{ChangeKind, KindDeclaration, KindOrigin};
use portico_catalog::{Catalog, Mode};
use portico_model::{Asker, EntityRef, Filter};
use serde_json::{Value, json};

fn declaration(json: Value) -> KindDeclaration {
    serde_json::from_value(json).unwrap()
}

fn cluster() -> Value {
    json!({
        "name": "Cluster",
        "apiVersions": ["example.com/v1"],
        "schema": { "required": ["nodes"], "properties": { "nodes": { "type": "integer" } } },
        "relations": [
            { "field": "region", "relation": "runsIn", "inverse": "hosts", "targets": ["Region"] },
        ],
    })
}

fn region() -> Value {
    json!({
        "name": "Region",
        "apiVersions": ["example.com/v1"],
        "properties": [
            { "name": "clusters", "count": { "along": "hosts" } },
            { "name": "large", "count": { "along": "hosts", "where": "spec.nodes:>5" } },
            { "name": "nodes", "sum": { "along": "hosts", "path": "spec.nodes" } },
            { "name": "most", "maximum": { "along": "hosts", "path": "spec.nodes" } },
            { "name": "least", "minimum": { "along": "hosts", "path": "spec.nodes" } },
            { "name": "usual", "average": { "along": "hosts", "path": "spec.nodes" } },
        ],
    })
}

fn document(kind: &str, name: &str, spec: Value) -> String {
    json!({ "apiVersion": "example.com/v1", "kind": kind, "metadata": { "name": name }, "spec": spec }).to_string()
}

fn a_cluster(name: &str, nodes: u64, region: &str) -> String {
    document("Cluster", name, json!({ "nodes": nodes, "region": region }))
}

/// Syncs these documents as all that the scope holds; says what was refused.
fn sync(catalog: &Catalog, scope: &str, documents: &[String]) -> Vec<String> {
    let mut session = catalog.session("kube", scope, Mode::Full).unwrap();
    let refused = documents.iter().filter_map(|document| session.put(document, origin("clusters.yaml")).err());
    let refused: Vec<String> = refused.collect();
    session.commit(Some("1".to_owned())).unwrap();
    refused
}

fn with_kinds() -> Catalog {
    let catalog = in_memory();
    catalog.declare_kind(declaration(region())).map(|_| ()).expect_err("`hosts` is no relation yet");
    catalog.declare_kind(declaration(cluster())).unwrap();
    catalog.declare_kind(declaration(region())).unwrap();
    catalog
}

fn entity(catalog: &Catalog, reference: &str) -> Value {
    crate::support::entity(catalog, reference).unwrap_or_else(|| panic!("{reference} is not there"))
}

/// Syncs these documents of built-in kinds.
fn say(catalog: &Catalog, scope: &str, documents: &[Value]) {
    let documents: Vec<Value> = documents
        .iter()
        .map(|document| {
            let mut document = document.clone();
            document["apiVersion"] = json!("backstage.io/v1alpha1");
            document
        })
        .collect();
    crate::support::sync(catalog, scope, &documents);
}

fn properties(catalog: &Catalog, reference: &str) -> Value {
    entity(catalog, reference)["properties"].clone()
}

#[test]
fn a_kind_is_there_as_soon_as_it_is_declared() {
    let catalog = in_memory();
    let refused = sync(&catalog, "one", &[a_cluster("a", 3, "eu")]);
    assert!(refused[0].contains("`kind` is `Cluster`, which is no kind of this portal"), "{refused:?}");
    let changed = catalog.declare_kind(declaration(cluster())).unwrap();
    assert_eq!(changed.read, [("kube".to_owned(), "one".to_owned())], "what was refused is read again");
    assert_eq!(catalog.cursor("kube", "one").unwrap(), None);

    assert_eq!(sync(&catalog, "one", &[a_cluster("a", 3, "eu")]), [""; 0]);
    assert_eq!(entity(&catalog, "cluster:default/a")["relations"][0]["targetRef"], "region:default/eu");
    let text = "runsIn:eu kind:cluster";
    let filter = Filter::from_text(text, &Asker::default(), catalog.registry().kinds()).unwrap();
    assert_eq!(catalog.matching(&filter).unwrap().len(), 1, "queries know its relations");
}

#[test]
fn properties_follow_what_they_are_derived_from() {
    let catalog = with_kinds();
    sync(&catalog, "regions", &[document("Region", "eu", json!({}))]);
    let expected = |counts: [u64; 5], usual: f64| {
        let [clusters, large, nodes, most, least] = counts;
        json!({ "clusters": clusters, "large": large, "nodes": nodes, "most": most, "least": least, "usual": usual })
    };
    assert_eq!(properties(&catalog, "region:default/eu"), json!({ "clusters": 0, "large": 0, "nodes": 0 }));
    sync(&catalog, "one", &[a_cluster("a", 3, "eu"), a_cluster("b", 8, "eu")]);
    assert_eq!(properties(&catalog, "region:default/eu"), expected([2, 1, 11, 8, 3], 5.5));
    sync(&catalog, "one", &[a_cluster("a", 9, "eu"), a_cluster("b", 8, "eu")]);
    assert_eq!(properties(&catalog, "region:default/eu"), expected([2, 2, 17, 9, 8], 8.5));
    sync(&catalog, "one", &[a_cluster("a", 9, "us"), a_cluster("b", 8, "eu")]);
    assert_eq!(properties(&catalog, "region:default/eu"), expected([1, 1, 8, 8, 8], 8.0));
    sync(&catalog, "one", &[]);
    assert_eq!(properties(&catalog, "region:default/eu"), json!({ "clusters": 0, "large": 0, "nodes": 0 }));

    let history = catalog.story(&EntityRef::parse("region:default/eu").unwrap(), None, 10).unwrap();
    let kinds: Vec<ChangeKind> = history.iter().map(|entry| entry.kind).collect();
    assert!(kinds.contains(&ChangeKind::Derived), "{kinds:?}");
}

#[test]
fn properties_are_found_and_sorted_by() {
    let catalog = with_kinds();
    sync(&catalog, "regions", &[document("Region", "eu", json!({})), document("Region", "us", json!({}))]);
    sync(&catalog, "one", &[a_cluster("a", 3, "eu"), a_cluster("b", 8, "eu"), a_cluster("c", 1, "us")]);
    let filter = |text: &str| {
        let filter = Filter::from_text(text, &Asker::default(), catalog.registry().kinds()).unwrap();
        catalog.matching(&filter).unwrap().len()
    };
    assert_eq!(filter("properties.nodes:>5"), 1);
    assert_eq!(filter("properties.clusters:1"), 1);
    assert_eq!(filter("kind:cluster runsIn.properties.nodes:>5"), 2);
}

#[test]
fn derived_properties_nest() {
    let catalog = in_memory();
    let rolled = |name: &str, below: &str| json!({ "name": name, "properties": [{ "name": "cost", "sum": { "along": "hasPart", "path": below } }] });
    catalog.declare_kind(declaration(rolled("System", "facts.cost.month"))).unwrap();
    catalog.declare_kind(declaration(rolled("Domain", "properties.cost"))).unwrap();
    say(
        &catalog,
        "one",
        &[
            json!({ "kind": "Domain", "metadata": { "name": "d" }, "spec": { "owner": "x" } }),
            json!({ "kind": "System", "metadata": { "name": "s" }, "spec": { "owner": "x", "domain": "d" } }),
            json!({
                "kind": "Component", "metadata": { "name": "c" },
                "spec": { "owner": "x", "type": "service", "lifecycle": "production", "system": "s" },
            }),
        ],
    );
    assert_eq!(properties(&catalog, "domain:default/d"), json!({ "cost": 0 }));
    let mut session = catalog.session("bills", "all", Mode::Full).unwrap();
    session.attach(EntityRef::parse("component:default/c").unwrap(), r#"{"month": 12}"#).unwrap();
    session.commit(None).unwrap();
    // The facts of the component are `facts.bills`, so nothing is there under `facts.cost`.
    assert_eq!(properties(&catalog, "domain:default/d"), json!({ "cost": 0 }));
    let mut session = catalog.session("cost", "all", Mode::Full).unwrap();
    session.attach(EntityRef::parse("component:default/c").unwrap(), r#"{"month": 30}"#).unwrap();
    session.commit(None).unwrap();
    assert_eq!(properties(&catalog, "system:default/s"), json!({ "cost": 30 }));
    assert_eq!(properties(&catalog, "domain:default/d"), json!({ "cost": 30 }));
}

#[test]
fn properties_that_go_in_a_circle_are_said_and_end() {
    let catalog = in_memory();
    let kind = json!({
        "name": "Component",
        "properties": [{ "name": "odd", "count": { "along": "dependsOn", "where": "properties.odd:0" } }],
    });
    catalog.declare_kind(declaration(kind)).unwrap();
    // It counts itself while it counts nothing, so it never comes to rest.
    say(
        &catalog,
        "one",
        &[json!({
            "kind": "Component", "metadata": { "name": "a" },
            "spec": { "owner": "x", "type": "service", "lifecycle": "production", "dependsOn": ["component:a"] },
        })],
    );
    let entity = entity(&catalog, "component:default/a");
    assert_eq!(entity.get("properties"), None);
    assert_eq!(
        entity["status"]["items"][0]["message"],
        "its properties are derived in a circle; break it, or look at other entities"
    );
}

#[test]
fn values_are_looked_up_along_relations() {
    let catalog = in_memory();
    let kind = json!({
        "name": "Component",
        "properties": [
            { "name": "chat", "lookup": { "along": "ownedBy", "path": "metadata.annotations.example.com/chat" } },
            { "name": "parts", "lookup": { "along": "partOf.hasPart", "path": "metadata.name", "many": true } },
        ],
    });
    catalog.declare_kind(declaration(kind)).unwrap();
    let component = |name: &str| {
        json!({
            "kind": "Component", "metadata": { "name": name },
            "spec": { "owner": "x", "type": "service", "lifecycle": "production", "system": "s" },
        })
    };
    say(&catalog, "one", &[component("a"), component("b")]);
    // The system is not there, and still what is part of it can be walked through.
    assert_eq!(properties(&catalog, "component:default/a"), json!({ "parts": ["a", "b"] }));
    say(
        &catalog,
        "teams",
        &[json!({
            "kind": "Group", "metadata": { "name": "x", "annotations": { "example.com/chat": "#x" } },
            "spec": { "type": "team", "children": [] },
        })],
    );
    assert_eq!(properties(&catalog, "component:default/b"), json!({ "chat": "#x", "parts": ["a", "b"] }));
    say(&catalog, "more", &[component("c")]);
    assert_eq!(properties(&catalog, "component:default/b")["parts"], json!(["a", "b", "c"]));
}

#[test]
fn a_change_of_a_schema_says_first_what_it_would_break() {
    let catalog = with_kinds();
    sync(&catalog, "one", &[a_cluster("a", 3, "eu"), a_cluster("b", 80, "eu")]);
    let mut smaller = cluster();
    smaller["schema"]["properties"]["nodes"]["maximum"] = json!(10);
    let effect = catalog.kind_effect(declaration(smaller.clone())).unwrap();
    assert_eq!((effect.documents, effect.invalid), (2, 1));
    assert_eq!(effect.examples[0].entity_ref, "cluster:default/b");
    assert_eq!(effect.examples[0].messages, ["`spec.nodes` is 80; the most is 10."]);
    assert_eq!(entity(&catalog, "cluster:default/b").get("status"), None, "nothing was changed");

    let changed = catalog.declare_kind(declaration(smaller)).unwrap();
    assert_eq!(changed.effect, effect);
    let status = &entity(&catalog, "cluster:default/b")["status"]["items"][0]["message"];
    assert_eq!(status, "`spec.nodes` is 80; the most is 10.");
    assert_eq!(entity(&catalog, "cluster:default/b")["relations"][0]["type"], "runsIn", "it stays as it was");
    assert_eq!(sync(&catalog, "one", &[a_cluster("a", 3, "eu"), a_cluster("b", 80, "eu")]).len(), 1);

    catalog.declare_kind(declaration(cluster())).unwrap();
    assert_eq!(sync(&catalog, "one", &[a_cluster("a", 3, "eu"), a_cluster("b", 80, "eu")]), [""; 0]);
    assert_eq!(entity(&catalog, "cluster:default/b").get("status"), None, "it is valid again");
}

#[test]
fn relations_follow_a_change_of_their_fields() {
    let catalog = with_kinds();
    sync(&catalog, "one", &[a_cluster("a", 3, "eu")]);
    let mut turned = cluster();
    turned["relations"] =
        json!([{ "field": "region", "relation": "placedIn", "inverse": "places", "targets": ["Region"] }]);
    catalog.declare_kind(declaration(turned.clone())).map(|_| ()).expect_err("regions count along `hosts`");
    catalog.remove_kind("region").unwrap();
    catalog.declare_kind(declaration(turned)).unwrap();
    assert_eq!(entity(&catalog, "cluster:default/a")["relations"][0]["type"], "placedIn");
}

#[test]
fn a_kind_that_goes_takes_its_entities_and_leaves_what_was_said() {
    let catalog = with_kinds();
    sync(&catalog, "one", &[a_cluster("a", 3, "eu")]);
    catalog.remove_kind("Cluster").map(|_| ()).expect_err("regions count along its relation");
    catalog.remove_kind("Region").unwrap();
    catalog.remove_kind("cluster").unwrap();
    assert!(catalog.entity(&EntityRef::parse("cluster:default/a").unwrap()).unwrap().is_none());
    assert_eq!(catalog.sources().unwrap()[0].entities, 1, "the source still says it");
    catalog.declare_kind(declaration(cluster())).unwrap();
    assert_eq!(entity(&catalog, "cluster:default/a")["spec"]["nodes"], 3, "and it is there again, unread");
}

#[test]
fn who_brought_a_kind_is_who_changes_it() {
    let catalog = in_memory();
    catalog.replace_kinds(&KindOrigin::File, vec![declaration(cluster())]).unwrap();
    let error = catalog.declare_kind(declaration(cluster())).unwrap_err().to_string();
    assert_eq!(
        error,
        "the kind `Cluster` is declared in a file of the folders under `kinds` in portico.yaml; change it there"
    );
    let error = catalog.remove_kind("Component").unwrap_err().to_string();
    assert_eq!(error, "the kind `Component` is built in, and cannot be removed");
    assert_eq!(catalog.remove_kind("Nothing").unwrap_err().to_string(), "there is no kind `Nothing`");
    let plugin = KindOrigin::Plugin { plugin: "kube".to_owned() };
    catalog.replace_kinds(&plugin, vec![declaration(cluster())]).map(|_| ()).expect_err("the files have it");
    catalog.replace_kinds(&KindOrigin::File, Vec::new()).unwrap();
    catalog.replace_kinds(&plugin, vec![declaration(cluster())]).unwrap();
    let error = catalog.remove_kind("Cluster").unwrap_err().to_string();
    assert_eq!(error, "the kind `Cluster` comes with the plugin kube, and goes with it");
}

#[test]
fn a_session_that_began_under_other_kinds_is_judged_by_those_of_its_commit() {
    let catalog = with_kinds();
    let mut session = catalog.session("kube", "one", Mode::Full).unwrap();
    session.put(&a_cluster("a", 80, "eu"), origin("clusters.yaml")).unwrap();
    let mut smaller = cluster();
    smaller["schema"]["properties"]["nodes"]["maximum"] = json!(10);
    catalog.declare_kind(declaration(smaller)).unwrap();
    let summary = session.commit(None).unwrap();
    assert_eq!((summary.added, summary.refused), (0, 1));
}
