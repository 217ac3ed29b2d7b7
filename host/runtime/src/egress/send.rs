//! One exchange as plugins see it: plain records in, plain records out.
//!
//! Rule: what a plugin hands over is checked as if an enemy had written it, and what comes back holds no secret.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderName, HeaderValue};
use portico_manifest::Rights;
use tokio::time::Instant;

use super::client::{Answer, Bounds, CleanBody, Client};
use super::error::EgressError;
use super::policy::Target;
use super::recorded::RecordedRequest;

/// A server that computes for longer than this should answer with a job to ask after.
const FIRST_BYTE: Duration = Duration::from_secs(30);

/// A stream that pauses longer has died.
const BETWEEN_BYTES: Duration = Duration::from_secs(10);

/// An answer that goes on may be quiet for as long as nothing happens; the plugin says when that is too long.
const BETWEEN_NEWS: Duration = Duration::from_secs(86_400);

/// More than any client sends.
const MOST_HEADERS: usize = 100;

/// More than most servers take.
const MOST_HEADER_BYTES: usize = 64 * 1024;

/// Headers that describe the connection, which belongs to the host.
const FORBIDDEN: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What a plugin wants to send.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Such as `GET`.
    pub method: String,
    /// Absolute.
    pub url: String,
    /// In order; a name may occur more than once.
    pub headers: Vec<(String, String)>,
    /// What follows them.
    pub body: Option<Vec<u8>>,
    /// For the whole exchange.
    pub timeout: Option<Duration>,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// The status.
    pub status: u16,
    /// In order, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// What followed them.
    pub body: Vec<u8>,
}

/// An answer that goes on.
pub(crate) struct Going {
    /// The status.
    pub status: u16,
    /// In order, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// What follows them, as it comes, without secrets.
    pub body: CleanBody,
}

/// Whether what follows the headers is in another form than it says, such as compressed.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The headers of an answer without secrets; an error where secrets could not be found in what follows.
fn plain_headers(answer: &Answer, target: &Target) -> Result<Vec<(String, String)>, EgressError> {
    let redactor = &answer.body.redactor;
    if redactor.looks() && is_encoded(&answer.headers) {
        return Err(EgressError::Encoded { host: target.place() });
    }
    let text = |value: &HeaderValue| redactor.clean_text(&String::from_utf8_lossy(value.as_bytes()));
    Ok(answer.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect())
}

impl Client {
    /// One whole exchange within a plugin's rights, over by `deadline`.
    pub(crate) async fn send(
        &self,
        rights: &Rights,
        request: Request,
        deadline: Instant,
    ) -> Result<Response, EgressError> {
        let target = Target::request(rights, &request.method, &request.url)?;
        let headers = self.headers(&target, &request.headers)?;
        let body = rights.limits.response.as_bytes();
        match self.tape() {
            None => self.converse(&target, headers, request, deadline, body).await,
            Some(tape) => {
                let recorded = RecordedRequest::of(&target, &request);
                tape.exchange(recorded, self.converse(&target, headers, request, deadline, body)).await
            }
        }
    }

    /// Sends a request within a plugin's rights, and hands on the answer as it comes, until `deadline` and to at most so many bytes of `body`.
    pub(crate) async fn open(
        &self,
        rights: &Rights,
        request: Request,
        deadline: Instant,
        body: u64,
    ) -> Result<Going, EgressError> {
        let target = Target::request(rights, &request.method, &request.url)?;
        let headers = self.headers(&target, &request.headers)?;
        let patience = request.timeout.map_or(FIRST_BYTE, |timeout| timeout.min(FIRST_BYTE));
        let bounds = Bounds { first_byte: patience, between_bytes: BETWEEN_NEWS, deadline, body };
        let answer = self.exchange(&target, headers, Bytes::from(request.body.unwrap_or_default()), bounds).await?;
        let (status, headers) = (answer.status.as_u16(), plain_headers(&answer, &target)?);
        Ok(Going { status, headers, body: CleanBody::new(answer.into_body()) })
    }

    /// The exchange itself, of what has passed the checks; `body` bounds the answer's body, in bytes.
    async fn converse(
        &self,
        target: &Target,
        headers: HeaderMap,
        request: Request,
        deadline: Instant,
        body: u64,
    ) -> Result<Response, EgressError> {
        let asked = request.timeout.map(|timeout| Instant::now() + timeout);
        let deadline = asked.map_or(deadline, |asked| asked.min(deadline));
        let bounds = Bounds { first_byte: FIRST_BYTE, between_bytes: BETWEEN_BYTES, deadline, body };
        let answer = self.exchange(target, headers, Bytes::from(request.body.unwrap_or_default()), bounds).await?;
        Ok(Response {
            status: answer.status.as_u16(),
            headers: plain_headers(&answer, target)?,
            body: answer.body.collect().await?,
        })
    }

    fn headers(&self, target: &Target, given: &[(String, String)]) -> Result<HeaderMap, EgressError> {
        let bytes: usize = given.iter().map(|(name, value)| name.len() + value.len()).sum();
        if given.len() > MOST_HEADERS || bytes > MOST_HEADER_BYTES {
            return Err(EgressError::Invalid(format!(
                "the request has {} headers of {bytes} bytes; at most {MOST_HEADERS} of {MOST_HEADER_BYTES} are sent",
                given.len(),
            )));
        }
        let reserved = self.reserved_header(target);
        let mut headers = HeaderMap::with_capacity(given.len());
        for (name, value) in given {
            let parsed = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| EgressError::Invalid(format!("{name:?} is no name of a header")))?;
            if FORBIDDEN.contains(&parsed.as_str()) || reserved.as_ref() == Some(&parsed) {
                return Err(EgressError::Invalid(format!(
                    "the header {parsed} is set by the portal in requests to {}; leave it out",
                    target.place()
                )));
            }
            let value = HeaderValue::from_str(value).map_err(|_| {
                EgressError::Invalid(format!("the value of the header {parsed} holds characters that none may hold"))
            })?;
            headers.append(parsed, value);
        }
        Ok(headers)
    }
}
