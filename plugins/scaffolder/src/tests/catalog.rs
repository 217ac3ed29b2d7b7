//! `catalog:*`.

use portico_sdk::actions::Invocation;
use portico_sdk::testing::Portal;
use portico_sdk::{Entity, Error};
use serde_json::{Value, json};

use super::{BASE, done, held, put};
use crate::perform;

const DESCRIPTOR: &str = "https://github.com/acme/ledger/blob/main/catalog-info.yaml";

#[test]
fn a_descriptor_is_registered_and_answers_the_component_that_it_holds() {
    let held: &[&str] = &["location:default/generated-1", "system:default/shop", "component:default/ledger"];
    let portal = Portal::new().location(DESCRIPTOR, held);
    for input in [
        json!({ "catalogInfoUrl": DESCRIPTOR }),
        json!({ "repoContentsUrl": "https://github.com/acme/ledger/blob/main" }),
        json!({ "repoContentsUrl": "https://github.com/acme/ledger/tree/main/", "catalogInfoPath": "./catalog-info.yaml" }),
    ] {
        let expected = json!({ "catalogInfoUrl": DESCRIPTOR, "entityRef": "component:default/ledger" });
        assert_eq!(done(&portal, "catalog:register", input.clone()), Ok(expected), "{input}");
    }
    assert_eq!(portal.registered(), [DESCRIPTOR, DESCRIPTOR, DESCRIPTOR]);
    let only = Portal::new().location(DESCRIPTOR, &["location:default/x", "api:default/a"]);
    let output = done(&only, "catalog:register", json!({ "catalogInfoUrl": DESCRIPTOR })).expect("registered");
    assert_eq!(output["entityRef"], "api:default/a");
}

#[test]
fn what_cannot_be_registered_fails_unless_it_is_optional() {
    let portal = Portal::new();
    let error = done(&portal, "catalog:register", json!({ "catalogInfoUrl": DESCRIPTOR })).unwrap_err();
    assert!(matches!(&error, Error::NotFound(text) if text.starts_with(DESCRIPTOR)), "{error:?}");
    let optional = done(&portal, "catalog:register", json!({ "catalogInfoUrl": DESCRIPTOR, "optional": true }));
    assert_eq!(optional, Ok(json!({ "catalogInfoUrl": DESCRIPTOR })));
    assert!(done(&portal, "catalog:register", json!({})).is_err());
}

#[test]
fn what_was_registered_is_forgotten_by_its_address_or_by_what_it_holds() {
    let came_with = |origin: &str| {
        json!({
            "kind": "Resource", "metadata": { "name": "preview", "annotations": { "backstage.io/managed-by-origin-location": origin } },
        })
    };
    let entity = json!({ "entityRef": "resource:default/preview" });
    for input in [json!({ "catalogInfoUrl": DESCRIPTOR }), entity.clone()] {
        let portal = Portal::new().location(DESCRIPTOR, &[]).entity(came_with(&format!("url:{DESCRIPTOR}")));
        done(&portal, "catalog:register", json!({ "catalogInfoUrl": DESCRIPTOR })).expect("registered");
        for is_forgotten in [true, false] {
            let expected = json!({ "catalogInfoUrl": DESCRIPTOR, "isForgotten": is_forgotten });
            assert_eq!(done(&portal, "catalog:unregister", input.clone()), Ok(expected), "{input}");
        }
        assert!(portal.registered().is_empty());
    }
    let gone = done(&Portal::new(), "catalog:unregister", entity.clone());
    assert_eq!(gone, Ok(json!({ "isForgotten": false })), "it was done before");
    let elsewhere = Portal::new().entity(came_with("kubernetes:prod"));
    let error = done(&elsewhere, "catalog:unregister", entity).unwrap_err().to_string();
    assert!(error.contains("came with no address that was registered"), "{error}");
    assert!(done(&Portal::new(), "catalog:unregister", json!({})).is_err());
}

