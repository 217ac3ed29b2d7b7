//! A store of every format that there was opens in this version, with everything that was in it.
//!
//! Rule: `tests/fixtures` keeps one store for each number of `Catalog::FORMAT`, written by a version that stored so, and none is ever written
//! anew. When the number goes up, this test run with `PORTICO_UPDATE=1` adds the next one. What is asked of them here holds for all.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::support::*;
use portico_api_types::{KindOrigin, LogLevel, LogLine, ProblemCause, Run, RunState, Summary, Trigger};
use portico_catalog::{Catalog, ChangeKind, CommitError, Mode, Order, RemovalGuard};
use portico_model::LocationRef;
use serde_json::json;

fn fixture(format: u64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/store-{format}.redb.br"))
}

/// Something of everything that a store holds.
fn fill(catalog: &Catalog) {
    let kinds = [
        json!({
            "name": "Cluster", "apiVersions": ["example.com/v1"],
            "schema": { "properties": { "nodes": { "type": "integer" } } },
            "relations": [{ "field": "region", "relation": "runsIn", "inverse": "hosts", "targets": ["Region"] }],
        }),
        json!({
            "name": "Region", "apiVersions": ["example.com/v1"],
            "properties": [{ "name": "nodes", "sum": { "along": "hosts", "path": "spec.nodes" } }],
        }),
    ];
    let kinds = kinds.map(|kind| serde_json::from_value(kind).unwrap()).to_vec();
    catalog.replace_kinds(&KindOrigin::File, kinds).unwrap();
    let documents = |owner: &str| {
        let ours = |kind: &str, name: &str, spec| json!({ "apiVersion": "example.com/v1", "kind": kind, "metadata": { "name": name }, "spec": spec });
        vec![
            group("payments"),
            component("shop", owner),
            ours("Cluster", "north", json!({ "nodes": 3, "region": "eu" })),
            ours("Region", "eu", json!({})),
        ]
    };
    sync(catalog, "one", &documents("nobody"));
    sync(catalog, "one", &documents("payments"));
    sync(catalog, "two", &[component("shop", "others")]);
    let mut session = catalog.session("ci", "all", Mode::Full).unwrap();
    session.attach(reference("component:shop"), r#"{ "passed": true }"#).unwrap();
    session.report(report("late.yaml", "line 3 is no YAML."));
    session.commit(Some("cursor".to_owned())).unwrap();
    catalog.register(&LocationRef::web("https://forge.test/a.yaml").unwrap()).unwrap();
    catalog.state_set("ci", "key", b"value").unwrap();
    let at = "2026-01-02T03:04:05Z".parse().unwrap();
    let run = Run {
        id: 1,
        plugin: "ci".to_owned(),
        version: "1.0.0".to_owned(),
        trigger: Trigger::Schedule,
        state: RunState::Running,
        started_at: at,
        ended_at: None,
        progress: None,
        summary: Summary { added: 4, ..Summary::default() },
        result: None,
        peak_memory: 1,
        log_lines: 1,
        agent: None,
    };
    catalog.save_run(&run, &[LogLine { number: 0, at, level: LogLevel::Info, message: "read".to_owned() }]).unwrap();
    // What a person has to confirm.
    sync(catalog, "many", &(0..20).map(|number| component(&format!("part-{number}"), "x")).collect::<Vec<_>>());
    catalog.set_removal_guard(RemovalGuard::default());
    let held = catalog.session(PLUGIN, "many", Mode::Full).unwrap().commit(None);
    assert!(matches!(held, Err(CommitError::Held { removes: 20, holds: 20 })));
}

/// What the store must show, in every later version.
fn look(catalog: &Catalog) {
    assert_eq!(catalog.count().unwrap(), 24);
    let shop = entity(catalog, "component:shop").unwrap();
    assert_eq!((&shop["spec"]["owner"], &shop["facts"]["ci"]["passed"]), (&json!("payments"), &json!(true)));
    assert_eq!(shop["relations"], json!([{ "type": "ownedBy", "targetRef": "group:default/payments" }]));
    let by_uid = catalog.entity_by_uid(shop["metadata"]["uid"].as_str().unwrap()).unwrap().unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&by_uid).unwrap(), shop);
    let filter = ["facts.ci.passed=true,spec.owner=payments", "kind=cluster"];
    assert_eq!(names(&query(catalog, &filter, Order::Age, 9)).len(), 2);
    assert_eq!(query(catalog, &["spec.owner=nobody"], Order::Age, 9).total, 0);

    let registry = catalog.registry();
    let origins: Vec<&KindOrigin> = registry.declared().values().map(|declared| &declared.origin).collect();
    assert_eq!(origins, [&KindOrigin::File; 2]);
    assert_eq!(entity(catalog, "region:eu").unwrap()["properties"], json!({ "nodes": 3 }));

    let history = catalog.history("component:default/shop", 9).unwrap();
    let kinds: Vec<ChangeKind> = history.iter().rev().map(|change| change.kind).collect();
    assert_eq!(kinds[..3], [ChangeKind::Added, ChangeKind::Updated, ChangeKind::Facts]);
    assert!(history.iter().any(|change| change.before.as_deref().is_some_and(|before| before.contains("nobody"))));
    assert!(!catalog.story(&reference("component:shop"), None, 9).unwrap().is_empty());

    let origin = catalog.origin(&reference("component:shop")).unwrap().unwrap();
    assert_eq!((origin.claims.len(), origin.facts.len()), (2, 1));
    let problems = catalog.problems(None, None).unwrap();
    let causes: Vec<ProblemCause> = problems.iter().map(|problem| problem.cause).collect();
    assert!(causes.contains(&ProblemCause::Unreadable) && causes.contains(&ProblemCause::Conflict), "{problems:?}");
    let sources = catalog.sources().unwrap();
    let sizes: Vec<(&str, u64)> = sources.iter().map(|source| (source.scope.as_str(), source.entities)).collect();
    assert_eq!(sizes, [("all", 0), ("many", 20), ("one", 4), ("two", 1)]);
    let held = catalog.source(sources[1].id).unwrap().unwrap().held.unwrap();
    assert_eq!((held.removes, held.holds), (20, 20));

    assert_eq!(catalog.locations().unwrap()[0].target, "https://forge.test/a.yaml");
    assert_eq!(catalog.state_get("ci", "key").unwrap().as_deref(), Some(&b"value"[..]));
    assert_eq!(catalog.runs(Some("ci"), None, 9).unwrap()[0].summary.added, 4);
    assert_eq!(catalog.run_log(1).unwrap().unwrap()[0].message, "read");
}

