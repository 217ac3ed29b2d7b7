//! Whole runs: good days and bad ones.

mod besides;

use portico_sdk::Error;
use portico_sdk::testing::{Committed, Portal};
use serde_json::{Value, json};

use super::*;
use crate::testing::{Server, answer, component, deployment, failing_pod, forbidden, page, pod, portal, workload};

const DEPLOYMENTS: &str = "apis/apps/v1/deployments";
const JOBS: &str = "apis/batch/v1/jobs";
const PODS: &str = "api/v1/pods";

fn committed(portal: &Portal, scope: &str) -> Committed {
    portal.committed(scope).unwrap_or_else(|| panic!("{scope} was not committed: {:?}", portal.unreadable()))
}

fn facts(portal: &Portal, scope: &str, entity: &str) -> Value {
    let committed = committed(portal, scope);
    let found = committed.facts.iter().find(|(about, _)| about.as_str() == entity);
    found.map(|(_, facts)| facts.clone()).unwrap_or_default()
}

/// A portal that held these sorts of prod before.
fn held(portal: Portal, sorts: &[&str]) -> Portal {
    portal.cursor("prod", &json!({ "sorts": sorts }).to_string())
}

const ALL: [&str; 7] =
    ["deployments", "statefulsets", "daemonsets", "cronjobs", "jobs", "horizontalpodautoscalers", "pods"];

#[test]
fn a_component_knows_how_it_runs_in_a_cluster_and_in_all_of_them() {
    let server = Server::new("prod")
        .list(DEPLOYMENTS, &[deployment("shop", "orders")])
        .list(PODS, &[pod("shop", "orders", 1), failing_pod("shop", "orders", 2, "CrashLoopBackOff")]);
    let portal = server.before(portal(&["prod"]).entity(component("orders")));
    portal.run(run).expect("it is read");
    let part = facts(&portal, "prod", "component:default/orders")["clusters"]["prod"].clone();
    assert_eq!(
        part,
        json!({
            "workloads": 1,
            "replicas": { "wanted": 3, "ready": 3, "available": 3 },
            "failing": { "pods": 1, "workloads": 1, "reasons": ["CrashLoopBackOff"] },
            "restarts": 18,
            "images": ["registry.test/orders:1.0"],
            "lastRolloutAt": "2026-01-01T00:00:00Z",
            "privileged": false, "latestTag": false, "limited": true, "autoscaled": 0,
            "requests": { "cpuCores": 0.3, "memoryMib": 192.0 },
            "limits": { "cpuCores": 0.0, "memoryMib": 384.0 },
            "namespaces": ["shop"],
        })
    );
    let mut sum = facts(&portal, TOGETHER, "component:default/orders");
    let head = ["health", "changed"].map(|name| sum.as_object_mut().and_then(|sum| sum.remove(name)));
    assert_eq!(sum, part, "with one cluster both are the same");
    assert_eq!(
        head,
        [
            Some(json!({ "state": "warn", "text": "3 of 3 replicas ready, CrashLoopBackOff" })),
            Some(json!({ "at": "2026-01-01T00:00:00Z", "text": "rolled out" })),
        ]
    );
    let object = &committed(&portal, "prod").objects[0];
    assert_eq!(object.0, "workload");
    assert_eq!((&object.1["id"], &object.1["health"]), (&json!("shop.deployment.orders"), &json!("failing")));
    assert_eq!(object.1["entities"], json!(["component:default/orders"]));
    assert!(!object.1.to_string().contains("hunter2"), "{}", object.1);
    assert_eq!(portal.retained(), Some(vec!["prod".to_owned(), TOGETHER.to_owned()]));
    assert!(portal.requests().iter().all(|asked| asked.method == "GET" && !asked.url.contains("secrets")));
}

#[test]
fn nothing_is_read_before_its_session_is_open_so_that_what_a_watch_says_meanwhile_stands() {
    for scope in ["prod", TOGETHER] {
        let server = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]);
        let portal = server.before(portal(&["prod"]).entity(component("orders")));
        let outcome = portal.run(|| {
            let _other = Session::full(scope).expect("the only one of its scope");
            run()
        });
        let error = outcome.expect_err("a scope has one session of all at once").to_string();
        assert!(error.contains("is open already"), "{scope}: {error}");
        assert_eq!(portal.requests().len(), 0, "{scope}: nothing was asked yet");
    }
}

#[test]
fn the_same_name_in_two_clusters_adds_up() {
    let small = {
        let mut small = deployment("shop", "orders");
        small["spec"]["replicas"] = json!(1);
        small["status"] = json!({ "readyReplicas": 0 });
        small["spec"]["template"]["spec"]["containers"][0]["image"] = json!("registry.test/orders:1.1");
        small
    };
    let portal = portal(&["prod", "staging"]).entity(component("orders"));
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal);
    let portal = Server::new("staging").list(DEPLOYMENTS, &[small]).before(portal);
    portal.run(run).expect("both are read");
    let sum = facts(&portal, TOGETHER, "component:default/orders");
    assert_eq!(sum["replicas"], json!({ "wanted": 4, "ready": 3, "available": 3 }));
    assert_eq!(sum["images"], json!(["registry.test/orders:1.0", "registry.test/orders:1.1"]));
    assert_eq!(sum["workloads"], 2);
    assert_eq!(facts(&portal, "staging", "component:default/orders")["clusters"]["staging"]["replicas"]["wanted"], 1);
}

