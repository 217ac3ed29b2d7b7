//! What a manifest asks for.
//!
//! Rule: each ask is granted by itself and carries a reason in words for the operator. Asking grants nothing.

use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::credential::CredentialAsk;
use crate::http::HttpAsk;
use crate::kind_pattern::KindPattern;
use crate::manifest::line;
use crate::quantity::{Period, Size};
use crate::{limits, written};

/// What a plugin asks for, each with a reason for the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asks {
    /// To read Git repositories; the operator says which.
    pub repositories: Option<RepositoriesAsk>,
    /// To push to Git repositories; the operator says which.
    pub push: Option<PushAsk>,
    /// To read files of this machine; the operator says below which folders.
    pub files: Option<FilesAsk>,
    /// To send HTTP requests.
    pub http: Vec<HttpAsk>,
    /// To have secrets added to its requests, or signatures checked with them.
    pub credentials: Vec<CredentialAsk>,
    /// To reach the clusters of kubeconfigs; the operator says which.
    pub kubeconfig: Option<KubeconfigAsk>,
    /// To read the catalog, to write to it, and to attach facts.
    pub catalog: CatalogAsks,
    /// To keep more state than everybody may.
    pub state: Option<SizeAsk>,
    /// To use another amount of memory than is usual.
    #[serde(deserialize_with = "memory")]
    pub memory: Option<SizeAsk>,
    /// To compute for another time than is usual.
    #[serde(deserialize_with = "cpu")]
    pub cpu: Option<TimeAsk>,
    /// To take another time than is usual.
    #[serde(deserialize_with = "wall")]
    pub wall: Option<TimeAsk>,
    /// To be answered with more at once than is usual.
    #[serde(deserialize_with = "response")]
    pub response: Option<SizeAsk>,
    /// To leave another number of lines in the log of a run than is usual.
    #[serde(deserialize_with = "log")]
    pub log: Option<LinesAsk>,
    /// To have another amount of files in a task's workspace than is usual.
    #[serde(deserialize_with = "disk")]
    pub disk: Option<SizeAsk>,
    /// To send another number of HTTP requests than is usual.
    #[serde(deserialize_with = "requests")]
    pub requests: Option<CountAsk>,
}

/// Asks to read repositories.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositoriesAsk {
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks to push to repositories.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushAsk {
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks to read files of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesAsk {
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks to reach the clusters of kubeconfigs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KubeconfigAsk {
    /// The setting in whose list the plugin reads which clusters there are: of each `name`, `server`, and `namespace` where its context has
    /// one.
    pub setting: String,
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks for an amount.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeAsk {
    /// How much.
    pub size: Size,
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks for time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeAsk {
    /// How long.
    pub time: Period,
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks for lines.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinesAsk {
    /// How many.
    pub lines: u32,
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks for a number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountAsk {
    /// How many.
    pub count: u32,
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

/// Asks about the catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogAsks {
    /// To read entities.
    pub read: Option<KindsAsk>,
    /// To bring entities in. Those of kinds that the plugin declares itself it may bring in without asking.
    pub write: Option<KindsAsk>,
    /// To attach facts to entities, whoever owns them.
    pub attach: Option<KindsAsk>,
}

/// Asks for kinds of entity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindsAsk {
    /// The kinds.
    #[serde(deserialize_with = "kinds")]
    pub kinds: Vec<KindPattern>,
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

fn memory<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SizeAsk>, D::Error> {
    written::map(deserializer, "`size` and `reason`", |ask: SizeAsk| limits::check_memory(ask.size).map(|_| Some(ask)))
}

fn cpu<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TimeAsk>, D::Error> {
    written::map(deserializer, "`time` and `reason`", |ask: TimeAsk| limits::check_cpu(ask.time).map(|_| Some(ask)))
}

fn wall<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TimeAsk>, D::Error> {
    written::map(deserializer, "`time` and `reason`", |ask: TimeAsk| limits::check_wall(ask.time).map(|_| Some(ask)))
}

fn response<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SizeAsk>, D::Error> {
    written::map(deserializer, "`size` and `reason`", |ask: SizeAsk| {
        limits::check_response(ask.size).map(|_| Some(ask))
    })
}

fn disk<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SizeAsk>, D::Error> {
    written::map(deserializer, "`size` and `reason`", |ask: SizeAsk| limits::check_disk(ask.size).map(|_| Some(ask)))
}

fn log<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LinesAsk>, D::Error> {
    written::map(deserializer, "`lines` and `reason`", |ask: LinesAsk| limits::check_log(ask.lines).map(|_| Some(ask)))
}

fn requests<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<CountAsk>, D::Error> {
    written::map(deserializer, "`count` and `reason`", |ask: CountAsk| {
        limits::check_requests(ask.count).map(|_| Some(ask))
    })
}

fn kinds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<KindPattern>, D::Error> {
    let kinds = Vec::<KindPattern>::deserialize(deserializer)?;
    if kinds.is_empty() {
        return Err(de::Error::custom("`kinds` is empty; name the kinds, such as `[Component]`, or `['*']` for all"));
    }
    Ok(kinds)
}
