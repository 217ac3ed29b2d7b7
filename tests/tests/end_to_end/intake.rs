//! What comes in from outside: requests to plugins, and JSON that is sent to the portal itself.

use std::fs;

use portico_tests::{Portal, PortalBuilder, test_plugin, until};
use serde_json::{Value, json};

const SOURCE: &str = "\
ingest:
  deployments:
    object: deployment
    each: .items[]
    secrets: { hook: { env: PORTICO_TEST_HOOK } }
    intake:
      size: 4KiB
      rate: 20/h
      signature: { algorithm: token, header: x-token, credential: hook }
      replay: { id: x-delivery }
    mappings:
      - object: deployment
        entity: { kind: Resource, name: .service, spec: { type: '\"deployment\"', owner: '\"group:default/none\"' } }
      - object: deployment
        facts: { about: '\"resource:default/\" + .service', values: { version: .version } }
";

fn portal() -> Portal {
    PortalBuilder::new(SOURCE).environment("PORTICO_TEST_HOOK", "s3cret").start()
}

fn send(portal: &Portal, delivery: &str, body: &str) -> (u16, Value) {
    let headers = [("x-token", "s3cret"), ("x-delivery", delivery)];
    let answer = portal.send("POST", "/api/ingest/deployments", Some(body), &headers);
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
}

#[test]
fn json_that_is_sent_becomes_what_the_mappings_make_of_it() {
    let portal = portal();
    let body = json!({ "items": [
        { "service": "ledger", "version": "1.4.2", "secret": "hunter2" }, { "service": "", "version": "2" },
    ]});
    let (status, said) = send(&portal, "1", &body.to_string());
    assert_eq!((status, &said["objects"], &said["summary"]["added"]), (200, &json!(2), &json!(1)), "{said}");
    assert!(said["refused"].as_u64().is_some_and(|refused| refused > 0), "{said}");
    let ledger = portal.json("/api/catalog/entities/by-name/resource/default/ledger");
    assert_eq!(ledger["facts"]["deployments"]["version"], "1.4.2", "{ledger}");
    assert!(!ledger.to_string().contains("hunter2"), "only what a mapping names is kept");
    assert_eq!(send(&portal, "1", &body.to_string()).0, 204, "the same delivery counts once");
    let portal = portal.restart();
    assert_eq!(send(&portal, "1", &body.to_string()).0, 204, "also after a restart");
}

#[test]
fn a_start_without_a_source_that_brought_in_much_asks_before_that_goes() {
    let portal = portal();
    let items: Vec<Value> = (0..12).map(|number| json!({ "service": format!("s{number}"), "version": "1" })).collect();
    assert_eq!(send(&portal, "1", &json!({ "items": items }).to_string()).0, 200);
    let file = portal.folder().join("portico.yaml");
    let written = fs::read_to_string(&file).expect("a file");
    fs::write(&file, written.replace(SOURCE, "")).expect("written");
    let portal = portal.restart();
    let entities = |portal: &Portal| portal.json("/api/catalog/entities/by-query?limit=0")["totalItems"].clone();
    assert_eq!(entities(&portal), 12);
    let source = portal.json("/api/portico/sources")["items"][0].clone();
    assert_eq!(source["state"], "held", "{source}");
    let page = format!("/sources/{}", source["id"]);
    let shown = portal.get(&page).body;
    assert!(shown.contains("Its plugin names 1 source no more, which would remove 24 of 24 entities."));
    let answered = portal.send("POST", &format!("{page}/removals/confirm"), Some(""), &[]);
    assert_eq!((answered.status, answered.link.as_deref()), (303, Some("/sources")), "{}", answered.body);
    assert_eq!((entities(&portal), portal.json("/api/portico/sources")["items"].clone()), (json!(0), json!([])));
}

