//! Kinds of the portal's own, and of plugins, have pages like the others.

use std::fs;
use std::path::Path;

use portico_tests::{Browser, PortalBuilder, Repository, Web, plugin_command, until};

use crate::company::Visit;

const CLUSTER: &str = "\
name: Cluster
title: Kubernetes cluster
titlePlural: Kubernetes clusters
icon: cpu
description: Where workloads run.
apiVersions: [acme.example/v1]
relations:
  - { field: region, relation: runsIn, inverse: hosts, title: Runs in, inverseTitle: Hosts, targets: [Region] }
columns:
  - { title: Nodes, path: spec.nodes }
  - { title: Region, path: relations.runsIn }
";

const REGION: &str = "\
name: Region
apiVersions: [acme.example/v1]
properties:
  - { name: nodes, title: Nodes in all, sum: { along: hosts, path: spec.nodes } }
";

const DESCRIPTORS: &str = "\
apiVersion: acme.example/v1
kind: Region
metadata: { name: eu, title: Europe }
spec: {}
---
apiVersion: acme.example/v1
kind: Cluster
metadata: { name: blue }
spec: { nodes: 9, region: eu }
---
apiVersion: acme.example/v1
kind: Cluster
metadata: { name: green }
spec: { nodes: 90, region: eu }
";

async fn visit(script: bool) -> Visit {
    let repository = Repository::with(&[("catalog-info.yaml", DESCRIPTORS)]);
    let portal = PortalBuilder::reading(&[&repository])
        .configured("kinds: [kinds]\n")
        .file("kinds/cluster.yaml", CLUSTER)
        .file("kinds/region.yaml", REGION)
        .start();
    portal.run("git");
    Visit { repository, portal, browser: Browser::start(script).await }
}

#[tokio::test]
async fn a_declared_kind_has_a_list_with_its_own_columns() {
    let visit = visit(true).await;
    visit.open_alive("/catalog?kind=cluster").await;
    visit.shows("h1", "Kubernetes clusters").await;
    visit.shows("main .lead", "Where workloads run.").await;
    visit.shows(".kind-list a[aria-current]", "Kubernetes clusters").await;
    visit.shows("main h2", "2 Kubernetes clusters").await;
    visit.shows("main tbody tr", "Europe").await;
    visit.browser.click("th a[href*='sort=spec.nodes']").await;
    visit.shows("th[aria-sort=ascending]", "Nodes").await;
    visit.browser.click("th a[href*='sort=-spec.nodes']").await;
    visit.shows("main tbody tr:first-child", "green").await;
    visit.browser.follow("Europe").await;
    visit.shows("h1", "Europe").await;
    visit.shows("main dt", "Nodes in all").await;
    visit.shows("main dd", "99").await;
    visit.shows("main dt", "Hosts").await;
    assert_eq!(visit.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn a_declared_kind_is_complete_without_script() {
    let visit = visit(false).await;
    visit.open("/catalog/default/cluster/blue").await;
    visit.shows("main .tag", "Kubernetes cluster").await;
    visit.shows("main dt", "Runs in").await;
}

#[tokio::test]
async fn a_kind_is_listed_before_there_are_entities_of_it_and_one_that_nothing_declares_is_none() {
    let portal = PortalBuilder::new("kinds: [kinds]\n")
        .file("kinds/region.yaml", REGION)
        .file("kinds/cluster.yaml", CLUSTER)
        .start();
    let listed = portal.get("/catalog?kind=all").body;
    assert!(listed.contains("href=\"/catalog?kind=region\""), "{listed}");
    assert!(portal.get("/catalog?kind=region").body.contains("No Regions yet"));
    let page = portal.get("/catalog?kind=nosuch");
    assert_eq!(page.status, 404);
    assert!(page.body.contains("There is no kind") && !page.body.contains("No nosuch yet"), "{}", page.body);
}

#[tokio::test]
async fn a_plugins_kind_comes_with_it_and_goes_with_it_wherever_kinds_are_shown() {
    let web = Web::with(&[("/radar.json", include_str!("../../../examples/plugins/radar-rust/radar.json"))]);
    let grants = web.grants().replacen("write: ['*']", "read: [Component, Technology]", 1);
    let config = format!("settings: {{ url: \"{}\" }}\ngrants: {grants}\n", web.url("/radar.json"));
    let (repository, portal) =
        (Repository::with(&[("README.md", "# Nothing\n")]), PortalBuilder::new("trust: { unsigned: true }\n").start());
    let visit = Visit { repository, portal, browser: Browser::start(true).await };
    let is_there = |visit: &Visit| {
        let kinds = visit.portal.json("/api/portico/kinds");
        kinds["items"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind["name"] == "Technology"))
    };
    visit.open("/").await;
    assert!(!visit.browser.has("#nav a[href*='kind=technology']").await && !is_there(&visit));

    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contract-0.1/radar-rust.wasm");
    fs::write(visit.portal.folder().join("radar.yaml"), config).expect("a file");
    let command = |arguments: &[&str]| {
        let (done, said) =
            plugin_command(visit.portal.folder(), &[arguments, &["--at", visit.portal.address()]].concat());
        assert!(done, "{said}");
    };
    command(&["install", &package.display().to_string(), "--config", "radar.yaml", "--approve"]);
    until("its entities are there", || {
        (visit.portal.get("/api/catalog/entities/by-name/technology/default/kafka").status == 200).then_some(())
    });
    visit.open_alive("/").await;
    visit.shows("#nav a[href*='kind=technology']", "Technologies").await;
    visit.browser.click("#nav a[href*='kind=technology']").await;
    visit.shows("h1", "Technologies").await;
    visit.shows("#nav a[href*='kind=technology'][aria-current]", "Technologies").await;
    visit.shows(".kind-list a[aria-current]", "Technologies").await;
    visit.shows("main tbody", "Kafka").await;
    visit.browser.write("body", "\u{e009}k").await;
    visit.browser.write("dialog.palette input", "kafka").await;
    visit.shows("#palette-list", "Kafka").await;
    visit.open("/catalog/default/technology/kafka").await;
    visit.shows("h1", "Kafka").await;

    command(&["remove", "radar"]);
    until("the kind is gone", || (!is_there(&visit)).then_some(()));
    visit.open("/catalog").await;
    assert!(!visit.browser.has("#nav a[href*='kind=technology']").await);
    assert!(!visit.browser.has(".kind-list a[href*='kind=technology']").await);
    let found = visit.portal.json("/api/portico/search?q=kafka");
    assert_eq!(found["items"].as_array().map(Vec::len), Some(0), "{found}");
}
