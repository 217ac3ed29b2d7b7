//! What API servers are asked for, in all that the plugin does: what the role in the documentation allows, and nothing else.
//!
//! Rule: whoever has it ask for more writes it there first, since that role is what operators give its account.

use std::collections::BTreeSet;

use portico_sdk::cards::{Cards, Context};
use portico_sdk::checks::Findings;
use portico_sdk::entity::Entity;
use portico_sdk::model::EntityRef;
use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

use crate::card::Runtime;
use crate::sort::Sort;
use crate::testing::{Server, component, deployment, page, pod};
use crate::{checks, follow, sync};

const DOCUMENTATION: &str = include_str!("../../../docs/integrations/kubernetes.md");
const MANIFEST: &str = include_str!("../manifest.yaml");

/// The rights of the rules in a text, such as `list apps/deployments`, by whether they change anything.
fn rights(text: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let rules = text.lines().filter_map(|line| line.trim().strip_prefix("- { apiGroups: "));
    let list = |rule: &str, key: &str| -> Vec<String> {
        let list = rule.split_once(key).and_then(|(_, rest)| rest.split_once(']')).expect("a list").0;
        list.split(", ").map(|one| one.trim_matches('"').to_owned()).collect()
    };
    let all = rules.flat_map(|rule| {
        let (group, resources, verbs) = (list(rule, "["), list(rule, "resources: ["), list(rule, "verbs: ["));
        let of =
            move |verb: String| resources.iter().map(|one| format!("{verb} {}/{one}", group[0])).collect::<Vec<_>>();
        verbs.into_iter().flat_map(of).collect::<Vec<_>>()
    });
    all.partition(|right| !right.starts_with("patch "))
}

/// The right that a request takes.
fn right(method: &str, url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://prod.test/").expect("nobody else is asked");
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let parts: Vec<&str> = path.split('/').collect();
    let (group, rest) = match parts[..] {
        // Every account may read it.
        ["version"] => return None,
        ["api", _, ref rest @ ..] => ("", rest),
        ["apis", group, _, ref rest @ ..] => (group, rest),
        _ => panic!("{url} is no resource"),
    };
    let (verb, resource) = match (method, rest) {
        ("GET", [resource]) if query.contains("watch=true") => ("watch", (*resource).to_owned()),
        ("GET", [resource]) => ("list", (*resource).to_owned()),
        ("PATCH", ["namespaces", _, resource, _]) => ("patch", (*resource).to_owned()),
        ("PATCH", ["namespaces", _, resource, _, below]) => ("patch", format!("{resource}/{below}")),
        _ => panic!("{method} {url} is no right of the role"),
    };
    Some(format!("{verb} {group}/{resource}"))
}

fn asked(portal: &Portal) -> BTreeSet<String> {
    portal.requests().iter().filter_map(|asked| right(&asked.method, &asked.url)).collect()
}

/// A cluster in which everything is asked for that the settings do not name.
fn portal(actions: bool) -> Portal {
    let clusters = json!([{ "name": "prod", "server": "https://prod.test" }]);
    // Whose it is, only its replica set tells.
    let mut other = pod("shop", "orders", 1);
    other["metadata"]["ownerReferences"][0]["name"] = json!("another");
    let server = Server::new("prod").list("apis/apps/v1/deployments", &[deployment("shop", "orders")]);
    let server = server.list("api/v1/pods", &[other]).list("apis/apps/v1/replicasets", &[]);
    let workloads = ["Deployment", "StatefulSet", "DaemonSet"].map(workload);
    let version = Answer::json(&json!({ "gitVersion": "v1.35.0" }));
    let portal =
        Portal::new().settings(json!({ "clusters": clusters, "actions": actions })).entity(component("orders"));
    let portal = workloads.into_iter().fold(portal, Portal::entity).answer("GET", "https://prod.test/version", version);
    let portal = Sort::ALWAYS.into_iter().fold(portal, |portal, sort| {
        let resource = sort.resource();
        let path = format!("https://prod.test/{}/{}?limit=1", resource.versions[0], resource.plural);
        portal.answer("GET", &path, page(&[], ""))
    });
    let patch = |portal: Portal, path: &str| {
        portal.answer(
            "PATCH",
            &format!("https://prod.test/apis/apps/v1/namespaces/shop/{path}"),
            Answer::json(&json!({})),
        )
    };
    let paths = [
        "deployments/orders",
        "statefulsets/orders",
        "daemonsets/orders",
        "deployments/orders/scale",
        "statefulsets/orders/scale",
    ];
    server.before(paths.into_iter().fold(portal, patch))
}

fn workload(kind: &str) -> Entity {
    Entity::new("kubernetes.portico.dev/v1", "Workload", format!("shop.{}.orders", kind.to_lowercase()))
        .namespace("prod")
        .spec("cluster", "prod")
        .spec("namespace", "shop")
        .spec("type", kind)
        .spec("workload", "orders")
        .spec("health", "healthy")
        .spec("entities", vec!["component:default/orders"])
}

/// All that the plugin does.
fn everything(actions: bool) -> Portal {
    let portal = portal(actions);
    portal.run(sync::run).expect("read");
    portal.run(|| checks::run(&mut Findings::default()));
    portal.run(follow::some_steps).expect("followed");
    let context = Context::of(EntityRef::parse("component:orders").expect("a name"));
    for card in ["workloads", "failing"] {
        portal.run(|| Runtime::render(card, &context)).expect("a card");
    }
    for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
        let input: Value = json!({ "workload": format!("prod/shop/{kind}/orders"), "replicas": 2 });
        for action in ["restart", "scale"] {
            drop(portal.run(|| Runtime::invoke("workloads", action, &input, &context)));
        }
    }
    portal
}

#[test]
fn nothing_is_asked_for_that_the_role_of_the_documentation_does_not_allow_and_all_that_it_allows() {
    let (reads, changes) = rights(DOCUMENTATION);
    assert_eq!(asked(&everything(false)), reads, "without buttons nothing is ever changed");
    assert_eq!(asked(&everything(true)), reads.into_iter().chain(changes).collect());
}

#[test]
fn the_role_in_the_manifest_is_that_of_the_documentation() {
    assert_eq!(rights(MANIFEST).0, rights(DOCUMENTATION).0);
}

#[test]
fn the_manifest_asks_for_the_paths_that_are_asked() {
    let asks = MANIFEST.split_once("\nasks:").and_then(|(_, rest)| rest.split_once("kubeconfig:")).expect("asks").0;
    let (reads, changes) = asks.split_once("methods: [PATCH]").expect("what changes something is asked for apart");
    let paths = |text: &'static str| -> Vec<&str> {
        let listed = text.lines().filter_map(|line| line.trim().strip_prefix("- /")).collect::<Vec<_>>();
        let inline = text.split_once("paths: [/").and_then(|(_, rest)| rest.split_once(']')).map(|(path, _)| path);
        listed.into_iter().chain(inline).collect()
    };
    for asked in everything(true).requests() {
        let path =
            asked.url.strip_prefix("https://prod.test/").and_then(|rest| rest.split('?').next()).expect("its path");
        let known = if asked.method == "GET" { paths(reads) } else { paths(changes) };
        let covers = |known: &&str| known.strip_suffix('*').map_or(path == *known, |start| path.starts_with(start));
        assert!(known.iter().any(covers), "{} {path}", asked.method);
    }
}