#[test]
fn mappings_of_a_source_are_tried_on_what_was_sent_and_nobody_learns_its_secret() {
    let portal = portal();
    let sources = portal.json("/api/portico/ingest");
    let expected = json!({ "items": [{ "name": "deployments", "path": "/api/ingest/deployments", "object": "deployment", "each": ".items[]", "signedIn": "x-token" }] });
    assert_eq!(sources, expected);
    let mappings = || portal.json("/api/portico/ingest/deployments/mappings");
    assert_eq!(mappings()["examples"], json!([]));
    send(&portal, "1", &json!({ "items": [{ "service": "ledger", "version": "1.4.2" }] }).to_string());
    let known = mappings();
    assert_eq!(
        known["examples"],
        json!([{ "object": "deployment", "data": { "service": "ledger", "version": "1.4.2" } }])
    );
    assert_eq!((&known["editable"], known["mappings"].as_array().map(Vec::len)), (&json!(false), Some(2)), "{known}");
    let attempt = |own: &str| {
        let trial = json!({ "own": own, "example": known["examples"][0] });
        portal.post("/api/portico/ingest/deployments/mappings/try", &trial).json()
    };
    for own in ["", known["own"].as_str().expect("what holds, as text")] {
        assert_eq!(attempt(own)["items"][0]["items"][0]["entity"]["metadata"]["name"], "ledger", "{own}");
    }
    let own = "- object: deployment\n  facts: { about: .service, values: { v: .version } }\n";
    assert_eq!(attempt(own)["items"][0]["items"][0]["facts"][0]["facts"]["v"], "1.4.2");
    assert!(!known.to_string().contains("s3cret"), "{known}");
    let unknown = portal.get("/api/portico/ingest/nobody/mappings");
    assert!(unknown.status == 404 && unknown.body.contains("names no nobody under `ingest`"), "{}", unknown.body);
}

