//! What another portal is asked for, in all that the plugin does: what the documentation lists, and nothing else.
//!
//! Rule: whoever has it ask for more writes it there first, since that list is what operators grant by.

use std::collections::BTreeSet;

use portico_sdk::checks::Findings;
use portico_sdk::routes::Request;
use portico_sdk::testing::{Answer, Portal as Memory};
use serde_json::json;

use crate::testing::{self, Server, component};
use crate::{checks, instance, sync};

const DOCUMENTATION: &str = include_str!("../../../docs/integrations/backstage.md");
const MANIFEST: &str = include_str!("../manifest.yaml");

/// The requests of the table in the documentation, such as `GET /api/catalog/entity-facets`.
fn documented() -> BTreeSet<String> {
    let rows = DOCUMENTATION.lines().filter_map(|line| line.trim_start().strip_prefix("| `"));
    let requests = rows.filter_map(|row| row.split('`').next());
    requests
        .filter(|text| ["GET /", "POST /", "PUT /"].iter().any(|start| text.starts_with(start)))
        .map(str::to_owned)
        .collect()
}

/// What the manifest asks for.
fn granted() -> BTreeSet<String> {
    let asks = MANIFEST.split("    - host:").skip(1).filter_map(|ask| {
        let between = |from: &str| Some(ask.split_once(from)?.1.split_once(']')?.0);
        Some((between("methods: [")?, between("paths: [")?))
    });
    asks.flat_map(|(method, paths)| paths.split(", ").map(move |path| format!("{method} {path}"))).collect()
}

fn asked(memory: &Memory) -> BTreeSet<String> {
    let path = |url: &str| {
        let path = url.strip_prefix("https://old.test").expect("nobody else is asked");
        path.split('?').next().unwrap_or_default().to_owned()
    };
    memory.requests().iter().map(|asked| format!("{} {}", asked.method, path(&asked.url))).collect()
}

/// All that the plugin does with a Portico, which is asked for more than a Backstage.
fn everything() -> Memory {
    let change = json!({ "items": [{ "sequence": 6, "entityRef": "component:default/a" }], "first": 1, "last": 6 });
    let memory = Server::new("old")
        .holds(&[component("a", "1")])
        .shows(component("a", "1"))
        .portico("acme", &[5, 6])
        .answers("/api/portico/changes?after=5&limit=2001", [Answer::json(&change)])
        .posted("/api/catalog/entities/by-refs", Answer::json(&json!({ "items": [component("a", "2")] })))
        .before(Memory::new().settings(testing::settings(json!({}))));
    for _ in 0..2 {
        memory.run(sync::run).expect("it is read, then followed");
    }
    memory.run(|| checks::run(&mut Findings::default()));
    let request = Request { method: "GET".into(), path: "/instance".into(), ..Request::default() };
    memory.run(|| instance::handle(&request)).expect("it says its name");
    memory
}

#[test]
fn nothing_is_asked_for_that_the_documentation_does_not_list_and_all_that_it_lists() {
    let memory = everything();
    assert_eq!(asked(&memory), documented());
    let own = ["accept", "content-type"];
    let headers = memory.requests().into_iter().flat_map(|asked| asked.headers);
    assert!(headers.map(|(name, _)| name).all(|name| own.contains(&name.as_str())), "the portal adds the token");
}

#[test]
fn the_manifest_asks_for_what_the_documentation_lists() {
    assert_eq!(granted(), documented());
}

#[test]
fn a_backstage_is_only_ever_asked_what_reads() {
    let one = [component("a", "1")];
    let memory =
        Server::new("old").holds(&one).states(&one).before(Memory::new().settings(testing::settings(json!({}))));
    for _ in 0..2 {
        memory.run(sync::run).expect("it is read");
    }
    assert!(memory.requests().iter().all(|asked| asked.method == "GET"));
}
