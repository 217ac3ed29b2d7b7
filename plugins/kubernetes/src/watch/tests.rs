//! Events, one line each, and what they come to.

use portico_sdk::testing::Portal;
use serde_json::{Value, json};

use super::*;
use crate::entities::Entities;
use crate::sort::Sort;
use crate::testing::{cluster, component, deployment, failing_pod, model, pod, workload};

fn line(kind: &str, object: &Value) -> Vec<u8> {
    json!({ "type": kind, "object": object }).to_string().into_bytes()
}

fn at(mut object: Value, version: &str) -> Value {
    object["metadata"]["resourceVersion"] = json!(version);
    object
}

fn watch(sort: Sort) -> Watch {
    Watch::from(sort.into(), "/apis/apps/v1/deployments", "100")
}

/// Takes a line of a watch of which mappings are handed nothing.
fn take(watch: &mut Watch, model: &mut Model, line: &[u8]) -> Told {
    watch.take(model, &mut Waiting::of("prod"), line)
}

#[test]
fn a_watch_begins_where_the_list_ended_and_goes_on_from_where_it_stands() {
    let (mut watch, mut model) = (watch(Sort::Deployments), Model::default());
    assert_eq!(
        watch.path(),
        "/apis/apps/v1/deployments?watch=true&allowWatchBookmarks=true&resourceVersion=100&timeoutSeconds=300"
    );
    assert_eq!(take(&mut watch, &mut model, &line("ADDED", &at(deployment("shop", "orders"), "101"))), Told::Changed);
    assert!(watch.path().contains("resourceVersion=101&"));
    let bookmark = json!({ "kind": "Deployment", "metadata": { "resourceVersion": "250", "creationTimestamp": null } });
    assert_eq!(take(&mut watch, &mut model, &line("BOOKMARK", &bookmark)), Told::Still);
    assert!(watch.path().contains("resourceVersion=250&"), "one that broke goes on from there");
    assert_eq!(model.rows().len(), 1);
    assert_eq!(take(&mut watch, &mut model, &line("DELETED", &at(deployment("shop", "orders"), "260"))), Told::Changed);
    assert_eq!(model.rows().len(), 0);
}

#[test]
fn one_that_fell_behind_is_told_to_list_again() {
    let gone = json!({ "kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version" });
    assert_eq!(take(&mut watch(Sort::Pods), &mut Model::default(), &line("ERROR", &gone)), Told::ListAgain);
    let other = json!({ "kind": "Status", "code": 500, "message": "etcd" });
    let told = take(&mut watch(Sort::Pods), &mut Model::default(), &line("ERROR", &other));
    assert!(matches!(&told, Told::BrokenOff(said) if said.contains("(500): etcd")), "{told:?}");
}

#[test]
fn one_of_a_server_that_was_restored_to_an_earlier_moment_is_told_to_list_again() {
    let bookmark = |version: &str| line("BOOKMARK", &json!({ "metadata": { "resourceVersion": version } }));
    let mut pods = watch(Sort::Pods);
    for (version, told) in [("100", Told::Still), ("250", Told::Still), ("90", Told::ListAgain)] {
        assert_eq!(take(&mut pods, &mut Model::default(), &bookmark(version)), told, "{version}");
    }
    assert!(pods.is_behind());
    let mut opaque = Watch::from(Sort::Pods.into(), "/api/v1/pods", "b");
    assert_eq!(take(&mut opaque, &mut Model::default(), &bookmark("a")), Told::Still, "not all versions are numbers");
}

