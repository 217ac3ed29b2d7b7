//! `portico plugin run`: what a plugin would store, against a server, a recording and a portal.

use std::fs;
use std::path::Path;
use std::process::Command;

use portico_tests::{PortalBuilder, Web, changed_plugin, program, test_plugin};
use serde_json::{Value, json};
use tempfile::TempDir;

const SECRET: &str = "s3cr3t-t0k3n";

/// A plugin's file in a folder of its own.
struct Author {
    folder: TempDir,
}

/// What the command said.
struct Said {
    done: bool,
    output: String,
    errors: String,
}

impl Author {
    fn with(plugin: &[u8]) -> Author {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("hostile.wasm"), plugin).expect("a file");
        Author { folder }
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("a file");
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect(name)
    }

    /// Runs the plugin. What it made for itself is gone when it has ended.
    fn run(&self, settings: &Value, arguments: &[&str]) -> Said {
        let temporary = tempfile::tempdir().expect("a folder");
        let output = Command::new(program())
            .args(["plugin", "run", "hostile.wasm", "--settings", &settings.to_string()])
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TMPDIR", temporary.path())
            .env("RELAY_SECRET", SECRET)
            .output()
            .expect("the program starts");
        assert!(is_empty(temporary.path()), "{arguments:?} left something behind");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Said { done: output.status.success(), output: text(output.stdout), errors: text(output.stderr) }
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).expect("the folder").next().is_none()
}

fn relay(web: &Web) -> Value {
    json!({ "attack": "relay", "urls": [web.url("/tool.json?page=1"), web.url("/tool.json?page=1")] })
}

fn system(name: &str, title: &str) -> Value {
    json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "System",
        "metadata": { "name": name, "title": title },
        "spec": { "owner": "group:default/ada" },
    })
}

fn tool(entities: &[Value], ready: u32, problems: &[&str]) -> String {
    json!({ "entities": entities, "facts": { "shop": { "ready": ready } }, "problems": problems }).to_string()
}

#[test]
fn what_a_run_would_store_is_shown_and_the_same_from_its_recording_when_the_server_is_off() {
    let author = Author::with(&test_plugin("hostile"));
    let web = Web::with(&[("/tool.json", &tool(&[system("shop", "{authorization}")], 1, &["a page is broken"]))]);
    let credentials = "credentials: { tool: { hosts: [127.0.0.1], secret: { env: RELAY_SECRET } } }";
    let port = web.url("").rsplit(':').next().expect("a port").to_owned();
    let grants = format!(
        "catalog: {{ write: [System], attach: [Component] }}\nhttp: [{{ host: 127.0.0.1, port: {port}, scheme: http }}]\n\
         private-addresses: [127.0.0.1]\n{credentials}\n"
    );
    // The server repeats the secret, to an address that it is sent to.
    let manifest = |text: &str| {
        text.replace("    - host: \"*\"\n", "    - { host: 127.0.0.1, port: '*', reason: x }\n    - host: \"*\"\n")
    };
    author.file("hostile.wasm", "");
    fs::write(author.folder.path().join("hostile.wasm"), changed_plugin("hostile", manifest)).expect("a file");
    author.file("grants.yaml", &grants);
    let settings = json!({ "attack": "relay", "urls": [format!("http://127.0.0.1:{port}/tool.json?page=1"), format!("http://127.0.0.1:{port}/tool.json?page=1")] });
    let first = author.run(&settings, &["--grants", "grants.yaml", "--record", "run.yaml"]);
    assert!(first.done, "{}", first.errors);
    assert!(first.errors.contains("info  an address answers 200\ninfo  an address answers 200\n"), "{}", first.errors);
    for part in [
        "# scope relay\n+ system:default/shop:\n+   apiVersion: backstage.io/v1alpha1\n+   kind: System\n",
        "+     title: Bearer [secret]\n",
        "+ facts about component:default/shop:\n+   ready: 1\n",
        "+ problems:\n+   - 'answer.json, line 2: a page is broken'\n",
        "# hostile 0.1.0. Entities: 1 added, 0 changed, 0 removed, 0 unchanged. Facts: 1 added,",
    ] {
        assert!(first.output.contains(part), "{part} is missing in\n{}", first.output);
    }
    let recorded = author.text("run.yaml");
    assert_eq!(recorded.matches("/tool.json?page=1").count(), 2, "{recorded}");
    assert!(recorded.contains("accept: application/json") && !recorded.contains(SECRET), "{recorded}");
    assert_eq!(web.answered().len(), 2);
    drop(web);

    let again = author.run(&settings, &["--grants", "grants.yaml", "--replay", "run.yaml"]);
    assert!(again.done, "{}", again.errors);
    assert_eq!(again.output, first.output);

    // What was not recorded names what was, and the run has failed.
    let other = json!({ "attack": "relay", "urls": [format!("http://127.0.0.1:{port}/tool.json?page=2")] });
    let missing = author.run(&other, &["--grants", "grants.yaml", "--replay", "run.yaml"]);
    let sentence = format!(
        "portico: GET http://127.0.0.1:{port}/tool.json?page=2 has no answer in the recording: what comes nearest is GET \
         http://127.0.0.1:{port}/tool.json?page=1. A run that is replayed reaches nobody; record it again"
    );
    assert!(!missing.done && missing.errors.contains(&sentence), "{}", missing.errors);
}

