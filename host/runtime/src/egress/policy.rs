//! What may be asked of whom.
//!
//! A [`Target`] is a URL that was checked against a plugin's rights, and the only thing that a client connects to: who
//! holds one has passed the check. URLs are parsed once, here; what is compared is what is sent.
//!
//! Rule: in doubt, no. The patterns themselves are the manifest's, see [`portico_manifest`]; the address that a name
//! leads to is judged later, by `address`.

use std::fmt;

use portico_manifest::{RepositoryAddress, Rights};
use url::{Host, Url};

use super::error::EgressError;

/// Longer URLs are refused by most servers, and nobody writes them.
const LONGEST_URL: usize = 8 * 1024;

/// A checked destination of one request.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    method: http::Method,
    url: Url,
    host: Host,
    /// The cluster that is meant, where several that are granted have the server.
    cluster: Option<String>,
    /// Whether it is a part of what Git does.
    is_git: bool,
}

impl Target {
    /// A request that the plugin's `http` rights cover.
    pub(crate) fn request(rights: &Rights, method: &str, url: &str) -> Result<Target, EgressError> {
        let mut target = Target::parse(method, url)?;
        if let Some(cluster) = rights.named_cluster(&target.url) {
            target.cluster = Some(cluster.name.clone());
            // The name has said what it says, and goes no further.
            target.url.set_username("").map_err(|()| EgressError::Invalid("the URL names no host".to_owned()))?;
        }
        rights.request(target.method.as_str(), &target.url)?;
        Ok(target)
    }

    /// A request to a Git server about a repository that the plugin's rights cover: `below` is appended to its address.
    pub(crate) fn repository(
        rights: &Rights,
        address: &RepositoryAddress,
        method: &str,
        below: &str,
    ) -> Result<Target, EgressError> {
        rights.repository(address)?;
        Ok(Target { is_git: true, ..Target::parse(method, &format!("{address}/{below}"))? })
    }

    /// The same about one that the plugin may push to.
    pub(crate) fn push(
        rights: &Rights,
        address: &RepositoryAddress,
        method: &str,
        below: &str,
    ) -> Result<Target, EgressError> {
        rights.push(address)?;
        Target::parse(method, &format!("{address}/{below}"))
    }

    fn parse(method: &str, text: &str) -> Result<Target, EgressError> {
        let method = http::Method::from_bytes(method.as_bytes())
            .map_err(|_| EgressError::Invalid(format!("{method:?} is no HTTP method; use one such as GET")))?;
        if text.len() > LONGEST_URL {
            return Err(EgressError::Invalid(format!(
                "the URL has {} bytes; at most {LONGEST_URL} are sent",
                text.len()
            )));
        }
        let mut url = Url::parse(text).map_err(|error| {
            EgressError::Invalid(format!("the URL cannot be read: {error}; write one such as https://host/path"))
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EgressError::Invalid(format!("the scheme {} is not supported; use https", url.scheme())));
        }
        url.set_fragment(None);
        let host = canonical_host(&mut url)?;
        Ok(Target { method, url, host, cluster: None, is_git: false })
    }

    /// A request of the portal's own to the server that makes what this one carries: the operator's word for the credential is its grant.
    pub(super) fn beside(&self, method: http::Method, url: &str) -> Result<Target, EgressError> {
        let target = Target::parse(method.as_str(), url)?;
        match self.is_encrypted() && !target.is_encrypted() {
            true => Err(EgressError::Invalid(format!("{} is asked for no secret without encryption", target.place()))),
            false => Ok(target),
        }
    }

    /// How it is asked.
    pub(crate) fn method(&self) -> &http::Method {
        &self.method
    }

    /// What is asked for, without fragment.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Whether Git asks, and no plugin by itself.
    pub(crate) fn is_git(&self) -> bool {
        self.is_git
    }

    /// The cluster that is meant, where several have the server: as that one's user it is asked, in that one's way.
    pub(crate) fn cluster(&self) -> Option<&str> {
        self.cluster.as_deref()
    }

    /// As connections are told apart by: those of one cluster are for no other.
    pub(super) fn connection(&self) -> Result<Url, EgressError> {
        let mut url = self.url.clone();
        if let Some(cluster) = &self.cluster {
            url.set_username(cluster).map_err(|()| EgressError::Invalid("the URL names no host".to_owned()))?;
        }
        Ok(url)
    }

    /// Whom it is asked of.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// The port there.
    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// Whether the way there is encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it never leaves this machine: a loopback address, written as such.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.host {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(_) => false,
        }
    }

    /// Host and port, for sentences.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.host, self.port())
    }
}

/// What logs may say about it: a query may hold what nobody else should read.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        write!(f, "{} {}://{}{port}{}", self.method, self.url.scheme(), self.host, self.url.path())
    }
}

/// `example.com.` is `example.com` to the network, so it has to be to everything that compares names.
fn canonical_host(url: &mut Url) -> Result<Host, EgressError> {
    let nameless = || EgressError::Invalid("the URL names no host; write one such as https://host/path".to_owned());
    let host = match url.host().ok_or_else(nameless)?.to_owned() {
        Host::Domain(name) => name,
        address => return Ok(address),
    };
    let name = host.strip_suffix('.').unwrap_or(&host).to_owned();
    if name.is_empty() || name.split('.').any(str::is_empty) {
        return Err(EgressError::Invalid(format!("{host} is no host name: a label of it is empty")));
    }
    url.set_host(Some(&name)).map_err(|_| nameless())?;
    // Without its dot, `1.2.3.4.` would be an address; it is read again so that it is compared as one.
    url.host().map(|host| host.to_owned()).ok_or_else(nameless)
}
