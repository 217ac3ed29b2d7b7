//! Clusters in the portal: what runs is known of components, stays known while a cluster is not, and is changed only by who may.
//!
//! The cases that every cluster can show are made against a real API server as well, where one is at hand.

use std::collections::BTreeSet;
use std::fs;

use portico_tests::fakes::Kubernetes;
use portico_tests::{Portal, PortalBuilder, Real, packed_plugin, until};
use serde_json::{Value, json};

pub(super) const DEPLOYMENTS: &str = "apis/apps/v1/deployments";
const PODS: &str = "api/v1/pods";

pub(super) const CATALOG: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: orders, annotations: { backstage.io/kubernetes-id: orders } }
spec: { type: service, lifecycle: production, owner: payments-team }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: payments }
spec: { type: service, lifecycle: production, owner: payments-team }
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: { name: shop, annotations: { backstage.io/kubernetes-label-selector: 'app.kubernetes.io/part-of in (shop)' } }
spec: { owner: payments-team }
";

pub(super) fn deployment(name: &str, wanted: u32, ready: u32) -> Value {
    let labels = json!({ "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop" });
    let container = json!({
        "name": "app", "image": format!("registry.test/shop/{name}:1.4.2"),
        "env": [{ "name": "PASSWORD", "value": "hunter2" }],
        "resources": { "requests": { "cpu": "100m", "memory": "128Mi" } },
    });
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "labels": labels, "creationTimestamp": "2026-01-10T09:00:00Z",
            "annotations": { "backstage.io/kubernetes-id": name },
        },
        "spec": { "replicas": wanted, "template": { "metadata": { "labels": labels }, "spec": { "containers": [container] } } },
        "status": { "readyReplicas": ready, "availableReplicas": ready },
    })
}

fn pod(deployment: &str, number: u32, restarts: u32, waits: Option<&str>) -> Value {
    let state = waits.map_or(json!({ "running": {} }), |reason| json!({ "waiting": { "reason": reason } }));
    let ready = if waits.is_none() { "True" } else { "False" };
    let owner = json!({ "kind": "ReplicaSet", "name": format!("{deployment}-6c9d"), "uid": "set", "controller": true });
    json!({
        "metadata": {
            "name": format!("{deployment}-6c9d-{number}"), "namespace": "shop",
            "labels": { "pod-template-hash": "6c9d" }, "ownerReferences": [owner],
        },
        "status": {
            "phase": "Running", "conditions": [{ "type": "Ready", "status": ready }],
            "containerStatuses": [{ "name": "app", "restartCount": restarts, "state": state }],
        },
    })
}

/// A cluster in which `orders` runs well and `payments` does not, as in the real one.
pub(super) fn shop() -> Kubernetes {
    let cluster = Kubernetes::start();
    cluster.put(DEPLOYMENTS, deployment("orders", 3, 3));
    cluster.put(DEPLOYMENTS, deployment("payments", 2, 1));
    cluster.put(DEPLOYMENTS, deployment("unknown", 1, 1));
    (0..3).for_each(|number| cluster.put(PODS, pod("orders", number, 0, None)));
    cluster.put(PODS, pod("payments", 0, 1, None));
    cluster.put(PODS, pod("payments", 1, 17, Some("CrashLoopBackOff")));
    cluster.put(PODS, pod("payments", 2, 0, Some("ImagePullBackOff")));
    cluster
}

/// Lines of the plugin's entry.
struct Entry<'a> {
    server: &'a str,
    settings: &'a str,
    http: &'a str,
    more: &'a str,
}

fn portal(entry: &Entry<'_>, environment: &[(&str, &str)]) -> Portal {
    let Entry { server, settings, http, more } = entry;
    let lines = format!(
        "    settings: {{ clusters: [{{ name: prod, server: '{server}' }}], {settings} }}
    grants:
      http: [{{ host: localhost, {http} }}]
      {more}"
    );
    started(&lines, environment, &[])
}

