//! The portal's figures on generated catalogs, each beside a bound in the same run: `cargo xtask bench`, or
//! `cargo xtask bench 100000` for a catalog of another size. `cargo xtask bench catalog` takes three sizes.
//!
//! The portal is the real program with the real Git plugin; the bound is a bare axum route in a process of its own that
//! returns the same bytes. Both are asked by the same client over loopback. Machines differ and are noisy: the ratios
//! are what counts. The table is printed as Markdown as it grows; the file that `--json` names gets it with the machine and the
//! commit.

mod company;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use company::{REPOSITORIES, repository};
use portico_tests::load::{Load, measure};
use portico_tests::{Bare, Portal, PortalBuilder, Repository, Table, until};
use serde_json::{Value, json};

/// How long a page is asked for.
const ROUND: Duration = Duration::from_secs(3);

/// How often a route and the bare one take turns: what else the machine does in a moment then falls on both.
const TURNS: usize = 15;

/// How long a turn of one of them is.
const TURN: Duration = Duration::from_millis(300);

/// How long each route is asked while a sync runs, which has to last as long.
const SHORT_ROUND: Duration = Duration::from_millis(500);

/// Changes of one entity that are timed.
const CHANGES: usize = 9;

/// How long a change may take to show.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is asked one after the other over one connection.
const READS: [(&str, &str); 3] = [
    (
        "filtered, sorted page of 20",
        "/api/catalog/entities/by-query?limit=20&orderField=metadata.name,asc&filter=kind=component,spec.type=service",
    ),
    ("facets of two fields", "/api/catalog/entity-facets?facet=spec.type&facet=spec.lifecycle&filter=kind=component"),
    ("search", "/api/portico/search?q=component+77"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1);
    if let Some(bytes) = after("--bare") {
        portico_tests::bare(Path::new(bytes));
        return;
    }
    let asked: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = match asked.as_slice() {
        [] if arguments.iter().any(|argument| argument == "catalog") => vec![1_000, 10_000, 100_000],
        [] => vec![1_000, 10_000],
        asked => asked.to_vec(),
    };
    let mut table = Table::begin("entities");
    for count in sizes {
        catalog(&mut table, count);
    }
    if let Some(file) = after("--json") {
        table.write(Path::new(file));
    }
}

fn catalog(table: &mut Table, count: usize) {
    let made: Vec<(Repository, u64)> = (0..REPOSITORIES).map(|number| repository(number, count)).collect();
    let json: u64 = made.iter().map(|(_, bytes)| bytes).sum();
    let repositories: Vec<Repository> = made.into_iter().map(|(repository, _)| repository).collect();
    let portal = PortalBuilder::reading(&repositories.iter().collect::<Vec<_>>()).start();
    for figure in ["first sync, to visible", "sync without change"] {
        let cpu = processor_time(&portal);
        let run = portal.run("git");
        assert_eq!(run["state"], "succeeded", "{run}");
        let cpu = processor_time(&portal) - cpu;
        table.row(count, figure, seconds(&run), "s", &format!("{cpu:.2} s of processor"));
    }
    let found = portal.json("/api/catalog/entities/by-query?limit=0&filter=kind=component");
    assert_eq!(found["totalItems"], company::components(count), "every component is in the catalog");
    let begun = Instant::now();
    let last = format!("service-{}", count - 100 + 79);
    until("the last component is searchable", || {
        let found = portal.json(&format!("/api/portico/search?q={last}"));
        (found["items"][0]["entityRef"] == format!("component:default/{last}")).then_some(())
    });
    table.row(count, "searchable after that", begun.elapsed().as_secs_f64(), "s", "");
    table.row(count, "resident memory", resident(&portal) as f64 / 1e6, "MB", "");
    let file = fs::metadata(portal.folder().join("data/catalog.redb")).map_or(0, |about| about.len());
    table.row(count, "file", file as f64 / json as f64, "times the JSON", &format!("{} MB of JSON", json / 1_000_000));
    one_changed(table, count, &portal, &repositories[0]);
    let by_name = "/api/catalog/entities/by-name/component/default/service-77";
    compare(table, count, &portal, "by name", by_name, 16);
    for (figure, path) in READS {
        compare(table, count, &portal, figure, path, 1);
    }
    for (figure, path) in [
        (
            "text filter, page of 20",
            "/api/catalog/entities/by-query?limit=20&orderField=metadata.name,asc&fullTextFilterTerm=ice-7&fullTextFilterFields=metadata.name,metadata.title",
        ),
        (
            "query along a relation",
            "/api/catalog/entities/by-query?limit=20&orderField=metadata.name,asc&q=type:service%20dependsOn.tag:java",
        ),
    ] {
        compare(table, count, &portal, figure, path, 1);
    }
    let page = measure(address(&portal), "/catalog?kind=component", 1, ROUND);
    table.row(count, "catalog page, complete", milliseconds(page.median), "ms", &format!("{} bytes", page.bytes));
    let begun = Instant::now();
    let portal = portal.restart();
    table.row(count, "start with a full store, to answering", begun.elapsed().as_secs_f64(), "s", "");
    while_syncing(table, count, &portal, &repositories);
}

