//! What different plugins bring is one catalog: a question may ask of both, as soon as they are installed.

use std::fs;

use portico_manifest::pack;
use portico_tests::fakes::Kubernetes;
use portico_tests::fakes::pagerduty::{PagerDuty, TOKEN};
use portico_tests::{Portal, PortalBuilder, packed_plugin, plugin_command, taken_apart, until};
use serde_json::{Value, json};

const DEPLOYMENTS: &str = "apis/apps/v1/deployments";

/// Two services that have incidents by what PagerDuty calls them, and run in a cluster under their names.
const CATALOG: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: orders, annotations: { pagerduty.com/service-id: PSVC001, backstage.io/kubernetes-id: orders } }
spec: { type: service, lifecycle: production, owner: none }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: payments, annotations: { pagerduty.com/service-id: PSVC002, backstage.io/kubernetes-id: payments } }
spec: { type: service, lifecycle: production, owner: none }
";

fn deployment(name: &str, ready: u32) -> Value {
    let labels = json!({ "app.kubernetes.io/name": name });
    json!({
        "metadata": { "name": name, "namespace": "shop", "labels": labels, "creationTimestamp": "2026-01-10T09:00:00Z",
                      "annotations": { "backstage.io/kubernetes-id": name } },
        "spec": { "replicas": 2, "template": { "metadata": { "labels": labels },
                  "spec": { "containers": [{ "name": "app", "image": "registry.test/app:1" }] } } },
        "status": { "readyReplicas": ready, "availableReplicas": ready },
    })
}

/// Installs a plugin into a portal that runs.
fn install(portal: &Portal, name: &str, package: &[u8], config: &str) {
    let folder = portal.folder();
    fs::write(folder.join("package.wasm"), package).expect("a file");
    fs::write(folder.join("config.yaml"), config).expect("a file");
    let arguments = ["install", "package.wasm", "--config", "config.yaml", "--approve", "--at", portal.address()];
    let (done, said) = plugin_command(folder, &arguments);
    assert!(done, "{said}");
    until(&format!("{name} has run"), || {
        let plugin = portal.json(&format!("/api/portico/plugins/{name}"));
        (plugin["runs"][0]["state"] == "succeeded").then_some(())
    });
}

