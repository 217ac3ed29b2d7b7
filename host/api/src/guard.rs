//! Who may ask, while the portal has no sign-in.
//!
//! With a token configured, every request carries it: as `Authorization: Bearer …`, or as the password of HTTP basic
//! authentication, which browsers ask for by themselves. Without one the portal listens on loopback only, and what is left
//! to keep out are other web sites in the reader's browser: their forms and scripts (`Origin`, `Sec-Fetch-Site`) and
//! names that they point at this address (`Host`).
//!
//! Agents have tokens of their own. One opens the agents' routes and nothing else, and the portal's token does not open those.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// What probes ask for, to the letter: what merely begins so could be another page's address written in a roundabout way.
const PROBES: [&str; 2] = ["/.backstage/health/v1/readiness", "/.backstage/health/v1/liveness"];

/// Where agents ask, and nobody else.
const AGENTS: &str = "/api/portico/agent/";

/// A token, as it is kept.
type Digest32 = [u8; 32];

/// The digests of the configured tokens.
#[derive(Clone)]
pub(crate) struct Guard {
    /// The portal's own, if there is one.
    portal: Option<Arc<Digest32>>,
    /// Those of agents, by their names.
    agents: Arc<BTreeMap<String, Digest32>>,
}

impl Guard {
    pub(crate) fn new(token: Option<&str>, agents: &BTreeMap<String, String>) -> Guard {
        let digest = |token: &str| Sha256::digest(token).into();
        Guard {
            portal: token.map(|token| Arc::new(digest(token))),
            agents: Arc::new(agents.iter().map(|(name, token)| (name.clone(), digest(token))).collect()),
        }
    }
}

impl Guard {
    /// Whether a request may be served; if not, what it is answered.
    pub(crate) fn check(&self, request: &Request) -> Result<(), Refusal> {
        // Probes come without credentials and learn nothing.
        if PROBES.contains(&request.uri().path()) {
            return Ok(());
        }
        foreign(request.method(), request.headers(), self.portal.is_none()).map_err(Refusal::Foreign)?;
        if request.uri().path().starts_with(AGENTS) {
            return self.agent(request.headers()).map(drop);
        }
        // Who sends these is known by a signature, or asked for the token once it is known that there is none.
        if ["/api/plugins/", "/api/ingest/"].iter().any(|from| request.uri().path().starts_with(from)) {
            return Ok(());
        }
        self.token(request.headers())
    }

    /// Whether a request shows the token, if there is one.
    pub(crate) fn token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match &self.portal {
            Some(expected) if !presented(headers).is_some_and(|token| matches(expected, &token)) => {
                Err(Refusal::NoCredentials)
            }
            _ => Ok(()),
        }
    }
}

impl Guard {
    /// The agent whose token a request shows.
    pub(crate) fn agent(&self, headers: &HeaderMap) -> Result<&str, Refusal> {
        let token = bearer(headers).ok_or(Refusal::NoAgent)?;
        // All are looked at, so that the time says nothing of which it nearly was.
        let known = self.agents.iter().fold(
            None,
            |known, (name, expected)| {
                if matches(expected, token) { Some(name.as_str()) } else { known }
            },
        );
        known.ok_or(Refusal::NoAgent)
    }
}

/// How a browser is told to ask for the token.
const ASK: &str = "Basic realm=\"Portico\", charset=\"UTF-8\"";

/// What is said to whoever shows no token.
const NO_CREDENTIALS: &str = "Missing credentials: send the portal's token as `Authorization: Bearer …`, or as the password when your browser asks";

/// What is said to whoever shows no token of an agent where agents ask.
const NO_AGENT: &str =
    "This is for agents: send the token of one that stands under `agents` in portico.yaml as `Authorization: Bearer …`";

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        match refusal {
            Refusal::Foreign(reason) => ApiError::input(reason),
            Refusal::NoCredentials => ApiError::unauthenticated(NO_CREDENTIALS).asking(ASK),
            Refusal::NoAgent => ApiError::unauthenticated(NO_AGENT),
        }
    }
}

/// Why a request is not served.
pub(crate) enum Refusal {
    /// Another site sent it, or it came under another name.
    Foreign(String),
    /// It does not carry the token.
    NoCredentials,
    /// It does not carry the token of an agent.
    NoAgent,
}

/// Digests are compared, so that the time it takes says nothing of the token.
fn matches(expected: &[u8; 32], token: &str) -> bool {
    let found: [u8; 32] = Sha256::digest(token).into();
    found.iter().zip(expected).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
}

fn presented(headers: &HeaderMap) -> Option<String> {
    if let Some(token) = bearer(headers) {
        return Some(token.to_owned());
    }
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        return pair.split_once(':').map(|(_, password)| password.to_owned());
    }
    None
}

/// Why a request looks like another site's doing, if it does.
fn foreign(method: &Method, headers: &HeaderMap, loopback_only: bool) -> Result<(), String> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host = text(header::HOST).unwrap_or("");
    if loopback_only && !host.is_empty() && !is_loopback(host) {
        return Err(format!(
            "This portal answers on this machine only, under 127.0.0.1 or localhost, not as `{host}`; configure `server.token` to serve others"
        ));
    }
    if method.is_safe() {
        return Ok(());
    }
    let site = text(header::HeaderName::from_static("sec-fetch-site"));
    let same_origin =
        text(header::ORIGIN).is_none_or(|origin| origin.split_once("://").is_some_and(|(_, rest)| rest == host));
    if matches!(site, Some("cross-site" | "same-site")) || !same_origin {
        return Err(
            "This request was sent by another web site; only the portal's own pages may change things".to_owned()
        );
    }
    Ok(())
}

