//! What lists offer to fields of forms, as Backstage's scaffolder has it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is offered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AutocompleteResults {
    /// One by one.
    pub results: Vec<AutocompleteOption>,
}

/// One of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AutocompleteOption {
    /// What a form says for it.
    pub id: String,
    /// What people call it, if that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A list that is asked for with `POST /api/scaffolder/v2/autocomplete/{resource}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormAutocomplete {
    /// Who knows it and what is in it, such as `github/branches`.
    pub resource: String,
    /// What it depends on, such as `owner`.
    pub context: BTreeMap<String, String>,
}
