//! Sources: who speaks for entities.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The name under which the portal itself speaks, where a plugin's stands otherwise.
pub const PORTAL: &str = "portico";

/// A plugin and one of its scopes, such as one repository: whatever speaks for entities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Stable for as long as the source exists.
    pub id: u32,
    /// The plugin's name; [`PORTAL`] for what the portal itself says.
    pub plugin: String,
    /// The part of the plugin's data, as the plugin names it, such as a repository's address.
    pub scope: String,
    /// How it stands.
    pub state: SourceState,
    /// Entities that it speaks for.
    pub entities: u64,
    /// Open problems: refused documents, unreadable files, conflicts.
    pub problems: u64,
    /// When it last committed, or found that nothing had changed.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub synced_at: Option<Timestamp>,
    /// When it last changed anything in the catalog.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub changed_at: Option<Timestamp>,
    /// Where its reading stands, such as a commit.
    pub cursor: Option<String>,
    /// Why the last attempt failed; none once an attempt succeeds.
    pub failure: Option<String>,
}

/// How a source stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum SourceState {
    /// The last attempt succeeded.
    Current,
    /// A run of its plugin is going on.
    Syncing,
    /// The last attempt failed; its entities are as they were.
    Failing,
    /// The last attempt would have removed so much that it waits for a person; its entities are as they were.
    Held,
    /// Its plugin is switched off; its entities are as they were.
    Off,
}

/// What became of JSON that was sent to a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ingested {
    /// Objects that it held.
    pub objects: u64,
    /// What could not be taken of them.
    pub refused: u64,
    /// Why, of the first twenty; all of it stands with the source.
    pub problems: Vec<String>,
    /// What changed in the catalog.
    pub summary: crate::Summary,
}

/// What takes JSON that a tool sends by itself, with no plugin: an entry under `ingest:` in `portico.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct IngestSource {
    /// Its name, under which its sources and facts are found as well.
    pub name: String,
    /// Where requests are sent to: `/api/ingest/deployments`.
    pub path: String,
    /// The kind of object that requests hold, as mappings call it.
    pub object: String,
    /// jq over a request's body that yields the objects; none if the body is the object.
    pub each: Option<String>,
    /// The header that carries the signature; none if senders show the portal's token.
    pub signed_in: Option<String>,
}

/// All that takes JSON with no plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestSources {
    /// Sorted by name.
    pub items: Vec<IngestSource>,
}

/// All sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sources {
    /// Sorted by plugin and scope.
    pub items: Vec<Source>,
}

/// One source with what it speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SourceDetail {
    /// The source.
    pub source: Source,
    /// Its entities by kind, most first.
    pub kinds: Vec<KindCount>,
    /// Entities that it attaches facts to.
    pub facts: u64,
    /// Those of them that are not in the catalog: their facts wait for them.
    pub facts_waiting: u64,
    /// The sync that waits for a person.
    pub held: Option<Held>,
}

/// Something that would remove much, and waits for a person to confirm or discard that: a sync, or sources that their plugin names no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Since when it waits.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// Entities, and facts about entities, that would go.
    pub removes: u64,
    /// Of how many.
    pub holds: u64,
    /// Some of them, as `kind:namespace/name`.
    pub examples: Vec<String>,
    /// Whether the next sync may remove so much.
    pub confirmed: bool,
    /// How many sources would go whole, this one among them, because their plugin names them no more; none where it is a sync of this
    /// source that waits.
    #[serde(default)]
    pub leaving: Option<u64>,
}

/// How many entities of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KindCount {
    /// As documents spell it, such as `Component`.
    pub kind: String,
    /// Entities.
    pub count: u64,
}

/// Who says what about one entity, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntityOrigin {
    /// The claim that is shown first; further claims of the same reference are conflicts.
    pub claims: Vec<Claim>,
    /// Who attaches facts to it.
    pub facts: Vec<Attachment>,
}

/// One source's facts about an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Who says them. They are found under `facts.` and the plugin's name.
    pub source: Source,
    /// When this source last changed what it says.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub changed_at: Timestamp,
}

/// One source's word for an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Who says it.
    pub source: Source,
    /// The file inside the scope.
    pub file: String,
    /// The line at which the document begins.
    pub line: u32,
    /// A page on which a person can read it.
    pub url: Option<String>,
    /// Whether this is the claim that the catalog shows.
    pub owner: bool,
    /// When this source last changed what it says.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub changed_at: Timestamp,
    /// Why the document could not be read since; what is shown is the last good version.
    pub stale: Option<String>,
}
