//! Keeping the catalog by hand: having entities read again, deleting them, trying documents and addresses.

use portico_tests::{Portal, PortalBuilder, Repository, until};
use serde_json::{Value, json};

const LEDGER: &str = "/api/catalog/entities/by-name/component/default/ledger";

fn component(name: &str, owner: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n  type: service\n  \
         lifecycle: production\n  owner: {owner}\n"
    )
}

fn portal(repository: &Repository) -> Portal {
    let portal = PortalBuilder::reading(&[repository]).start();
    let run = portal.run("git");
    assert_eq!(run["state"], "succeeded", "{run}");
    portal
}

#[test]
fn an_entity_is_read_again_on_request() {
    let repository = Repository::with(&[("catalog-info.yaml", &component("ledger", "money"))]);
    let portal = portal(&repository);
    repository.commit(&[("catalog-info.yaml", &component("ledger", "books"))]);
    let answer = portal.post("/api/catalog/refresh", &json!({ "entityRef": "Component:default/Ledger" }));
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    until("the change is seen", || (portal.json(LEDGER)["spec"]["owner"] == "books").then_some(()));
    for (body, status) in [
        (json!({ "entityRef": "component:default/nothing" }), 404),
        (json!({}), 400),
        (json!({ "entityRef": "no kind" }), 400),
        (json!({ "entityRef": "component:a", "colour": "red" }), 400),
    ] {
        assert_eq!(portal.post("/api/catalog/refresh", &body).status, status, "{body}");
    }
}

#[test]
fn a_deleted_entity_comes_back_while_its_source_has_it() {
    let repository = Repository::with(&[("catalog-info.yaml", &component("ledger", "money"))]);
    let portal = portal(&repository);
    let uid = portal.json(LEDGER)["metadata"]["uid"].clone();
    let path = format!("/api/catalog/entities/by-uid/{}", uid.as_str().expect("a uid"));
    assert_eq!(portal.send("DELETE", &path, None, &[]).status, 204);
    let back = until("it comes back", || {
        let answer = portal.get(LEDGER);
        (answer.status == 200).then(|| answer.json())
    });
    assert_ne!(back["metadata"]["uid"], uid);
    assert_eq!(portal.send("DELETE", &path, None, &[]).status, 204);
}

#[test]
fn a_sync_that_would_remove_much_waits_for_a_person() {
    let documents: Vec<String> = (0..12).map(|number| component(&format!("part-{number}"), "money")).collect();
    let repository = Repository::with(&[("catalog-info.yaml", &documents.join("---\n"))]);
    let portal = portal(&repository);
    repository.commit(&[("catalog-info.yaml", &component("part-0", "money"))]);
    let run = portal.run("git");
    assert_eq!(run["result"]["code"], "denied", "{run}");
    let entities = || portal.json("/api/catalog/entities/by-query?limit=0")["totalItems"].clone();
    assert_eq!(entities(), 12);
    let source = portal.json("/api/portico/sources")["items"][0].clone();
    assert_eq!(source["state"], "held", "{source}");
    let path = format!("/api/portico/sources/{}", source["id"]);
    let held = portal.json(&path)["held"].clone();
    assert_eq!((&held["removes"], &held["holds"]), (&json!(11), &json!(12)), "{held}");

    assert_eq!(portal.post(&format!("{path}/removals/discard"), &Value::Null).status, 202);
    assert_eq!(portal.post(&format!("{path}/removals/confirm"), &Value::Null).status, 404);
    assert_eq!((portal.run("git")["state"].clone(), entities()), ("failed".into(), 12.into()));
    assert_eq!(portal.post(&format!("{path}/removals/confirm"), &Value::Null).status, 202);
    until("they are gone", || (entities() == 1).then_some(()));
    assert_eq!(portal.json(&path)["held"], Value::Null);
}

#[test]
fn a_list_that_is_as_it_was_is_not_sent_again() {
    let repository = Repository::with(&[("catalog-info.yaml", &component("ledger", "money"))]);
    let portal = portal(&repository);
    for path in [
        "/api/catalog/entities?limit=9",
        "/api/catalog/entities?order=asc:metadata.name&fields=metadata.name",
        "/api/catalog/entities/by-query?fields=metadata.name,metadata.title",
        "/api/catalog/entity-facets?facet=metadata.name&facet=metadata.title",
        "/api/catalog/locations",
    ] {
        let first = portal.get(path);
        let tag = first.etag.expect("a tag");
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        let again = |held: &str| portal.send("GET", path, None, &[("if-none-match", held)]);
        for held in [tag.clone(), format!("W/\"other\", {tag}")] {
            let answer = again(&held);
            assert_eq!(
                (answer.status, answer.body.as_str(), answer.etag.as_deref()),
                (304, "", Some(tag.as_str())),
                "{path}"
            );
        }
        let other = again("W/\"other\"");
        assert_eq!((other.status, other.body), (200, first.body), "{path}");
    }
    let names = "/api/catalog/entities/by-query?fields=metadata.name,metadata.title";
    let tag = portal.get(names).etag.expect("a tag");
    repository.commit(&[("catalog-info.yaml", &component("books", "money"))]);
    portal.run("git");
    assert_eq!(portal.send("GET", names, None, &[("if-none-match", &tag)]).status, 200);
}

