//! What is followed, and what becomes of watches that break.

use portico_sdk::Error;
use portico_sdk::model::EntityRef;
use portico_sdk::subscriber::{ChangeKind, Event};
use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

use super::*;
use crate::settings::TOGETHER;
use crate::testing::{Server, answer, component, deployment, failing_pod, page, portal, workload};

const DEPLOYMENTS: &str = "apis/apps/v1/deployments";
const PODS: &str = "api/v1/pods";

fn watched(path: &str, moment: &str) -> String {
    format!("https://prod.test/{path}?watch=true&allowWatchBookmarks=true&resourceVersion={moment}&timeoutSeconds=300")
}

fn events(events: &[(&str, Value)]) -> Answer {
    let lines = events.iter().map(|(kind, object)| json!({ "type": kind, "object": object }).to_string() + "\n");
    Answer::body(lines.collect::<String>())
}

fn followed(portal: &Portal, steps: usize) {
    portal.run(|| {
        let settings = Settings::read().expect("settings");
        let mut following = Following::begin(&settings).expect("begun");
        for _ in 0..steps {
            following.step().expect("a step");
        }
    });
}

/// As followed, with all that happens between two commits.
fn followed_at_once(portal: &Portal) {
    portal.run(|| {
        let settings = Settings::read().expect("settings");
        let mut following = Following::begin(&settings).expect("begun");
        following.step().expect("the first commit");
        for _ in 0..3 {
            following.read();
        }
        portico_sdk::clock::pause(WAIT * 2);
        following.step().expect("the second one");
    });
}

fn fact(portal: &Portal, scope: &str, pointer: &str) -> Value {
    let committed = portal.committed(scope).unwrap_or_else(|| panic!("{scope} was not committed"));
    committed.facts.last().and_then(|(_, facts)| facts.pointer(pointer)).cloned().unwrap_or_default()
}

#[test]
fn what_changes_is_in_the_catalog_at_the_next_moment() {
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal(&["prod"]));
    let failing = failing_pod("shop", "orders", 1, "CrashLoopBackOff");
    let portal = portal.entity(component("orders")).answer(
        "GET",
        &watched(PODS, "100"),
        events(&[("ADDED", failing.clone()), ("DELETED", failing)]),
    );
    followed(&portal, 1);
    assert_eq!(fact(&portal, "prod", "/clusters/prod/failing/pods"), 1);
    assert_eq!(fact(&portal, TOGETHER, "/failing/pods"), 1);
    let committed = portal.committed("prod").expect("a session");
    assert_eq!(committed.mode, Some(portico_sdk::Mode::Delta), "nothing else is touched");
    followed(&portal, 6);
    assert_eq!(fact(&portal, "prod", "/clusters/prod/failing/pods"), 0, "and it is gone again");
    assert_eq!(fact(&portal, TOGETHER, "/failing/pods"), 0);
}

#[test]
fn nothing_is_committed_when_nothing_changed() {
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal(&["prod"]));
    let same = events(&[("MODIFIED", deployment("shop", "orders")), ("BOOKMARK", deployment("shop", "orders"))]);
    let portal = portal.entity(component("orders")).answer("GET", &watched(DEPLOYMENTS, "100"), same);
    followed(&portal, 8);
    assert_eq!(portal.commits(), ["prod", TOGETHER], "only what was there at first");
}

#[test]
fn what_was_other_for_a_moment_is_said_again_in_case_that_a_sync_read_it_then() {
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal(&["prod"]));
    let mut fewer = deployment("shop", "orders");
    fewer["status"]["readyReplicas"] = json!(2);
    let same = || ("MODIFIED", deployment("shop", "orders"));
    let moment = events(&[same(), ("MODIFIED", fewer), same()]);
    let portal = portal.entity(component("orders")).answer("GET", &watched(DEPLOYMENTS, "100"), moment);
    followed_at_once(&portal);
    assert_eq!(portal.commits(), ["prod", TOGETHER, "prod", TOGETHER]);
    let again = portal.committed("prod").expect("a session");
    assert_eq!((again.objects.len(), again.facts.len()), (1, 1));
    assert_eq!(fact(&portal, "prod", "/clusters/prod/replicas/ready"), 3);
}

#[test]
fn a_watch_that_broke_goes_on_from_where_it_stood() {
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal(&["prod"]));
    let mut later = deployment("shop", "orders");
    later["metadata"]["resourceVersion"] = json!("150");
    let cut = Answer::body(json!({ "type": "MODIFIED", "object": later }).to_string() + "\n{\"type\": \"MODI");
    let mut smaller = deployment("shop", "orders");
    smaller["spec"]["replicas"] = json!(1);
    let portal = portal.entity(component("orders")).answer("GET", &watched(DEPLOYMENTS, "100"), cut).answer(
        "GET",
        &watched(DEPLOYMENTS, "150"),
        events(&[("MODIFIED", smaller)]),
    );
    followed(&portal, 10);
    assert_eq!(fact(&portal, "prod", "/clusters/prod/replicas/wanted"), 1);
}

