//! Encryption: whom to trust, and one session store per client.
//!
//! Rule: the name that was granted is the name that the certificate has to carry, whatever address is connected to.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use super::trust::Identity;

/// The authorities of this machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured), or those of Mozilla where the
/// machine has none.
pub(super) fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some certificates of this machine could not be read");
    }
    let (added, refused) = roots.add_parsable_certificates(found.certs);
    if refused > 0 {
        tracing::debug!(refused, "certificates of this machine that no authority should have were left out");
    }
    if added == 0 {
        tracing::info!("this machine holds no certificates of authorities; the built-in list is used");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

/// A configuration of its own for each client, so that session tickets never cross from one plugin to another; with a certificate to
/// show to servers that ask for one, if there is any.
pub(super) fn client_config(roots: Arc<RootCertStore>, shows: Option<Identity>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let mut config = match shows {
        None => config.with_no_client_auth(),
        Some((certificates, key)) => config.with_client_auth_cert(certificates, key)?,
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
