//! What an agent and the portal say to each other (`/api/portico/agent/…`).
//!
//! An agent asks for work, is given a run with a lease, asks what its plugin asks, sends sessions, and says how the run ended. A session is
//! sent as lines: first an [`AgentSession`], then an [`AgentLine`] each, of which the last is [`AgentLine::End`].
//!
//! Rule: secrets are named here and never told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{KindDeclaration, LogLine, Progress};

/// Who asks for work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentClaim {
    /// Tells it from others that share its token, such as the name of its machine.
    pub instance: String,
}

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AgentWork {
    /// One run; none if nothing was due for some seconds.
    pub order: Option<AgentOrder>,
}

/// A run that an agent is to work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AgentOrder {
    /// Names the right to work it, which nobody else has as long as it lasts.
    pub lease: String,
    /// How long it lasts without a word of the agent, in seconds.
    pub seconds: u64,
    /// The run's number.
    pub run: u64,
    /// The plugin's name.
    pub plugin: String,
    /// SHA-256 of its package, in hexadecimal.
    pub digest: String,
    /// The scopes that the run is about; all if absent.
    pub scopes: Option<Vec<String>>,
    /// What stands under the plugin's name in `portico.yaml`. It says where secrets are found on the agent's side, and holds none.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config: Value,
    /// The kinds that the portal knows beside those of every portal.
    pub kinds: Vec<KindDeclaration>,
}

/// A sign of life.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentRenewal {
    /// Lines of the log since the last sign, by their numbers.
    pub lines: Vec<LogLine>,
    /// How far the run is.
    pub progress: Option<Progress>,
}

/// The portal's word on a run that an agent works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AgentStanding {
    /// Whether the run is to stop.
    pub cancelled: bool,
}

/// What a plugin asks of the portal in a run. The portal answers by the plugin's rights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum AgentAsk {
    /// Where the reading of a scope stands.
    Cursor {
        /// The scope.
        scope: String,
    },
    /// A scope stands as its cursor says.
    Current {
        /// The scope.
        scope: String,
    },
    /// A scope could not be read.
    Unreadable {
        /// The scope.
        scope: String,
        /// Why.
        reason: String,
    },
    /// There are these scopes and no others.
    Retain {
        /// The scopes.
        scopes: Vec<String>,
    },
    /// A value that the plugin keeps.
    StateGet {
        /// What it is kept under.
        key: String,
    },
    /// Keeps a value.
    StateSet {
        /// What to keep it under.
        key: String,
        /// The value, in base64.
        #[serde(with = "crate::bytes")]
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        value: Vec<u8>,
    },
    /// Forgets a value.
    StateDelete {
        /// What it is kept under.
        key: String,
    },
    /// One entity.
    Entity {
        /// Its reference in full, such as `component:default/ledger`.
        entity: String,
    },
    /// A page of entities.
    Search(AgentSearch),
    /// The locations that the plugin reads.
    Locations,
    /// The locations that others read.
    OtherLocations,
}

/// A question to the catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentSearch {
    /// As Backstage's API has them.
    pub filters: Vec<String>,
    /// As people type it.
    pub text: Option<String>,
    /// The field to sort by, and whether the largest come first.
    pub order: Option<(String, bool)>,
    /// The fields to answer; all if there is none.
    pub fields: Vec<String>,
    /// Entities at most.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// The portal's answer to what a plugin asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AgentReply {
    /// It is done.
    Done,
    /// A cursor, an entity; none if there is none.
    Text(Option<String>),
    /// A value that is kept, in base64; none if there is none.
    Value {
        /// The value.
        #[serde(with = "crate::bytes::optional")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
        value: Option<Vec<u8>>,
    },
    /// Entities, as JSON.
    Page {
        /// The entities.
        entities: Vec<String>,
        /// How many there are in all.
        total: u64,
        /// Where the next page begins.
        next: Option<String>,
    },
    /// Locations.
    Locations(Vec<AgentLocation>),
    /// It is not done.
    Refused(AgentRefusal),
}

/// A location, and the entity that stands for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AgentLocation {
    /// Such as `url:https://…`.
    pub address: String,
    /// The entity's reference.
    pub entity: String,
}

/// Why something is not done, as the plugin hears it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AgentRefusal {
    /// What kind of reason it is.
    pub cause: AgentRefusalCause,
    /// The reason, and what to do.
    pub message: String,
    /// Seconds after which a new attempt is welcome.
    #[serde(default)]
    pub retry_after: Option<u32>,
}

/// What kind of reason there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AgentRefusalCause {
    /// It is not granted.
    Denied,
    /// What was handed over is wrong in itself.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// Not for now.
    Unavailable,
    /// The portal failed.
    Failed,
}

