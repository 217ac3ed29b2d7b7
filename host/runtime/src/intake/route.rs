//! Routes of plugins.

use std::collections::BTreeMap;
use std::sync::Arc;

use portico_manifest::{Extension, Limits, Manifest, Period, SecretSource};
use wasmtime::Store;

use super::gate::{Arrived, Gate, IntakeError, target};
use crate::bindings::routes::exports::portico::plugin::routes::{Request, Response};
use crate::call::{Answered, Share, Work};
use crate::fault::Fault;
use crate::guest::Guest;
use crate::host::Host;
use crate::plugin::{Loaded, Plugin};
use crate::points::{Points, offered};

/// Computing time of one request: a webhook is read, and what it says is pushed.
const CPU: Period = Period::seconds(2);

/// Time on the clock of one request: senders of webhooks wait for ten seconds.
const WALL: Period = Period::seconds(10);

/// Bytes of an answer: whoever sends webhooks reads none of it.
const ANSWER: usize = 1 << 20;

/// What a reader of an answer needs to know; whatever else a plugin says stays here.
const HEADERS: [&str; 3] = ["content-type", "location", "retry-after"];

/// What belongs to the portal and its readers, and to no plugin.
const WITHHELD: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "x-forwarded-authorization"];

/// What a plugin answers to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteAnswer {
    /// From 200 to 599.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What follows them.
    pub body: Vec<u8>,
}

/// A route that takes a request, before its body is read.
pub struct RouteGate {
    plugin: Arc<Plugin>,
    loaded: Arc<Loaded>,
    index: usize,
}

impl RouteGate {
    fn gate(&self) -> Option<&Gate> {
        self.loaded.gates.get(self.index)
    }

    /// Bytes of the largest body that it takes.
    pub fn size(&self) -> u64 {
        self.gate().map_or(0, Gate::size)
    }

    /// Whether its senders prove who they are by a signature; others show the portal's token.
    pub fn is_signed(&self) -> bool {
        self.gate().is_some_and(Gate::is_signed)
    }
}

/// The checks in front of each route of a manifest.
pub(crate) fn gates(manifest: &Manifest) -> Vec<Gate> {
    let gate = |route: &portico_manifest::RouteDeclaration| {
        Gate::new(target(&manifest.name, &route.path.to_string()), route.intake.clone())
    };
    manifest.routes.iter().map(gate).collect()
}

struct Handle(Request);

impl Work for Handle {
    type Answer = Response;

    fn limits(&self, granted: Limits) -> Limits {
        Limits { cpu: granted.cpu.min(CPU), wall: granted.wall.min(WALL), ..granted }
    }

    fn share(&self) -> Share {
        Share::Quick
    }

    async fn enter(self, points: Points, store: &mut Store<Guest>) -> Answered<Response> {
        let plugin = offered(points.routes.as_ref(), Extension::Routes)?.instantiate_async(&mut *store).await?;
        plugin.portico_plugin_routes().call_handle(store, &self.0).await.map(Ok)
    }
}

impl Host {
    /// The route that takes a request; it is counted.
    pub(crate) fn route(&self, plugin: &str, method: &str, path: &str) -> Result<RouteGate, IntakeError> {
        let plugin = self.plugin(plugin).ok_or(IntakeError::Nowhere)?;
        let loaded = plugin.loaded().ok_or(IntakeError::Nowhere)?;
        let index = loaded.manifest.routes.iter().position(|route| route.covers(method, path));
        let route = RouteGate { plugin, loaded, index: index.ok_or(IntakeError::Nowhere)? };
        if let Some((wait, _)) = route.plugin.rest(Extension::Routes) {
            return Err(IntakeError::Resting(wait));
        }
        route.gate().ok_or(IntakeError::Nowhere)?.count()?;
        Ok(route)
    }

    /// Checks a request and has its plugin answer it.
    pub(crate) async fn handle(
        self: &Arc<Self>,
        route: RouteGate,
        mut arrived: Arrived,
    ) -> Result<RouteAnswer, IntakeError> {
        let gate = route.gate().ok_or(IntakeError::Nowhere)?;
        let rights = &route.loaded.rights;
        if let Some(name) = gate.credential().filter(|name| !rights.credentials.contains_key(*name)) {
            let denial = rights.credential_denial(name);
            route.plugin.counters.denial(denial.capability);
            return Err(IntakeError::Unable(denial.to_string()));
        }
        let secrets: BTreeMap<String, SecretSource> =
            rights.credentials.iter().map(|(name, credential)| (name.clone(), credential.secret.clone())).collect();
        let delivery = gate.check(&mut arrived, &secrets, &self.catalog).await?;
        let (plugin, loaded, work) = (&route.plugin, &route.loaded, Handle(request(arrived)));
        match self.ask(plugin, loaded, Extension::Routes, work, |response| Ok(answer(response))).await {
            Ok(answer) => Ok(answer),
            Err(failed) => {
                if let Some(delivery) = delivery {
                    delivery.forget(&self.catalog).await;
                }
                Err(match failed.fault {
                    Fault::Resting { wait, .. } => IntakeError::Resting(wait),
                    _ => IntakeError::Failed(format!(
                        "The plugin `{}` failed; its page in the portal says why.",
                        plugin.name
                    )),
                })
            }
        }
    }
}

fn request(arrived: Arrived) -> Request {
    let Arrived { method, path, query, mut headers, body } = arrived;
    headers.retain(|(name, _)| !WITHHELD.contains(&name.as_str()));
    Request { method, path, query, headers, body }
}

/// What may go back.
fn answer(response: Response) -> RouteAnswer {
    let may_go = |name: &str| HEADERS.contains(&name) || name.starts_with("x-");
    let headers = response.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
    let mut body = response.body;
    body.truncate(ANSWER);
    RouteAnswer {
        status: if (200..=599).contains(&response.status) { response.status } else { 502 },
        headers: headers.filter(|(name, _)| may_go(name)).collect(),
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_side_hears_what_is_not_its_own() {
        let headers =
            |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "v".to_owned())).collect::<Vec<_>>();
        let names = |headers: &[(String, String)]| headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let asked = request(Arrived {
            method: "POST".into(),
            path: "/".into(),
            query: String::new(),
            headers: headers(&["cookie", "authorization", "x-event", "content-type"]),
            body: Vec::new(),
        });
        assert_eq!(names(&asked.headers), ["x-event", "content-type"]);
        let answered = answer(Response {
            status: 42,
            headers: headers(&["Set-Cookie", "Content-Type", "X-Seen", "content-security-policy"]),
            body: vec![0; ANSWER + 1],
        });
        assert_eq!((answered.status, answered.body.len()), (502, ANSWER));
        assert_eq!(names(&answered.headers), ["content-type", "x-seen"]);
    }
}
