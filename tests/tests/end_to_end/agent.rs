//! Agents: plugins that run where the portal does not reach, and whose sessions arrive whole or not at all, on good days and on bad ones.

use std::fs;
use std::process::Command;

use portico_manifest::pack;
use portico_tests::fakes::pagerduty::{PagerDuty, TOKEN, USER};
use portico_tests::{Answer, Background, Portal, PortalBuilder, Relay, packed_plugin, program, taken_apart, until};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The token of the agent, and that of the portal.
const EDGE: &str = "the-token-of-the-edge";
const PORTAL: &str = "the-token-of-the-portal";

const CATALOG: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: orders, annotations: { pagerduty.com/service-id: PSVC001 } }
spec: { type: service, lifecycle: production, owner: none }
";

/// A portal whose PagerDuty an agent reads: the token that PagerDuty knows is in the agent's environment alone.
struct Setting {
    portal: Portal,
    server: PagerDuty,
}

/// An agent that runs, with its cache.
struct Agent {
    process: Background,
    _cache: TempDir,
}

fn setting(services: usize, more: &str) -> Setting {
    let server = PagerDuty::with(services);
    let url = server.url();
    let port = url::Url::parse(&url).expect("an address").port().expect("a port");
    let config = format!(
        "\
agents:
  edge: {{ token: {{ env: EDGE_TOKEN }} }}
plugins:
  locations:
    every: never
    grants: {{ files: ['{{folder}}/catalog'], catalog: {{ read: ['*'], write: ['*'] }} }}
  pagerduty:
    agent: edge
    every: never
    settings: {{ api: '{url}' }}
    {more}
    grants:
      http: [{{ host: 127.0.0.1, port: {port}, scheme: http }}]
      private-addresses: [127.0.0.1]
      credentials:
        api: {{ secret: {{ env: PORTICO_TEST_PAGERDUTY }} }}
      catalog: {{ read: [Component], attach: [Component] }}
locations:
  - {{ type: file, target: '{{folder}}/catalog/all.yaml' }}
"
    );
    let builder = PortalBuilder::new(&config).file("catalog/all.yaml", CATALOG);
    let portal = builder.environment("EDGE_TOKEN", EDGE).start();
    assert_eq!(portal.run("locations")["state"], "succeeded");
    let packed = packed_plugin("pagerduty");
    let (component, manifest) = taken_apart(&packed);
    // PagerDuty is on loopback here.
    let manifest = manifest.replace("host: api.pagerduty.com", "host: 127.0.0.1\n      port: '*'");
    let manifest = manifest.replace("hosts: [api.pagerduty.com, api.eu.pagerduty.com]", "hosts: [127.0.0.1]");
    let plugin = pack(component, &manifest).expect("a manifest that can be used");
    fs::create_dir_all(portal.folder().join("data/plugins")).expect("a folder");
    fs::write(portal.folder().join("data/plugins/pagerduty.wasm"), plugin).expect("a file");
    until("the plugin is loaded", || {
        (portal.json("/api/portico/plugins/pagerduty")["origin"] == "pagerduty.wasm").then_some(())
    });
    Setting { portal, server }
}

/// An agent of this name that works for whoever is at an address.
fn agent(instance: &str, at: &str) -> Agent {
    let cache = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(program());
    command.args(["agent", "--portal", at, "--instance", instance, "--cache"]).arg(cache.path());
    command.env("PORTICO_AGENT_TOKEN", EDGE).env("PORTICO_TEST_PAGERDUTY", TOKEN);
    let mut process = Background::start(&mut command);
    process.until_said(&["works for"], 0);
    Agent { process, _cache: cache }
}

impl Setting {
    fn agent(&self, instance: &str) -> Agent {
        self.agent_by(instance, self.portal.address())
    }

