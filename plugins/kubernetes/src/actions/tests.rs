//! What buttons do, and what they do not.

use portico_sdk::cards::{Cards, Context};
use portico_sdk::model::EntityRef;
use portico_sdk::testing::{Answer, Portal};

use super::*;
use crate::card::Runtime;
use crate::testing::{component, forbidden};

const PATH: &str = "https://prod.test/apis/apps/v1/namespaces/shop/deployments/orders";
const KEY: &str = "prod/shop/Deployment/orders";

fn portal(actions: bool) -> Portal {
    let workload = portico_sdk::entity::Entity::new("kubernetes.portico.dev/v1", "Workload", "shop.deployment.orders")
        .namespace("prod")
        .spec("cluster", "prod")
        .spec("namespace", "shop")
        .spec("type", "Deployment")
        .spec("workload", "orders")
        .spec("entities", vec!["component:default/orders"]);
    let clusters = json!([{ "name": "prod", "server": "https://prod.test" }]);
    Portal::new()
        .settings(json!({ "clusters": clusters, "actions": actions }))
        .entity(component("orders"))
        .entity(workload)
}

fn pressed(portal: &Portal, action: &str, input: &Value) -> Result<()> {
    let context = Context::of(EntityRef::parse("component:orders").expect("a name"));
    portal.run(|| Runtime::invoke("workloads", action, input, &context)).map(|_| ())
}

#[test]
fn a_restart_replaces_the_pods_as_kubectl_does() {
    let portal = portal(true).answer("PATCH", PATH, Answer::json(&json!({})));
    pressed(&portal, "restart", &json!({ "workload": KEY })).expect("done");
    let asked = &portal.requests()[0];
    let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
    assert_eq!(
        body["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"],
        "2026-01-01T12:00:00Z"
    );
    assert!(asked.headers.contains(&("content-type".into(), "application/strategic-merge-patch+json".into())));
}

#[test]
fn a_number_of_replicas_is_set_by_the_right_to_scale_alone() {
    let portal = portal(true).answer("PATCH", &format!("{PATH}/scale"), Answer::json(&json!({})));
    pressed(&portal, "scale", &json!({ "workload": KEY, "replicas": 5 })).expect("done");
    assert_eq!(portal.requests()[0].body, br#"{"spec":{"replicas":5}}"#);
    for replicas in [json!(101), json!(-1), json!("5"), json!(null)] {
        let refused = pressed(&portal, "scale", &json!({ "workload": KEY, "replicas": replicas }));
        assert!(matches!(refused, Err(Error::Invalid(_))), "{replicas}");
    }
    assert_eq!(portal.requests().len(), 1);
}

#[test]
fn nothing_is_done_unless_it_is_switched_on_and_shown() {
    let portal_off = portal(false);
    assert!(matches!(pressed(&portal_off, "restart", &json!({ "workload": KEY })), Err(Error::Denied(_))));
    let portal_on = portal(true);
    for (action, workload) in [
        ("restart", "prod/kube-system/Deployment/coredns"),
        ("restart", "prod/shop/Deployment/orders/../../secrets"),
        ("delete", KEY),
    ] {
        let refused = pressed(&portal_on, action, &json!({ "workload": workload }));
        assert!(matches!(refused, Err(Error::NotFound(_))), "{action} {workload}");
    }
    assert!(portal_off.requests().is_empty() && portal_on.requests().is_empty());
}

#[test]
fn an_account_that_may_not_is_said() {
    let portal = portal(true).answer("PATCH", PATH, forbidden("deployments"));
    let error = pressed(&portal, "restart", &json!({ "workload": KEY })).expect_err("refused").to_string();
    assert!(error.starts_with("prod: the account may not restart orders: deployments is forbidden"), "{error}");
}
