//! Which servers get a secret: a host, and the port where it matters.
//!
//! Rule: without a port every port of the host is meant; two servers of one machine are told apart by theirs.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use url::{Host, Url};

use crate::host::HostPattern;
use crate::written::written_as_text;

/// One server, or those of a host or below a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerPattern {
    host: HostPattern,
    port: Option<u16>,
}

impl ServerPattern {
    /// The server that an address leads to, and no other; none for what names no host or no port.
    pub fn of(url: &Url) -> Option<ServerPattern> {
        let host = url.host_str()?;
        Some(ServerPattern { host: host.parse().ok()?, port: Some(url.port_or_known_default()?) })
    }

    /// Whether it covers a host and a port of a parsed URL.
    pub fn covers(&self, host: &Host<&str>, port: u16) -> bool {
        self.port.is_none_or(|own| own == port) && self.host.covers(host)
    }

    /// How narrow it is: of several that cover a server, the narrowest counts.
    pub fn narrowness(&self) -> u8 {
        u8::from(self.host.is_exact()) * 2 + u8::from(self.port.is_some())
    }

    /// The hosts.
    pub fn host(&self) -> &HostPattern {
        &self.host
    }

    /// What is asked for here and granted there.
    pub(crate) fn meet(&self, granted: &ServerPattern) -> Option<ServerPattern> {
        let port = match (self.port, granted.port) {
            (Some(one), Some(other)) if one != other => return None,
            (one, other) => one.or(other),
        };
        Some(ServerPattern { host: self.host.meet(&granted.host)?, port })
    }
}

impl FromStr for ServerPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<ServerPattern, String> {
        let (host, port) = match text.rsplit_once(':') {
            // An address with colons, written bare.
            Some(_) if text.parse::<Ipv6Addr>().is_ok() => (text, None),
            Some((host, port)) if !port.is_empty() && port.bytes().all(|sign| sign.is_ascii_digit()) => {
                (host, Some(port))
            }
            _ => (text, None),
        };
        let port = port.map(|port| port.parse::<u16>().ok().filter(|port| *port > 0).ok_or(port)).transpose();
        let port =
            port.map_err(|port| format!("`{text}` ends in `{port}`, which is no port; ports are from 1 to 65535"))?;
        Ok(ServerPattern { host: host.parse()?, port })
    }
}

impl fmt::Display for ServerPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.host.fmt(f)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

written_as_text!(ServerPattern, "a host, such as `api.github.com`, `*.github.com` or `localhost:8443`");

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> ServerPattern {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_port_tells_two_servers_of_one_machine_apart() {
        for (written, address, covers) in [
            ("127.0.0.1", "https://127.0.0.1:6443", true),
            ("127.0.0.1:6443", "https://127.0.0.1:6443", true),
            ("127.0.0.1:6443", "https://127.0.0.1:6444", false),
            ("api.test:443", "https://api.test/", true),
            ("*.acme.io:8443", "https://prod.acme.io:8443", true),
            ("*.acme.io:8443", "https://prod.acme.io", false),
            ("[::1]:6443", "https://[::1]:6443", true),
            ("::1", "https://[::1]:6443", true),
            ("fe80::6443", "https://[fe80::6443]:1", true),
        ] {
            let url = Url::parse(address).unwrap();
            let found = pattern(written).covers(&url.host().unwrap(), url.port_or_known_default().unwrap());
            assert_eq!(found, covers, "{written} and {address}");
        }
    }

    #[test]
    fn what_is_asked_and_granted_has_the_narrower_port() {
        for (asked, granted, met) in [
            ("*", "a.test:1", Some("a.test:1")),
            ("a.test:1", "a.test", Some("a.test:1")),
            ("a.test:1", "a.test:2", None),
            ("*.test", "a.test", Some("a.test")),
            ("a.test", "b.test", None),
        ] {
            let found = pattern(asked).meet(&pattern(granted)).map(|met| met.to_string());
            assert_eq!(found.as_deref(), met, "{asked} and {granted}");
        }
    }

    #[test]
    fn what_is_no_server_is_said() {
        for (written, expected) in [
            ("a.test:0", "`a.test:0` ends in `0`, which is no port"),
            ("a.test:70000", "`a.test:70000` ends in `70000`, which is no port"),
            ("https://a.test:1", "`https://a.test` names no host: it is a URL"),
            ("a.test:", "`a.test:` names no host"),
            (":1", "`` names no host"),
        ] {
            let error = written.parse::<ServerPattern>().unwrap_err();
            assert!(error.starts_with(expected), "{written}: {error}");
        }
    }

    #[test]
    fn the_narrowest_counts() {
        let order = ["*.acme.io", "*.acme.io:1", "a.acme.io", "a.acme.io:1"].map(|text| pattern(text).narrowness());
        assert!(order.is_sorted_by(|one, other| one < other), "{order:?}");
    }
}