    /// An agent that reaches the portal at this address; the portal has heard of it.
    fn agent_by(&self, instance: &str, at: &str) -> Agent {
        let agent = agent(instance, at);
        until("the agent is heard of", || {
            let plugin = self.portal.json("/api/portico/plugins/pagerduty");
            (plugin["agent"]["instance"] == instance).then_some(())
        });
        agent
    }

    fn begins(&self) -> Value {
        let begun = self.portal.post("/api/portico/plugins/pagerduty/runs", &Value::Null);
        assert_eq!(begun.status, 202, "{}", begun.body);
        begun.json()["id"].clone()
    }

    fn ends(&self, id: &Value) -> Value {
        until("the run ends", || {
            let run = self.portal.json(&format!("/api/portico/runs/{id}"));
            (run["state"] != "running").then_some(run)
        })
    }

    fn syncs(&self) -> Value {
        let run = self.ends(&self.begins());
        assert_eq!(run["state"], "succeeded", "{run}: {:?}", self.portal.run_log(&run));
        run
    }

    fn log(&self, id: &Value) -> String {
        self.portal.run_log(&json!({ "id": id })).join("\n")
    }

    fn until_logged(&self, id: &Value, part: &str) {
        until(&format!("the run says `{part}`"), || self.log(id).contains(part).then_some(()));
    }

    fn services(&self) -> u64 {
        let found = self.portal.json("/api/catalog/entities/by-query?limit=0&q=kind%3Apagerdutyservice");
        found["totalItems"].as_u64().expect("a number")
    }

    fn facts(&self) -> Value {
        self.portal.json("/api/catalog/entities/by-name/component/default/orders")["facts"]["pagerduty"].clone()
    }

    /// Asks as an agent does.
    fn asks(&self, method: &str, path: &str, body: &str) -> Answer {
        let token = format!("Bearer {EDGE}");
        self.portal.send(method, &format!("/api/portico/agent{path}"), Some(body), &[("authorization", &token)])
    }

    /// Has a run begun and takes it by hand; answers the run and its lease. A run begins only where its agent is heard of, as it is while
    /// it asks.
    fn claims(&self) -> (Value, String) {
        std::thread::scope(|threads| {
            let lease = threads.spawn(|| {
                until("a run is given", || {
                    let work = self.asks("POST", "/claims", r#"{"instance":"by-hand"}"#).json();
                    work["order"]["lease"].as_str().map(str::to_owned)
                })
            });
            let run = until("a run begins", || {
                let begun = self.portal.post("/api/portico/plugins/pagerduty/runs", &Value::Null);
                (begun.status == 202).then(|| begun.json()["id"].clone())
            });
            (run, lease.join().expect("a lease"))
        })
    }

    /// Does something as a user of PagerDuty does.
    fn does(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server.url()))
            .header("authorization", format!("Token token={TOKEN}"))
            .header("from", USER)
            .body(body.to_string())
            .expect("a request");
        let mut answer = ureq::Agent::new_with_defaults().run(request).expect("an answer");
        serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("JSON")
    }
}

