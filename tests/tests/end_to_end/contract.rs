//! Plugins that were built for this version of the contract, and are never built again: they go on to work.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hmac::{Hmac, Mac as _};
use portico_manifest::Extension;
use portico_tests::{Portal, PortalBuilder, Web, plugin_command, until};
use serde_json::json;
use sha2::Sha256;

const LEDGER: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: ledger, tags: [rust, kafka] }
spec: { type: service, lifecycle: production, owner: none }
";

/// The interfaces that plugins import. Changing any type of one would break what was built; `settings` and `types` come with the others.
const INTERFACES: [&str; 11] = [
    "run",
    "state",
    "clock",
    "http",
    "streams",
    "catalog",
    "ingest",
    "repositories",
    "files",
    "locations",
    "workspace",
];

const TEMPLATE: &str = "\
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: { name: standard }
spec:
  type: service
  steps:
    - { id: add, action: 'acme:standards:add', input: { standard: licence } }
    - { id: publish, action: 'acme:standards:publish', input: { repository: '${{ parameters.repository }}', descriptor: '${{ parameters.descriptor }}' } }
";

/// What pipelines sign with.
const HOOK: &str = "a secret of the pipelines";

const RADAR: &str = include_str!("../../../examples/plugins/radar-rust/radar.json");

#[test]
fn plugins_that_were_built_for_this_contract_run_for_ever() {
    let mut tried = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contract-0.1")).expect("fixtures") {
        let file = entry.expect("a file").path();
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match name.as_str() {
            "radar-rust" | "radar-javascript" => radar_works(&file),
            "deployments-rust" => deployments_come_in_and_are_noted(&file),
            "follower-rust" => what_is_followed_comes_in_and_a_check_finds_it_well(&file),
            "standards-rust" => steps_of_templates_are_done(&file),
            "README" => continue,
            other => panic!("nobody tries the fixture {other}"),
        }
        tried.push(name);
    }
    tried.sort_unstable();
    assert_eq!(
        tried,
        ["deployments-rust", "follower-rust", "radar-javascript", "radar-rust", "standards-rust"],
        "every plugin was tried"
    );
}

/// Each has its contract of this version held by a file that is never built again.
#[test]
fn every_extension_point_is_offered_and_every_interface_used_by_a_plugin_of_this_contract() {
    let (mut offered, mut used) = (BTreeSet::new(), BTreeSet::new());
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contract-0.1")).expect("fixtures") {
        let file = entry.expect("a file").path();
        if file.extension().is_some_and(|extension| extension == "wasm") {
            let bytes = fs::read(&file).expect("its bytes");
            let names = |interface: &&str| {
                let name = format!("portico:plugin/{interface}@0.1.0");
                bytes.windows(name.len()).any(|window| window == name.as_bytes())
            };
            used.extend(INTERFACES.into_iter().filter(names));
            let package = portico_manifest::unpack(&bytes).expect("a package");
            offered.extend(package.manifest.extensions.iter().map(|extension| extension.as_str()));
        }
    }
    let all: BTreeSet<&str> = Extension::ALL.into_iter().map(Extension::as_str).collect();
    assert_eq!(offered, all);
    assert_eq!(used, BTreeSet::from(INTERFACES));
}

fn portal() -> Portal {
    let config = "trust: { unsigned: true }\nlocations: [{ type: file, target: all.yaml }]\nplugins:\n  locations: { grants: { catalog: { write: ['*'] }, files: ['.'] } }\n";
    PortalBuilder::new(config).file("all.yaml", LEDGER).environment("PORTICO_TEST_HOOK", HOOK).start()
}

fn install(portal: &Portal, package: &Path, config: &str) {
    fs::write(portal.folder().join("plugin.yaml"), config).expect("a file");
    let package = package.display().to_string();
    let arguments = ["install", &package, "--config", "plugin.yaml", "--approve", "--at", portal.address()];
    let (done, said) = plugin_command(portal.folder(), &arguments);
    assert!(done, "{package}: {said}");
}

