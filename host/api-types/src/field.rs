//! Fields: what entities have, so that it can be a column of a list, or narrow one.

use serde::{Deserialize, Serialize};

/// A field that some entities have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Field {
    /// Its path with dots, as entities spell it, such as `facts.pagerduty.incidents.open`.
    pub path: String,
    /// How many of the entities have it.
    pub entities: u64,
    /// What it holds in one of them, which stands for all.
    pub shape: FieldShape,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum FieldShape {
    /// Words, or a list of such.
    Text,
    /// Numbers.
    Number,
    /// Yes or no.
    Flag,
    /// Points in time.
    Time,
}

/// The fields that entities have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fields {
    /// Facts first, then what is derived, then what documents say; each by path.
    pub items: Vec<Field>,
}
