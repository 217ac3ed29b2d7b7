//! PagerDuty, as far as it is asked: lists with pages, incidents that are opened and closed, webhooks that are signed, and bad days.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// The token that it knows.
pub const TOKEN: &str = "pd-test-token";

/// The only one who may change something.
pub const USER: &str = "alice@example.test";

/// A PagerDuty with one account, until it is dropped.
pub struct PagerDuty {
    port: u16,
    account: Arc<Mutex<Account>>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

/// What goes wrong with the answers to a path.
#[derive(Clone, Debug)]
pub enum Broken {
    /// It answers this status.
    Status(u16),
    /// It answers this text.
    Text(&'static str),
    /// The answer breaks off in its middle.
    Half,
    /// It says that the page is the last.
    Last,
}

#[derive(Default)]
struct Account {
    services: Vec<Value>,
    incidents: Vec<Value>,
    hooks: Vec<Hook>,
    deliveries: Vec<(Hook, Delivery)>,
    asked: Vec<String>,
    broken: Option<(String, u64, Broken)>,
    /// Every so many requests the rate is limited.
    limit: Option<usize>,
    is_revoked: bool,
}

#[derive(Clone)]
struct Hook {
    url: String,
    secret: String,
}

#[derive(Clone)]
struct Delivery {
    id: String,
    body: String,
}

impl PagerDuty {
    /// An account with so many services, called `service 0` and so on, with ids from `PSVC001`. Of the first an incident is open.
    ///
    /// # Panics
    ///
    /// If it does not come up.
    #[must_use]
    pub fn with(services: usize) -> PagerDuty {
        let account = Account { services: (0..services).map(service).collect(), ..Account::default() };
        let account = Arc::new(Mutex::new(account));
        hold(&account).open("PSVC001", "Error rate above 5%", "high");
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&account));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    served = axum::serve(listener, router) => served.expect("it serves"),
                    _ = stopped => {}
                }
            });
        });
        PagerDuty { port, account, _stop: stop }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers to a path go wrong from this offset on, until it is healed.
    pub fn breaks(&self, path: &str, offset: u64, how: Broken) {
        hold(&self.account).broken = Some((path.to_owned(), offset, how));
    }

    /// Everything is as it should be.
    pub fn heals(&self) {
        let mut account = hold(&self.account);
        (account.broken, account.limit, account.is_revoked) = (None, None, false);
    }

    /// Limits the rate for a second after every so many requests.
    pub fn limits(&self, requests: usize) {
        hold(&self.account).limit = Some(requests);
    }

    /// Knows the token no more.
    pub fn revokes(&self) {
        hold(&self.account).is_revoked = true;
    }

    /// Calls a service another name.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn renames(&self, id: &str, name: &str) {
        let mut account = hold(&self.account);
        let service = account.services.iter_mut().find(|service| service["id"] == id).expect("a service");
        service["name"] = name.into();
    }

    /// Deletes a service.
    pub fn deletes(&self, id: &str) {
        hold(&self.account).services.retain(|service| service["id"] != id);
    }

    /// Sends the last webhook once more, under its own name; answers the status.
    ///
    /// # Panics
    ///
    /// If none was sent.
    #[must_use]
    pub fn sends_again(&self) -> u16 {
        let (hook, delivery) = hold(&self.account).deliveries.last().cloned().expect("a delivery");
        deliver(&hook, &delivery)
    }

    /// The requests since this was asked last, such as `GET /services?offset=0`.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut hold(&self.account).asked)
    }
}

fn hold(account: &Mutex<Account>) -> MutexGuard<'_, Account> {
    account.lock().unwrap_or_else(PoisonError::into_inner)
}

fn service(number: usize) -> Value {
    let id = format!("PSVC{:03}", number + 1);
    json!({
        "id": id, "type": "service", "name": format!("service {number}"), "description": null, "status": "active",
        "html_url": format!("https://acme.pagerduty.com/service-directory/{id}"), "teams": [],
        "escalation_policy": { "id": "PEPOL01", "type": "escalation_policy_reference", "summary": "Payments" },
        "integrations": [{ "id": format!("I{id}"), "integration_key": format!("key-of-{id}") }],
    })
}

