//! What operators see of a plugin: what it does, with whom, what it brought in, what it says.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use portico_tests::{Portal, PortalBuilder, Web, plugin_command, until};
use serde_json::{Value, json};

const RADAR: &str = include_str!("../../../examples/plugins/radar-rust/radar.json");

/// A portal with the radar, which has read its document once.
fn portal(web: &Web) -> Portal {
    let portal = PortalBuilder::new("trust: { unsigned: true }\n").start();
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contract-0.1/radar-rust.wasm");
    let grants = web.grants().replacen("write: ['*']", "read: [Component, Technology]", 1);
    let config = format!("settings: {{ url: \"{}\" }}\ngrants: {grants}\n", web.url("/radar.json"));
    fs::write(portal.folder().join("radar.yaml"), config).expect("a file");
    let arguments =
        ["install", &package.display().to_string(), "--config", "radar.yaml", "--approve", "--at", portal.address()];
    let (done, said) = plugin_command(portal.folder(), &arguments);
    assert!(done, "{said}");
    until("its first run has ended", || {
        let plugin = portal.json("/api/portico/plugins/radar");
        (plugin["data"]["entities"] == 9 && plugin["runs"][0]["state"] == "succeeded").then_some(())
    });
    portal
}

#[test]
fn what_a_plugin_does_stands_on_its_page_and_in_the_metrics() {
    let web = Web::with(&[("/radar.json", RADAR)]);
    let portal = portal(&web);
    let plugin = portal.json("/api/portico/plugins/radar");
    let point = &plugin["points"][0];
    assert_eq!((&point["point"], &point["calls"], &point["failures"]), (&json!("ingestion"), &json!(1), &json!(0)));
    let host = &plugin["http"][0];
    assert_eq!((&host["host"], &host["requests"], &host["failures"]), (&json!("localhost"), &json!(1), &json!(0)));
    assert_eq!(host["received"], RADAR.len(), "{plugin}");
    assert_eq!(plugin["data"], json!({ "sources": 1, "entities": 9, "facts": 0, "problems": 0 }));
    assert_eq!((&plugin["used"]["lastFailureAt"], &plugin["denials"]), (&Value::Null, &json!([])));
    let metrics = portal.get("/metrics").body;
    for line in [
        "portico_plugin_up{plugin=\"radar\"} 1",
        "portico_plugin_calls_total{plugin=\"radar\",point=\"ingestion\"} 1",
        "portico_plugin_http_requests_total{plugin=\"radar\",host=\"localhost\"} 1",
        "portico_plugin_entities{plugin=\"radar\"} 9",
        "portico_plugin_facts{plugin=\"radar\"} 0",
        "portico_plugin_version{plugin=\"radar\",version=\"0.1.0\",signed_by=\"nobody\"} 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is missing in\n{metrics}");
    }
    let up = |metrics: &str| metrics.lines().filter(|line| line.starts_with("portico_plugin_up{")).count();
    assert_eq!(up(&metrics), 1, "those that nobody uses are not down:\n{metrics}");
    let page = portal.get("/plugins/radar").body;
    for text in ["Requests", "localhost", "9 entities in 1 source", "9 technologies are new"] {
        assert!(page.contains(text), "the page says `{text}` without script");
    }
}

#[test]
fn what_a_plugin_says_is_kept_for_a_while_and_told_as_it_is_said() {
    let web = Web::with(&[("/radar.json", RADAR)]);
    let portal = portal(&web);
    let log = portal.json("/api/portico/plugins/radar/log");
    let said = log.as_array().and_then(|lines| lines.last()).expect("a line");
    assert_eq!((&said["point"], &said["run"]), (&json!("ingestion"), &json!(1)), "{said}");
    assert!(said["message"].as_str().is_some_and(|text| text.starts_with("9 technologies are new")), "{said}");
    let stream = ureq::get(format!("{}/api/portico/plugins/radar/log/events", portal.address())).call();
    let mut lines = BufReader::new(stream.expect("an answer").into_body().into_reader()).lines().map_while(Result::ok);
    let mut event = || -> Value {
        let data = lines.find_map(|line| line.strip_prefix("data: ").map(str::to_owned)).expect("an event");
        serde_json::from_str(&data).expect("JSON")
    };
    assert_eq!(event(), log[0], "what is kept comes first");
    let first: Vec<Value> = (1..log.as_array().map_or(0, Vec::len)).map(|_| event()).collect();
    assert_eq!(first.last().unwrap_or(&log[0]), said);
    web.put("/radar.json", r#"{"technologies": []}"#);
    assert_eq!(portal.post("/api/portico/plugins/radar/runs", &json!({})).status, 202);
    let next = event();
    assert_eq!(next["run"], 2, "{next}");
    assert_eq!(portal.get("/api/portico/plugins/nobody/log").status, 404);
}
