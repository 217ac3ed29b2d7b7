//! An account of PagerDuty in memory, for tests: what it answers to each question at noon of the first of January 2026.

use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

pub(crate) const BASE: &str = "https://api.pagerduty.com";

/// The account of a test. What is not said is empty.
pub(crate) struct Account {
    pub(crate) services: Vec<Value>,
    pub(crate) policies: Vec<Value>,
    pub(crate) schedules: Vec<Value>,
    pub(crate) on_calls: Vec<Value>,
    pub(crate) incidents: Vec<Value>,
}

pub(crate) fn list_url(path: &str, query: &str) -> String {
    format!("{BASE}{path}?{query}limit=100&offset=0&total=true")
}

pub(crate) fn services_url() -> String {
    list_url("/services", "sort_by=name&")
}

pub(crate) fn on_calls_url(policies: &[&str]) -> String {
    let ids: String = policies.iter().map(|id| format!("&escalation_policy_ids[]={id}")).collect();
    let span = "since=2026-01-01T12%3A00%3A00Z&until=2026-01-31T12%3A00%3A00Z";
    list_url("/oncalls", &format!("include[]=users&earliest=true&{span}{ids}&"))
}

/// All shifts of the next weeks.
pub(crate) fn shifts_url(policies: &[&str]) -> String {
    let ids: String = policies.iter().map(|id| format!("&escalation_policy_ids[]={id}")).collect();
    let span = "since=2026-01-01T12%3A00%3A00Z&until=2026-01-22T12%3A00%3A00Z";
    list_url("/oncalls", &format!("include[]=users&{span}{ids}&"))
}

/// The incidents of the last thirty days, of a service or of all.
pub(crate) fn recent_url(service: Option<&str>) -> String {
    recent_part_url(service, 100)
}

fn recent_part_url(service: Option<&str>, limit: usize) -> String {
    let service = service.map_or_else(String::new, |id| format!("&service_ids[]={id}"));
    let span = "since=2025-12-03T00%3A00%3A00Z&until=2026-01-02T12%3A00%3A00Z";
    format!("{BASE}/incidents?{span}{service}&sort_by=created_at%3Aasc&limit={limit}&offset=0&total=true")
}

/// The open incidents, of a service or of all.
pub(crate) fn open_url(service: Option<&str>) -> String {
    let service = service.map_or_else(String::new, |id| format!("&service_ids[]={id}"));
    let open = "date_range=all&sort_by=created_at%3Aasc&statuses[]=triggered&statuses[]=acknowledged";
    list_url("/incidents", &format!("{open}{service}&"))
}

pub(crate) fn log_url(incident: &str) -> String {
    list_url(&format!("/incidents/{incident}/log_entries"), "is_overview=true&")
}

/// How many of the last thirty days there are.
pub(crate) fn counted_url() -> String {
    recent_part_url(None, 1)
}

/// A list of one page.
pub(crate) fn page(key: &str, items: &[Value]) -> Answer {
    half(key, items, items.len())
}

/// A page that says that it is the last one of a list of so many.
pub(crate) fn half(key: &str, items: &[Value], total: usize) -> Answer {
    Answer::json(&json!({ key: items, "limit": 100, "offset": 0, "more": false, "total": total }))
}

pub(crate) fn service(id: &str, name: &str) -> Value {
    json!({
        "id": id, "name": name, "description": null, "status": "active", "html_url": format!("https://acme.pagerduty.com/services/{id}"),
        "teams": [{ "id": "T1", "summary": "Payments" }], "escalation_policy": { "id": "E1", "summary": "Payments" },
        "integrations": [{ "integration_key": format!("key-of-{id}") }],
    })
}

pub(crate) fn incident(id: &str, service: &str, status: &str, created: &str) -> Value {
    json!({
        "id": id, "incident_number": 7, "title": format!("Incident {id}"), "status": status, "urgency": "high", "created_at": created,
        "service": { "id": service }, "assignments": [{ "assignee": { "id": "U1", "summary": "Ada" } }],
        "html_url": format!("https://acme.pagerduty.com/incidents/{id}"), "resolved_at": (status == "resolved").then_some("2026-01-01T10:00:00Z"),
    })
}

