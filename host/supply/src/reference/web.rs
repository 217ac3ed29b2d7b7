//! Addresses with the digest of what they serve.
//!
//! Rule: without a digest an address is a promise of whoever runs the server, so there is none without.

use std::fmt;

use url::{Host, Url};

use super::ReferenceError;
use crate::digest::Digest;

/// An address and the digest of the package: `https://host/path/x.wasm#sha256:…`.
/// Its query may hold what opens it to anybody, and stands in nothing that is shown or logged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebReference {
    url: Url,
    digest: Digest,
}

impl WebReference {
    pub(super) fn parse(text: &str) -> Result<WebReference, ReferenceError> {
        let mut url = Url::parse(text).map_err(|error| ReferenceError::Address(error.to_string()))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ReferenceError::UserInfo(host));
        }
        if url.scheme() != "https" && !is_loopback(&url) {
            return Err(ReferenceError::NotEncrypted(place(&url)));
        }
        let Some(digest) = url.fragment().map(str::to_owned) else {
            return Err(ReferenceError::NoDigest(place(&url)));
        };
        url.set_fragment(None);
        Ok(WebReference { url, digest: digest.parse::<Digest>()? })
    }

    /// The address without the digest.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The digest of the package.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// As people see it: without the query.
    pub(super) fn shown(&self) -> String {
        format!("{}#{}", place(&self.url), self.digest)
    }
}

impl fmt::Debug for WebReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebReference").field(&self.shown()).finish()
    }
}

impl fmt::Display for WebReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.url, self.digest)
    }
}

/// Whether an address is written as one of this machine. What `localhost` leads to is judged when it is connected to.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// An address for sentences: without its query, which may hold what nobody else should read.
pub(crate) fn place(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}
