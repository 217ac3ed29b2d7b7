//! What cards show.

use portico_sdk::cards::Block;
use portico_sdk::entity::Entity;
use portico_sdk::model::{Filter, rows};
use portico_sdk::testing::Portal;
use serde_json::json;

use super::*;
use crate::testing::component;

fn orders() -> EntityRef {
    EntityRef::parse("component:orders").expect("a name")
}

fn workload(cluster: &str, name: &str, ready: u32, failing: &Value) -> Entity {
    let health = match (failing.as_array().is_some_and(|failing| !failing.is_empty()), ready) {
        (true, _) => "failing",
        (false, 3) => "healthy",
        (false, _) => "degraded",
    };
    Entity::new("kubernetes.portico.dev/v1", "Workload", format!("shop.deployment.{name}"))
        .namespace(cluster)
        .spec("cluster", cluster)
        .spec("namespace", "shop")
        .spec("type", "Deployment")
        .spec("workload", name)
        .spec("health", health)
        .spec("entities", vec!["component:default/orders"])
        .spec("replicas", json!({ "wanted": 3, "ready": ready }))
        .spec("restarts", 17)
        .spec("versions", vec!["1.4.2"])
        .spec("lastRolloutAt", "2026-01-01T12:00:00Z")
        .spec("failing", failing.clone())
}

fn portal(actions: bool) -> Portal {
    let mut entity = json!(component("orders"));
    entity["facts"]["kubernetes"] = json!({
        "workloads": 2, "replicas": { "wanted": 6, "ready": 4, "available": 4 },
        "failing": { "pods": 1, "workloads": 1, "reasons": ["CrashLoopBackOff"] }, "restarts": 17,
        "clusters": { "prod": { "workloads": 2, "replicas": { "wanted": 6, "ready": 4 }, "images": ["orders:1.4.2"] } },
    });
    let clusters = json!([{ "name": "prod", "server": "https://prod.test" }]);
    Portal::new().settings(json!({ "clusters": clusters, "actions": actions })).entity(entity)
}

fn drawn(portal: &Portal, id: &str, context: &Context) -> Card {
    portal.run(|| Runtime::render(id, context)).expect("drawn")
}

fn crashing() -> Value {
    json!([{ "pod": "orders-6c9d-1", "reason": "CrashLoopBackOff", "message": "back-off", "restarts": 17 }])
}

#[test]
fn a_component_shows_its_workloads_by_cluster_and_why_pods_fail() {
    let portal = portal(false)
        .entity(workload("staging", "orders", 3, &json!([])))
        .entity(workload("prod", "healthy", 3, &json!([])))
        .entity(workload("prod", "orders", 1, &crashing()));
    let card = drawn(&portal, "workloads", &Context::of(orders()));
    assert_eq!(card.status, Some(Status::bad("1 failing")));
    let [
        Block::Stats(_),
        Block::Heading(first),
        Block::Table(prod),
        Block::Standings(failing),
        Block::Heading(second),
        Block::Table(_),
    ] = &card.blocks[..]
    else {
        panic!("{card:?}")
    };
    assert_eq!((first.as_str(), second.as_str()), ("prod · shop", "staging · shop"));
    assert_eq!(prod.rows.len(), 2);
    assert_eq!(prod.rows[0][1], Cell::Status(Status::bad("1 of 3 ready")), "what fails is first: {prod:?}");
    assert_eq!((failing[0].name.as_str(), &failing[0].status), ("orders-6c9d-1", &Status::bad("CrashLoopBackOff")));
    assert_eq!(failing[0].detail.as_deref(), Some("17 restarts; back-off"));
    assert_eq!(card.refresh_seconds, Some(REFRESH));
}

