//! Tests of following a Portico by its changes.

use portico_sdk::Mode;
use portico_sdk::model::EntityRef;
use portico_sdk::testing::{Answer, Portal as Memory};
use serde_json::{Value, json};

use crate::reading::sync;
use crate::testing::{self, Server, component};

const BY_REFS: &str = "/api/catalog/entities/by-refs";

fn reads(memory: &Memory) {
    let old = testing::portal(json!({}));
    memory.run(|| sync(&old, "me")).expect("it is read");
}

/// What has changed after 5.
fn changes(first: u64, entities: &[&str], last: u64) -> Answer {
    let change =
        |(sequence, entity): (u64, &&str)| json!({ "sequence": sequence, "kind": "updated", "entityRef": entity });
    let items: Vec<Value> = (6..).zip(entities).map(change).collect();
    Answer::json(&json!({ "items": items, "first": first, "last": last }))
}

const AFTER: &str = "/api/portico/changes?after=5&limit=2001";

fn entities(items: &[Value]) -> Answer {
    Answer::json(&json!({ "items": items }))
}

fn is_whole(memory: &Memory) -> bool {
    memory.committed("old").and_then(|committed| committed.mode) == Some(Mode::Full)
}

#[test]
fn what_has_changed_comes_alone_and_what_is_gone_goes() {
    let memory = Server::new("old")
        .holds(&[component("a", "1"), component("b", "1")])
        .portico("acme", &[5, 8])
        .answers(AFTER, [changes(1, &["component:default/b", "component:default/a", "component:default/b"], 8)])
        .posted(BY_REFS, entities(&[component("a", "2"), Value::Null]))
        .before(Memory::new());
    reads(&memory);
    reads(&memory);
    let committed = memory.committed("old").expect("a session");
    assert_eq!((committed.mode, committed.entities.len()), (Some(Mode::Delta), 1));
    assert_eq!(committed.entities[0].0["metadata"]["title"], "In state 2");
    assert_eq!(committed.removed, [EntityRef::parse("component:default/b").expect("good")]);
    let asked: Value = serde_json::from_slice(&memory.requests().last().expect("asked").body).expect("JSON");
    assert_eq!(asked, json!({ "entityRefs": ["component:default/a", "component:default/b"] }));
    // From then on, nothing changes, and one request says so.
    let before = memory.requests().len();
    reads(&memory);
    assert_eq!((memory.requests().len() - before, memory.commits().len()), (2, 2), "its name, and its last change");
}

#[test]
fn what_is_not_wanted_any_more_goes_as_well() {
    let mut back = component("a", "2");
    back["metadata"]["annotations"] = json!({ "portico.dev/federated-through": "me" });
    let memory = Server::new("old")
        .holds(&[component("a", "1")])
        .portico("acme", &[5, 6])
        .answers(AFTER, [changes(1, &["component:default/a"], 6)])
        .posted(BY_REFS, entities(&[back]))
        .before(Memory::new());
    reads(&memory);
    reads(&memory);
    assert_eq!(memory.committed("old").expect("a session").removed.len(), 1);
}

#[test]
fn whatever_speaks_against_following_has_all_of_it_read() {
    let many: Vec<String> = (0..21).map(|number| format!("component:default/c{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (case, last, answered, found) in [
        ("the portal is behind where it was", 4, changes(1, &[], 4), entities(&[])),
        ("there are too many", 2_006, changes(1, &[], 2_006), entities(&[])),
        ("some were forgotten", 9, changes(8, &["component:default/a"], 9), entities(&[])),
        ("some are missing", 9, changes(1, &["component:default/a"], 9), entities(&[])),
        ("a name cannot be read", 6, changes(1, &["nobody"], 6), entities(&[])),
        ("much is gone", 26, changes(1, &many, 26), entities(&vec![Value::Null; 21])),
        ("it may not be asked", 6, changes(1, &["component:default/a"], 6), Answer::status(403)),
    ] {
        let memory = Server::new("old")
            .holds(&[component("a", "1")])
            .states(&[component("a", "2")])
            .portico("acme", &[5, last])
            .answers(AFTER, [answered])
            .posted(BY_REFS, found)
            .before(Memory::new());
        reads(&memory);
        reads(&memory);
        assert!(is_whole(&memory) && memory.commits().len() == 2, "{case}");
    }
}

#[test]
fn every_hour_all_of_it_is_looked_at() {
    let one = [component("a", "1")];
    let memory = Server::new("old").holds(&one).states(&one).portico("acme", &[5]).before(Memory::new());
    reads(&memory);
    let looked = |memory: &Memory| memory.requests().iter().any(|asked| asked.url.contains("limit=2000"));
    reads(&memory);
    assert!(!looked(&memory), "the change log says that nothing has changed");
    let noon = memory.now();
    let later = memory.at(noon + 60 * 60 * 1_000 + 1);
    reads(&later);
    assert!(looked(&later));
}

#[test]
fn where_two_entities_are_one_here_changes_are_not_followed() {
    let mut shop = component("a", "1");
    shop["metadata"]["namespace"] = json!("shop");
    let memory = Server::new("old").holds(&[component("a", "1"), shop]).portico("acme", &[5, 6]).before(Memory::new());
    let old = testing::portal(json!({ "namespace": { "*": "acme" } }));
    memory.run(|| sync(&old, "me")).expect("it is read");
    let memory = Server::new("old").states(&[component("x", "1")]).before(memory);
    memory.run(|| sync(&old, "me")).expect("it is read again");
    assert!(is_whole(&memory) && memory.commits().len() == 2);
}