#[test]
fn a_cluster_that_is_down_costs_no_other_and_counts_as_it_was() {
    let mut orders = json!(component("orders"));
    orders["facts"]["kubernetes"]["clusters"]["prod"] =
        json!({ "workloads": 1, "replicas": { "wanted": 5, "ready": 5, "available": 5 }, "limited": true });
    let portal = portal(&["prod", "staging"]).entity(orders);
    let portal = Server::new("prod").answers(JOBS, answer(500, "{}")).before(portal);
    let portal = Server::new("staging").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal);
    portal.run(run).expect("one of them is read");
    assert_eq!(portal.commits(), ["staging", TOGETHER], "nothing is said of prod");
    assert!(portal.unreadable()[0].1.contains("prod: the server answered 500"), "{:?}", portal.unreadable());
    let sum = facts(&portal, TOGETHER, "component:default/orders");
    assert_eq!(sum["replicas"], json!({ "wanted": 8, "ready": 8, "available": 8 }), "what is in the catalog counts on");
}

#[test]
fn a_run_in_which_nothing_could_be_read_fails_with_the_reason() {
    for (status, expected) in
        [(401, "does not know the credential"), (500, "fails on its side"), (404, "not as an API server")]
    {
        let server = Server::new("prod").answers(DEPLOYMENTS, answer(status, "{}"));
        let portal = server.before(portal(&["prod"]).entity(component("orders")));
        let error = portal.run(run).expect_err("nothing was read").to_string();
        assert!(error.contains(expected), "{status}: {error}");
        assert!(portal.committed("prod").is_none(), "{status}: nothing is said of prod");
    }
}

#[test]
fn half_a_page_removes_nothing() {
    let server = Server::new("prod").pages(
        DEPLOYMENTS,
        vec![
            ("limit=500", page(&[deployment("shop", "orders")], "1")),
            ("limit=500&continue=1", answer(200, "{\"metadata\": {\"resou")),
        ],
    );
    let portal = server.before(portal(&["prod"]).entity(component("orders")));
    assert!(portal.run(run).is_err());
    assert!(portal.committed("prod").is_none());
}

#[test]
fn a_server_that_limits_the_rate_for_long_says_when_the_next_run_is_welcome() {
    let limited = portico_sdk::testing::Answer::status(429).header("retry-after", "300");
    let portal = Server::new("prod").answers(PODS, limited).before(portal(&["prod"]));
    let error = portal.run(run).expect_err("it is to be left alone");
    assert!(matches!(error, Error::Unavailable { retry_after: Some(300), .. }), "{error}");
}

#[test]
fn one_object_that_is_garbage_is_named_and_costs_no_other() {
    let mut wrong = deployment("shop", "wrong");
    wrong["spec"]["replicas"] = json!("three");
    let server = Server::new("prod").list(DEPLOYMENTS, &[wrong, json!(7), deployment("shop", "orders")]);
    let portal = server.before(portal(&["prod"]));
    portal.run(run).expect("the others are read");
    let committed = committed(&portal, "prod");
    assert_eq!(committed.objects.len(), 1);
    let files: Vec<&str> = committed.problems.iter().map(|(file, _)| file.as_str()).collect();
    assert_eq!(files, ["workload/prod/shop.deployment.wrong", "deployments/an object without a name"]);
    assert!(committed.problems[0].1.contains("expected u32"), "{:?}", committed.problems);
}

#[test]
fn whatever_stands_where_something_else_belongs_costs_that_object_alone() {
    let with = |pointer: &str, value: Value| {
        let mut wrong = deployment("shop", "wrong");
        *wrong.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        wrong
    };
    let wrong = [
        json!(null),
        json!("deployment"),
        json!([]),
        json!({}),
        json!({ "metadata": "orders" }),
        with("/metadata/name", json!(7)),
        with("/metadata/uid", json!(null)),
        with("/metadata/labels", json!(["a"])),
        with("/metadata/labels", json!({ "app.kubernetes.io/name": 7 })),
        with("/metadata/creationTimestamp", json!(1_767_225_600)),
        with("/spec", json!("big")),
        with("/spec/replicas", json!(-1)),
        with("/spec/replicas", json!(4_294_967_296_u64)),
        with("/spec/template", json!([7])),
        with("/spec/template/spec/containers", json!({ "app": {} })),
        with("/spec/template/spec/containers/0/image", json!(["a"])),
        with("/status/readyReplicas", json!("all")),
    ];
    for wrong in wrong {
        let server = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders"), wrong.clone()]);
        let portal = server.before(portal(&["prod"]).entity(component("orders")));
        portal.run(run).unwrap_or_else(|error| panic!("{wrong}: {error}"));
        let committed = committed(&portal, "prod");
        assert_eq!((committed.objects.len(), committed.problems.len()), (1, 1), "{wrong}");
        assert_eq!(facts(&portal, TOGETHER, "component:default/orders")["workloads"], 1, "{wrong}");
    }
}

