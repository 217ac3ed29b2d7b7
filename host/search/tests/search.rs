//! Words find entities, in the order in which one expects them, whatever became of the catalog in between.

use std::time::{Duration, Instant};

use portico_catalog::{Catalog, Mode, NoExpressions, Origin};
use portico_model::EntityRef;
use portico_search::Search;
use serde_json::{Value, json};

fn component(name: &str, more: Value) -> Value {
    let mut document = json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": { "name": name },
        "spec": { "type": "service", "lifecycle": "production", "owner": "a" },
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        document["metadata"][key] = value.clone();
    }
    document
}

fn sync(catalog: &Catalog, documents: &[Value]) {
    let mut session = catalog.session("git", "one", Mode::Full).unwrap();
    for document in documents {
        let origin = Origin { file: "a.yaml".to_owned(), line: 1, url: None, parent: None };
        session.put(&document.to_string(), origin).unwrap();
    }
    session.commit(None).unwrap();
}

fn company() -> Vec<Value> {
    vec![
        component("ledger", json!({ "description": "Keeps the books of every merchant." })),
        component("ledger-export", json!({ "title": "Export of the ledger" })),
        component("core-ledger", json!({})),
        component("payments-api", json!({ "title": "Payments API", "tags": ["pci", "rust"] })),
        component("kaffee", json!({ "title": "Café" })),
        component("refunds", json!({ "description": "Pays back, and tells the ledger." })),
    ]
}

/// The names found, best first.
fn find(search: &Search, words: &str) -> Vec<String> {
    let found = search.find(words, 10).unwrap();
    found.into_iter().map(|reference| reference.trim_start_matches("component:default/").to_owned()).collect()
}

/// Waits until the words find exactly these.
fn finds(search: &Search, words: &str, expected: &[&str]) {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let found = find(search, words);
        if found == expected {
            return;
        }
        assert!(Instant::now() < end, "{words}: {found:?}, where {expected:?} is expected");
        std::thread::yield_now();
    }
}

#[test]
fn the_best_place_comes_first() {
    let catalog = Catalog::in_memory().unwrap();
    sync(&catalog, &company());
    let search = Search::in_memory(catalog).unwrap();
    finds(&search, "ledger", &["ledger", "ledger-export", "core-ledger", "refunds"]);
    for (words, expected) in [
        ("led", vec!["ledger", "ledger-export", "core-ledger", "refunds"]),
        ("LEDGER export", vec!["ledger-export"]),
        ("payments api", vec!["payments-api"]),
        ("pay", vec!["payments-api", "refunds"]),
        ("pci", vec!["payments-api"]),
        ("books merchant", vec!["ledger"]),
        ("cafe", vec!["kaffee"]),
        ("café", vec!["kaffee"]),
        ("pci ledger", vec![]),
        ("", vec![]),
        ("- / *", vec![]),
    ] {
        assert_eq!(find(&search, words), expected, "{words}");
    }
    let services = find(&search, "component service");
    assert_eq!(services.len(), 6);
}

#[test]
fn a_slip_of_the_finger_is_forgiven() {
    let catalog = Catalog::in_memory().unwrap();
    sync(&catalog, &company());
    let search = Search::in_memory(catalog).unwrap();
    finds(&search, "paymetns", &["payments-api"]);
    for (words, expected) in [
        ("paymnts-api", vec!["payments-api"]),
        ("ladger", vec!["ledger", "core-ledger", "ledger-export"]),
        ("refnds", vec!["refunds"]),
        ("pia", vec![]),
    ] {
        assert_eq!(find(&search, words), expected, "{words}");
    }
}

#[test]
fn what_changes_is_found_otherwise_and_what_goes_is_not_found() {
    let catalog = Catalog::in_memory().unwrap();
    let search = Search::in_memory(catalog.clone()).unwrap();
    sync(&catalog, &company());
    finds(&search, "refunds", &["refunds"]);
    sync(&catalog, &[component("refunds", json!({ "title": "Chargebacks" }))]);
    finds(&search, "chargebacks", &["refunds"]);
    finds(&search, "ledger", &[]);
}