/// One entity changes in its repository, and somebody asks for it to be read again; timed is from then until its page shows the change.
fn one_changed(table: &mut Table, count: usize, portal: &Portal, repository: &Repository) {
    let first = company::file(0);
    let file = repository.path().join(&first);
    let mut times = Vec::new();
    for turn in 0..CHANGES {
        let text = company::changed(&fs::read_to_string(&file).expect("the repository"), turn);
        repository.commit(&[(first.as_str(), text.as_str())]);
        let begun = Instant::now();
        let asked = portal.post("/api/catalog/refresh", &json!({ "entityRef": "component:default/service-0" }));
        assert_eq!(asked.status, 200, "{}", asked.body);
        loop {
            let shown = portal.json("/api/catalog/entities/by-name/component/default/service-0");
            if shown["metadata"]["description"].as_str().is_some_and(|text| text.starts_with(&company::marked(turn))) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "the change does not show: {shown}");
        }
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let beside = format!("in a repository of {} entities", count / REPOSITORIES);
    table.row(count, "one entity changed, to visible", times[CHANGES / 2], "ms", &beside);
}

/// The reads once more, while every entity of the full catalog changes.
fn while_syncing(table: &mut Table, count: usize, portal: &Portal, repositories: &[Repository]) {
    // A smaller catalog is in before it could be asked.
    if count < 10_000 {
        return;
    }
    for repository in repositories {
        let files: Vec<(String, String)> = company::files(count)
            .map(|file| {
                let text = fs::read_to_string(repository.path().join(&file)).expect("the repository");
                (file, company::changed_all(&text))
            })
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        repository.commit(&files);
    }
    let started = portal.post("/api/portico/plugins/git/runs", &Value::Null);
    assert_eq!(started.status, 202, "{}", started.body);
    for (figure, path) in READS {
        let load = measure(address(portal), path, 1, SHORT_ROUND);
        let runs = portal.json("/api/portico/runs?limit=1");
        let beside = if runs["items"][0]["state"] == "running" { "" } else { "the sync had ended before" };
        table.row(count, &format!("{figure}, while a sync runs"), milliseconds(load.median), "ms", beside);
    }
}

/// The route and a bare one with the same bytes by turns: of them the middle one, and between which the others lie.
fn compare(table: &mut Table, count: usize, portal: &Portal, figure: &str, path: &str, connections: usize) {
    let answer = portal.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let bare = Bare::start(answer.body.as_bytes());
    let turn = |_| (measure(address(portal), path, connections, TURN), measure(bare.address(), "/", connections, TURN));
    let mut turns: Vec<(Load, Load)> = (0..TURNS).map(turn).collect();
    let share = |(ours, theirs): &(Load, Load)| 100.0 * ours.rate / theirs.rate;
    turns.sort_by(|one, other| share(one).total_cmp(&share(other)));
    let (least, most) = (share(&turns[0]), share(&turns[TURNS - 1]));
    let middle = &turns[TURNS / 2];
    let (ours, theirs) = middle;
    let beside = format!("bare route {}: {:.0} % ({least:.0} to {most:.0})", describe(theirs), share(middle));
    let figure = format!("{figure}, {connections} connections");
    if connections > 1 {
        table.row(count, &figure, ours.rate, "a second", &beside);
    } else {
        table.row(count, &figure, milliseconds(ours.median), "ms", &beside);
    }
}

fn describe(load: &Load) -> String {
    format!("{} in the median, {:.0}/s", time(load.median), load.rate)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
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
