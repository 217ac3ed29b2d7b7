//! Plugins that `portico.yaml` describes with the place that they come from: fetched, judged, kept, and tried again.

use std::fmt::Write as _;
use std::fs;

use portico_tests::{Portal, PortalBuilder, Web, changed_plugin, plugin_command, until};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What the plugin shall do, and what it may.
const SAID: &str = "settings: { attack: nothing }, grants: { catalog: { read: ['*'], write: ['*'], attach: ['*'] } }";

fn package() -> Vec<u8> {
    changed_plugin("hostile", |manifest| manifest.replacen("version: 0.1.0", "version: 1.0.0", 1))
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes what is written");
        text
    })
}

/// Has a server be a registry that holds the package as `acme/hostile:1.0`; the digest is the manifest's.
fn hold(web: &Web, package: &[u8]) -> String {
    let layer = |kind: &str, bytes: &[u8]| {
        format!(r#"{{"mediaType":"{kind}","digest":"{}","size":{}}}"#, digest(bytes), bytes.len())
    };
    let (config, code) = (layer("application/vnd.wasm.config.v0+json", b"{}"), layer("application/wasm", package));
    let manifest = format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{code}]}}"#);
    let pinned = digest(manifest.as_bytes());
    for name in ["1.0", &pinned] {
        web.put(&format!("/v2/acme/hostile/manifests/{name}"), &manifest);
    }
    web.put_bytes(&format!("/v2/acme/hostile/blobs/{}", digest(package)), package);
    pinned
}

fn portal(trust: &str, from: &str) -> Portal {
    PortalBuilder::new(&format!("trust: {trust}\nplugins:\n  hostile: {{ from: \"{from}\", {SAID} }}\n")).start()
}

fn plugin(portal: &Portal) -> Value {
    portal.json("/api/portico/plugins/hostile")
}

fn loaded(portal: &Portal) -> Value {
    until("the plugin is loaded", || Some(plugin(portal)).filter(|plugin| plugin["version"] == "1.0.0"))
}

/// Waits until the plugin's page says something.
fn says(portal: &Portal, expected: &str) -> Value {
    until(expected, || {
        let plugin = plugin(portal);
        plugin["message"].as_str().is_some_and(|message| message.contains(expected)).then_some(plugin)
    })
}

#[test]
fn a_package_is_fetched_from_a_registry_once_it_is_there_and_kept() {
    let package = package();
    let away = Web::at(0);
    let (port, pinned) = (away.port(), hold(&away, &package));
    drop(away);
    let from = format!("oci://127.0.0.1:{port}/acme/hostile@{pinned}");
    let portal = portal("{ unsigned: true }", &from);
    let refused = says(&portal, "cannot be reached: ");
    let message = refused["message"].as_str().expect("a text");
    assert!(
        message.starts_with(&format!("portico.yaml says that it comes from {from}. 127.0.0.1:{port}")),
        "{message}"
    );
    assert!(message.contains(". It is tried again at 2"), "{message}");
    assert_eq!(refused["state"], "refused");

    let registry = Web::at(port);
    hold(&registry, &package);
    let found = loaded(&portal);
    assert_eq!((&found["origin"], &found["managed"]), (&from.clone().into(), &"code".into()));
    assert_eq!(portal.run("hostile")["state"], "succeeded");
    for arguments in [["disable", "hostile"], ["remove", "hostile"]] {
        let (done, said) = plugin_command(portal.folder(), &[&arguments[..], &["--at", portal.address()]].concat());
        assert!(!done && said.contains("is described in portico.yaml; change it there"), "{said}");
    }

    // What is kept needs no registry, and is not fetched again while there is one.
    assert!(!registry.answered().is_empty());
    let portal = portal.restart();
    loaded(&portal);
    assert_eq!(registry.answered(), Vec::<String>::new());
    drop(registry);
    let portal = portal.restart();
    loaded(&portal);
    assert_eq!(portal.run("hostile")["state"], "succeeded");

    // What was damaged is not used.
    let kept = fs::read_dir(portal.folder().join("data/packages")).expect("packages").next().expect("one").expect("it");
    fs::write(kept.path(), b"something else").expect("a file");
    let portal = portal.restart();
    says(&portal, "cannot be reached: ");
    let registry = Web::at(port);
    hold(&registry, &package);
    loaded(&portal);
}

#[test]
fn a_package_comes_from_a_file_or_an_address_as_well() {
    let package = package();
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("hostile.wasm"), &package).expect("a file");
    let web = Web::at(0);
    web.put_bytes("/hostile.wasm", &package);
    for from in [
        folder.path().join("hostile.wasm").display().to_string(),
        format!("http://127.0.0.1:{}/hostile.wasm#{}", web.port(), digest(&package)),
    ] {
        let portal = portal("{ unsigned: true }", &from);
        loaded(&portal);
        assert_eq!(portal.run("hostile")["state"], "succeeded", "{from}");
    }
}

