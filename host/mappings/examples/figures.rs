//! Prints how many objects a second mappings take, without a sandbox around the evaluator:
//! `cargo run --release -p portico-mappings --example figures`.

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use portico_mappings::Mappings;
use serde_json::{Value, json};

const SERVICE: &str = r#"
- object: service
  when: .status != "disabled"
  entity:
    kind: PagerDutyService
    name: .id
    title: .name
    description: .description
    labels: { tier: .tier }
    annotations: { "example.com/service-id": .id }
    tags: '[.teams[].summary]'
    links: '[{url: .html_url, title: "Open"}]'
    url: .html_url
    spec:
      status: .status
      escalation: { policy: .escalation_policy.summary, timeout: .acknowledgement_timeout }
      urgency: .incident_urgency_rule.urgency
      created: .created_at
    relations:
      uses: '[.integrations[].summary | "component:" + .]'
  facts:
    about: '"component:default/" + .slug'
    values: { open: .open_incidents, oncall: { name: .oncall.name, since: .oncall.since } }
"#;

const TEAMS: &str = r#"
- object: service
  each: .teams[]
  facts: { about: '"group:" + .item.summary', values: { service: .object.name, role: .item.type } }
"#;

fn main() {
    let mappings = timed("read one mapping of 19 expressions", || support::read(SERVICE).expect("a good mapping"));
    let many: String = (0..30).map(|_| SERVICE).collect();
    drop(timed("read it 30 times more, with all expressions compiled", || {
        support::read(&many).expect("good mappings")
    }));
    let object = service(10);
    println!("an object has {} bytes", object.to_string().len());
    rate("apply", &mappings, &object, |mappings, object| drop(mappings.apply("service", object)));
    rate("names", &mappings, &object, |mappings, object| drop(mappings.names("service", object)));
    rate("explain", &mappings, &object, |mappings, object| drop(mappings.explain("service", object)));
    let each = support::read(TEAMS).expect("a good mapping");
    let object = service(1_000);
    println!("an object of a thousand items has {} bytes", object.to_string().len());
    rate("apply, facts for each of a thousand", &each, &object, |mappings, object| {
        drop(mappings.apply("service", object));
    });
}

fn service(teams: usize) -> Value {
    let teams: Vec<Value> =
        (0..teams).map(|team| json!({ "summary": format!("team-{team}"), "type": "owner" })).collect();
    json!({
        "id": "PX1234", "name": "Checkout API", "description": "Takes payments", "status": "active", "tier": "gold",
        "slug": "checkout", "html_url": "https://acme.pagerduty.com/services/PX1234", "created_at": "2026-01-01T00:00:00Z",
        "acknowledgement_timeout": 600, "escalation_policy": { "id": "E1", "summary": "Payments" }, "teams": teams,
        "incident_urgency_rule": { "type": "constant", "urgency": "high" }, "open_incidents": 3,
        "integrations": [{ "summary": "ledger" }, { "summary": "gateway" }],
        "oncall": { "name": "Ada", "since": "2026-02-01T00:00:00Z" },
    })
}

fn timed<T>(name: &str, call: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = call();
    println!("{name}: {:?}", start.elapsed());
    value
}

fn rate(name: &str, mappings: &Mappings, object: &Value, call: impl Fn(&Mappings, &Value)) {
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < Duration::from_secs(1) {
        call(mappings, object);
        count += 1;
    }
    println!("{name}: {:.0} objects a second", f64::from(count) / start.elapsed().as_secs_f64());
}