#[test]
fn tables_are_narrow_and_say_the_namespace_of_each_only_where_there_are_several() {
    let elsewhere = workload("prod", "report", 3, &json!([])).spec("namespace", "books");
    let long =
        workload("staging", "orders", 3, &json!([])).spec("versions", vec!["main-2026-11-27-4f3a9c1d", "1.0", "2.0"]);
    let portal = portal(false).entity(workload("prod", "orders", 3, &json!([]))).entity(elsewhere).entity(long);
    let card = drawn(&portal, "workloads", &Context::of(orders()));
    let headings: Vec<&str> = card
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Heading(heading) => Some(heading.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(headings, ["prod", "staging · shop"]);
    let tables: Vec<&Table> = card
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
        .collect();
    assert!(tables.iter().all(|table| table.columns.len() <= 5), "{tables:?}");
    assert_eq!(tables[0].rows.iter().map(|row| row[4].clone()).collect::<Vec<_>>(), ["books", "shop"].map(Cell::from));
    assert_eq!(tables[1].rows[0][2], Cell::from("main-2026-11-27-4f3a… +2"));
}

#[test]
fn the_card_is_offered_where_something_runs() {
    let manifest = include_str!("../../manifest.yaml");
    let card = manifest.split("- id: workloads").nth(1).expect("the card");
    let filter = card.split("filter: \"").nth(1).and_then(|rest| rest.split('"').next()).expect("its filter");
    let filter = Filter::from_query(&[filter]).expect("a filter");
    let entity = |kind: &str, facts: Value| json!({ "kind": kind, "metadata": { "name": "a" }, "facts": facts });
    let runs = || json!({ "kubernetes": { "workloads": 2 } });
    for (kind, facts, is_offered) in [
        ("Component", runs(), true),
        ("Resource", runs(), true),
        ("System", runs(), true),
        ("Component", json!({}), false),
        ("System", json!({ "pagerduty": {} }), false),
        ("API", runs(), false),
    ] {
        assert_eq!(filter.matches(&rows(&entity(kind, facts.clone()))), is_offered, "{kind} {facts}");
    }
}

#[test]
fn without_entities_of_workloads_clusters_are_shown() {
    let card = drawn(&portal(true), "workloads", &Context::of(orders()));
    assert!(matches!(&card.blocks[1], Block::Table(table) if table.rows.len() == 1), "{card:?}");
    assert!(!card.blocks.iter().any(|block| matches!(block, Block::Buttons(_))), "there is nothing to choose");
}

#[test]
fn a_component_without_workloads_says_how_it_gets_some() {
    let portal = Portal::new().entity(component("orders"));
    let card = drawn(&portal, "workloads", &Context::of(orders()));
    let [Block::Empty(empty)] = &card.blocks[..] else { panic!("{card:?}") };
    assert!(empty.message.contains("backstage.io/kubernetes-id"), "{empty:?}");
}

#[test]
fn buttons_are_there_only_if_they_are_wanted() {
    let buttons = |actions: bool| {
        let portal = portal(actions).entity(workload("prod", "orders", 3, &json!([])));
        let card = drawn(&portal, "workloads", &Context::of(orders()));
        card.blocks.iter().any(|block| matches!(block, Block::Buttons(_)))
    };
    assert!(!buttons(false));
    assert!(buttons(true));
}

#[test]
fn a_workload_shows_how_it_is() {
    let portal = portal(false).entity(workload("prod", "orders", 2, &json!([])));
    let entity = EntityRef::new("workload", "prod", "shop.deployment.orders").expect("a name");
    let card = drawn(&portal, "workload", &Context::of(entity));
    assert_eq!(card.status, Some(Status::warning("2 of 3 ready")));
    let gone = EntityRef::new("workload", "prod", "gone").expect("a name");
    assert!(matches!(drawn(&portal, "workload", &Context::of(gone)).blocks[..], [Block::Empty(_)]));
}

#[test]
fn a_workload_that_was_killed_for_its_memory_lately_and_runs_again_says_so() {
    let standings = |at: &str| {
        let portal = portal(false).entity(workload("prod", "orders", 3, &json!([])).spec("oomKilledAt", at));
        let card = drawn(&portal, "workloads", &Context::of(orders()));
        card.blocks.into_iter().find_map(|block| match block {
            Block::Standings(standings) => Some(standings),
            _ => None,
        })
    };
    let killed = standings("2026-01-01T09:30:00Z").expect("it is told");
    assert_eq!((killed[0].name.as_str(), &killed[0].status), ("Deployment orders", &Status::warning("OOMKilled")));
    let said = "a container took more memory than it may, was killed at 2026-01-01T09:30:00Z, and runs again";
    assert_eq!(killed[0].detail.as_deref(), Some(said));
    assert!(standings("2025-12-30T09:30:00Z").is_none(), "long ago");
}

#[test]
fn the_home_page_shows_what_fails_anywhere() {
    let quiet = portal(false).entity(workload("prod", "orders", 3, &json!([])));
    assert_eq!(drawn(&quiet, "failing", &Context::default()).status, Some(Status::good("Nothing fails")));
    let loud = portal(false).entity(workload("prod", "orders", 1, &crashing()));
    let card = drawn(&loud, "failing", &Context::default());
    assert_eq!(card.status, Some(Status::bad("1 failing")));
}
