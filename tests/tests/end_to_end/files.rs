//! Locations of the type `file`: read below granted folders, followed, read again when something has changed, and never left.

use std::fs;
use std::os::unix::fs::symlink;

use portico_tests::{Portal, PortalBuilder, until};
use serde_json::{Value, json};

const CONFIG: &str = "locations:\n  - type: file\n    target: catalog/all.yaml\nplugins:\n  locations:\n    every: never\n    grants: \
                      { catalog: { write: ['*'] }, files: [catalog] }\n";

const ALL: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Location
metadata: { name: services }
spec:
  targets:
    - ./services/*/catalog-info.yaml
    - ./gone.yaml
    - ../outside/secret.yaml
---
apiVersion: backstage.io/v1alpha1
kind: Location
metadata: { name: perhaps }
spec: { target: ./later.yaml, presence: optional }
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: { name: pay }
spec: { type: openapi, lifecycle: production, owner: a, definition: { $text: ./openapi.yaml } }
";

fn system(name: &str) -> String {
    format!("apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{ name: {name} }}\nspec: {{ owner: a }}\n")
}

fn portal() -> Portal {
    PortalBuilder::new(CONFIG)
        .file("catalog/all.yaml", ALL)
        .file("catalog/services/a/catalog-info.yaml", &system("a"))
        .file("catalog/services/b/catalog-info.yaml", &system("b"))
        .file("catalog/openapi.yaml", "openapi: 3.1.0\n")
        .file("outside/secret.yaml", &system("secret"))
        .start()
}

/// Runs the plugin, and answers the last line of its log.
fn sync(portal: &Portal) -> String {
    let run = portal.run("locations");
    assert_eq!(run["state"], "succeeded", "{run}\n{:?}", portal.run_log(&run));
    portal.run_log(&run).pop().unwrap_or_default()
}

fn status(portal: &Portal, path: &str) -> u16 {
    portal.get(&format!("/api/catalog/entities/by-name/{path}")).status
}

/// The problems that are not about references to entities that are not there.
fn problems(portal: &Portal) -> Vec<Value> {
    let problems = portal.json("/api/portico/problems");
    let items = problems["items"].as_array().expect("a list").iter();
    items.filter(|problem| problem["cause"] != "dangling").cloned().collect()
}

#[test]
fn a_file_brings_what_it_leads_to_and_one_bad_target_stops_no_other() {
    let portal = portal();
    sync(&portal);
    for path in ["system/default/a", "system/default/b", "location/default/services", "location/default/perhaps"] {
        assert_eq!(status(&portal, path), 200, "{path}");
    }
    assert_eq!(status(&portal, "system/default/secret"), 404);
    let folder = portal.folder().display().to_string();
    let entity = portal.json("/api/catalog/entities/by-name/system/default/a");
    let annotations = &entity["metadata"]["annotations"];
    let place = format!("file:{folder}/catalog/services/a/catalog-info.yaml");
    assert_eq!(annotations["backstage.io/managed-by-location"], json!(place));
    let origin = format!("file:{folder}/catalog/all.yaml");
    assert_eq!(annotations["backstage.io/managed-by-origin-location"], json!(origin));
    assert_eq!(annotations["backstage.io/view-url"], Value::Null);
    let api = portal.json("/api/catalog/entities/by-name/api/default/pay");
    assert_eq!(api["spec"]["definition"], "openapi: 3.1.0\n");

    let problems = problems(&portal);
    let told = |words: &str| {
        let found =
            problems.iter().find(|problem| problem["message"].as_str().is_some_and(|text| text.contains(words)));
        found.unwrap_or_else(|| panic!("{words}: {problems:?}")).clone()
    };
    let gone = told("the target ./gone.yaml is missing: there is no file ");
    assert_eq!((&gone["line"], &gone["file"]), (&json!(7), &json!(format!("{folder}/catalog/all.yaml"))));
    let denied = told("The plugin `locations` may not read files below ");
    assert_eq!(denied["line"], json!(8));
    assert!(
        denied["message"].as_str().is_some_and(|text| text.contains(&format!("- \"{folder}/outside\""))),
        "{denied}"
    );
    assert_eq!(problems.len(), 2, "{problems:?}");

    let listed = portal.json("/api/portico/locations");
    assert_eq!((&listed["items"][0]["type"], &listed["items"][0]["id"]), (&json!("file"), &Value::Null), "{listed}");
}

#[test]
fn an_edit_is_picked_up_and_what_rests_is_not_read_again() {
    let portal = portal();
    sync(&portal);
    let catalog = portal.folder().join("catalog");
    fs::write(catalog.join("services/a/catalog-info.yaml"), system("renamed")).expect("an edit");
    fs::write(catalog.join("later.yaml"), system("later")).expect("a file");
    sync(&portal);
    assert_eq!(status(&portal, "system/default/a"), 404);
    for name in ["renamed", "later", "b"] {
        assert_eq!(status(&portal, &format!("system/default/{name}")), 200, "{name}");
    }
    fs::write(catalog.join("openapi.yaml"), "openapi: 3.1.1\n").expect("an edit");
    sync(&portal);
    let api = portal.json("/api/catalog/entities/by-name/api/default/pay");
    assert_eq!(api["spec"]["definition"], "openapi: 3.1.1\n");
    // Right after a change a file's times may not tell the next one, so it is looked at once more.
    until("nothing is read again", || sync(&portal).contains("0 read, 1 unchanged").then_some(()));
}

#[test]
fn a_file_that_has_changed_is_read_on_a_schedule() {
    let config = CONFIG.replace("every: never", "every: 1s");
    let portal = PortalBuilder::new(&config).file("catalog/all.yaml", &system("first")).start();
    let appears =
        |name: &str| until(name, || (status(&portal, &format!("system/default/{name}")) == 200).then_some(()));
    appears("first");
    fs::write(portal.folder().join("catalog/all.yaml"), system("second")).expect("an edit");
    appears("second");
    assert_eq!(status(&portal, "system/default/first"), 404);
}

#[test]
fn a_link_that_leads_out_of_the_folder_is_refused_and_its_siblings_are_read() {
    let config = CONFIG.replace("all.yaml", "*.yaml");
    let portal = PortalBuilder::new(&config)
        .file("catalog/good.yaml", &system("good"))
        .file("outside/secret.yaml", &system("secret"))
        .start();
    let folder = portal.folder().to_owned();
    symlink("../outside/secret.yaml", folder.join("catalog/relative.yaml")).expect("a link");
    symlink(folder.join("outside/secret.yaml"), folder.join("catalog/absolute.yaml")).expect("a link");
    symlink(folder.join("outside"), folder.join("catalog/inside")).expect("a link");
    symlink("good.yaml", folder.join("catalog/same.yaml")).expect("a link");
    sync(&portal);
    assert_eq!((status(&portal, "system/default/good"), status(&portal, "system/default/secret")), (200, 404));
    let problems = problems(&portal);
    for link in ["relative.yaml", "absolute.yaml"] {
        let told = problems.iter().any(|problem| {
            problem["file"].as_str().is_some_and(|file| file.ends_with(link))
                && problem["message"].as_str().is_some_and(|text| text.contains("leads out of the folder"))
        });
        assert!(told, "{link}: {problems:?}");
    }
}

#[test]
fn a_file_that_no_plugin_reads_is_said_with_what_to_configure() {
    let portal = PortalBuilder::new("locations: [{ type: file, target: all.yaml }]\nplugins: { git: {} }\n").start();
    until("it is said", || {
        portal.log().contains("/all.yaml; name `locations: {}` under `plugins:` in portico.yaml").then_some(())
    });
}

#[test]
fn a_file_outside_of_every_granted_folder_is_shown_as_failing_with_what_to_grant() {
    let config = CONFIG.replace("grants: { catalog: { write: ['*'] }, files: [catalog] }", "grants: {}");
    let portal = PortalBuilder::new(&config).file("catalog/all.yaml", &system("a")).start();
    let run = portal.run("locations");
    assert_eq!((&run["state"], &run["result"]["code"]), (&json!("failed"), &json!("denied")), "{run}");
    let plugin = portal.json("/api/portico/plugins/locations");
    let asks = plugin["asks"].as_array().expect("asks").iter().find(|ask| ask["capability"] == "files").expect("files");
    assert_eq!((&asks["granted"], &asks["denied"]), (&Value::Null, &json!(1)), "{plugin}");
    let source = portal.json("/api/portico/locations")["items"][0]["source"].clone();
    let lines = format!("files:\n        - \"{}/catalog\"", portal.folder().display());
    assert!(source["failure"].as_str().is_some_and(|failure| failure.contains(&lines)), "{source}");
}
