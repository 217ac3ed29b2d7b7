//! Whose a workload is.

use portico_sdk::entity::Entity;
use portico_sdk::testing::Portal;
use serde_json::{Value, json};

use super::*;
use crate::objects::Kind;
use crate::testing::{component, deployment};

fn entities(all: Vec<Entity>) -> Entities {
    let labels = [
        "backstage.io/kubernetes-id",
        "app.kubernetes.io/instance",
        "app.kubernetes.io/name",
        "app.kubernetes.io/part-of",
    ];
    let portal = all.into_iter().fold(Portal::new(), Portal::entity);
    portal.run(|| Entities::read(&labels.map(str::to_owned))).expect("a catalog")
}

fn labelled(labels: Value) -> Workload {
    let mut object = deployment("shop", "orders");
    object["metadata"]["labels"] = labels;
    Workload::read(Kind::Deployment, &object.to_string()).expect("one")
}

fn owners(entities: &Entities, cluster: &str, workload: &Workload) -> Vec<String> {
    entities.of(cluster, workload).all.into_iter().map(|entity| entity.as_str().to_owned()).collect()
}

#[test]
fn an_annotation_claims_workloads() {
    let annotated = |name: &str, key: &str, value: &str| component(name).annotation(key, value);
    let all = entities(vec![
        annotated("by-id", ID, "orders"),
        annotated("by-selector", SELECTOR, "tier in (api, web),!canary"),
        annotated("by-pivot", SELECTOR, "app.kubernetes.io/name=orders,tier=api"),
        annotated("other-id", ID, "payments"),
        Entity::system("shop").owner("team").annotation(SELECTOR, "app.kubernetes.io/part-of=shop"),
    ]);
    for (labels, expected) in [
        (json!({ "backstage.io/kubernetes-id": "orders" }), vec!["component:default/by-id"]),
        (json!({ "tier": "api" }), vec!["component:default/by-selector"]),
        (json!({ "tier": "api", "canary": "yes" }), vec![]),
        (
            json!({ "tier": "api", "app.kubernetes.io/name": "orders", "app.kubernetes.io/part-of": "shop" }),
            vec!["component:default/by-pivot", "component:default/by-selector", "system:default/shop"],
        ),
    ] {
        let mut found = owners(&all, "prod", &labelled(labels.clone()));
        found.sort();
        assert_eq!(found, expected, "{labels}");
    }
}

#[test]
fn the_object_may_say_its_id_in_an_annotation_and_on_its_pods() {
    let all = entities(vec![component("x").annotation(ID, "orders")]);
    let mut object = deployment("shop", "orders");
    object["metadata"]["annotations"][ID] = json!("orders");
    let annotated = Workload::read(Kind::Deployment, &object.to_string()).expect("one");
    assert_eq!(owners(&all, "prod", &annotated), ["component:default/x"]);
    let mut object = deployment("shop", "orders");
    object["spec"]["template"]["metadata"]["labels"] = json!({ ID: "orders" });
    let on_pods = Workload::read(Kind::Deployment, &object.to_string()).expect("one");
    assert_eq!(owners(&all, "prod", &on_pods), ["component:default/x"]);
}

#[test]
fn cluster_and_namespace_narrow_a_claim_and_a_name() {
    let all = entities(vec![
        component("a").annotation(ID, "orders").annotation(CLUSTER, "prod").annotation(NAMESPACE, "shop, platform"),
        component("named").annotation(CLUSTER, "prod"),
    ]);
    let claimed = labelled(json!({ ID: "orders" }));
    assert_eq!(owners(&all, "prod", &claimed), ["component:default/a"]);
    assert!(owners(&all, "staging", &claimed).is_empty());
    let named = labelled(json!({ "app.kubernetes.io/name": "named" }));
    assert_eq!(owners(&all, "prod", &named), ["component:default/named"]);
    assert!(owners(&all, "staging", &named).is_empty());
}

#[test]
fn labels_name_components_the_most_specific_first() {
    let all = entities(["orders", "postgresql", "shop"].map(component).to_vec());
    let labels = |instance: &str| {
        labelled(
            json!({ "app.kubernetes.io/instance": instance, "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/part-of": "shop" }),
        )
    };
    assert_eq!(owners(&all, "prod", &labels("orders")), ["component:default/orders"]);
    assert_eq!(owners(&all, "prod", &labels("orders-7")), ["component:default/postgresql"]);
    assert_eq!(
        owners(&all, "prod", &labelled(json!({ "app.kubernetes.io/part-of": "Shop" }))),
        ["component:default/shop"]
    );
    assert!(owners(&all, "prod", &labelled(json!({ "app": "orders" }))).is_empty());
}

#[test]
fn a_system_that_takes_everything_in_takes_no_components_workload_away() {
    let shop = Entity::system("shop").owner("team").annotation(SELECTOR, "app.kubernetes.io/name");
    let all = entities(vec![shop, component("orders")]);
    let mut found = owners(&all, "prod", &labelled(json!({ "app.kubernetes.io/name": "orders" })));
    found.sort();
    assert_eq!(found, ["component:default/orders", "system:default/shop"]);
}

#[test]
fn a_component_that_says_which_workloads_are_its_own_gets_no_other() {
    let all = entities(vec![component("orders").annotation(ID, "something-else")]);
    assert!(owners(&all, "prod", &labelled(json!({ "app.kubernetes.io/name": "orders" }))).is_empty());
}

#[test]
fn a_name_that_several_have_means_the_nearest_or_none() {
    let named = labelled(json!({ "app.kubernetes.io/name": "orders" }));
    let far = || vec![component("orders").namespace("a"), component("orders").namespace("b")];
    assert!(owners(&entities(far()), "prod", &named).is_empty(), "nobody knows which one is meant");
    let with = |namespace: &str| entities([far(), vec![component("orders").namespace(namespace)]].concat());
    assert_eq!(owners(&with("default"), "prod", &named), ["component:default/orders"]);
    assert_eq!(owners(&with("shop"), "prod", &named), ["component:shop/orders"], "the namespace that it runs in");
}

#[test]
fn a_selector_that_is_none_is_told_to_its_entity() {
    let all = entities(vec![component("orders").annotation(SELECTOR, "app in orders")]);
    let (entity, fault) = &all.faults()[0];
    assert_eq!(entity.as_str(), "component:default/orders");
    assert!(fault.contains(SELECTOR) && fault.contains("correct it"), "{fault}");
    assert!(owners(&all, "prod", &labelled(json!({ "app.kubernetes.io/name": "orders" }))).is_empty());
}

#[test]
fn a_component_that_a_mapping_made_of_a_workload_does_not_take_the_place_of_one_that_is_there() {
    let orders = labelled(json!({ "app.kubernetes.io/name": "orders" }));
    let made = || component("orders").annotation(MADE, "prod/shop.deployment.orders");
    let all = entities(vec![made()]);
    let owners = all.of("prod", &orders);
    assert_eq!(owners.all.len(), 1, "it gets the facts");
    assert!(!owners.is_matched, "the mapping that made it goes on to");
    assert!(all.of("staging", &orders).all.is_empty());
    let all = entities(vec![made(), component("other").annotation(SELECTOR, "app.kubernetes.io/name=orders")]);
    assert!(all.of("prod", &orders).is_matched);
}
