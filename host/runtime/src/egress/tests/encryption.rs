//! The name that was granted is the name that the certificate has to carry.

use base64::Engine;
use rcgen::{Certificate, CertificateParams, CertifiedIssuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use tokio_rustls::TlsAcceptor;

use super::testing::{Server, answer};
use super::*;

const GRANTS: &str =
    "http: [{ host: api.test, port: '*' }, { host: other.test, port: '*' }], private-addresses: [127.0.0.0/8]";

pub(super) fn pem(label: &str, bytes: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

pub(super) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(super) fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// A certificate that an authority vouches for, under one name, with its key.
pub(super) fn signed(authority: &Authority, name: &str) -> (Certificate, KeyPair) {
    let key = KeyPair::generate().expect("a key");
    (CertificateParams::new([name.to_owned()]).expect("a name").signed_by(&key, authority).expect("signed"), key)
}

/// A server under one name, which lets in only those that this authority vouches for, if there is one.
pub(super) async fn server_for(authority: &Authority, name: &str, lets_in: Option<&Authority>) -> Server {
    let (certificate, key) = signed(authority, name);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("versions");
    let config = match lets_in {
        None => config.with_no_client_auth(),
        Some(authority) => {
            let roots = Arc::new(roots(authority));
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build().expect("a verifier");
            config.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = config.with_single_cert(vec![certificate.der().clone()], key).expect("a certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start(Some(acceptor), |_| std::future::ready(answer(200, "encrypted"))).await
}

fn roots(authority: &Authority) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).expect("an authority");
    roots
}

/// An authority of its own, and a server that it vouches for under one name.
async fn server(name: &str) -> (Server, RootCertStore) {
    let authority = authority();
    (server_for(&authority, name, None).await, roots(&authority))
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
    assert!(error.to_string().contains("under `authorities` in the plugin's grants"), "{error}");
}

#[tokio::test]
async fn an_authority_of_the_company_s_own_is_trusted_by_the_plugin_that_is_granted_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    let authority = authority();
    std::fs::write(&file, format!("Our own:\n{}", pem("CERTIFICATE", authority.der()))).expect("written");
    let server = server_for(&authority, "api.test", None).await;
    let network = Network::new(names(), RootCertStore::empty());
    let ask = || get(format!("https://api.test:{}/", server.port()));
    let granted = format!("{GRANTS}, authorities: ['{}']", file.display());
    assert_eq!(send(&network, &granted, ask()).await.expect("an answer").body, b"encrypted");
    assert!(send(&network, GRANTS, ask()).await.is_err(), "no other plugin trusts it for that");

    for (content, reason) in [(None, "No such file or directory"), (Some("no PEM"), "it holds no certificate")] {
        let _ = std::fs::remove_file(&file);
        if let Some(content) = content {
            std::fs::write(&file, content).expect("written");
        }
        let error = send(&network, &granted, ask()).await.expect_err("unusable").to_string();
        let expected = format!("the certificates in {} cannot be used: {reason}", file.display());
        assert!(error.starts_with(&expected) && error.ends_with("Name a file of certificates in PEM"), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_is_shown_to_the_hosts_that_it_is_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, key) = (folder.path().join("client.pem"), folder.path().join("client.key"));
    let authority = authority();
    let (own, own_key) = signed(&authority, "the portal");
    std::fs::write(&certificate, pem("CERTIFICATE", own.der())).expect("written");
    std::fs::write(&key, pem("PRIVATE KEY", &own_key.serialize_der())).expect("written");
    let server = server_for(&authority, "api.test", Some(&authority)).await;
    let network = Network::new(names(), roots(&authority));
    let ask = || get(format!("https://api.test:{}/", server.port()));
    let shown = |host: &str| {
        format!(
            "{GRANTS}, certificates: [{{ hosts: [{host}], certificate: '{}', key: {{ file: '{}' }} }}]",
            certificate.display(),
            key.display()
        )
    };
    assert_eq!(send(&network, &shown("api.test"), ask()).await.expect("an answer").status, 200);
    assert!(send(&network, &shown("other.test"), ask()).await.is_err(), "it is for another host");
    assert!(send(&network, GRANTS, ask()).await.is_err(), "the server wants one");

    std::fs::write(&key, "-----BEGIN PRIVATE KEY-----\nhunter2\n").expect("written");
    let error = send(&network, &shown("api.test"), ask()).await.expect_err("no key").to_string();
    assert_eq!(
        error,
        format!("the key in the file {} cannot be used: it holds no key. Name one in PEM", key.display())
    );
    std::fs::write(&key, pem("PRIVATE KEY", &KeyPair::generate().expect("a key").serialize_der())).expect("written");
    let error = send(&network, &shown("api.test"), ask()).await.expect_err("another's key").to_string();
    assert!(error.contains("cannot be shown with the key in the file") && error.contains("belong together"), "{error}");
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

#[tokio::test]
async fn a_token_is_made_over_the_way_that_requests_take() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, key) = (folder.path().join("ca.pem"), folder.path().join("app.pem"));
    let authority = authority();
    std::fs::write(&file, pem("CERTIFICATE", authority.der())).expect("written");
    std::fs::write(&key, testing::APP_KEY).expect("written");
    let server = server_for(&authority, "api.test", None).await;
    let network = Network::new(names(), RootCertStore::empty());
    let app = format!("githubApp: {{ id: 1, key: {{ file: '{}' }}, installation: 7 }}", key.display());
    let granted = format!("{GRANTS}, credentials: {{ c: {{ hosts: [api.test], secret: {{ {app} }} }} }}");
    let ask = || get(format!("https://api.test:{}/", server.port()));
    let untrusted = send(&network, &granted, ask()).await.expect_err("nobody vouches for it");
    assert!(matches!(untrusted, EgressError::Untrusted { .. }), "{untrusted}");
    let trusting = format!("{granted}, authorities: ['{}']", file.display());
    let said = send(&network, &trusting, ask()).await.expect_err("it makes none").to_string();
    assert!(said.contains("/api/v3 answers 200 OK"), "{said}");
    let asked = server.asked();
    assert_eq!((asked.len(), asked[0].path.as_str()), (1, "/api/v3/app/installations/7/access_tokens"));
}

#[test]
fn the_machine_s_authorities_or_the_built_in_ones_are_trusted() {
    assert!(!super::tls::system_roots().is_empty());
}