#[test]
fn what_an_agent_reads_is_in_the_catalog_and_what_it_keeps_is_in_the_portal() {
    let all = setting(4, "");
    let incident =
        json!({ "type": "incident", "title": "It burnt", "service": { "id": "PSVC001", "type": "service_reference" } });
    let opened = all.does("POST", "/incidents", &json!({ "incident": incident }));
    let path = format!("/incidents/{}", opened["incident"]["id"].as_str().expect("an id"));
    all.does("PUT", &path, &json!({ "incident": { "type": "incident", "status": "resolved" } }));
    let _ = all.server.asked();

    let first = all.agent("one");
    let run = all.syncs();
    assert_eq!((&run["agent"], all.services()), (&json!("edge/one"), 4), "{run}");
    assert_eq!(all.facts()["incidents"]["urgency"], "high", "{}", all.facts());
    let service = all.portal.json("/api/catalog/entities/by-name/pagerdutyservice/default/PSVC001");
    assert!(service["relations"].to_string().contains("component:default/orders"), "{service}");
    let entries = format!("{path}/log_entries");
    assert!(all.server.asked().iter().any(|asked| asked.contains(&entries)), "it looks when it was acknowledged");
    let plugin = all.portal.json("/api/portico/plugins/pagerduty");
    assert_eq!((&plugin["agent"]["name"], &plugin["agent"]["instance"]), (&json!("edge"), &json!("one")), "{plugin}");
    assert_eq!((&plugin["state"], &plugin["message"]), (&json!("running"), &json!("")), "{plugin}");
    assert!(!all.portal.log().contains(TOKEN) && !all.log(&run["id"]).contains(TOKEN));

    // It is killed, and another takes its place, which has nothing but the portal.
    drop(first);
    let _second = all.agent("two");
    let run = all.syncs();
    assert_eq!((&run["agent"], &run["summary"]["updated"]), (&json!("edge/two"), &json!(0)), "{run}");
    assert!(!all.server.asked().iter().any(|asked| asked.contains(&entries)), "it is known in the portal");
}

#[test]
fn an_agent_that_is_killed_leaves_nothing_half_stored_and_another_takes_its_run() {
    let all = setting(250, "");
    all.server.limits(0);
    let first = all.agent("one");
    let run = all.begins();
    all.until_logged(&run, "limits the rate");
    drop(first);
    assert_eq!((all.services(), all.facts()), (0, Value::Null), "nothing is stored before all is");
    let _second = all.agent("two");
    all.server.heals();
    all.until_logged(&run, "The agent edge/one was not heard of for 30 s");
    let ended = all.ends(&run);
    assert_eq!((&ended["state"], &ended["agent"]), (&json!("succeeded"), &json!("edge/two")), "{ended}");
    assert_eq!(all.services(), 250);
}

#[test]
fn an_agent_that_is_told_to_stop_gives_its_run_back_at_once() {
    let all = setting(250, "");
    all.server.limits(0);
    let mut first = all.agent("one");
    let run = all.begins();
    all.until_logged(&run, "limits the rate");
    let _second = all.agent("two");
    assert!(first.process.interrupt(), "{}", first.process.said());
    all.until_logged(&run, "The agent edge/one stops and gave the run back.");
    all.server.heals();
    let ended = all.ends(&run);
    assert_eq!((&ended["state"], &ended["agent"]), (&json!("succeeded"), &json!("edge/two")), "{ended}");
}

#[test]
fn a_run_that_is_stopped_in_the_portal_stops_where_it_is_worked() {
    let all = setting(250, "");
    all.server.limits(0);
    let mut agent = all.agent("one");
    let run = all.begins();
    all.until_logged(&run, "limits the rate");
    assert_eq!(all.portal.post(&format!("/api/portico/runs/{run}/cancel"), &Value::Null).status, 202);
    assert_eq!(all.ends(&run)["state"], "cancelled");
    agent.process.until_said(&["cancelled"], 0);
    assert_eq!(all.services(), 0);
}

#[test]
fn of_two_agents_one_works_a_run() {
    let all = setting(4, "");
    let _both = [all.agent("one"), all.agent("two")];
    all.syncs();
    let asked = all.server.asked().len();
    for _ in 0..4 {
        let run = all.syncs();
        assert_eq!(all.log(&run["id"]).matches("works this run").count(), 1);
        // When incidents were acknowledged is known by now.
        assert!((1..=asked).contains(&all.server.asked().len()));
    }
}

#[test]
fn nothing_that_no_mapping_names_leaves_the_network() {
    let all =
        setting(4, "mappings: [{ object: service, entity: { kind: PagerDutyService, name: .id, title: .name } }]");
    let relay = Relay::to(all.portal.address());
    let _agent = all.agent_by("one", relay.address());
    all.syncs();
    assert_eq!(all.services(), 4);
    let sent = relay.sent();
    assert!(sent.contains("service 0") && sent.contains("Payments primary"), "what is named is sent");
    let incident = "Error rate above 5%";
    assert!(all.server.asked().iter().any(|asked| asked.contains("/incidents")), "it is read");
    for secret in [incident, "key-of-PSVC001", TOKEN] {
        assert!(!sent.contains(secret), "{secret} is sent");
    }
}

