//! Kinds of the portal's own have pages like the others.

use portico_tests::{Browser, PortalBuilder, Repository};

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
