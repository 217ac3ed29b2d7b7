//! Names, links and inputs that mean harm.

use std::fs;
use std::os::unix::fs::symlink;

use portico_sdk::testing::{Portal, Repository};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{REPOSITORY, done, held, put};

#[test]
fn no_path_leads_out_of_the_workspace() {
    let cases = [
        ("fetch:plain", json!({ "url": "./s", "targetPath": "../x" })),
        ("fetch:plain", json!({ "url": "./s", "targetPath": "/etc" })),
        ("fetch:template", json!({ "url": "./s", "targetPath": "a/../../x" })),
        ("fetch:plain:file", json!({ "url": "./s/a", "targetPath": "../x" })),
        ("fetch:template:file", json!({ "url": "./s/a", "targetPath": "/workspace/../x" })),
        ("fs:delete", json!({ "files": ["../*"] })),
        ("fs:rename", json!({ "files": [{ "from": "../a", "to": "b" }] })),
        ("fs:rename", json!({ "files": [{ "from": "a", "to": "../b" }] })),
        ("fs:readdir", json!({ "paths": [".."] })),
        ("catalog:write", json!({ "entity": {}, "filePath": "../c.yaml" })),
        ("catalog:template:version", json!({ "objectYaml": {}, "writeToFile": "../c.yaml" })),
        ("roadiehq:utils:fs:write", json!({ "path": "../x", "content": "x" })),
        ("roadiehq:utils:fs:append", json!({ "path": "/workspacex/x", "content": "x" })),
        ("roadiehq:utils:fs:parse", json!({ "path": "/etc/passwd" })),
        ("roadiehq:utils:merge", json!({ "path": "../x.json", "content": {} })),
        ("roadiehq:utils:json:merge", json!({ "path": "../x.json", "content": {} })),
        ("roadiehq:utils:fs:replace", json!({ "files": [{ "file": "../*", "find": "a", "replaceWith": "b" }] })),
    ];
    for (action, input) in cases {
        let portal = Portal::new().repository(REPOSITORY, Repository::new().file("service/s/a", "a"));
        put(&portal, "a", "kept");
        let error = done(&portal, action, input.clone()).unwrap_err().to_string();
        let is_said = error.contains("leads out of its folder") || error.contains("is absolute");
        assert!(is_said && error.starts_with("input."), "{action} {input}: {error}");
        assert_eq!(held(&portal), ["a: kept"], "{action} {input}");
    }
}

#[test]
fn a_name_that_comes_to_a_way_out_is_refused() {
    for (name, expected) in [
        ("../../etc/passwd", "leads out of its folder"),
        ("a/../../b", "leads out of its folder"),
        ("..", "leads out of its folder"),
    ] {
        let skeleton = Repository::new().file("service/s/${{ values.name }}", "x");
        let portal = Portal::new().repository(REPOSITORY, skeleton);
        let error = done(&portal, "fetch:template", json!({ "url": "./s", "values": { "name": name } })).unwrap_err();
        assert!(error.to_string().contains(expected), "{name}: {error}");
        assert!(held(&portal).is_empty(), "{name}");
    }
    // As in Backstage, a name that begins with a slash has come to nothing in front of it.
    let skeleton = Repository::new().file("service/s/${{ values.name }}", "x");
    let portal = Portal::new().repository(REPOSITORY, skeleton);
    assert_eq!(done(&portal, "fetch:template", json!({ "url": "./s", "values": { "name": "/etc/x" } })), Ok(json!({})));
    assert!(held(&portal).is_empty());
}

#[test]
fn links_are_not_followed_out_and_not_written_through() {
    let outside = tempfile_with_secret();
    let secret = outside.path().join("secret");
    let cases = [
        ("roadiehq:utils:fs:parse", json!({ "path": "far" }), false),
        ("roadiehq:utils:fs:write", json!({ "path": "far", "content": "x" }), true),
        ("roadiehq:utils:fs:write", json!({ "path": "folder/new", "content": "x" }), false),
        ("fs:readdir", json!({ "paths": ["folder"] }), false),
        ("fs:readdir", json!({ "paths": ["."], "recursive": true }), true),
        ("fs:delete", json!({ "files": ["folder", "far"] }), true),
        ("roadiehq:utils:fs:replace", json!({ "files": [{ "file": "**", "find": "s", "replaceWith": "x" }] }), true),
        ("debug:log", json!({ "listWorkspace": "with-contents" }), false),
    ];
    for (action, input, succeeds) in cases {
        let portal = Portal::new();
        symlink(&secret, portal.workspace().join("far")).expect("a link");
        symlink(outside.path(), portal.workspace().join("folder")).expect("a link");
        assert_eq!(done(&portal, action, input.clone()).is_ok(), succeeds, "{action} {input}");
        assert_eq!(fs::read_dir(outside.path()).expect("a folder").count(), 1, "{action} {input}");
        assert_eq!(fs::read_to_string(&secret).expect("a file"), "s", "{action} {input}");
        assert!(!portal.log().iter().any(|(_, line)| line == "far:\ns"), "{action}");
    }
}

fn tempfile_with_secret() -> tempfile::TempDir {
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("secret"), "s").expect("a file");
    outside
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever a name comes to, files are written into the workspace or nowhere.
    #[test]
    fn a_rendered_name_stays_in_the_workspace(name in "[a-c./\\\\${} ]{0,12}") {
        let skeleton = Repository::new().file("service/s/x/${{ values.name }}/y", "x");
        let portal = Portal::new().repository(REPOSITORY, skeleton);
        let outside = portal.workspace().parent().map(|folder| folder.join("y")).expect("a folder");
        let _ = done(&portal, "fetch:template", json!({ "url": "./s", "targetPath": "t", "values": { "name": name } }));
        prop_assert!(!outside.exists());
        for file in held(&portal) {
            prop_assert!(file.starts_with("t/"), "{}", file);
        }
    }

    /// Whatever patterns and expressions a template writes, an action answers or says why not.
    #[test]
    fn nothing_that_is_parsed_ends_in_a_panic(text in "\\PC{0,24}") {
        let portal = Portal::new();
        put(&portal, "a.json", "{}");
        put(&portal, "b.yaml", &text);
        let replace = |regex: bool| json!({ "files": [{ "file": &text, "find": &text, "replaceWith": &text, "matchRegex": regex }] });
        let inputs: [(&str, Value); 8] = [
            ("fs:delete", json!({ "files": [&text] })),
            ("roadiehq:utils:fs:replace", replace(true)),
            ("roadiehq:utils:fs:replace", replace(false)),
            ("roadiehq:utils:json:merge", json!({ "path": "a.json", "content": &text })),
            ("roadiehq:utils:fs:parse", json!({ "path": "b.yaml", "parser": "multiyaml" })),
            ("fetch:template", json!({ "url": &text, "copyWithoutTemplating": [&text] })),
            ("catalog:register", json!({ "repoContentsUrl": &text })),
            ("catalog:fetch", json!({ "entityRef": &text, "optional": true })),
        ];
        for (action, input) in inputs {
            let _ = done(&portal, action, input);
        }
    }
}
