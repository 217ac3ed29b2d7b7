//! Plugins: what each asks for, what it got, how it does.

use serde::{Deserialize, Serialize};

use crate::{Denials, HostUse, Markdown, PluginData, PluginUse, PointUse, RequestsTurnedAway, Run};

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
    /// Its name for people; empty where the file could not be read.
    pub title: String,
    /// What it does, in a sentence or two.
    pub description: String,
    /// One of the portal's icons.
    pub icon: Option<String>,
    /// A page on how to set it up and what it brings.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<Object>>))]
    pub documentation: Option<Markdown>,
    /// Where it was loaded from: `built in`, the file's name in the plugins folder, or where it was installed from.
    pub origin: String,
    /// The operator's name for the key that it is signed with; none if it is not signed, or nobody asked.
    pub signed_by: Option<String>,
    /// Where it is described, and so can be changed.
    pub managed: Managed,
    /// A version that waits for somebody to grant what it asks for.
    pub waiting: Option<WaitingVersion>,
    /// Versions that ran before and can be gone back to, newest first.
    pub before: Vec<PluginVersion>,
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
    /// Since when it follows the other side as it changes; none while it does not.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub follows_since: Option<jiff::Timestamp>,
    /// The agent that runs it; none where the portal itself does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<crate::PluginAgent>,
    /// What it used.
    pub used: PluginUse,
    /// The same by extension point, of those that were called.
    pub points: Vec<PointUse>,
    /// What it was refused, if anything was.
    pub denials: Vec<Denials>,
    /// Requests to its routes that were turned away before it was asked, if any were.
    pub turned_away: Vec<RequestsTurnedAway>,
    /// With whom it exchanged what.
    pub http: Vec<HostUse>,
    /// What it found out about its own standing, last time; none where it does not look, or has not yet.
    pub check: Option<PluginCheck>,
    /// What stands in the catalog by its word.
    pub data: PluginData,
    /// Its newest runs, newest first, at most 24.
    pub runs: Vec<Run>,
    /// The settings that it was given, as JSON. They hold no secrets.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub settings: serde_json::Value,
    /// The JSON Schema of its settings; none if its manifest has none.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub settings_schema: Option<serde_json::Value>,
    /// What it is granted, as it was said through the portal; none where a file says it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub grants: Option<serde_json::Value>,
}

/// What a plugin found out about whether it can do its work as it is set and granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PluginCheck {
    /// When it looked.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub checked_at: jiff::Timestamp,
    /// What it looked at, the most important first.
    pub findings: Vec<Finding>,
}

/// One thing that a plugin depends on, and how that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What was looked at, in a few words.
    pub subject: String,
    /// How it is.
    pub outcome: FindingOutcome,
    /// What was found, and what to do if it is not as it has to be.
    pub message: String,
}

/// How something that a plugin depends on is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum FindingOutcome {
    /// As it has to be.
    Passed,
    /// The plugin does its work, though not all of it, or not for long.
    Warned,
    /// The plugin cannot do its work.
    Failed,
}

/// Where a plugin is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Managed {
    /// In `portico.yaml`, where alone it can be changed.
    Code,
    /// In the portal: it was installed through it.
    Portal,
    /// Nowhere: it is known, and nobody has asked for it.
    Nobody,
}

/// A version of a plugin that was installed through the portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PluginVersion {
    /// The plugin's own.
    pub version: String,
    /// SHA-256 of the package, in hexadecimal.
    pub digest: String,
    /// Where it came from, pinned.
    pub from: String,
    /// The operator's name for the key that it is signed with; none if it is not signed.
    pub signed_by: Option<String>,
    /// When it was installed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub installed_at: jiff::Timestamp,
}

/// A version that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WaitingVersion {
    /// The version.
    pub version: PluginVersion,
    /// Who made it, by its own word.
    #[serde(default)]
    pub publisher: String,
    /// What it is called.
    #[serde(default)]
    pub title: String,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// Its extension points, by name.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Its documentation page.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<Object>>))]
    #[serde(default)]
    pub documentation: Option<Markdown>,
    /// Everything that it asks for, with what it would get by the grants of now.
    pub asks: Vec<Ask>,
    /// Why it waits beside what it asks for: it could not run with what is said of it now, or comes from another hand than the one that
    /// runs. Empty where only grants are looked at.
    pub reason: String,
    /// The JSON Schema of its settings; none if its manifest has none.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub settings_schema: Option<serde_json::Value>,
    /// What it would be set to by what is said of it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub settings: serde_json::Value,
    /// What it would be granted by what is said of it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub grants: Option<serde_json::Value>,
}

/// What is said of a plugin that is installed through the portal, beside its package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PluginChanges {
    /// Where the package lies; for a new plugin or another version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// `every`, `settings`, `mappings` and `grants`, as under `plugins:` in `portico.yaml`. What is absent stays, null is the manifest's
    /// own word.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config: serde_json::Map<String, serde_json::Value>,
    /// The SHA-256 of a version, in hexadecimal, of which it was looked at what it asks for: it runs with what the grants say, be it
    /// nothing. The one that is installed, or that waits, has to be this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<String>,
}

/// The plugin that was installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// SHA-256 of the package, in hexadecimal.
    pub digest: String,
    /// Another version that waited until now, and does no more; none if there was none.
    pub replaced: Option<String>,
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
    /// What has to be said to grant it, beside the wish.
    pub needs: AskNeeds,
    /// Of a version that waits: the one that runs does not ask for it, and it was not granted yet.
    #[serde(default)]
    pub more: bool,
}

/// What has to be said to grant something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AskNeeds {
    /// Nothing: it is granted as it is asked.
    #[default]
    Nothing,
    /// Names, one a line: of repositories, of folders.
    Names,
    /// Where a secret is found: `env NAME` or `file /path`.
    Secret,
}

/// Grants, piece by piece.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Granting {
    /// SHA-256, in hexadecimal, of the version whose asks were looked at: the one that runs, or one that waits, which takes its place
    /// with these grants.
    pub digest: String,
    /// The asks that are granted, by their place in the list, each with what has to be said to it; all others are not.
    pub granted: std::collections::BTreeMap<usize, String>,
    /// What the version is set to from now on; as it is, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub settings: Option<serde_json::Value>,
}

/// All plugins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plugins {
    /// Sorted by name.
    pub items: Vec<Plugin>,
}
