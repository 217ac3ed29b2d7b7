//! Encryption as the operator has it for one plugin: authorities beside those of the machine, and certificates that requests show.
//!
//! Rule: files are read when a plugin is loaded, and when its rights change; one that cannot be used keeps the version from being loaded,
//! in words. A key is seen by nobody but the encryption.

use std::fs;
use std::sync::Arc;

use portico_manifest::{CertificateGrant, HostPattern, PemFile, Rights, SecretSource};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsConnector;
use url::Host;

use super::error::EgressError;
use super::tls;

/// How one plugin's connections are encrypted.
pub(super) struct Encryption {
    usual: TlsConnector,
    /// The same with a certificate of one's own, by the hosts that it is shown to.
    showing: Vec<(Vec<HostPattern>, TlsConnector)>,
}

impl Encryption {
    pub(super) fn new(machine: &Arc<RootCertStore>, rights: &Rights) -> Result<Encryption, EgressError> {
        let roots = roots(machine, &rights.authorities)?;
        let failed = |error| EgressError::Invalid(format!("encryption cannot be set up: {error}"));
        let usual = TlsConnector::from(Arc::new(tls::client_config(roots.clone(), None).map_err(failed)?));
        let mut showing = Vec::new();
        for grant in &rights.certificates {
            let identity = identity(grant)?;
            let config = tls::client_config(roots.clone(), Some(identity)).map_err(|error| {
                let (certificate, key) = (grant.certificate.path().display(), &grant.key);
                EgressError::Invalid(format!(
                    "the certificate in {certificate} cannot be shown with the key in {key}: {error}. Check that they belong together"
                ))
            })?;
            showing.push((grant.hosts.clone(), TlsConnector::from(Arc::new(config))));
        }
        Ok(Encryption { usual, showing })
    }

    /// How connections to a host are encrypted.
    pub(super) fn towards(&self, host: &Host) -> &TlsConnector {
        let host = match host {
            Host::Domain(name) => Host::Domain(name.as_str()),
            Host::Ipv4(address) => Host::Ipv4(*address),
            Host::Ipv6(address) => Host::Ipv6(*address),
        };
        let shown = self.showing.iter().find(|(hosts, _)| hosts.iter().any(|pattern| pattern.covers(&host)));
        shown.map_or(&self.usual, |(_, connector)| connector)
    }
}

/// The authorities of the machine, and those of these files.
fn roots(machine: &Arc<RootCertStore>, files: &[PemFile]) -> Result<Arc<RootCertStore>, EgressError> {
    if files.is_empty() {
        return Ok(machine.clone());
    }
    let mut roots = machine.as_ref().clone();
    for file in files {
        for certificate in certificates(file)? {
            roots.add(certificate).map_err(|error| unusable(file, &format!("it is no authority's: {error}")))?;
        }
    }
    Ok(Arc::new(roots))
}

/// A certificate with those that lead to its authority, and its key.
pub(super) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(grant: &CertificateGrant) -> Result<Identity, EgressError> {
    let unusable = |reason: &str| {
        EgressError::Invalid(format!("the key in {} cannot be used: {reason}. Name one in PEM", grant.key))
    };
    let text = match &grant.key {
        SecretSource::Env(name) => std::env::var(name).map_err(|error| unusable(&error.to_string()))?,
        SecretSource::File(path) => fs::read_to_string(path).map_err(|error| unusable(&error.to_string()))?,
    };
    // The parser's own words might repeat the key.
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| unusable("it holds no key"))?;
    Ok((certificates(&grant.certificate)?, key))
}

/// The certificates of a file, of which there is at least one.
fn certificates(file: &PemFile) -> Result<Vec<CertificateDer<'static>>, EgressError> {
    let text = fs::read(file.path()).map_err(|error| unusable(file, &error.to_string()))?;
    let found: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| unusable(file, &error.to_string()))?;
    if found.is_empty() { Err(unusable(file, "it holds no certificate")) } else { Ok(found) }
}

fn unusable(file: &PemFile, reason: &str) -> EgressError {
    let file = file.path().display();
    EgressError::Invalid(format!(
        "the certificates in {file} cannot be used: {reason}. Name a file of certificates in PEM"
    ))
}