/// A portal in which the plugin is set and granted what these lines say.
pub(super) fn started(lines: &str, environment: &[(&str, &str)], files: &[(&str, &str)]) -> Portal {
    let config = format!(
        "\
trust: {{ unsigned: true }}
locations: [{{ type: file, target: '{{folder}}/catalog.yaml' }}]
plugins:
  locations:
    grants: {{ files: ['{{folder}}'], catalog: {{ write: ['*'] }} }}
  kubernetes:
    every: never
{lines}
      private-addresses: ['127.0.0.1', '::1']
      catalog: {{ read: [Component, Resource, System, Workload], attach: [Component, Resource, System] }}
"
    );
    let builder = PortalBuilder::new(&config).file("catalog.yaml", CATALOG);
    let builder = environment.iter().fold(builder, |builder, (name, value)| builder.environment(name, value));
    let builder = files.iter().fold(builder, |builder, (path, text)| builder.file(path, text));
    let portal = builder.start();
    until("the components are there", || entity(&portal, "system/default/shop"));
    let plugins = portal.folder().join("data/plugins");
    fs::create_dir_all(&plugins).expect("a folder");
    fs::write(plugins.join("kubernetes.wasm"), packed_plugin("kubernetes")).expect("a file");
    until("the plugin is loaded", || {
        let plugin = portal.json("/api/portico/plugins/kubernetes");
        plugin["version"].as_str().is_some_and(|version| !version.is_empty()).then_some(())
    });
    portal
}

fn portal_of(cluster: &Kubernetes, settings: &str, methods: &str) -> Portal {
    let (server, http) = (
        format!("http://localhost:{}", cluster.port()),
        format!("port: {}, scheme: http, methods: [{methods}]", cluster.port()),
    );
    portal(&Entry { server: &server, settings, http: &http, more: "" }, &[])
}

pub(super) fn entity(portal: &Portal, name: &str) -> Option<Value> {
    let answer = portal.get(&format!("/api/catalog/entities/by-name/{name}"));
    (answer.status == 200).then(|| answer.json())
}

pub(super) fn facts(portal: &Portal, name: &str) -> Value {
    entity(portal, name).unwrap_or_default()["facts"]["kubernetes"].clone()
}

pub(super) fn ran(portal: &Portal) -> Value {
    let run = portal.run("kubernetes");
    assert_eq!(run["state"], "succeeded", "{run} {:?}", portal.run_log(&run));
    run
}

/// What the role in the documentation allows an account that reads, such as `list apps/deployments`.
fn role() -> BTreeSet<String> {
    let documentation = include_str!("../../../docs/integrations/kubernetes.md");
    let role = documentation.split("kind: ClusterRole\n").nth(1).and_then(|rest| rest.split("---").next());
    let rules = role.expect("a role").lines().filter_map(|line| line.strip_prefix("  - { apiGroups: ["));
    let list = |rule: &str, key: &str| -> Vec<String> {
        let list = rule.split_once(key).and_then(|(_, rest)| rest.split_once(']')).expect("a list").0;
        list.split(", ").map(str::to_owned).collect()
    };
    let of_rule = |rule: &str| -> Vec<String> {
        let group = rule.split(']').next().unwrap_or_default().trim_matches('"');
        let (resources, verbs) = (list(rule, "resources: ["), list(rule, "verbs: ["));
        let of_verb =
            |verb: &String| resources.iter().map(move |one| format!("{verb} {group}/{one}")).collect::<Vec<_>>();
        verbs.iter().flat_map(of_verb).collect()
    };
    let rights: BTreeSet<String> = rules.flat_map(of_rule).collect();
    assert!(rights.contains("watch /pods") && !rights.iter().any(|right| right.contains("secret")), "{rights:?}");
    rights
}

