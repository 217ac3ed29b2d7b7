//! The golden paths of the examples, each from what is filled in to the repository to the catalog.

use std::fs;
use std::path::Path;

use portico_tests::fakes::GitServer;
use portico_tests::{Portal, PortalBuilder, until};
use serde_json::{Value, json};

const TOKEN: &str = "golden-s3cret";

const PEOPLE: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: payments }
spec: { type: team, children: [] }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: orders }
spec: { type: service, lifecycle: production, owner: 'group:default/payments' }
";

/// A portal with the examples' templates, whose forge is this server.
fn portal(git: &GitServer) -> Portal {
    let host = git.host();
    let (name, port) = host.split_once(':').expect("a port");
    let secret = "secret: { env: TEST_FORGE_TOKEN }";
    let reach = format!("private-addresses: [{name}]");
    let by_git = format!("{{ hosts: ['{host}'], username: portal, {secret} }}");
    let config = format!(
        "\
scaffolder: {{ forges: {{ '{host}': github }} }}
locations: [{{ type: file, target: '{{folder}}/people.yaml' }}, {{ type: file, target: '{{folder}}/templates/*/template.yaml' }}]
plugins:
  locations:
    grants: {{ files: ['{{folder}}'], catalog: {{ write: ['*'] }} }}
  git:
    every: never
    settings: {{ repositories: [], forges: {{ '{name}': github }} }}
    grants: {{ catalog: {{ write: ['*'] }}, repositories: ['http://{host}/*'], {reach}, credentials: {{ git: {by_git} }} }}
  scaffolder:
    settings: {{ forges: {{ '{name}': github }} }}
    grants:
      files: ['{{folder}}']
      catalog: {{ read: ['*'], write: [Location] }}
      http: [{{ host: '{name}', port: {port}, scheme: http, methods: [DELETE] }}]
      {reach}
      credentials: {{ forge: {{ hosts: ['{host}'], {secret} }} }}
  publish:
    settings: {{ hosts: [{{ host: '{host}', forge: github, api: 'http://{host}/api/v3', git: 'http://{host}', web: 'http://{host}' }}] }}
    grants:
      push: ['http://{host}/*']
      http: [{{ host: '{name}', port: {port}, scheme: http }}]
      {reach}
      credentials: {{ github: {{ hosts: ['{host}'], {secret} }}, git: {by_git} }}
"
    );
    let mut builder = PortalBuilder::new(&config).environment("TEST_FORGE_TOKEN", TOKEN).file("people.yaml", PEOPLE);
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/templates");
    for (path, text) in files(&examples, "") {
        let text = text.replace("allowedHosts: [github.com]", &format!("allowedHosts: ['{host}']"));
        let text = text.replace("https://api.github.com", &format!("http://{host}/api/v3"));
        builder = builder.file(
            &format!("templates/{path}"),
            &text.replace("enum: [1d,", "enum: [2s, 1d,").replace("[a day,", "[a moment, a day,"),
        );
    }
    let portal = builder.start();
    for name in ["rust-service", "node-service", "docs-site", "preview-environment", "remove-preview-environment"] {
        until(&format!("the template {name} is there"), || there(&portal, &format!("template/default/{name}")));
    }
    until("the service is there", || there(&portal, "component/default/orders"));
    portal
}

/// All files below a folder, by their paths.
fn files(folder: &Path, shown: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the examples").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if shown.is_empty() { name } else { format!("{shown}/{name}") };
        match entry.path().is_dir() {
            true => found.extend(files(&entry.path(), &path)),
            false => found.push((path, fs::read_to_string(entry.path()).expect("text"))),
        }
    }
    found
}

fn there(portal: &Portal, entity: &str) -> Option<()> {
    (portal.get(&format!("/api/catalog/entities/by-name/{entity}")).status == 200).then_some(())
}

fn run(portal: &Portal, input: &Value) -> Value {
    let answer = portal.post("/api/scaffolder/v2/tasks", input);
    assert_eq!(answer.status, 201, "{}", answer.body);
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    until("the task ends", || {
        let task = portal.json(&format!("/api/scaffolder/v2/tasks/{id}"));
        match task["status"].as_str() {
            Some("completed") => Some(task),
            Some("failed" | "cancelled") => {
                panic!("{:#}\n{}", task["error"], portal.get(&format!("/api/scaffolder/v2/tasks/{id}/events")).body)
            }
            _ => None,
        }
    })
}