/// The first line of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentSession {
    /// What it speaks of.
    pub scope: String,
    /// How.
    pub mode: AgentMode,
    /// Where the reading stands once this is stored.
    pub cursor: Option<String>,
}

/// What a session says about what it does not name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AgentMode {
    /// It is gone.
    Full,
    /// It is gone if it came from one of these files.
    Files(Vec<String>),
    /// Nothing.
    Delta,
}

/// A line of a session, after the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum AgentLine {
    /// An entity exists.
    Put {
        /// The whole document, as text in JSON.
        document: String,
        /// The file in the scope, or any other stable name of the place.
        file: String,
        /// The line at which it begins.
        line: u32,
        /// A page on which a person can read it.
        url: Option<String>,
        /// The entity that led here.
        parent: Option<String>,
    },
    /// An entity is gone.
    Remove(String),
    /// Facts about an entity.
    Attach {
        /// The entity's reference.
        entity: String,
        /// A JSON object, as text.
        facts: String,
    },
    /// Facts are taken back.
    Detach(String),
    /// Something that could not be taken over, or is worth a warning.
    Problem(AgentProblem),
    /// All was said.
    End {
        /// Lines between the first and this one.
        lines: u64,
    },
}

/// Something that could not be taken over, or is worth a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentProblem {
    /// What became of it.
    pub cause: AgentProblemCause,
    /// The file.
    pub file: String,
    /// From 1; 0 where it is unknown.
    pub line: u32,
    /// From 1; 0 where it is unknown.
    pub column: u32,
    /// The place inside the document, as a JSON pointer.
    pub path: String,
    /// The entity that it concerns.
    pub entity: Option<String>,
    /// Who owns that.
    pub owner: Option<String>,
    /// A page on which a person can read the file.
    pub url: Option<String>,
    /// What was found, what is allowed, what to do.
    pub message: String,
}

/// What became of what there is a problem with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AgentProblemCause {
    /// It could not be read.
    Unreadable,
    /// It breaks a rule.
    Refused,
    /// It was taken.
    Warned,
}

/// What became of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AgentStored {
    /// It is stored, whole.
    Stored(crate::Summary),
    /// Nothing of it is.
    Refused(AgentRefusal),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentEnd {
    /// Lines of the log that were not told yet.
    pub lines: Vec<LogLine>,
    /// How.
    pub outcome: AgentOutcome,
}

/// How a run ended, as the agent saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum AgentOutcome {
    /// The plugin was called, and this came of it.
    Ended {
        /// As in [`crate::RunResult`].
        code: String,
        /// As in [`crate::RunResult`].
        message: String,
        /// Whether the same may well succeed soon.
        passing: bool,
        /// Seconds after which a new attempt is welcome.
        #[serde(rename = "retryAfter")]
        retry_after: Option<u32>,
        /// The most memory that it held, in bytes.
        #[serde(rename = "peakMemory")]
        peak_memory: u64,
        /// Computing time, in milliseconds.
        cpu: u64,
    },
    /// The agent stops, and another may work it.
    Returned,
}

/// An agent, as the portal knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PluginAgent {
    /// Its name in `portico.yaml`.
    pub name: String,
    /// Which of those that share the name was heard of last; none if none was.
    pub instance: Option<String>,
    /// When it was last heard of; none if it was not since the portal started.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub heard_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_run_ended_is_told_in_the_words_of_the_api() {
        let text = r#"{"ended":{"code":"failed","message":"","passing":true,"retryAfter":3,"peakMemory":1,"cpu":2}}"#;
        let outcome: AgentOutcome = serde_json::from_str(text).unwrap();
        assert!(matches!(outcome, AgentOutcome::Ended { retry_after: Some(3), peak_memory: 1, .. }), "{outcome:?}");
        assert_eq!(serde_json::to_string(&outcome).unwrap(), text);
    }

    #[test]
    fn values_are_bytes_and_travel_as_text() {
        let ask = AgentAsk::StateSet { key: "a".to_owned(), value: vec![0, 255, 7] };
        let text = serde_json::to_string(&ask).unwrap();
        assert_eq!(text, r#"{"stateSet":{"key":"a","value":"AP8H"}}"#);
        assert_eq!(serde_json::from_str::<AgentAsk>(&text).unwrap(), ask);
        for reply in
            [AgentReply::Value { value: None }, AgentReply::Value { value: Some(vec![0, 255]) }, AgentReply::Done]
        {
            let text = serde_json::to_string(&reply).unwrap();
            assert_eq!(serde_json::from_str::<AgentReply>(&text).unwrap(), reply, "{text}");
        }
    }
}
