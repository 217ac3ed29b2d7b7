//! An API server of Kubernetes: lists in pages of one moment, watches, and the two changes that buttons make.
//!
//! Rule: it keeps what it is told and answers as the real one does; what a test wants it to fail at, it fails at until told otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;

/// Objects of a page, whatever is asked for: small enough that a few objects are several pages.
const PAGE: usize = 2;

/// The lists that there are, as Kubernetes 1.20 has them.
const LISTS: [&str; 8] = [
    "api/v1/pods",
    "api/v1/nodes",
    "apis/apps/v1/deployments",
    "apis/apps/v1/statefulsets",
    "apis/apps/v1/daemonsets",
    "apis/batch/v1/jobs",
    "apis/batch/v1beta1/cronjobs",
    "apis/autoscaling/v2beta2/horizontalpodautoscalers",
];

/// A server that runs until it is dropped.
pub struct Kubernetes {
    address: SocketAddr,
    world: Arc<Mutex<World>>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

#[derive(Default)]
struct World {
    /// By the path of their list, and `namespace/name`.
    objects: BTreeMap<String, BTreeMap<String, Value>>,
    moment: u64,
    /// Statuses that paths are answered with.
    troubles: BTreeMap<String, u16>,
    /// The token that is let in; everybody, if absent.
    token: Option<String>,
    /// Whether the next page after a first one is of a moment that is forgotten.
    expires: bool,
    asked: Vec<String>,
    watches: Vec<(String, UnboundedSender<Bytes>)>,
    /// What was told of each list, with its moment.
    told: Vec<(u64, String, Bytes)>,
}

impl Kubernetes {
    /// An empty cluster, on a free port of this machine.
    ///
    /// # Panics
    ///
    /// If it does not come up.
    #[must_use]
    pub fn start() -> Kubernetes {
        let world = Arc::new(Mutex::new(World::default()));
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&world));
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
        Kubernetes { address, world, _stop: stop }
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Makes an object, or changes the one of its name; whoever watches is told.
    ///
    /// # Panics
    ///
    /// If it has no name.
    pub fn put(&self, list: &str, mut object: Value) {
        let mut world = self.world();
        world.moment += 1;
        let metadata = &mut object["metadata"];
        metadata["resourceVersion"] = world.moment.to_string().into();
        let key = format!(
            "{}/{}",
            metadata["namespace"].as_str().unwrap_or_default(),
            metadata["name"].as_str().expect("a name")
        );
        if metadata.get("uid").is_none() {
            metadata["uid"] = format!("{list}/{key}").into();
        }
        let before = world.objects.entry(list.to_owned()).or_default().insert(key, object.clone());
        world.tell(list, if before.is_some() { "MODIFIED" } else { "ADDED" }, &object);
    }

    /// Takes an object away; whoever watches is told.
    pub fn remove(&self, list: &str, namespace: &str, name: &str) {
        let mut world = self.world();
        world.moment += 1;
        let moment = world.moment;
        let object = world.objects.get_mut(list).and_then(|objects| objects.remove(&format!("{namespace}/{name}")));
        if let Some(mut object) = object {
            object["metadata"]["resourceVersion"] = moment.to_string().into();
            world.tell(list, "DELETED", &object);
        }
    }

    /// An object, as it is by now.
    #[must_use]
    pub fn object(&self, list: &str, namespace: &str, name: &str) -> Value {
        let world = self.world();
        world
            .objects
            .get(list)
            .and_then(|objects| objects.get(&format!("{namespace}/{name}")))
            .cloned()
            .unwrap_or_default()
    }

    /// Lets in only who shows this token from now on.
    pub fn lets_in(&self, token: &str) {
        self.world().token = Some(token.to_owned());
    }

    /// Answers everything below a path with this status from now on.
    pub fn fail(&self, path: &str, status: u16) {
        self.world().troubles.insert(path.to_owned(), status);
    }

    /// Answers everything as it should again.
    pub fn heal(&self) {
        self.world().troubles.clear();
    }

    /// Forgets the moment of a list in its middle, once.
    pub fn expire(&self) {
        self.world().expires = true;
    }

