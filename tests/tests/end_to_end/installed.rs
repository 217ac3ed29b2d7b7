//! Plugins that are installed while the portal runs: granted, upgraded, gone back, switched off, removed; and whose packages are taken.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_tests::{Portal, PortalBuilder, Real, Web, changed_plugin, plugin_command, until};
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Grants little, and says what the plugin shall do.
const CONFIG: &str =
    "settings: { attack: nothing }\ngrants: { catalog: { write: [Component], attach: [Component] } }\n";

/// A version of a plugin that asks for a few things.
fn version(version: &str, more: &str) -> Vec<u8> {
    changed_plugin("hostile", |manifest| {
        let asks = manifest.find("asks:").expect("asks");
        let own = manifest[..asks].replace("version: 0.1.0", &format!("version: {version}"));
        let catalog = "read: { kinds: ['*'], reason: To look. }\n    write: { kinds: ['*'], reason: To bring in. }\n    attach: { kinds: ['*'], reason: To attach. }";
        format!("{own}asks:\n{more}  catalog:\n    {catalog}\n")
    })
}

/// A version that asks for no more, and runs with no settings that were said before it.
fn needing_a_token() -> Vec<u8> {
    version("4.0.0\nsettings: { type: object, required: [token] }", "")
}

struct Operator {
    portal: Portal,
}

impl Operator {
    fn of(config: &str) -> Operator {
        let portal = PortalBuilder::new(config).start();
        fs::write(portal.folder().join("config.yaml"), CONFIG).expect("a file");
        Operator { portal }
    }

    fn file(&self, name: &str, bytes: &[u8]) {
        fs::write(self.portal.folder().join(name), bytes).expect("a file");
    }

    /// What `portico plugin` says of this portal.
    fn says(&self, arguments: &[&str]) -> String {
        let (done, said) = self.tries(arguments);
        assert!(done, "{arguments:?}: {said}");
        said
    }

    fn tries(&self, arguments: &[&str]) -> (bool, String) {
        let arguments = [arguments, &["--at", self.portal.address()]].concat();
        plugin_command(self.portal.folder(), &arguments)
    }

    fn plugin(&self) -> Value {
        self.portal.json("/api/portico/plugins/hostile")
    }

    fn has_entity(&self) -> bool {
        self.portal.get("/api/catalog/entities/by-name/component/default/healthy").status == 200
    }
}

#[test]
fn a_plugin_lives_from_its_installation_to_its_removal_while_the_portal_runs() {
    let mut operator = Operator::of("trust: { unsigned: true }\n");
    operator.file("one.wasm", &version("1.0.0", ""));
    let said = operator.says(&["install", "one.wasm"]);
    assert!(said.starts_with("hostile 1.0.0 waits. It asks for:\n  read * (not granted)\n    To look."), "{said}");
    let waits = operator.plugin();
    assert_eq!((&waits["state"], &waits["version"], &waits["managed"]), (&json!("off"), &json!(""), &json!("portal")));
    assert_eq!(waits["waiting"]["version"]["version"], "1.0.0");

    let said = operator.says(&["approve", "hostile", "--config", "config.yaml"]);
    assert!(said.starts_with("hostile 1.0.0 is approved, "), "{said}");
    assert_eq!(operator.portal.run("hostile")["state"], "succeeded");
    assert!(operator.has_entity());

    // One that asks for more waits, and the one before runs on, also after a restart.
    operator.file("two.wasm", &version("2.0.0", "  repositories: { reason: To read more. }\n"));
    let said = operator.says(&["install", "two.wasm"]);
    assert!(
        said.starts_with("hostile 2.0.0 waits. It asks for:\n  repositories Git repositories (not granted)"),
        "{said}"
    );
    let (done, said) = operator.tries(&["approve", "hostile", "--digest", &"0".repeat(64)]);
    assert!(
        !done && said.contains("another version of the plugin `hostile` was looked at than stands here now"),
        "{said}"
    );
    operator.portal = operator.portal.restart();
    let both = until("the plugin is loaded", || Some(operator.plugin()).filter(|plugin| plugin["version"] == "1.0.0"));
    assert_eq!(both["waiting"]["version"]["version"], "2.0.0");
    assert_eq!(operator.portal.run("hostile")["state"], "succeeded");
    let (done, said) = operator.tries(&["rollback", "hostile"]);
    assert!(!done && said.contains("there is no version of the plugin `hostile` to go back to"), "{said}");
    operator.says(&["decline", "hostile"]);
    assert_eq!(operator.plugin()["waiting"], Value::Null);

    // One that asks for no more takes its place at once, and can be gone back from.
    operator.file("three.wasm", &version("3.0.0", ""));
    let said = operator.says(&["install", "three.wasm"]);
    assert!(said.starts_with("hostile 3.0.0 is installed"), "{said}");
    assert_eq!(operator.plugin()["before"][0]["version"], "1.0.0");
    operator.file("four.wasm", &needing_a_token());
    let said = operator.says(&["install", "four.wasm"]);
    assert!(said.starts_with("hostile 4.0.0 waits. Its settings are not as it needs them: "), "{said}");
    operator.says(&["decline", "hostile"]);
    operator.says(&["rollback", "hostile"]);
    assert_eq!(operator.plugin()["version"], "1.0.0");

    // What is switched off leaves what it brought, marked.
    operator.says(&["disable", "hostile"]);
    assert_eq!((&operator.plugin()["state"], operator.has_entity()), (&json!("off"), true));
    let source = operator.portal.json("/api/portico/sources")["items"][0].clone();
    assert_eq!(source["state"], "off", "{source}");
    let list = operator.portal.get("/catalog?kind=hostile").body;
    assert!(list.contains("The plugin hostile is switched off."), "{list}");
    let refused = operator.portal.post("/api/portico/plugins/hostile/runs", &Value::Null);
    assert!(refused.status == 409 && refused.body.contains("It is switched off."), "{}", refused.body);
    operator.says(&["enable", "hostile"]);
    assert_eq!(operator.portal.run("hostile")["state"], "succeeded");

    // What is removed takes what it brought into the bin, and comes back from there as it was.
    operator.says(&["remove", "hostile"]);
    assert!(!operator.has_entity());
    assert_eq!(operator.portal.get("/api/portico/plugins/hostile").status, 404);
    let removed = operator.portal.json("/api/portico/bin");
    assert_eq!(removed["items"][0]["entityRef"], "component:default/healthy", "{removed}");
    assert_eq!(
        (&removed["plugins"][0]["name"], &removed["plugins"][0]["version"]),
        (&json!("hostile"), &json!("1.0.0"))
    );
    let said = operator.says(&["restore", "hostile"]);
    assert!(said.starts_with("hostile 1.0.0 is back, "), "{said}");
    assert_eq!(operator.portal.run("hostile")["state"], "succeeded");
    assert!(operator.has_entity());
    assert_eq!(operator.portal.json("/api/portico/bin")["plugins"], json!([]));
}

