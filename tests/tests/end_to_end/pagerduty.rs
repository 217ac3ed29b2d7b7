//! PagerDuty: its services, rotas and incidents in the catalog, live by webhook and complete by sync, on good days and on bad ones.

use std::fs;

use portico_manifest::pack;
use portico_tests::fakes::pagerduty::{Broken, PagerDuty, TOKEN, USER};
use portico_tests::{Answer, Portal, PortalBuilder, Real, packed_plugin, taken_apart, until};
use serde_json::{Value, json};

const KINDS: &str = "[Component, API, Resource, System, Domain]";

/// Three components, of which the last names this service, or none.
fn catalog(quiet: &str) -> String {
    let component = |(name, service): (&str, &str)| {
        let annotations =
            if service.is_empty() { String::new() } else { format!("pagerduty.com/service-id: {service}") };
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{ name: {name}, annotations: {{ {annotations} }} }}\n\
             spec: {{ type: service, lifecycle: production, owner: none }}\n---\n"
        )
    };
    [("orders", "PSVC001"), ("payments", "PSVC002"), ("quiet", quiet)].map(component).concat()
}

/// Whoever answers as PagerDuty does.
enum Server {
    Fake(PagerDuty),
    Real(Real),
}

impl Server {
    /// The real counterpart where there is one, else one of our own.
    fn any() -> Server {
        let real = Real::start("pagerduty", &[]);
        real.map_or_else(|| Server::Fake(PagerDuty::with(4)), Server::Real)
    }

    fn url(&self) -> String {
        match self {
            Server::Fake(fake) => fake.url(),
            Server::Real(real) => real.says("PAGERDUTY_URL").to_owned(),
        }
    }

    /// Does something as a user of PagerDuty does.
    fn does(&self, method: &str, path: &str, body: &Value) -> Value {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url()))
            .header("authorization", format!("Token token={TOKEN}"))
            .header("accept", "application/vnd.pagerduty+json;version=2")
            .header("content-type", "application/json")
            .header("from", USER)
            .body(body.to_string())
            .expect("a request");
        let mut answer = agent.run(request).expect("an answer");
        let text = answer.body_mut().read_to_string().expect("text");
        assert!(answer.status().is_success(), "{method} {path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Opens an incident; answers its id.
    fn opens(&self, service: &str, title: &str, urgency: &str) -> String {
        let service = json!({ "id": service, "type": "service_reference" });
        let incident = json!({ "type": "incident", "title": title, "service": service, "urgency": urgency });
        let opened = self.does("POST", "/incidents", &json!({ "incident": incident }));
        opened["incident"]["id"].as_str().expect("an id").to_owned()
    }
}

/// A portal with the plugin, and PagerDuty beside it.
struct Setting {
    portal: Portal,
    server: Server,
}

/// A portal that is set to a PagerDuty.
fn beside(server: Server, more: &str) -> Setting {
    let port = url::Url::parse(&server.url()).expect("an address").port().expect("a port");
    let url = server.url();
    let config = format!(
        "\
plugins:
  locations:
    every: never
    grants: {{ files: ['{{folder}}/catalog'], catalog: {{ read: ['*'], write: ['*'] }} }}
  pagerduty:
    every: never
    settings: {{ api: '{url}', {more} }}
    grants:
      http: [{{ host: 127.0.0.1, port: {port}, scheme: http }}]
      private-addresses: [127.0.0.1]
      credentials:
        api: {{ secret: {{ env: PORTICO_TEST_PAGERDUTY }} }}
        webhook: {{ secret: {{ file: '{{folder}}/hook' }} }}
      catalog: {{ read: {KINDS}, attach: {KINDS} }}
locations:
  - {{ type: file, target: '{{folder}}/catalog/all.yaml' }}
"
    );
    let builder = PortalBuilder::new(&config).file("catalog/all.yaml", &catalog("")).file("hook", "not yet known");
    let portal = builder.environment("PORTICO_TEST_PAGERDUTY", TOKEN).start();
    let packed = packed_plugin("pagerduty");
    let (component, manifest) = taken_apart(&packed);
    // PagerDuty is on loopback here.
    let manifest = manifest.replace("host: api.pagerduty.com", "host: 127.0.0.1\n      port: '*'");
    let manifest = manifest.replace("hosts: [api.pagerduty.com, api.eu.pagerduty.com]", "hosts: [127.0.0.1]");
    let plugin = pack(component, &manifest).expect("a manifest that can be used");
    // The components are there before it is: else it would hear of them one by one.
    assert_eq!(portal.run("locations")["state"], "succeeded");
    fs::create_dir_all(portal.folder().join("data/plugins")).expect("a folder");
    fs::write(portal.folder().join("data/plugins/pagerduty.wasm"), plugin).expect("a file");
    until("the plugin is loaded", || {
        let plugin = portal.json("/api/portico/plugins/pagerduty");
        // Until then the one that comes with the portal runs, which asks for the real PagerDuty alone.
        (plugin["origin"] == "pagerduty.wasm" && plugin["state"] == "running").then_some(())
    });
    Setting { portal, server }
}

