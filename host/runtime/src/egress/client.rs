//! One plugin's way out: exchanges with servers, within its rights and its limits.
//!
//! Every plugin has a client of its own, so that connections, session tickets and credentials never cross from one to
//! another. Redirects are not followed: the caller sees them, and what it asks for next is checked like anything else.
//!
//! Rule: whatever a server does, an exchange ends within its time and its size.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use portico_manifest::{PrivateRanges, Rights};
use rustls::RootCertStore;
use tokio::time::{Instant, timeout_at};

use super::app_tokens::AppTokens;
use super::connect::{CONNECT_LIMIT, Connector};
use super::connections::Connections;
use super::credential::{Cleaner, Credentials, Redactor};
use super::error::{EgressError, Phase};
use super::policy::Target;
use super::recording::Tape;
use super::resolve::Resolver;
use super::tls;
use super::traffic::Traffic;
use super::trust::Encryption;

/// Bytes of an answer that are read ahead of whoever takes them: of many answers at once that is most of what they take.
const AHEAD: usize = 128 << 10;

/// Long enough for the two exchanges of one fetch, short enough not to hold permits for nothing.
const IDLE: Duration = Duration::from_secs(20);

/// Connections that wait for the next exchange with one host.
const IDLE_PER_HOST: usize = 4;

/// The first status that says that a request failed.
const FAILED: u16 = 400;

/// What all clients of the process share: the resolver, whom to trust, and the ceiling of connections.
#[derive(Clone)]
pub(crate) struct Network {
    resolver: Resolver,
    roots: Arc<RootCertStore>,
    connections: Connections,
    tape: Option<Tape>,
}

impl Network {
    /// As the machine is set up.
    pub(crate) fn system() -> Network {
        Network::new(Resolver::System, tls::system_roots())
    }

    /// With a resolver and authorities of one's own.
    pub(crate) fn new(resolver: Resolver, roots: RootCertStore) -> Network {
        Network { resolver, roots: Arc::new(roots), connections: Connections::system(), tape: None }
    }

    /// With exchanges written down, or answered from what was.
    pub(crate) fn taped(self, tape: Tape) -> Network {
        Network { tape: Some(tape), ..self }
    }
}

#[cfg(test)]
impl Network {
    /// With no connection left for anybody.
    pub(super) fn without_connections(self) -> Network {
        Network { connections: self.connections.without_any(), ..self }
    }
}

/// Bounds of one exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// From the request to the first byte of the answer.
    pub first_byte: Duration,
    /// From one piece of the answer to the next.
    pub between_bytes: Duration,
    /// When it must be over.
    pub deadline: Instant,
    /// Bytes of the answer's body.
    pub body: u64,
}

/// A client of one plugin.
#[derive(Clone)]
pub(crate) struct Client(Arc<Inner>);

struct Inner {
    http: legacy::Client<Connector, Full<Bytes>>,
    credentials: Credentials,
    tokens: AppTokens,
    traffic: Arc<Traffic>,
    tape: Option<Tape>,
    /// The agent that sends requests in its stead.
    agent: Option<String>,
    /// Answers of a call that may be open at once.
    answers: usize,
}

impl Client {
    /// A client with the rights of a plugin, whose exchanges are counted in `traffic`; made when the plugin is loaded, and again when its
    /// rights change.
    pub(crate) fn new(network: &Network, rights: &Rights, traffic: Arc<Traffic>) -> Result<Client, EgressError> {
        Client::made(network, rights, traffic, None)
    }

    /// A client of a plugin that an agent runs: nothing is sent from here, and no secret and no certificate is read.
    pub(crate) fn elsewhere(
        network: &Network,
        rights: &Rights,
        traffic: Arc<Traffic>,
        agent: String,
    ) -> Result<Client, EgressError> {
        let mut none = rights.clone();
        none.authorities.clear();
        none.certificates.clear();
        none.credentials.clear();
        Client::made(network, &none, traffic, Some(agent))
    }