#[test]
fn what_is_not_signed_too_large_too_often_or_no_json_is_turned_away() {
    let portal = portal();
    let unsigned = portal.send("POST", "/api/ingest/deployments", Some("{}"), &[("x-delivery", "1")]);
    assert!(unsigned.status == 401 && unsigned.body.contains("its header `x-token` is missing"), "{}", unsigned.body);
    // More than the rate, of which strangers use up nothing.
    for _ in 0..30 {
        let forged =
            portal.send("POST", "/api/ingest/deployments", Some("{}"), &[("x-token", "s3cret!"), ("x-delivery", "1")]);
        assert!(forged.status == 401 && forged.body.contains("the signature does not fit"), "{}", forged.body);
    }
    assert_eq!(send(&portal, "2", &format!("\"{}\"", "x".repeat(5_000))).0, 413);
    let (status, said) = send(&portal, "3", "no JSON");
    assert!(
        status == 400 && said["error"]["message"].as_str().is_some_and(|m| m.starts_with("the body is no JSON")),
        "{said}"
    );
    assert_eq!(send(&portal, "3", r#"{"items":[]}"#).0, 200, "what could not be taken may come again");
    assert_eq!(portal.post("/api/ingest/nobody", &json!({})).status, 404);
    let turned_away =
        (0..30).map(|number| send(&portal, &format!("n{number}"), r#"{"items":[]}"#).0).filter(|status| *status == 429);
    assert!(turned_away.count() >= 10);
}

const PLUGIN: &str = "\
server: { token: { env: PORTICO_TOKEN } }
plugins:
  hostile:
    every: never
    settings: { attack: ATTACK }
    grants: { catalog: { read: ['*'], write: ['*'], attach: ['*'] } }
";

fn with_plugin(attack: &str) -> Portal {
    let portal = PortalBuilder::new(&PLUGIN.replace("ATTACK", attack)).environment("PORTICO_TOKEN", "t0ken").start();
    std::fs::create_dir_all(portal.folder().join("data/plugins")).expect("a folder");
    std::fs::write(portal.folder().join("data/plugins/hostile.wasm"), test_plugin("hostile")).expect("a file");
    portico_tests::until("the plugin is loaded", || {
        let found = portal.send("GET", "/api/portico/plugins/hostile", None, &BEARER).json();
        (found["state"] == "running").then_some(())
    });
    portal
}

const BEARER: [(&str, &str); 1] = [("authorization", "Bearer t0ken")];

#[test]
fn a_request_to_a_plugin_shows_the_token_unless_it_is_signed() {
    let portal = with_plugin("return");
    let stranger = portal.send("POST", "/api/plugins/hostile/hook", Some("{}"), &[]);
    assert_eq!(stranger.status, 401, "{}", stranger.body);
    let known = portal.send("POST", "/api/plugins/hostile/hook", Some("{}"), &BEARER);
    assert_eq!(known.status, 200, "{}", known.body);
    assert!(!known.body.contains("authorization"), "the token does not reach the plugin: {}", known.body);
    let large = "x".repeat(70_000);
    assert_eq!(portal.send("POST", "/api/plugins/hostile/hook", Some(&large), &BEARER).status, 413);
    for path in ["/api/plugins/hostile/other", "/api/plugins/nobody/hook", "/api/plugins/hostile"] {
        assert_eq!(portal.send("POST", path, Some("{}"), &BEARER).status, 404, "{path}");
    }

    let get = |path: &str| portal.send("GET", path, None, &BEARER);
    let counted = get("/api/portico/plugins/hostile").json()["turnedAway"].clone();
    assert_eq!(counted, json!([{ "reason": "size", "count": 1 }, { "reason": "token", "count": 1 }]));
    let page = get("/plugins/hostile").body;
    assert!(page.contains("2 requests: 1 too large, 1 without the token"), "its page says so as well: {page}");
    let metrics = get("/metrics").body;
    let line = r#"portico_plugin_requests_turned_away_total{plugin="hostile",reason="token"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
    assert!(metrics.contains("portico_sandbox_slots_in_use{of=\"instances\"} "), "{metrics}");
}

#[test]
fn a_plugin_that_crashed_is_left_alone_and_its_senders_come_again() {
    let portal = with_plugin("panic");
    let send = || portal.send("POST", "/api/plugins/hostile/hook", Some("{}"), &BEARER);
    let first = send();
    assert!(first.status == 502 && first.body.contains("The plugin `hostile` failed"), "{}", first.body);
    let second = send();
    assert!(second.status == 503 && second.body.contains("send it again in 1 s"), "{}", second.body);
    let plugin = portal.send("GET", "/api/portico/plugins/hostile", None, &BEARER).json();
    let message = plugin["message"].as_str().expect("a text");
    assert!(message.contains("Its extension point `routes` failed once; it is asked again"), "{message}");
    until("it is asked again", || (send().status == 502).then_some(()));
}

#[test]
fn cards_stand_on_the_page_of_an_entity_complete_without_script() {
    let portal = with_plugin("nothing");
    let get = |path: &str| portal.send("GET", path, None, &BEARER);
    let started = portal.send("POST", "/api/portico/plugins/hostile/runs", Some("{}"), &BEARER).json();
    portico_tests::until("the run ends", || {
        let run = get(&format!("/api/portico/runs/{}", started["id"])).json();
        (run["state"] != "running").then_some(())
    });
    let entity = "entity=component:default/healthy";
    let offers = get(&format!("/api/portico/cards?{entity}")).json();
    assert_eq!(
        (&offers["items"][0]["plugin"], &offers["items"][0]["id"]),
        (&json!("hostile"), &json!("card")),
        "{offers}"
    );
    let card = get(&format!("/api/portico/cards/hostile/card?{entity}")).json();
    assert_eq!(card["blocks"].as_array().map(Vec::len), Some(10), "{card}");
    let page = get("/catalog/default/component/healthy").body;
    for said in ["Deployments", "a line", "Do it", "<svg"] {
        assert!(page.contains(said), "{said} is missing in the page");
    }
    assert!(get("/").body.contains("Deployments"), "the home page has its card");

    let press = |input: Value| {
        let body = json!({ "action": "do", "entity": "component:default/healthy", "input": input }).to_string();
        portal.send("POST", "/api/portico/cards/hostile/card/invoke", Some(&body), &BEARER)
    };
    let refused = press(json!({}));
    assert!(refused.status == 400 && refused.body.contains("`input.reason` is missing"), "{}", refused.body);
    assert_eq!(press(json!({ "reason": "late" })).json()["blocks"][0]["text"], r#"do {"reason":"late"}"#);
    assert_eq!(get("/api/portico/cards/hostile/none?entity=component:default/healthy").status, 404);
}

#[test]
fn mappings_are_tried_on_objects_that_came_in() {
    let portal = with_plugin("malformed objects");
    let started = portal.send("POST", "/api/portico/plugins/hostile/runs", Some("{}"), &BEARER).json();
    portico_tests::until("the run ends", || {
        let run = portal.send("GET", &format!("/api/portico/runs/{}", started["id"]), None, &BEARER).json();
        (run["state"] != "running").then_some(())
    });
    let mappings = portal.send("GET", "/api/portico/plugins/hostile/mappings", None, &BEARER).json();
    assert_eq!(
        (&mappings["editable"], &mappings["examples"][0]["object"]),
        (&json!(false), &json!("thing")),
        "{mappings}"
    );
    let attempt = |own: &str| {
        let body =
            json!({ "own": own, "example": { "object": "thing", "data": { "name": "a", "tier": 1 } } }).to_string();
        portal.send("POST", "/api/portico/plugins/hostile/mappings/try", Some(&body), &BEARER).json()
    };
    assert_eq!(attempt("")["items"][0]["items"][0]["entity"]["metadata"]["name"], "a");
    let own = "- object: thing\n  facts: { about: .name, values: { tier: .tier } }\n";
    assert_eq!(attempt(own)["items"][0]["items"][0]["facts"][0]["facts"]["tier"], 1);
    let wrong = attempt("- object: thing\n  facts: { about: '.name |', values: { tier: .tier } }\n");
    assert!(wrong["faults"][0]["place"].as_str().is_some_and(|place| place.ends_with("facts.about")), "{wrong}");
}

#[test]
fn what_is_sent_passes_whoever_processes_documents_of_its_kind() {
    let config = "\
plugins:
  hostile: { every: never, settings: { attack: ATTACK }, grants: { catalog: { read: ['*'], write: ['*'] } } }
ingest:
  things:
    object: thing
    mappings:
      - object: thing
        entity: { kind: Hostile, name: .name, spec: { a: 1 } }
";
    for (attack, added, says) in [
        ("return", 1, ""),
        ("no entity", 0, "the plugin `hostile` made no document of it"),
        ("panic", 0, "The plugin `hostile` 0.1.0 crashed"),
    ] {
        let portal = PortalBuilder::new(&config.replace("ATTACK", attack)).start();
        std::fs::create_dir_all(portal.folder().join("data/plugins")).expect("a folder");
        std::fs::write(portal.folder().join("data/plugins/hostile.wasm"), test_plugin("hostile")).expect("a file");
        until("the plugin is loaded", || {
            let plugin = portal.json("/api/portico/plugins/hostile");
            (plugin["version"] == "0.1.0" && plugin["state"] != "refused").then_some(())
        });
        let said = portal.post("/api/ingest/things", &json!({ "name": "sent" })).json();
        assert_eq!(said["summary"]["added"], added, "{attack}: {said}");
        let problems = said["problems"].to_string();
        assert!(problems.contains(says) && (added == 1 || said["refused"] == 1), "{attack}: {said}");
        assert_eq!(portal.get("/api/catalog/entities/by-name/hostile/default/sent").status == 200, added == 1);
    }
}