#[test]
fn services_and_sites_end_in_a_repository_and_in_the_catalog() {
    let git = GitServer::wanting(TOKEN);
    let portal = portal(&git);
    for (template, more, file, expected) in [
        ("rust-service", json!({ "port": 9000 }), "src/main.rs", "9000"),
        ("node-service", json!({}), "package.json", "\"name\": \"new-node-service\""),
        ("docs-site", json!({ "pages": ["how-to-begin", "reference"] }), "docs/how-to-begin.md", "# How to begin"),
    ] {
        let name = format!("new-{template}");
        let mut values = json!({
            "name": name, "description": "It \"pays\" people", "owner": "group:default/payments",
            "repoUrl": format!("{}?owner=acme&repo={name}", git.host()),
        });
        values.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        let task = run(&portal, &json!({ "templateRef": format!("template:default/{template}"), "values": values }));
        let entity = format!("component:default/{name}");
        assert_eq!(task["entities"], json!([entity]), "{task:#}");
        let held = git.file(&format!("acme/{name}"), file);
        assert!(held.as_deref().is_some_and(|held| held.contains(expected)), "{template}: {held:?}");
        let made = portal.json(&format!("/api/catalog/entities/by-name/component/default/{name}"));
        assert_eq!(
            (&made["metadata"]["description"], &made["spec"]["owner"]),
            (&json!("It \"pays\" people"), &json!("group:default/payments"))
        );
    }
}

#[test]
fn an_environment_is_taken_down_by_itself_when_its_time_is_over() {
    let git = GitServer::wanting(TOKEN);
    git.create("acme/environments");
    let portal = portal(&git);
    let values = json!({ "branch": "fix-42", "lives": "2s", "repoUrl": format!("{}?owner=acme&repo=environments", git.host()), "service": "component:default/orders" });
    let input = json!({ "templateRef": "preview-environment", "values": values, "entity": "component:default/orders" });
    let task = run(&portal, &input);
    assert_eq!(task["entities"], json!(["resource:default/orders-fix-42"]), "{task:#}");
    let branch = "env-orders-fix-42";
    assert!(git.file_of("acme/environments", branch, "orders-fix-42/namespace.yaml").is_some());
    let removed = until("the environment is taken down", || {
        let tasks = portal.json("/api/scaffolder/v2/tasks?template=template:default/remove-preview-environment");
        let task = tasks["tasks"][0].clone();
        (task["status"] == "completed" || task["status"] == "failed").then_some(task)
    });
    assert_eq!(removed["status"], json!("completed"), "{removed:#}");
    assert_eq!(git.file_of("acme/environments", branch, "orders-fix-42/namespace.yaml"), None);
    until("it has left the catalog", || {
        let found = portal.get("/api/catalog/entities/by-name/resource/default/orders-fix-42");
        (found.status == 404).then_some(())
    });
    until("nothing is due any more", || (portal.json("/api/portico/expiries") == json!([])).then_some(()));
}

#[test]
fn fields_about_repositories_offer_what_the_forge_tells() {
    let git = GitServer::wanting(TOKEN);
    let portal = portal(&git);
    let values = json!({
        "name": "offered", "description": "It pays", "owner": "group:default/payments",
        "repoUrl": format!("{}?owner=acme&repo=offered", git.host()),
    });
    run(&portal, &json!({ "templateRef": "template:default/docs-site", "values": values }));
    let offered = |list: &str, context: Value| {
        let answer = portal.post(&format!("/api/scaffolder/v2/autocomplete/{list}"), &json!({ "context": context }));
        (answer.status, answer.json())
    };
    let host = git.host();
    assert_eq!(offered("forge/owners", json!({ "host": host })), (200, json!({ "results": [{ "id": "acme" }] })));
    let branches = offered("forge/branches", json!({ "host": host, "owner": "acme", "repository": "offered" }));
    assert_eq!(branches, (200, json!({ "results": [{ "id": "main" }] })));
    let (status, body) = offered("forge/branches", json!({ "host": host, "owner": "acme", "repo": "gone" }));
    assert_eq!(status, 400, "{body}");
    let said = body["error"]["message"].as_str().unwrap_or_default();
    assert!(said.contains("could not list the branches of acme/gone"), "{said}");
    let (status, body) = offered("acme/stars", json!({}));
    assert_eq!(status, 400, "{body}");
    assert!(
        body["error"]["message"].as_str().unwrap_or_default().starts_with("no plugin knows the list `acme/stars`"),
        "{body}"
    );
}