/// Ingestion, a kind as data, and a card. The radar may be built in whatever language.
pub(crate) fn radar_works(package: &Path) {
    let web = Web::with(&[("/radar.json", RADAR)]);
    let portal = portal();
    let grants = web.grants().replacen("write: ['*']", "read: [Component, Technology]", 1);
    install(&portal, package, &format!("settings: {{ url: \"{}\" }}\ngrants: {grants}\n", web.url("/radar.json")));
    let ring = until("its entities are there", || {
        let found = portal.get("/api/catalog/entities/by-name/technology/default/kafka");
        (found.status == 200).then(|| found.json()["spec"]["ring"].clone())
    });
    assert_eq!(ring, "assess", "{}", package.display());
    let card = portal.json("/api/portico/cards/radar/technologies?entity=component:default/ledger");
    let rows = card["blocks"].as_array().and_then(|blocks| blocks.iter().find(|block| block["type"] == "table"));
    assert_eq!(rows.and_then(|table| table["rows"].as_array()).map(Vec::len), Some(2), "{card}");
}

#[test]
fn a_card_shows_what_its_plugin_brought_in_since_it_was_drawn() {
    let web = Web::with(&[("/radar.json", RADAR)]);
    let portal = portal();
    let grants = web.grants().replacen("write: ['*']", "read: [Component, Technology]", 1);
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contract-0.1/radar-rust.wasm");
    install(&portal, &package, &format!("settings: {{ url: \"{}\" }}\ngrants: {grants}\n", web.url("/radar.json")));
    let card = || portal.get("/api/portico/cards/radar/technologies?entity=component:default/ledger").body;
    until("the card has what was read", || card().contains("technology:default/kafka").then_some(()));
    web.put("/radar.json", &RADAR.replace("\"id\": \"kafka\"", "\"id\": \"pulsar\""));
    // One that goes on may have read the document before it was another.
    until("it was read again", || {
        assert_eq!(portal.run("radar")["state"], "succeeded");
        (portal.get("/api/catalog/entities/by-name/technology/default/kafka").status == 404).then_some(())
    });
    assert!(
        !card().contains("technology:default/kafka"),
        "its component is as it was, and what it shows of others is not: {}",
        card()
    );
}

#[test]
fn grants_are_written_on_a_plugins_page_as_well() {
    let web = Web::with(&[("/radar.json", RADAR)]);
    let portal = portal();
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contract-0.1/radar-rust.wasm");
    install(&portal, &package, &format!("settings: {{ url: \"{}\" }}\n", web.url("/radar.json")));
    until("its first run has ended, which was granted nothing", || {
        (portal.json("/api/portico/plugins/radar")["runs"][0]["state"] == "failed").then_some(())
    });
    let port = web.port();
    let sent = |fields: &[(&str, &str)]| {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        portal.send("POST", "/plugins/radar/grants/written", Some(&body), &[])
    };
    let granted = || portal.json("/api/portico/plugins/radar")["grants"].to_string();
    let grants = |lines: &str| sent(&[("was", &granted()), ("grants", lines)]);
    let before = granted();
    for (fields, said) in [
        (vec![("was", "{}"), ("grants", "")], "changed+in+the+meantime"),
        (vec![("was", before.as_str())], "holds+no+%60grants%60"),
    ] {
        let refused = sent(&fields).link.unwrap_or_default().replace("%20", "+");
        assert!(refused.contains("refused=") && refused.contains(said), "{refused}");
        assert_eq!(granted(), before);
    }
    let wrong = grants("http: everything");
    assert_eq!(wrong.status, 303, "{}", wrong.body);
    assert!(wrong.link.as_deref().is_some_and(|page| page.contains("refused=")), "{:?}", wrong.link);
    let lines = format!(
        "http: [{{ host: localhost, port: {port}, scheme: http }}]\nprivate-addresses: [127.0.0.1]\ncatalog: {{ read: [Component, Technology] }}\n"
    );
    assert_eq!(grants(&lines).link.as_deref(), Some("/plugins/radar"));
    let run = portal.run("radar");
    assert_eq!(run["state"], "succeeded", "{run}");
    let shown = portal.json("/api/portico/plugins/radar")["grants"]["http"][0]["port"].to_string();
    assert!(shown.contains(&port.to_string()), "one host, not all of them: {shown}");
}

