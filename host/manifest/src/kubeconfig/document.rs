//! The document that `kubectl` reads, as far as it says where a cluster is and who asks.
//!
//! Rule: what is not known is passed over, as `kubectl` does; a key that would change who is spoken to, or as whom, is known.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::KubeconfigFault;
use crate::secret::KubeconfigPart;

/// A kubeconfig.
#[derive(Deserialize)]
pub struct Kubeconfig {
    #[serde(default)]
    clusters: Option<Vec<Named<ClusterEntry>>>,
    #[serde(default)]
    users: Option<Vec<Named<UserEntry>>>,
    #[serde(default)]
    contexts: Option<Vec<Named<ContextEntry>>>,
}

/// An entry with its name.
#[derive(Deserialize)]
struct Named<T> {
    name: String,
    // One of the three, by the list that it stands in.
    #[serde(alias = "cluster", alias = "user", alias = "context")]
    entry: Option<T>,
}

/// Where a cluster is.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ClusterEntry {
    pub server: String,
    pub certificate_authority: Option<String>,
    pub certificate_authority_data: Option<String>,
    #[serde(default)]
    pub insecure_skip_tls_verify: Option<bool>,
    pub proxy_url: Option<String>,
    pub tls_server_name: Option<String>,
}

/// Who asks.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct UserEntry {
    pub token: Option<String>,
    #[serde(rename = "tokenFile")]
    pub token_file: Option<String>,
    pub client_certificate: Option<String>,
    pub client_certificate_data: Option<String>,
    pub client_key: Option<String>,
    pub client_key_data: Option<String>,
    pub username: Option<IgnoredAny>,
    pub password: Option<IgnoredAny>,
    pub exec: Option<IgnoredAny>,
    pub auth_provider: Option<IgnoredAny>,
    #[serde(rename = "as")]
    pub impersonated: Option<IgnoredAny>,
}

/// Who asks where.
#[derive(Deserialize)]
pub(super) struct ContextEntry {
    pub cluster: String,
    #[serde(default)]
    pub user: String,
    #[serde(default)]
    pub namespace: Option<String>,
}

impl Kubeconfig {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Kubeconfig, KubeconfigFault> {
        let deserializer = serde_yaml::Deserializer::from_str(text);
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            // The parser's own words might repeat a secret, so that only the place is said.
            let line = error.inner().location().map(|at| format!("in line {}", at.line()));
            let path =
                Some(error.path().to_string()).filter(|path| !path.is_empty() && path != "." && !path.contains('?'));
            let path = path.map(|path| format!("at `{path}`"));
            let place: Vec<String> = line.into_iter().chain(path).collect();
            let place = if place.is_empty() { String::new() } else { format!("{} ", place.join(", ")) };
            KubeconfigFault::Unfit { place }
        })
    }

    /// The names of its contexts, in their order.
    pub(super) fn contexts(&self) -> Vec<&str> {
        self.contexts.iter().flatten().map(|context| context.name.as_str()).collect()
    }

    pub(super) fn context(&self, name: &str) -> Option<&ContextEntry> {
        entry(self.contexts.as_ref(), name)
    }

    pub(super) fn cluster(&self, name: &str) -> Option<&ClusterEntry> {
        entry(self.clusters.as_ref(), name)
    }

    pub(super) fn user(&self, name: &str) -> Option<&UserEntry> {
        entry(self.users.as_ref(), name)
    }

    /// A secret of a user as it stands in the document; otherwise why there is none.
    pub fn secret(&self, user: &str, part: KubeconfigPart) -> Result<String, String> {
        let entry = self.user(user).ok_or("it does not have this user any more")?;
        let found = match part {
            KubeconfigPart::Token => entry.token.clone(),
            KubeconfigPart::ClientKey => match &entry.client_key_data {
                Some(data) => Some(super::cluster::decoded(data).ok_or("it is no base64 of a text")?),
                None => None,
            },
        };
        found.filter(|secret| !secret.is_empty()).ok_or_else(|| "it is not there any more".to_owned())
    }
}

/// The first of its name, as `kubectl` takes it.
fn entry<'a, T>(list: Option<&'a Vec<Named<T>>>, name: &str) -> Option<&'a T> {
    list.into_iter().flatten().find(|named| named.name == name)?.entry.as_ref()
}
