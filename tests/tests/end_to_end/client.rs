//! Backstage's own catalog client, from npm, against a portal: every method it has, answered in the shapes that it relies on.

use portico_tests::{Portal, PortalBuilder, Repository, Seen, client, until};
use serde_json::{Value, json};

fn component(name: &str, more: &str, kind: &str, owner: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{ name: {name}{more} }}\nspec: {{ type: {kind}, lifecycle: \
         production, owner: {owner}, system: finance }}\n"
    )
}

/// Five components of two teams, of which two have a title.
fn company() -> Repository {
    let documents = [
        component("ledger", ", title: Ledger, tags: [java]", "service", "money"),
        component("billing", "", "service", "money"),
        component("scribe", ", title: A scribe", "library", "books"),
        component("abacus", "", "library", "books"),
        component("receipts", "", "website", "books"),
        "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: finance }\nspec: { owner: money }\n".to_owned(),
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: { name: money }\nspec: { type: team, children: [] }\n"
            .to_owned(),
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: { name: books }\nspec: { type: team, children: [] }\n"
            .to_owned(),
    ];
    Repository::with(&[("catalog-info.yaml", &documents.join("---\n"))])
}

fn reading(repository: &Repository) -> Portal {
    let portal = PortalBuilder::reading(&[repository]).start();
    let run = portal.run("git");
    assert_eq!(run["state"], "succeeded", "{run}");
    portal
}

