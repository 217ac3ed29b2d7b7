//! One fetch's client: exchanges within one deadline, redirects within bounds, bodies within limits.
//!
//! Rule: whatever a server does, it ends in time, and it never moves a credential to another host or a request to a
//! connection that can be read along.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use url::Url;

use super::connect::{Place, Stream};
use super::tls;
use crate::error::{SupplyError, excerpt};
use crate::options::{Limits, Options, Reach};
use crate::reference::{is_loopback, place};

/// From a registry to its storage is one; a moved domain adds one or two.
const MOST_REDIRECTS: usize = 5;

/// What is sent.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Ask {
    pub(crate) fn new(method: Method, url: Url) -> Ask {
        Ask { method, url, headers: HeaderMap::new(), body: Bytes::new() }
    }
}

/// A client of one fetch or push.
pub(crate) struct Client {
    tls: TlsConnector,
    reach: Reach,
    limits: Limits,
    deadline: Instant,
}

impl Client {
    /// The time begins to run here.
    pub(crate) fn new(options: &Options) -> Result<Client, SupplyError> {
        let tls = tls::connector(options.authorities())?;
        let (reach, limits) = (options.reach.clone(), options.limits);
        Ok(Client { tls, reach, limits, deadline: Instant::now() + limits.whole })
    }

    /// Bytes that a package may have.
    pub(crate) fn package_limit(&self) -> u64 {
        self.limits.package
    }

    /// One exchange; a redirect is an answer like any other.
    pub(crate) async fn exchange(&self, ask: Ask) -> Result<Answer, SupplyError> {
        let server = Place::of(&ask.url)?;
        let stream = self.open(&server).await?;
        let wait = Wait { host: server.to_string(), limit: self.limits.whole, deadline: self.deadline };
        let url = ask.url.clone();
        let talk = async {
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            let mut driver = JoinSet::new();
            driver.spawn(async move {
                // What breaks the connection breaks the request or the body as well, and is told there.
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection broke off");
                }
            });
            Ok((sender.send_request(request(ask)?).await?, driver))
        };
        let begun = wait.until("the beginning of the answer", talk).await?;
        let (response, driver) = begun.map_err(|error: Broken| wait.broken(error.as_ref()))?;
        let (parts, body) = response.into_parts();
        tracing::debug!(place = %place(&url), status = parts.status.as_u16(), "answered");
        Ok(Answer { url, status: parts.status, headers: parts.headers, body, wait, _driver: driver })
    }

    /// A connection, in the time for it or in what is left of the whole.
    async fn open(&self, server: &Place) -> Result<Stream, SupplyError> {
        let connecting = Instant::now() + self.limits.connect;
        let (until, limit) = match connecting < self.deadline {
            true => (connecting, self.limits.connect),
            false => (self.deadline, self.limits.whole),
        };
        let slow = |_| SupplyError::TooSlow { host: server.to_string(), phase: "the connection", limit };
        timeout_at(until, server.open(&self.tls, &self.reach, self.limits.connect)).await.map_err(slow)?
    }

    /// An exchange that goes where it is sent, without the credential once it leaves the host.
    pub(crate) async fn follow(&self, mut ask: Ask) -> Result<Answer, SupplyError> {
        let first = place(&ask.url);
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.exchange(ask.clone()).await?;
            let Some(next) = answer.redirect()? else { return Ok(answer) };
            if next.origin() != ask.url.origin() {
                ask.headers.remove(AUTHORIZATION);
            }
            ask.url = next;
        }
        Err(SupplyError::Redirects { place: first, most: MOST_REDIRECTS })
    }
}

/// Why an exchange broke, before it is told to anybody.
type Broken = Box<dyn std::error::Error + Send + Sync>;

fn request(ask: Ask) -> Result<http::Request<Full<Bytes>>, Broken> {
    let target = &ask.url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &ask.url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut request = http::Request::builder().method(ask.method).uri(target).body(Full::new(ask.body))?;
    let headers = request.headers_mut();
    *headers = ask.headers;
    headers.insert(HOST, HeaderValue::from_str(host)?);
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    // Digests are those of the plain bytes.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("portico/", env!("CARGO_PKG_VERSION"))));
    Ok(request)
}

/// The beginning of an answer, with the body to come.
pub(crate) struct Answer {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    wait: Wait,
    /// Moves the connection; it ends when this is dropped.
    _driver: JoinSet<()>,
}

