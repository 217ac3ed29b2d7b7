//! Git's smart HTTP: one request to list what there is, one to fetch or to push.
//!
//! Rule: an answer that is not what a Git server says becomes a sentence that tells the operator what to do.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
use portico_manifest::RepositoryAddress;

use super::access::Access;
use super::error::RepositoryError;
use crate::egress::{Answer, Body, Bounds, Target};

/// Some servers decide by this name whether they speak Git or show a page.
const AGENT: &str = concat!("git/2.0 (portico ", env!("CARGO_PKG_VERSION"), ")");

/// A server may count for a while before it sends the first byte of a large pack.
const FIRST_BYTE: Duration = Duration::from_secs(60);

/// Git servers say every five seconds that they are still at it.
const BETWEEN_BYTES: Duration = Duration::from_secs(30);

/// A list of half a million references.
const MOST_REFERENCES: u64 = 64 * 1024 * 1024;

/// One commit's tree, packed; the largest repositories that people keep descriptors in are below.
pub(super) const MOST_PACK: u64 = 2 * 1024 * 1024 * 1024;

/// What a server says of a push: a line for each reference, and what its hooks print.
const MOST_REPORT: u64 = 1024 * 1024;

/// Which of the two services of a Git server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Service {
    Fetch,
    Push,
}

impl Service {
    const fn name(self) -> &'static str {
        match self {
            Service::Fetch => "git-upload-pack",
            Service::Push => "git-receive-pack",
        }
    }
}

/// Asks which references there are.
pub(super) async fn list(access: &Access, address: &RepositoryAddress) -> Result<Bytes, RepositoryError> {
    let target = Target::repository(&access.rights, address, "GET", "info/refs?service=git-upload-pack")?;
    listed(access, address, target, Service::Fetch).await
}

/// The same for who wants to push.
pub(super) async fn list_to_push(access: &Access, address: &RepositoryAddress) -> Result<Bytes, RepositoryError> {
    let target = Target::push(&access.rights, address, "GET", "info/refs?service=git-receive-pack")?;
    listed(access, address, target, Service::Push).await
}

async fn listed(
    access: &Access,
    address: &RepositoryAddress,
    target: Target,
    service: Service,
) -> Result<Bytes, RepositoryError> {
    let kind = format!("application/x-{}-advertisement", service.name());
    let body = ask(access, address, target, service, &kind, Bytes::new(), MOST_REFERENCES).await?;
    Ok(body.collect().await?.into())
}

/// Asks for a pack; the body is what the server sends of it.
pub(super) async fn fetch(
    access: &Access,
    address: &RepositoryAddress,
    request: Bytes,
) -> Result<Body, RepositoryError> {
    let target = Target::repository(&access.rights, address, "POST", "git-upload-pack")?;
    ask(access, address, target, Service::Fetch, "application/x-git-upload-pack-result", request, MOST_PACK).await
}

/// Sends a pack; the body is what the server makes of it.
pub(super) async fn push(
    access: &Access,
    address: &RepositoryAddress,
    request: Bytes,
) -> Result<Body, RepositoryError> {
    let target = Target::push(&access.rights, address, "POST", "git-receive-pack")?;
    ask(access, address, target, Service::Push, "application/x-git-receive-pack-result", request, MOST_REPORT).await
}

async fn ask(
    access: &Access,
    address: &RepositoryAddress,
    target: Target,
    service: Service,
    kind: &str,
    request: Bytes,
    most: u64,
) -> Result<Body, RepositoryError> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    if !request.is_empty() {
        let (content, accepted) = match service {
            Service::Fetch => ("application/x-git-upload-pack-request", "application/x-git-upload-pack-result"),
            Service::Push => ("application/x-git-receive-pack-request", "application/x-git-receive-pack-result"),
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
        headers.insert(ACCEPT, HeaderValue::from_static(accepted));
    }
    let bounds = Bounds { first_byte: FIRST_BYTE, between_bytes: BETWEEN_BYTES, deadline: access.deadline, body: most };
    let answer = access.client.exchange(&target, headers, request, bounds).await?;
    judge(access, address, &target, &answer, kind, service)?;
    Ok(answer.into_body())
}

/// Whether an answer is what a Git server says, and if not, what it means.
fn judge(
    access: &Access,
    address: &RepositoryAddress,
    target: &Target,
    answer: &Answer,
    kind: &str,
    service: Service,
) -> Result<(), RepositoryError> {
    match answer.status {
        StatusCode::OK if answer.header(&CONTENT_TYPE).is_some_and(|found| found.eq_ignore_ascii_case(kind)) => Ok(()),
        StatusCode::OK => Err(RepositoryError::Invalid(format!(
            "{address} answers, but not as a Git server does; check that it is the address to clone from"
        ))),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Err(refused(access, address, target, answer.status, service))
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(absent(access, address, target)),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Err(RepositoryError::Unavailable {
            reason: format!("{address} asks for a pause ({})", answer.status),
            retry_after: answer.header(&RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok()),
        }),
        status if status.is_redirection() => Err(moved(address, answer)),
        status if status.is_server_error() => Err(RepositoryError::Unavailable {
            reason: format!("{address} fails on the server's side ({status})"),
            retry_after: None,
        }),
        status => Err(RepositoryError::Failed(format!("{address} answers {status}, which no Git server should"))),
    }
}

fn refused(
    access: &Access,
    address: &RepositoryAddress,
    target: &Target,
    status: StatusCode,
    service: Service,
) -> RepositoryError {
    let done = if service == Service::Push { "write to the repository" } else { "read the repository" };
    RepositoryError::Denied(match access.client.credential(target) {
        Some(name) => format!(
            "{address} does not let the credential `{name}` in ({status}); check that its secret is valid and may {done}"
        ),
        None => format!(
            "{address} lets nobody in without credentials ({status}). To give it some, add to {}:\n{}",
            access.rights.written(),
            access.rights.grant_lines(
                &["credentials", "git-server"],
                &[
                    format!("hosts: [\"{}\"]", target.host()),
                    "username: NAME".to_owned(),
                    "secret: { env: VARIABLE }".to_owned(),
                ],
            ),
        ),
    })
}

/// Many servers say the same of what is not there and of what one may not see.
fn absent(access: &Access, address: &RepositoryAddress, target: &Target) -> RepositoryError {
    RepositoryError::NotFound(match access.client.credential(target) {
        Some(name) => format!(
            "there is no repository at {address}, or the credential `{name}` may not see it; check the address, and what its secret may read"
        ),
        None => format!(
            "there is no repository at {address}, or it needs a credential; check the address, and `grants.credentials`"
        ),
    })
}

fn moved(address: &RepositoryAddress, answer: &Answer) -> RepositoryError {
    let place = answer.header(&LOCATION).unwrap_or_default();
    // What follows the repository's own address is of no use to the operator, and a query may hold a secret.
    let place = place.split(['?', '#']).next().unwrap_or_default();
    let place = place.strip_suffix("/info/refs").or(place.strip_suffix("/git-upload-pack")).unwrap_or(place);
    RepositoryError::Invalid(format!(
        "{address} redirects to {place}; redirects are not followed: write the new address into the settings and the grants"
    ))
}