/// What every cluster shows in which `orders` runs well and `payments` does not.
pub(super) fn shows_what_runs(portal: &Portal) {
    ran(portal);
    let payments = facts(portal, "component/default/payments");
    assert_eq!(payments["replicas"], json!({ "wanted": 2, "ready": 1, "available": 1 }), "{payments}");
    assert_eq!((&payments["failing"]["pods"], &payments["restarts"]), (&json!(2), &json!(18)));
    let reasons = payments["failing"]["reasons"].to_string();
    assert!(reasons.contains("CrashLoopBackOff") && reasons.contains("ImagePullBackOff"), "{reasons}");
    assert_eq!(payments["clusters"]["prod"]["workloads"], 1);
    let orders = facts(portal, "component/default/orders");
    assert_eq!(orders["clusters"]["prod"]["failing"]["pods"], 0, "{orders}");
    assert!(orders["images"].to_string().contains("orders:1.4.2"), "{orders}");
    assert!(facts(portal, "system/default/shop")["workloads"].as_u64() >= Some(2), "its selector takes both");

    let found = portal.json(
        "/api/catalog/entities/by-query?q=facts.kubernetes.failing.pods%3E0&filter=kind=component&fields=metadata.name",
    );
    assert_eq!(found["items"], json!([{ "metadata": { "name": "payments" } }]), "facts are what the catalog finds by");
    let workload = entity(portal, "workload/prod/shop.deployment.payments").expect("an entity of its own");
    assert_eq!((&workload["spec"]["health"], &workload["spec"]["ready"]), (&json!("failing"), &json!("1 of 2")));
    let relations = workload["relations"].to_string();
    assert!(
        relations.contains("component:default/payments") && relations.contains("system:default/shop"),
        "{relations}"
    );

    let card = portal.json("/api/portico/cards/kubernetes/workloads?entity=component:default/payments");
    assert_eq!(card["status"]["tone"], "bad", "{card}");
    assert!(card.to_string().contains("CrashLoopBackOff") && card.to_string().contains("payments-6c9d"), "{card}");
    let card = portal.json("/api/portico/cards/kubernetes/failing");
    assert!(card.to_string().contains("workload:prod/shop.deployment.payments"), "{card}");
}

#[test]
fn a_component_knows_how_it_runs() {
    let cluster = shop();
    let portal = portal_of(&cluster, "", "GET");
    shows_what_runs(&portal);
    // A check asks for the version, which everybody may read.
    let version = "version".to_owned();
    let resources = role().into_iter().filter_map(|right| right.rsplit('/').next().map(str::to_owned));
    let allowed: BTreeSet<String> = resources.chain([version]).collect();
    let asked = cluster.asked();
    let is_allowed = |asked: &String| {
        asked.starts_with("GET /") && asked.rsplit('/').next().is_some_and(|resource| allowed.contains(resource))
    };
    assert!(asked.iter().all(is_allowed), "{asked:?}");
    let all = portal.get("/api/catalog/entities").body;
    assert!(!all.contains("hunter2"), "what containers are told is nobody's business");
    assert_eq!(ran(&portal)["summary"]["updated"], 0, "the same again changes nothing");
}

#[test]
fn a_real_cluster_shows_the_same_and_its_audit_log_that_nothing_else_was_asked() {
    let Some(real) = Real::start("kube", &[]) else { return };
    let server = real.says("KUBE_URL").replace("127.0.0.1", "localhost");
    let port = server.rsplit(':').next().expect("a port");
    let entry = Entry {
        server: &server,
        settings: "also: [nodes]",
        http: &format!("port: {port}, methods: [GET]"),
        more: "credentials: { prod: { hosts: [localhost], secret: { env: KUBE_TOKEN } } }",
    };
    let portal = portal(&entry, &[("SSL_CERT_FILE", real.says("KUBE_CA")), ("KUBE_TOKEN", real.says("KUBE_TOKEN"))]);
    shows_what_runs(&portal);
    let problems = portal.json("/api/portico/problems").to_string();
    assert!(problems.contains("nodes is forbidden"), "a right that is missing is said: {problems}");
    let log = fs::read_to_string(real.says("KUBE_AUDIT_LOG")).expect("an audit log");
    let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ours: BTreeSet<String> = events
        .filter(|event| event["user"]["username"] == "portal-reader" && event["requestURI"] != "/version")
        .map(|event| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let object = &event["objectRef"];
            format!("{} {}/{}", text(&event["verb"]), text(&object["apiGroup"]), text(&object["resource"]))
        })
        .collect();
    assert!(ours.contains("list apps/deployments") && ours.contains("watch apps/deployments"), "{ours:?}");
    // The settings name nodes, which the role of the documentation leaves out.
    let wanted = ["list /nodes", "watch /nodes"].map(str::to_owned);
    let allowed = role().into_iter().chain(wanted).collect();
    let more: Vec<&String> = ours.difference(&allowed).collect();
    assert!(more.is_empty(), "it is asked for more than the documented role allows: {more:?}");
}

