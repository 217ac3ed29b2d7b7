//! Portals that read each other: the plugin `backstage` over two real ones, of which one holds what the other has.

use std::fs;

use portico_tests::{Portal, PortalBuilder, packed_plugin, plugin_command, until};
use serde_json::{Value, json};

const TOKEN: &str = "a-token-of-the-other-portal";

/// Descriptors of components, all of one team, as a folder holds them.
fn catalog(names: &[&str], lifecycle: &str) -> String {
    let component = |name: &&str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{ name: {name} }}\n\
             spec: {{ type: service, lifecycle: {lifecycle}, owner: 'group:default/payments', system: store }}\n---\n"
        )
    };
    let components: String = names.iter().map(component).collect();
    format!(
        "{components}apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{ name: payments }}\nspec: {{ type: team, children: [] }}\n"
    )
}

/// A portal with these components.
fn holding(names: &[&str]) -> Portal {
    let config = "\
trust: { unsigned: true }
plugins:
  locations:
    every: never
    grants: { files: ['{folder}/catalog'], catalog: { write: ['*'] } }
locations:
  - { type: file, target: '{folder}/catalog/all.yaml' }
";
    PortalBuilder::new(config).file("catalog/all.yaml", &catalog(names, "production")).start()
}

/// Has a portal read its folder.
fn reads_its_folder(portal: &Portal) {
    let run = portal.run("locations");
    assert_eq!(run["state"], "succeeded", "{run}");
}

/// Has a portal hold other components than before.
fn holds_now(portal: &Portal, names: &[&str], lifecycle: &str) {
    fs::write(portal.folder().join("catalog/all.yaml"), catalog(names, lifecycle)).expect("a file");
    reads_its_folder(portal);
}

/// What is said of the plugin, so that it reads other portals by these settings.
fn configured(settings: &Value, others: &[&Portal]) -> String {
    let port = |other: &&Portal| url::Url::parse(other.address()).expect("an address").port().expect("a port");
    let host = |other| format!("{{ host: 127.0.0.1, port: {}, scheme: http, methods: [GET, POST] }}", port(other));
    let hosts: Vec<String> = others.iter().map(host).collect();
    let hosts = hosts.join(", ");
    format!(
        "every: never\nsettings: {settings}\ngrants:\n  http: [{hosts}]\n  private-addresses: [127.0.0.1]\n  catalog: {{ read: ['*'], write: ['*'] }}\n"
    )
}

/// Installs the plugin.
fn federates(portal: &Portal, settings: &Value, others: &[&Portal]) {
    let folder = portal.folder();
    fs::write(folder.join("backstage.wasm"), packed_plugin("backstage")).expect("a file");
    fs::write(folder.join("backstage.yaml"), configured(settings, others)).expect("a file");
    let arguments = ["install", "backstage.wasm", "--config", "backstage.yaml", "--approve", "--at", portal.address()];
    let (done, said) = plugin_command(folder, &arguments);
    assert!(done, "{said}");
    until("the plugin is loaded", || {
        (portal.json("/api/portico/plugins/backstage")["state"] == "running").then_some(())
    });
}

fn follows(portal: &Portal) -> Vec<String> {
    let run = portal.run("backstage");
    let log = portal.run_log(&run);
    assert_eq!(run["state"], "succeeded", "{run}: {log:?}");
    log
}

/// The run's own words where it fails.
fn fails(portal: &Portal) -> String {
    let run = portal.run("backstage");
    assert_eq!(run["state"], "failed", "{run}");
    run["result"]["message"].as_str().expect("a sentence").to_owned()
}

/// The components and groups of a portal, as `namespace/name` in order.
fn names(portal: &Portal) -> Vec<String> {
    let fields = "fields=metadata.namespace,metadata.name&filter=kind=component&filter=kind=group";
    let found = portal.json(&format!("/api/catalog/entities/by-query?{fields}"));
    let name = |item: &Value| {
        let part = |key: &str| item["metadata"][key].as_str().expect("a text").to_owned();
        format!("{}/{}", part("namespace"), part("name"))
    };
    let mut names: Vec<String> = found["items"].as_array().expect("items").iter().map(name).collect();
    names.sort();
    names
}

