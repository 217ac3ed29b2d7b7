//! A healthy plugin beside one that computes for ever, in each extension point: all of its calls end well, within their own limits, while the
//! attack goes on. Rule: counted, not timed, so that no busy machine makes this fail; what it costs the healthy one is measured by
//! `cargo xtask bench plugins`.

use std::time::Duration;

use portico_api_types::{RunState, Trigger};
use portico_catalog::{Catalog, Mode, Origin};
use portico_model::EntityRef;
use portico_runtime::{Head, Runtime};

use crate::support::{Changes, Portal, Setup, Task, eventually, hostile};

/// Rounds of work, of which one at least has to be done before the attack is over.
const ROUNDS: usize = 5;

/// Calls of an attack at once, where each is ended after a second or two of computing.
const AT_ONCE: usize = 8;

/// All extension points that the hostile guest has.
const POINTS: [&str; 8] = ["ingestion", "kinds", "cards", "subscriber", "routes", "checks", "watcher", "actions"];

async fn portal(point: &str) -> Portal {
    let config = format!(
        "hostile: {{ settings: {{ attack: spin, only: {point} }}, grants: {{ limits: {{ cpu: 60s, wall: 10m }} }} }}\n\
         healthy: {{ settings: {{ attack: nothing }} }}\n\
         feeder: {{ settings: {{ attack: feed }} }}\n\
         sender: {{ settings: {{ attack: feed, feeds: Healthy }} }}\n"
    );
    let files = ["hostile", "healthy", "feeder", "sender"].map(|name| {
        let file = match name {
            "hostile" => "hostile.wasm",
            "healthy" => "healthy.wasm",
            "feeder" => "feeder.wasm",
            _ => "sender.wasm",
        };
        (file, hostile(Changes { name, ..Changes::default() }))
    });
    let portal = Portal::start(Setup { config, files: files.into(), ..Setup::default() }).await;
    portal.run("healthy").await;
    portal
}

fn entity(name: &str) -> EntityRef {
    EntityRef::parse(&format!("component:default/{name}")).unwrap()
}

/// Says that one more component exists.
fn change(catalog: &Catalog, name: &str) {
    let document = format!(
        r#"{{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{{"name":"{name}"}},"spec":{{"type":"service","lifecycle":"production","owner":"group:default/none"}}}}"#
    );
    let mut session = catalog.session("test", "changes", Mode::Delta).unwrap();
    session.put(&document, Origin { file: "a".into(), line: 1, url: None, parent: None }).unwrap();
    session.commit(None).unwrap();
}

async fn request(runtime: Runtime, plugin: &str) -> Option<u16> {
    let head = Head { method: "POST".into(), path: "/hook".into(), query: String::new(), headers: Vec::new() };
    let admitted = runtime.admit(runtime.route(plugin, "POST", "/hook").ok()?, head, None).await.ok()?;
    runtime.handle(admitted, b"{}".to_vec()).await.ok().map(|answer| answer.status)
}

/// Has the hostile plugin called in a point, and waits for nothing.
fn begin(portal: &Portal, point: &str) {
    let runtime = portal.runtime.clone();
    match point {
        "ingestion" => drop(runtime.run("hostile", Trigger::Request).unwrap()),
        "kinds" => drop(runtime.run("feeder", Trigger::Request).unwrap()),
        "cards" => {
            for number in 0..AT_ONCE {
                let (runtime, name) = (runtime.clone(), format!("c{number}"));
                change(&portal.catalog, &name);
                tokio::spawn(async move { runtime.card("hostile", "card", Some(&entity(&name)), None).await.is_ok() });
            }
        }
        "routes" => (0..AT_ONCE).for_each(|_| drop(tokio::spawn(request(runtime.clone(), "hostile")))),
        "checks" => drop(tokio::spawn(async move { runtime.check_plugin("hostile").await.is_ok() })),
        "actions" => drop(tokio::spawn(async move { Task::new().ask(&runtime, "hostile:attack").await.0.is_ok() })),
        // The portal calls these by itself; the first hears of what the rounds say.
        _ => {}
    }
}

/// Whether a call of the hostile plugin is under way in a point.
fn goes_on(portal: &Portal, point: &str) -> bool {
    let points = portal.runtime.plugin("hostile").unwrap().points;
    points.iter().any(|one| one.point == point && one.calls > one.failures)
}

/// What a healthy plugin does all day, in each of its extension points that somebody else calls.
async fn work(portal: &Portal, round: usize) {
    let name = format!("n{round}");
    change(&portal.catalog, &name);
    let card = portal.runtime.card("healthy", "card", Some(&entity(&name)), None).await;
    assert_eq!(card.unwrap().blocks.len(), 10);
    assert_eq!(request(portal.runtime.clone(), "healthy").await, Some(200));
    portal.runtime.check_plugin("healthy").await.unwrap();
    Task::new().perform(portal, "healthy:attack").await.0.unwrap();
    let (run, _) = portal.run("healthy").await;
    assert_eq!(run.state, RunState::Succeeded, "{:?}", run.result);
    let (run, _) = portal.run("sender").await;
    assert_eq!(run.state, RunState::Succeeded, "{:?}", run.result);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_of_a_healthy_plugin_ends_well_while_another_one_computes_for_ever() {
    for point in POINTS {
        let portal = portal(point).await;
        let mut number = ROUNDS;
        let mut look = tokio::time::interval(Duration::from_millis(20));
        begin(&portal, point);
        while !goes_on(&portal, point) {
            look.tick().await;
            number += 1;
            // A subscriber that is new hears of what comes, so something has to come.
            if point == "subscriber" {
                change(&portal.catalog, &format!("m{number}"));
            }
        }
        let mut beside = 0;
        for round in 0..ROUNDS {
            work(&portal, round).await;
            beside += usize::from(goes_on(&portal, point));
        }
        // On a busy machine a whole round takes longer than an attack that ends by its limit; one that goes on goes on.
        assert!(beside > 0 || point != "watcher", "{point}: all of the work took longer than the attack");
        for own in POINTS {
            // Changes, and what is followed, come to it by themselves.
            eventually(|| portal.calls("healthy", own) > 0).await;
        }
        for plugin in ["healthy", "sender"] {
            let plugin = portal.runtime.plugin(plugin).unwrap();
            assert_eq!((plugin.used.failures, plugin.message.as_str()), (0, ""), "{} beside {point}", plugin.name);
        }
        portal.stop().await;
    }
}