#[test]
fn a_lease_that_ran_out_stores_nothing_and_a_session_is_stored_whole_or_not_at_all() {
    let all = setting(4, "");
    let (run, lease) = all.claims();
    let path = |number: u64| format!("/leases/{lease}/sessions/{number}");
    let put = |kind: &str, name: &str| {
        let api = if kind == "Component" { "backstage.io/v1alpha1" } else { "pagerduty.portico.dev/v1" };
        let document = json!({ "apiVersion": api, "kind": kind, "metadata": { "name": name }, "spec": { "type": "x", "lifecycle": "x", "owner": "x" } });
        json!({ "put": { "document": document.to_string(), "file": "x", "line": 1 } })
    };
    let begin = json!({ "scope": "services", "mode": "full", "cursor": null });
    let lines = |lines: &[Value]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let good = put("PagerDutyService", "X1");
    let end = |lines: u64| json!({ "end": { "lines": lines } });

    for (body, status, said) in [
        (String::new(), 400, "has no first line"),
        (lines(&[json!({ "scope": "all" })]), 400, "cannot be read"),
        (lines(std::slice::from_ref(&begin)), 400, "breaks off"),
        (lines(&[begin.clone(), good.clone()]), 400, "breaks off"),
        (lines(&[begin.clone(), good.clone(), end(2)]), 400, "has 2 lines, and 1 came"),
        (lines(&[begin.clone(), good.clone(), end(1), good.clone()]), 400, "goes on after its end"),
        (lines(&[begin.clone(), json!({ "remove": "nothing" }), end(1)]), 400, "names no entity"),
        (lines(&[begin.clone(), good.clone(), end(1)]).trim_end().to_owned(), 400, "in the middle of a line"),
        ("x".repeat(9 << 20), 400, "more than 8388608 bytes"),
        (format!("{begin}\n{}\n", "x".repeat(5 << 20)), 400, "more than 4194304 bytes"),
        (lines(&[json!({ "scope": "", "mode": "full", "cursor": null }), end(0)]), 200, "refused"),
    ] {
        let answer = all.asks("PUT", &path(1), &body);
        assert!(answer.status == status && answer.body.contains(said), "{said}: {} {}", answer.status, answer.body);
        assert_eq!(all.services(), 0, "{said}");
    }

    // What the plugin may not bring in stays out, beside what it may.
    let session = lines(&[begin, good, put("Component", "intruder"), end(2)]);
    let stored = all.asks("PUT", &path(2), &session).json();
    assert_eq!((&stored["stored"]["added"], &stored["stored"]["refused"]), (&json!(1), &json!(1)), "{stored}");
    assert_eq!(all.portal.get("/api/catalog/entities/by-name/component/default/intruder").status, 404);
    assert_eq!(all.asks("PUT", &path(2), "what was not heard is sent again").json(), stored, "and stored once");
    assert_eq!(all.asks("PUT", &path(1), &session).status, 400, "later ones are stored");
    let asked = |number: u64, ask: Value| all.asks("POST", &format!("/leases/{lease}/asks/{number}"), &ask.to_string());
    let denied = asked(1, json!({ "entity": { "entity": "group:default/team" } })).json();
    assert_eq!(denied["refused"]["cause"], "denied", "{denied}");
    assert!(asked(3, json!({ "entity": { "entity": "component:default/orders" } })).body.contains("backstage.io"));
    let late = asked(2, json!({ "stateSet": { "key": "k", "value": "AA==" } }));
    assert!(late.status == 400 && late.body.contains("question 2 comes after question 3"), "{}", late.body);
    assert_eq!(asked(4, json!({ "entities": {} })).status, 400);
    assert_eq!(all.asks("POST", "/leases/0123/asks/1", r#"{"locations":null}"#).status, 409, "no lease of anybody");

    // Half a minute without a sign of life later, somebody else has it.
    let _agent = all.agent("one");
    all.until_logged(&run, "The agent edge/by-hand was not heard of for 30 s");
    let ended = all.ends(&run);
    assert_eq!((&ended["state"], &ended["agent"]), (&json!("succeeded"), &json!("edge/one")), "{ended}");
    assert_eq!(all.services(), 4, "what the other said by itself is gone");
    let late = all.asks("PUT", &path(3), &session);
    assert_eq!(late.status, 409, "{}", late.body);
    assert_eq!(asked(5, json!("locations")).status, 409);
    assert_eq!(all.services(), 4);
}

#[test]
fn a_token_of_an_agent_opens_what_agents_ask_and_nothing_else() {
    let config = "server: { token: { env: PORTAL_TOKEN } }\nagents:\n  edge: { token: { env: EDGE_TOKEN } }\n";
    let builder = PortalBuilder::new(config).environment("PORTAL_TOKEN", PORTAL).environment("EDGE_TOKEN", EDGE);
    let portal = builder.start();
    let status = |method: &str, path: &str, token: &str| {
        let token = format!("Bearer {token}");
        portal.send(method, path, Some(r#"{"lines":[]}"#), &[("authorization", &token)]).status
    };
    for (method, path) in [
        ("GET", "/api/portico/plugins"),
        ("GET", "/api/portico/runs"),
        ("GET", "/api/catalog/entities"),
        ("GET", "/"),
        ("POST", "/api/portico/plugins/git/runs"),
    ] {
        assert_eq!(status(method, path, EDGE), 401, "{method} {path}");
        assert_ne!(status(method, path, PORTAL), 401, "{method} {path}");
    }
    let renewals = "/api/portico/agent/leases/x/renewals";
    assert_eq!((status("POST", renewals, EDGE), status("POST", renewals, PORTAL)), (409, 401));
    for path in ["/api/portico/agent/../plugins", "/api/portico/agent/", "/api/portico/agent/x"] {
        assert_eq!(status("GET", path, EDGE), 404, "{path}");
    }
    assert_eq!(status("GET", &format!("/api/portico/agent/packages/{}", "0".repeat(64)), EDGE), 404);

    let agent = |token: &str, at: &str| {
        let cache = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(program());
        command.args(["agent", "--portal", at, "--cache"]).arg(cache.path()).env("PORTICO_AGENT_TOKEN", token);
        let output = command.output().expect("it starts");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (is_good, said) = agent("the-token-of-nobody", portal.address());
    assert!(!is_good && said.contains("portico: This is for agents"), "{said}");
    assert!(!said.contains("the-token-of-nobody"), "{said}");
}

#[test]
fn a_plugin_whose_agent_is_not_there_does_nothing_and_agents_need_tokens() {
    let all = setting(4, "");
    let check = all.portal.post("/api/portico/plugins/pagerduty/check", &Value::Null);
    assert!(
        check.status == 409 && check.body.contains("the agent `edge` runs the plugin `pagerduty`"),
        "{}",
        check.body
    );
    assert!(all.server.asked().is_empty(), "the portal asks nobody");
    for (config, expected) in [
        ("agents:\n  edge: { token: { env: SHORT } }\n", "the token of the agent `edge` has 5 characters"),
        ("agents:\n  edge: { token: { env: NONE } }\n", "portico.yaml, line 2, `agents.edge.token`"),
        ("plugins:\n  git: { agent: edge }\n", "portico.yaml, line 2, `plugins.git.agent`: no agent is called `edge`"),
    ] {
        let said = PortalBuilder::new(config).environment("SHORT", "short").refused();
        assert!(said.contains(expected), "{said}");
    }
}