impl Account {
    /// Two services with one policy, a schedule, somebody on call, and an open incident.
    pub(crate) fn small() -> Account {
        let user = json!({ "id": "U1", "summary": "Ada", "email": "ada@acme.test" });
        let shift = json!({
            "escalation_policy": { "id": "E1" }, "escalation_level": 1, "schedule": { "id": "S1", "summary": "Primary" }, "user": user,
            "start": "2025-12-29T00:00:00Z", "end": "2026-01-05T00:00:00Z",
        });
        let rule = json!({
            "escalation_delay_in_minutes": 30, "targets": [{ "id": "S1", "type": "schedule_reference", "summary": "Primary" }],
        });
        Account {
            services: vec![service("P1", "Orders"), service("P2", "Payments")],
            policies: vec![json!({ "id": "E1", "name": "Payments", "num_loops": 1, "escalation_rules": [rule] })],
            schedules: vec![json!({ "id": "S1", "name": "Primary", "time_zone": "Europe/Berlin" })],
            on_calls: vec![shift],
            incidents: vec![
                incident("Q1", "P1", "triggered", "2026-01-01T09:00:00Z"),
                incident("Q2", "P1", "resolved", "2026-01-01T09:30:00Z"),
                incident("Q3", "P2", "triggered", "2025-06-01T00:00:00Z"),
            ],
        }
    }

    fn named(&self, service: Option<&str>, is_meant: impl Fn(&Value) -> bool) -> Vec<Value> {
        let is_its = |incident: &&Value| service.is_none_or(|id| incident["service"]["id"] == id);
        self.incidents.iter().filter(is_its).filter(|incident| is_meant(incident)).cloned().collect()
    }

    /// A portal in which PagerDuty answers so.
    pub(crate) fn portal(&self, portal: Portal) -> Portal {
        let list = |portal: Portal, url: &str, key: &str, items: &[Value]| portal.answer("GET", url, page(key, items));
        let mut portal = list(portal, &services_url(), "services", &self.services);
        let with_keys = list_url("/services", "sort_by=name&include[]=integrations&");
        portal = list(portal, &with_keys, "services", &self.services);
        portal = list(portal, &list_url("/escalation_policies", ""), "escalation_policies", &self.policies);
        portal = list(portal, &list_url("/schedules", ""), "schedules", &self.schedules);
        portal = list(portal, &on_calls_url(&["E1"]), "oncalls", &self.on_calls);
        portal = list(portal, &shifts_url(&["E1"]), "oncalls", &self.on_calls);
        portal = portal.answer("GET", &counted_url(), half("incidents", &[], self.incidents.len()));
        portal = portal.answer("GET", &log_url("Q2"), page("log_entries", &log("2026-01-01T09:40:00Z")));
        let ids = self.services.iter().filter_map(|service| service["id"].as_str());
        for whose in [None].into_iter().chain(ids.map(Some)) {
            let recent = self.named(whose, |incident| incident["created_at"].as_str() > Some("2025-12-03"));
            let open = self.named(whose, |incident| incident["status"] != "resolved");
            portal = list(portal, &recent_url(whose), "incidents", &recent);
            portal = list(portal, &open_url(whose), "incidents", &open);
        }
        for incident in &self.incidents {
            let url = format!("{BASE}/incidents/{}", incident["id"].as_str().unwrap_or_default());
            portal = portal.answer("GET", &url, Answer::json(&json!({ "incident": incident })));
        }
        for service in &self.services {
            let url = format!("{BASE}/services/{}", service["id"].as_str().unwrap_or_default());
            portal = portal.answer("GET", &url, Answer::json(&json!({ "service": service })));
        }
        portal
    }
}

/// The log of an incident that was acknowledged twice.
fn log(at: &str) -> Vec<Value> {
    [
        ("2026-01-01T09:55:00Z", "acknowledge_log_entry"),
        (at, "acknowledge_log_entry"),
        ("2026-01-01T09:30:00Z", "trigger_log_entry"),
    ]
    .map(|(at, kind)| json!({ "id": at, "type": kind, "created_at": at }))
    .to_vec()
}
