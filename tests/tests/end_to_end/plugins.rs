//! Plugin files that come, change and go while the portal runs.

use std::fs;
use std::path::Path;

use portico_tests::{Portal, PortalBuilder, test_plugin, until};
use serde_json::Value;

fn plugin(portal: &Portal, name: &str) -> Option<Value> {
    let plugins = portal.json("/api/portico/plugins");
    plugins["items"].as_array()?.iter().find(|plugin| plugin["name"] == name).cloned()
}

fn healthy(portal: &Portal) -> u16 {
    portal.get("/api/catalog/entities/by-name/component/default/healthy").status
}

fn put(file: &Path, bytes: &[u8]) {
    fs::create_dir_all(file.parent().expect("a folder")).expect("the plugins folder");
    fs::write(file, bytes).expect("a plugin file");
}

#[test]
fn a_plugin_comes_runs_and_goes_without_a_restart() {
    let config = "plugins:\n  hostile:\n    every: never\n    settings: { attack: nothing }\n    grants: { catalog: { write: [Component], attach: [Component] } }\n";
    let portal = PortalBuilder::new(config).start();
    let before = plugin(&portal, "hostile").map(|plugin| plugin["state"].clone());
    assert_ne!(before, Some("running".into()), "it is not there yet");

    let file = portal.folder().join("data/plugins/hostile.wasm");
    put(&file, &test_plugin("hostile"));
    until("the plugin is loaded", || plugin(&portal, "hostile").filter(|plugin| plugin["version"] != ""));
    let run = portal.run("hostile");
    assert_eq!(run["state"], "succeeded", "{run}");
    assert_eq!(healthy(&portal), 200);
    let found = portal
        .json("/api/catalog/entities/by-query?limit=0&q=facts.hostile.ready:%3C2%20facts.hostile.checks.passed:true");
    assert_eq!(found["totalItems"], 1, "what a plugin attaches can be asked for");
    let origin = portal.json("/api/portico/entities/component/default/healthy/origin");
    assert_eq!(origin["facts"][0]["source"]["plugin"], "hostile", "{origin}");

    fs::remove_file(&file).expect("the plugin goes");
    until("the plugin is gone", || {
        let state = plugin(&portal, "hostile").map(|plugin| plugin["state"].clone());
        (state != Some("running".into())).then_some(())
    });
    assert_eq!(portal.get("/.backstage/health/v1/readiness").status, 200);
}

#[test]
fn a_file_that_is_no_plugin_is_named_and_harms_nothing() {
    let portal = PortalBuilder::new("").start();
    put(&portal.folder().join("data/plugins/letter.wasm"), b"Dear portal, I am not a component.");
    let refused = until("the file is told of", || {
        let plugins = portal.json("/api/portico/plugins");
        plugins["items"].as_array()?.iter().find(|plugin| plugin["state"] == "refused").cloned()
    });
    assert!(refused["origin"].as_str().is_some_and(|origin| origin.contains("letter.wasm")), "{refused}");
    assert!(refused["message"].as_str().is_some_and(|message| !message.is_empty()), "{refused}");
    assert!(plugin(&portal, "git").is_some(), "the others are as they were");
}

#[test]
fn a_plugin_that_the_configuration_does_not_name_stays_off() {
    let portal = PortalBuilder::new("").start();
    let git = plugin(&portal, "git").expect("the built-in plugin is known");
    assert_eq!((&git["state"], &git["origin"]), (&"off".into(), &"built in".into()), "{git}");
}

#[test]
fn a_plugin_that_misbehaves_costs_its_own_run() {
    let config = "plugins:\n  hostile:\n    every: never\n    settings: { attack: panic }\n";
    let portal = PortalBuilder::new(config).start();
    put(&portal.folder().join("data/plugins/hostile.wasm"), &test_plugin("hostile"));
    until("the plugin is loaded", || plugin(&portal, "hostile").filter(|plugin| plugin["version"] != ""));
    let run = portal.run("hostile");
    assert_eq!((&run["state"], &run["result"]["code"]), (&"failed".into(), &"panicked".into()), "{run}");
    let told = run["result"]["message"].to_string();
    assert!(told.contains("hostile") && told.contains("panic"), "{told}");
    assert_eq!(portal.get("/.backstage/health/v1/readiness").status, 200);
    assert_eq!(plugin(&portal, "hostile").map(|plugin| plugin["state"].clone()), Some("failing".into()));
}
