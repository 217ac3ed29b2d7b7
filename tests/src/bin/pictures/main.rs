//! The pictures of `docs/integrations`, taken of a portal with one service that all three integrations know, of another one that reads that,
//! and of one with an agent: `cargo xtask pictures`.
//!
//! The portals, its plugins and the browser are the real ones; forge, cluster and PagerDuty are those of the tests. Pictures are taken anew when
//! what they show has changed, and looked at before they are committed.

mod elsewhere;

use std::fs;
use std::path::Path;

use portico_manifest::pack;
use portico_tests::fakes::pagerduty::{PagerDuty, TOKEN};
use portico_tests::fakes::{Forge, Hosted, Kubernetes};
use portico_tests::{Browser, Portal, PortalBuilder, Repository, packed_plugin, taken_apart, until};
use serde_json::{Value, json};

const SERVICE: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: payments-api
  title: Payments API
  description: Authorises, captures and refunds card payments
  tags: [rust, pci]
  annotations:
    pagerduty.com/service-id: PSVC001
    backstage.io/kubernetes-id: payments-api
spec: { type: service, lifecycle: production, owner: payments, system: card-processing }
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: payments, title: Payments Core }
spec: { type: team, children: [] }
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: { name: card-processing, description: From the card to the money }
spec: { owner: payments }
";

/// Width and height of the window, in pixels: what a laptop shows.
const WINDOW: (u32, u32) = (1280, 900);

/// The page of the service.
const PAGE: &str = "/catalog/default/component/payments-api";

/// What is taken of it: the file, and what has to be there first.
const PICTURES: [(&str, &str); 4] = [
    ("service", "main"),
    ("pagerduty", "#card-pagerduty-incidents"),
    ("kubernetes", "#card-kubernetes-workloads"),
    ("forges", "#card-forges-pull-requests"),
];

#[tokio::main]
async fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "docs/integrations/pictures".to_owned());
    fs::create_dir_all(&folder).expect("the folder of the pictures");
    let (code, calls, cluster) =
        (Repository::with(&[("catalog-info.yaml", SERVICE)]), PagerDuty::with(2), Kubernetes::start());
    let forge = Forge::hosting(vec![Hosted {
        id: 1,
        name: "payments-api".to_owned(),
        path: code.path(),
        pulls: vec!["2026-11-20T09:00:00Z".to_owned(), "2026-11-25T15:30:00Z".to_owned()],
        conclusion: "success".to_owned(),
        ..Hosted::default()
    }]);
    fill(&cluster);
    let portal = portal(&code, &calls, &cluster, &forge);
    let browser = Browser::start(true).await;
    browser.resize(WINDOW.0, WINDOW.1).await;
    for (name, what) in PICTURES {
        take(&browser, &portal, PAGE, what, &Path::new(&folder).join(format!("{name}.png"))).await;
    }
    let federated = elsewhere::federated(&portal);
    take(&browser, &federated, PAGE, "main", &Path::new(&folder).join("backstage.png")).await;
    let (edge, _agent) = elsewhere::with_agent(&cluster);
    take(&browser, &edge, "/plugins/kubernetes", "main", &Path::new(&folder).join("agent.png")).await;
}

/// Takes a picture of a page of a portal, once this is drawn, with it in its middle.
async fn take(browser: &Browser, portal: &Portal, page: &str, what: &str, file: &Path) {
    browser.open(&format!("{}{page}", portal.address())).await;
    let drawn = "return document.querySelectorAll('[aria-busy=true], .skeleton').length === 0
                        && document.querySelector(arguments[0]) !== null;"
        .replace("arguments[0]", &Value::from(what).to_string());
    browser.until(&format!("{what} is drawn"), async || browser.script(&drawn).await == true).await;
    if what != "main" {
        let into_view = format!("document.querySelector({}).scrollIntoView({{ block: 'center' }})", Value::from(what));
        browser.script(&into_view).await;
    }
    fs::write(file, browser.screenshot().await).expect("a picture");
    eprintln!("{} is taken", file.display());
}

