//! Plugins that code describes, from one version to the next: what asks for more waits, and what was approved runs on.

use std::fs;

use portico_api_types::{PluginState, WaitingVersion};
use portico_runtime::{LifeError, PluginChange};
use portico_supply::Digest;
use serde_json::json;

use crate::support::{Changes, Portal, Setup, eventually, hostile};

const NOTHING: &str = "hostile: { settings: { attack: nothing } }";

const MORE: &str = "  memory: { size: 256MiB, reason: To remember. }\n";

fn version(version: &str, more: &str) -> Vec<u8> {
    hostile(Changes { version, more, ..Changes::default() })
}

fn digest(package: &[u8]) -> String {
    Digest::of(package).hex()
}

fn setup(config: &str, files: Vec<(&'static str, Vec<u8>)>) -> Setup {
    Setup { config: config.to_owned(), files, ..Setup::default() }
}

/// The same folder and catalog under a portal that starts again.
async fn restarted(portal: Portal, config: &str) -> Portal {
    let catalog = portal.catalog.clone();
    let folder = portal.stop().await;
    let again = setup(config, Vec::new());
    Portal::start(Setup { catalog: Some(catalog), folder: Some(folder), ..again }).await
}

/// Waits until a version waits.
async fn waits(portal: &Portal, version: &str) -> WaitingVersion {
    let mut look = tokio::time::interval(std::time::Duration::from_millis(5));
    for _ in 0..20_000 {
        look.tick().await;
        if let Some(waiting) = portal.runtime.waiting("hostile").await.filter(|one| one.version.version == version) {
            return waiting;
        }
    }
    panic!("{version} never waited: {:?}", portal.runtime.plugin("hostile"));
}

/// Waits until it is kept that a version runs, which is what a later one is compared with.
async fn noted(portal: &Portal, version: &str) {
    let said = format!("\"version\":\"{version}\"");
    let record = || portal.catalog.state_get("portico/approved", "hostile").unwrap().unwrap_or_default();
    eventually(|| String::from_utf8_lossy(&record()).contains(&said)).await;
}

fn runs(portal: &Portal) -> (String, String) {
    let plugin = portal.runtime.plugin("hostile").unwrap();
    (plugin.version, plugin.message)
}

fn well(version: &str) -> (String, String) {
    (version.to_owned(), String::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_asks_for_more_waits_and_the_one_before_runs_on_also_after_a_restart() {
    let portal = Portal::start(setup(NOTHING, vec![("hostile.wasm", version("1.0.0", ""))])).await;
    assert_eq!(runs(&portal), well("1.0.0"), "the first of its name runs");
    let second = version("2.0.0", MORE);
    fs::write(portal.file("hostile.wasm"), &second).unwrap();
    let waiting = waits(&portal, "2.0.0").await;
    let more = waiting.asks.iter().filter(|ask| ask.more).map(|ask| ask.capability.as_str());
    assert_eq!(more.collect::<Vec<_>>(), ["memory"]);
    assert_eq!((waiting.grants, waiting.version.from.as_str()), (None, "hostile.wasm"));
    assert_eq!(runs(&portal), well("1.0.0"));
    assert_eq!(portal.runtime.plugin("hostile").unwrap().state, PluginState::Running);

    let portal = restarted(portal, NOTHING).await;
    assert_eq!(runs(&portal), well("1.0.0"));
    assert_eq!(portal.run("hostile").await.0.version, "1.0.0");
    waits(&portal, "2.0.0").await;

    // What is approved is what was looked at, and nothing else is changed here.
    let approve = async |digest: &str| portal.runtime.approve("hostile", digest, None).await;
    let another = approve(&digest(b"another")).await.unwrap_err();
    assert!(
        matches!(&another, LifeError::Replaced { standing, .. } if standing.contains("1.0.0 with the SHA-256 ")),
        "{another}"
    );
    let granted = json!({ "grants": {} }).as_object().unwrap().clone();
    let change = PluginChange { config: granted, approved: Some(digest(&second)) };
    let in_code = portal.runtime.change_plugin("hostile", change).await.unwrap_err();
    assert!(matches!(in_code, LifeError::InCode(_)), "{in_code}");
    assert_eq!(runs(&portal), well("1.0.0"));
    approve(&digest(&second)).await.unwrap();
    assert_eq!(runs(&portal), well("2.0.0"));
    assert!(portal.runtime.waiting("hostile").await.is_none());
    let none = approve(&digest(&second)).await.unwrap_err();
    assert!(matches!(none, LifeError::InCode(_)), "{none}");
    assert!(!portal.package(&digest(&version("1.0.0", ""))).exists(), "what no version needs is not kept");

    let portal = restarted(portal, NOTHING).await;
    assert_eq!(runs(&portal), well("2.0.0"));

    // What asks for no more goes on at once, and is what a later one is compared with.
    let third = version("3.0.0", "");
    fs::write(portal.file("hostile.wasm"), &third).unwrap();
    noted(&portal, "3.0.0").await;
    fs::write(portal.file("hostile.wasm"), version("4.0.0", MORE)).unwrap();
    waits(&portal, "4.0.0").await;
    fs::write(portal.file("hostile.wasm"), third).unwrap();
    portal.plugin("hostile", |plugin| plugin.version == "3.0.0").await;
    while portal.runtime.waiting("hostile").await.is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_turned_away_stays_and_is_not_asked_about_again_until_it_is_another() {
    let portal = Portal::start(setup(NOTHING, vec![("hostile.wasm", version("1.0.0", ""))])).await;
    let second = version("2.0.0", MORE);
    fs::write(portal.file("hostile.wasm"), &second).unwrap();
    waits(&portal, "2.0.0").await;
    portal.runtime.decline("hostile").await.unwrap();
    assert!(portal.runtime.waiting("hostile").await.is_none() && portal.file("hostile.wasm").exists());
    let again = portal.runtime.decline("hostile").await.unwrap_err();
    assert!(matches!(again, LifeError::InCode(_)), "{again}");
    let portal = restarted(portal, NOTHING).await;
    assert_eq!(runs(&portal), well("1.0.0"));
    assert!(portal.runtime.waiting("hostile").await.is_none());

    fs::write(portal.file("hostile.wasm"), version("2.1.0", MORE)).unwrap();
    waits(&portal, "2.1.0").await;
    portal.runtime.decline("hostile").await.unwrap();
    // Who turned it away may think better of it.
    portal.runtime.approve("hostile", &digest(&version("2.1.0", MORE)), None).await.unwrap();
    assert_eq!(runs(&portal), well("2.1.0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_code_approves_or_grants_goes_on_at_once() {
    let approved = format!(
        "hostile: {{ settings: {{ attack: nothing }}, approved: 'sha256:{}' }}",
        digest(&version("2.0.0", MORE))
    );
    let granted = "hostile: { settings: { attack: nothing }, grants: { limits: { memory: 256MiB } } }";
    for config in [approved.as_str(), granted] {
        let portal = Portal::start(setup(config, vec![("hostile.wasm", version("1.0.0", ""))])).await;
        assert_eq!(runs(&portal), well("1.0.0"));
        fs::write(portal.file("hostile.wasm"), version("2.0.0", MORE)).unwrap();
        noted(&portal, "2.0.0").await;
        // What code says no more was approved all the same.
        let portal = restarted(portal, NOTHING).await;
        assert_eq!(portal.runtime.plugin("hostile").unwrap().version, "2.0.0", "{config}");
        assert!(portal.runtime.waiting("hostile").await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_could_not_run_is_refused_and_not_asked_about() {
    let portal = Portal::start(setup(NOTHING, vec![("hostile.wasm", version("1.0.0", ""))])).await;
    let manifest = "name: hostile\nversion: 2.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nasks:\n  repositories: { reason: To read more. }\n";
    // A component that exports nothing of what its manifest says.
    fs::write(portal.file("hostile.wasm"), portico_manifest::pack(b"\0asm\x0d\0\x01\0", manifest).unwrap()).unwrap();
    let plugin = portal.plugin("hostile", |plugin| !plugin.message.is_empty()).await;
    assert!(plugin.message.starts_with("hostile.wasm cannot be loaded"), "{}", plugin.message);
    assert_eq!(plugin.version, "1.0.0");
    assert!(portal.runtime.waiting("hostile").await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_approved_package_is_gone_nothing_takes_its_place_unasked() {
    let portal = Portal::start(setup(NOTHING, vec![("hostile.wasm", version("1.0.0", ""))])).await;
    fs::write(portal.file("hostile.wasm"), version("2.0.0", MORE)).unwrap();
    waits(&portal, "2.0.0").await;
    let kept = portal.package(&digest(&version("1.0.0", "")));
    let catalog = portal.catalog.clone();
    let folder = portal.stop().await;
    fs::remove_file(kept).unwrap();
    let again = Setup { catalog: Some(catalog), folder: Some(folder), ..setup(NOTHING, Vec::new()) };
    let portal = Portal::start(again).await;
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!(plugin.state, PluginState::Refused);
    assert!(plugin.message.contains("the package of version 1.0.0 is missing or damaged"), "{}", plugin.message);
    waits(&portal, "2.0.0").await;
    portal.runtime.approve("hostile", &digest(&version("2.0.0", MORE)), None).await.unwrap();
    assert_eq!(runs(&portal), well("2.0.0"));
}
