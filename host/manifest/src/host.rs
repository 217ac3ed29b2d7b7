//! Which hosts a rule covers.
//!
//! Rule: a wildcard stands for whole labels (`*.github.com` never covers `evilgithub.com` nor `github.com`), and no
//! wildcard ever covers an address: `10.0.0.7` and `[::1]` have to be named as such by whoever grants them.

use std::fmt;
use std::str::FromStr;

use url::Host;

use crate::written::written_as_text;

/// One host, all hosts below a domain, or all hosts that have a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// This host and no other.
    Exact(Host),
    /// `*.example.com`: everything below, at any depth; kept with the leading dot.
    Below(String),
    /// `*`: every host that has a name.
    Named,
}

impl HostPattern {
    /// Whether the rule covers this host of a parsed URL.
    pub fn covers(&self, host: &Host<&str>) -> bool {
        match (&self.0, host) {
            (Kind::Exact(Host::Domain(name)), Host::Domain(domain)) => name == without_root(domain),
            (Kind::Exact(exact), _) => match (exact, host) {
                (Host::Ipv4(a), Host::Ipv4(b)) => a == b,
                (Host::Ipv6(a), Host::Ipv6(b)) => a == b,
                _ => false,
            },
            (Kind::Below(suffix), Host::Domain(domain)) => {
                let domain = without_root(domain);
                domain.len() > suffix.len() && domain.ends_with(suffix.as_str())
            }
            (Kind::Named, Host::Domain(_)) => true,
            (Kind::Below(_) | Kind::Named, _) => false,
        }
    }

    /// What is asked for here and granted there. Two patterns either nest or have nothing in common, so the narrower one is exact. An
    /// address that an operator grants by itself is meant, also where every host is asked for.
    pub(crate) fn meet(&self, granted: &HostPattern) -> Option<HostPattern> {
        if self.includes(granted) || (self.0 == Kind::Named && granted.is_exact()) {
            Some(granted.clone())
        } else if granted.includes(self) {
            Some(self.clone())
        } else {
            None
        }
    }

    /// Whether everything that `other` covers is covered here.
    fn includes(&self, other: &HostPattern) -> bool {
        match (&self.0, &other.0) {
            (_, Kind::Exact(Host::Domain(name))) => self.covers(&Host::Domain(name.as_str())),
            (Kind::Below(mine), Kind::Below(theirs)) => theirs.ends_with(mine.as_str()),
            (Kind::Named, Kind::Below(_)) => true,
            (mine, theirs) => mine == theirs,
        }
    }

    /// Whether the pattern names exactly one host.
    pub fn is_exact(&self) -> bool {
        matches!(self.0, Kind::Exact(_))
    }
}

/// `github.com.` is the same host as `github.com`.
fn without_root(domain: &str) -> &str {
    domain.strip_suffix('.').unwrap_or(domain)
}

impl FromStr for HostPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<HostPattern, String> {
        let wrong = |why: &str| {
            format!(
                "`{text}` names no host: {why}; write a name such as `api.github.com`, `*.github.com` for everything below it, or an address"
            )
        };
        if text == "*" {
            return Ok(HostPattern(Kind::Named));
        }
        if text.contains("://") || text.contains('/') {
            return Err(wrong("it is a URL, and only its host belongs here"));
        }
        let (below, name) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if name.contains('*') {
            return Err(wrong("`*` stands for whole labels at the start only"));
        }
        if name.contains('@') {
            return Err(wrong("it holds a user name"));
        }
        // An address with colons is written bare or in brackets; both mean the same.
        let name = if name.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{name}]") } else { name.to_owned() };
        let host = Host::parse(without_root(&name)).map_err(|error| wrong(&error.to_string()))?;
        match (below, host) {
            (false, host) => Ok(HostPattern(Kind::Exact(host))),
            (true, Host::Domain(domain)) => Ok(HostPattern(Kind::Below(format!(".{domain}")))),
            (true, _) => Err(wrong("nothing is below an address")),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Exact(host) => host.fmt(f),
            Kind::Below(suffix) => write!(f, "*{suffix}"),
            Kind::Named => f.write_str("*"),
        }
    }
}

written_as_text!(HostPattern, "a host, such as `api.github.com` or `*.github.com`");