#[test]
fn what_mappings_are_handed_waits_with_what_was_said_last_of_each() {
    let mut nodes = Watch::from(Purpose::mappings("node"), "/api/v1/nodes", "100");
    let (mut model, mut waiting) = (Model::default(), Waiting::of("prod"));
    let mut node = at(workload("Node", "", "a"), "101");
    let mut told = |kind: &str, node: &Value| nodes.take(&mut model, &mut waiting, &line(kind, node));
    assert_eq!(told("ADDED", &node), Told::Changed);
    node["status"]["phase"] = json!("Ready");
    assert_eq!(told("MODIFIED", &node), Told::Changed);
    assert_eq!(told("DELETED", &at(workload("Node", "", "b"), "103")), Told::Changed);
    let portal = Portal::new();
    let said = portal.run(|| {
        let mut session = Session::delta("prod").expect("begun");
        waiting.say(&mut session).expect("said");
        session.commit(None)
    });
    said.expect("visible");
    let committed = portal.committed("prod").expect("a session");
    let [(kind, object)] = &committed.objects[..] else { panic!("{committed:?}") };
    assert_eq!(
        (kind.as_str(), &object["cluster"], &object["status"]["phase"]),
        ("node", &json!("prod"), &json!("Ready"))
    );
    assert!(!object.to_string().contains("managedFields"), "as a sync hands it over: {object}");
    assert_eq!(committed.withdrawn.len(), 1);
    assert!(waiting.is_empty());
}

#[test]
fn what_is_no_event_changes_nothing() {
    let mut model = model(&[(Sort::Deployments, deployment("shop", "orders"))]);
    let wrong = json!({ "metadata": { "name": "x", "resourceVersion": "5" } });
    for line in [b"{\"type\":\"ADD".to_vec(), b"7".to_vec(), line("RENAMED", &wrong), line("MODIFIED", &wrong)] {
        let told = take(&mut watch(Sort::Deployments), &mut model, &line);
        assert!(matches!(told, Told::Unreadable(_)), "{told:?}");
    }
    assert_eq!(model.rows().len(), 1);
}

#[test]
fn events_and_lists_come_to_the_same_view() {
    let prod = cluster("prod");
    let portal = Portal::new().entity(component("orders")).entity(component("payments"));
    let entities = portal.run(|| Entities::read(&["app.kubernetes.io/name".to_owned()])).expect("a catalog");
    let mut watched = model(&[(Sort::Deployments, deployment("shop", "orders"))]);
    let before = View::of(&prod, &watched, &entities).expect("a view");
    let mut pods = Watch::from(Sort::Pods.into(), "/api/v1/pods", "1");
    let mut deployments = watch(Sort::Deployments);
    let failing = failing_pod("shop", "orders", 1, "OOMKilled");
    for (event, told) in [
        (line("ADDED", &pod("shop", "orders", 1)), Told::Changed),
        (line("MODIFIED", &failing), Told::Changed),
        (line("MODIFIED", &failing), Told::Still),
    ] {
        assert_eq!(take(&mut pods, &mut watched, &event), told);
    }
    take(&mut deployments, &mut watched, &line("ADDED", &deployment("shop", "payments")));
    let listed = model(&[
        (Sort::Deployments, deployment("shop", "orders")),
        (Sort::Deployments, deployment("shop", "payments")),
        (Sort::Pods, failing),
    ]);
    let (after, expected) =
        (View::of(&prod, &watched, &entities).expect("a view"), View::of(&prod, &listed, &entities).expect("a view"));
    assert_eq!((&after.parts, &after.workloads), (&expected.parts, &expected.workloads));
    let changes = Changes::between(&before, &after);
    assert_eq!((changes.attached.len(), changes.pushed.len(), changes.withdrawn.len()), (2, 2, 0));
    let nothing = Changes::between(&after, &expected);
    assert!(nothing.are_none(), "{nothing:?}: the same event twice is one");
}

#[test]
fn what_is_gone_is_taken_back() {
    let prod = cluster("prod");
    let portal = Portal::new().entity(component("orders"));
    let entities = portal.run(|| Entities::read(&["app.kubernetes.io/name".to_owned()])).expect("a catalog");
    let before =
        View::of(&prod, &model(&[(Sort::Deployments, deployment("shop", "orders"))]), &entities).expect("a view");
    let after = View::of(&prod, &Model::default(), &entities).expect("a view");
    let said = portal.run(|| {
        let mut session = Session::delta("prod").expect("begun");
        Changes::between(&before, &after).say("prod", &mut session).expect("said");
        session.commit(None)
    });
    said.expect("visible");
    let committed = portal.committed("prod").expect("a session");
    assert_eq!((committed.detached.len(), committed.withdrawn.len(), committed.facts.len()), (1, 1, 0));
}
