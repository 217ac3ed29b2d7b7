//! Portals beside the one of the integrations: one that takes over what that holds, and one whose plugin an agent runs.

use std::process::Command;

use portico_tests::fakes::Kubernetes;
use portico_tests::{Background, Portal, PortalBuilder, program, until};

const EDGE: &str = "a-token-of-the-pictures-agent";

fn port(portal: &Portal) -> u16 {
    url::Url::parse(portal.address()).ok().and_then(|url| url.port()).expect("a port")
}

fn runs(portal: &Portal, plugin: &str) {
    let run = portal.run(plugin);
    assert_eq!(run["state"], "succeeded", "{run}: {:?}", portal.run_log(&run));
}

/// A portal that has read another one.
pub(crate) fn federated(other: &Portal) -> Portal {
    let config = format!(
        "\
plugins:
  backstage:
    every: never
    settings: {{ portals: [{{ name: payments, url: '{address}' }}] }}
    grants:
      http: [{{ host: 127.0.0.1, port: {port}, scheme: http, methods: [GET, POST] }}]
      private-addresses: [127.0.0.1]
      catalog: {{ read: ['*'], write: ['*'] }}
",
        address = other.address(),
        port = port(other),
    );
    let portal = PortalBuilder::new(&config).start();
    runs(&portal, "backstage");
    portal
}

/// A portal whose cluster an agent has read, and the agent, which is there as long as this is kept.
pub(crate) fn with_agent(cluster: &Kubernetes) -> (Portal, Background) {
    let config = format!(
        "\
agents:
  edge: {{ token: {{ env: EDGE_TOKEN }} }}
plugins:
  kubernetes:
    agent: edge
    every: never
    settings: {{ clusters: [{{ name: factory, server: 'http://localhost:{cluster}' }}] }}
    grants:
      http: [{{ host: localhost, port: {cluster}, scheme: http, methods: [GET] }}]
      private-addresses: ['127.0.0.1', '::1']
      catalog: {{ read: [Component, Resource, System, Workload], attach: [Component, Resource, System] }}
",
        cluster = cluster.port(),
    );
    let portal = PortalBuilder::new(&config).environment("EDGE_TOKEN", EDGE).start();
    let mut command = Command::new(program());
    command.args(["agent", "--portal", portal.address(), "--instance", "factory-1", "--cache"]);
    command.arg(portal.folder().join("agent")).env("PORTICO_AGENT_TOKEN", EDGE);
    let agent = Background::start(&mut command);
    until("the agent is heard of", || {
        (portal.json("/api/portico/plugins/kubernetes")["agent"]["instance"] == "factory-1").then_some(())
    });
    runs(&portal, "kubernetes");
    (portal, agent)
}