#[test]
fn a_watch_that_is_ended_again_and_again_while_much_happens_loses_nothing_and_waits_for_nothing() {
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal(&["prod"]));
    let moments = || (100..120_u32).zip(101..121_u32);
    let portal = moments().fold(portal.entity(component("orders")), |portal, (before, after)| {
        let mut changed = deployment("shop", "orders");
        changed["metadata"]["resourceVersion"] = json!(after.to_string());
        changed["spec"]["replicas"] = json!(after);
        let cut = json!({ "type": "MODIFIED", "object": changed }).to_string() + "\n{\"type\": \"MODI";
        portal.answer("GET", &watched(DEPLOYMENTS, &before.to_string()), Answer::body(cut))
    });
    let begun = portal.now();
    followed(&portal, 120);
    assert_eq!(fact(&portal, "prod", "/clusters/prod/replicas/wanted"), 120, "each of 20 watches brought one event");
    assert!(portal.now() - begun < 130_000, "{} ms", portal.now() - begun);
}

#[test]
fn an_event_that_is_too_long_has_the_list_read_again() {
    let path = format!("https://prod.test/{DEPLOYMENTS}?limit=500");
    let again = [deployment("shop", "orders"), deployment("shop", "payments")];
    let server = Server::new("prod").pages(DEPLOYMENTS, vec![("limit=500", page(&again[..1], ""))]);
    let portal = server.before(portal(&["prod"])).answer("GET", &path, page(&again, ""));
    let long = Answer::body("x".repeat(9 << 20));
    let portal = portal.entity(component("payments")).answer("GET", &watched(DEPLOYMENTS, "100"), long);
    followed(&portal, 10);
    assert_eq!(fact(&portal, "prod", "/clusters/prod/workloads"), 1, "what stands behind it is there");
}

#[test]
fn a_component_that_comes_later_has_its_facts_although_nothing_happens_in_the_cluster() {
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal(&["prod"]));
    let settings = portal.run(Settings::read).expect("settings");
    let mut following = portal.run(|| Following::begin(&settings)).expect("begun");
    let mut steps = || portal.run(|| (0..5).try_for_each(|_| following.step())).expect("steps");
    steps();
    assert_eq!(fact(&portal, "prod", "/clusters/prod/workloads"), Value::Null);
    let portal = portal.clone().entity(component("orders"));
    let entity = EntityRef::parse("component:orders").expect("a name");
    let added = Event { sequence: 7, kind: ChangeKind::Added, entity, before: None, after: None };
    portal.run(|| subscriber::handle(&[added])).expect("noted");
    steps();
    assert_eq!(fact(&portal, "prod", "/clusters/prod/workloads"), 1);
    assert_eq!(fact(&portal, TOGETHER, "/workloads"), 1);
    let commits = portal.commits().len();
    steps();
    assert_eq!(portal.commits().len(), commits, "and that is all");
}

#[test]
fn a_service_that_comes_is_noted_as_soon_as_a_pod() {
    let clusters = json!([{ "name": "prod", "server": "https://prod.test" }]);
    let settings = json!({ "clusters": clusters, "also": ["services"] });
    let mut service = workload("Service", "shop", "orders");
    service["spec"] = json!({ "selector": { "app": "orders" } });
    let path = "api/v1/services";
    let server = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).list(path, &[]);
    let portal = server.before(Portal::new().settings(settings).entity(component("orders")));
    let portal = portal.answer("GET", &format!("https://prod.test/{path}?limit=1"), page(&[], ""));
    let portal = portal.answer("GET", &watched(path, "100"), events(&[("ADDED", service)]));
    followed(&portal, 5);
    assert_eq!(fact(&portal, TOGETHER, "/services"), json!(["orders.shop.svc"]));
}

#[test]
fn one_that_fell_behind_has_its_list_read_again() {
    let gone = json!({ "kind": "Status", "code": 410, "message": "too old resource version" });
    for behind in [events(&[("ERROR", gone.clone())]), answer(410, &gone.to_string())] {
        let path = format!("https://prod.test/{DEPLOYMENTS}?limit=500");
        let again = [deployment("shop", "orders"), deployment("shop", "payments")];
        let server = Server::new("prod").pages(DEPLOYMENTS, vec![("limit=500", page(&again[..1], ""))]);
        let portal = server.before(portal(&["prod"])).answer("GET", &path, page(&again, ""));
        let portal = portal.entity(component("payments")).answer("GET", &watched(DEPLOYMENTS, "100"), behind);
        followed(&portal, 10);
        assert_eq!(fact(&portal, "prod", "/clusters/prod/workloads"), 1, "what was missed is there");
    }
}

