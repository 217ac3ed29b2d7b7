//! A plugin's entry in `portico.yaml`: how often it runs, its settings, what it is granted.
//!
//! Rule: this is the operator's word and holds no secret; see [`crate::credential`] for where secrets are.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use portico_api_types::MappingDeclaration;
use serde::Deserialize;
use serde::de::Deserializer;

use crate::address::PrivateRanges;
use crate::certificate::{CertificateGrant, PemFile};
use crate::credential::CredentialGrant;
use crate::digest::PackageDigest;
use crate::folder::FolderPath;
use crate::http::HttpGrant;
use crate::kind_pattern::KindPattern;
use crate::kubeconfig::{Cluster, KubeconfigGrant};
use crate::limits;
use crate::quantity::{Every, Period, Size};
use crate::repository::RepositoryPattern;
use crate::written::written_as_text;

/// What stands under a plugin's name in `portico.yaml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginConfig {
    /// Whether it runs at all. One that is switched off leaves what it brought, and is shown with it.
    pub enabled: bool,
    /// Where its package lies, for a plugin that `portico.yaml` brings by itself; as text, which whoever fetches reads.
    pub from: Option<String>,
    /// The version that was looked at, of a plugin whose package is described in code: it runs with what is granted here, though it asks for more
    /// than the one before.
    pub approved: Option<PackageDigest>,
    /// How often it runs; what the manifest says, if absent.
    pub every: Option<Every>,
    /// The agent that runs it, by its name under `agents`; the portal itself, if absent.
    pub agent: Option<String>,
    /// What the plugin reads as its settings: one JSON object.
    #[serde(deserialize_with = "settings")]
    pub settings: serde_json::Value,
    /// What becomes of the objects that it pushes: for each kind of object that is named here, in the place of what the manifest says.
    pub mappings: Option<Vec<MappingDeclaration>>,
    /// What it may do.
    pub grants: Grants,
    /// The whole entry as it was written, for an agent, which reads it where it runs; null where no agent runs it.
    #[serde(skip)]
    pub written: serde_json::Value,
}

impl Default for PluginConfig {
    fn default() -> PluginConfig {
        PluginConfig {
            enabled: true,
            from: None,
            approved: None,
            every: None,
            agent: None,
            settings: serde_json::Value::Object(serde_json::Map::new()),
            mappings: None,
            grants: Grants::default(),
            written: serde_json::Value::Null,
        }
    }
}

fn settings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<serde_json::Value, D::Error> {
    let map = Option::<serde_json::Map<String, serde_json::Value>>::deserialize(deserializer)?;
    Ok(serde_json::Value::Object(map.unwrap_or_default()))
}

/// What an operator grants to a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Grants {
    /// The Git repositories that it may read.
    pub repositories: Vec<RepositoryPattern>,
    /// The Git repositories that it may push to.
    pub push: Vec<RepositoryPattern>,
    /// The folders of this machine below which it may read files.
    pub files: Vec<FolderPath>,
    /// The HTTP requests that it may send.
    pub http: Vec<HttpGrant>,
    /// The secrets that the host adds to its requests and checks signatures with, by name.
    pub credentials: BTreeMap<String, CredentialGrant>,
    /// The kinds of entity that it may read, bring in, and attach facts to.
    pub catalog: CatalogGrants,
    /// Ranges of private addresses that names may lead to.
    #[serde(deserialize_with = "networks")]
    pub private_addresses: Vec<IpNet>,
    /// Files with certificates of authorities that sign servers of its, beside those that the machine trusts.
    pub authorities: Vec<PemFile>,
    /// Certificates that it shows to servers which ask for one.
    pub certificates: Vec<CertificateGrant>,
    /// Kubeconfigs with clusters that it may reach.
    pub kubeconfigs: Vec<KubeconfigGrant>,
    /// What the kubeconfigs come to, once they were read.
    #[serde(skip)]
    pub clusters: Vec<Cluster>,
    /// How much state it may keep.
    pub state: Option<Size>,
    /// How much it may use in a call.
    pub limits: LimitGrants,
}

/// What a plugin may do with the catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogGrants {
    /// The kinds that it may read.
    pub read: Vec<KindPattern>,
    /// The kinds that it may bring in.
    pub write: Vec<KindPattern>,
    /// The kinds that it may attach facts to.
    pub attach: Vec<KindPattern>,
}

/// How much a plugin may use in a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitGrants {
    /// Memory.
    #[serde(deserialize_with = "limits::memory")]
    pub memory: Option<Size>,
    /// Time on a processor.
    #[serde(deserialize_with = "limits::cpu")]
    pub cpu: Option<Period>,
    /// Time on the clock, with what it waits for.
    #[serde(deserialize_with = "limits::wall")]
    pub wall: Option<Period>,
    /// What a server answers to one request.
    #[serde(deserialize_with = "limits::response")]
    pub response: Option<Size>,
    /// Lines in the log of a run.
    #[serde(deserialize_with = "limits::log")]
    pub log: Option<u32>,
    /// Files in a task's workspace.
    #[serde(deserialize_with = "limits::disk")]
    pub disk: Option<Size>,
    /// HTTP requests.
    #[serde(deserialize_with = "limits::requests")]
    pub requests: Option<u32>,
}

/// A range of addresses, `10.0.0.0/8`, or one address.
struct Network(IpNet);

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let range = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        let range = range.ok_or_else(|| {
            format!("`{text}` is no range of addresses; write one such as `10.20.0.0/16` or `127.0.0.1`")
        })?;
        Ok(Network(range.trunc()))
    }
}

written_as_text!(Network, "a range of addresses, such as `10.20.0.0/16`");

impl<'de> Deserialize<'de> for PrivateRanges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PrivateRanges, D::Error> {
        networks(deserializer).map(PrivateRanges::new)
    }
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let list = Vec::<Network>::deserialize(deserializer)?;
    Ok(list.into_iter().map(|network| network.0).collect())
}