fn component(portal: &Portal, name: &str) -> Value {
    let answer = portal.get(&format!("/api/catalog/entities/by-name/component/{name}"));
    assert_eq!(answer.status, 200, "{name}: {}", answer.body);
    answer.json()
}

/// The source of what comes from a portal.
fn source(portal: &Portal, scope: &str) -> Value {
    let sources = portal.json("/api/portico/sources");
    let mut sources = sources["items"].as_array().expect("items").iter();
    sources.find(|source| source["scope"] == scope).cloned().expect("the source")
}

#[test]
fn what_another_portal_holds_is_here_and_follows_it() {
    let there = holding(&["orders", "ledger"]);
    reads_its_folder(&there);
    let here = holding(&["shop"]);
    reads_its_folder(&here);
    let settings = json!({ "portals": [{
        "name": "old", "url": there.address(), "namespace": { "*": "old-{namespace}" }, "exclude": ["metadata.name=nothing"],
    }] });
    federates(&here, &settings, &[&there]);
    follows(&here);
    let all = ["default/payments", "default/shop", "old-default/ledger", "old-default/orders", "old-default/payments"];
    assert_eq!(names(&here), all);

    // It says where it came from, and leads to what came with it.
    let orders = component(&here, "old-default/orders");
    let annotations = &orders["metadata"]["annotations"];
    assert_eq!(annotations["portico.dev/federated-from"], "old");
    assert_eq!(annotations["portico.dev/federated-entity"], "component:default/orders");
    let location = annotations["portico.dev/federated-location"].as_str().expect("a location");
    assert!(location.starts_with("file:") && location.ends_with("catalog/all.yaml"), "{location}");
    assert_eq!(annotations["backstage.io/managed-by-origin-location"], format!("url:{}", there.address()));
    assert_eq!(orders["spec"]["owner"], "group:old-default/payments");
    assert!(orders["relations"].to_string().contains("system:old-default/store"), "{orders}");

    // Nothing changes, and little is asked.
    assert_eq!(follows(&here), ["old: nothing has changed"]);

    // What changes there changes here, and what is gone there goes here.
    holds_now(&there, &["orders", "billing"], "deprecated");
    follows(&here);
    assert_eq!(component(&here, "old-default/orders")["spec"]["lifecycle"], "deprecated");
    let all = ["default/payments", "default/shop", "old-default/billing", "old-default/orders", "old-default/payments"];
    assert_eq!(names(&here), all);

    // The checks say what they see.
    let (done, said) = plugin_command(here.folder(), &["check", "backstage", "--at", here.address()]);
    assert!(done && said.contains("2 Component") && said.contains("whose changes are followed one by one"), "{said}");
}

#[test]
fn a_portal_that_is_down_or_has_nothing_removes_nothing() {
    let mut there = holding(&["orders", "ledger"]);
    reads_its_folder(&there);
    let empty = PortalBuilder::new("").start();
    let here = holding(&["shop"]);
    let settings = json!({ "portals": [
        { "name": "old", "url": there.address(), "filter": ["kind=component"] },
        { "name": "empty", "url": empty.address() },
    ] });
    federates(&here, &settings, &[&there, &empty]);
    follows(&here);
    let all = ["default/ledger", "default/orders"];
    assert_eq!(names(&here), all);
    let failing = source(&here, "empty");
    assert_eq!(failing["state"], "failing", "{failing}");
    let why = failing["failure"].as_str().expect("a sentence");
    assert!(why.contains("there is nothing at all in its catalog, which is not believed"), "{why}");

    assert!(there.terminate());
    let said = fails(&here);
    assert!(said.contains("cannot be reached") || said.contains("nothing at all"), "{said}");
    assert_eq!(names(&here), all);
    let failing = source(&here, "old");
    assert!(failing["state"] == "failing" && failing["entities"] == 2, "{failing}");
}