#[test]
fn nothing_is_removed_while_a_cluster_cannot_be_read_or_not_whole() {
    let cluster = shop();
    let portal = portal_of(&cluster, "", "GET");
    ran(&portal);
    let before = facts(&portal, "component/default/payments");
    for (path, status, expected) in [
        (PODS, 500, "the server answered 500"),
        ("", 401, "does not know the credential"),
        (DEPLOYMENTS, 404, "not as an API server"),
    ] {
        cluster.fail(path, status);
        let run = portal.run("kubernetes");
        assert_eq!(run["state"], "failed", "{status}: {run}");
        assert!(run["result"]["message"].as_str().is_some_and(|said| said.contains(expected)), "{status}: {run}");
        assert_eq!(facts(&portal, "component/default/payments"), before, "{status}");
        assert!(entity(&portal, "workload/prod/shop.deployment.unknown").is_some(), "{status}");
        cluster.heal();
    }
    cluster.fail("apis/apps/v1/deployments", 403);
    ran(&portal);
    assert_eq!(facts(&portal, "component/default/payments"), before, "a right that was lost removes nothing");
    assert!(portal.json("/api/portico/problems").to_string().contains("add to the role of the account"));
    cluster.heal();
    cluster.remove(DEPLOYMENTS, "shop", "unknown");
    cluster.expire();
    ran(&portal);
    assert!(entity(&portal, "workload/prod/shop.deployment.unknown").is_none(), "what is gone is gone");
    assert!(entity(&portal, "workload/prod/shop.deployment.payments").is_some(), "a list that expired was read again");
}

fn press(portal: &Portal, action: &str, input: &Value) -> (u16, String) {
    let path = "/api/portico/cards/kubernetes/workloads/invoke";
    let answer = portal.post(path, &json!({ "entity": "component:default/orders", "action": action, "input": input }));
    (answer.status, answer.body)
}

#[test]
fn buttons_are_there_for_who_wants_them_and_do_nothing_without_a_grant() {
    let cluster = shop();
    let input = json!({ "workload": "prod/shop/Deployment/orders", "replicas": 5 });
    let replicas = || cluster.object(DEPLOYMENTS, "shop", "orders")["spec"]["replicas"].clone();
    let ungranted = portal_of(&cluster, "actions: true", "GET");
    ran(&ungranted);
    let (_, said) = press(&ungranted, "scale", &input);
    assert!(said.contains("PATCH"), "{said}");
    assert_eq!(replicas(), 3);
    drop(ungranted);
    let on = portal_of(&cluster, "actions: true", "GET, PATCH");
    ran(&on);
    let (status, said) = press(&on, "scale", &input);
    assert_eq!((status, replicas()), (200, json!(5)), "{said}");
    let (status, said) = press(&on, "restart", &json!({ "workload": "prod/shop/Deployment/orders" }));
    assert_eq!(status, 200, "{said}");
    let annotations =
        cluster.object(DEPLOYMENTS, "shop", "orders")["spec"]["template"]["metadata"]["annotations"].clone();
    assert!(annotations["kubectl.kubernetes.io/restartedAt"].is_string(), "{annotations}");
    let (status, said) = press(&on, "restart", &json!({ "workload": "prod/kube-system/Deployment/coredns" }));
    assert!(status >= 400, "only what the card shows: {said}");
}

#[test]
fn what_changes_is_there_within_seconds_without_a_run() {
    let cluster = shop();
    let portal = portal_of(&cluster, "", "GET");
    let failing = |count: u32| {
        until("the facts follow", || {
            let failing = facts(&portal, "component/default/orders")["failing"]["pods"].clone();
            (failing == json!(count)).then_some(())
        });
    };
    failing(0);
    cluster.put(PODS, pod("orders", 1, 3, Some("CrashLoopBackOff")));
    failing(1);
    cluster.put(PODS, pod("orders", 1, 4, None));
    failing(0);
    cluster.put(DEPLOYMENTS, deployment("fresh", 1, 1));
    until("a new workload is there", || entity(&portal, "workload/prod/shop.deployment.fresh"));
    cluster.remove(DEPLOYMENTS, "shop", "fresh");
    until("it is gone", || entity(&portal, "workload/prod/shop.deployment.fresh").is_none().then_some(()));
    let live = facts(&portal, "component/default/payments");
    ran(&portal);
    assert_eq!(facts(&portal, "component/default/payments"), live, "a whole reading says the same");
}
