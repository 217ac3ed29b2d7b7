//! Runs: one call of a plugin's `sync`, from its start to its end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One call of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Counts up from 1.
    pub id: u64,
    /// The plugin's name.
    pub plugin: String,
    /// The plugin's version at the time.
    pub version: String,
    /// What started it.
    pub trigger: Trigger,
    /// How it stands.
    pub state: RunState,
    /// When it started.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub started_at: Timestamp,
    /// When it ended; none while it goes on.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<Timestamp>,
    /// How far it is, or was when it ended.
    pub progress: Option<Progress>,
    /// What its commits changed so far, added up.
    pub summary: Summary,
    /// How it ended; none while it goes on.
    pub result: Option<RunResult>,
    /// The most memory that it held, in bytes.
    pub peak_memory: u64,
    /// Log lines kept.
    pub log_lines: u32,
    /// Which agent works it, by name and instance; none where the portal itself does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Trigger {
    /// Its time had come.
    Schedule,
    /// Somebody asked for it.
    Request,
    /// The plugin or its settings are new.
    Installed,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum RunState {
    /// It goes on.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended with an error; what it had committed before stands.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// Why a run failed, in words for an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunResult {
    /// A stable word for machines: `ok`, `cancelled`, `refused`, `unavailable`, `denied`, `timeLimit`, `cpuLimit`,
    /// `memoryLimit`, `panicked`, `badOutput`, `incompatible`, `busy`, `failed`, `interrupted`, `host`.
    pub code: String,
    /// What happened, where, and what to do next; empty when it ended well.
    pub message: String,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Steps done.
    pub done: u64,
    /// Steps in all, where known.
    pub total: Option<u64>,
    /// What it is doing.
    pub message: String,
}

/// What commits changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Entities that are new.
    pub added: u64,
    /// Entities that changed.
    pub updated: u64,
    /// Entities that were said again as they were.
    pub unchanged: u64,
    /// Entities that are gone.
    pub removed: u64,
    /// Documents that were refused or could not be read.
    pub refused: u64,
    /// Entities to which other facts are attached than before.
    #[serde(default)]
    pub facts: u64,
}

/// One line of a run's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// Counts up from 0 inside the run.
    pub number: u32,
    /// When it was written.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// How much it matters.
    pub level: LogLevel,
    /// The text, at most 4 KiB.
    pub message: String,
}

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum LogLevel {
    /// For the plugin's author.
    Trace,
    /// For the plugin's author.
    Debug,
    /// For the operator.
    Info,
    /// Something to look at.
    Warn,
    /// Something that failed.
    Error,
}

/// What happens in a run, as its event stream (`text/event-stream`) says it: the event's name is the tag, its data the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", tag = "event", content = "data")]
pub enum RunEvent {
    /// The run as it now is. The first event of a stream, and again at each change.
    Run(Box<Run>),
    /// A line was written.
    Log(LogLine),
}

/// A list of runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Runs {
    /// Newest first.
    pub items: Vec<Run>,
}

/// A run that was just asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunStarted {
    /// The run; the one that was already going on, if there was one.
    pub id: u64,
}
