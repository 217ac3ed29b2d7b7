//! Routes of plugins.

use std::collections::BTreeMap;
use std::sync::Arc;

use portico_manifest::{Extension, Limits, Manifest, Period, SecretSource};
use wasmtime::Store;

use super::admission::{Address, Admitted, Proven, to_its_end};
use super::gate::{Gate, Head, IntakeError, target};
use super::turned_away::TurnedAway;
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

/// What of `x-…` is for the proxy in front of a portal rather than for a reader: it would have it send files of its own, or ask elsewhere.
const STEERING: [&str; 5] = ["x-accel-", "x-sendfile", "x-lighttpd-", "x-litespeed-", "x-reproxy-"];

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
    gate: Arc<Gate>,
}

impl Address for RouteGate {
    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn secrets(&self) -> BTreeMap<String, SecretSource> {
        if self.loaded.config.agent.is_some() {
            // They are where the agent is.
            return BTreeMap::new();
        }
        let granted = self.loaded.rights.credentials.iter();
        // What an App makes is for requests; a credential for signatures is never such.
        granted.filter_map(|(name, credential)| Some((name.clone(), credential.secret.found()?.clone()))).collect()
    }

    fn turned_away(&self, reason: TurnedAway) {
        self.plugin.counters.turned_away(reason);
    }
}

/// The checks in front of each route of a manifest.
pub(crate) fn gates(manifest: &Manifest) -> Vec<Arc<Gate>> {
    let gate = |route: &portico_manifest::RouteDeclaration| {
        Arc::new(Gate::new(target(&manifest.name, &route.path.to_string()), route.intake.clone()))
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
    /// The route that takes a request.
    pub(crate) fn route(&self, plugin: &str, method: &str, path: &str) -> Result<RouteGate, IntakeError> {
        let plugin = self.plugin(plugin).ok_or(IntakeError::Nowhere)?;
        let loaded = plugin.loaded().ok_or(IntakeError::Nowhere)?;
        let index = loaded.manifest.routes.iter().position(|route| route.covers(method, path));
        let gate = index.and_then(|index| loaded.gates.get(index).cloned()).ok_or(IntakeError::Nowhere)?;
        if let Some((wait, _)) = plugin.rest(Extension::Routes, "") {
            plugin.counters.turned_away(TurnedAway::Resting);
            return Err(IntakeError::Resting(wait));
        }
        let rights = &loaded.rights;
        if let Some(name) = gate.credential().filter(|name| !rights.credentials.contains_key(*name)) {
            let denial = rights.credential_denial(name);
            plugin.counters.denial(denial.capability);
            plugin.counters.turned_away(TurnedAway::Unchecked);
            return Err(IntakeError::Unable(denial.to_string()));
        }
        Ok(RouteGate { plugin, loaded, gate })
    }

    /// Checks a request and has its plugin answer it, also if its sender hangs up.
    pub(crate) async fn handle(
        self: &Arc<Self>,
        admitted: Admitted<RouteGate>,
        body: Vec<u8>,
    ) -> Result<RouteAnswer, IntakeError> {
        let host = self.clone();
        to_its_end(async move { host.handle_to_its_end(admitted, body).await }).await
    }

    async fn handle_to_its_end(
        self: &Arc<Self>,
        admitted: Admitted<RouteGate>,
        body: Vec<u8>,
    ) -> Result<RouteAnswer, IntakeError> {
        let Proven { address: route, head, delivery, room: _room } = self.proven(admitted, &body).await?;
        let (plugin, loaded, work) = (&route.plugin, &route.loaded, Handle(request(head, body)));
        match self.ask(plugin, loaded, Extension::Routes, work, |response| Ok(answer(response))).await {
            Ok(answer) => {
                if let Some(delivery) = delivery.filter(|_| !asks_again(answer.status)) {
                    delivery.taken().await;
                }
                Ok(answer)
            }
            Err(failed) => Err(match failed.fault {
                Fault::Resting { wait, .. } => {
                    route.turned_away(TurnedAway::Resting);
                    IntakeError::Resting(wait)
                }
                _ => IntakeError::Failed(format!(
                    "The plugin `{}` failed; its page in the portal says why.",
                    plugin.name
                )),
            }),
        }
    }
}

/// Whether an answer has its sender come again with the same.
fn asks_again(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

fn request(head: Head, body: Vec<u8>) -> Request {
    let Head { method, path, query, mut headers } = head;
    headers.retain(|(name, _)| !WITHHELD.contains(&name.as_str()));
    Request { method, path, query, headers, body }
}

/// What may go back.
fn answer(response: Response) -> RouteAnswer {
    let steers = |name: &str| STEERING.iter().any(|prefix| name.starts_with(prefix));
    let may_go = |name: &str| HEADERS.contains(&name) || (name.starts_with("x-") && !steers(name));
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
        let asked = Head {
            method: "POST".into(),
            path: "/".into(),
            query: String::new(),
            headers: headers(&["cookie", "authorization", "x-event", "content-type"]),
        };
        let asked = request(asked, Vec::new());
        assert_eq!(names(&asked.headers), ["x-event", "content-type"]);
        let answered = answer(Response {
            status: 42,
            headers: headers(&["Set-Cookie", "Content-Type", "X-Seen", "content-security-policy"]),
            body: vec![0; ANSWER + 1],
        });
        assert_eq!((answered.status, answered.body.len()), (502, ANSWER));
        assert_eq!(names(&answered.headers), ["content-type", "x-seen"]);
    }

    #[test]
    fn what_steers_a_proxy_does_not_go_back() {
        for name in [
            "X-Accel-Redirect",
            "x-accel-buffering",
            "X-Sendfile",
            "X-Sendfile-Temporary",
            "X-LIGHTTPD-send-file",
            "X-LiteSpeed-Location",
            "X-Reproxy-URL",
        ] {
            let headers = vec![(name.to_owned(), "/etc/passwd".to_owned())];
            assert!(answer(Response { status: 200, headers, body: Vec::new() }).headers.is_empty(), "{name}");
        }
    }

    #[test]
    fn what_asks_for_another_attempt_was_not_taken() {
        for (status, expected) in
            [(200, false), (302, false), (400, false), (429, true), (408, true), (500, true), (599, true)]
        {
            assert_eq!(asks_again(status), expected, "{status}");
        }
    }
}
