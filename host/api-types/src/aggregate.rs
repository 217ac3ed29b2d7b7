//! Aggregates: counts of entities and what their numbers come to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many entities there are, and what their numbers come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Aggregate {
    /// Entities.
    pub count: u64,
    /// Numbers that they have in the field asked for.
    pub numbers: u64,
    /// Their sum; none where there are no numbers.
    pub sum: Option<f64>,
    /// Their average.
    pub average: Option<f64>,
    /// The least of them.
    pub minimum: Option<f64>,
    /// The greatest of them.
    pub maximum: Option<f64>,
}

/// The entities that share a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AggregateGroup {
    /// The value.
    pub value: String,
    /// What they come to.
    #[serde(flatten)]
    pub aggregate: Aggregate,
}

/// Aggregates in groups and of the whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Aggregates {
    /// Most entities first; none where nothing groups them.
    pub groups: Vec<AggregateGroup>,
    /// Of all entities that pass.
    pub whole: Aggregate,
}

/// An aggregate at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Point {
    /// The time.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Entities that passed then.
    pub count: u64,
    /// The sum of their numbers in the field asked for.
    pub sum: f64,
}

/// Aggregates over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Points {
    /// In the order of time.
    pub items: Vec<Point>,
}
