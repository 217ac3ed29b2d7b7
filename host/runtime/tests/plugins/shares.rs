//! What all plugins share, and how much of it one may take.

use portico_catalog::{Mode, Origin};
use portico_model::EntityRef;
use portico_runtime::CardError;
use serde_json::json;
use tokio::task::JoinSet;

use crate::attack::Attack;
use crate::support::{Portal, eventually};

/// More cards than there are sandboxes for what somebody waits for.
const CARDS: usize = 80;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_whose_cards_never_end_leaves_sandboxes_to_others() {
    let portal = Portal::attacked(Attack::Spin, "limits: { cpu: 300ms }", Attack::Feed).await;
    let entities: Vec<EntityRef> =
        (0..CARDS).map(|number| EntityRef::parse(&format!("component:default/c{number}")).unwrap()).collect();
    let mut session = portal.catalog.session("test", "all", Mode::Full).unwrap();
    for entity in &entities {
        let document = json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": { "name": entity.name() },
            "spec": { "type": "service", "lifecycle": "production", "owner": "group:default/none" },
        });
        session.put(&document.to_string(), Origin { file: "a".into(), line: 1, url: None, parent: None }).unwrap();
    }
    session.commit(None).unwrap();
    let mut drawn = JoinSet::new();
    for entity in entities {
        let runtime = portal.runtime.clone();
        drawn.spawn(async move { runtime.card("hostile", "card", Some(&entity), None).await });
    }
    eventually(|| portal.calls("hostile", "cards") >= CARDS as u64).await;
    let healthy = EntityRef::parse("component:default/healthy").unwrap();
    let beside = portal.runtime.card("healthy", "card", Some(&healthy), None).await;
    assert_eq!(beside.unwrap().blocks.len(), 10, "another plugin's card is drawn beside them");
    let mut said = String::new();
    while let Some(card) = drawn.join_next().await {
        match card.unwrap().unwrap_err() {
            CardError::Failed { code, message } if code == "busy" => said = message,
            _ => {}
        }
    }
    assert!(said.contains("As many calls of it go on as it may have at once, and none ended within 2 s."), "{said}");
}
