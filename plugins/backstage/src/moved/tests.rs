//! Tests of what comes along, what does not, and what is left out.

use portico_sdk::model::reference_of;

use super::*;
use crate::testing;

fn moved(settings: Value, entity: Value) -> Moved {
    let portal = testing::portal(settings);
    let way = Way { portal: &portal, excluded: portal.excluded(), other: Some("acme"), own: "me" };
    way.moved(&reference_of(&entity).expect("a reference"), entity)
}

fn document(settings: Value, entity: Value) -> Value {
    match moved(settings, entity) {
        Moved::Here(_, put) => serde_json::from_str(&put.document).expect("JSON"),
        other => panic!("{other:?}"),
    }
}

/// As a Backstage serves it.
fn served() -> Value {
    json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {
            "uid": "0b1", "etag": "9f2", "name": "Orders", "namespace": "shop",
            "annotations": {
                "backstage.io/managed-by-location": "url:https://git.test/orders/blob/main/catalog-info.yaml",
                "backstage.io/managed-by-origin-location": "url:https://git.test/all",
                "backstage.io/view-url": "https://git.test/orders/blob/main/catalog-info.yaml",
                "backstage.io/edit-url": "javascript:alert(1)",
                "backstage.io/orphan": "true",
                "acme.com/tier": "1",
            },
        },
        "spec": { "type": "service", "lifecycle": "production", "owner": "group:shop/payments", "system": "store" },
        "relations": [{ "type": "ownedBy", "targetRef": "group:shop/payments" }],
        "status": { "items": [] },
        "facts": { "ci": { "passed": true } },
    })
}

#[test]
fn what_an_author_wrote_comes_along_and_what_the_portal_made_does_not() {
    let expected = json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {
            "name": "Orders", "namespace": "old-shop",
            "annotations": {
                "backstage.io/view-url": "https://git.test/orders/blob/main/catalog-info.yaml",
                "acme.com/tier": "1",
                "backstage.io/managed-by-location": "url:https://old.test/api/catalog/entities/by-name/component/shop/orders",
                "backstage.io/managed-by-origin-location": "url:https://old.test",
                "portico.dev/federated-from": "old",
                "portico.dev/federated-entity": "component:shop/orders",
                "portico.dev/federated-through": "acme me",
                "portico.dev/federated-location": "url:https://git.test/orders/blob/main/catalog-info.yaml",
            },
        },
        "spec": { "type": "service", "lifecycle": "production", "owner": "group:old-shop/payments", "system": "store" },
    });
    assert_eq!(document(json!({ "namespace": { "*": "old-{namespace}" } }), served()), expected);
}

#[test]
fn without_a_page_of_its_own_an_entity_leads_to_the_other_portal() {
    let (metadata, spec) = (json!({ "name": "ada" }), json!({ "memberOf": [] }));
    let entity = json!({ "apiVersion": "backstage.io/v1alpha1", "kind": "User", "metadata": metadata, "spec": spec });
    let document = document(json!({ "app": "https://portal.test/" }), entity);
    assert_eq!(document["metadata"]["annotations"][VIEW_URL], "https://portal.test/catalog/default/user/ada");
    assert_eq!(document["metadata"]["namespace"], Value::Null, "as it was written");
}

#[test]
fn where_it_was_written_down_at_first_stays_over_several_portals() {
    let mut entity = served();
    let annotations = &mut entity["metadata"]["annotations"];
    annotations[LOCATION] = json!("url:https://git.test/first");
    annotations[FROM] = json!("somewhere");
    annotations[THROUGH] = json!("first acme");
    let document = document(json!({}), entity);
    let annotations = &document["metadata"]["annotations"];
    assert_eq!((&annotations[LOCATION], &annotations[FROM]), (&json!("url:https://git.test/first"), &json!("old")));
    assert_eq!(annotations[THROUGH], "first acme me");
}

#[test]
fn what_has_been_here_and_what_is_not_wanted_is_left_out() {
    let through = |way: &str| {
        let mut entity = served();
        entity["metadata"]["annotations"][THROUGH] = json!(way);
        entity
    };
    let location = json!({ "kind": "Location", "metadata": { "name": "a" } });
    for (settings, entity, expected) in [
        (json!({}), through("me acme"), Moved::Back(Loop::Own)),
        (json!({}), through("a b c d e f g"), Moved::Back(Loop::Long)),
        (json!({}), location, Moved::Unwanted),
        (json!({ "kinds": ["API"] }), served(), Moved::Unwanted),
        (json!({ "exclude": ["metadata.namespace=shop,spec.type=service"] }), served(), Moved::Unwanted),
        (json!({ "exclude": ["relations.ownedby=group:shop/payments"] }), served(), Moved::Unwanted),
    ] {
        assert_eq!(moved(settings, entity), expected);
    }
    let kept = moved(json!({ "kinds": ["component"], "exclude": ["kind=api"] }), served());
    assert!(matches!(kept, Moved::Here(..)), "{kept:?}");
}
