//! Attacks on what a plugin reaches from its sandbox, and on what it brings in, made where it draws a card, processes a document, hears of
//! a change, answers a request, finds out how it stands, follows somebody and does a step: it may no more there than in a run.

use std::path::Path;
use std::time::Duration;

use portico_catalog::{Catalog, Mode, Origin};
use portico_model::EntityRef;
use portico_runtime::Head;

use crate::attack::Attack;
use crate::hostile::{card_in_time, expected, grants, repositories};
use crate::support::{Changes, Portal, Setup, Task, eventually, hostile};

/// What needs no session, which not every extension point has.
const REACHING: [Attack; 15] = [
    Attack::EndlessProgress,
    Attack::WaitForEver,
    Attack::HttpNotGranted,
    Attack::HttpPrivate,
    Attack::HttpHeaders,
    Attack::HttpWithoutEnd,
    Attack::LogFlood,
    Attack::HugeLogLine,
    Attack::StateOverItsSize,
    Attack::HostileKeys,
    Attack::CatalogNotGranted,
    Attack::CatalogWithoutEnd,
    Attack::FilesNotGranted,
    Attack::RepositoryNotGranted,
    Attack::RepositoryTraversal,
];

/// What needs a session, which drawing a card, processing a document and a check do not get. Those that make a quarter of a gigabyte are left out,
/// as they are ended for their computing before they have.
const BRINGING_IN: [Attack; 20] = [
    Attack::ForgedHandle,
    Attack::CommittedTwice,
    Attack::ManySessions,
    Attack::SessionOfManyFiles,
    Attack::SameScopeTwice,
    Attack::SessionLeftOpen,
    Attack::SessionDropped,
    Attack::CrashBeforeCommit,
    Attack::HugeScope,
    Attack::HugeCursor,
    Attack::MalformedDocuments,
    Attack::HugeDocument,
    Attack::DeepDocument,
    Attack::ManyDocuments,
    Attack::ManyViolations,
    Attack::HostilePlaces,
    Attack::HostileFacts,
    Attack::KindsNotGranted,
    Attack::MalformedObjects,
    Attack::UnmappedObjects,
];

async fn portal(attack: Attack, point: &str, repository: &Path) -> Portal {
    let config = format!(
        "hostile: {{ settings: {{ attack: \"{}\", only: {point}, repository: \"{}\" }}, grants: {} }}\nhealthy: {{ settings: {{ attack: nothing }} }}\nfeeder: {{ settings: {{ attack: feed }} }}\n",
        attack.name(),
        repository.display(),
        grants(attack, repository),
    );
    let packed = |name| hostile(Changes { name, ..Changes::default() });
    let names = ["hostile", "healthy", "feeder"].into_iter().zip(["hostile.wasm", "healthy.wasm", "feeder.wasm"]);
    let files = names.map(|(name, file)| (file, packed(name))).collect();
    let portal = Portal::start(Setup { config, files, ..Setup::default() }).await;
    portal.run("healthy").await;
    portal
}

fn healthy() -> EntityRef {
    EntityRef::parse("component:default/healthy").unwrap()
}

/// Says that one more system exists.
fn change(catalog: &Catalog, number: usize) {
    let document = format!(
        r#"{{"apiVersion":"backstage.io/v1alpha1","kind":"System","metadata":{{"name":"n{number}"}},"spec":{{"owner":"group:default/none"}}}}"#
    );
    let mut session = catalog.session("test", "changes", Mode::Delta).unwrap();
    session.put(&document, Origin { file: "a".into(), line: 1, url: None, parent: None }).unwrap();
    session.commit(None).unwrap();
}