#[test]
fn what_a_version_that_runs_is_set_to_and_granted_is_changed_from_the_command_line() {
    let operator = Operator::of("trust: { unsigned: true }\n");
    operator.file("one.wasm", &version("1.0.0", ""));
    operator.says(&["install", "one.wasm"]);
    operator.file("attack.yaml", b"settings: { attack: nothing }\n");
    let said = operator.says(&["configure", "hostile", "--config", "attack.yaml"]);
    assert!(said.contains("no version of it runs yet: 1.0.0 waits."), "{said}");
    operator.says(&["approve", "hostile", "--config", "config.yaml"]);
    let (done, said) = operator.tries(&["approve", "hostile", "--config", "attack.yaml"]);
    assert!(!done && said.contains("portico plugin configure hostile --config FILE"), "{said}");

    operator.file("panic.yaml", b"settings: { attack: panic }\nevery: 1h30m\n");
    let said = operator.says(&["configure", "hostile", "--config", "panic.yaml"]);
    for part in [
        "hostile 1.0.0 is changed, ",
        "It is set to:\nevery: 1h30m\nsettings:\n  attack: panic\ngrants:\n  catalog:\n    write:\n    - Component\n",
    ] {
        assert!(said.contains(part), "{part} is missing in\n{said}");
    }
    assert_eq!(operator.portal.run("hostile")["state"], "failed");
    operator.file("wrong.yaml", b"grant: {}\n");
    let (done, said) = operator.tries(&["configure", "hostile", "--config", "wrong.yaml"]);
    assert!(!done && said.contains("the key `grant` is not known here"), "{said}");

    // A version that waits is in the list, and one that is installed in its place says so.
    for (file, number) in [("two.wasm", "2.0.0"), ("three.wasm", "3.0.0")] {
        operator.file(file, &version(number, "  repositories: { reason: To read more. }\n"));
    }
    let said = operator.says(&["install", "two.wasm"]);
    assert!(!said.contains("was replaced"), "{said}");
    let said = operator.says(&["list"]);
    let line = said.lines().find(|line| line.starts_with("hostile ")).expect("its line");
    assert!(
        line.contains(" 1.0.0 ") && line.ends_with("  waits: 2.0.0, asks for repositories Git repositories"),
        "{line}"
    );
    assert!(!operator.says(&["install", "two.wasm"]).contains("was replaced"), "the same version waits on");
    let said = operator.says(&["install", "three.wasm"]);
    assert!(
        said.starts_with("hostile 3.0.0 waits. ") && said.contains("\n2.0.0, which waited, was replaced."),
        "{said}"
    );
    operator.file("four.wasm", &version("4.0.0", ""));
    let said = operator.says(&["install", "four.wasm"]);
    assert!(
        said.starts_with("hostile 4.0.0 is installed") && said.ends_with("\n3.0.0, which waited, was replaced.\n"),
        "{said}"
    );
}

