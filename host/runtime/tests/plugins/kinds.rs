//! Kinds in a plugin's manifest: they come with the version that declares them.

use std::fs;

use portico_api_types::{KindDeclaration, KindOrigin, PluginState};

use crate::support::{Changes, Portal, Setup, hostile};

const HEALTHY: &str = "hostile: { settings: { attack: nothing } }";

const CLUSTER: &str = "kinds:\n  - { name: Cluster, apiVersions: [acme.example/v1] }\n";

fn bringing(version: &str, more: &str) -> Vec<u8> {
    hostile(Changes { version, more, ..Changes::default() })
}

fn setup(config: &str, more: &str) -> Setup {
    Setup { config: config.to_owned(), files: vec![("hostile.wasm", bringing("1.0.0", more))], ..Setup::default() }
}

/// The kinds that plugins brought, with the plugin's name.
fn brought(portal: &Portal) -> Vec<String> {
    let registry = portal.catalog.registry();
    let kinds = registry.declared().values();
    kinds.map(|kind| format!("{} {:?}", kind.declaration.name, kind.origin)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_come_with_the_version_that_declares_them() {
    let portal = Portal::start(setup(HEALTHY, CLUSTER)).await;
    let origin = KindOrigin::Plugin { plugin: "hostile".to_owned() };
    assert_eq!(brought(&portal), [format!("Cluster {origin:?}")]);

    let both = format!("{CLUSTER}  - {{ name: Region, apiVersions: [acme.example/v1] }}\n");
    fs::write(portal.file("hostile.wasm"), bringing("2.0.0", &both)).unwrap();
    portal.plugin("hostile", |plugin| plugin.version == "2.0.0").await;
    assert_eq!(brought(&portal).len(), 2);

    fs::write(portal.file("hostile.wasm"), bringing("3.0.0", "")).unwrap();
    portal.plugin("hostile", |plugin| plugin.version == "3.0.0").await;
    assert_eq!(brought(&portal), [format!("Hostile {origin:?}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_whose_kinds_cannot_be_used_is_refused_and_the_one_before_goes_on() {
    let portal = Portal::start(setup(HEALTHY, CLUSTER)).await;
    let clash = "kinds:\n  - { name: Region, apiVersions: [acme.example/v1], plural: clusters }\n  \
                   - { name: Cluster, apiVersions: [acme.example/v1] }\n";
    fs::write(portal.file("hostile.wasm"), bringing("2.0.0", clash)).unwrap();
    let plugin = portal.plugin("hostile", |plugin| !plugin.message.is_empty()).await;
    assert!(
        plugin
            .message
            .starts_with("hostile.wasm cannot be loaded. The kinds that its manifest declares cannot be used: ")
            && plugin.message.ends_with("Version 1.0.0 (hostile.wasm) goes on running."),
        "{}",
        plugin.message
    );
    assert_eq!((plugin.state, brought(&portal).len()), (PluginState::Running, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_another_declared_first_is_theirs() {
    let portal = Portal::start(Setup { config: HEALTHY.to_owned(), ..Setup::default() }).await;
    let declaration =
        KindDeclaration { name: "Cluster".into(), api_versions: vec!["other.example/v1".into()], ..Default::default() };
    portal.catalog.declare_kind(declaration).unwrap();
    fs::write(portal.file("hostile.wasm"), bringing("1.0.0", CLUSTER)).unwrap();
    let plugin = portal.plugin("hostile", |plugin| plugin.message.contains("Cluster")).await;
    assert_eq!(plugin.state, PluginState::Refused);
    assert!(plugin.message.contains("is declared through the API; remove it there first"), "{}", plugin.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_stay_while_the_plugin_is_broken_and_go_when_nobody_names_it() {
    let portal = Portal::start(setup(HEALTHY, CLUSTER)).await;
    fs::remove_file(portal.file("hostile.wasm")).unwrap();
    portal.plugin("hostile", |plugin| plugin.state == PluginState::Refused).await;
    assert_eq!(brought(&portal).len(), 1);

    let catalog = Some(portal.catalog.clone());
    drop(portal);
    let portal = Portal::start(Setup { config: "{}".to_owned(), catalog, ..Setup::default() }).await;
    assert!(brought(&portal).is_empty());
}
