//! Plugins: what each asks for, what it got, how it does.

use serde::{Deserialize, Serialize};

use crate::Run;

/// One installed plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Plugin {
    /// Unique in the portal.
    pub name: String,
    /// Its version; empty where the file could not be read.
    pub version: String,
    /// Who made it.
    pub publisher: String,
    /// What it does, in a sentence or two.
    pub description: String,
    /// Where it was loaded from: `built in`, or the file's name in the plugins folder.
    pub origin: String,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    /// The extension points that it offers, such as `ingestion`.
    pub extension_points: Vec<String>,
    /// How it stands.
    pub state: PluginState,
    /// Why it does not run as it should, and what to do; empty when all is well.
    pub message: String,
    /// Everything that it asks for, with what it got.
    pub asks: Vec<Ask>,
    /// Seconds between two runs; none if it runs on demand only.
    pub every_seconds: Option<u64>,
    /// When its next run is due.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub next_run_at: Option<jiff::Timestamp>,
    /// What it used.
    pub used: PluginUse,
    /// Its newest runs, newest first, at most 24.
    pub runs: Vec<Run>,
    /// The settings that it was given, as JSON. They hold no secrets.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub settings: serde_json::Value,
}

/// How a plugin stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum PluginState {
    /// Loaded, and its last run ended well.
    Running,
    /// A run is going on.
    Syncing,
    /// Its last run failed; the next waits longer each time.
    Failing,
    /// It could not be loaded.
    Refused,
    /// It is known, but `portico.yaml` does not name it.
    Off,
}

/// One thing that a plugin asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    /// The capability: `repositories`, `http`, `state`, `memory`, …
    pub capability: String,
    /// What exactly, such as `https://github.com/*` or `128 MiB`.
    pub target: String,
    /// Why, in the words of its author.
    pub reason: String,
    /// What was granted of it; none if nothing.
    pub granted: Option<String>,
    /// How often it was refused since the portal started.
    pub denied: u64,
}

/// What a plugin used since the portal started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PluginUse {
    /// The most memory that any call held, in bytes.
    pub peak_memory: u64,
    /// The most memory that a call may hold, in bytes.
    pub memory_limit: u64,
    /// Calls into it.
    pub calls: u64,
    /// Calls that failed.
    pub failures: u64,
}

/// All plugins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plugins {
    /// Sorted by name.
    pub items: Vec<Plugin>,
}
