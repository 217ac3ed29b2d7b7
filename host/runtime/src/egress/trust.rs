//! Encryption as the operator has it for one plugin: authorities beside those of the machine, certificates that requests show, and what
//! kubeconfigs say of clusters.
//!
//! Rule: files are read when a plugin is loaded, and when its rights change; one that cannot be used keeps the version from being loaded,
//! in words. A key is seen by nobody but the encryption.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use portico_manifest::{CertificateGrant, ClientCertificate, Cluster, PemFile, Rights, SecretSource, ServerPattern};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::TlsConnector;
use url::Host;

use super::credential::{borrowed, text};
use super::error::EgressError;
use super::tls;

/// How one plugin's connections are encrypted.
pub(super) struct Encryption {
    usual: Towards,
    /// Servers that are spoken to in another way, by where they are.
    others: Vec<(Vec<ServerPattern>, Towards)>,
    /// Clusters that have a server together, by their names.
    named: BTreeMap<String, Towards>,
}

/// How connections to a server are encrypted.
pub(super) struct Towards {
    pub connector: TlsConnector,
    /// The name that its certificate carries, where that is not the one that it is asked by.
    pub certified_as: Option<ServerName<'static>>,
}

impl Encryption {
    pub(super) fn new(machine: &Arc<RootCertStore>, rights: &Rights) -> Result<Encryption, EgressError> {
        let roots = roots(machine, &rights.authorities)?;
        let (mut others, mut named) = (Vec::new(), BTreeMap::new());
        for cluster in &rights.clusters {
            let towards = towards_cluster(cluster, &roots)?;
            match cluster.is_shared {
                true => drop(named.insert(cluster.name.clone(), towards)),
                false => others.push((cluster.place().into_iter().collect(), towards)),
            }
        }
        for grant in &rights.certificates {
            let shown = format!("the certificate in {}", grant.certificate.path().display());
            let towards = towards(roots.clone(), Some((identity(grant)?, &shown, &grant.key)))?;
            others.push((grant.hosts.clone(), towards));
        }
        Ok(Encryption { usual: towards(roots, None)?, others, named })
    }

    /// How connections to a server are encrypted, and to which of the clusters that have it.
    pub(super) fn towards(&self, host: &Host, port: u16, cluster: Option<&str>) -> &Towards {
        if let Some(towards) = cluster.and_then(|cluster| self.named.get(cluster)) {
            return towards;
        }
        let host = borrowed(host);
        let other = self.others.iter().find(|(servers, _)| servers.iter().any(|pattern| pattern.covers(&host, port)));
        other.map_or(&self.usual, |(_, towards)| towards)
    }
}

/// With these authorities, and with a certificate that is shown, what sentences call it, and where its key is.
fn towards(roots: Arc<RootCertStore>, shows: Option<(Identity, &str, &SecretSource)>) -> Result<Towards, EgressError> {
    let said = shows.as_ref().map(|(_, certificate, key)| {
        format!("{certificate} cannot be shown with the key in {key}: ERROR. Check that they belong together")
    });
    let config = tls::client_config(roots, shows.map(|(identity, ..)| identity)).map_err(|error| {
        let said = said.unwrap_or_else(|| "encryption cannot be set up: ERROR".to_owned());
        EgressError::Invalid(said.replace("ERROR", &error.to_string()))
    })?;
    Ok(Towards { connector: TlsConnector::from(Arc::new(config)), certified_as: None })
}

/// A cluster is trusted by its own authority alone, where its kubeconfig names one.
fn towards_cluster(cluster: &Cluster, usual: &Arc<RootCertStore>) -> Result<Towards, EgressError> {
    let (context, file) = (&cluster.context, cluster.kubeconfig.display());
    let unusable = |what: &str, reason: &str| {
        EgressError::Invalid(format!(
            "{what} of the context `{context}` of the kubeconfig {file} cannot be used: {reason}. Name one in PEM"
        ))
    };
    let authority = |reason: &str| unusable("the certificate of the authority", reason);
    let roots = match &cluster.authority {
        None => usual.clone(),
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in parsed(pem.as_bytes()).map_err(|reason| authority(&reason))? {
                roots.add(certificate).map_err(|error| authority(&format!("it is no authority's: {error}")))?;
            }
            Arc::new(roots)
        }
    };
    let shown = match &cluster.certificate {
        None => towards(roots, None)?,
        Some(ClientCertificate { pem, key }) => {
            let certificates = parsed(pem.as_bytes()).map_err(|reason| unusable("the certificate", &reason))?;
            let shown = format!("the certificate of the context `{context}` of the kubeconfig {file}");
            towards(roots, Some(((certificates, private_key(key)?), &shown, key)))?
        }
    };
    let certified_as = cluster.certified_as.clone().map(ServerName::try_from).transpose();
    let certified_as = certified_as.map_err(|_| {
        EgressError::Invalid(format!(
            "the context `{context}` of the kubeconfig {file} has a `tls-server-name` that no certificate can carry; write a host's name"
        ))
    })?;
    Ok(Towards { certified_as, ..shown })
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
    let key = private_key(&grant.key)?;
    Ok((certificates(&grant.certificate)?, key))
}

fn private_key(source: &SecretSource) -> Result<PrivateKeyDer<'static>, EgressError> {
    let unusable =
        |reason: &str| EgressError::Invalid(format!("the key in {source} cannot be used: {reason}. Name one in PEM"));
    let text = text(source).map_err(|reason| unusable(&reason))?;
    // The parser's own words might repeat the key.
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| unusable("it holds no key"))
}

/// The certificates of a file, of which there is at least one.
fn certificates(file: &PemFile) -> Result<Vec<CertificateDer<'static>>, EgressError> {
    let text = fs::read(file.path()).map_err(|error| unusable(file, &error.to_string()))?;
    parsed(&text).map_err(|reason| unusable(file, &reason))
}

fn parsed(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(text).collect();
    let found = found.map_err(|error| error.to_string())?;
    if found.is_empty() { Err("it holds no certificate".to_owned()) } else { Ok(found) }
}

fn unusable(file: &PemFile, reason: &str) -> EgressError {
    let file = file.path().display();
    EgressError::Invalid(format!(
        "the certificates in {file} cannot be used: {reason}. Name a file of certificates in PEM"
    ))
}