impl Setting {
    fn fake(&self) -> &PagerDuty {
        match &self.server {
            Server::Fake(fake) => fake,
            Server::Real(_) => panic!("only a fake can be made to do this"),
        }
    }

    fn syncs(&self) -> Value {
        let run = self.portal.run("pagerduty");
        assert_eq!(run["state"], "succeeded", "{run}: {:?}", self.portal.run_log(&run));
        run
    }

    fn fails(&self) -> String {
        let run = self.portal.run("pagerduty");
        assert_ne!(run["state"], "succeeded", "{run}");
        run["result"]["message"].as_str().unwrap_or_default().to_owned()
    }

    fn entity(&self, reference: &str) -> Answer {
        self.portal.get(&format!("/api/catalog/entities/by-name/{reference}"))
    }

    fn facts(&self, component: &str) -> Value {
        self.entity(&format!("component/default/{component}")).json()["facts"]["pagerduty"].clone()
    }

    fn open(&self, component: &str) -> u64 {
        self.facts(component)["incidents"]["open"].as_u64().expect("a number")
    }

    fn until_open(&self, component: &str, count: u64) {
        until(&format!("{component} has {count} open incidents"), || (self.open(component) == count).then_some(()));
    }

    /// How many entities a question finds.
    fn finds(&self, question: &str) -> u64 {
        let question: String = url::form_urlencoded::byte_serialize(question.as_bytes()).collect();
        let found = self.portal.json(&format!("/api/catalog/entities/by-query?limit=0&q={question}"));
        found["totalItems"].as_u64().expect("a number")
    }

    /// Has PagerDuty send webhooks here.
    fn subscribes(&self) {
        let method = json!({ "type": "http_delivery_method", "url": format!("{}/api/plugins/pagerduty/webhook", self.portal.address()) });
        let events = ["incident.triggered", "incident.acknowledged", "incident.resolved", "incident.reopened"];
        let subscription = json!({
            "type": "webhook_subscription", "active": true, "description": "Portico", "delivery_method": method, "events": events,
            "filter": { "type": "account_reference" },
        });
        let made = self.server.does("POST", "/webhook_subscriptions", &json!({ "webhook_subscription": subscription }));
        let secret = made["webhook_subscription"]["delivery_method"]["secret"].as_str().expect("a secret").to_owned();
        fs::write(self.portal.folder().join("hook"), secret).expect("a file");
    }

    fn card(&self, id: &str, entity: &str) -> Value {
        self.portal.json(&format!("/api/portico/cards/pagerduty/{id}?entity={entity}"))
    }

    fn press(&self, action: &str, input: &Value) -> Answer {
        let pressed = json!({ "action": action, "entity": "component:default/payments", "input": input });
        self.portal.post("/api/portico/cards/pagerduty/incidents/invoke", &pressed)
    }
}

