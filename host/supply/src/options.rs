//! What fetching and pushing go by: limits, credentials, authorities.
//!
//! Rule: everything comes from the caller. No variable and no file of the environment sends a request through a proxy or
//! adds a credential; only the certificates of authorities are the machine's.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portico_manifest::PrivateRanges;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::exchange::tls;

/// How much and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a package.
    pub package: u64,
    /// Name, connection and handshake together.
    pub connect: Duration,
    /// One fetch or push as a whole.
    pub whole: Duration,
}

impl Default for Limits {
    /// 64 MiB, in which a component with a whole Python fits; five seconds, as plugins have them; and two minutes, in
    /// which the largest package comes at half a megabyte a second.
    fn default() -> Limits {
        Limits { package: 64 << 20, connect: Duration::from_secs(5), whole: Duration::from_secs(120) }
    }
}

/// Which addresses are connected to, wherever a name or a redirect leads.
#[derive(Clone, Debug, Default)]
pub enum Reach {
    /// All that this machine reaches, for whoever could connect there without Portico.
    #[default]
    Anywhere,
    /// Those of the public Internet and these ranges, where somebody else says what is fetched.
    Public(PrivateRanges),
}

/// Who asks a registry. Printing it shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    username: String,
    password: String,
}

impl Credential {
    /// A user name and a password or an access token.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Credential {
        Credential { username: username.into(), password: password.into() }
    }

    /// As the Basic scheme joins the two.
    pub(crate) fn pair(&self) -> String {
        format!("{}:{}", self.username, self.password)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("username", &self.username).field("password", &"[secret]").finish()
    }
}

/// What fetching and pushing go by.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much and how long.
    pub limits: Limits,
    /// Which addresses are connected to.
    pub reach: Reach,
    credentials: BTreeMap<String, Credential>,
    authorities: Arc<RootCertStore>,
}

impl Options {
    /// The default limits, no credentials, and the authorities of this machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` are
    /// honoured). Reads files; make it once and keep it.
    pub fn system() -> Options {
        Options::with_authorities(tls::system_roots())
    }

    /// With authorities of one's own in place of the machine's.
    pub fn with_authorities(authorities: RootCertStore) -> Options {
        Options {
            limits: Limits::default(),
            reach: Reach::default(),
            credentials: BTreeMap::new(),
            authorities: Arc::new(authorities),
        }
    }

    /// Trusts these authorities as well, in PEM; otherwise says what is wrong with them.
    pub fn trusting(mut self, authorities: &[u8]) -> Result<Options, String> {
        let mut roots = self.authorities.as_ref().clone();
        let mut count = 0;
        for certificate in CertificateDer::pem_slice_iter(authorities) {
            let certificate = certificate.map_err(|error| error.to_string())?;
            roots.add(certificate).map_err(|error| format!("a certificate is no authority's: {error}"))?;
            count += 1;
        }
        if count == 0 {
            return Err("it holds no certificate; name a file of certificates in PEM".to_owned());
        }
        self.authorities = Arc::new(roots);
        Ok(self)
    }

    /// Adds the credential for a registry, named as references name it: a host, with its port if it has one.
    #[must_use]
    pub fn credential(mut self, registry: impl Into<String>, credential: Credential) -> Options {
        self.credentials.insert(registry.into(), credential);
        self
    }

    pub(crate) fn credential_for(&self, registry: &str) -> Option<&Credential> {
        self.credentials.get(registry)
    }

    pub(crate) fn authorities(&self) -> Arc<RootCertStore> {
        self.authorities.clone()
    }
}