#[test]
fn what_people_type_is_asked_beside_filters_and_across_pages() {
    let documents: Vec<String> = (0..9).map(|number| component(&format!("part-{number}"), "money")).collect();
    let repository = Repository::with(&[("catalog-info.yaml", &documents.join("---\n"))]);
    let portal = portal(&repository);
    let path = "/api/catalog/entities/by-query?limit=4&orderField=metadata.name&filter=kind=component&q=owner:money%20-name:part-0";
    let first = portal.json(path);
    assert_eq!((&first["totalItems"], first["items"].as_array().map(Vec::len)), (&json!(8), Some(4)));
    let cursor = first["pageInfo"]["nextCursor"].as_str().expect("a cursor").replace('=', "%3D").replace('+', "%2B");
    let second = portal.json(&format!("/api/catalog/entities/by-query?limit=4&cursor={cursor}"));
    assert_eq!(second["items"][3]["metadata"]["name"], "part-8");
    let facets = portal.json("/api/catalog/entity-facets?facet=spec.type&q=part-1");
    assert_eq!(facets["facets"]["spec.type"], json!([{ "value": "service", "count": 1 }]));
    let refused = portal.get("/api/catalog/entities?q=owner:money%20ownr:x");
    let message = refused.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
    assert_eq!(refused.status, 400);
    assert!(message.contains("at character 13: `ownr` is not known here; did you mean `owner`?"), "{message}");
}

#[test]
fn a_document_is_tried_without_being_kept() {
    let portal = PortalBuilder::new("").start();
    let document = |spec: Value| json!({ "apiVersion": "backstage.io/v1alpha1", "kind": "System", "metadata": { "name": "shop" }, "spec": spec });
    let ask = |entity: Value| {
        portal
            .post("/api/catalog/validate-entity", &json!({ "entity": entity, "location": "url:https://forge.test/x" }))
    };
    let good = ask(document(json!({ "owner": "a" })));
    assert_eq!((good.status, good.body.as_str()), (200, ""));
    let bad = ask(document(json!({})));
    assert_eq!(bad.status, 400);
    let sentence = bad.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
    assert!(sentence.contains("`spec.owner` is missing"), "{sentence}");
    let nowhere = json!({ "entity": document(json!({ "owner": "a" })), "location": "nowhere" });
    let nowhere = portal.post("/api/catalog/validate-entity", &nowhere);
    assert_eq!((nowhere.status, &nowhere.json()["errors"][0]["name"]), (400, &json!("InputError")));
    assert_eq!(portal.json("/api/catalog/entities"), json!([]));
}

#[test]
fn an_address_is_looked_at_for_descriptors() {
    let repository = Repository::with(&[("catalog-info.yaml", &component("ledger", "money"))]);
    let path = repository.path().display().to_string();
    let portal = PortalBuilder::new(&format!(
        "plugins:\n  git:\n    every: never\n    settings:\n      repositories:\n        - url: {path}\n          web: \
         https://github.com/acme/books\n          reference: main\n          descriptors: [nothing.yaml]\n    grants: {{ catalog: {{ write: ['*'] }}, repositories: [{path}] }}\n"
    ))
    .start();
    let ask = |target: &str| {
        let location = json!({ "type": "url", "target": target });
        portal.post("/api/catalog/analyze-location", &json!({ "location": location }))
    };
    let found = ask("https://github.com/acme/books/blob/main/catalog-info.yaml").json();
    let file = &found["existingEntityFiles"][0];
    assert_eq!(file["entity"]["metadata"]["name"], "ledger", "{found}");
    assert_eq!((&file["isRegistered"], &found["generateEntities"]), (&json!(false), &json!([])));
    let none = ask("https://github.com/acme/other").json();
    assert_eq!(none["existingEntityFiles"], json!([]));
    assert_eq!(none["generateEntities"][0]["entity"]["metadata"]["name"], "other");
    assert_eq!(ask("nowhere").status, 400);
}

#[test]
fn what_changed_is_told_to_whoever_waits_for_it() {
    let repository = Repository::with(&[("catalog-info.yaml", &component("ledger", "money"))]);
    let portal = portal(&repository);
    let first = portal.json("/api/portico/changes");
    assert_eq!(first["items"][0]["entityRef"], "component:default/ledger", "{first}");
    let last = first["last"].as_u64().expect("a number");
    assert_eq!(portal.json(&format!("/api/portico/changes?after={last}"))["items"], json!([]));
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| portal.json(&format!("/api/portico/changes?after={last}&wait=60")));
        repository.commit(&[("catalog-info.yaml", &component("ledger", "books"))]);
        portal.run("git");
        waiting.join().expect("an answer")
    });
    assert_eq!(
        (&waiting["items"][0]["kind"], &waiting["items"][0]["cause"]["plugin"]),
        (&json!("updated"), &json!("git"))
    );

    let history = portal.json("/api/portico/entities/component/default/ledger/history");
    let changed = &history["items"][0]["differences"][0];
    assert_eq!(
        (&changed["path"], &changed["before"], &changed["after"]),
        (&json!("spec.owner"), &json!("money"), &json!("books"))
    );
    let at = |time: &str| portal.get(&format!("/api/portico/entities/component/default/ledger/at?time={time}"));
    assert_eq!(at("2020-01-01T00:00:00Z").status, 404);
    assert_eq!(at("yesterday").status, 400);
    assert_eq!(at("2999-01-01T00:00:00Z").json()["spec"]["owner"], "books");
    let between = history["items"][1]["at"].as_str().expect("a time");
    assert_eq!(at(between).json()["spec"]["owner"], "money");
}
