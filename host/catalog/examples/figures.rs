//! Prints how long the store takes for a generated company: `cargo run --release -p portico-catalog --example figures -- 10000`.
//! A first look while working on the store; `cargo xtask bench` measures the whole portal.

use std::time::{Duration, Instant};

use portico_catalog::{Catalog, Direction, Mode, Order, Origin, Query};
use portico_model::{EntityRef, Filter};
use serde_json::json;

fn main() {
    let count: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("catalog.redb");
    let catalog = Catalog::open(&file, std::sync::Arc::new(portico_catalog::NoExpressions)).expect("a new catalog");
    let documents: Vec<String> = (0..count).map(document).collect();
    let bytes: usize = documents.iter().map(String::len).sum();
    println!("{count} entities, {} bytes each", bytes / count);
    for name in ["first sync", "sync without change"] {
        let start = Instant::now();
        let mut put = Duration::ZERO;
        for (repository, documents) in documents.chunks(count.div_ceil(20)).enumerate() {
            let mut session =
                catalog.session("git", &format!("repository-{repository}"), Mode::Full).expect("a session");
            let begin = Instant::now();
            for (line, document) in documents.iter().enumerate() {
                let origin =
                    Origin { file: "catalog-info.yaml".to_owned(), line: line as u32, url: None, parent: None };
                session.put(document, origin).expect("a good document");
            }
            put += begin.elapsed();
            session.commit(None).expect("a commit");
        }
        println!("{name}: {:?}, of which putting {put:?}", start.elapsed());
    }
    println!("file: {} kB, {:.1} times the JSON", size(&file) / 1000, size(&file) as f64 / bytes as f64);
    let filter = Filter::from_query(&["kind=component,spec.type=service"]).expect("a filter");
    let order =
        Order::Field { field: "metadata.name".to_owned(), direction: Direction::Ascending, keep_valueless: false };
    let page = Query { filter: filter.clone(), text: None, order, from: None, backwards: false, offset: 0, limit: 20 };
    median("filtered, sorted page of 20", || drop(catalog.query(&page).expect("a page")));
    let fields = ["spec.type".to_owned(), "spec.lifecycle".to_owned()];
    median("facets of two fields", || drop(catalog.facets(&fields, &filter, None).expect("facets")));
    let name = EntityRef::parse("component:service-77").expect("a reference");
    median("by name", || drop(catalog.entity(&name).expect("an entity")));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or(""));
}

fn size(file: &std::path::Path) -> u64 {
    std::fs::metadata(file).map_or(0, |metadata| metadata.len())
}

fn median(name: &str, mut call: impl FnMut()) {
    let mut times: Vec<Duration> = (0..501)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("{name}: {:?} in the median, {:?} at the 99th percentile", times[250], times[495]);
}

fn document(number: usize) -> String {
    let text = "Takes part in the settlement of payments between merchants and banks, and answers to its neighbours over gRPC. ".repeat(3);
    json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
        "metadata": {
            "name": format!("service-{number}"), "title": format!("Service {number}"), "description": text,
            "annotations": {
                "backstage.io/managed-by-location": format!("url:https://git.example/acme/repository-{}/blob/main/catalog-info.yaml", number / 500),
                "github.com/project-slug": format!("acme/service-{number}"),
            },
            "labels": { "tier": (number % 3).to_string() },
            "tags": [(["java", "rust", "go"][number % 3]), format!("domain-{}", number % 40)],
            "links": [{ "url": format!("https://dash.example/{number}"), "title": "Dashboard" }],
        },
        "spec": {
            "type": (["service", "library", "website"][number % 3]), "lifecycle": (["production", "experimental"][number % 2]),
            "owner": format!("team-{}", number % 50), "system": format!("system-{}", number % 100),
            "dependsOn": [format!("component:service-{}", number / 2)],
        },
    })
    .to_string()
}