#[test]
fn what_is_not_as_it_should_be_is_said_and_not_used() {
    let package = package();
    let registry = Web::at(0);
    let pinned = hold(&registry, &package);
    let other = changed_plugin("hostile", |manifest| manifest.replacen("name: hostile", "name: other", 1));
    registry.put_bytes("/other.wasm", &other);
    let place = format!("127.0.0.1:{}", registry.port());
    let unsigned = "{ unsigned: true }";
    let cases = [
        (
            unsigned,
            format!("oci://{place}/acme/hostile:1.0"),
            format!("write `from: \"oci://{place}/acme/hostile:1.0@{pinned}\"` under `plugins.hostile`"),
        ),
        ("{}", format!("oci://{place}/acme/hostile@{pinned}"), "the package is not signed".to_owned()),
        (
            unsigned,
            format!("http://{place}/other.wasm#{}", digest(&other)),
            "it holds the plugin `other`, and stands under `hostile`".to_owned(),
        ),
        (
            unsigned,
            format!("http://{place}/other.wasm#{}", digest(&package)),
            format!("has the digest {}", digest(&other)),
        ),
    ];
    for (trust, from, expected) in cases {
        let portal = portal(trust, &from);
        let plugin = says(&portal, &expected);
        assert_eq!((&plugin["state"], &plugin["version"]), (&"refused".into(), &"".into()), "{from}");
    }
    let refused = PortalBuilder::new("plugins:\n  hostile:\n    from: https://acme.test/x.wasm\n").refused();
    assert!(
        refused.contains("line 3, `plugins.hostile.from`: `https://acme.test/x.wasm` names no digest"),
        "{refused}"
    );
}

#[test]
fn a_file_of_the_plugins_folder_does_not_take_its_place() {
    let package = package();
    let web = Web::at(0);
    web.put_bytes("/hostile.wasm", &package);
    let from = format!("http://127.0.0.1:{}/hostile.wasm#{}", web.port(), digest(&package));
    let portal = portal("{ unsigned: true }", &from);
    loaded(&portal);
    let other = changed_plugin("hostile", |manifest| manifest.replacen("version: 0.1.0", "version: 9.0.0", 1));
    fs::write(portal.folder().join("data/plugins/hostile.wasm"), other).expect("a file");
    let plugin =
        says(&portal, "hostile.wasm holds the plugin `hostile` as well, and portico.yaml says that it comes from http");
    assert_eq!(plugin["version"], "1.0.0");
}

#[test]
fn a_registry_that_asks_who_is_there_is_shown_the_credential_for_it() {
    let registry = Web::at(0);
    let pinned = hold(&registry, &package());
    registry.lock("Basic YWNtZTpzM2NyZXQ=");
    let place = format!("127.0.0.1:{}", registry.port());
    let config = |registries: &str| {
        let plugin = format!("from: \"oci://{place}/acme/hostile@{pinned}\", {SAID}");
        format!("trust: {{ unsigned: true }}\n{registries}plugins:\n  hostile: {{ {plugin} }}\n")
    };
    let without = PortalBuilder::new(&config("")).start();
    says(&without, &format!("there is none for {place}; name one under `registries` in portico.yaml"));
    let registries =
        format!("registries:\n  '{place}': {{ user: acme, password: {{ env: PORTICO_TEST_PASSWORD }} }}\n");
    let with = PortalBuilder::new(&config(&registries)).environment("PORTICO_TEST_PASSWORD", "s3cret").start();
    loaded(&with);
    assert!(!with.log().contains("s3cret"), "{}", with.log());
}

#[test]
fn another_package_that_asks_for_more_waits_and_the_one_before_runs_on() {
    let asking = |number: &str, more: &str| {
        changed_plugin("hostile", |manifest| {
            let manifest = manifest.replacen("version: 0.1.0", &format!("version: {number}"), 1);
            manifest.replacen("asks:\n", &format!("asks:\n{more}"), 1)
        })
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hostile.wasm");
    fs::write(&file, asking("1.0.0", "")).expect("a file");
    let portal = portal("{ unsigned: true }", &file.display().to_string());
    loaded(&portal);
    let second = asking("2.0.0", "  memory: { size: 256MiB, reason: To remember more. }\n");
    fs::write(&file, &second).expect("a file");
    let waits = |portal: &Portal| {
        until("it waits", || Some(plugin(portal)).filter(|plugin| plugin["waiting"]["version"]["version"] == "2.0.0"))
    };
    let portal = portal.restart();
    let found = waits(&portal);
    assert_eq!((&found["version"], &found["managed"]), (&"1.0.0".into(), &"code".into()));
    let portal = portal.restart();
    waits(&portal);
    assert_eq!(portal.run("hostile")["version"], "1.0.0");

    let says = |arguments: &[&str]| plugin_command(portal.folder(), &[arguments, &["--at", portal.address()]].concat());
    let (_, list) = says(&["list"]);
    let line = list.lines().find(|line| line.starts_with("hostile ")).expect("its line");
    assert!(line.contains(" 1.0.0 ") && line.ends_with("  waits: 2.0.0, asks for memory 256 MiB"), "{line}");
    let (done, said) = says(&["decline", "hostile"]);
    assert!(done && plugin(&portal)["waiting"] == Value::Null, "{said}");
    let (done, said) = says(&["approve", "hostile"]);
    assert!(!done && said.contains("no version of the plugin `hostile` waits"), "{said}");
    let (done, said) = says(&["approve", "hostile", "--digest", digest(&second).trim_start_matches("sha256:")]);
    assert!(done && said.starts_with("hostile 2.0.0 is approved, "), "{said}");
    let portal = portal.restart();
    until("the approved one runs", || Some(plugin(&portal)).filter(|plugin| plugin["version"] == "2.0.0"));
}
