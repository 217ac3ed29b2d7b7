//! Plugins that were built for this version of the contract, and are never built again: they go on to work.

use std::fs;
use std::path::Path;

use portico_tests::{PortalBuilder, Web, plugin_command, until};

const LEDGER: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: ledger, tags: [rust, kafka] }
spec: { type: service, lifecycle: production, owner: none }
";

const RADAR: &str = include_str!("../../../examples/plugins/radar-rust/radar.json");

#[test]
fn plugins_that_were_built_for_this_contract_run_for_ever() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contract-0.1");
    let mut tried = 0;
    for entry in fs::read_dir(fixtures).expect("fixtures") {
        let file = entry.expect("a file").path();
        if file.extension().is_none_or(|end| end != "wasm") {
            continue;
        }
        radar_works(&file);
        tried += 1;
    }
    assert_eq!(tried, 2, "every plugin was tried");
}

/// Installs the example, built in whatever language, into a portal of its own, and looks at what it brings and shows.
pub(crate) fn radar_works(file: &Path) {
    let web = Web::with(&[("/radar.json", RADAR)]);
    let config = "trust: { unsigned: true }\nlocations: [{ type: file, target: all.yaml }]\nplugins:\n  locations: { grants: { catalog: { write: ['*'] }, files: ['.'] } }\n";
    let portal = PortalBuilder::new(config).file("all.yaml", LEDGER).start();
    let grants = web.grants().replacen("write: ['*']", "read: [Component, Technology]", 1);
    let radar = format!("settings: {{ url: \"{}\" }}\ngrants: {grants}\n", web.url("/radar.json"));
    fs::write(portal.folder().join("radar.yaml"), radar).expect("a file");
    let package = file.display().to_string();
    let arguments = ["install", &package, "--config", "radar.yaml", "--approve", "--at", portal.address()];
    let (done, said) = plugin_command(portal.folder(), &arguments);
    assert!(done, "{package}: {said}");
    let ring = until("its entities are there", || {
        let found = portal.get("/api/catalog/entities/by-name/technology/default/kafka");
        (found.status == 200).then(|| found.json()["spec"]["ring"].clone())
    });
    assert_eq!(ring, "assess", "{package}");
    let card = portal.json("/api/portico/cards/radar/technologies?entity=component:default/ledger");
    let rows = card["blocks"].as_array().and_then(|blocks| blocks.iter().find(|block| block["type"] == "table"));
    assert_eq!(rows.and_then(|table| table["rows"].as_array()).map(Vec::len), Some(2), "{package}: {card}");
}