#[test]
fn one_question_asks_of_what_two_plugins_brought_right_after_they_were_installed() {
    let (pagerduty, cluster) = (PagerDuty::with(2), Kubernetes::start());
    cluster.put(DEPLOYMENTS, deployment("orders", 1));
    cluster.put(DEPLOYMENTS, deployment("payments", 1));
    let config = "\
trust: { unsigned: true }
locations: [{ type: file, target: '{folder}/catalog.yaml' }]
plugins:
  locations:
    grants: { files: ['{folder}'], catalog: { write: ['*'] } }
";
    let portal =
        PortalBuilder::new(config).file("catalog.yaml", CATALOG).environment("PORTICO_TEST_PAGERDUTY", TOKEN).start();
    until("the components are there", || {
        (portal.get("/api/catalog/entities/by-name/component/default/payments").status == 200).then_some(())
    });
    let port = url::Url::parse(&pagerduty.url()).expect("an address").port().expect("a port");
    let packed = packed_plugin("pagerduty");
    let (component, manifest) = taken_apart(&packed);
    // PagerDuty is on loopback here.
    let manifest = manifest.replace("host: api.pagerduty.com", "host: 127.0.0.1\n      port: '*'");
    let manifest = manifest.replace("hosts: [api.pagerduty.com, api.eu.pagerduty.com]", "hosts: [127.0.0.1]");
    install(
        &portal,
        "pagerduty",
        &pack(component, &manifest).expect("a manifest that can be used"),
        &format!(
            "settings: {{ api: '{}' }}\ngrants:\n  http: [{{ host: 127.0.0.1, port: {port}, scheme: http }}]\n  private-addresses: [127.0.0.1]\n  \
             credentials: {{ api: {{ secret: {{ env: PORTICO_TEST_PAGERDUTY }} }} }}\n  catalog: {{ read: [Component], attach: [Component] }}\n",
            pagerduty.url()
        ),
    );
    install(
        &portal,
        "kubernetes",
        &packed_plugin("kubernetes"),
        &format!(
            "settings: {{ clusters: [{{ name: prod, server: 'http://localhost:{0}' }}] }}\ngrants:\n  http: [{{ host: localhost, port: {0}, scheme: http, methods: [GET] }}]\n  \
             private-addresses: ['127.0.0.1', '::1']\n  catalog: {{ read: [Component, Workload], attach: [Component] }}\n",
            cluster.port()
        ),
    );
    let finds = |question: &str| {
        let question: String = url::form_urlencoded::byte_serialize(question.as_bytes()).collect();
        let found = portal.json(&format!("/api/catalog/entities/by-query?fields=metadata.name&q={question}"));
        let items = found["items"].as_array().expect("items").clone();
        items.iter().map(|item| item["metadata"]["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let joined = "kind:component facts.pagerduty.incidents.open>0 facts.kubernetes.replicas.ready<2";
    assert_eq!(finds("kind:component facts.kubernetes.replicas.ready<2"), ["orders", "payments"]);
    assert_eq!(finds(joined), ["orders"], "payments has no incident");
    // The same as Backstage's predicate.
    let predicate = json!({ "query": { "$all": [
        { "kind": "component" },
        { "facts.pagerduty.incidents.urgency": "high" },
        { "facts.kubernetes.replicas.ready": 1 },
    ] } });
    let answer = portal.post("/api/catalog/entities/by-query", &predicate).json();
    assert_eq!(answer["totalItems"], 1, "{answer}");

    // And as a page.
    let page = portal.get(&format!(
        "/catalog?kind=component&q={}",
        url::form_urlencoded::byte_serialize(joined.trim_start_matches("kind:component ").as_bytes())
            .collect::<String>()
    ));
    assert!(page.body.contains("/catalog/default/component/orders"), "{}", page.body);
    assert!(!page.body.contains("/catalog/default/component/payments"), "{}", page.body);

    // It has a name, and so an address, and says how much it finds.
    let question = json!({
        "title": "On fire and under-replicated", "kind": "component", "q": joined,
        "columns": ["facts.pagerduty.incidents.open", "facts.kubernetes.replicas.ready"], "facets": ["facts.pagerduty.incidents.urgency"],
    });
    let saved = portal.post("/api/portico/queries", &question);
    assert_eq!(
        (saved.status, &saved.json()["name"], &saved.json()["entities"]),
        (201, &json!("on-fire-and-under-replicated"), &json!(1))
    );
    let again = portal.post("/api/portico/queries", &question);
    assert_eq!(again.status, 409, "{}", again.body);
    let led = portal.get("/queries/on-fire-and-under-replicated");
    assert_eq!(led.status, 307, "{}", led.body);
    let list = portal.get(led.link.as_deref().expect("the list"));
    for shown in
        ["On fire and under-replicated", "Incidents open", "Replicas ready", "/catalog/default/component/orders"]
    {
        assert!(list.body.contains(shown), "{shown} in {}", list.body);
    }
    // Every fact can be a column or a filter.
    let fields = portal.json("/api/portico/fields?filter=kind=component");
    let fields: Vec<&str> =
        fields["items"].as_array().expect("fields").iter().filter_map(|field| field["path"].as_str()).collect();
    for path in ["facts.pagerduty.incidents.open", "facts.pagerduty.health.state", "facts.kubernetes.changed.at"] {
        assert!(fields.contains(&path), "{path} in {fields:?}");
    }
    // The head of the service's page answers without a tab.
    let page = portal.get("/catalog/default/component/orders").body;
    let head = page.split("factbar").nth(1).and_then(|rest| rest.split("</dl>").next()).expect("the head");
    for answer in ["Owner", "Health", "1 open incident", "Changed"] {
        assert!(head.contains(answer), "{answer} in {head}");
    }

    // What changes in the cluster is there within seconds, and with it the answer.
    cluster.put(DEPLOYMENTS, deployment("orders", 2));
    until("the question finds nothing any more", || finds(joined).is_empty().then_some(()));
}
