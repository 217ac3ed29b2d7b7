//! The portal's figures on generated catalogs, each beside a bound in the same run: `cargo xtask bench`, or
//! `cargo xtask bench 100000` for a catalog of another size.
//!
//! The portal is the real program with the real Git plugin; the bound is a bare axum route in a process of its own that
//! returns the same bytes. Both are asked by the same client over loopback. Machines differ and are noisy: the ratios
//! are what counts.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use portico_tests::load::{Load, measure};
use portico_tests::{Bare, Portal, PortalBuilder, Repository, until};
use serde_json::{Value, json};

/// Repositories that the entities are spread over.
const REPOSITORIES: usize = 20;

/// How long each route is asked.
const ROUND: Duration = Duration::from_secs(3);

fn main() {
    if let Some(bytes) = std::env::args().skip_while(|argument| argument != "--bare").nth(1) {
        portico_tests::bare(Path::new(&bytes));
        return;
    }
    println!("| entities | figure | value | beside |\n|---|---|---|---|");
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    for count in if asked.is_empty() { vec![1_000, 10_000] } else { asked } {
        catalog(count);
    }
}

fn row(count: usize, figure: &str, value: &str, beside: &str) {
    println!("| {count} | {figure} | {value} | {beside} |");
}

fn catalog(count: usize) {
    let repositories: Vec<Repository> = (0..REPOSITORIES).map(|number| repository(number, count)).collect();
    let portal = PortalBuilder::reading(&repositories.iter().collect::<Vec<_>>()).start();
    for figure in ["first sync, to visible", "sync without change"] {
        let cpu = processor_time(&portal);
        let run = portal.run("git");
        assert_eq!(run["state"], "succeeded", "{run}");
        let cpu = processor_time(&portal) - cpu;
        row(count, figure, &format!("{:.2} s", seconds(&run)), &format!("{cpu:.2} s of processor"));
    }
    let found = portal.json("/api/catalog/entities/by-query?limit=0&filter=kind=component");
    assert_eq!(found["totalItems"], count, "every entity is in the catalog");
    row(count, "resident memory", &format!("{} MB", resident(&portal) / 1_000_000), "");
    for (figure, path, connections) in [
        ("by name", "/api/catalog/entities/by-name/component/default/service-77", 16),
        (
            "filtered, sorted page of 20",
            "/api/catalog/entities/by-query?limit=20&orderField=metadata.name,asc&filter=kind=component,spec.type=service",
            1,
        ),
        (
            "facets of two fields",
            "/api/catalog/entity-facets?facet=spec.type&facet=spec.lifecycle&filter=kind=component",
            1,
        ),
        (
            "text filter, page of 20",
            "/api/catalog/entities/by-query?limit=20&orderField=metadata.name,asc&fullTextFilterTerm=ice-7&fullTextFilterFields=metadata.name,metadata.title",
            1,
        ),
        ("search", "/api/portico/search?q=service+77", 1),
        (
            "query along a relation",
            "/api/catalog/entities/by-query?limit=20&orderField=metadata.name,asc&q=type:service%20dependsOn.tag:java",
            1,
        ),
    ] {
        compare(count, &portal, figure, path, connections);
    }
    let page = measure(address(&portal), "/catalog?kind=component", 1, ROUND);
    row(count, "catalog page, complete", &format!("{} in the median, {} bytes", time(page.median), page.bytes), "");
}

/// The route, and a bare one with the same bytes.
fn compare(count: usize, portal: &Portal, figure: &str, path: &str, connections: usize) {
    let answer = portal.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let bare = Bare::start(answer.body.as_bytes());
    let (ours, theirs) =
        (measure(address(portal), path, connections, ROUND), measure(bare.address(), "/", connections, ROUND));
    let figure = format!("{figure}, {connections} connections");
    row(
        count,
        &figure,
        &describe(&ours),
        &format!("bare route {}: {:.0} %", describe(&theirs), 100.0 * ours.rate / theirs.rate),
    );
}

fn describe(load: &Load) -> String {
    format!("{} in the median, {} at the 99th percentile, {:.0}/s", time(load.median), time(load.p99), load.rate)
}

fn time(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1000.0)
}

fn address(portal: &Portal) -> SocketAddr {
    portal.address().trim_start_matches("http://").parse().expect("an address")
}

fn seconds(run: &Value) -> f64 {
    let at = |key: &str| run[key].as_str().and_then(|time| time.parse::<jiff::Timestamp>().ok()).expect("a time");
    at("endedAt").duration_since(at("startedAt")).as_secs_f64()
}

/// Seconds of processor that the portal has used.
fn processor_time(portal: &Portal) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", portal.process())).expect("the portal runs");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    // User and system time, in the kernel's hundredths.
    (ticks(11) + ticks(12)) / 100.0
}

/// Bytes of memory that the portal holds.
fn resident(portal: &Portal) -> u64 {
    let status = until("the portal's memory can be read", || {
        fs::read_to_string(format!("/proc/{}/status", portal.process())).ok()
    });
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) * 1024
}

fn repository(number: usize, count: usize) -> Repository {
    let each = count / REPOSITORIES;
    let documents: Vec<String> =
        (number * each..(number + 1) * each).map(|number| component(number).to_string()).collect();
    Repository::with(&[("catalog-info.yaml", &documents.join("\n---\n"))])
}

/// About a kilobyte, like a company's.
fn component(number: usize) -> Value {
    let text = "Takes part in the settlement of payments between merchants and banks, and answers to its neighbours over gRPC. ".repeat(3);
    let of = |values: &[&str]| values[number % values.len()].to_owned();
    json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
        "metadata": {
            "name": format!("service-{number}"), "title": format!("Service {number}"), "description": text.trim_end(),
            "annotations": { "github.com/project-slug": format!("acme/service-{number}") },
            "labels": { "tier": (number % 3).to_string() },
            "tags": [of(&["java", "rust", "go"]), format!("domain-{}", number % 40)],
            "links": [{ "url": format!("https://dash.example/{number}"), "title": "Dashboard" }],
        },
        "spec": {
            "type": of(&["service", "library", "website"]), "lifecycle": of(&["production", "experimental"]),
            "owner": format!("team-{}", number % 50), "system": format!("system-{}", number % 100),
            "dependsOn": [format!("component:service-{}", number / 2)],
        },
    })
}