/// Two workloads of the service, of which one cannot start all its pods.
fn fill(cluster: &Kubernetes) {
    for (name, wanted, ready) in [("payments-api", 3, 3), ("payments-capture", 2, 1)] {
        let labels = json!({ "app.kubernetes.io/name": name });
        let container = json!({
            "name": "app", "image": format!("registry.example/{name}:4187"),
            "resources": { "requests": { "cpu": "250m", "memory": "256Mi" }, "limits": { "memory": "512Mi" } },
        });
        cluster.put(
            "apis/apps/v1/deployments",
            json!({
                "metadata": {
                    "name": name, "namespace": "payments", "labels": labels, "creationTimestamp": "2026-11-27T08:00:00Z",
                    "annotations": { "backstage.io/kubernetes-id": "payments-api" },
                },
                "spec": { "replicas": wanted, "template": { "metadata": { "labels": labels }, "spec": { "containers": [container] } } },
                "status": { "readyReplicas": ready, "availableReplicas": ready },
            }),
        );
        for number in 0..wanted {
            let waits = number >= ready;
            let state =
                if waits { json!({ "waiting": { "reason": "CrashLoopBackOff" } }) } else { json!({ "running": {} }) };
            let owner =
                json!({ "kind": "ReplicaSet", "name": format!("{name}-6c9d"), "uid": "set", "controller": true });
            cluster.put(
                "api/v1/pods",
                json!({
                    "metadata": {
                        "name": format!("{name}-6c9d-{number}"), "namespace": "payments",
                        "labels": { "pod-template-hash": "6c9d" }, "ownerReferences": [owner],
                    },
                    "status": {
                        "phase": "Running", "conditions": [{ "type": "Ready", "status": if waits { "False" } else { "True" } }],
                        "containerStatuses": [{ "name": "app", "restartCount": if waits { 14 } else { 0 }, "state": state }],
                    },
                }),
            );
        }
    }
}

/// A portal in which all three have run.
fn portal(code: &Repository, calls: &PagerDuty, cluster: &Kubernetes, forge: &Forge) -> Portal {
    let port = url::Url::parse(&calls.url()).ok().and_then(|url| url.port()).expect("a port");
    let config = format!(
        "\
trust: {{ unsigned: true }}
plugins:
  forges:
    every: never
    settings: {{ forges: [{{ type: github, owner: acme, api: 'http://localhost:{forge}', web: 'https://github.example' }}] }}
    grants:
      http: [{{ host: localhost, port: {forge}, scheme: http }}]
      private-addresses: [127.0.0.1, '::1']
      repositories: ['{code}']
      catalog: {{ read: ['*'], write: ['*'], attach: ['*'] }}
  kubernetes:
    every: never
    settings: {{ clusters: [{{ name: prod-eu-west-1, server: 'http://localhost:{cluster}' }}] }}
    grants:
      http: [{{ host: localhost, port: {cluster}, scheme: http, methods: [GET] }}]
      private-addresses: ['127.0.0.1', '::1']
      catalog: {{ read: [Component, Resource, System, Workload], attach: [Component, Resource, System] }}
  pagerduty:
    every: never
    settings: {{ api: '{calls}' }}
    grants:
      http: [{{ host: 127.0.0.1, port: {port}, scheme: http }}]
      private-addresses: [127.0.0.1]
      credentials: {{ api: {{ secret: {{ env: PORTICO_PICTURES_TOKEN }} }} }}
      catalog: {{ read: [Component], attach: [Component] }}
",
        forge = forge.port(),
        code = code.path().display(),
        cluster = cluster.port(),
        calls = calls.url(),
    );
    let portal = PortalBuilder::new(&config).environment("PORTICO_PICTURES_TOKEN", TOKEN).start();
    let packed = packed_plugin("pagerduty");
    let (component, manifest) = taken_apart(&packed);
    // PagerDuty is on loopback here.
    let manifest = manifest.replace("host: api.pagerduty.com", "host: 127.0.0.1\n      port: '*'");
    let manifest = manifest.replace("hosts: [api.pagerduty.com, api.eu.pagerduty.com]", "hosts: [127.0.0.1]");
    fs::create_dir_all(portal.folder().join("data/plugins")).expect("a folder");
    let plugin = pack(component, &manifest).expect("a manifest that can be used");
    fs::write(portal.folder().join("data/plugins/pagerduty.wasm"), plugin).expect("a file");
    until("the plugin is loaded", || {
        let plugin = portal.json("/api/portico/plugins/pagerduty");
        (plugin["origin"] == "pagerduty.wasm" && plugin["state"] == "running").then_some(())
    });
    for plugin in ["forges", "kubernetes", "pagerduty"] {
        let run = portal.run(plugin);
        assert_eq!(run["state"], "succeeded", "{run}: {:?}", portal.run_log(&run));
    }
    portal
}