#[test]
fn an_account_is_in_the_catalog_after_a_run_and_linked_with_what_names_it() {
    let all = beside(Server::any(), "");
    all.syncs();
    let orders = all.facts("orders");
    assert_eq!((&orders["service"]["id"], &orders["incidents"]["urgency"]), (&json!("PSVC001"), &json!("high")));
    assert!(orders["onCall"]["now"][0].as_str().is_some_and(|name| name.starts_with("Alice")), "{orders}");
    assert_eq!((&orders["onCall"]["email"], &orders["escalationPolicy"]["id"]), (&json!(USER), &json!("PEPOL01")));
    assert_eq!(all.facts("quiet"), Value::Null);
    let burning = ["orders", "payments"].into_iter().filter(|name| all.open(name) > 0).count();
    assert_eq!(all.finds("kind:component facts.pagerduty.incidents.open>0") as usize, burning);
    assert!(all.finds("kind:component facts.pagerduty.incidents.urgency:high") > 0);

    let service = all.entity("pagerdutyservice/default/PSVC001").json();
    let related = service["relations"].to_string();
    assert!(related.contains("component:default/orders"), "{service}");
    assert!(related.contains("pagerdutyescalationpolicy:default/pepol01"), "{service}");
    let policy = all.entity("pagerdutyescalationpolicy/default/PEPOL01").json();
    assert!(policy["relations"].to_string().contains("pagerdutyschedule:default/pschd01"), "{policy}");
    assert_eq!(all.entity("pagerdutyschedule/default/PSCHD01").json()["spec"]["timeZone"], "Europe/Berlin");

    let run = all.syncs();
    assert_eq!((&run["summary"]["updated"], &run["summary"]["facts"]), (&json!(0), &json!(0)), "nothing has changed");
}

#[test]
fn what_happens_shows_within_seconds_and_says_what_a_run_says() {
    let all = beside(Server::any(), "");
    all.syncs();
    all.subscribes();
    let before = all.open("payments");
    let incident = all.server.opens("PSVC002", "It burns", "low");
    all.until_open("payments", before + 1);
    let told = all.facts("payments");
    all.syncs();
    assert_eq!(all.facts("payments"), told, "the run finds what the webhook said");

    let path = format!("/incidents/{incident}");
    all.server.does("PUT", &path, &json!({ "incident": { "type": "incident", "status": "acknowledged" } }));
    until("it is acknowledged", || {
        let facts = all.facts("payments");
        let all = facts["openIncidents"].as_array()?.iter();
        all.filter(|one| one["id"] == incident.as_str()).find(|one| one["status"] == "acknowledged").map(drop)
    });
    all.server.does("PUT", &path, &json!({ "incident": { "type": "incident", "status": "resolved" } }));
    all.until_open("payments", before);
}

#[test]
fn a_webhook_counts_once_and_only_from_pagerduty() {
    let all = beside(Server::Fake(PagerDuty::with(4)), "");
    all.syncs();
    all.subscribes();
    all.server.opens("PSVC002", "It burns", "high");
    all.until_open("payments", 1);
    // While the first is still read, the second is told to come again.
    until("the first is read", || (all.fake().sends_again() != 503).then_some(()));
    assert!(!all.fake().asked().is_empty());
    assert_eq!(all.fake().sends_again(), 204, "it came before");
    assert_eq!((all.open("payments"), all.fake().asked().len()), (1, 0));

    let forged = json!({ "event": { "event_type": "incident.triggered", "data": { "service": { "id": "PSVC001" } } } })
        .to_string();
    let send = |headers: &[(&str, &str)]| {
        all.portal.send("POST", "/api/plugins/pagerduty/webhook", Some(&forged), headers).status
    };
    let wrong = format!("v1={}", "0".repeat(64));
    assert_eq!(send(&[("x-webhook-id", "1")]), 401);
    assert_eq!(send(&[("x-webhook-id", "1"), ("x-pagerduty-signature", &wrong)]), 401);
    assert_eq!(all.fake().asked().len(), 0, "nobody is asked because of strangers");
}