/// Whether a `Host` header names this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn other_sites_may_neither_post_nor_borrow_a_name() {
        for (method, pairs, allowed) in [
            (Method::GET, &[("host", "127.0.0.1:7007")][..], true),
            (Method::GET, &[("host", "localhost:7007")], true),
            (Method::GET, &[("host", "[::1]:7007")], true),
            (Method::GET, &[("host", "evil.example")], false),
            (Method::GET, &[("host", "127.0.0.1.evil.example")], false),
            (Method::POST, &[("host", "127.0.0.1:7007")], true),
            (Method::POST, &[("host", "127.0.0.1:7007"), ("origin", "http://127.0.0.1:7007")], true),
            (Method::POST, &[("host", "127.0.0.1:7007"), ("origin", "https://evil.example")], false),
            (Method::POST, &[("host", "127.0.0.1:7007"), ("origin", "null")], false),
            (Method::POST, &[("host", "127.0.0.1:7007"), ("sec-fetch-site", "cross-site")], false),
            (Method::POST, &[("host", "127.0.0.1:7007"), ("sec-fetch-site", "same-origin")], true),
        ] {
            assert_eq!(foreign(&method, &headers(pairs), true).is_ok(), allowed, "{method} {pairs:?}");
        }
    }

    #[test]
    fn only_probes_come_without_a_token() {
        let guard = Guard::new(Some("s3cret"), &BTreeMap::new());
        for (path, allowed) in [
            ("/.backstage/health/v1/readiness", true),
            ("/.backstage/health/v1/liveness", true),
            ("/.backstage/health/v1/liveness?x=y", true),
            ("/.backstage/health/v1/liveness/", false),
            ("/.backstage/health/", false),
            ("/.backstage/health/../../catalog", false),
            ("/.backstage/health/v1/liveness/../../../../catalog", false),
            ("/.backstage/health/%2e%2e/%2e%2e/catalog", false),
            ("/catalog", false),
        ] {
            let request = Request::builder().uri(path).body(axum::body::Body::empty()).unwrap();
            assert_eq!(guard.check(&request).is_ok(), allowed, "{path}");
        }
    }

    #[test]
    fn the_token_of_an_agent_opens_what_is_for_agents_and_nothing_else() {
        let agents = BTreeMap::from(["edge", "far"].map(|name| (name.to_owned(), format!("token-of-{name}"))));
        for portal in [Some("s3cret"), None] {
            let guard = Guard::new(portal, &agents);
            let opens = |path: &str, authorization: Option<&str>| {
                let mut request = Request::builder().uri(path).header("host", "127.0.0.1:7007");
                if let Some(authorization) = authorization {
                    request = request.header("authorization", authorization);
                }
                guard.check(&request.body(axum::body::Body::empty()).unwrap()).is_ok()
            };
            for (path, authorization, allowed) in [
                ("/api/portico/agent/claims", Some("Bearer token-of-edge"), true),
                ("/api/portico/agent/claims", Some("Bearer token-of-far"), true),
                ("/api/portico/agent/claims", Some("Bearer token-of-edg"), false),
                ("/api/portico/agent/claims", Some("Bearer s3cret"), false),
                // As a browser would send it, on behalf of who knows whom.
                ("/api/portico/agent/claims", Some("Basic eDp0b2tlbi1vZi1lZGdl"), false),
                ("/api/portico/agent/claims", None, false),
                ("/api/portico/agent/../runs", None, false),
                ("/api/portico/runs", Some("Bearer token-of-edge"), portal.is_none()),
                ("/api/portico/agents", Some("Bearer token-of-edge"), portal.is_none()),
                ("/catalog", Some("Bearer token-of-edge"), portal.is_none()),
                ("/catalog", Some("Bearer s3cret"), true),
            ] {
                assert_eq!(opens(path, authorization), allowed, "{path} {authorization:?} {portal:?}");
            }
        }
        let guard = Guard::new(None, &agents);
        assert_eq!(guard.agent(&headers(&[("authorization", "Bearer token-of-far")])).ok(), Some("far"));
    }

    #[test]
    fn who_lacks_the_token_is_asked_for_it_wherever_that_is_noticed() {
        let refused = Guard::new(Some("s3cret"), &BTreeMap::new()).token(&HeaderMap::new()).err().unwrap();
        let asked = ApiError::from(refused).into_response();
        assert_eq!((asked.status().as_u16(), asked.headers()[header::WWW_AUTHENTICATE].to_str().unwrap()), (401, ASK));
        let unsigned = ApiError::unauthenticated("no signature").into_response();
        assert!(
            unsigned.headers().get(header::WWW_AUTHENTICATE).is_none(),
            "a signature is nothing that a browser has"
        );
    }

    #[test]
    fn a_token_comes_as_bearer_or_as_a_password() {
        for (value, token) in [
            ("Bearer s3cret", Some("s3cret")),
            ("bearer s3cret", Some("s3cret")),
            ("Basic YW55OnMzY3JldA==", Some("s3cret")),
            ("Basic !!", None),
            ("Digest s3cret", None),
            ("s3cret", None),
        ] {
            assert_eq!(presented(&headers(&[("authorization", value)])).as_deref(), token, "{value}");
        }
        let expected = Guard::new(Some("s3cret"), &BTreeMap::new()).portal.unwrap();
        assert!(matches(&expected, "s3cret") && !matches(&expected, "s3cre") && !matches(&expected, ""));
    }
}