#[test]
fn a_cluster_whose_clock_is_ahead_is_read_as_any_other() {
    let mut orders = deployment("shop", "orders");
    orders["metadata"]["creationTimestamp"] = json!("2026-01-01T15:00:00Z");
    let server = Server::new("prod").list(DEPLOYMENTS, &[orders]);
    let portal = server.before(portal(&["prod"]).entity(component("orders")));
    portal.run(run).expect("read");
    let sum = facts(&portal, TOGETHER, "component:default/orders");
    assert_eq!(sum["lastRolloutAt"], "2026-01-01T15:00:00Z", "as it says, although it is noon");
    assert_eq!((&sum["changed"], &sum["health"]["state"]), (&Value::Null, &json!("ok")));
}

#[test]
fn a_sort_that_may_not_be_listed_is_left_out_with_the_lines_of_a_role() {
    let server = Server::new("prod")
        .list(DEPLOYMENTS, &[deployment("shop", "orders")])
        .answers("apis/autoscaling/v2/horizontalpodautoscalers", forbidden("horizontalpodautoscalers"));
    let portal = server.before(portal(&["prod"]).entity(component("orders")));
    portal.run(run).expect("the rest is read");
    let committed = committed(&portal, "prod");
    assert_eq!(committed.mode, Some(portico_sdk::Mode::Full), "it was never there");
    assert_eq!(committed.facts.len(), 1);
    let said = &committed.problems[0].1;
    assert!(said.contains(r#"apiGroups: ["autoscaling"], resources: [horizontalpodautoscalers]"#), "{said}");
    assert!(!committed.cursor.expect("a cursor").contains("autoscalers"));
}

#[test]
fn a_sort_that_was_read_before_and_may_not_be_any_more_has_nothing_removed() {
    let server =
        Server::new("prod").answers(JOBS, forbidden("jobs")).list(DEPLOYMENTS, &[deployment("shop", "orders")]);
    let portal = server.before(held(portal(&["prod"]), &ALL).entity(component("orders")));
    portal.run(run).expect("the rest is looked at");
    let committed = committed(&portal, "prod");
    assert_eq!(committed.mode, Some(portico_sdk::Mode::Delta), "only what is named changes");
    assert!(committed.in_place_of_full, "and what a watch said since the reading began stands");
    assert!(committed.facts.is_empty(), "facts rest on what cannot be read");
    assert!(committed.cursor.expect("a cursor").contains("\"jobs\""), "it is remembered that jobs are there");
}

#[test]
fn an_account_that_may_read_nothing_is_told_so() {
    let sorts = [
        "apis/apps/v1/deployments",
        "apis/apps/v1/statefulsets",
        "apis/apps/v1/daemonsets",
        "apis/batch/v1/cronjobs",
        JOBS,
        "apis/autoscaling/v2/horizontalpodautoscalers",
        PODS,
    ];
    let server = sorts.into_iter().fold(Server::new("prod"), |server, path| server.answers(path, forbidden("x")));
    let error = server.before(portal(&["prod"])).run(run).expect_err("nothing").to_string();
    assert!(error.contains("may read nothing that runs") && error.contains("add to the role"), "{error}");
    let nobody = || forbidden("x\" as User \"system:anonymous");
    let server = sorts.into_iter().fold(Server::new("prod"), |server, path| server.answers(path, nobody()));
    let error = server.before(portal(&["prod"])).run(run).expect_err("nobody").to_string();
    assert!(error.contains("takes the portal for nobody") && !error.contains("add to the role"), "{error}");
}

#[test]
fn a_run_that_is_about_one_cluster_reads_that_and_adds_up_all() {
    let mut orders = json!(component("orders"));
    orders["facts"]["kubernetes"]["clusters"]["staging"] = json!({ "workloads": 1, "replicas": { "wanted": 1 } });
    let portal = portal(&["prod", "staging"]).entity(orders).scopes(&["prod"]);
    let portal = Server::new("prod").list(DEPLOYMENTS, &[deployment("shop", "orders")]).before(portal);
    portal.run(run).expect("read");
    assert_eq!(portal.commits(), ["prod", TOGETHER]);
    assert_eq!(facts(&portal, TOGETHER, "component:default/orders")["replicas"]["wanted"], 4);
    assert!(portal.requests().iter().all(|asked| asked.url.starts_with("https://prod.test/")));
}

#[test]
fn a_selector_that_is_none_is_shown_on_its_entity() {
    let orders = component("orders").annotation("backstage.io/kubernetes-label-selector", "app in orders");
    let portal = Server::new("prod").before(portal(&["prod"]).entity(orders));
    portal.run(run).expect("read");
    assert_eq!(committed(&portal, TOGETHER).problems[0].0, "component:default/orders");
}

#[test]
fn a_run_that_is_asked_to_stop_commits_nothing_more() {
    let portal = Server::new("prod").before(portal(&["prod"]));
    portal.cancel();
    assert!(portal.run(run).is_err());
    assert_eq!(portal.commits(), Vec::<String>::new());
}
