//! What tests need: the fixtures, and servers on loopback that answer as they are told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, Uri};
use axum::serve::Listener;
use portico_supply::{Digest, Limits, Options, Reference};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The smallest component there is; the signatures among the fixtures are over it.
pub(crate) const COMPONENT: &[u8] = include_bytes!("../fixtures/component.wasm");

/// A file of the fixtures. All are openssl's: keys of `ecparam` and `genpkey`, signatures of `dgst -sha256 -sign` and of
/// `pkeyutl -sign -rawin` in `base64`. The keys were made for these tests and sign nothing else.
macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/", $name))
    };
}
pub(crate) use fixture;

pub(crate) fn reference(text: impl AsRef<str>) -> Reference {
    text.as_ref().parse().unwrap_or_else(|error| panic!("{}: {error}", text.as_ref()))
}

/// Limits that a test can run into without waiting or sending much.
pub(crate) fn options() -> Options {
    with_limits(Options::with_authorities(RootCertStore::empty()))
}

pub(crate) fn with_limits(mut options: Options) -> Options {
    options.limits = Limits { package: 4096, connect: Duration::from_secs(5), whole: Duration::from_secs(10) };
    options
}

/// What a server was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub(crate) type Answer = Response<Body>;
type Handler = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

/// A server that answers until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn plain(handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Server::serve("http", listener.local_addr().expect("an address"), listener, Arc::new(handler))
    }

    /// An encrypted server, vouched for by `authority`.
    pub(crate) async fn encrypted(
        authority: &Authority,
        handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Server {
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = tcp.local_addr().expect("an address");
        Server::serve("https", address, Encrypted { tcp, tls: authority.acceptor() }, Arc::new(handler))
    }

    fn serve<L: Listener>(scheme: &'static str, address: SocketAddr, listener: L, handler: Handler) -> Server
    where
        L::Addr: std::fmt::Debug,
    {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let app = axum::Router::new().fallback(answer).with_state((handler, asked.clone()));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("serving never ends by itself") });
        Server { address, scheme, asked, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// A reference to what it serves at a path.
    pub(crate) fn reference(&self, path: &str, bytes: &[u8]) -> Reference {
        reference(format!("{}#{}", self.url(path), Digest::of(bytes)))
    }

    /// A reference to an artifact; `rest` is repository, tag and digest.
    pub(crate) fn oci(&self, rest: &str) -> Reference {
        reference(format!("oci://{}/{rest}", self.address))
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panicked with it").clone()
    }
}

async fn answer(State((handler, log)): State<(Handler, Arc<Mutex<Vec<Asked>>>)>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
    let asked = Asked { method: parts.method, uri: parts.uri, headers: parts.headers, body };
    log.lock().expect("no test panicked with it").push(asked.clone());
    handler(&asked)
}

pub(crate) fn respond(status: u16, body: impl Into<Body>) -> Answer {
    Response::builder().status(status).body(body.into()).expect("a response")
}

pub(crate) fn redirect(status: u16, to: &str) -> Answer {
    Response::builder().status(status).header("location", to).body(Body::empty()).expect("a response")
}

/// An authority of its own, which vouches for `127.0.0.1`.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority"))
    }

    /// Options that trust it.
    pub(crate) fn options(&self) -> Options {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).expect("an authority");
        with_limits(Options::with_authorities(roots))
    }

    fn acceptor(&self) -> TlsAcceptor {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.0).expect("signed");
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .expect("a certificate");
        TlsAcceptor::from(Arc::new(config))
    }
}

struct Encrypted {
    tcp: TcpListener,
    tls: TlsAcceptor,
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (tcp, address) = self.tcp.accept().await.expect("a connection");
            // A client that does not trust us hangs up.
            if let Ok(stream) = self.tls.accept(tcp).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