#[test]
fn two_portals_that_read_each_other_hold_everything_once() {
    let (one, two) = (holding(&["orders"]), holding(&["shop"]));
    reads_its_folder(&one);
    reads_its_folder(&two);
    let reads = |name: &str, other: &Portal| {
        let namespace = json!({ "*": format!("{name}-{{namespace}}") });
        json!({ "portals": [{ "name": name, "url": other.address(), "namespace": namespace }] })
    };
    federates(&one, &reads("two", &two), &[&two]);
    // The other does not know yet that it will be read back.
    follows(&one);
    federates(&two, &reads("one", &one), &[&one]);
    follows(&two);
    let of_one = ["default/orders", "default/payments", "two-default/payments", "two-default/shop"];
    let of_two = ["default/payments", "default/shop", "one-default/orders", "one-default/payments"];
    assert_eq!(names(&two), of_two);
    for _ in 0..3 {
        follows(&one);
        follows(&two);
        assert_eq!(
            (names(&one), names(&two)),
            (of_one.map(str::to_owned).to_vec(), of_two.map(str::to_owned).to_vec())
        );
    }
    // What is new in one is in the other, and no third time in itself.
    holds_now(&one, &["orders", "ledger"], "production");
    follows(&two);
    follows(&one);
    follows(&two);
    assert_eq!((names(&one).len(), names(&two).len()), (5, 5));
    let through =
        component(&two, "one-default/ledger")["metadata"]["annotations"]["portico.dev/federated-through"].clone();
    assert_eq!(through.as_str().expect("a way").split(' ').count(), 2, "{through}");
}

#[test]
fn a_portal_does_not_read_itself() {
    let here = holding(&["shop"]);
    reads_its_folder(&here);
    let settings =
        json!({ "portals": [{ "name": "old", "url": here.address(), "namespace": { "*": "old-{namespace}" } }] });
    federates(&here, &settings, &[&here]);
    let said = fails(&here);
    assert!(said.contains("old: this is the portal itself"), "{said}");
    assert_eq!(names(&here), ["default/payments", "default/shop"]);
}

#[test]
fn a_portal_that_wants_a_token_is_read_with_it_alone() {
    let server = "server: { token: { env: PORTICO_TEST_OTHER } }\n";
    let config = format!(
        "{server}plugins:\n  locations:\n    grants: {{ files: ['{{folder}}/catalog'], catalog: {{ write: ['*'] }} }}\n\
         locations:\n  - {{ type: file, target: '{{folder}}/catalog/all.yaml' }}\n"
    );
    let there = PortalBuilder::new(&config)
        .file("catalog/all.yaml", &catalog(&["orders"], "production"))
        .environment("PORTICO_TEST_OTHER", TOKEN)
        .start();
    let here = PortalBuilder::new("trust: { unsigned: true }\n").environment("PORTICO_TEST_OTHER", TOKEN).start();
    until("the other portal has read its folder", || {
        let header = format!("Bearer {TOKEN}");
        let path = "/api/catalog/entities/by-name/component/default/orders";
        (there.send("GET", path, None, &[("authorization", &header)]).status == 200).then_some(())
    });
    let settings = json!({ "portals": [{ "name": "old", "url": there.address() }] });
    federates(&here, &settings, &[&there]);
    let said = fails(&here);
    assert!(said.contains("it does not know the token, or was sent none (401"), "{said}");
    assert_eq!(names(&here), Vec::<String>::new());

    let grants = format!(
        "{}  credentials: {{ old: {{ hosts: [127.0.0.1], secret: {{ env: PORTICO_TEST_OTHER }} }} }}\n",
        configured(&settings, &[&there])
    );
    fs::write(here.folder().join("backstage.yaml"), grants).expect("a file");
    let arguments = ["configure", "backstage", "--config", "backstage.yaml", "--at", here.address()];
    let (done, said) = plugin_command(here.folder(), &arguments);
    assert!(done, "{said}");
    follows(&here);
    assert_eq!(names(&here), ["default/orders", "default/payments"]);
}
