//! Encryption beyond what a machine trusts by itself: authorities of a company, and certificates that a plugin's requests show.
//!
//! Rule: nothing here is read; where things are is the operator's word, and a key is a secret like any other.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::credential::named;
use crate::secret::SecretSource;
use crate::server::ServerPattern;

/// A file in PEM, named from the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemFile(PathBuf);

impl PemFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl<'de> Deserialize<'de> for PemFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PemFile, D::Error> {
        let path = PathBuf::deserialize(deserializer)?;
        if !path.is_absolute() {
            let message = format!("`{}` is no absolute path; write where the file is from the root", path.display());
            return Err(de::Error::custom(message));
        }
        Ok(PemFile(path))
    }
}

/// A certificate that is shown to servers which ask for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateGrant {
    /// The servers that it is shown to.
    pub hosts: Vec<ServerPattern>,
    /// The certificate, with those that lead to its authority.
    pub certificate: PemFile,
    /// Its key.
    pub key: SecretSource,
}

impl<'de> Deserialize<'de> for CertificateGrant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CertificateGrant, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            #[serde(deserialize_with = "named")]
            hosts: Vec<ServerPattern>,
            certificate: PemFile,
            key: SecretSource,
        }
        let Written { hosts, certificate, key } = Written::deserialize(deserializer)?;
        if hosts.is_empty() {
            return Err(de::Error::custom("`hosts` is empty; name the hosts that the certificate is shown to"));
        }
        Ok(CertificateGrant { hosts, certificate, key })
    }
}
