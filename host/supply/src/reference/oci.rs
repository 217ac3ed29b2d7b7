//! Artifacts in registries.
//!
//! Rule: where a tag and a digest are given, the digest is what is fetched; the tag is there for people. There is no
//! default tag, for `latest` is a pin on nothing.

use std::fmt;

use url::Url;

use super::ReferenceError;
use super::web::is_loopback;
use crate::digest::Digest;

/// The length that the distribution specification gives a tag.
const LONGEST_TAG: usize = 128;

/// Registry and repository together; more is refused by most registries.
const LONGEST_NAME: usize = 255;

/// An artifact: `oci://registry/repository:tag`, `oci://registry/repository@sha256:…`, or with both.
///
/// Registries on loopback addresses are spoken to without encryption, all others with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OciReference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl OciReference {
    /// What stands behind `oci://`.
    pub(super) fn after_scheme(rest: &str) -> Result<OciReference, ReferenceError> {
        let (registry, rest) = rest.split_once('/').unwrap_or((rest, ""));
        if let Some((_, registry)) = registry.rsplit_once('@') {
            return Err(ReferenceError::UserInfo(registry.to_owned()));
        }
        if !is_registry(registry) {
            return Err(ReferenceError::Registry(registry.to_owned()));
        }
        let (named, digest) = match rest.split_once('@') {
            None => (rest, None),
            Some((named, digest)) => (named, Some(digest.parse::<Digest>()?)),
        };
        let (repository, tag) = match named.split_once(':') {
            None => (named, None),
            Some((repository, tag)) => (repository, Some(tag.to_owned())),
        };
        if !is_repository(repository) || registry.len() + repository.len() > LONGEST_NAME {
            return Err(ReferenceError::Repository(repository.to_owned()));
        }
        if let Some(tag) = tag.as_ref().filter(|tag| !is_tag(tag)) {
            return Err(ReferenceError::Tag(tag.clone()));
        }
        if tag.is_none() && digest.is_none() {
            return Err(ReferenceError::Unversioned(format!("oci://{registry}/{repository}")));
        }
        Ok(OciReference { registry: registry.to_owned(), repository: repository.to_owned(), tag, digest })
    }

    /// The registry as it is written: a host, with its port if it has one.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository within the registry.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if one is named.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest of the manifest, if it is pinned.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The same artifact with the digest of its manifest.
    pub(crate) fn pinned(&self, digest: Digest) -> OciReference {
        OciReference { digest: Some(digest), ..self.clone() }
    }

    /// An address below this repository's own, such as `manifests/1.0`.
    pub(crate) fn address(&self, below: &str) -> Result<Url, url::ParseError> {
        // The one registry whose name is not its host.
        let host = if self.registry == "docker.io" { "registry-1.docker.io" } else { &self.registry };
        let scheme = if is_local(host) { "http" } else { "https" };
        Url::parse(&format!("{scheme}://{host}/v2/{}/{below}", self.repository))
    }
}

impl fmt::Display for OciReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}/{}", self.registry, self.repository)?;
        self.tag.as_ref().map_or(Ok(()), |tag| write!(f, ":{tag}"))?;
        self.digest.map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

fn is_local(registry: &str) -> bool {
    Url::parse(&format!("http://{registry}/")).is_ok_and(|url| is_loopback(&url))
}

/// Whether a text names a registry as references do: a host and perhaps a port, spelled as an address spells it, so that nothing
/// hides in it.
pub fn is_registry(text: &str) -> bool {
    // The default port is written out or left out by whoever likes; both are the same place.
    let spelled = text.strip_suffix(":443").unwrap_or(text);
    Url::parse(&format!("https://{text}/")).is_ok_and(|url| {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        url.host_str().is_some_and(|host| format!("{host}{port}") == spelled)
    })
}

/// Names of lower-case letters and digits, separated by `.`, `_`, `__` or dashes, and these by `/`.
fn is_repository(text: &str) -> bool {
    text.split('/').all(is_repository_part)
}

fn is_repository_part(part: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let known = part.bytes().all(|byte| alphanumeric(byte) || matches!(byte, b'.' | b'_' | b'-'));
    let ends = [part.bytes().next(), part.bytes().last()].into_iter().all(|end| end.is_some_and(alphanumeric));
    let separators = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).filter(|run| !run.is_empty());
    let single = |run: &str| matches!(run, "." | "_" | "__") || run.bytes().all(|byte| byte == b'-');
    known && ends && separators.into_iter().all(single)
}

fn is_tag(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !text.is_empty() && text.len() <= LONGEST_TAG && text.bytes().all(known) && !text.starts_with(['.', '-'])
}