fn template() -> Value {
    json!({
        "apiVersion": "scaffolder.backstage.io/v1beta3",
        "kind": "Template",
        "metadata": {
            "name": "service",
            "annotations": {
                "backstage.io/managed-by-location": format!("url:{BASE}"),
                "backstage.io/template-version": "1.2.0",
            },
        },
        "spec": { "type": "service", "steps": [] },
    })
}

#[test]
fn an_entity_is_written_with_the_template_that_it_was_made_with() {
    let entity = json!({ "kind": "Component", "metadata": { "name": "ledger" } });
    let expected = "kind: Component\nmetadata:\n  name: ledger\n  annotations:\n    backstage.io/source-template: template:default/service\n";
    let portal = Portal::new();
    assert_eq!(done(&portal, "catalog:write", json!({ "entity": entity })), Ok(json!({})));
    assert_eq!(held(&portal), [format!("catalog-info.yaml: {expected}")]);
    let portal = Portal::new();
    let tried = Invocation::new("catalog:write", json!({ "entity": entity }));
    portal.run(|| perform(&tried)).expect("written");
    assert_eq!(
        held(&portal),
        ["catalog-info.yaml: kind: Component\nmetadata:\n  name: ledger\n"],
        "one that is only tried"
    );
    let portal = Portal::new();
    assert_eq!(done(&portal, "catalog:write", json!({ "entity": entity, "filePath": "a/b.yaml" })), Ok(json!({})));
    assert!(held(&portal)[0].starts_with("a/b.yaml: "));
}

#[test]
fn entities_are_fetched_by_what_they_are_called() {
    let portal = Portal::new().entity(Entity::component("ledger")).entity(Entity::group("payments"));
    let name = |value: &Value| value["metadata"]["name"].clone();
    let one = done(&portal, "catalog:fetch", json!({ "entityRef": "component:default/ledger" })).expect("one");
    assert_eq!(name(&one["entity"]), "ledger");
    let input =
        json!({ "entityRefs": ["payments", "component:ledger", "none"], "defaultKind": "Group", "optional": true });
    let several = done(&portal, "catalog:fetch", input).expect("several");
    let names: Vec<Value> = several["entities"].as_array().expect("a list").iter().map(name).collect();
    assert_eq!(names, [json!("payments"), json!("ledger"), json!(null)]);
    for (input, expected) in [
        (json!({}), "name an entity as `entityRef`"),
        (json!({ "entityRef": "ledger" }), "input.entityRef: `ledger` names no kind"),
        (json!({ "entityRefs": ["component:none"] }), "input.entityRefs[0]: there is no component:default/none"),
        (json!({ "entityRef": "component:a b" }), "input.entityRef: "),
    ] {
        let error = done(&portal, "catalog:fetch", input).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(done(&portal, "catalog:fetch", json!({ "optional": true })), Ok(json!({})));
}

#[test]
fn a_descriptor_says_the_version_of_its_template() {
    let portal = Portal::new().entity(template());
    put(&portal, "catalog-info.yaml", "kind: Component\nmetadata:\n  name: ledger\n");
    let input = json!({ "labels": { "a": "b" }, "spec": { "type": "service" } });
    let output = done(&portal, "catalog:template:version", input).expect("noted");
    let expected = "kind: Component\nmetadata:\n  name: ledger\n  annotations:\n    backstage.io/template-version: 1.2.0\n  labels:\n    a: b\nspec:\n  type: service\n";
    assert_eq!(output, json!({ "annotatedObject": expected }));
    assert_eq!(held(&portal), [format!("catalog-info.yaml: {expected}")]);
    let own = json!({ "annotations": { "backstage.io/template-version": "9" }, "objectYaml": { "kind": "API" }, "writeToFile": "b.yaml" });
    done(&portal, "catalog:template:version", own).expect("noted");
    assert_eq!(
        held(&portal)[0],
        "b.yaml: kind: API\nmetadata:\n  annotations:\n    backstage.io/template-version: '9'\n"
    );
}
