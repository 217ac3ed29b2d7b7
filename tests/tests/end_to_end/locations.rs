//! Locations: registered, tried, changed and forgotten over the API, read by the Git plugin.

use portico_tests::{Portal, PortalBuilder, Repository, until};
use serde_json::{Value, json};

/// A repository of which the settings read nothing by themselves; people know it by another address.
fn portal(repository: &Repository, more: &str) -> Portal {
    let path = repository.path().display().to_string();
    PortalBuilder::new(&format!(
        "{more}plugins:\n  git:\n    every: never\n    settings:\n      repositories:\n        - url: {path}\n          web: \
         https://github.com/acme/shop\n          descriptors: [nothing.yaml]\n    grants: {{ catalog: {{ write: ['*'] }}, repositories: [{path}] }}\n"
    ))
    .start()
}

const TARGET: &str = "https://github.com/acme/shop/blob/main/shop.yaml";

fn system(name: &str) -> String {
    format!("apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{ name: {name} }}\nspec: {{ owner: a }}\n")
}

fn input(target: &str) -> Value {
    json!({ "type": "url", "target": target })
}

fn appears(portal: &Portal, name: &str) -> Value {
    until(&format!("{name} appears"), || {
        let answer = portal.get(&format!("/api/catalog/entities/by-name/system/default/{name}"));
        (answer.status == 200).then(|| answer.json())
    })
}

fn is_gone(portal: &Portal, name: &str) {
    let answer = portal.get(&format!("/api/catalog/entities/by-name/system/default/{name}"));
    assert_eq!(answer.status, 404, "{}", answer.body);
}

#[test]
fn a_registered_location_is_read_and_goes_with_what_it_brought() {
    let repository = Repository::with(&[("shop.yaml", &system("shop")), ("other.yaml", &system("other"))]);
    let portal = portal(&repository, "");
    let created = portal.post("/api/catalog/locations", &input(TARGET));
    assert_eq!(created.status, 201, "{}", created.body);
    let location = created.json()["location"].clone();
    assert_eq!(created.json()["entities"], json!([]));

    let entity = appears(&portal, "shop");
    let annotations = &entity["metadata"]["annotations"];
    assert_eq!(annotations["backstage.io/managed-by-location"], format!("url:{TARGET}"));
    assert_eq!(annotations["backstage.io/managed-by-origin-location"], format!("url:{TARGET}"));
    let ancestry = portal.json("/api/catalog/entities/by-name/system/default/shop/ancestry");
    assert_eq!(ancestry["items"][0]["parentEntityRefs"], json!([location["entityRef"]]));
    assert_eq!(portal.json("/api/catalog/locations"), json!([{ "data": location }]));
    assert_eq!(portal.json("/api/catalog/locations/by-entity/system/default/shop"), location);
    let id = location["id"].as_str().expect("an id").to_owned();
    assert_eq!(portal.json(&format!("/api/catalog/locations/{id}")), location);

    let again = portal.post("/api/catalog/locations", &input(TARGET));
    assert_eq!((again.status, &again.json()["error"]["name"]), (409, &json!("ConflictError")));
    let again = portal.post("/api/catalog/locations?onConflict=refresh", &input(TARGET));
    assert_eq!((again.status, &again.json()["location"]), (201, &location));

    let elsewhere = TARGET.replace("shop.yaml", "other.yaml");
    let path = format!("/api/catalog/locations/{id}");
    let changed = portal.send("PUT", &path, Some(&input(&elsewhere).to_string()), &[]);
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.json()["entityRef"], location["entityRef"]);
    is_gone(&portal, "shop");
    appears(&portal, "other");

    assert_eq!(portal.send("DELETE", &path, None, &[]).status, 204);
    is_gone(&portal, "other");
    assert_eq!(portal.send("DELETE", &path, None, &[]).status, 404);
    assert_eq!(portal.json("/api/catalog/locations"), json!([]));
}