#[test]
fn a_run_is_compared_with_what_a_portal_holds_and_changes_nothing_there() {
    let author = Author::with(&test_plugin("hostile"));
    let web = Web::with(&[(
        "/tool.json",
        &tool(&[system("shop", "Shop"), system("stays", "Stays"), system("goes", "Goes")], 1, &[]),
    )]);
    let grants = web.grants().replace("write: ['*']", "write: ['*'], attach: ['*']");
    let settings = relay(&web);
    let config = format!("plugins:\n  hostile:\n    every: never\n    settings: {settings}\n    grants: {grants}\n");
    let portal = PortalBuilder::new(&config).start();
    let plugins = portal.folder().join("data/plugins");
    fs::create_dir_all(&plugins).expect("the plugins folder");
    fs::write(plugins.join("hostile.wasm"), test_plugin("hostile")).expect("installed");
    portico_tests::until("the plugin is loaded", || {
        let found = portal.json("/api/portico/plugins");
        found["items"].as_array()?.iter().find(|plugin| plugin["name"] == "hostile" && plugin["version"] != "").cloned()
    });
    assert_eq!(portal.run("hostile")["state"], "succeeded");

    author.file("grants.yaml", &grants);
    let against = ["--grants", "grants.yaml", "--portal", portal.address()];
    let same = author.run(&settings, &against);
    assert!(same.done, "{}", same.errors);
    assert_eq!(
        same.output,
        "# hostile 0.1.0. Entities: 0 added, 0 changed, 0 removed, 3 unchanged. Facts: 0 added, 0 changed, 0 removed, 1 unchanged. Problems: 0.\n",
        "it reads all of it although the portal has read it"
    );

    web.put("/tool.json", &tool(&[system("new", "New"), system("shop", "Store"), system("stays", "Stays")], 2, &[]));
    let other = author.run(&settings, &against);
    assert!(other.done, "{}", other.errors);
    for part in [
        "- system:default/goes:\n-   apiVersion: backstage.io/v1alpha1\n",
        "+ system:default/new:\n+   apiVersion: backstage.io/v1alpha1\n",
        "  system:default/shop:\n",
        "-     title: Shop\n+     title: Store\n",
        "  facts about component:default/shop:\n-   ready: 1\n+   ready: 2\n",
        "Entities: 1 added, 1 changed, 1 removed, 1 unchanged. Facts: 0 added, 1 changed, 0 removed, 0 unchanged.",
    ] {
        assert!(other.output.contains(part), "{part} is missing in\n{}", other.output);
    }
    assert!(!other.output.contains("stays"), "{}", other.output);
    let kept = portal.json("/api/catalog/entities/by-name/system/default/shop");
    assert_eq!(kept["metadata"]["title"], "Shop", "nothing of it is stored");

    let nobody = author.run(&settings, &["--portal", "http://127.0.0.1:9"]);
    assert!(!nobody.done && nobody.errors.contains("no portal answers at http://127.0.0.1:9/"), "{}", nobody.errors);
}