/// Has a point called; what the plugin answers is its own business.
async fn call(portal: &Portal, point: &str) {
    match point {
        "cards" => drop(portal.runtime.card("hostile", "card", Some(&healthy()), None).await),
        "kinds" => drop(portal.run("feeder").await),
        "checks" => drop(portal.runtime.check_plugin("hostile").await.unwrap()),
        // The portal calls it by itself.
        "watcher" => {}
        "actions" => drop(Task::new().perform(portal, "hostile:attack").await),
        "routes" => {
            let head = Head { method: "POST".into(), path: "/hook".into(), query: String::new(), headers: Vec::new() };
            let route = portal.runtime.route("hostile", "POST", "/hook").unwrap();
            let admitted = portal.runtime.admit(route, head, None).await.unwrap();
            drop(portal.runtime.handle(admitted, b"{}".to_vec()).await);
        }
        _ => {
            let (mut number, mut look) = (0, tokio::time::interval(Duration::from_millis(50)));
            // A plugin that is new hears of what comes, so something has to come, of a kind that it may read.
            while portal.calls("hostile", point) == 0 {
                look.tick().await;
                number += 1;
                change(&portal.catalog, number);
            }
        }
    }
}

async fn may_no_more(point: &str, attacks: &[Attack]) {
    for attack in attacks.iter().copied() {
        // The last one that is said is the one that a failure is about.
        eprintln!("{point}: {attack:?}");
        let folder = tempfile::tempdir().unwrap();
        let repository = repositories(folder.path());
        let portal = portal(attack, point, &repository).await;
        call(&portal, point).await;
        let denied = expected(attack).denied;
        let is_counted =
            || portal.runtime.plugin("hostile").unwrap().denials.iter().any(|one| one.capability == denied);
        eventually(|| portal.calls("hostile", point) > 0 && (denied.is_empty() || is_counted())).await;
        card_in_time(&portal, attack).await;
        eventually(|| portal.runtime.metrics().memory == 0).await;

        let plugin = portal.runtime.plugin("hostile").unwrap();
        let (log, _) = portal.runtime.plugin_log("hostile").unwrap();
        let said = log.iter().map(|line| line.message.as_str()).chain([plugin.message.as_str()]);
        for said in said {
            assert!(!said.contains("CAME THROUGH"), "{attack:?}: {said}");
            assert!(said.len() <= 8 << 10 && !said.contains('\u{1b}'), "{attack:?}: {} bytes", said.len());
        }
        assert!(log.len() <= 500, "{attack:?}: {} lines are kept", log.len());
        assert!(portal.catalog.problems(None, None).unwrap().len() <= 100, "{attack:?}");
        assert!(portal.catalog.entity(&healthy()).unwrap().is_some(), "{attack:?}");
        assert!(plugin.used.peak_memory <= 64 << 20, "{attack:?}: {:?}", plugin.used);
        assert!(portal.runtime.plugin("healthy").unwrap().denials.is_empty(), "beside {attack:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_may_no_more_than_a_run() {
    may_no_more("cards", &REACHING).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_processes_a_document_may_no_more_than_a_run() {
    may_no_more("kinds", &REACHING).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_answers_a_request_may_no_more_than_a_run() {
    may_no_more("routes", &REACHING).await;
    may_no_more("routes", &BRINGING_IN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hears_of_a_change_may_no_more_than_a_run() {
    may_no_more("subscriber", &REACHING).await;
    may_no_more("subscriber", &BRINGING_IN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_out_how_it_stands_may_no_more_than_a_run() {
    may_no_more("checks", &REACHING).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_somebody_may_no_more_than_a_run() {
    // Its time on the clock is a day, see `by_themselves`.
    let is_by_the_clock = |attack: &Attack| matches!(attack, Attack::EndlessProgress | Attack::WaitForEver);
    let reaching: Vec<Attack> = REACHING.into_iter().filter(|attack| !is_by_the_clock(attack)).collect();
    may_no_more("watcher", &reaching).await;
    may_no_more("watcher", &BRINGING_IN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_a_step_may_no_more_than_a_run() {
    may_no_more("actions", &REACHING).await;
    may_no_more("actions", &BRINGING_IN).await;
}
