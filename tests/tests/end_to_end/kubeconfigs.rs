//! Kubeconfigs as grants: each cluster is asked with what its own kubeconfig says, wherever the plugin runs.

use std::fs;
use std::process::Command;

use portico_tests::fakes::Kubernetes;
use portico_tests::{Background, PortalBuilder, Real, packed_plugin, program, until};
use serde_json::{Value, json};

use super::kubernetes::{CATALOG, DEPLOYMENTS, deployment, entity, facts, ran, shop, shows_what_runs, started};

/// A kubeconfig with these contexts: a name, a cluster, and keys of who asks it.
fn kubeconfig(contexts: &[(&str, &Kubernetes, &str)]) -> String {
    let list = |item: &dyn Fn(&str, u16, &str) -> Value| {
        let items = contexts.iter().map(|(name, cluster, user)| item(name, cluster.port(), user));
        Value::Array(items.collect()).to_string()
    };
    let user = |user: &str| serde_yaml::from_str::<Value>(user).expect("keys of a user");
    format!(
        "clusters: {}\nusers: {}\ncontexts: {}\n",
        list(&|name, port, _| json!({ "name": name, "cluster": { "server": format!("http://127.0.0.1:{port}") } })),
        list(&|name, _, keys| json!({ "name": name, "user": user(keys) })),
        list(&|name, _, _| json!({ "name": name, "context": { "cluster": name, "user": name } })),
    )
}

#[test]
fn clusters_of_a_kubeconfig_are_read_each_with_its_own_token_and_what_changes_there_is_noticed() {
    let (prod, stage, third) = (shop(), Kubernetes::start(), Kubernetes::start());
    stage.put(DEPLOYMENTS, deployment("orders", 1, 1));
    third.put(DEPLOYMENTS, deployment("orders", 1, 1));
    for (one, token) in [(&prod, "prod-t0ken"), (&stage, "stage-t0ken"), (&third, "third-t0ken")] {
        one.lets_in(token);
    }
    let (of_prod, of_stage) = (("prod", &prod, "token: prod-t0ken"), ("admin@stage", &stage, "tokenFile: stage-token"));
    let files = [("kubeconfig", &*kubeconfig(&[of_prod, of_stage])), ("stage-token", "stage-t0ken\n")];
    let lines = "    settings: { clusters: [{ name: prod, dashboard: 'https://dash.test/{name}' }] }
    grants:
      kubeconfigs: ['{folder}/kubeconfig']";
    let portal = started(lines, &[], &files);
    ran(&portal);
    let clusters = facts(&portal, "component/default/orders")["clusters"].clone();
    assert_eq!(
        (&clusters["prod"]["workloads"], &clusters["admin-stage"]["workloads"]),
        (&json!(1), &json!(1)),
        "{clusters}"
    );
    let workload = entity(&portal, "workload/prod/shop.deployment.orders").expect("an entity");
    assert!(workload.to_string().contains("https://dash.test/orders"), "what was said of a cluster stands: {workload}");

    let file = portal.folder().join("kubeconfig");
    let rewrite = |contexts: &[(&str, &Kubernetes, &str)]| {
        fs::write(portal.folder().join("new"), kubeconfig(contexts)).expect("written");
        fs::rename(portal.folder().join("new"), &file).expect("replaced");
    };
    let plugin = || portal.json("/api/portico/plugins/kubernetes");
    let granted = || {
        let asks = plugin()["asks"].as_array().cloned().unwrap_or_default();
        asks.iter().find(|ask| ask["capability"] == "kubeconfig").expect("an ask")["granted"].clone()
    };
    assert_eq!(granted(), json!(format!("{}: prod, admin-stage", file.display())));
    prod.lets_in("an0ther-t0ken");
    let _ = portal.run("kubernetes");
    // The other cluster is read all the same.
    until("the source of the cluster says why it cannot be read", || {
        let sources = portal.json("/api/portico/sources").to_string();
        sources.contains("does not know the credential").then_some(())
    });
    rewrite(&[("prod", &prod, "token: an0ther-t0ken"), of_stage]);
    ran(&portal);

    rewrite(&[("prod", &prod, "token: an0ther-t0ken"), of_stage, ("third", &third, "token: third-t0ken")]);
    until("the third is granted", || {
        (granted() == json!(format!("{}: prod, admin-stage, third", file.display()))).then_some(())
    });
    ran(&portal);
    assert_eq!(facts(&portal, "component/default/orders")["clusters"]["third"]["workloads"], 1);

    rewrite(&[("prod", &prod, "exec: { command: aws }"), of_stage]);
    let said = until("it is refused", || {
        plugin()["message"].as_str().filter(|said| said.contains("`exec`")).map(str::to_owned)
    });
    assert!(
        said.contains("the context `prod` proves its user by a program") && said.contains("goes on running"),
        "{said}"
    );
    let shown = plugin().to_string() + &portal.log();
    assert!(!shown.contains("t0ken"), "{shown}");
}

