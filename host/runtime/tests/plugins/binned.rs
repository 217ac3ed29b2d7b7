//! Plugins in the bin: they come back as they were, unless something else has their name, and go for good when their time is over.

use portico_api_types::{PluginState, RemovedPlugin, Timestamp};
use portico_catalog::Mode;
use portico_model::EntityRef;
use portico_runtime::LifeError;
use portico_supply::Digest;
use serde_json::{Value, json};

use crate::support::{Changes, Portal, Setup, hostile};

/// Where the store keeps how far each subscriber has got.
const PLACES: &str = "portico/subscribers";

fn version(version: &str) -> Vec<u8> {
    hostile(Changes { version, ..Changes::default() })
}

fn does(attack: &str) -> Value {
    let all = json!({ "read": ["*"], "write": ["*"], "attach": ["*"] });
    json!({ "settings": { "attack": attack }, "grants": { "catalog": all } })
}

fn digest(package: &[u8]) -> String {
    Digest::of(package).hex()
}

fn facts(portal: &Portal) -> Value {
    let entity = portal.catalog.entity(&EntityRef::parse("component:default/healthy").unwrap()).unwrap();
    let entity = entity.map(|json| serde_json::from_slice::<Value>(&json).unwrap());
    entity.map_or(Value::Null, |entity| entity["facts"]["hostile"]["of"].clone())
}

/// A portal with a plugin of two versions that has brought in an entity and facts, and keeps a value.
async fn lived() -> Portal {
    let portal = Portal::start(Setup::default()).await;
    portal.install(version("1.0.0"), does("nothing")).await;
    portal.install(version("2.0.0"), does("nothing")).await;
    portal.run("hostile").await;
    portal.catalog.state_set("hostile", "key", b"value").unwrap();
    let mut session = portal.catalog.session("hostile", "of its own", Mode::Delta).unwrap();
    session.attach(EntityRef::parse("component:default/healthy").unwrap(), r#"{"of":"old"}"#).unwrap();
    session.commit(Some("42".to_owned())).unwrap();
    assert_eq!(facts(&portal), "old");
    portal
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_comes_back_as_it_was_and_reads_its_sources_afresh() {
    let portal = lived().await;
    let before = portal.runtime.plugin("hostile").unwrap();
    portal.runtime.remove_plugin("hostile").await.unwrap();
    assert_eq!(portal.catalog.state_get("hostile", "key").unwrap(), None);
    let removed = portal.runtime.removed_plugins().await.unwrap();
    let expected = RemovedPlugin {
        name: "hostile".to_owned(),
        title: before.title.clone(),
        icon: before.icon.clone(),
        version: "2.0.0".to_owned(),
        from: "upload".to_owned(),
        values: 1,
        facts: removed[0].facts,
        removed_at: removed[0].removed_at,
    };
    assert_eq!(removed, [expected]);
    assert!(removed[0].facts >= 1);

    portal.runtime.restore_plugin("hostile").await.unwrap();
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!(
        (&plugin.version, &plugin.settings, &plugin.grants, plugin.before.len()),
        (&before.version, &before.settings, &before.grants, 1)
    );
    assert_eq!(portal.catalog.state_get("hostile", "key").unwrap().as_deref(), Some(&b"value"[..]));
    assert_eq!(portal.catalog.cursor("hostile", "of its own").unwrap(), None);
    portal.run("hostile").await;
    assert_eq!(facts(&portal), "old", "its source has not been read again");
    portal.runtime.roll_back("hostile").await.unwrap();
    assert_eq!(portal.runtime.plugin("hostile").unwrap().version, "1.0.0");
    let again = portal.runtime.restore_plugin("hostile").await.unwrap_err();
    assert!(matches!(again, LifeError::NotInBin(_)), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_whose_name_is_taken_stays_in_the_bin_and_is_told_so() {
    let portal = lived().await;
    portal.runtime.remove_plugin("hostile").await.unwrap();
    portal.install(version("9.0.0"), does("nothing")).await;
    let taken = portal.runtime.restore_plugin("hostile").await.unwrap_err();
    assert!(taken.is_conflict());
    assert_eq!(
        taken.to_string(),
        "another plugin `hostile` was installed in the meantime; remove that one first to bring this one back in its place"
    );
    assert_eq!(portal.runtime.plugin("hostile").unwrap().version, "9.0.0");
    assert_eq!(portal.runtime.removed_plugins().await.unwrap().len(), 1);
    assert!(portal.package(&digest(&version("2.0.0"))).exists());

    // Of two of one name the bin has the later.
    portal.runtime.remove_plugin("hostile").await.unwrap();
    assert!(!portal.package(&digest(&version("2.0.0"))).exists());
    portal.runtime.restore_plugin("hostile").await.unwrap();
    assert_eq!(portal.runtime.plugin("hostile").unwrap().version, "9.0.0");

    let (catalog, folder) = (portal.catalog.clone(), {
        portal.runtime.remove_plugin("hostile").await.unwrap();
        portal.stop().await
    });
    let config = "hostile: { enabled: false }".to_owned();
    let portal =
        Portal::start(Setup { config, catalog: Some(catalog), folder: Some(folder), ..Setup::default() }).await;
    let in_code = portal.runtime.restore_plugin("hostile").await.unwrap_err();
    assert!(in_code.to_string().contains("is described in portico.yaml"), "{in_code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_go_once_the_bin_lets_go_of_their_plugin() {
    let portal = lived().await;
    portal.runtime.remove_plugin("hostile").await.unwrap();
    portal.runtime.tidy().await;
    for kept in ["1.0.0", "2.0.0"] {
        assert!(portal.package(&digest(&version(kept))).exists(), "{kept}");
    }
    portal.catalog.empty_bin(Timestamp::MAX).unwrap();
    portal.runtime.tidy().await;
    for kept in ["1.0.0", "2.0.0"] {
        assert!(!portal.package(&digest(&version(kept))).exists(), "{kept}");
    }
    let gone = portal.runtime.restore_plugin("hostile").await.unwrap_err();
    assert_eq!(gone.to_string(), "the plugin `hostile` is not in the bin; what was removed is kept there for a while");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_was_broken_off_is_finished_at_the_next_start_and_nothing_is_lost_by_it() {
    let portal = lived().await;
    let catalog = portal.catalog.clone();
    catalog.state_set(PLACES, "hostile", &[0; 8]).unwrap();
    let (name, record) = catalog.installations().unwrap().remove(0);
    let mut record: Value = serde_json::from_slice(&record).unwrap();
    let folder = portal.stop().await;
    record["leaving"] = json!(true);
    catalog.save_installation(&name, record.to_string().as_bytes()).unwrap();

    let portal = Portal::start(Setup { catalog: Some(catalog), folder: Some(folder), ..Setup::default() }).await;
    assert!(portal.runtime.plugin("hostile").is_none() && facts(&portal) == Value::Null);
    assert!(portal.catalog.installations().unwrap().is_empty() && portal.catalog.sources().unwrap().is_empty());
    assert_eq!(portal.catalog.state_get("hostile", "key").unwrap(), None);
    assert_eq!(portal.catalog.state_get(PLACES, "hostile").unwrap(), None);
    portal.runtime.restore_plugin("hostile").await.unwrap();
    assert_eq!(portal.runtime.plugin("hostile").unwrap().state, PluginState::Running);
    assert_eq!(portal.catalog.state_get("hostile", "key").unwrap().as_deref(), Some(&b"value"[..]));
}
