//! Plugins that came with the portal, installed like all others, and brought up to what a later portal brings.

use portico_api_types::{Managed, PluginState};
use portico_catalog::Catalog;
use portico_runtime::{InstallRequest, LifeError, PluginChange};
use portico_supply::{Digest, TrustPolicy};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::support::{Changes, Portal, Setup, hostile};

const MORE: &str = "  memory: { size: 256MiB, reason: To remember. }\n";

fn version(version: &str, more: &str) -> Vec<u8> {
    hostile(Changes { version, more, ..Changes::default() })
}

fn said() -> Map<String, Value> {
    let all = json!({ "read": ["*"], "write": ["*"], "attach": ["*"] });
    let said = json!({ "settings": { "attack": "nothing" }, "grants": { "catalog": all } });
    said.as_object().unwrap().clone()
}

/// A portal that brings a version of a plugin, and takes no package that nobody vouches for.
fn bringing(package: Option<&[u8]>) -> Setup {
    let built_in = package.map(|package| ("hostile.wasm", package.to_vec())).into_iter().collect();
    Setup { built_in, trust: Some(TrustPolicy { keys: Vec::new(), allow_unsigned: false }), ..Setup::default() }
}

async fn left(portal: Portal) -> (Option<Catalog>, Option<TempDir>) {
    let catalog = portal.catalog.clone();
    (Some(catalog), Some(portal.stop().await))
}

async fn next(portal: Portal, package: Option<&[u8]>) -> Portal {
    let (catalog, folder) = left(portal).await;
    Portal::start(Setup { catalog, folder, ..bringing(package) }).await
}

async fn install(portal: &Portal, approved: Option<&[u8]>) -> Result<(), LifeError> {
    let change = PluginChange { config: said(), approved: approved.map(|package| Digest::of(package).hex()) };
    portal.runtime.install(InstallRequest::BuiltIn("hostile".to_owned()), change).await.map(drop)
}

fn stands(portal: &Portal) -> (String, PluginState, String) {
    let plugin = portal.runtime.plugin("hostile").unwrap();
    (plugin.version, plugin.state, plugin.message)
}

fn runs(version: &str) -> (String, PluginState, String) {
    (version.to_owned(), PluginState::Running, String::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_with_the_portal_is_installed_without_a_file_and_lives_like_all_others() {
    let first = version("1.0.0", "");
    let portal = Portal::start(bringing(Some(&first))).await;
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((plugin.state, plugin.managed, plugin.origin.as_str()), (PluginState::Off, Managed::Nobody, "built in"));
    let nobody = InstallRequest::BuiltIn("nobody".to_owned());
    let none = portal.runtime.install(nobody, PluginChange::default()).await.unwrap_err();
    assert_eq!(none.to_string(), "no plugin `nobody` came with the portal; there are hostile");

    install(&portal, None).await.unwrap();
    let waits = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((waits.version.as_str(), waits.managed), ("", Managed::Portal), "it waits for what it asks");
    assert_eq!(portal.runtime.waiting("hostile").await.unwrap().version.from, "built-in:hostile");
    portal.runtime.approve("hostile", &Digest::of(&first).hex(), None).await.unwrap();
    assert_eq!(stands(&portal), runs("1.0.0"));
    assert!(portal.package(&Digest::of(&first).hex()).exists());
    portal.run("hostile").await;

    // It is the portal's word, also where this portal brings no such plugin any more.
    let portal = next(portal, None).await;
    assert_eq!(stands(&portal), runs("1.0.0"));
    portal.runtime.switch("hostile", false).await.unwrap();
    assert_eq!(portal.runtime.plugin("hostile").unwrap().state, PluginState::Off);
    portal.runtime.remove_plugin("hostile").await.unwrap();
    assert!(portal.runtime.plugin("hostile").is_none());
    portal.runtime.restore_plugin("hostile").await.unwrap();
    assert_eq!(portal.runtime.plugin("hostile").unwrap().state, PluginState::Off, "as it was");
    portal.runtime.switch("hostile", true).await.unwrap();
    assert_eq!(stands(&portal), runs("1.0.0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_portal_brings_a_newer_version_by_the_rules_of_any_upgrade() {
    let (first, second, third) = (version("1.0.0", ""), version("2.0.0", ""), version("3.0.0", MORE));
    let portal = Portal::start(bringing(Some(&first))).await;
    install(&portal, Some(&first)).await.unwrap();
    let portal = next(portal, Some(&second)).await;
    assert_eq!(stands(&portal), runs("2.0.0"), "it asks for no more");
    assert_eq!(portal.runtime.plugin("hostile").unwrap().before[0].version, "1.0.0");
    let portal = next(portal, Some(&third)).await;
    assert_eq!(stands(&portal), runs("2.0.0"));
    assert_eq!(portal.runtime.waiting("hostile").await.unwrap().version.version, "3.0.0");
    portal.runtime.decline("hostile").await.unwrap();
    let portal = next(portal, Some(&third)).await;
    assert!(portal.runtime.waiting("hostile").await.is_none(), "it was turned away");

    // Who goes back stays there until there is something new.
    let portal = next(portal, Some(&second)).await;
    portal.runtime.roll_back("hostile").await.unwrap();
    let portal = next(portal, Some(&second)).await;
    assert_eq!(stands(&portal), runs("1.0.0"));
    install(&portal, None).await.unwrap();
    assert_eq!(stands(&portal), runs("2.0.0"), "who asks for it has it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_portico_yaml_names_is_what_this_portal_brings() {
    let (first, second) = (version("1.0.0", ""), version("2.0.0", MORE));
    let portal = Portal::start(bringing(Some(&first))).await;
    install(&portal, Some(&first)).await.unwrap();
    let (catalog, folder) = left(portal).await;
    let config = "hostile: { settings: { attack: nothing } }".to_owned();
    let portal = Portal::start(Setup { config, catalog, folder, ..bringing(Some(&second)) }).await;
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((plugin.version.as_str(), plugin.managed, plugin.origin.as_str()), ("2.0.0", Managed::Code, "built in"));
    assert!(matches!(install(&portal, None).await.unwrap_err(), LifeError::InCode(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_of_somebody_else_in_the_place_of_the_portals_own_waits() {
    let first = version("1.0.0", "");
    let portal = Portal::start(Setup { trust: None, ..bringing(Some(&first)) }).await;
    install(&portal, Some(&first)).await.unwrap();
    let upload = InstallRequest::Uploaded(version("2.0.0", ""));
    portal.runtime.install(upload, PluginChange::default()).await.unwrap();
    let waiting = portal.runtime.waiting("hostile").await.unwrap();
    assert!(
        waiting.reason.starts_with(
            "It comes from another hand: it is not signed, and the version that runs came with the portal."
        ),
        "{}",
        waiting.reason
    );
}