#[test]
fn a_real_cluster_is_read_by_its_kubeconfig_alone() {
    let Some(real) = Real::start("kube", &[]) else { return };
    let file = real.says("KUBECONFIG").replace("admin", "reader");
    let written: Value = serde_yaml::from_str(&fs::read_to_string(&file).expect("a kubeconfig")).expect("YAML");
    let context = written["contexts"][0]["name"].as_str().expect("a context");
    let lines =
        format!("    grants:\n      kubeconfigs: [{{ file: {file}, contexts: [{{ context: {context}, as: prod }}] }}]");
    let portal = started(&lines, &[], &[]);
    shows_what_runs(&portal);
}

#[test]
fn clusters_whose_contexts_have_one_name_are_asked_each_with_its_own_token() {
    let (one, two) = (shop(), Kubernetes::start());
    two.put(DEPLOYMENTS, deployment("orders", 1, 1));
    one.lets_in("t0ken-of-one");
    two.lets_in("t0ken-of-two");
    let files = [
        ("one", &*kubeconfig(&[("default", &one, "token: t0ken-of-one")])),
        ("two", &*kubeconfig(&[("default", &two, "token: t0ken-of-two")])),
    ];
    let lines = "    grants:
      kubeconfigs:
        - { file: '{folder}/one', contexts: [{ context: default, as: one }] }
        - { file: '{folder}/two', contexts: [{ context: default, as: two }] }";
    let portal = started(lines, &[], &files);
    ran(&portal);
    let clusters = facts(&portal, "component/default/orders")["clusters"].clone();
    assert_eq!((&clusters["one"]["workloads"], &clusters["two"]["workloads"]), (&json!(1), &json!(1)), "{clusters}");
}

#[test]
fn an_agent_reads_the_kubeconfig_that_lies_where_it_is() {
    let cluster = shop();
    cluster.lets_in("t0ken-of-the-agent");
    // The portal has no such file.
    let there = tempfile::tempdir().expect("a folder");
    let file = there.path().join("kubeconfig");
    fs::write(&file, kubeconfig(&[("prod", &cluster, "token: t0ken-of-the-agent")])).expect("written");
    let hidden = there.path().join("elsewhere");
    let config = format!(
        "\
trust: {{ unsigned: true }}
agents: {{ edge: {{ token: {{ env: EDGE_TOKEN }} }} }}
locations: [{{ type: file, target: '{{folder}}/catalog.yaml' }}]
plugins:
  locations:
    grants: {{ files: ['{{folder}}'], catalog: {{ write: ['*'] }} }}
  kubernetes:
    agent: edge
    every: never
    grants:
      kubeconfigs: ['{}']
      private-addresses: ['127.0.0.1']
      catalog: {{ read: [Component, Resource, System, Workload], attach: [Component, Resource, System] }}
",
        hidden.display()
    );
    let portal =
        PortalBuilder::new(&config).file("catalog.yaml", CATALOG).environment("EDGE_TOKEN", "the-token-of-the-edge");
    let portal = portal.start();
    until("the components are there", || entity(&portal, "system/default/shop"));
    let plugins = portal.folder().join("data/plugins");
    fs::create_dir_all(&plugins).expect("a folder");
    fs::write(plugins.join("kubernetes.wasm"), packed_plugin("kubernetes")).expect("a file");
    until("the plugin is loaded", || {
        (portal.json("/api/portico/plugins/kubernetes")["origin"] == "kubernetes.wasm").then_some(())
    });
    fs::rename(&file, &hidden).expect("it is there for the agent");
    let mut command = Command::new(program());
    command.args(["agent", "--portal", portal.address(), "--cache"]).arg(there.path().join("cache"));
    command.env("PORTICO_AGENT_TOKEN", "the-token-of-the-edge");
    let mut agent = Background::start(&mut command);
    agent.until_said(&["works for"], 0);
    shows_what_runs(&portal);
    assert!(!portal.log().contains("t0ken"), "{}", portal.log());
}