#[test]
fn a_run_that_fails_says_what_a_portal_would() {
    let author = Author::with(&test_plugin("hostile"));
    author.file("nothing.yaml", "# nothing\n");
    author.file("notes.yaml", "notes: of mine\n");
    let web = Web::with(&[("/tool.json", "{}")]);
    let port = web.url("").rsplit(':').next().expect("a port").to_owned();
    let cases: [(Value, &[&str], &[&str]); 7] = [
        (
            json!({ "attack": "panic" }),
            &[],
            &[
                "error panicked at ",
                "the hostile plugin panics on purpose",
                "error It happened here, each function called by the next:\n  ",
                "portico: the run of hostile 0.1.0 failed (panicked): The plugin `hostile` 0.1.0 crashed (wasm trap: ",
            ],
        ),
        (
            relay(&web),
            &["--grants", "nothing.yaml"],
            &[
                "Not granted: http (GET, POST https://*:*/*). To reach what it was not granted.",
                &format!(
                    "portico: the run of hostile 0.1.0 failed (denied): The plugin `hostile` may not send GET http://localhost:{port}/tool.json. \
                     To allow it, add to portico.yaml:\nplugins:\n  hostile:\n    grants:\n      http:\n        - host: \"localhost\"\n          port: {port}\n"
                ),
                "No portico.yaml is read here: what stands below `grants:` in those lines belongs, without its indentation, into nothing.yaml.\n",
            ],
        ),
        (
            relay(&web),
            &[],
            &[
                "portico: the run of hostile 0.1.0 failed (denied): ",
                &format!("          port: {port}\n          scheme: http\n"),
                "belongs, without its indentation, into a file that `--grants FILE` names, which then says everything",
            ],
        ),
        (
            json!({ "attack": "no such attack" }),
            &[],
            &["failed (refused): The plugin `hostile` refuses its settings or its input: "],
        ),
        (json!({}), &["--grants", "notes.yaml"], &["portico: notes.yaml, line 1: the key `notes` is not known here."]),
        (json!({}), &["--record", "notes.yaml"], &["portico: notes.yaml is no recording, and is not written over"]),
        (json!({}), &["--replay", "none.yaml"], &["portico: the recording none.yaml cannot be used: "]),
    ];
    for (settings, arguments, expected) in cases {
        let said = author.run(&settings, arguments);
        assert!(!said.done, "{settings} {arguments:?}: {}", said.output);
        for part in expected {
            assert!(said.errors.contains(part), "{part} is missing in\n{}", said.errors);
        }
    }
    assert_eq!(author.text("notes.yaml"), "notes: of mine\n");
}

#[test]
fn settings_are_held_to_what_the_manifest_says_and_a_plugin_has_to_bring_something_in() {
    let schema = "settings: { type: object, required: [url], properties: { url: { type: string } } }\n";
    let author = Author::with(&changed_plugin("hostile", |manifest| format!("{manifest}{schema}")));
    let said = author.run(&json!({ "url": 7 }), &[]);
    assert!(!said.done && said.errors.contains("Its settings are not as it needs them: "), "{}", said.errors);
    author.file("hostile.wasm", "hello");
    let said = author.run(&json!({}), &[]);
    assert!(!said.done && said.errors.contains("portico: hostile.wasm: the file is no WebAssembly"), "{}", said.errors);
}

#[test]
fn a_server_that_lets_nobody_in_has_the_missing_credential_said_with_its_lines() {
    let asks = "  credentials:\n    - { name: acme-api, hosts: [api.acme.example], reason: To be let in. }\n";
    let author = Author::with(&changed_plugin("hostile", |manifest| format!("{manifest}{asks}")));
    let exchange = "- request: { method: GET, url: 'https://api.acme.example/x' }\n  response: { status: 401 }\n";
    author.file("run.yaml", exchange);
    let settings = json!({ "attack": "relay", "urls": ["https://api.acme.example/x"] });
    let said = author.run(&settings, &["--replay", "run.yaml"]);
    assert!(!said.done, "{}", said.output);
    for part in [
        "Not granted: credentials (acme-api, for api.acme.example). To be let in.\n",
        "warn  api.acme.example answers 401. The plugin `hostile` may not use the credential `acme-api`. To allow it, add to \
         portico.yaml:\nplugins:\n  hostile:\n    grants:\n      credentials:\n        acme-api:\n          secret: { env: ACME_API }\n",
        "failed (failed): https://api.acme.example/x answers 401",
        "belongs, without its indentation, into a file that `--grants FILE` names",
    ] {
        assert!(said.errors.contains(part), "{part} is missing in\n{}", said.errors);
    }
    // Git is not recorded, so that a run from a recording asks no Git server either.
    let grants = "repositories: ['https://git.acme.example/*']\n";
    author.file("grants.yaml", grants);
    let settings = json!({ "attack": "repository traversal", "repository": "https://git.acme.example/a.git" });
    let said = author.run(&settings, &["--replay", "run.yaml", "--grants", "grants.yaml"]);
    assert!(
        !said.done && said.errors.contains("git.acme.example:443 is not asked: a run that is replayed reaches nobody"),
        "{}",
        said.errors
    );
}