#[test]
fn a_path_that_leads_to_nothing_is_told_as_that() {
    let operator = Operator::of("trust: { unsigned: true }\n");
    for path in ["nosuch.wasm", "./nosuch", "/nosuch/plugin.wasm"] {
        let (done, said) = operator.tries(&["install", path]);
        assert!(!done && said.starts_with(&format!("portico: there is no file or folder {path}. Name ")), "{said}");
    }
}

#[test]
fn what_a_file_describes_is_not_changed_through_the_portal() {
    let operator = Operator::of("trust: { unsigned: true }\nplugins:\n  hostile: { settings: { attack: nothing } }\n");
    operator.file("one.wasm", &version("1.0.0", ""));
    for arguments in
        [&["install", "one.wasm"][..], &["disable", "hostile"], &["remove", "hostile"], &["rollback", "hostile"]]
    {
        let (done, said) = operator.tries(arguments);
        assert!(!done && said.contains("the plugin `hostile` is described in portico.yaml; change it there"), "{said}");
    }
    let (done, said) = operator.tries(&["disable", "nobody"]);
    assert!(!done && said.contains("no plugin `nobody` was installed through the portal"), "{said}");
    let refused = operator.portal.post("/api/portico/plugins", &json!({ "from": "/etc/passwd" }));
    assert!(refused.status == 400 && refused.body.contains("nobody reads the portal's files"), "{}", refused.body);
}

#[test]
fn packages_are_taken_from_those_whose_keys_are_trusted() {
    let keys = tempfile::tempdir().expect("a folder");
    for name in ["acme", "mallory"] {
        let (done, said) = plugin_command(keys.path(), &["keygen", &format!("{name}.key")]);
        assert!(done && said.contains("portico.yaml, under `trust.keys`"), "{said}");
    }
    let (done, said) = plugin_command(keys.path(), &["keygen", "acme.key"]);
    assert!(!done && said.contains("acme.key cannot be made"), "a key is not replaced: {said}");
    let public = fs::read_to_string(keys.path().join("acme.key.pub")).expect("a key").replace('\n', "\n        ");
    let mut operator = Operator::of(&format!("trust:\n  keys:\n    - name: Acme\n      key: |\n        {public}\n"));
    let key = |name: &str| keys.path().join(name).display().to_string();

    operator.file("one.wasm", &version("1.0.0", ""));
    let (done, said) = operator.tries(&["install", "one.wasm"]);
    assert!(!done && said.contains("the package is not signed"), "{said}");
    let (signed, said) = plugin_command(operator.portal.folder(), &["sign", "one.wasm", "--key", &key("mallory.key")]);
    assert!(signed, "{said}");
    let (done, said) = operator.tries(&["install", "one.wasm"]);
    assert!(!done && said.contains("which is not among the trusted keys"), "{said}");

    operator.file("one.wasm", &version("1.0.0", ""));
    let (signed, said) = plugin_command(operator.portal.folder(), &["sign", "one.wasm", "--key", &key("acme.key")]);
    assert!(signed, "{said}");
    operator.says(&["install", "one.wasm", "--config", "config.yaml", "--approve"]);
    assert_eq!(operator.plugin()["signedBy"], "Acme");

    // A file of the folder that is refused takes nothing down, now or after a start.
    fs::create_dir_all(operator.portal.folder().join("data/plugins")).expect("a folder");
    operator.file("data/plugins/hostile.wasm", &version("2.0.0", ""));
    let is_told = |plugin: &Value| {
        let said = plugin["message"].as_str().unwrap_or_default();
        said.contains("hostile.wasm cannot be loaded") && said.contains("is not signed") && plugin["version"] == "1.0.0"
    };
    until("the file is refused and the installed version runs", || is_told(&operator.plugin()).then_some(()));
    operator.portal = operator.portal.restart();
    until("the same after a start", || is_told(&operator.plugin()).then_some(()));
    assert_eq!((&operator.plugin()["managed"], &operator.plugin()["signedBy"]), (&json!("portal"), &json!("Acme")));
    fs::remove_file(operator.portal.folder().join("data/plugins/hostile.wasm")).expect("removed");
    until("nothing is said any more", || {
        operator.plugin()["message"].as_str().filter(|said| said.is_empty()).map(drop)
    });

    // A signature beside the file counts as one in it.
    let package = version("3.0.0", "");
    let private = fs::read_to_string(keys.path().join("acme.key")).expect("a key");
    let body: String = private.lines().filter(|line| !line.starts_with("-----")).collect();
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&STANDARD.decode(body).expect("base64")).expect("a key");
    operator.file("three.wasm", &package);
    operator.file("three.wasm.sig", STANDARD.encode(pair.sign(&package)).as_bytes());
    operator.says(&["install", "three.wasm"]);
    assert_eq!((&operator.plugin()["version"], &operator.plugin()["signedBy"]), (&json!("3.0.0"), &json!("Acme")));

    let mut changed = fs::read(operator.portal.folder().join("one.wasm")).expect("the package");
    let at = changed.windows(5).position(|window| window == b"1.0.0").expect("its version");
    changed[at] = b'2';
    operator.file("changed.wasm", &changed);
    let (done, said) = operator.tries(&["install", "changed.wasm"]);
    assert!(!done && said.contains("HAS BEEN CHANGED since Acme signed it"), "{said}");
}

