//! Portals that read from forges, and what they are asked.

use std::fs;

use hmac::{Hmac, Mac as _};
use portico_tests::fakes::{Forge, Hosted};
use portico_tests::{Answer, Portal, PortalBuilder, Repository, packed_plugin, until};
use serde_json::{Value, json};
use sha2::Sha256;

pub(super) const SECRET: &str = "It's a Secret to Everybody";

pub(super) fn component(name: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{ name: {name} }}\nspec: {{ type: service, lifecycle: production, owner: core }}\n"
    )
}

pub(super) fn hosted(id: u64, name: &str, repository: &Repository) -> Hosted {
    Hosted { id, name: name.to_owned(), path: repository.path(), conclusion: "success".into(), ..Hosted::default() }
}

/// A portal that reads the organisation `acme` of a forge, when it is told to.
pub(super) fn portal(api: &str, port: u16, repositories: &str, more: &str) -> Portal {
    let forge = format!("{{ type: github, owner: acme, api: '{api}', web: 'https://github.example.test'{more} }}");
    started(&forge, port, repositories)
}

/// A portal that reads from these forges, on a port of this machine.
pub(super) fn started(forges: &str, port: u16, repositories: &str) -> Portal {
    granted(forges, &format!("{{ host: localhost, port: {port}, scheme: http }}"), repositories, "", &[])
}

/// The same with a grant of requests, credentials beside those for webhooks, and files in the portal's folder.
pub(super) fn granted(
    forges: &str,
    http: &str,
    repositories: &str,
    credentials: &str,
    files: &[(&str, &str)],
) -> Portal {
    let config = format!(
        "trust: {{ unsigned: true }}
plugins:
  forges:
    every: never
    settings:
      forges:
        - {forges}
    grants:
      http: [{http}]
      private-addresses: [127.0.0.1, '::1']
      repositories: {repositories}
      catalog: {{ read: ['*'], write: ['*'], attach: ['*'] }}
      credentials:
        github-hook: {{ secret: {{ env: PORTICO_TEST_HOOK }} }}
        gitlab-hook: {{ secret: {{ env: PORTICO_TEST_HOOK }} }}
        gitea-hook: {{ secret: {{ env: PORTICO_TEST_HOOK }} }}
        {credentials}
"
    );
    let builder = PortalBuilder::new(&config).environment("PORTICO_TEST_HOOK", SECRET);
    let portal = files.iter().fold(builder, |builder, (path, text)| builder.file(path, text)).start();
    fs::create_dir_all(portal.folder().join("data/plugins")).expect("a folder");
    // Whole at once: a portal looks at a file as soon as it is there.
    let file = portal.folder().join("data/plugins/forges.wasm");
    fs::write(portal.folder().join("forges.wasm"), packed_plugin("forges")).expect("a file");
    fs::rename(portal.folder().join("forges.wasm"), file).expect("the plugins folder");
    until("the plugin is loaded", || (portal.json("/api/portico/plugins/forges")["state"] == "running").then_some(()));
    portal
}

pub(super) fn reading(forge: &Forge, repositories: &[&Repository], more: &str) -> Portal {
    let paths: Vec<String> = repositories.iter().map(|one| one.path().display().to_string()).collect();
    let (paths, port) = (json!(paths).to_string(), forge.port());
    portal(&format!("http://localhost:{port}"), port, &paths, more)
}

pub(super) fn sync(portal: &Portal) -> Value {
    let run = portal.run("forges");
    assert_eq!(run["state"], "succeeded", "{run}\n{:#?}", portal.run_log(&run));
    run
}

/// A run that fails, and why.
pub(super) fn fails(portal: &Portal) -> String {
    let run = portal.run("forges");
    assert_eq!(run["state"], "failed", "{run}\n{:#?}", portal.run_log(&run));
    run.to_string()
}

pub(super) fn entity(portal: &Portal, kind: &str, name: &str) -> Answer {
    portal.get(&format!("/api/catalog/entities/by-name/{kind}/default/{name}"))
}

pub(super) fn facts(portal: &Portal, name: &str) -> Value {
    entity(portal, "component", name).json()["facts"]["forges"].clone()
}

pub(super) fn names(portal: &Portal, kind: &str) -> Vec<String> {
    let entities = portal.json(&format!("/api/catalog/entities?filter=kind={kind}&order=asc:metadata.name"));
    let name = |entity: &Value| entity["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    entities.as_array().expect("a list").iter().map(name).collect()
}

/// As forges sign what they send.
pub(super) fn signature(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Sends a webhook as GitHub does.
pub(super) fn hook(portal: &Portal, event: &str, delivery: &str, more: &Value) -> Answer {
    let mut body = json!({ "repository": { "id": 1, "full_name": "acme/ledger", "default_branch": "main", "html_url": "https://github.example.test/acme/ledger" } });
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    let body = body.to_string();
    let signature = format!("sha256={}", signature(&body));
    let headers = [("x-github-event", event), ("x-github-delivery", delivery), ("x-hub-signature-256", &signature)];
    portal.send("POST", "/api/plugins/forges/github", Some(&body), &headers)
}

/// The last run that there was, and whether it goes on.
fn last_run(portal: &Portal) -> (u64, bool) {
    let run = portal.json("/api/portico/runs?plugin=forges&limit=1")["items"][0].clone();
    (run["id"].as_u64().unwrap_or_default(), run["state"] == "running")
}

/// Waits for the run that something asks for.
pub(super) fn read_soon(portal: &Portal, ask: impl FnOnce() -> Answer) {
    let (before, _) = last_run(portal);
    let said = ask();
    assert!(said.status == 202 && said.body.starts_with("Read soon: "), "{} {}", said.status, said.body);
    until("it is read soon", || matches!(last_run(portal), (last, false) if last > before).then_some(()));
}

/// Sends a webhook as GitHub does, and waits for the run that it asks for.
pub(super) fn heard(portal: &Portal, event: &str, delivery: &str, more: &Value) {
    read_soon(portal, || hook(portal, event, delivery, more));
}