#[test]
fn a_store_of_every_format_opens_with_everything_in_it_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let newest = fixture(Catalog::FORMAT);
    if std::env::var_os("PORTICO_UPDATE").is_some() && !newest.exists() {
        let file = folder.path().join("new.redb");
        fill(&crate::support::open(&file).unwrap());
        let mut packed = brotli::CompressorWriter::new(Vec::new(), 4096, 11, 22);
        packed.write_all(&fs::read(&file).unwrap()).unwrap();
        fs::create_dir_all(newest.parent().unwrap()).unwrap();
        fs::write(&newest, packed.into_inner()).unwrap();
    }
    for format in 1..=Catalog::FORMAT {
        let packed = fs::read(fixture(format)).unwrap_or_else(|_| {
            panic!(
                "there is no store of the format {format}; run this test with PORTICO_UPDATE=1 and keep what it writes"
            )
        });
        let (mut bytes, file) = (Vec::new(), folder.path().join(format!("{format}.redb")));
        brotli::Decompressor::new(packed.as_slice(), 4096).read_to_end(&mut bytes).unwrap();
        fs::write(&file, bytes).unwrap();
        let catalog = crate::support::open(&file).unwrap();
        look(&catalog);
        // Everything that follows from what was said comes out as it was.
        drop(catalog);
        assert!(!crate::support::check(&file).unwrap().repaired);
        let catalog = crate::support::open(&file).unwrap();
        look(&catalog);
        sync(&catalog, "one", &[component("shop", "payments")]);
        assert_eq!(catalog.count().unwrap(), 21);
    }
}