#[test]
fn a_cluster_that_is_down_is_tried_again_and_holds_up_no_other() {
    let portal = portal(&["prod", "staging"]).entity(component("orders"));
    let url = format!("https://prod.test/{DEPLOYMENTS}?limit=500");
    let portal = portal.answer("GET", &url, answer(500, "{}"));
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal);
    let portal = Server::new("staging").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal);
    followed(&portal, 1);
    assert_eq!(portal.commits(), ["staging", TOGETHER]);
    followed(&portal, 8);
    assert_eq!(fact(&portal, TOGETHER, "/replicas/wanted"), 6, "both of them, as soon as both are there");
}

#[test]
fn what_cannot_be_read_is_said_with_every_commit() {
    let server = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]);
    let server =
        server.answers("apis/autoscaling/v2/horizontalpodautoscalers", crate::testing::forbidden("autoscalers"));
    let portal = server.before(portal(&["prod"])).entity(component("orders"));
    followed(&portal, 2);
    let problems = portal.committed("prod").expect("a session").problems;
    assert!(problems[0].1.contains("cannot be read"), "a commit replaces the problems of its scope: {problems:?}");
}

#[test]
fn a_cluster_of_which_something_was_lost_is_left_to_the_sync() {
    let server = Server::new("prod").answers("apis/batch/v1/jobs", crate::testing::forbidden("jobs"));
    let portal = server.before(portal(&["prod"])).cursor("prod", &json!({ "sorts": ["jobs"] }).to_string());
    followed(&portal, 3);
    assert_eq!(portal.commits(), Vec::<String>::new());
}

#[test]
fn a_server_that_has_nothing_to_say_from_where_a_watch_stands_has_its_list_read_again() {
    let said =
        json!({ "kind": "Status", "code": 504, "message": "Timeout: Too large resource version: 100, current: 7" });
    for restored in [events(&[("ERROR", said.clone())]), answer(504, &said.to_string())] {
        let path = format!("https://prod.test/{DEPLOYMENTS}?limit=500");
        let again = [deployment("shop", "orders"), deployment("shop", "payments")];
        let server = Server::new("prod").pages(DEPLOYMENTS, vec![("limit=500", page(&again[..1], ""))]);
        let portal = server.before(portal(&["prod"])).answer("GET", &path, page(&again, ""));
        let portal = portal.entity(component("payments")).answer("GET", &watched(DEPLOYMENTS, "100"), restored);
        let settings = portal.run(Settings::read).expect("settings");
        let mut following = portal.run(|| Following::begin(&settings)).expect("begun");
        let lists = || portal.requests().iter().filter(|asked| asked.url == path).count();
        let mut steps = |count: usize| portal.run(|| (0..count).try_for_each(|_| following.step())).expect("steps");
        steps(2);
        assert_eq!(lists(), 1, "it may only be behind for a moment");
        steps(30);
        assert!(lists() >= 2);
        assert_eq!(fact(&portal, "prod", "/clusters/prod/workloads"), 1, "what was missed is there");
        let (begun, before) = (portal.now(), lists());
        steps(600);
        let (minutes, lists) = ((portal.now() - begun) / 60_000, lists() - before);
        assert!(lists as u64 <= minutes + 6, "more and more seldom: {lists} times in {minutes} minutes");
    }
}

#[test]
fn an_api_server_that_cannot_be_reached_is_tried_once_for_all_its_watches() {
    let away = || Answer::error(Error::Unavailable { reason: "prod.test cannot be reached".into(), retry_after: None });
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal(&["prod"]));
    let portal =
        portal.answer("GET", &watched(DEPLOYMENTS, "100"), away()).answer("GET", &watched(PODS, "100"), away());
    followed(&portal, 1);
    let tried = portal.requests().into_iter().filter(|asked| asked.url.contains("watch=true"));
    assert_eq!(tried.map(|asked| asked.url).collect::<Vec<_>>(), [watched(DEPLOYMENTS, "100")]);
}

#[test]
fn a_cluster_for_which_the_portal_has_no_more_connections_is_left_to_the_sync_and_tried_again() {
    let full = Answer::error(Error::Invalid("56 answers are open, the most at once".into()));
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal(&["prod"]));
    let portal = portal.entity(component("orders"));
    let portal = portal.answer("GET", &watched(PODS, "100"), full).answer("GET", &watched(PODS, "100"), events(&[]));
    followed(&portal, 1);
    assert_eq!(portal.commits(), Vec::<String>::new(), "half a cluster is not followed");
    followed(&portal, 1);
    assert_eq!(portal.commits(), ["prod", TOGETHER]);
}

