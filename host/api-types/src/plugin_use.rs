//! What a plugin does and uses: calls, memory, processor time, exchanges, the data that it keeps up, what it says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::LogLevel;

/// What a plugin used since the portal started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PluginUse {
    /// The most memory that any call held, in bytes.
    pub peak_memory: u64,
    /// The most memory that a call may hold, in bytes.
    pub memory_limit: u64,
    /// Processor time of all calls, in milliseconds.
    pub cpu_milliseconds: u64,
    /// Calls into it.
    pub calls: u64,
    /// Calls that failed.
    pub failures: u64,
    /// When a call last failed; none if none has.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_failure_at: Option<Timestamp>,
}

/// The calls of one extension point since the portal started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PointUse {
    /// Such as `cards`.
    pub point: String,
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub failures: u64,
    /// Processor time, in milliseconds.
    pub cpu_milliseconds: u64,
}

/// A plugin's exchanges with one host since the portal started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HostUse {
    /// Such as `api.github.com`; of a plugin that asks very many, the later ones are one, `others`.
    pub host: String,
    /// Requests that were sent.
    pub requests: u64,
    /// Requests that got no answer, or one of a status from 400 on.
    pub failures: u64,
    /// Bytes of the answers' bodies.
    pub received: u64,
}

/// How often a plugin tried what it may not, since the portal started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Denials {
    /// The capability, whether the plugin asks for it or not.
    pub capability: String,
    /// How often.
    pub count: u64,
}

/// Requests to a plugin's routes that were turned away for one reason before it was asked, since the portal started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RequestsTurnedAway {
    /// `size`, `rate`, `token`, `signature`, `replay`, `room` (too many bodies at once), `unchecked` (its credential is missing), or
    /// `resting` (the plugin has failed, and is left alone for a while).
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// What stands in the catalog by a plugin's word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PluginData {
    /// Its sources.
    pub sources: u64,
    /// Entities that it speaks for.
    pub entities: u64,
    /// Entities that it attaches facts to.
    #[serde(default)]
    pub facts: u64,
    /// Its open problems.
    pub problems: u64,
}

/// A line of what a plugin said lately, in whatever call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PluginLine {
    /// Counts up from 0 since the portal started.
    pub number: u64,
    /// When it was said.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// How much it matters.
    pub level: LogLevel,
    /// What was said.
    pub message: String,
    /// The extension point that was called, such as `cards`.
    pub point: String,
    /// The run in which it was said; none for other calls.
    pub run: Option<u64>,
}