#[test]
fn a_trial_answers_what_would_come_of_a_location_and_keeps_nothing() {
    let repository = Repository::with(&[("shop.yaml", &system("shop")), ("bad.yaml", "kind: System\nmetadata: {}\n")]);
    let portal = portal(&repository, "");
    let tried = portal.post("/api/catalog/locations?dryRun=true", &input(TARGET));
    assert_eq!(tried.status, 201, "{}", tried.body);
    let tried = tried.json();
    assert_eq!((&tried["exists"], &tried["location"]["id"]), (&json!(false), &json!(format!("url:{TARGET}"))));
    let kinds: Vec<&str> =
        tried["entities"].as_array().expect("entities").iter().filter_map(|entity| entity["kind"].as_str()).collect();
    assert_eq!(kinds, ["Location", "System"]);

    for (target, expected) in [
        (TARGET.replace("shop.yaml", "bad.yaml"), "bad.yaml, line 1: "),
        (TARGET.replace("shop.yaml", "absent.yaml"), "there is no file absent.yaml at main"),
        (TARGET.replace("/main/", "/absent/"), "absent"),
        (TARGET.replace("shop/", "else/"), "grants"),
        ("https://example.com/shop.yaml".to_owned(), "lies in no Git repository that could be made out"),
    ] {
        let tried = portal.post("/api/catalog/locations?dryRun=true", &input(&target));
        let message = tried.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(tried.status == 400 && message.contains(expected), "{target}: {} {message}", tried.status);
    }
    assert_eq!(portal.json("/api/catalog/locations"), json!([]));
    assert_eq!(portal.json("/api/portico/sources")["items"], json!([]));
    assert_eq!(portal.json("/api/catalog/entities"), json!([]));
}

#[test]
fn what_is_no_address_to_register_is_refused_in_words() {
    let portal = PortalBuilder::new("").start();
    for (body, expected) in [
        (json!({ "target": TARGET }), "type"),
        (json!({ "type": "url" }), "target"),
        (json!({ "type": "file", "target": "/etc/passwd" }), "allowed type [\"url\"]"),
        (input("catalog-info.yaml"), "`catalog-info.yaml` is no address to register"),
        (input("javascript:alert(1)"), "is a script"),
        (input("https://me:s3cret@github.com/a/b"), "user name or a password"),
        (input("ftp://github.com/a/b"), "`ftp` is not supported"),
        (input(&format!("https://github.com/{}", "a".repeat(500))), "at most 500"),
    ] {
        let answer = portal.post("/api/catalog/locations", &body);
        assert!(
            answer.status == 400 && answer.body.contains(&expected.replace('"', "\\\"")),
            "{body}: {}",
            answer.body
        );
        assert!(!answer.body.contains("s3cret"), "{}", answer.body);
    }
    let tried = portal.post("/api/catalog/locations?dryRun=true", &input(TARGET));
    assert!(tried.status == 400 && tried.body.contains("no plugin that reads locations is loaded"), "{}", tried.body);
}

#[test]
fn a_location_that_cannot_be_read_is_registered_all_the_same_and_shown_as_failing() {
    let repository = Repository::with(&[("shop.yaml", &system("shop"))]);
    let portal = portal(&repository, "");
    let absent = TARGET.replace("shop.yaml", "absent.yaml");
    assert_eq!(portal.post("/api/catalog/locations", &input(&absent)).status, 201);
    let source = until("the location is shown as failing", || {
        let locations = portal.json("/api/portico/locations");
        let source = locations["items"][0]["source"].clone();
        (source["state"] == "failing").then_some(source)
    });
    assert!(source["failure"].as_str().is_some_and(|failure| failure.contains("there is no file absent.yaml")));
    repository.commit(&[("absent.yaml", &system("absent"))]);
    assert_eq!(portal.post("/api/catalog/locations?onConflict=refresh", &input(&absent)).status, 201);
    appears(&portal, "absent");
}

#[test]
fn locations_of_the_configuration_are_read_with_every_run() {
    let repository = Repository::with(&[("shop.yaml", &system("shop"))]);
    let portal = portal(&repository, &format!("locations:\n  - type: url\n    target: {TARGET}\n"));
    let run = portal.run("git");
    assert_eq!(run["state"], "succeeded", "{run}\n{:?}", portal.run_log(&run));
    appears(&portal, "shop");
    let listed = portal.json("/api/portico/locations");
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["target"]), (&Value::Null, &json!(TARGET)));
    assert_eq!(portal.json("/api/catalog/locations"), json!([]));
    let refused = portal.post("/api/catalog/locations", &input(TARGET));
    assert!(refused.status == 409 && refused.body.contains("portico.yaml names it"), "{}", refused.body);
}
