//! Users whom a proxy in front of the portal has signed in: who they are, what `@me` finds, and in whose name buttons act.

use std::fs;

use portico_manifest::pack;
use portico_tests::fakes::pagerduty::{PagerDuty, TOKEN, USER};
use portico_tests::{Answer, Portal, PortalBuilder, packed_plugin, taken_apart, until};
use serde_json::{Value, json};

const CATALOG: &str = "\
apiVersion: backstage.io/v1alpha1
kind: User
metadata: { name: ada }
spec: { profile: { email: EMAIL }, memberOf: [payments] }
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: payments }
spec: { type: team, children: [] }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: orders, annotations: { pagerduty.com/service-id: PSVC001 } }
spec: { type: service, lifecycle: production, owner: payments }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: others }
spec: { type: service, lifecycle: production, owner: somebody-else }
";

const HEADER: &str = "x-forwarded-email";

fn portal(server: &str, plugins: &str) -> Portal {
    let config = format!(
        "\
{server}
locations: [{{ type: file, target: '{{folder}}/catalog.yaml' }}]
plugins:
  locations:
    grants: {{ files: ['{{folder}}'], catalog: {{ write: ['*'] }} }}
{plugins}"
    );
    let builder = PortalBuilder::new(&config).file("catalog.yaml", &CATALOG.replace("EMAIL", USER));
    let portal = builder.environment("PORTICO_TEST_PAGERDUTY", TOKEN).start();
    until("the catalog is there", || {
        (portal.get("/api/catalog/entities/by-name/component/default/others").status == 200).then_some(())
    });
    portal
}

fn by(portal: &Portal, who: &str, path: &str) -> Answer {
    portal.send("GET", path, None, &[(HEADER, who)])
}

#[test]
fn whom_a_proxy_names_is_who_asks_and_nobody_else() {
    let portal = portal("server: { user: { header: X-Forwarded-Email } }", "");
    let me = |who: &str| by(&portal, who, "/api/portico/me").json();
    let ada = json!({ "user": "user:default/ada", "groups": ["group:default/payments"] });
    let nobody = json!({ "user": null, "groups": [] });
    for (who, expected) in [
        (USER, &ada),
        (&*USER.to_uppercase(), &ada),
        ("ada", &ada),
        ("user:default/ada", &ada),
        ("nobody@acme.example", &nobody),
        ("group:default/payments", &nobody),
        ("", &nobody),
        (&format!("{USER},kind=component"), &nobody),
    ] {
        assert_eq!(me(who), *expected, "{who}");
    }
    let twice = portal.send("GET", "/api/portico/me", None, &[(HEADER, USER), (HEADER, "ada")]);
    assert_eq!(twice.json(), nobody, "of two nobody knows which the proxy wrote");

    let mine = "/api/catalog/entities/by-query?filter=kind=component&q=owner:@me&fields=metadata.name";
    assert_eq!(by(&portal, USER, mine).json()["items"], json!([{ "metadata": { "name": "orders" } }]));
    assert_eq!(portal.json(mine)["totalItems"], 0);
    let page = "/catalog?kind=component&q=owner:@me";
    let shows = |page: &str| page.contains("/catalog/default/component/orders");
    assert!(shows(&by(&portal, USER, page).body), "the page asks in the name of who asks for it");
    assert!(!shows(&portal.get(page).body));
}

#[test]
fn without_a_word_of_the_operator_no_header_is_believed() {
    let portal = portal("", "");
    assert_eq!(by(&portal, USER, "/api/portico/me").json()["user"], Value::Null);
    for (header, said) in [("Cookie", "`Cookie` is no header that says who somebody is"), ("a b", "`a b` is no header")]
    {
        let config = format!("server: {{ user: {{ header: {header} }} }}\n");
        let refused = PortalBuilder::new(&config).refused();
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn a_button_acts_in_the_name_of_who_pressed_it() {
    let server = PagerDuty::with(4);
    let url = server.url();
    let port = url::Url::parse(&url).expect("an address").port().expect("a port");
    let plugin = format!(
        "  pagerduty:
    every: never
    settings: {{ api: '{url}', actions: true }}
    grants:
      http: [{{ host: 127.0.0.1, port: {port}, scheme: http }}]
      private-addresses: [127.0.0.1]
      credentials: {{ api: {{ secret: {{ env: PORTICO_TEST_PAGERDUTY }} }} }}
      catalog: {{ read: [Component, User], attach: [Component] }}
"
    );
    let portal = portal("server: { user: { header: x-forwarded-email } }", &plugin);
    let packed = packed_plugin("pagerduty");
    let (component, manifest) = taken_apart(&packed);
    // PagerDuty is on loopback here.
    let manifest = manifest.replace("host: api.pagerduty.com", "host: 127.0.0.1\n      port: '*'");
    let manifest = manifest.replace("hosts: [api.pagerduty.com, api.eu.pagerduty.com]", "hosts: [127.0.0.1]");
    fs::create_dir_all(portal.folder().join("data/plugins")).expect("a folder");
    let packed = pack(component, &manifest).expect("a manifest that can be used");
    fs::write(portal.folder().join("data/plugins/pagerduty.wasm"), packed).expect("a file");
    until("the plugin is loaded", || {
        (portal.json("/api/portico/plugins/pagerduty")["origin"] == "pagerduty.wasm").then_some(())
    });
    let run = portal.run("pagerduty");
    assert_eq!(run["state"], "succeeded", "{run} {:?}", portal.run_log(&run));
    let press = |headers: &[(&str, &str)]| {
        let body = json!({ "action": "create", "entity": "component:default/orders", "input": { "title": "Down", "urgency": "high" } });
        let headers = [&[("content-type", "application/json")], headers].concat();
        portal.send("POST", "/api/portico/cards/pagerduty/incidents/invoke", Some(&body.to_string()), &headers)
    };
    let nobody = press(&[]);
    assert!(nobody.status == 502 && nobody.body.contains("sign in as somebody"), "{} {}", nobody.status, nobody.body);
    let ada = press(&[(HEADER, USER)]);
    assert_eq!(ada.status, 200, "{}", ada.body);
    assert!(ada.body.contains("Down"), "{}", ada.body);
}