    fn made(
        network: &Network,
        rights: &Rights,
        traffic: Arc<Traffic>,
        agent: Option<String>,
    ) -> Result<Client, EgressError> {
        let encryption = Encryption::new(&network.roots, rights)?;
        let connector = Connector::new(
            (rights.plugin.clone(), rights.keeper),
            network.resolver.clone(),
            PrivateRanges::new(rights.private_addresses.iter().copied()),
            encryption,
            network.connections.clone(),
        );
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .http1_max_buf_size(AHEAD)
            .build(connector);
        let credentials = Credentials::new(rights.credentials.clone());
        Ok(Client(Arc::new(Inner {
            http,
            credentials,
            tokens: AppTokens::default(),
            tape: network.tape.clone(),
            traffic,
            agent,
            answers: network.connections.answers(),
        })))
    }

    /// How many answers of a call may be open at once.
    pub(crate) fn answers(&self) -> usize {
        self.0.answers
    }

    /// The secrets that its requests carry.
    pub(super) fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    /// Those that were made for it.
    pub(super) fn tokens(&self) -> &AppTokens {
        &self.0.tokens
    }

    /// The agent that sends requests in its stead.
    pub(super) fn agent(&self) -> Option<&str> {
        self.0.agent.as_deref()
    }

    /// Where exchanges are written down or answered from, if anywhere.
    pub(super) fn tape(&self) -> Option<&Tape> {
        self.0.tape.as_ref()
    }

    /// The header that the host fills by itself in requests to a target.
    pub(super) fn reserved_header(&self, target: &Target) -> Option<HeaderName> {
        self.0.credentials.header_for(target)
    }

    /// The name of the credential that requests to a target carry.
    pub(crate) fn credential(&self, target: &Target) -> Option<&str> {
        self.0.credentials.name_for(target)
    }

    /// Sends a request and waits for the beginning of the answer.
    pub(crate) async fn exchange(
        &self,
        target: &Target,
        headers: HeaderMap,
        body: Bytes,
        bounds: Bounds,
    ) -> Result<Answer, EgressError> {
        let (traffic, host) = (&self.0.traffic, target.host().to_string());
        traffic.request(&host);
        let answered = self.begin(target, headers, body, bounds).await;
        if answered.as_ref().map_or(true, |answer| answer.status.as_u16() >= FAILED) {
            traffic.failure(&host);
        }
        answered
    }

    /// The exchange as it is, with what was added to it.
    pub(super) async fn transfer(
        &self,
        target: &Target,
        headers: HeaderMap,
        body: Bytes,
        bounds: Bounds,
        redactor: Redactor,
    ) -> Result<Answer, EgressError> {
        let mut request = http::Request::builder()
            .method(target.method().clone())
            .uri(target.connection()?.as_str())
            .body(Full::new(body))
            .map_err(|error| {
                EgressError::Invalid(format!("the request to {} is malformed: {error}", target.place()))
            })?;
        *request.headers_mut() = headers;
        let wait = Wait { place: target.place(), deadline: bounds.deadline };
        let begun = wait.until(
            bounds.first_byte + CONNECT_LIMIT,
            bounds.first_byte,
            Phase::FirstByte,
            self.0.http.request(request),
        );
        let response = begun.await?.map_err(|error| cause(&wait.place, &error, &redactor))?;
        tracing::debug!(%target, status = response.status().as_u16(), "answered");
        let (parts, body) = response.into_parts();
        let counted = Counted { traffic: self.0.traffic.clone(), host: target.host().to_string(), received: 0 };
        let body = Body { incoming: body, wait, bounds, counted, redactor };
        body.check_announced(&parts.headers)?;
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

/// The beginning of an answer, with the rest to come.
pub(crate) struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers as they came; secrets that the server repeats are in them.
    pub(super) headers: HeaderMap,
    /// What follows.
    pub(super) body: Body,
}

impl Answer {
    /// A header as text, without secrets.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<String> {
        let value = self.headers.get(name)?;
        Some(self.body.redactor.clean_text(&String::from_utf8_lossy(value.as_bytes())))
    }

