//! What tests need to play the other side: rights from text, and servers on loopback.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use portico_manifest::{Manifest, PluginConfig, Rights};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::kubeconfigs::contents;

const MANIFEST: &str = "
name: probe
version: 0.1.0
publisher: Portico
title: Probe
description: Asks for everything that a test grants.
contract: 0.1.0
extensions: [ingestion]
every: never
asks:
  repositories: { reason: a test }
  push: { reason: a test }
  http:
    - { host: '*', port: '*', methods: [GET, POST], reason: a test }
    - { host: 127.0.0.1, port: '*', methods: [GET, POST], reason: a test }
    - { host: '::1', port: '*', reason: a test }
  kubeconfig: { setting: clusters, reason: a test }
settings: { type: object, properties: { clusters: { type: array } } }
";

/// The rights of a plugin that asks for everything and gets what `grants`, in the words of `portico.yaml`, say.
pub(crate) fn rights(grants: &str) -> Rights {
    let manifest = Manifest::parse(MANIFEST, "manifest.yaml").expect("a manifest");
    let text = format!("grants: {{ {grants} }}");
    let config: PluginConfig = portico_manifest::parse(&text, "portico.yaml").expect(&text);
    let grants = config.grants.with_clusters(contents).expect(&text);
    Rights::new(&manifest, &grants)
}

/// The key of an App that nobody has, made for these tests, as GitHub hands keys out and as others rewrite them.
pub(crate) const APP_KEY: &str = include_str!("tests/app.pem");
pub(crate) const APP_KEY_PKCS8: &str = include_str!("tests/app.pkcs8.pem");

/// The claims of a statement that was signed with that key.
pub(crate) fn verified(statement: &str) -> serde_json::Value {
    let (text, signature) = statement.rsplit_once('.').expect("three parts");
    let (header, claims) = text.split_once('.').expect("three parts");
    let part = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64");
    let key = PrivateKeyDer::from_pem_slice(APP_KEY.as_bytes()).expect("a key");
    let key = RsaKeyPair::from_der(key.secret_der()).expect("an RSA key");
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public().as_ref());
    public.verify(text.as_bytes(), &part(signature)).expect("signed with the key");
    let header: serde_json::Value = serde_json::from_slice(&part(header)).expect("JSON");
    assert_eq!(header, serde_json::json!({ "alg": "RS256", "typ": "JWT" }));
    serde_json::from_slice(&part(claims)).expect("JSON")
}

/// What a server was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: http::Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A server on loopback that answers until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a server does with a connection before it speaks HTTP.
pub(crate) type Acceptor = tokio_rustls::TlsAcceptor;

impl Server {
    /// A server that answers with what `answer` makes of a request; encrypted, if it is given how.
    pub(crate) async fn start<F, A>(acceptor: Option<Acceptor>, answer: F) -> Server
    where
        F: Fn(Asked) -> A + Send + Sync + 'static,
        A: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let connections: Arc<AtomicUsize> = Arc::default();
        let (answer, log, count) = (Arc::new(answer), asked.clone(), connections.clone());
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let (answer, log, acceptor) = (answer.clone(), log.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => talk(tcp, answer, log).await,
                        Some(acceptor) => match acceptor.accept(tcp).await {
                            Ok(tls) => talk(tls, answer, log).await,
                            Err(_refused_by_the_client) => {}
                        },
                    }
                });
            }
        });
        Server { address, asked, connections, task }
    }

    /// A server without encryption that always answers the same.
    pub(crate) async fn plain(answer: fn(&Asked) -> Response<Full<Bytes>>) -> Server {
        Server::start(None, move |asked| std::future::ready(answer(&asked))).await
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Connections until now.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// All requests until now.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panicked with it").clone()
    }
}

async fn talk<F, A>(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    answer: Arc<F>,
    log: Arc<Mutex<Vec<Asked>>>,
) where
    F: Fn(Asked) -> A + Send + Sync + 'static,
    A: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let service = service_fn(|request: Request<Incoming>| {
        let (answer, log) = (answer.clone(), log.clone());
        async move {
            let (parts, body) = request.into_parts();
            let asked = Asked {
                method: parts.method,
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().unwrap_or_default().to_owned(),
                headers: parts.headers,
                body: body.collect().await.map(|body| body.to_bytes()).unwrap_or_default(),
            };
            log.lock().expect("no test panicked with it").push(asked.clone());
            Ok::<_, Infallible>(answer(asked).await)
        }
    });
    // A client that goes away in the middle is what some tests are about.
    let _ended = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(io), service).await;
}

/// An answer with a status and a text.
pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::new(body.into())).expect("a response")
}

/// A server that says nothing but `bytes` to each connection, and then keeps it open for as long as the client does.
pub(crate) async fn mute(bytes: &'static [u8]) -> (SocketAddr, JoinHandle<()>) {
    raw(bytes, true).await
}

/// A server that says `bytes` to each connection and hangs up.
pub(crate) async fn rude(bytes: &'static [u8]) -> (SocketAddr, JoinHandle<()>) {
    raw(bytes, false).await
}

async fn raw(bytes: &'static [u8], stays: bool) -> (SocketAddr, JoinHandle<()>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let task = tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut heard = [0; 4096];
                let read = tcp.read(&mut heard).await.unwrap_or(0);
                let written = tcp.write_all(bytes).await;
                if stays && read > 0 && written.is_ok() {
                    while tcp.read(&mut heard).await.is_ok_and(|read| read > 0) {}
                }
            });
        }
    });
    (address, task)
}