fn lists(key: &str) -> Vec<Value> {
    let user = |name: &str| json!({ "id": name, "summary": name, "name": name, "email": format!("{}@example.test", name.to_lowercase()) });
    let schedule = json!({ "id": "PSCHD01", "type": "schedule_reference", "summary": "Payments primary" });
    let policy = json!({ "id": "PEPOL01", "type": "escalation_policy_reference", "summary": "Payments" });
    let rule = json!({ "escalation_delay_in_minutes": 30, "targets": [schedule] });
    match key {
        "escalation_policies" => {
            vec![
                json!({ "id": "PEPOL01", "name": "Payments", "num_loops": 1, "escalation_rules": [rule], "teams": [] }),
            ]
        }
        "schedules" => {
            vec![json!({ "id": "PSCHD01", "name": "Payments primary", "time_zone": "Europe/Berlin", "users": [] })]
        }
        "oncalls" => {
            let shift = |level: u32, name: &str, schedule: &Value, start: Option<&str>, end: Option<&str>| {
                json!({
                    "escalation_policy": policy, "escalation_level": level, "schedule": schedule, "user": user(name), "start": start, "end": end,
                })
            };
            let (past, soon, far) =
                (Some("2020-01-01T00:00:00Z"), Some("2100-01-01T00:00:00Z"), Some("2100-01-08T00:00:00Z"));
            vec![
                shift(1, "Alice", &schedule, past, soon),
                shift(1, "Bob", &schedule, soon, far),
                shift(2, "Dmitri", &Value::Null, None, None),
            ]
        }
        _ => Vec::new(),
    }
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Account {
    fn open(&mut self, service: &str, title: &str, urgency: &str) -> Value {
        let (number, at) = (1001 + self.incidents.len(), now());
        let incident = json!({
            "id": format!("Q{number}"), "type": "incident", "incident_number": number, "title": title, "status": "triggered",
            "urgency": urgency, "created_at": at, "last_status_change_at": at, "resolved_at": null, "priority": null,
            "html_url": format!("https://acme.pagerduty.com/incidents/Q{number}"), "acknowledgements": [],
            "service": { "id": service, "type": "service_reference" },
            "assignments": [{ "at": at, "assignee": { "id": "Alice", "summary": "Alice" } }],
        });
        self.incidents.push(incident.clone());
        self.tell("incident.triggered", &incident);
        incident
    }

    fn change(&mut self, id: &str, status: &str) -> Option<Value> {
        let at = now();
        let incident = self.incidents.iter_mut().find(|incident| incident["id"] == id)?;
        incident["status"] = status.into();
        incident["last_status_change_at"] = at.clone().into();
        match status {
            "resolved" => incident["resolved_at"] = at.into(),
            _ => incident["acknowledgements"] = json!([{ "at": at }]),
        }
        let incident = incident.clone();
        self.tell(&format!("incident.{status}"), &incident);
        Some(incident)
    }

    /// Tells whoever wants to know.
    fn tell(&mut self, kind: &str, incident: &Value) {
        let data = json!({
            "id": incident["id"], "type": "incident", "status": incident["status"], "number": incident["incident_number"],
            "title": incident["title"], "urgency": incident["urgency"], "service": incident["service"],
        });
        let event =
            json!({ "id": "01E", "event_type": kind, "resource_type": "incident", "occurred_at": now(), "data": data });
        for hook in &self.hooks {
            let id = format!("delivery-{}", self.deliveries.len());
            let delivery = Delivery { id, body: json!({ "event": event }).to_string() };
            self.deliveries.push((hook.clone(), delivery.clone()));
            let hook = hook.clone();
            std::thread::spawn(move || {
                // What is told that it comes again does so, a few times.
                (0..20).any(|_| {
                    let status = deliver(&hook, &delivery);
                    let is_over = status < 500 && status != 429;
                    if !is_over {
                        std::thread::park_timeout(std::time::Duration::from_millis(200));
                    }
                    is_over
                })
            });
        }
    }
}

fn deliver(hook: &Hook, delivery: &Delivery) -> u16 {
    let mut mac = Hmac::<Sha256>::new_from_slice(hook.secret.as_bytes()).expect("any key");
    mac.update(delivery.body.as_bytes());
    let signature = format!("v1={}", hex::encode(mac.finalize().into_bytes()));
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = ureq::http::Request::post(&hook.url)
        .header("content-type", "application/json")
        .header("x-pagerduty-signature", signature)
        .header("x-webhook-id", &delivery.id)
        .body(delivery.body.clone())
        .expect("a request");
    agent.run(request).map_or(599, |answer| answer.status().as_u16())
}

async fn answer(
    State(account): State<Arc<Mutex<Account>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut account = hold(&account);
    let count = account.asked.len() + 1;
    account.asked.push(format!("{method} {uri}"));
    if account.limit.is_some_and(|limit| count.is_multiple_of(limit + 1)) {
        let headers = [("ratelimit-limit", "960"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "1")];
        return (StatusCode::TOO_MANY_REQUESTS, headers, refusal("Rate Limit Exceeded", 2020)).into_response();
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    if account.is_revoked || header("authorization") != format!("Token token={TOKEN}") {
        return (StatusCode::UNAUTHORIZED, refusal("Authentication failed", 2006)).into_response();
    }
    if method == Method::GET {
        return read(&account, &uri);
    }
    if uri.path() != "/webhook_subscriptions" && header("from") != USER {
        return (StatusCode::BAD_REQUEST, refusal("Requester User Not Found", 1008)).into_response();
    }
    let body = serde_json::from_slice(&body).unwrap_or_default();
    write(&mut account, &uri, &body).unwrap_or_else(not_found)
}

fn refusal(message: &str, code: u32) -> String {
    json!({ "error": { "message": message, "code": code } }).to_string()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, refusal("Not Found", 2100)).into_response()
}

fn write(account: &mut Account, uri: &Uri, body: &Value) -> Option<Response> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let path: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let answer = match path[..] {
        ["webhook_subscriptions"] => {
            let secret = format!("secret-{}", account.hooks.len());
            let url = text(&body["webhook_subscription"]["delivery_method"]["url"]);
            account.hooks.push(Hook { url, secret: secret.clone() });
            json!({ "webhook_subscription": { "id": "PWH", "delivery_method": { "secret": secret } } })
        }
        ["incidents"] => {
            let incident = &body["incident"];
            let service = text(&incident["service"]["id"]);
            account.services.iter().find(|known| known["id"] == service.as_str())?;
            json!({ "incident": account.open(&service, &text(&incident["title"]), &text(&incident["urgency"])) })
        }
        ["incidents", id] => json!({ "incident": account.change(id, &text(&body["incident"]["status"]))? }),
        _ => return None,
    };
    Some(answer.to_string().into_response())
}

