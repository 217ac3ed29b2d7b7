//! A version that crashes before anything is asked of it does not take the place of one that runs.

use portico_api_types::RunState;
use portico_manifest::pack;
use portico_runtime::{InstallRequest, PluginChange};

use crate::support::{Portal, Setup};

/// A plugin by hand, the smallest that brings data in: none. What it does first is `start`.
fn version(version: &str, start: &str) -> Vec<u8> {
    let component = format!(
        r#"(component
            (import "portico:plugin/types@0.1.0" (instance $types
                (type $unavailable-record (record (field "reason" string) (field "retry-after" (option u32))))
                (export "unavailable" (type $unavailable (eq $unavailable-record)))
                (type $error-variant (variant (case "invalid" string) (case "denied" string) (case "not-found" string)
                    (case "unavailable" $unavailable) (case "failed" string)))
                (export "error" (type (eq $error-variant)))))
            (alias export $types "error" (type $error))
            (core module $module
                (memory (export "memory") 1)
                (func (export "sync") (result i32) i32.const 16)
                (func $start {start})
                (start $start))
            (core instance $guest (instantiate $module))
            (type $sync (func (result (result (error $error)))))
            (func $sync (type $sync) (canon lift (core func $guest "sync") (memory (core memory $guest "memory"))))
            (instance $ingestion (export "sync" (func $sync)))
            (export "portico:plugin/ingestion@0.1.0" (instance $ingestion)))"#
    );
    let manifest = format!(
        "name: demo\nversion: {version}\npublisher: Acme\ntitle: Demo\ndescription: Does nothing.\ncontract: 0.1.0\nextensions: [ingestion]\nevery: never\n"
    );
    pack(&wat::parse_str(component).unwrap(), &manifest).unwrap()
}

const CRASHES: &str =
    "Its code crashes (wasm trap: wasm `unreachable` instruction executed) before anything is asked of it.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_crashes_before_it_is_called_leaves_the_version_before_it_running() {
    let files = vec![("demo.wasm", version("1.0.0", ""))];
    let portal = Portal::start(Setup { config: "demo: {}".to_owned(), files, ..Setup::default() }).await;
    assert_eq!(portal.run("demo").await.0.state, RunState::Succeeded);
    std::fs::write(portal.file("demo.wasm"), version("2.0.0", "unreachable")).unwrap();
    let plugin = portal.plugin("demo", |plugin| plugin.message.contains(CRASHES)).await;
    assert!(plugin.message.contains("Version 1.0.0 (demo.wasm) goes on running."), "{}", plugin.message);
    let (run, _) = portal.run("demo").await;
    assert_eq!((run.state, run.version.as_str()), (RunState::Succeeded, "1.0.0"), "{:?}", run.result);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_package_that_crashes_before_it_is_called_is_not_installed() {
    let portal = Portal::start(Setup::default()).await;
    portal.install(version("1.0.0", ""), serde_json::json!({})).await;
    let crashes = InstallRequest::Uploaded(version("2.0.0", "unreachable"));
    let refused = portal.runtime.install(crashes, PluginChange::default()).await.unwrap_err().to_string();
    assert!(refused.contains(CRASHES), "{refused}");
    let plugin = portal.runtime.plugin("demo").unwrap();
    assert_eq!((plugin.version.as_str(), plugin.message.as_str()), ("1.0.0", ""));
    assert_eq!(portal.run("demo").await.0.state, RunState::Succeeded);
}
