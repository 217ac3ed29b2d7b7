//! What authors do with a plugin's file: packed, validated, and loaded by a portal.

use std::fs;
use std::path::Path;

use portico_manifest::pack;
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
    let between = manifest.replacen("title: ", "colour: red\ntitle: ", 1).replacen(
        "kinds, cards, subscriber,",
        "kinds, subscriber,",
        1,
    );
    let routes = between.find("routes:\n").zip(between.find("mappings:\n")).expect("routes before mappings");
    write(&folder, "between.yaml", format!("{}{}", &between[..routes.0], &between[routes.1..]).as_bytes());
    // Only a file that is changed afterwards holds such a manifest.
    let mut both = pack(b"\0asm\x0d\0\x01\0", &manifest.replacen("title: ", "icon: plug\ntitle: ", 1)).expect("packed");
    let key = both.windows(5).position(|window| window == b"icon:").expect("its icon");
    both[key + 3] = b'm';
    write(&folder, "both.wasm", &both);
    let cases: [(&[&str], &[&str]); 11] = [
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
        (
            &["validate", "kinds.yaml"],
            &["4 things are wrong with kinds.yaml:", "line 10, `kinds[0].schema`", "line 11, `kinds[1].name`"],
        ),
        (
            &["validate", "between.yaml"],
            &[
                "3 things are wrong with between.yaml:",
                "`colour` is not known here",
                "`extensions` offers `routes`, and `routes` names no route",
                "`cards` is of no use without the extension point `cards`",
            ],
        ),
        (
            &["validate", "both.wasm"],
            &[
                "9 things are wrong with both.wasm:",
                "the key `icom` is not known here",
                "Its manifest offers `ingestion`, its code does not.",
            ],
        ),
        (
            &["pack", "empty.wasm"],
            &["8 things are wrong with empty.wasm:", "Its manifest offers `ingestion`, its code does not."],
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

#[test]
fn one_fault_hides_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "\
name: radar
version: 1.0.0
publisher: Acme
title: Radar
description: Shows.
contract: 0.9.0
extensions: [ingestion, cards, kards]
settings: { type: 7, required: url, properties: { url: { minLength: -1 } } }
cards:
  - { id: Radar, place: attic }
kinds:
  - name: Blip
    apiVersions: [acme.example/v1, v 1]
    schema: { type: 7, required: url }
    relations: [{ field: a, relation: x y, inverse: y }]
    properties: [{ name: a, jq: '.(' }, { name: b, count: { allong: x } }, { name: c, jq: '}' }]
  - { name: component!, schema: { type: 7 }, properties: [{ name: 1a, jq: '.(' }] }
mappings:
  - { object: blip, entity: { kind: Blip, name: '.name |' } }
  - { object: blip, entity: { kind: Nosuch, name: '.(' } }
  - { object: blip, entity: { kind: Blip, name: 5 }, facts: { about: '.(', values: { a: '}' } } }
";
    write(&folder, "manifest.yaml", manifest.as_bytes());
    let (done, said) = plugin(&folder, &["validate", "manifest.yaml"]);
    assert!(!done, "{said}");
    let expected = [
        "line 7, `extensions[2]`: `kards` is not allowed here",
        "line 8, `settings`: it is no usable JSON Schema at /type",
        "line 8, `settings`: it is no usable JSON Schema at /required",
        "line 8, `settings`: it is no usable JSON Schema at /properties/url/minLength",
        "line 10, `cards[0]`: the key `title` is missing",
        "line 10, `cards[0].id`: `Radar`",
        "line 10, `cards[0].place`: `attic` is not allowed here",
        "line 13, `kinds[0].apiVersions[1]`: \"v 1\" is no apiVersion",
        "line 14, `kinds[0].schema`: it is no usable JSON Schema at /type",
        "line 14, `kinds[0].schema`: it is no usable JSON Schema at /required",
        "line 15, `kinds[0].relations[0].relation`: \"x y\" is no name of a relation",
        "line 16, `kinds[0].properties[0].jq`: ",
        "line 16, `kinds[0].properties[1].count`: the key `along` is missing",
        "line 16, `kinds[0].properties[1].count.allong`: the key `allong` is not known here",
        "line 16, `kinds[0].properties[2].jq`: ",
        "line 17, `kinds[1].name`: it is no name of a kind",
        "line 17, `kinds[1].apiVersions`: there is none",
        "line 17, `kinds[1].schema`: it is no usable JSON Schema at /type",
        "line 17, `kinds[1].properties[0].name`: \"1a\" is no name of a property",
        "line 17, `kinds[1].properties[0].jq`: ",
        "line 19, `mappings[0].entity.name`: ",
        "line 20, `mappings[1].entity.name`: ",
        "line 21, `mappings[2].entity.name`: found the integer `5`",
        "line 21, `mappings[2].facts.about`: ",
        "line 21, `mappings[2].facts.values.a`: ",
        "line 6, `contract`: It was made for portico:plugin 0.9",
    ];
    for expected in expected {
        assert!(said.contains(expected), "{expected} is missing in\n{said}");
    }
    assert!(said.contains(&format!(" {} things are wrong with", expected.len())), "{said}");
    // What mappings make of kinds is judged once these are in order.
    let rest = "kinds: [{ name: Blip, apiVersions: [acme.example/v1] }]\nmappings:\n  - { object: blip, entity: { kind: Blip, name: '.name |', relations: { x: .x } } }\n  - { object: blip, entity: { kind: Nosuch, name: '.(' } }\n";
    let cut = manifest.find("kinds:").expect("kinds");
    write(&folder, "manifest.yaml", format!("{}{rest}", &manifest[..cut]).as_bytes());
    let (_, said) = plugin(&folder, &["validate", "manifest.yaml"]);
    for (expected, times) in [
        ("`cards[0].id`", 1),
        ("/required", 1),
        ("`mappings[0].entity.name`", 1),
        ("`mappings[0].entity.relations.x`: the kind `Blip` has no relations", 1),
        ("`mappings[1].entity.kind`: ", 1),
        ("`mappings[1].entity.name`", 1),
    ] {
        assert_eq!(said.matches(expected).count(), times, "{expected}\n{said}");
    }
}

#[test]
fn a_plugin_is_installed_from_the_folder_that_it_lies_in() {
    let portal = PortalBuilder::new("trust: { unsigned: true }\n").start();
    let folder = tempfile::tempdir().expect("a folder");
    let install = || plugin(&folder, &["install", ".", "--at", portal.address()]);
    let fails = |expected: &str| {
        let (done, said) = install();
        assert!(!done && said.contains(expected), "{expected}: {said}");
    };
    let packed = test_plugin("hostile");
    let (component, manifest) = taken_apart(&packed);
    fails(". holds no .wasm file; build the plugin first, or name its file");
    write(&folder, "built.wasm", component);
    fails("manifest.yaml cannot be read");
    write(&folder, "manifest.yaml", manifest.replacen("version: ", "versoin: ", 1).as_bytes());
    fails("2 things are wrong with ./manifest.yaml:");
    write(&folder, "manifest.yaml", manifest.as_bytes());
    write(&folder, "other.wasm", component);
    fails(". holds built.wasm and other.wasm; name the one to install");
    fs::remove_file(folder.path().join("other.wasm")).expect("removed");
    let (done, said) = install();
    assert!(done && said.starts_with("hostile 0.1.0 waits. It asks for:"), "{said}");

    // What is packed already is taken before what it was made of.
    let (done, said) = plugin(&folder, &["pack", "built.wasm"]);
    assert!(done, "{said}");
    assert!(install().0);
    write(&folder, "manifest.yaml", manifest.replacen("version: 0.1.0", "version: 0.2.0", 1).as_bytes());
    fails("hostile.wasm carries another manifest than ./manifest.yaml; pack it again");
    fs::copy(folder.path().join("hostile.wasm"), folder.path().join("old.wasm")).expect("copied");
    fails(". holds hostile.wasm and old.wasm; name the one to install");
}
