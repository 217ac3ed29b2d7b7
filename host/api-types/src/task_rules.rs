//! What tasks have beside Backstage's own: who has to approve them, and how long what they make lives.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long what a task makes lives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskExpiry {
    /// A span such as `7d`, or an expression that comes to one.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub after: Value,
    /// How many seconds before its end people are warned.
    pub warn: u64,
    /// The template that takes it down, as a reference.
    pub tear_down: String,
}

/// Who has to approve a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Any of these people and groups, as references.
    pub by: Vec<String>,
    /// How many of them.
    pub count: u32,
    /// Whether who asked may be one of them.
    pub own: bool,
    /// When the task is given up, unless it is approved.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
    /// What was decided so far.
    pub decisions: Vec<Decision>,
}

impl Approval {
    /// Whether enough people have approved.
    pub fn is_given(&self) -> bool {
        let approved = self.decisions.iter().filter(|decision| decision.approved).count();
        u32::try_from(approved).is_ok_and(|approved| approved >= self.count)
    }

    /// Whether somebody has declined.
    pub fn is_declined(&self) -> bool {
        self.decisions.iter().any(|decision| !decision.approved)
    }
}

/// What somebody decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    /// Who, as a reference.
    pub by: String,
    /// Whether they approved.
    pub approved: bool,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An entity that is taken down at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Expiry {
    /// The entity, as a reference.
    pub entity_ref: String,
    /// The task that made it.
    pub task_id: String,
    /// Who asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// When it is taken down.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// When people are warned.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub warn_at: Timestamp,
    /// The template that takes it down, as a reference.
    pub tear_down: String,
    /// The task that does, once it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tear_down_task: Option<String>,
    /// Why it is due and still there: its end could not be begun, or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}
