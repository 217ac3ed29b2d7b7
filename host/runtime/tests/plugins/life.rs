//! The life of a plugin: found, loaded, run on schedule and on demand, replaced, removed, refused in words.

use std::collections::BTreeSet;
use std::fs;

use portico_api_types::{LogLevel, PluginState, Progress, Run, RunEvent, RunState, Summary, Timestamp, Trigger};
use portico_catalog::{Mode, Origin};
use portico_model::EntityRef;
use portico_runtime::PluginChange;

use crate::support::{Changes, Portal, Setup, catalog, eventually, hostile};

const HEALTHY: &str = "hostile: { settings: { attack: nothing } }";

fn version(version: &str) -> Vec<u8> {
    hostile(Changes { version, ..Changes::default() })
}

fn setup(config: &str) -> Setup {
    Setup { config: config.to_owned(), files: vec![("hostile.wasm", version("1.0.0"))], ..Setup::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_put_into_the_folder_is_picked_up_while_the_portal_runs() {
    let portal = Portal::start(Setup { config: HEALTHY.to_owned(), ..Setup::default() }).await;
    let missing = portal.runtime.plugin("hostile").unwrap();
    assert_eq!(missing.state, PluginState::Refused);
    assert!(
        missing.message.starts_with("portico.yaml names the plugin `hostile`, and there is no such plugin"),
        "{}",
        missing.message
    );
    fs::write(portal.file("hostile.wasm"), version("1.0.0")).unwrap();
    let loaded = portal.plugin("hostile", |plugin| plugin.state == PluginState::Running).await;
    assert_eq!(
        (loaded.version.as_str(), loaded.origin.as_str(), loaded.message.as_str()),
        ("1.0.0", "hostile.wasm", "")
    );
    assert_eq!(portal.run("hostile").await.0.state, RunState::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_file_takes_over_and_running_calls_finish_on_the_old_version() {
    let portal = Portal::start(setup("hostile: { settings: { attack: heed cancel } }")).await;
    let id = portal.runtime.run("hostile", Trigger::Request).unwrap().id;
    fs::write(portal.file("hostile.wasm"), version("2.0.0")).unwrap();
    portal.plugin("hostile", |plugin| plugin.version == "2.0.0").await;
    assert_eq!(portal.runtime.live_run(id).unwrap().0.version, "1.0.0");
    assert!(portal.runtime.cancel(id));
    assert_eq!(portal.ended(id).await.0.version, "1.0.0");
    let next = portal.runtime.run("hostile", Trigger::Request).unwrap().id;
    assert_eq!(portal.runtime.live_run(next).unwrap().0.version, "2.0.0");
    portal.runtime.cancel(next);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_replaced_by_something_broken_leaves_the_version_before_it_running() {
    let portal = Portal::start(setup(HEALTHY)).await;
    fs::write(portal.file("hostile.wasm"), b"half a plugin").unwrap();
    let plugin = portal.plugin("hostile", |plugin| !plugin.message.is_empty()).await;
    assert!(
        plugin.message.starts_with("hostile.wasm cannot be loaded: the file is no WebAssembly"),
        "{}",
        plugin.message
    );
    assert!(plugin.message.ends_with("Version 1.0.0 (hostile.wasm) goes on running."), "{}", plugin.message);
    assert_eq!((plugin.state, plugin.version.as_str()), (PluginState::Running, "1.0.0"));
    assert_eq!(portal.run("hostile").await.0.state, RunState::Succeeded);
    fs::write(portal.file("hostile.wasm"), version("3.0.0")).unwrap();
    let plugin = portal.plugin("hostile", |plugin| plugin.version == "3.0.0").await;
    assert_eq!(plugin.message, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_file_is_let_go_and_what_was_built_in_takes_its_place() {
    let built_in = vec![("hostile.wasm", version("0.9.0"))];
    let portal = Portal::start(Setup { built_in, ..setup(HEALTHY) }).await;
    assert_eq!(portal.runtime.plugin("hostile").unwrap().origin, "hostile.wasm");
    fs::remove_file(portal.file("hostile.wasm")).unwrap();
    let plugin = portal.plugin("hostile", |plugin| plugin.origin == "built in").await;
    assert_eq!((plugin.version.as_str(), plugin.state), ("0.9.0", PluginState::Running));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_plugin_is_named_as_missing_and_what_it_brought_stays() {
    let portal = Portal::start(setup(HEALTHY)).await;
    portal.run("hostile").await;
    fs::remove_file(portal.file("hostile.wasm")).unwrap();
    portal.plugin("hostile", |plugin| plugin.state == PluginState::Refused).await;
    assert!(
        portal.runtime.run("hostile", Trigger::Request).unwrap_err().to_string().contains("there is no such plugin")
    );
    assert_eq!(portal.catalog.count().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_nobody_names_is_off() {
    let portal = Portal::start(setup("{}")).await;
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((plugin.state, plugin.version.as_str(), plugin.message.as_str()), (PluginState::Off, "1.0.0", ""));
    let refused = portal.runtime.run("hostile", Trigger::Request).unwrap_err().to_string();
    assert_eq!(
        refused,
        "the plugin `hostile` does not run: portico.yaml does not name it. Add it under `plugins:`, at least as `hostile: {}`."
    );
    let unknown = portal.runtime.run("nobody", Trigger::Request).unwrap_err().to_string();
    assert_eq!(unknown, "there is no plugin `nobody`");
}

/// The component says which contract it was made for in the names of its imports and exports.
fn made_for(version: &[u8; 5]) -> Vec<u8> {
    let mut bytes = version_of_code(b"@0.1.0");
    let places: Vec<usize> =
        bytes.windows(6).enumerate().filter(|(_, window)| *window == b"@0.1.0").map(|(at, _)| at).collect();
    for at in places {
        bytes[at + 1..at + 6].copy_from_slice(version);
    }
    bytes
}

fn version_of_code(expected: &[u8]) -> Vec<u8> {
    let bytes = hostile(Changes::default());
    assert!(bytes.windows(expected.len()).any(|window| window == expected));
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_made_for_another_contract_is_told_so_in_words() {
    let portal = Portal::start(Setup { files: vec![("hostile.wasm", made_for(b"0.2.0"))], ..setup(HEALTHY) }).await;
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!(plugin.state, PluginState::Refused);
    assert_eq!(
        plugin.message,
        "hostile.wasm cannot be loaded. It was made for portico:plugin 0.2, this portal offers 0.1. Use a version of the plugin \
         that was made for 0.1, or a portal that offers 0.2."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_made_for_a_later_version_of_the_same_contract_runs() {
    let portal = Portal::start(Setup { files: vec![("hostile.wasm", made_for(b"0.1.7"))], ..setup(HEALTHY) }).await;
    assert_eq!(portal.runtime.plugin("hostile").unwrap().message, "");
    assert_eq!(portal.run("hostile").await.0.state, RunState::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_are_refused_and_never_take_the_portal_with_them() {
    let good = hostile(Changes::default());
    let code = good.len() - 1_000;
    let portal = Portal::start(Setup { config: HEALTHY.to_owned(), ..Setup::default() }).await;
    let mut seen = BTreeSet::new();
    for part in 1..12 {
        let mut bad = good.clone();
        // A different place each time, and every other time the end is missing as well.
        bad[code * part / 12] ^= 0x55;
        bad[code * part / 12 + 1] ^= 0xaa;
        if part % 2 == 0 {
            bad.truncate(code * part / 12 + 2);
        }
        fs::write(portal.file("hostile.wasm"), &bad).unwrap();
        let digest = |plugin: &portico_api_types::Plugin| !plugin.digest.is_empty() && !seen.contains(&plugin.digest);
        let plugin = portal.plugin("hostile", |plugin| digest(plugin) || !plugin.message.is_empty()).await;
        seen.insert(plugin.digest);
        assert!(matches!(plugin.state, PluginState::Refused | PluginState::Running), "{:?}", plugin.state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_run_goes_on_at_a_time() {
    let portal = Portal::start(setup("hostile: { settings: { attack: heed cancel } }")).await;
    let first = portal.runtime.run("hostile", Trigger::Request).unwrap().id;
    assert_eq!(portal.runtime.run("hostile", Trigger::Schedule).unwrap().id, first);
    assert_eq!(portal.runtime.live_runs().len(), 1);
    assert_eq!(portal.runtime.plugin("hostile").unwrap().state, PluginState::Syncing);
    portal.runtime.cancel(first);
    let (run, _) = portal.ended(first).await;
    assert_eq!((run.state, run.trigger), (RunState::Cancelled, Trigger::Request));
    assert!(!portal.runtime.cancel(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_plugin_runs_at_once_and_then_on_schedule() {
    let files = vec![("hostile.wasm", hostile(Changes { every: "1s", ..Changes::default() }))];
    let portal = Portal::start(Setup { files, ..setup(HEALTHY) }).await;
    eventually(|| {
        portal
            .catalog
            .runs(Some("hostile"), None, 10)
            .unwrap()
            .iter()
            .filter(|run| run.state == RunState::Succeeded)
            .count()
            >= 3
    })
    .await;
    let runs = portal.catalog.runs(Some("hostile"), None, 10).unwrap();
    let triggers: Vec<Trigger> = runs.iter().rev().take(3).map(|run| run.trigger).collect();
    assert_eq!(triggers, [Trigger::Installed, Trigger::Schedule, Trigger::Schedule]);
    let distance = runs[runs.len() - 2].started_at.duration_since(runs[runs.len() - 3].started_at).unsigned_abs();
    assert!(distance.as_millis() >= 900, "{distance:?}");
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((plugin.every_seconds, plugin.used.failures), (Some(1), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_fails_says_so_and_is_tried_again_later_each_time() {
    let files = vec![("hostile.wasm", hostile(Changes { every: "1h", ..Changes::default() }))];
    let portal = Portal::start(Setup { files, ..setup("hostile: { settings: { attack: panic } }") }).await;
    let plugin =
        portal.plugin("hostile", |plugin| plugin.used.failures >= 3 && plugin.state == PluginState::Failing).await;
    assert!(plugin.message.contains("panics on purpose"), "{}", plugin.message);
    let begun: Vec<Timestamp> = plugin.runs.iter().rev().map(|run| run.started_at).collect();
    let waits: Vec<u128> =
        begun.windows(2).map(|pair| pair[1].duration_since(pair[0]).unsigned_abs().as_millis()).collect();
    assert!(waits[0] >= 900 && waits[1] >= 1_900, "{waits:?}");
    assert!(plugin.next_run_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_a_run_sees_it_from_its_beginning_to_its_end() {
    let portal = Portal::start(setup("hostile: { settings: { attack: log flood } }")).await;
    let id = portal.runtime.run("hostile", Trigger::Request).unwrap().id;
    let (_, mut log, mut events) = portal.runtime.live_run(id).unwrap();
    let mut last = None;
    loop {
        match events.recv().await {
            Ok(RunEvent::Log(line)) => log.push(line),
            Ok(RunEvent::Run(run)) => last = Some(*run),
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => log.clear(),
            Err(tokio::sync::broadcast::error::RecvError::Closed) => break,
        }
    }
    let last = last.unwrap();
    assert_eq!(last.state, RunState::Succeeded);
    assert_eq!(last.log_lines, log.last().unwrap().number + 1);
    assert_eq!(portal.ended(id).await.0, last);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_a_crash_left_open_is_shown_as_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalog(folder.path());
    let open = Run {
        id: 41,
        plugin: "hostile".into(),
        version: "1.0.0".into(),
        trigger: Trigger::Schedule,
        state: RunState::Running,
        started_at: Timestamp::now(),
        ended_at: None,
        progress: Some(Progress { done: 3, total: Some(7), message: "reading".into() }),
        summary: Summary::default(),
        result: None,
        peak_memory: 0,
        log_lines: 0,
        agent: None,
    };
    catalog.save_run(&open, &[]).unwrap();
    let portal = Portal::start(Setup { catalog: Some(catalog), ..setup(HEALTHY) }).await;
    let run = portal.catalog.run(41).unwrap().unwrap();
    assert_eq!((run.state, run.result.unwrap().code.as_str()), (RunState::Failed, "interrupted"));
    let log = portal.catalog.run_log(41).unwrap().unwrap();
    assert_eq!((log.len(), log[0].level), (1, LogLevel::Error));
    assert_eq!(portal.runtime.run("hostile", Trigger::Request).unwrap().id, 42);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_stops_ends_what_runs() {
    let portal = Portal::start(setup("hostile: { settings: { attack: heed cancel } }")).await;
    let id = portal.runtime.run("hostile", Trigger::Request).unwrap().id;
    portal.runtime.shutdown().await;
    let run = portal.catalog.run(id).unwrap().unwrap();
    assert_eq!((run.state, run.result.unwrap().code.as_str()), (RunState::Failed, "interrupted"));
    assert!(portal.runtime.run("hostile", Trigger::Request).unwrap_err().to_string().starts_with("the portal stops"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_and_what_was_granted_is_shown() {
    let config = "hostile: { settings: { attack: nothing }, grants: { files: [/srv/catalog], http: [{ host: a.example.com, methods: [PUT] }, { host: b.example.com }] } }";
    let portal = Portal::start(setup(config)).await;
    let plugin = portal.runtime.plugin("hostile").unwrap();
    let asks: Vec<(&str, Option<&str>)> =
        plugin.asks.iter().map(|ask| (ask.capability.as_str(), ask.granted.as_deref())).collect();
    let expected = [
        ("repositories", None),
        ("push", None),
        ("files", Some("/srv/catalog")),
        ("http", Some("GET, POST https://b.example.com/*")),
        ("read", Some("*")),
        ("write", Some("*")),
        ("attach", Some("*")),
    ];
    assert_eq!(asks, expected);
    assert!(
        plugin.message.starts_with("`plugins.hostile.grants.http[0]` (PUT https://a.example.com/*) does nothing"),
        "{}",
        plugin.message
    );
    assert_eq!(plugin.used.memory_limit, 128 << 20);
    assert_eq!(plugin.settings["attack"], "nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_removed_ends_its_run_first() {
    let portal = Portal::start(Setup::default()).await;
    let config = serde_json::json!({ "settings": { "attack": "ignore cancel" } });
    portal.install(hostile(Changes::default()), config).await;
    let id = portal.runtime.run("hostile", Trigger::Request).unwrap().id;
    portal.runtime.remove_plugin("hostile").await.unwrap();
    assert_eq!(portal.catalog.run(id).unwrap().unwrap().state, RunState::Cancelled);
    assert!(portal.runtime.plugin("hostile").is_none());
}

/// The entity's document; null if there is none.
fn entity(portal: &Portal, reference: &str) -> serde_json::Value {
    let json = portal.catalog.entity(&EntityRef::parse(reference).unwrap()).unwrap();
    json.map(|json| serde_json::from_slice(&json).unwrap()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_said_of_others_stays_while_it_is_off_and_goes_with_it() {
    let portal = Portal::start(Setup::default()).await;
    let mut session = portal.catalog.session("test", "others", Mode::Full).unwrap();
    for document in [
        r#"{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"nobody"},"spec":{"type":"service","lifecycle":"production","owner":"group:default/none"}}"#,
        r#"{"apiVersion":"backstage.io/v1alpha1","kind":"Group","metadata":{"name":"none"},"spec":{"type":"team","children":[]}}"#,
    ] {
        session.put(document, Origin { file: "a".into(), line: 1, url: None, parent: None }).unwrap();
    }
    session.commit(None).unwrap();
    let all = serde_json::json!({ "read": ["*"], "write": ["*"], "attach": ["*"] });
    let attack = |attack: &str| serde_json::json!({ "settings": { "attack": attack }, "grants": { "catalog": all } });
    portal.install(hostile(Changes::default()), attack("nothing")).await;
    portal.run("hostile").await;
    let change = PluginChange { config: attack("hostile facts").as_object().unwrap().clone(), approved: None };
    portal.runtime.change_plugin("hostile", change).await.unwrap();
    portal.run("hostile").await;
    let owned = || {
        let team = entity(&portal, "group:default/none");
        let relations = team["relations"].as_array().cloned().unwrap_or_default();
        relations.iter().filter_map(|relation| relation["targetRef"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let facts = || entity(&portal, "component:default/nobody")["facts"]["hostile"].clone();
    let both = ["component:default/healthy".to_owned(), "component:default/nobody".to_owned()];
    assert_eq!((facts(), owned()), (serde_json::json!({ "waits": true }), both.to_vec()));

    portal.runtime.switch("hostile", false).await.unwrap();
    assert_eq!((facts(), owned()), (serde_json::json!({ "waits": true }), both.to_vec()));
    assert_eq!(portal.runtime.switched_off(), ["hostile"], "by which what it said is marked");

    portal.runtime.remove_plugin("hostile").await.unwrap();
    assert_eq!((facts(), owned()), (serde_json::Value::Null, both[1..].to_vec()));
    assert_eq!(entity(&portal, "component:default/healthy"), serde_json::Value::Null);
}