    /// What it was asked since the last time, such as `GET /version`.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.world().asked).into_iter().collect()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    fn tell(&mut self, list: &str, kind: &str, object: &Value) {
        let line = Bytes::from(json!({ "type": kind, "object": object }).to_string() + "\n");
        self.told.push((self.moment, list.to_owned(), line.clone()));
        self.watches.retain(|(watched, watch)| watched != list || watch.send(line.clone()).is_ok());
    }

    fn list(&mut self, list: &str, query: &BTreeMap<String, String>) -> Response {
        let start = match query.get("continue") {
            Some(_) if std::mem::take(&mut self.expires) => {
                return said(410, "The provided continue parameter is too old");
            }
            Some(place) => place.parse().unwrap_or(0),
            None => 0,
        };
        let objects = self.objects.get(list).map(|objects| objects.values().collect::<Vec<_>>()).unwrap_or_default();
        let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(PAGE).min(PAGE);
        let page: Vec<&Value> = objects.iter().skip(start).take(limit).copied().collect();
        let end = start + page.len();
        let next = if end < objects.len() { end.to_string() } else { String::new() };
        let metadata = json!({ "resourceVersion": self.moment.to_string(), "continue": next });
        axum::Json(json!({ "kind": "List", "apiVersion": "v1", "metadata": metadata, "items": page })).into_response()
    }

    fn watch(&mut self, list: &str, query: &BTreeMap<String, String>) -> Response {
        let (sender, receiver) = unbounded_channel();
        let since = query.get("resourceVersion").and_then(|moment| moment.parse().ok()).unwrap_or(self.moment);
        for (_, _, line) in self.told.iter().filter(|(moment, told, _)| *moment > since && told == list) {
            sender.send(line.clone()).expect("its receiver is here");
        }
        self.watches.push((list.to_owned(), sender));
        let lines = UnboundedReceiverStream::new(receiver).map(Ok::<Bytes, Infallible>);
        ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(lines)).into_response()
    }

    /// The two changes that are known: annotations of the pods that follow, and replicas.
    fn patch(&mut self, path: &str, body: &[u8]) -> Response {
        let change: Value = serde_json::from_slice(body).unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        let ["apis", "apps", "v1", "namespaces", namespace, plural, name, rest @ ..] = &parts[..] else {
            return said(404, "the server could not find the requested resource");
        };
        let (list, key) = (format!("apis/apps/v1/{plural}"), format!("{namespace}/{name}"));
        let Some(object) = self.objects.get_mut(&list).and_then(|objects| objects.get_mut(&key)) else {
            return said(404, "not found");
        };
        match rest {
            ["scale"] => object["spec"]["replicas"] = change["spec"]["replicas"].clone(),
            _ => {
                let annotations = "/spec/template/metadata/annotations";
                object["spec"]["template"]["metadata"]["annotations"] =
                    change.pointer(annotations).cloned().unwrap_or_default();
            }
        }
        axum::Json(object.clone()).into_response()
    }
}

/// What a server says instead of an answer.
fn said(code: u16, message: &str) -> Response {
    let status = json!({ "kind": "Status", "status": "Failure", "message": message, "code": code });
    (StatusCode::from_u16(code).expect("a status"), axum::Json(status)).into_response()
}

async fn answer(
    State(world): State<Arc<Mutex<World>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
    let path = uri.path().trim_start_matches('/').to_owned();
    world.asked.push(format!("{method} /{path}"));
    let shown = headers.get(header::AUTHORIZATION).and_then(|shown| shown.to_str().ok()).unwrap_or_default();
    if world.token.as_ref().is_some_and(|token| shown != format!("Bearer {token}")) {
        return said(401, "Unauthorized");
    }
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    if let Some(status) =
        world.troubles.iter().find(|(below, _)| path.starts_with(below.as_str())).map(|(_, status)| *status)
    {
        return said(status, &format!("{path} is forbidden: the test says so"));
    }
    match (method, path.as_str()) {
        (Method::GET, "version") => axum::Json(json!({ "gitVersion": "v1.20.2" })).into_response(),
        (Method::GET, list) if LISTS.contains(&list) => match query.contains_key("watch") {
            true => world.watch(list, &query),
            false => world.list(list, &query),
        },
        (Method::PATCH, path) => world.patch(path, &body),
        _ => (StatusCode::NOT_FOUND, "404 page not found\n").into_response(),
    }
}