/// A route behind a signature, code for a kind, a subscriber with state, and a card.
fn deployments_come_in_and_are_noted(package: &Path) {
    let portal = portal();
    let grants = "grants:\n  credentials: { hook: { secret: { env: PORTICO_TEST_HOOK } } }\n  catalog: { read: [Component, Deployment], write: [Deployment], attach: [Component] }\n";
    install(&portal, package, grants);
    until("the component is there", || {
        (portal.get("/api/catalog/entities/by-name/component/default/ledger").status == 200).then_some(())
    });
    let send = |delivery: &str, signature: &str, body: &str| {
        let headers = [("x-signature", signature), ("x-delivery", delivery)];
        portal.send("POST", "/api/plugins/deployments/deployments", Some(body), &headers)
    };
    let body = r#"{"service":"ledger","environment":"production","version":"1.4.2"}"#;
    assert_eq!(send("1", "sha256=00", body).status, 401, "nothing is taken from strangers");
    let answer = send("1", &signature(body), body);
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(send("1", &signature(body), body).status, 204, "the same delivery counts once");
    let deployment = portal.json("/api/catalog/entities/by-name/deployment/default/ledger-production");
    assert_eq!(deployment["metadata"]["title"], "ledger 1.4.2", "its kind's code has seen it: {deployment}");
    let noted = until("the subscriber has noted it", || {
        let ledger = portal.json("/api/catalog/entities/by-name/component/default/ledger");
        ledger["facts"]["deployments"]["production"].as_str().map(str::to_owned)
    });
    assert_eq!(noted, "1.4.2");
    let card = portal.json("/api/portico/cards/deployments/versions?entity=component:default/ledger");
    assert!(card.to_string().contains("1.4.2"), "{card}");
}

/// A watcher that reads an answer as it comes, and a check.
fn what_is_followed_comes_in_and_a_check_finds_it_well(package: &Path) {
    let web = Web::with(&[("/lines", "ledger {\"open\":3}\n"), ("/lines/all", "")]);
    let portal = portal();
    until("the component is there", || {
        (portal.get("/api/catalog/entities/by-name/component/default/ledger").status == 200).then_some(())
    });
    let grants = web.grants().replacen("write: ['*']", "attach: [Component]", 1);
    install(&portal, package, &format!("settings: {{ url: \"{}\" }}\ngrants: {grants}\n", web.url("/lines")));
    let noted = until("what was followed is noted", || {
        let ledger = portal.json("/api/catalog/entities/by-name/component/default/ledger");
        ledger["facts"]["follower"]["open"].as_u64()
    });
    assert_eq!(noted, 3);
    let check = portal.send("POST", "/api/portico/plugins/follower/check", None, &[]);
    assert_eq!(check.status, 200, "{}", check.body);
    assert!(check.body.contains("findings"), "{}", check.body);
}

/// Actions that read files, push, register what was pushed, and offer a list to a form.
fn steps_of_templates_are_done(package: &Path) {
    let web = Web::with(&[("/catalog-info.yaml", &LEDGER.replace("name: ledger", "name: made"))]);
    let reads = web.grants().replacen("{ catalog", "{ files: ['{folder}'], catalog", 1);
    let config = format!(
        "trust: {{ unsigned: true }}\nlocations: [{{ type: file, target: '{{folder}}/template.yaml' }}]\nplugins:\n  locations: {{ grants: {reads} }}\n"
    );
    let portal = PortalBuilder::new(&config)
        .file("template.yaml", TEMPLATE)
        .file("shared/standards/licence/LICENSE", "free")
        .start();
    until("the template is there", || {
        (portal.get("/api/catalog/entities/by-name/template/default/standard").status == 200).then_some(())
    });
    let folder = portal.folder().display().to_string();
    let said = format!(
        "settings: {{ repository: {folder}/shared }}\ngrants: {{ files: ['{folder}/shared'], push: ['{folder}/made.git'], catalog: {{ write: [Location] }} }}\n"
    );
    install(&portal, package, &said);
    let offered = portal.post("/api/scaffolder/v2/autocomplete/acme/standards", &json!({ "context": {} }));
    assert_eq!((offered.status, offered.json()), (200, json!({ "results": [{ "id": "licence" }] })));
    let values = json!({ "repository": format!("{folder}/made.git"), "descriptor": web.url("/catalog-info.yaml") });
    let begun = portal
        .post("/api/scaffolder/v2/tasks", &json!({ "templateRef": "template:default/standard", "values": values }));
    assert_eq!(begun.status, 201, "{}", begun.body);
    let id = begun.json()["id"].as_str().expect("an id").to_owned();
    let task = until("it has ended", || {
        let task = portal.json(&format!("/api/scaffolder/v2/tasks/{id}"));
        matches!(task["status"].as_str(), Some("completed" | "failed")).then_some(task)
    });
    assert_eq!(task["status"], "completed", "{task:#}");
    assert_eq!(task["entities"], json!(["component:default/made"]), "{task:#}");
    assert!(portal.folder().join("made.git/refs/heads/main").exists());
}

fn signature(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(HOOK.as_bytes()).expect("a key of any length");
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}