#[test]
fn what_documents_an_entity_and_what_sources_attach_is_found() {
    let catalog = Catalog::in_memory().unwrap();
    let search = Search::in_memory(catalog.clone()).unwrap();
    let mut api = component("refunds-api", json!({ "links": [{ "url": "https://x.test", "title": "Runbook" }] }));
    api["kind"] = json!("API");
    api["spec"]["definition"] = json!("paths: { /chargebacks: { get: {} } }");
    sync(&catalog, &[api, component("ledger", json!({}))]);
    let api = "api:default/refunds-api";
    finds(&search, "chargebacks", &[api]);
    assert_eq!(find(&search, "runbook"), [api]);

    let mut session = catalog.session("ci", "all", Mode::Full).unwrap();
    let ledger = EntityRef::new("component", "default", "ledger").unwrap();
    session.attach(ledger, &json!({ "branch": "hotfix", "failing": ["integration"] }).to_string()).unwrap();
    session.commit(None).unwrap();
    finds(&search, "hotfix integration", &["ledger"]);
    catalog.retain("ci", &[], "").unwrap();
    finds(&search, "hotfix", &[]);
}

#[test]
fn an_index_goes_on_where_it_was_and_gives_way_where_it_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| Catalog::open(&folder.path().join(name), std::sync::Arc::new(NoExpressions)).unwrap();
    let catalog = open("one.redb");
    sync(&catalog, &company());
    let search = Search::open(catalog.clone(), folder.path()).unwrap();
    finds(&search, "refunds", &["refunds"]);
    drop(search);

    // While nobody followed, something changed.
    sync(&catalog, &[component("mail", json!({}))]);
    let search = Search::open(catalog.clone(), folder.path()).unwrap();
    finds(&search, "mail", &["mail"]);
    finds(&search, "refunds", &[]);
    drop(search);

    // Another catalog, whose changes have the same numbers.
    let other = open("two.redb");
    sync(&other, &[component("telex", json!({}))]);
    let search = Search::open(other.clone(), folder.path()).unwrap();
    finds(&search, "telex", &["telex"]);
    finds(&search, "mail", &[]);
    drop(search);

    // Its files are spoilt.
    for entry in std::fs::read_dir(folder.path().join("search/2")).unwrap().flatten() {
        std::fs::write(entry.path(), b"nothing").unwrap();
    }
    let search = Search::open(other.clone(), folder.path()).unwrap();
    finds(&search, "telex", &["telex"]);
}

#[test]
fn changes_that_are_no_longer_kept_are_no_loss() {
    let catalog = Catalog::in_memory().unwrap();
    sync(&catalog, &company());
    let long_from_now = portico_api_types::Timestamp::MAX;
    catalog.forget_changes(long_from_now, 1_000).unwrap();
    let search = Search::in_memory(catalog.clone()).unwrap();
    sync(&catalog, &[component("mail", json!({})), component("refunds", json!({}))]);
    finds(&search, "mail", &["mail"]);
    finds(&search, "refunds", &["refunds"]);
}

#[test]
fn many_changes_leave_few_segments() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::in_memory().unwrap();
    let search = Search::open(catalog.clone(), folder.path()).unwrap();
    for scope in 0..12 {
        let mut session = catalog.session("git", &format!("{scope}"), Mode::Full).unwrap();
        for number in 0..1_000 {
            let more = json!({ "description": format!("Keeps book {number} of merchant {scope}, and tells the others of it.") });
            let origin = Origin { file: "a.yaml".to_owned(), line: 1, url: None, parent: None };
            session.put(&component(&format!("svc-{scope}-{number}"), more).to_string(), origin).unwrap();
        }
        session.commit(None).unwrap();
        let last = format!("svc-{scope}-999");
        let end = Instant::now() + Duration::from_secs(20);
        while find(&search, &last).first() != Some(&last) {
            assert!(Instant::now() < end, "{last} is not found");
            std::thread::yield_now();
        }
    }
    let segments = || {
        let files = walk(folder.path());
        files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "store")).count()
    };
    let end = Instant::now() + Duration::from_secs(20);
    while segments() > 6 {
        assert!(Instant::now() < end, "{} segments", segments());
        std::thread::yield_now();
    }
}

/// The files below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
