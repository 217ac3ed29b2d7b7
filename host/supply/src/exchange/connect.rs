//! From an address to an open connection.
//!
//! Rule: what is not encrypted stays on this machine, nothing goes beyond its reach, and what counts is the address that is connected
//! to, not the name.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use crate::error::SupplyError;
use crate::options::Reach;

/// An open connection, encrypted or not.
pub(super) type Stream = Pin<Box<dyn Io>>;

pub(super) trait Io: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Io for T {}

/// Where an address leads: a host, a port, and whether anybody on the way can read along.
pub(super) struct Place {
    host: Host,
    port: u16,
    encrypted: bool,
}

impl Place {
    pub(super) fn of(url: &Url) -> Result<Place, SupplyError> {
        let wrong = || SupplyError::Setup(format!("{}: is no address that can be connected to", url.scheme()));
        let host = url.host().ok_or_else(wrong)?.to_owned();
        let port = url.port_or_known_default().ok_or_else(wrong)?;
        Ok(Place { host, port, encrypted: url.scheme() == "https" })
    }

    pub(super) async fn open(&self, tls: &TlsConnector, reach: &Reach, limit: Duration) -> Result<Stream, SupplyError> {
        let addresses = self.addresses().await?;
        addresses.iter().try_for_each(|address| self.may_go_to(*address, reach))?;
        let tcp = self.first_that_answers(&addresses, limit).await?;
        // Requests are written whole; waiting for more to send along only adds latency.
        tcp.set_nodelay(true).map_err(|error| self.unreachable(&error))?;
        if self.encrypted { self.encrypt(tls, tcp).await } else { Ok(Box::pin(tcp)) }
    }

    fn may_go_to(&self, address: IpAddr, reach: &Reach) -> Result<(), SupplyError> {
        if !self.encrypted && !address.to_canonical().is_loopback() {
            return Err(SupplyError::NotLoopback { host: self.to_string(), address });
        }
        match reach {
            Reach::Anywhere => Ok(()),
            Reach::Public(ranges) => ranges.check(address).map_err(|reserved| SupplyError::BeyondReach {
                host: self.to_string(),
                address,
                reserved: reserved.to_string(),
            }),
        }
    }

    async fn addresses(&self) -> Result<Vec<IpAddr>, SupplyError> {
        let name = match &self.host {
            Host::Ipv4(address) => return Ok(vec![(*address).into()]),
            Host::Ipv6(address) => return Ok(vec![(*address).into()]),
            Host::Domain(name) => name,
        };
        let unresolved = |reason| SupplyError::Unresolved { host: name.clone(), reason };
        // The port takes no part in the look-up.
        let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|error| unresolved(plain(&error)))?;
        let found: Vec<IpAddr> = found.map(|found| found.ip()).collect();
        if found.is_empty() { Err(unresolved("it has no address".to_owned())) } else { Ok(found) }
    }

    async fn first_that_answers(&self, addresses: &[IpAddr], limit: Duration) -> Result<TcpStream, SupplyError> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "it has no address");
        for (index, address) in addresses.iter().enumerate() {
            // One address that swallows packets must not eat the time of those after it.
            let left = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
            let socket = SocketAddr::new(*address, self.port);
            match tokio::time::timeout(limit / left, TcpStream::connect(socket)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::Error::new(io::ErrorKind::TimedOut, format!("{socket} does not answer")),
            }
        }
        Err(self.unreachable(&last))
    }

    async fn encrypt(&self, tls: &TlsConnector, tcp: TcpStream) -> Result<Stream, SupplyError> {
        let name = match &self.host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| {
                SupplyError::Setup(format!("the host name {name} is none that a certificate can carry"))
            })?,
            Host::Ipv4(address) => ServerName::from(IpAddr::from(*address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::from(*address)),
        };
        let stream = tls.connect(name, tcp).await.map_err(|error| {
            let certificate = error
                .get_ref()
                .is_some_and(|inner| matches!(inner.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))));
            if certificate {
                SupplyError::Untrusted { host: self.to_string(), reason: plain(&error) }
            } else {
                self.unreachable(&error)
            }
        })?;
        Ok(Box::pin(stream))
    }

    fn unreachable(&self, error: &io::Error) -> SupplyError {
        SupplyError::Unreachable { host: self.to_string(), reason: plain(error) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What the system said, without the number that it appends.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.strip_prefix("failed to lookup address information: ").unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use portico_manifest::PrivateRanges;

    use super::*;

    fn place(url: &str) -> Place {
        Place::of(&Url::parse(url).expect(url)).expect(url)
    }

    #[test]
    fn what_is_not_encrypted_goes_to_loopback_addresses_only() {
        let cases = [
            ("http://localhost/", "127.0.0.1", true),
            ("http://localhost/", "::1", true),
            ("http://localhost/", "::ffff:127.0.0.1", true),
            ("http://localhost/", "192.168.0.1", false),
            ("http://localhost/", "93.184.215.14", false),
            ("https://localhost/", "192.168.0.1", true),
        ];
        for (url, address, may) in cases {
            let judged = place(url).may_go_to(address.parse().expect(address), &Reach::Anywhere);
            assert_eq!(judged.is_ok(), may, "{url} to {address}");
        }
    }

    #[test]
    fn a_reach_that_is_public_ends_at_private_addresses_that_nobody_named() {
        let reach = Reach::Public(PrivateRanges::new(["10.1.0.0/16".parse().expect("a range")]));
        let cases = [
            ("https://a.test/", "93.184.215.14", true),
            ("https://a.test/", "10.1.2.3", true),
            ("https://a.test/", "10.2.2.3", false),
            ("https://a.test/", "169.254.169.254", false),
            ("https://a.test/", "::ffff:192.168.0.1", false),
            ("https://a.test/", "fd00::1", false),
            ("http://localhost/", "127.0.0.1", false),
        ];
        for (url, address, may) in cases {
            let judged = place(url).may_go_to(address.parse().expect(address), &reach);
            assert_eq!(judged.is_ok(), may, "{url} to {address}");
        }
    }

    #[test]
    fn a_place_is_named_with_its_port() {
        for (url, name) in [
            ("https://a.test/x", "a.test:443"),
            ("http://127.0.0.1:81/", "127.0.0.1:81"),
            ("https://[::1]/", "[::1]:443"),
        ] {
            assert_eq!(Place::of(&Url::parse(url).expect(url)).expect(url).to_string(), name);
        }
    }
}
