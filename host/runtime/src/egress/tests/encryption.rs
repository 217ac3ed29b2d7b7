//! The name that was granted is the name that the certificate has to carry.

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use super::testing::{Server, answer};
use super::*;

const GRANTS: &str =
    "http: [{ host: api.test, port: '*' }, { host: other.test, port: '*' }], private-addresses: [127.0.0.0/8]";

/// An authority of its own, and a server that it vouches for under one name.
async fn server(name: &str) -> (Server, RootCertStore) {
    let authority =
        CertifiedIssuer::self_signed(authority(), KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let certificate =
        CertificateParams::new([name.to_owned()]).expect("a name").signed_by(&key, &authority).expect("signed");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).expect("a key"))
        .expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).expect("an authority");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    (Server::start(Some(acceptor), |_| std::future::ready(answer(200, "encrypted"))).await, roots)
}

fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params
}

fn names() -> Resolver {
    table(&[("api.test", &["127.0.0.1"]), ("other.test", &["127.0.0.1"])])
}

#[tokio::test]
async fn a_server_that_proves_its_name_is_spoken_to() {
    let (server, roots) = server("api.test").await;
    let network = Network::new(names(), roots);
    let response =
        send(&network, GRANTS, get(format!("https://api.test:{}/", server.port()))).await.expect("an answer");
    assert_eq!(response.body, b"encrypted");
}

#[tokio::test]
async fn a_server_with_another_name_is_refused() {
    let (server, roots) = server("api.test").await;
    let network = Network::new(names(), roots);
    let error =
        send(&network, GRANTS, get(format!("https://other.test:{}/", server.port()))).await.expect_err("not its name");
    assert!(matches!(error, EgressError::Untrusted { .. }), "{error}");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_refused() {
    let (server, _) = server("api.test").await;
    let network = Network::new(names(), RootCertStore::empty());
    let error = send(&network, GRANTS, get(format!("https://api.test:{}/", server.port())))
        .await
        .expect_err("unknown authority");
    assert_eq!(error.class(), Class::Failed);
    assert!(error.to_string().contains("SSL_CERT_FILE"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_not_spoken_to_in_the_clear() {
    let server = Server::plain(|_| answer(200, "")).await;
    let network = Network::new(names(), RootCertStore::empty());
    let error =
        send(&network, GRANTS, get(format!("https://api.test:{}/", server.port()))).await.expect_err("no encryption");
    assert!(matches!(error, EgressError::Unreachable { .. }), "{error}");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_secret_travels_encrypted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    std::fs::write(&path, "hunter2").expect("written");
    let grants =
        format!("{GRANTS}, credentials: {{ c: {{ hosts: [api.test], secret: {{ file: {} }} }} }}", path.display());
    let (server, roots) = server("api.test").await;
    let network = Network::new(names(), roots);
    send(&network, &grants, get(format!("https://api.test:{}/", server.port()))).await.expect("an answer");
    assert_eq!(server.asked()[0].header("authorization"), Some("Bearer hunter2"));
}

#[test]
fn the_machine_s_authorities_or_the_built_in_ones_are_trusted() {
    assert!(!super::tls::system_roots().is_empty());
}
