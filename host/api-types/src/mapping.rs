//! Mappings: how they are declared, and what becomes of an object by them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How the objects of one kind become an entity, facts, or both.
///
/// Texts are jq expressions over the object, so a constant text is written with quotes inside: `'"production"'`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MappingDeclaration {
    /// The kind of object that it is for, as the plugin pushes it.
    pub object: String,
    /// jq: the object makes nothing here where it comes to false, null or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// jq that yields several values: each makes an entity or facts. Expressions are then over `{ item, object }`: a value, and the
    /// object that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// The entity that it makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<EntityMapping>,
    /// What it attaches to an entity, whoever owns that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<FactsMapping>,
}

/// The entity that a mapping makes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntityMapping {
    /// Its kind, as it stands: what a mapping may write is known before it runs.
    pub kind: String,
    /// Its `apiVersion`, as it stands; the first of the kind's where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// jq → a text or a whole number, which is made a valid name if it is none.
    pub name: String,
    /// jq → a text, which is made a valid namespace if it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// jq → a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// jq → a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// By key: jq → a text, a number or a truth value.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub labels: Map<String, Value>,
    /// By key: jq → a text, a number or a truth value.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub annotations: Map<String, Value>,
    /// jq → a list of words, which are made valid tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// jq → a list of mappings with `url` and, if there are, `title`, `icon` and `type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<String>,
    /// jq → the page on which a person can read the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its `spec`, nested as it is to be. Texts are jq; what else there is, is a constant.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub spec: Map<String, Value>,
    /// By the relation's name: jq → a reference or a list of references. They are written into the field of `spec` that the kind has for
    /// the relation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relations: BTreeMap<String, String>,
}

/// What a mapping attaches to an entity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactsMapping {
    /// jq → a reference or a list of references; a name alone is that of a component. Null for no entity.
    pub about: String,
    /// The facts, nested as they are to be. Texts are jq; what else there is, is a constant.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub values: Map<String, Value>,
}

/// Something that is wrong with a mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MappingFault {
    /// Where: `mappings[2].entity.spec.status`; `mappings` for all of them.
    pub place: String,
    /// The kind of object that the mapping is for; empty for all of them.
    pub object: String,
    /// What was found, what is allowed, what to do.
    pub message: String,
}

/// What becomes of an object, mapping by mapping.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MappingExplanations {
    /// Each mapping for its kind of object, in their order.
    pub items: Vec<MappingExplanation>,
}

/// What becomes of an object by one mapping.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MappingExplanation {
    /// The mapping: `mappings[2]`.
    pub place: String,
    /// Whether `when` lets the object through; also where there is no `when`.
    pub admitted: bool,
    /// One for each value of `each`; one where there is no `each`.
    pub items: Vec<ExplainedItem>,
    /// What concerns the mapping as a whole, in sentences.
    pub problems: Vec<String>,
}

/// What becomes of an object, or of one value of `each`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExplainedItem {
    /// What each expression came to.
    pub leaves: Vec<ExplainedLeaf>,
    /// The entity's document, if it makes one.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub entity: Option<Value>,
    /// The page on which a person can read the object.
    pub url: Option<String>,
    /// What it attaches to entities.
    pub facts: Vec<ExplainedFacts>,
    /// What was left out, and why, in sentences.
    pub problems: Vec<String>,
}

/// What one expression came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExplainedLeaf {
    /// Where it stands in the mapping: `entity.spec.status`.
    pub place: String,
    /// Its value; null where it failed.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub value: Value,
    /// Why it failed.
    pub error: Option<String>,
}

/// Facts, and whom they are about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExplainedFacts {
    /// The entity, as `kind:namespace/name`.
    pub entity_ref: String,
    /// What is attached to it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub facts: Map<String, Value>,
}

/// The mappings of a plugin or of an ingest source, with examples of what comes in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PluginMappings {
    /// Those that hold: the operator's in the place of the manifest's that they replace.
    pub mappings: Vec<MappingDeclaration>,
    /// The operator's own, as YAML; empty where there are none.
    pub own: String,
    /// Whether they can be changed through the portal.
    pub editable: bool,
    /// Objects that came in since the portal started; they are in memory alone.
    pub examples: Vec<ObjectExample>,
}

/// An object that a plugin pushed, or a tool sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectExample {
    /// Its kind.
    pub object: String,
    /// The object.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub data: Value,
}

/// Mappings to be tried on an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MappingTrial {
    /// The operator's mappings as YAML, in the place of what they replace.
    pub own: String,
    /// The object.
    pub example: ObjectExample,
}

/// What mappings make of an object; or what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MappingOutcome {
    /// What is wrong with the mappings; then nothing was tried.
    pub faults: Vec<MappingFault>,
    /// What each mapping makes of the object.
    pub items: Vec<MappingExplanation>,
}