#[test]
fn what_mappings_are_handed_is_followed_as_well() {
    let clusters = json!([{ "name": "prod", "server": "https://prod.test" }]);
    let rollouts = json!([{ "group": "argoproj.io", "version": "v1alpha1", "plural": "rollouts" }]);
    let settings = json!({ "clusters": clusters, "also": ["namespaces", "services"], "resources": rollouts });
    let paths = ["api/v1/namespaces", "api/v1/services", "apis/argoproj.io/v1alpha1/rollouts"];
    let portal = Server::new("prod").list(paths[1], &[]).before(Portal::new().settings(settings));
    let portal = paths
        .into_iter()
        .fold(portal, |portal, path| portal.answer("GET", &format!("https://prod.test/{path}?limit=1"), page(&[], "")));
    let mut service = workload("Service", "shop", "orders");
    service["spec"] = json!({ "selector": { "app": "orders" } });
    let portal = portal
        .answer("GET", &watched(paths[0], "100"), events(&[("ADDED", workload("Namespace", "", "shop"))]))
        .answer("GET", &watched(paths[1], "100"), events(&[("MODIFIED", service)]))
        .answer("GET", &watched(paths[2], "100"), events(&[("DELETED", workload("Rollout", "shop", "canary"))]));
    followed(&portal, 1);
    let committed = portal.committed("prod").expect("a session");
    assert_eq!(committed.mode, Some(portico_sdk::Mode::Delta), "nothing else is touched");
    let kinds: Vec<&str> = committed.objects.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["namespace", "service"]);
    assert!(committed.objects.iter().all(|(_, object)| object["cluster"] == "prod"), "{committed:?}");
    assert_eq!(committed.withdrawn.len(), 1, "{committed:?}");
    assert!(portal.requests().iter().all(|asked| !asked.url.ends_with("rollouts?limit=500")), "it is not read whole");
}

#[test]
fn what_mappings_are_handed_is_followed_from_now_on_where_what_happened_was_forgotten() {
    let clusters = json!([{ "name": "prod", "server": "https://prod.test" }]);
    let portal = Server::new("prod").before(Portal::new().settings(json!({ "clusters": clusters, "also": ["nodes"] })));
    let path = "api/v1/nodes";
    let gone = json!({ "kind": "Status", "code": 410, "message": "too old resource version" });
    let portal = portal
        .answer("GET", &format!("https://prod.test/{path}?limit=1"), page(&[], ""))
        .answer("GET", &watched(path, "100"), events(&[("ERROR", gone)]))
        .answer("GET", &watched(path, "100"), events(&[("DELETED", workload("Node", "", "a"))]));
    followed(&portal, 6);
    assert_eq!(portal.committed("prod").expect("a session").withdrawn.len(), 1);
}

#[test]
fn some_thirty_clusters_are_followed_and_more_are_only_read() {
    let names: Vec<String> = (0..33).map(|number| format!("c{number}")).collect();
    let names: Vec<&'static str> = names.into_iter().map(|name| &*name.leak()).collect();
    let portal = names.iter().fold(portal(&names), |portal, name| Server::new(name).before(portal));
    followed(&portal, 1);
    let said = |about: &str| -> Vec<String> {
        portal.log().into_iter().map(|(_, line)| line).filter(|line| line.contains(about)).collect()
    };
    assert_eq!(said("is followed from now on").len(), 32);
    let not = said("not followed");
    assert!(not.len() == 1 && not[0].starts_with("c32: it takes 7 watches, and fewer of 224 are left"), "{not:?}");
}

#[test]
fn as_many_clusters_are_followed_as_there_are_watches_for() {
    let of = |name: &str, namespaces: usize| {
        let namespaces: Vec<String> = (0..namespaces).map(|number| format!("n{number}")).collect();
        json!({ "name": name, "server": format!("https://{name}.test"), "namespaces": namespaces })
    };
    let clusters = json!([of("many", 40), of("some", 9), of("all", 0)]);
    let portal = Portal::new().settings(json!({ "clusters": clusters, "also": ["nodes", "services"] }));
    let settings = portal.run(Settings::read).expect("settings");
    let plan = Plan::of(&settings);
    let names: Vec<&str> = plan.followed.iter().map(|cluster| cluster.name.as_str()).collect();
    assert_eq!(names, ["some", "all"], "one that takes too many keeps no other from it");
    let others: Vec<(&str, usize)> = plan.others.iter().map(|(one, wanted)| (one.name.as_str(), *wanted)).collect();
    assert_eq!(others, [("many", 321)], "eight lists in each of its namespaces, and one of nodes");
}