    /// The body.
    pub(crate) fn into_body(self) -> Body {
        self.body
    }
}

/// The body of an answer as it comes in.
pub(crate) struct Body {
    incoming: Incoming,
    wait: Wait,
    bounds: Bounds,
    counted: Counted,
    pub(super) redactor: Redactor,
}

/// Bytes that came in, which are told however the exchange ends.
struct Counted {
    traffic: Arc<Traffic>,
    host: String,
    received: u64,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.traffic.received(&self.host, self.received);
    }
}

impl Body {
    /// The next piece; none at the end. Pieces are as the server sent them.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, EgressError> {
        loop {
            let patience = self.bounds.between_bytes;
            let frame = self.wait.until(patience, patience, Phase::NextByte, self.incoming.frame()).await?;
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|error| EgressError::Interrupted {
                host: self.wait.place.clone(),
                reason: self.redactor.clean_text(&innermost(&error)),
            })?;
            // Trailers carry nothing that anybody here reads.
            let Ok(data) = frame.into_data() else { continue };
            self.counted.received += data.len() as u64;
            if self.counted.received > self.bounds.body {
                return Err(self.too_large());
            }
            return Ok(Some(data));
        }
    }

    /// The whole body, without secrets.
    pub(crate) async fn collect(mut self) -> Result<Vec<u8>, EgressError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(self.redactor.clean(&whole).into_owned())
    }

    fn check_announced(&self, headers: &HeaderMap) -> Result<(), EgressError> {
        let announced =
            headers.get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        match announced {
            Some(length) if length > self.bounds.body => Err(self.too_large()),
            _ => Ok(()),
        }
    }

    fn too_large(&self) -> EgressError {
        EgressError::TooLarge { host: self.wait.place.clone(), limit: self.bounds.body }
    }
}

/// A body whose pieces are handed on as they come, without secrets.
pub(crate) struct CleanBody {
    body: Body,
    cleaner: Cleaner,
    is_over: bool,
}

impl CleanBody {
    pub(super) fn new(body: Body) -> CleanBody {
        let cleaner = Cleaner::new(body.redactor.clone());
        CleanBody { body, cleaner, is_over: false }
    }

    /// The next piece, of at least one byte; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, EgressError> {
        while !self.is_over {
            let clean = match self.body.next().await? {
                Some(piece) => self.cleaner.clean(&piece),
                None => {
                    self.is_over = true;
                    self.cleaner.rest()
                }
            };
            if !clean.is_empty() {
                return Ok(Some(clean.into()));
            }
        }
        Ok(None)
    }
}

/// How long to wait for whom.
struct Wait {
    place: String,
    deadline: Instant,
}

impl Wait {
    /// Waits at most `patience`, and never beyond the deadline; `limit` is what the error says.
    async fn until<T>(
        &self,
        patience: Duration,
        limit: Duration,
        phase: Phase,
        work: impl Future<Output = T>,
    ) -> Result<T, EgressError> {
        let now = Instant::now();
        let (until, phase, limit) = match now + patience {
            end if end < self.deadline => (end, phase, limit),
            _ => (self.deadline, Phase::Exchange, self.deadline.saturating_duration_since(now)),
        };
        let slow = |_| EgressError::TooSlow { host: self.place.clone(), phase, limit };
        timeout_at(until, work).await.map_err(slow)
    }
}

/// What is behind an error of the client: ours where the connector failed, else a sentence of the innermost.
fn cause(place: &str, error: &legacy::Error, redactor: &Redactor) -> EgressError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = source {
        if let Some(ours) = current.downcast_ref::<EgressError>() {
            return ours.clone();
        }
        source = current.source();
    }
    EgressError::Interrupted { host: place.to_owned(), reason: redactor.clean_text(&innermost(error)) }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut current: &dyn std::error::Error = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}