/// A server with a package, its address, and the package's digest.
fn served() -> (Web, String, String) {
    let (web, package) = (Web::at(0), version("1.0.0", ""));
    web.put_bytes("/one.wasm", &package);
    let place = format!("http://127.0.0.1:{}/one.wasm", web.port());
    let digest = Sha256::digest(&package).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    (web, place, digest)
}

#[test]
fn nobody_has_the_portal_ask_private_addresses() {
    let operator = Operator::of("trust: { unsigned: true }\ninstall: { private-addresses: [10.0.0.0/8] }\n");
    let (web, place, digest) = served();
    let port = web.port();
    for from in [format!("{place}#sha256:{digest}"), format!("oci://127.0.0.1:{port}/acme/hostile:1.0")] {
        let (done, said) = operator.tries(&["install", &from]);
        let expected =
            format!("127.0.0.1:{port} leads to 127.0.0.1, a loopback address (127.0.0.0/8), and packages are");
        assert!(!done && said.contains(&expected), "{said}");
    }
    assert!(web.answered().is_empty(), "it was not even asked");
}

#[test]
fn what_opens_an_address_to_anybody_is_neither_shown_nor_kept() {
    let operator = Operator::of("trust: { unsigned: true }\ninstall: { private-addresses: [127.0.0.1] }\n");
    let (_web, place, digest) = served();
    operator.says(&["install", &format!("{place}?signature=s3cret#sha256:{digest}")]);
    assert_eq!(operator.plugin()["waiting"]["version"]["from"], format!("{place}#sha256:{digest}"));
    assert!(!operator.portal.log().contains("s3cret"), "{}", operator.portal.log());
    let store = fs::read(operator.portal.folder().join("data/catalog.redb")).expect("the store");
    let holds = |text: &str| store.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(&place) && !holds("s3cret"), "the store keeps the place alone");
}

#[test]
fn a_package_goes_to_a_registry_of_the_field_and_comes_back_by_tag_and_by_digest() {
    let Some(oci) = Real::start("oci", &[]) else { return };
    let place = format!("oci://{}/acme/hostile", oci.says("OCI_REGISTRY"));
    let mut operator = Operator::of("trust: { unsigned: true }\ninstall: { private-addresses: [127.0.0.0/8] }\n");
    let push = |operator: &Operator, of: &str, tag: &str| {
        operator.file("package.wasm", &version(of, ""));
        let (done, said) =
            plugin_command(operator.portal.folder(), &["push", "package.wasm", &format!("{place}:{tag}")]);
        assert!(done, "{said}");
        said.trim().strip_prefix("It is at ").expect("where it is").to_owned()
    };
    let first = push(&operator, "1.0.0", "stable");
    operator.says(&["install", &format!("{place}:stable"), "--config", "config.yaml", "--approve"]);
    assert_eq!(operator.plugin()["version"], "1.0.0");
    assert_eq!(operator.plugin()["origin"], first.as_str(), "a tag is pinned when it is installed");

    // A tag that leads elsewhere by now changes nothing of what is installed.
    let second = push(&operator, "2.0.0", "stable");
    assert_ne!(first, second);
    operator.portal = operator.portal.restart();
    let plugin =
        until("the plugin is loaded", || Some(operator.plugin()).filter(|plugin| plugin["version"] == "1.0.0"));
    assert_eq!(plugin["origin"], first.as_str());
    operator.says(&["install", &second]);
    assert_eq!((&operator.plugin()["version"], &operator.plugin()["origin"]), (&json!("2.0.0"), &json!(second)));
    assert_eq!(operator.portal.run("hostile")["state"], "succeeded");
}
