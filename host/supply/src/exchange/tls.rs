//! Encryption: whom to trust.
//!
//! Rule: the name that was asked for is the name that the certificate has to carry.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::error::SupplyError;

/// The authorities of this machine, or those of Mozilla where the machine has none.
pub(crate) fn system_roots() -> RootCertStore {
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

/// What encrypts the connections of one fetch.
pub(super) fn connector(roots: Arc<RootCertStore>) -> Result<TlsConnector, SupplyError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SupplyError::Setup(format!("encryption cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
