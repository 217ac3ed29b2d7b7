//! Events, one line each, and what they come to.

use portico_sdk::testing::Portal;
use serde_json::{Value, json};

use super::*;
use crate::entities::Entities;
use crate::testing::{cluster, component, deployment, failing_pod, model, pod};

fn line(kind: &str, object: &Value) -> Vec<u8> {
    json!({ "type": kind, "object": object }).to_string().into_bytes()
}

fn at(mut object: Value, version: &str) -> Value {
    object["metadata"]["resourceVersion"] = json!(version);
    object
}

fn watch(sort: Sort) -> Watch {
    Watch::from(sort, "/apis/apps/v1/deployments", "100")
}

#[test]
fn a_watch_begins_where_the_list_ended_and_goes_on_from_where_it_stands() {
    let (mut watch, mut model) = (watch(Sort::Deployments), Model::default());
    assert_eq!(
        watch.path(),
        "/apis/apps/v1/deployments?watch=true&allowWatchBookmarks=true&resourceVersion=100&timeoutSeconds=300"
    );
    assert_eq!(watch.take(&mut model, &line("ADDED", &at(deployment("shop", "orders"), "101"))), Told::Changed);
    assert!(watch.path().contains("resourceVersion=101&"));
    let bookmark = json!({ "kind": "Deployment", "metadata": { "resourceVersion": "250", "creationTimestamp": null } });
    assert_eq!(watch.take(&mut model, &line("BOOKMARK", &bookmark)), Told::Still);
    assert!(watch.path().contains("resourceVersion=250&"), "one that broke goes on from there");
    assert_eq!(model.rows().len(), 1);
    assert_eq!(watch.take(&mut model, &line("DELETED", &at(deployment("shop", "orders"), "260"))), Told::Changed);
    assert_eq!(model.rows().len(), 0);
}

#[test]
fn one_that_fell_behind_is_told_to_list_again() {
    let gone = json!({ "kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version" });
    assert_eq!(watch(Sort::Pods).take(&mut Model::default(), &line("ERROR", &gone)), Told::ListAgain);
    let other = json!({ "kind": "Status", "code": 500, "message": "etcd" });
    let told = watch(Sort::Pods).take(&mut Model::default(), &line("ERROR", &other));
    assert!(matches!(&told, Told::Unreadable(said) if said.contains("(500): etcd")), "{told:?}");
}

#[test]
fn what_is_no_event_changes_nothing() {
    let mut model = model(&[(Sort::Deployments, deployment("shop", "orders"))]);
    let wrong = json!({ "metadata": { "name": "x", "resourceVersion": "5" } });
    for line in [b"{\"type\":\"ADD".to_vec(), b"7".to_vec(), line("RENAMED", &wrong), line("MODIFIED", &wrong)] {
        let told = watch(Sort::Deployments).take(&mut model, &line);
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
    let mut pods = Watch::from(Sort::Pods, "/api/v1/pods", "1");
    let mut deployments = watch(Sort::Deployments);
    let failing = failing_pod("shop", "orders", 1, "OOMKilled");
    for (event, told) in [
        (line("ADDED", &pod("shop", "orders", 1)), Told::Changed),
        (line("MODIFIED", &failing), Told::Changed),
        (line("MODIFIED", &failing), Told::Still),
    ] {
        assert_eq!(pods.take(&mut watched, &event), told);
    }
    deployments.take(&mut watched, &line("ADDED", &deployment("shop", "payments")));
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