fn read(account: &Account, uri: &Uri) -> Response {
    let path: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let query: Vec<(String, String)> = query.into_owned().collect();
    let named = |key: &str, id: &str| match key {
        "services" => account.services.iter().find(|one| one["id"] == id).map(|one| json!({ "service": one })),
        "incidents" => account.incidents.iter().find(|one| one["id"] == id).map(|one| json!({ "incident": one })),
        _ => None,
    };
    match path[..] {
        ["services"] => page(account, uri.path(), "services", account.services.clone(), &query),
        ["incidents"] => page(account, uri.path(), "incidents", incidents(account, &query), &query),
        ["incidents", _, "log_entries"] => page(account, uri.path(), "log_entries", Vec::new(), &query),
        [key @ ("escalation_policies" | "schedules" | "oncalls")] => page(account, uri.path(), key, lists(key), &query),
        [key, id] => named(key, id).map_or_else(not_found, |one| one.to_string().into_response()),
        _ => not_found(),
    }
}

fn incidents(account: &Account, query: &[(String, String)]) -> Vec<Value> {
    let values = |name: &str| -> Vec<&str> {
        query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    };
    let (services, statuses) = (values("service_ids[]"), values("statuses[]"));
    let is_one = |wanted: &[&str], value: &Value| wanted.is_empty() || wanted.iter().any(|one| value == one);
    let all = account.incidents.iter();
    all.filter(|one| is_one(&services, &one["service"]["id"]) && is_one(&statuses, &one["status"])).cloned().collect()
}

fn page(account: &Account, path: &str, key: &str, items: Vec<Value>, query: &[(String, String)]) -> Response {
    let value = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let number = |name: &str, usual: u64| value(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (limit, offset) = (number("limit", 25).min(100), number("offset", 0));
    let total = items.len() as u64;
    let items: Vec<Value> = items.into_iter().skip(offset as usize).take(limit as usize).collect();
    let mut page =
        json!({ key: items, "limit": limit, "offset": offset, "more": offset + limit < total, "total": null });
    if value("total") == Some("true") {
        page["total"] = total.into();
    }
    let broken = account.broken.as_ref().filter(|(broken, from, _)| broken == path && offset >= *from);
    match broken.map(|(_, _, how)| how) {
        Some(Broken::Status(status)) => {
            let status = StatusCode::from_u16(*status).expect("a status");
            (status, refusal("An internal error has occurred.", 2000)).into_response()
        }
        Some(Broken::Text(text)) => (*text).into_response(),
        Some(Broken::Half) => {
            let text = page.to_string();
            text[..text.len() / 2].to_owned().into_response()
        }
        Some(Broken::Last) => {
            page["more"] = false.into();
            page.to_string().into_response()
        }
        None => page.to_string().into_response(),
    }
}
