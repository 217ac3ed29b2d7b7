//! Attacks in the extension points that the portal calls by itself: `checks` when a version is loaded, and `watcher` for as long as it runs.
//! What the operator reads, and that a healthy plugin beside them does its work.

use portico_api_types::{FindingOutcome, Plugin, RunState};
use serde_json::json;

use crate::attack::Attack;
use crate::follows::Server;
use crate::hostile::card_in_time;
use crate::points::ANYWHERE;
use crate::support::{Changes, Portal, Setup, eventually, hostile};

const LIMITS: &str = "limits: { memory: 64MiB, cpu: 500ms, requests: 300 }";

/// A portal with a hostile plugin that attacks in one extension point, and a healthy one, which has run.
async fn portal(attack: Attack, point: &str, server: &Server) -> Portal {
    let config = format!(
        "hostile: {{ settings: {{ attack: \"{}\", only: {point}, url: \"{}\" }}, grants: {{ \
         http: [{{ host: localhost, port: {}, scheme: http }}], private-addresses: [127.0.0.1, '::1'], {LIMITS} }} }}\n\
         healthy: {{ settings: {{ attack: nothing }} }}\n",
        attack.name(),
        server.url(),
        server.port,
    );
    let packed = |name| hostile(Changes { name, ..Changes::default() });
    let files = vec![("hostile.wasm", packed("hostile")), ("healthy.wasm", packed("healthy"))];
    let portal = Portal::start(Setup { config, files, ..Setup::default() }).await;
    portal.run("healthy").await;
    portal
}

/// What is the same whatever became of an attack.
async fn is_whole(portal: &Portal, attack: Attack) {
    card_in_time(portal, attack).await;
    let (healthy, _) = portal.run("healthy").await;
    assert_eq!(healthy.state, RunState::Succeeded, "{:?} beside {attack:?}", healthy.result);
    eventually(|| portal.runtime.metrics().memory == 0).await;
    assert_eq!(portal.catalog.count().unwrap(), 1, "{attack:?}: the catalog is as it was");
    for plugin in portal.runtime.plugins() {
        assert!(plugin.used.peak_memory <= 64 << 20, "{attack:?}, {}: {:?}", plugin.name, plugin.used);
        assert!(!plugin.message.contains("CAME THROUGH"), "{attack:?}: {}", plugin.message);
    }
    let healthy = portal.runtime.plugin("healthy").unwrap();
    assert_eq!((healthy.used.failures, healthy.message.as_str()), (0, ""), "beside {attack:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_attacks_is_a_finding_that_says_why() {
    let server = Server::start().await;
    let own = [
        (Attack::FindingsWithoutEnd, "badOutput", "its check found 10000 things; at most 50 are taken"),
        (Attack::HugeFinding, "failed", "[2Jx[2Jx"),
        (Attack::CheckThatIngests, "failed", "drawing a card, processing documents and checking change nothing"),
        (Attack::HttpNotGranted, "ok", "All is as it has to be."),
    ];
    // It needs a session, which nobody has here.
    let anywhere = ANYWHERE.into_iter().filter(|(attack, ..)| *attack != Attack::ListOutsideOfMemory);
    for (attack, code, says) in anywhere.chain(own) {
        let portal = portal(attack, "checks", &server).await;
        let check = portal.runtime.check_plugin("hostile").await.unwrap();
        let found = &check.findings[0];
        assert!(found.message.contains(says) && !found.message.contains('\u{1b}'), "{attack:?}: {found:?}");
        assert!(found.message.len() <= 8 << 10, "{attack:?}: {} bytes", found.message.len());
        assert_eq!(found.outcome == FindingOutcome::Passed, code == "ok", "{attack:?}: {found:?}");
        let plugin = portal.runtime.plugin("hostile").unwrap();
        // What a check says by itself is an answer, whatever it holds.
        let is_an_answer = matches!(code, "ok" | "failed");
        assert_eq!(plugin.used.failures == 0, is_an_answer, "{attack:?}: {}", plugin.message);
        assert_eq!(plugin.message.contains(says), !is_an_answer, "{attack:?}: {}", plugin.message);
        is_whole(&portal, attack).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_and_attacks_is_shown_failing_and_begun_again_later() {
    let server = Server::start().await;
    let own = [
        (Attack::EndlessProgress, "cpuLimit", "was ended after 500ms of computing"),
        (Attack::AllocateWithCare, "failed", "MiB and no more"),
        (Attack::HttpWithoutEnd, "failed", "the call has sent 300 requests, as many as one may"),
        (Attack::AnswersWithoutEnd, "refused", "224 are open: 224 answers are open, the most at once"),
    ];
    for (attack, _, says) in ANYWHERE.into_iter().chain(own) {
        let portal = portal(attack, "watcher", &server).await;
        let row = "Its extension point `watcher` failed ";
        let is_told = |plugin: &Plugin| plugin.message.contains(says) && plugin.message.contains(row);
        let plugin = portal.plugin("hostile", is_told).await;
        assert!(plugin.used.failures > 0, "{attack:?}: it is counted");
        assert!(plugin.message.len() <= 8 << 10 && !plugin.message.contains('\u{1b}'), "{attack:?}");
        is_whole(&portal, attack).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_has_nothing_to_follow_is_asked_again_and_is_well() {
    let server = Server::start().await;
    let portal = portal(Attack::Return, "watcher", &server).await;
    eventually(|| portal.calls("hostile", "watcher") >= 2).await;
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert_eq!((plugin.used.failures, plugin.message.as_str()), (0, ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_and_does_not_heed_that_it_has_to_end_is_ended_by_force() {
    for attack in [Attack::IgnoreCancel, Attack::WaitForEver] {
        let healthy = hostile(Changes { name: "healthy", ..Changes::default() });
        let config = "healthy: { settings: { attack: nothing } }".to_owned();
        let portal = Portal::start(Setup { config, files: vec![("healthy.wasm", healthy)], ..Setup::default() }).await;
        let config = json!({ "settings": { "attack": attack.name(), "only": "watcher" }, "grants": { "limits": { "cpu": "60s" } } });
        portal.install(hostile(Changes::default()), config).await;
        portal.plugin("hostile", |plugin| plugin.follows_since.is_some()).await;
        // It holds a sandbox, and keeps nobody from anything.
        let (run, _) = portal.run("healthy").await;
        assert_eq!(run.state, RunState::Succeeded, "{:?} beside {attack:?}", run.result);

        portal.runtime.remove_plugin("hostile").await.unwrap();
        assert!(portal.runtime.plugin("hostile").is_none(), "{attack:?}: it is gone");
        eventually(|| portal.runtime.metrics().memory == 0).await;
        assert_eq!(portal.runtime.plugin("healthy").unwrap().used.failures, 0, "beside {attack:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_that_stops_does_not_wait_for_who_waits_for_ever() {
    let server = Server::start().await;
    let portal = portal(Attack::WaitForEver, "watcher", &server).await;
    portal.plugin("hostile", |plugin| plugin.follows_since.is_some()).await;
    portal.stop().await;
}