impl Answer {
    /// The whole body; `what` names it in sentences.
    pub(crate) async fn body(mut self, what: &str, limit: u64) -> Result<Vec<u8>, SupplyError> {
        let too_large = || SupplyError::TooLarge { what: what.to_owned(), limit };
        let announced = self.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut whole = Vec::new();
        while let Some(frame) = self.wait.until("the rest of the answer", self.body.frame()).await? {
            let frame = frame.map_err(|error| self.wait.broken(&error))?;
            // Trailers carry nothing that anybody here reads.
            let Ok(data) = frame.into_data() else { continue };
            if whole.len() as u64 + data.len() as u64 > limit {
                return Err(too_large());
            }
            whole.extend_from_slice(&data);
        }
        Ok(whole)
    }

    /// A header as text.
    pub(crate) fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Where a `Location` leads, from here.
    pub(crate) fn location(&self) -> Result<Option<Url>, SupplyError> {
        let Some(text) = self.header(LOCATION) else { return Ok(None) };
        let wrong = |to, reason| SupplyError::Redirect { place: place(&self.url), to, reason };
        let mut next = self.url.join(text).map_err(|_| wrong(excerpt(text), "it is no address"))?;
        next.set_fragment(None);
        match next.scheme() {
            "https" => Ok(Some(next)),
            // A registry on this machine may have its storage beside it.
            "http" if is_loopback(&next) && self.url.scheme() == "http" => Ok(Some(next)),
            "http" => Err(wrong(place(&next), "it is not encrypted")),
            _ => Err(wrong(place(&next), "it is no address of the web")),
        }
    }

    /// Where this answer redirects to, if it does.
    fn redirect(&self) -> Result<Option<Url>, SupplyError> {
        match self.status.as_u16() {
            301 | 302 | 303 | 307 | 308 => self.location(),
            _ => Ok(None),
        }
    }

    /// The sentence for an answer that nobody asked for.
    pub(crate) async fn refused(self) -> SupplyError {
        const LONGEST: u64 = 16 << 10;
        let (place, status) = (place(&self.url), self.status);
        // A body that cannot be read says nothing; the status is what matters.
        let said = self.body("", LONGEST).await.ok().and_then(|body| code(&body));
        SupplyError::Refused { place, status, said: said.map(|code| format!(" ({code})")).unwrap_or_default() }
    }
}

/// A registry's own word for an error, such as `MANIFEST_UNKNOWN`; what else it says may repeat anything.
fn code(body: &[u8]) -> Option<String> {
    const LONGEST: usize = 64;
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let code = body.get("errors")?.get(0)?.get("code")?.as_str()?;
    let word = code.len() <= LONGEST && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    word.then(|| code.to_owned())
}

/// How long to wait for whom.
struct Wait {
    host: String,
    limit: Duration,
    deadline: Instant,
}

impl Wait {
    async fn until<T>(&self, phase: &'static str, work: impl Future<Output = T>) -> Result<T, SupplyError> {
        let slow = |_| SupplyError::TooSlow { host: self.host.clone(), phase, limit: self.limit };
        timeout_at(self.deadline, work).await.map_err(slow)
    }

    fn broken(&self, error: &(dyn std::error::Error + 'static)) -> SupplyError {
        let mut innermost = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        SupplyError::Interrupted { host: self.host.clone(), reason: innermost.to_string() }
    }
}

/// One exchange with any server, by the rules of fetching: encrypted or within this machine, in time, and with an answer of no more
/// than `largest` bytes. A redirect is an answer like any other.
pub async fn exchange(
    request: http::Request<Bytes>,
    largest: u64,
    options: &Options,
) -> Result<http::Response<Vec<u8>>, SupplyError> {
    let (parts, body) = request.into_parts();
    let url = Url::parse(&parts.uri.to_string())
        .map_err(|error| SupplyError::Setup(format!("{} is no address: {error}", parts.uri)))?;
    let what = format!("the answer of {}", place(&url));
    let answer =
        Client::new(options)?.exchange(Ask { method: parts.method, url, headers: parts.headers, body }).await?;
    let (status, headers) = (answer.status, answer.headers.clone());
    let mut response = http::Response::new(answer.body(&what, largest).await?);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
