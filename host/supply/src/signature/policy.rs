//! Whom an operator trusts, and what happens to the rest.

use super::key::{KeyError, PublicKey};
use super::verify::{Distrust, Verdict};

/// A key that the operator named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// The operator's name for it, for sentences.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

impl TrustedKey {
    /// A key under a name; `pem` holds one `-----BEGIN PUBLIC KEY-----`.
    pub fn new(name: impl Into<String>, pem: &str) -> Result<TrustedKey, KeyError> {
        Ok(TrustedKey { name: name.into(), key: pem.parse()? })
    }
}

/// Whose packages are used. The default trusts no key and refuses what is not signed, which is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustPolicy {
    /// The keys, in the operator's order.
    pub keys: Vec<TrustedKey>,
    /// Whether a package that nobody signed is used.
    pub allow_unsigned: bool,
}

/// Why a package is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody signed it, and that is not allowed.
    #[error(
        "the package is not signed, and packages that are not signed are refused here. Have its publisher sign it with \
         `portico plugin sign`, or allow packages that are not signed"
    )]
    Unsigned,
    /// Its signature is not good.
    #[error(transparent)]
    Untrusted(#[from] Distrust),
}

impl TrustPolicy {
    /// Whether a package with this verdict is used. One whose signature is not good never is, not even where packages
    /// without any are: somebody meant it to be checked.
    pub fn admit(&self, verdict: &Verdict) -> Result<(), Refusal> {
        match verdict {
            Verdict::SignedBy { .. } => Ok(()),
            Verdict::Unsigned if self.allow_unsigned => Ok(()),
            Verdict::Unsigned => Err(Refusal::Unsigned),
            Verdict::Untrusted { why } => Err(Refusal::Untrusted(why.clone())),
        }
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&TrustedKey> {
        self.keys.iter().find(|trusted| trusted.key.id() == id)
    }
}
