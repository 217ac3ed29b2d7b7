//! Whose plugins are used, as `portico.yaml` says it.
//!
//! Rule: a key that cannot be read is an error of the file; what it signed is judged elsewhere.

use portico_supply::{TrustPolicy, TrustedKey};
use serde::Deserialize;
use serde::de::Deserializer;

/// Whose plugins are used. Those in the plugins folder are the operator's own hand, unless keys are named.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Trust {
    /// The keys that vouch for packages, by the operator's names for them.
    keys: Vec<NamedKey>,
    /// Whether packages that nobody signed are used as well.
    unsigned: bool,
}

/// A key that vouches for packages.
#[derive(Debug)]
struct NamedKey(TrustedKey);

impl<'de> Deserialize<'de> for NamedKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<NamedKey, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            name: String,
            key: String,
        }
        let Written { name, key } = Written::deserialize(deserializer)?;
        TrustedKey::new(name, &key).map(NamedKey).map_err(serde::de::Error::custom)
    }
}

impl Trust {
    /// The same as packages are judged by.
    pub(crate) fn policy(&self) -> TrustPolicy {
        let keys = self.keys.iter().map(|key| key.0.clone()).collect();
        TrustPolicy { keys, allow_unsigned: self.unsigned }
    }
}