#[test]
fn a_server_that_limits_the_rate_is_waited_for_and_the_run_goes_on() {
    let all = beside(Server::Fake(PagerDuty::with(250)), "");
    all.fake().limits(6);
    let run = all.syncs();
    let log = all.portal.run_log(&run);
    assert!(log.iter().any(|line| line.contains("limits the rate: going on in 1 s")), "{log:?}");
    assert_eq!(all.finds("kind:pagerdutyservice"), 250);
}

#[test]
fn nothing_is_removed_because_half_a_list_came_and_the_run_says_why() {
    let all = beside(Server::Fake(PagerDuty::with(250)), "");
    all.syncs();
    let before = all.facts("orders");
    for (path, how, said) in [
        ("/services", Broken::Status(500), "GET /services: the server answered 500"),
        ("/services", Broken::Half, "GET /services: the answer cannot be read"),
        ("/services", Broken::Text("<html>Sign in</html>"), "GET /services: the answer cannot be read"),
        ("/services", Broken::Text(r#"{"services":{},"more":false}"#), "holds no list `services`"),
        ("/services", Broken::Last, "so that something may be missing"),
    ] {
        all.fake().breaks(path, 100, how.clone());
        let message = all.fails();
        assert!(message.contains(said), "{how:?}: {message}");
        assert_eq!((all.finds("kind:pagerdutyservice"), all.facts("orders")), (250, before.clone()), "{how:?}");
    }
    for path in ["/incidents", "/oncalls", "/escalation_policies"] {
        all.fake().breaks(path, 0, Broken::Status(500));
        let message = all.fails();
        assert!(message.contains(path), "{message}");
        assert_eq!((all.finds("kind:pagerdutyservice"), all.facts("orders")), (250, before.clone()), "{path}");
    }
    let sources = all.portal.json("/api/portico/sources").to_string();
    assert!(sources.contains("GET /escalation_policies"), "where it stands says why: {sources}");
    all.fake().heals();
    all.syncs();
}

#[test]
fn a_token_that_was_revoked_is_said_in_words() {
    let all = beside(Server::Fake(PagerDuty::with(4)), "");
    all.syncs();
    all.fake().revokes();
    let message = all.fails();
    assert!(message.contains("PagerDuty does not know the token (401: Authentication failed)"), "{message}");
    assert!(message.contains("`grants.credentials.api`"), "{message}");
    assert!(!message.contains(TOKEN) && !all.portal.log().contains(TOKEN));
    assert_eq!(all.finds("kind:pagerdutyservice"), 4);
}

#[test]
fn a_service_is_known_by_its_id_when_its_name_changes_and_goes_when_it_is_deleted() {
    let all = beside(Server::Fake(PagerDuty::with(4)), "");
    all.syncs();
    all.fake().renames("PSVC003", "service 1");
    all.fake().renames("PSVC001", "Orders, renamed");
    all.syncs();
    let title = |id: &str| all.entity(&format!("pagerdutyservice/default/{id}")).json()["metadata"]["title"].clone();
    assert_eq!(
        (title("PSVC001"), title("PSVC002"), title("PSVC003")),
        (json!("Orders, renamed"), json!("service 1"), json!("service 1"))
    );
    assert_eq!(all.facts("orders")["service"]["name"], "Orders, renamed");

    all.fake().deletes("PSVC002");
    all.syncs();
    assert_eq!(all.entity("pagerdutyservice/default/PSVC002").status, 404);
    assert_eq!(all.facts("payments"), Value::Null, "what was attached goes with it");
    let problems = all.portal.json("/api/portico/problems").to_string();
    assert!(problems.contains("PagerDuty has no service `PSVC002`"), "{problems}");
}

#[test]
fn a_component_that_names_a_service_has_its_facts_at_once_and_loses_them_when_it_names_none() {
    let all = beside(Server::Fake(PagerDuty::with(4)), "");
    all.syncs();
    let write = |text: &str| {
        fs::write(all.portal.folder().join("catalog/all.yaml"), text).expect("a file");
        assert_eq!(all.portal.run("locations")["state"], "succeeded");
    };
    write(&catalog("PSVC003"));
    until("the component is linked", || (all.facts("quiet")["service"]["id"] == "PSVC003").then_some(()));
    write(&catalog(""));
    until("the component is linked no more", || all.facts("quiet").is_null().then_some(()));
}

#[test]
fn cards_show_who_is_on_call_and_what_is_open() {
    let all = beside(Server::any(), "");
    all.syncs();
    let offers = all.portal.json("/api/portico/cards?entity=component:default/orders")["items"].to_string();
    assert!(offers.contains("on-call") && offers.contains("incidents"), "{offers}");
    let offers = all.portal.json("/api/portico/cards?entity=component:default/quiet")["items"].to_string();
    assert!(!offers.contains("pagerduty"), "{offers}");
    let card = all.card("on-call", "component:default/orders");
    assert!(card["blocks"][0].to_string().contains("Alice"), "{card}");
    let card = all.card("incidents", "component:default/orders");
    assert_eq!(card["status"]["tone"], "bad", "{card}");
    assert!(!card.to_string().contains("acknowledge/"), "buttons are there only where they are wanted: {card}");
    let page = all.portal.get("/catalog/default/component/orders").body;
    assert!(page.contains("Error rate above 5%"), "the page is complete without script");
    let home = all.portal.json("/api/portico/cards/pagerduty/my-shifts");
    assert!(home.to_string().contains("Payments") && home.to_string().contains("Alice"), "{home}");
}

#[test]
fn buttons_open_acknowledge_and_resolve_incidents_and_the_facts_follow() {
    let all = beside(Server::any(), &format!("actions: true, from: '{USER}'"));
    all.syncs();
    all.subscribes();
    let before = all.open("payments");
    let pressed = all.press("create", &json!({ "title": "From the card", "urgency": "high" }));
    assert_eq!(pressed.status, 200, "{}", pressed.body);
    assert!(pressed.body.contains("From the card"), "the card shows it at once: {}", pressed.body);
    all.until_open("payments", before + 1);
    let open = all.facts("payments")["openIncidents"].as_array().expect("incidents").clone();
    let incident = open.iter().find(|one| one["title"] == "From the card").expect("it is there");
    let id = incident["id"].as_str().expect("an id");
    let nothing = json!({});
    assert_eq!(all.press(&format!("acknowledge/{id}"), &nothing).status, 200);
    assert_eq!(all.press(&format!("resolve/{id}"), &nothing).status, 200);
    all.until_open("payments", before);
    assert_eq!(all.press("create", &json!({ "title": "", "urgency": "high" })).status, 400);
}

#[test]
fn a_button_in_the_name_of_somebody_whom_pagerduty_does_not_know_says_so() {
    let all = beside(Server::Fake(PagerDuty::with(4)), "actions: true, from: nobody@example.test");
    all.syncs();
    let pressed = all.press("create", &json!({ "title": "From the card", "urgency": "high" }));
    assert!(pressed.body.contains("Requester User Not Found"), "{}", pressed.body);
}

#[test]
fn what_was_not_granted_is_named_with_the_lines_to_add() {
    let portal = PortalBuilder::new("plugins: { pagerduty: { every: never } }").start();
    fs::create_dir_all(portal.folder().join("data/plugins")).expect("a folder");
    fs::write(portal.folder().join("data/plugins/pagerduty.wasm"), packed_plugin("pagerduty")).expect("a file");
    until("the plugin is loaded", || {
        let plugin = portal.json("/api/portico/plugins/pagerduty");
        // Until then the one that comes with the portal runs, which asks for the real PagerDuty alone.
        (plugin["origin"] == "pagerduty.wasm" && plugin["state"] == "running").then_some(())
    });
    let run = portal.run("pagerduty");
    let message = run["result"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("grants") && run["state"] != "succeeded", "{run}");
}