/// Compares several answers by their names, all of them before it fails.
fn saw(seen: &Seen, expected: &Value) {
    let expected = expected.as_object().expect("answers by name");
    let differences: Vec<String> = expected
        .iter()
        .filter(|(name, answer)| seen.saw[name.as_str()] != **answer)
        .map(|(name, answer)| format!("{name}: {answer} expected, not {}", seen.saw[name.as_str()]))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// An error as the client hands it on: the status, and the name that the portal gave it.
fn fails(seen: &Seen, name: &str, status: u16, cause: &str, words: &str) {
    let error = &seen.saw[name];
    assert_eq!((&error["error"], &error["status"]), (&json!("ResponseError"), &json!(status)), "{name}: {error}");
    assert_eq!(error["cause"], cause, "{name}: {error}");
    assert!(error["message"].as_str().is_some_and(|message| message.contains(words)), "{name}: {error}");
}

#[test]
fn the_client_reads_lists_single_entities_and_facets() {
    let portal = reading(&company());
    let seen = client(&portal, "read", &[]);
    saw(
        &seen,
        &json!({
            "all": ["abacus", "billing", "ledger", "receipts", "scribe", "books", "money", "finance"],
            "either": ["abacus", "books", "finance", "money", "scribe"],
            "existing": ["ledger", "scribe"],
            "tagged": ["ledger"],
            "related": ["billing", "finance", "ledger"],
            "descending": ["scribe", "receipts", "ledger", "billing", "abacus"],
            "page": ["billing", "ledger"],
            "fields": [{ "kind": "Group", "metadata": { "name": "books" } }, { "kind": "Group", "metadata": { "name": "money" } }],
            "compound": "ledger",
            "byName": "ledger",
            "missing": null,
            "facets": { "facets": {
                "kind": [{ "value": "Component", "count": 5 }],
                "spec.type": [
                    { "value": "library", "count": 2 },
                    { "value": "service", "count": 2 },
                    { "value": "website", "count": 1 },
                ],
                "absent": [],
            } },
            "facetsByPredicate": { "facets": { "kind": [{ "value": "System", "count": 1 }] } },
        }),
    );
    fails(&seen, "wrong", 400, "InputError", "");
    fails(&seen, "noAncestors", 404, "NotFoundError", "");
    let found = &seen.saw["found"];
    assert_eq!((&found["metadata"]["title"], &found["spec"]["system"]), (&json!("Ledger"), &json!("finance")));
    assert!(found["metadata"]["uid"].is_string() && found["metadata"]["etag"].is_string(), "{found}");
    let relations = json!([
        { "type": "ownedBy", "targetRef": "group:default/money" },
        { "type": "partOf", "targetRef": "system:default/finance" },
    ]);
    assert_eq!(found["relations"], relations);
    assert_eq!(seen.saw["ancestors"]["rootEntityRef"], "component:default/ledger");
    assert!(seen.requests.contains(&"POST /api/catalog/entity-facets 200".to_owned()), "{:?}", seen.requests);
}

#[test]
fn the_client_pages_to_the_end_and_back_however_it_asks() {
    let portal = reading(&company());
    let seen = client(&portal, "pages", &[]);
    let back_and_forth = json!({
        "there": [["abacus", "billing"], ["ledger", "receipts"], ["scribe"]],
        "back": [["ledger", "receipts"], ["abacus", "billing"]],
        "totals": [5],
    });
    saw(
        &seen,
        &json!({
            "byFilter": back_and_forth,
            "byPredicate": back_and_forth,
            "unordered": {
                "there": [["abacus", "billing", "ledger"], ["receipts", "scribe"]],
                "back": [["abacus", "billing", "ledger"]],
                "totals": [5],
            },
            "descending": ["scribe", "receipts", "ledger", "billing", "abacus"],
            "offset": ["receipts", "scribe"],
            "count": { "items": [], "totalItems": 5, "pageInfo": {} },
            "uncounted": 0,
            "words": ["ledger"],
            "wordsByPredicate": ["ledger"],
            "prefixed": ["abacus", "scribe"],
            "owned": ["abacus", "receipts", "scribe"],
            "fields": [{ "kind": "Component" }],
            "streamed": [["abacus", "billing"], ["ledger", "receipts"], ["scribe"]],
            "streamedByPredicate": [["abacus", "billing", "ledger", "receipts"], ["scribe"]],
        }),
    );
    fails(&seen, "wrongCursor", 400, "InputError", "Malformed cursor");
    fails(&seen, "wrongPredicate", 400, "InputError", "$foo");
    // The client looks into a cursor to see with which method it goes on.
    let posts = seen.requests.iter().filter(|request| request.starts_with("POST /api/catalog/entities/by-query 200"));
    assert_eq!(posts.count(), 5 + 3 + 2, "{:?}", seen.requests);
}

#[test]
fn what_lacks_the_sorted_field_is_left_out_of_pages_for_the_client_and_last_in_lists() {
    let portal = reading(&company());
    let seen = client(&portal, "pages", &[]);
    let expected = json!({ "byTitle": { "there": [["scribe"], ["ledger"]], "back": [["scribe"]], "totals": [2] } });
    saw(&seen, &expected);
    let seen = client(&portal, "read", &[]);
    let kept = json!(["scribe", "ledger", "abacus", "billing", "receipts"]);
    saw(&seen, &json!({ "ordered": kept, "orderedPage": kept }));
    let page = portal.get("/catalog?kind=component&sort=metadata.title").body;
    assert!(page.contains("3 without this property are not in this order"), "{page}");
}

#[test]
fn the_client_asks_for_many_references_at_once() {
    let portal = reading(&company());
    let seen = client(&portal, "refs", &[]);
    saw(
        &seen,
        &json!({
            "inOrder": ["scribe", null, "ledger"],
            "mixedCase": [null, null],
            "filtered": ["scribe", null, null],
            "byPredicate": ["scribe", null, null],
            "fields": [{ "metadata": { "name": "ledger" } }],
            "many": ["ledger"],
        }),
    );
    // A thousand references go in one request, so 2,501 take three.
    assert_eq!(seen.requests.len(), 5 + 3, "{:?}", seen.requests);
}

const TARGET: &str = "https://github.com/acme/shop/blob/main/shop.yaml";
const ABSENT: &str = "https://github.com/acme/shop/blob/main/absent.yaml";
const OTHER: &str = "https://github.com/acme/shop/blob/main/other.yaml";

fn system(name: &str) -> String {
    format!("apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{ name: {name} }}\nspec: {{ owner: a }}\n")
}

#[test]
fn the_client_tries_registers_moves_and_forgets_locations() {
    let repository = Repository::with(&[("shop.yaml", &system("shop")), ("other.yaml", &system("other"))]);
    let path = repository.path().display().to_string();
    let portal = PortalBuilder::new(&format!(
        "plugins:\n  git:\n    every: never\n    settings:\n      repositories:\n        - url: {path}\n          web: \
         https://github.com/acme/shop\n          descriptors: [nothing.yaml]\n    grants: {{ catalog: {{ write: ['*'] }}, repositories: [{path}] }}\n"
    ))
    .start();
    let seen = client(&portal, "locations", &[TARGET, ABSENT]);
    let (first, second) = (seen.saw["added"]["location"].clone(), seen.saw["addedAbsent"]["location"].clone());
    assert_eq!((&first["type"], &first["target"]), (&json!("url"), &json!(TARGET)), "{}", seen.saw["added"]);
    let dry = &seen.saw["dry"];
    assert_eq!((&dry["exists"], &dry["entities"]), (&json!(false), &json!(["Location", "System"])), "{dry}");
    assert_eq!(dry["location"]["entityRef"], first["entityRef"]);
    fails(&seen, "dryAbsent", 400, "InputError", "there is no file absent.yaml at main");
    fails(&seen, "conflict", 409, "ConflictError", "already exists");
    fails(&seen, "wrongType", 400, "InputError", "allowed type");
    fails(&seen, "analyzedNowhere", 400, "InputError", "not a URL");
    let by_id = |mut locations: Vec<Value>| {
        locations.sort_by_key(|location| location["id"].to_string());
        locations
    };
    let both = by_id(vec![first.clone(), second.clone()]);
    saw(
        &seen,
        &json!({
            "added": { "location": first, "entities": [] },
            "again": { "location": first, "entities": [] },
            "dryAgain": true,
            "addedAbsent": { "location": second, "entities": [] },
            "query": { "items": [second], "totalItems": 1, "pageInfo": {} },
            "page": { "total": 2, "items": both, "end": {} },
            "streamed": both.iter().map(|location| json!([location["target"]])).collect::<Vec<_>>(),
            "byRef": first,
            "byMissingRef": null,
            "byId": first,
            "byMissingId": null,
        }),
    );
    assert_eq!(by_id(seen.saw["list"]["items"].as_array().cloned().unwrap_or_default()), both);
    let analyzed = &seen.saw["analyzed"]["existingEntityFiles"][0];
    assert_eq!((&analyzed["location"]["target"], &analyzed["entity"]["kind"]), (&json!(TARGET), &json!("System")));
    let beginning = &seen.saw["analyzedEmpty"]["generateEntities"][0];
    assert_eq!((&beginning["entity"]["metadata"]["name"], &beginning["fields"]), (&json!("widgets"), &json!([])));

    let shop = "/api/catalog/entities/by-name/system/default/shop";
    until("the location is read", || (portal.get(shop).status == 200).then_some(()));
    let id = first["id"].as_str().expect("an id");
    let seen = client(&portal, "forget", &[id, "system:default/shop", OTHER]);
    let moved = json!({ "id": id, "type": "url", "target": OTHER, "entityRef": first["entityRef"] });
    saw(
        &seen,
        &json!({
            "byEntity": first,
            "byMissingEntity": null,
            "moved": moved,
            "removed": null,
            "left": { "items": [second] },
        }),
    );
    fails(&seen, "movedMissing", 404, "NotFoundError", "nothing");
    fails(&seen, "removedAgain", 404, "NotFoundError", "Found no location with ID");
    let ancestors = &seen.saw["ancestors"]["items"];
    assert_eq!(ancestors[0]["parentEntityRefs"], json!([first["entityRef"]]), "{ancestors}");
    assert_eq!(ancestors[1]["entity"]["kind"], "Location", "{ancestors}");
}

#[test]
fn the_client_refreshes_deletes_and_judges() {
    let repository = company();
    let portal = reading(&repository);
    let ledger = || portal.json("/api/catalog/entities/by-name/component/default/ledger");
    let uid = ledger()["metadata"]["uid"].as_str().expect("a uid").to_owned();
    repository.commit(&[("catalog-info.yaml", &component("ledger", ", title: Books", "service", "money"))]);
    let seen = client(&portal, "upkeep", &["component:default/ledger", &uid]);
    saw(&seen, &json!({ "refreshed": null, "valid": { "valid": true }, "removed": null, "removedAgain": null }));
    fails(&seen, "refreshedMissing", 404, "NotFoundError", "component:default/nothing");
    assert_eq!(seen.saw["nowhere"]["valid"], false, "{}", seen.saw["nowhere"]);
    let invalid = &seen.saw["invalid"];
    let error = &invalid["errors"][0];
    assert_eq!((&invalid["valid"], &error["name"]), (&json!(false), &json!("InputError")), "{invalid}");
    assert!(error["message"].as_str().is_some_and(|message| message.contains("spec.owner")), "{invalid}");
    let back = until("it comes back as it is now", || (ledger()["metadata"]["title"] == "Books").then(ledger));
    assert_ne!(back["metadata"]["uid"], uid);
}

#[test]
fn what_is_invalid_from_the_start_is_nothing_to_the_client_and_a_problem_to_people() {
    let repository = Repository::with(&[("catalog-info.yaml", &component("ledger", ", title: 7", "service", "money"))]);
    let portal = PortalBuilder::reading(&[&repository]).start();
    portal.run("git");
    saw(&client(&portal, "read", &[]), &json!({ "found": null, "all": [] }));
    let problem = portal.json("/api/portico/problems")["items"][0].clone();
    assert_eq!((&problem["file"], &problem["line"]), (&json!("catalog-info.yaml"), &json!(3)), "{problem}");
    assert!(problem["message"].as_str().is_some_and(|message| message.contains("metadata.title")), "{problem}");
}

#[test]
fn the_client_shows_its_token_where_one_is_wanted() {
    let portal = PortalBuilder::new("server:\n  token: { env: TOKEN }\n").environment("TOKEN", "open-sesame").start();
    let seen = client(&portal, "access", &["open-sesame"]);
    fails(&seen, "without", 401, "AuthenticationError", "Missing credentials");
    fails(&seen, "wrong", 401, "AuthenticationError", "Missing credentials");
    saw(&seen, &json!({ "with": { "items": [] } }));
}
