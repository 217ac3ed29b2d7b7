//! What authors do with a plugin's file: packed, validated, and loaded by a portal.

use std::fs;
use std::path::Path;

use portico_tests::{PortalBuilder, plugin_command, taken_apart, test_plugin, until};
use tempfile::TempDir;

fn plugin(folder: &TempDir, arguments: &[&str]) -> (bool, String) {
    plugin_command(folder.path(), arguments)
}

fn write(folder: &TempDir, name: &str, bytes: &[u8]) {
    fs::write(folder.path().join(name), bytes).expect("a file");
}

#[test]
fn a_component_is_packed_validated_and_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let packed = test_plugin("hostile");
    let (component, manifest) = taken_apart(&packed);
    write(&folder, "component.wasm", component);
    write(&folder, "manifest.yaml", manifest.as_bytes());

    let (done, said) = plugin(&folder, &["pack", "component.wasm"]);
    assert!(done && said.starts_with("hostile.wasm holds hostile "), "{said}");
    assert_eq!(fs::read(folder.path().join("hostile.wasm")).expect("the package"), packed);
    for file in ["hostile.wasm", "manifest.yaml"] {
        let (done, said) = plugin(&folder, &["validate", file]);
        assert!(done && said.starts_with(&format!("Nothing is wrong with {file}: hostile ")), "{said}");
    }

    let portal =
        PortalBuilder::new("plugins:\n  hostile:\n    every: never\n    settings: { attack: nothing }\n").start();
    let plugins = portal.folder().join("data/plugins");
    fs::create_dir_all(&plugins).expect("the plugins folder");
    fs::copy(folder.path().join("hostile.wasm"), plugins.join("hostile.wasm")).expect("installed");
    until("the plugin is loaded", || {
        let found = portal.json("/api/portico/plugins");
        found["items"].as_array()?.iter().find(|plugin| plugin["name"] == "hostile" && plugin["version"] != "").cloned()
    });
    assert_eq!(portal.run("hostile")["state"], "succeeded");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let packed = test_plugin("hostile");
    let (component, manifest) = taken_apart(&packed);
    write(&folder, "component.wasm", component);
    write(&folder, "empty.wasm", b"\0asm\x0d\0\x01\0");
    write(&folder, "module.wasm", b"\0asm\x01\0\0\0");
    write(&folder, "packed.wasm", &packed);
    write(&folder, "notes.txt", b"hello");
    write(&folder, "manifest.yaml", manifest.as_bytes());
    let kinds = "kinds:\n  - { name: Pipeline, plural: pipelines, schema: { type: 7 } }\n  - { name: component!, plural: x }\n  - name: Hostile\n";
    write(
        &folder,
        "wrong.yaml",
        manifest.replacen("version: ", "versoin: ", 1).replacen("title: ", "titel: ", 1).as_bytes(),
    );
    write(&folder, "kinds.yaml", manifest.replacen("kinds:\n  - name: Hostile\n", kinds, 1).as_bytes());
    let cases: [(&[&str], &[&str]); 9] = [
        (
            &["validate", "wrong.yaml"],
            &[
                "4 things are wrong with wrong.yaml:",
                "`version` is missing",
                "`title` is missing",
                "`versoin` is not",
                "`titel` is not",
            ],
        ),
        (&["pack", "component.wasm", "--manifest", "wrong.yaml"], &["4 things are wrong with wrong.yaml:"]),
        (&["validate", "kinds.yaml"], &["kinds.yaml", "component!"]),
        (
            &["pack", "empty.wasm"],
            &["5 things are wrong with empty.wasm:", "Its manifest offers `ingestion`, its code does not."],
        ),
        (&["pack", "module.wasm"], &["module.wasm: the file is a core module, not a component."]),
        (&["pack", "packed.wasm"], &["packed.wasm: the component carries a manifest already."]),
        (&["pack", "component.wasm", "--output", "component.wasm"], &["component.wasm is the component itself"]),
        (&["validate", "component.wasm"], &["component.wasm: the component carries no manifest."]),
        (&["validate", "notes.txt"], &["notes.txt: the file is no WebAssembly"]),
    ];
    for (arguments, expected) in cases {
        let (done, said) = plugin(&folder, arguments);
        assert!(!done, "{arguments:?}: {said}");
        for part in expected {
            assert!(said.contains(part), "{arguments:?}: {part} is missing in\n{said}");
        }
    }
    assert!(!Path::new(&folder.path().join("hostile.wasm")).exists(), "nothing was made");
}
