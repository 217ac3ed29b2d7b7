//! From a checked target to an open connection.
//!
//! Rule: a name is resolved once, its addresses are judged, and exactly these addresses are connected to. There is no
//! second look at the name in between, so a name that changes its mind wins nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use portico_manifest::{Keeper, PrivateRanges, Reserved};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use url::Host;

use super::connections::Connections;
use super::error::{EgressError, Phase};
use super::resolve::Resolver;
use super::trust::Encryption;

/// Name, connection and handshake together.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Opens the connections of one client.
#[derive(Clone)]
pub(super) struct Connector(Arc<Shared>);

struct Shared {
    plugin: String,
    keeper: Keeper,
    resolver: Resolver,
    ranges: PrivateRanges,
    encryption: Encryption,
    own: Arc<Semaphore>,
    connections: Connections,
}

impl Connector {
    pub(super) fn new(
        (plugin, keeper): (String, Keeper),
        resolver: Resolver,
        ranges: PrivateRanges,
        encryption: Encryption,
        connections: Connections,
    ) -> Connector {
        let own = Arc::new(Semaphore::new(connections.each));
        Connector(Arc::new(Shared { plugin, keeper, resolver, ranges, encryption, own, connections }))
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = EgressError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Stream>, EgressError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), EgressError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let shared = self.0.clone();
        Box::pin(async move { shared.open(&uri).await.map(TokioIo::new) })
    }
}

impl Shared {
    async fn open(&self, uri: &Uri) -> Result<Stream, EgressError> {
        let place = Place::of(uri)?;
        let until = Instant::now() + CONNECT_LIMIT;
        let busy = || EgressError::Busy { host: place.to_string(), limit: self.connections.each };
        let permits = timeout_at(until, self.permits()).await.ok().flatten().ok_or_else(busy)?;
        let slow = EgressError::TooSlow { host: place.to_string(), phase: Phase::Connecting, limit: CONNECT_LIMIT };
        timeout_at(until, self.connect(&place, permits)).await.unwrap_or(Err(slow))
    }

    async fn connect(&self, place: &Place, permits: [OwnedSemaphorePermit; 2]) -> Result<Stream, EgressError> {
        let addresses = self.addresses(place).await?;
        let tcp = first_that_answers(place, &addresses).await?;
        // Requests are written whole; waiting for more to send along only adds latency.
        tcp.set_nodelay(true).map_err(|error| place.unreachable(&error))?;
        let io: Pin<Box<dyn Io>> =
            if place.encrypted { Box::pin(self.encrypt(place, tcp).await?) } else { Box::pin(tcp) };
        Ok(Stream { io, _permits: permits })
    }

    /// Leave to hold one more connection, from the plugin's own share and from everybody's.
    async fn permits(&self) -> Option<[OwnedSemaphorePermit; 2]> {
        let own = self.own.clone().acquire_owned().await.ok()?;
        let shared = self.connections.everyone.clone().acquire_owned().await.ok()?;
        Some([own, shared])
    }

    /// The addresses that may be connected to; the first refusal, if there are none.
    async fn addresses(&self, place: &Place) -> Result<Vec<IpAddr>, EgressError> {
        let found = self
            .resolver
            .addresses(&place.host)
            .await
            .map_err(|error| EgressError::Unresolved { host: place.host.to_string(), reason: plain(&error) })?;
        let mut refused: Option<(IpAddr, Reserved)> = None;
        let mut allowed = Vec::new();
        for address in found {
            match self.ranges.check(address) {
                Ok(()) => allowed.push(address),
                Err(reserved) => refused = refused.or(Some((address, reserved))),
            }
        }
        match refused {
            Some((address, reserved)) if allowed.is_empty() => Err(EgressError::PrivateAddress {
                host: place.host.to_string(),
                address,
                reserved,
                remedy: self.remedy(address),
            }),
            _ => Ok(allowed),
        }
    }

    /// Where to add which lines to admit an address.
    fn remedy(&self, address: IpAddr) -> String {
        let line = format!("private-addresses: [\"{}\"]", address.to_canonical());
        format!("{}:\n{}", self.keeper.written(&self.plugin), self.keeper.lines(&self.plugin, &[], &[line]))
    }

    async fn encrypt(&self, place: &Place, tcp: TcpStream) -> Result<impl Io + use<>, EgressError> {
        let name = match &place.host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| {
                EgressError::Invalid(format!("the host name {name} is none that a certificate can carry"))
            })?,
            Host::Ipv4(address) => ServerName::from(IpAddr::from(*address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::from(*address)),
        };
        let towards = self.encryption.towards(&place.host, place.port, place.cluster.as_deref());
        let name = towards.certified_as.clone().unwrap_or(name);
        towards.connector.connect(name, tcp).await.map_err(|error| {
            let untrusted = error
                .get_ref()
                .is_some_and(|inner| matches!(inner.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))));
            if untrusted {
                EgressError::Untrusted { host: place.to_string(), reason: plain(&error) }
            } else {
                place.unreachable(&error)
            }
        })
    }
}

/// Tries one address after the other; an answer of one is enough.
async fn first_that_answers(place: &Place, addresses: &[IpAddr]) -> Result<TcpStream, EgressError> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "it has no address");
    for (index, address) in addresses.iter().enumerate() {
        // One address that swallows packets must not eat the time of those after it.
        let left = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        let socket = SocketAddr::new(*address, place.port);
        match tokio::time::timeout(CONNECT_LIMIT / left, TcpStream::connect(socket)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::Error::new(io::ErrorKind::TimedOut, format!("{socket} does not answer")),
        }
    }
    Err(place.unreachable(&last))
}

/// Where a URI leads.
struct Place {
    host: Host,
    port: u16,
    encrypted: bool,
    /// The cluster that it is the server of, where it is that of several.
    cluster: Option<String>,
}

impl Place {
    fn of(uri: &Uri) -> Result<Place, EgressError> {
        let wrong =
            || EgressError::Invalid(format!("{} names no host", uri.authority().map_or("the URL", |a| a.as_str())));
        let host = Host::parse(uri.host().ok_or_else(wrong)?).map_err(|_| wrong())?;
        let encrypted = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let named = uri.authority().and_then(|authority| authority.as_str().rsplit_once('@'));
        let cluster = named.map(|(cluster, _)| cluster.to_owned());
        Ok(Place { host, port, encrypted, cluster })
    }

    fn unreachable(&self, error: &io::Error) -> EgressError {
        EgressError::Unreachable { host: self.to_string(), reason: plain(error) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What the system said, without the number that it appends.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.strip_prefix("failed to lookup address information: ").unwrap_or(text).to_owned()
}

trait Io: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Io for T {}

/// An open connection, encrypted or not, with the permits that it uses up.
pub(super) struct Stream {
    io: Pin<Box<dyn Io>>,
    _permits: [OwnedSemaphorePermit; 2],
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_shutdown(cx)
    }
}
