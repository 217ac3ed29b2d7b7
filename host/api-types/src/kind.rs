//! Kinds: how they are declared, and how they are listed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A kind as a company or a plugin declares it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KindDeclaration {
    /// As documents write it: `Cluster`.
    pub name: String,
    /// As addresses write it; the name in lower case with an `s` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plural: Option<String>,
    /// For one of them, to people; the name where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// For several, to people; the title with an `s` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_plural: Option<String>,
    /// One sentence on what it stands for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// One of the portal's icons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The `apiVersion`s that documents may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_versions: Vec<String>,
    /// The JSON Schema of `spec`; anything goes where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub schema: Option<Value>,
    /// The fields of `spec` that point at other entities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<RelationDeclaration>,
    /// The columns of its list, after the name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnDeclaration>,
    /// What is derived for each entity, and found under `properties`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<PropertyDeclaration>,
    /// The kinds that its properties look at, on every step of their way; any, where it is left out. Of a plugin's kinds the portal says
    /// it: those that the plugin may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Vec<String>>,
}

/// A field of `spec` that points at other entities.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RelationDeclaration {
    /// Where it stands in `spec`, with dots between: `placement.region`. Lists on the way are walked through.
    pub field: String,
    /// The relation to what it names: `runsIn`.
    pub relation: String,
    /// The relation back: `hosts`.
    pub inverse: String,
    /// The relation, to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The relation back, to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverse_title: Option<String>,
    /// The kinds that it may point at; any if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// The kind of a reference that names none; the only target where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_kind: Option<String>,
    /// Whether there may be several.
    #[serde(default)]
    pub many: bool,
    /// Whether there has to be one.
    #[serde(default)]
    pub required: bool,
}

/// A column of a kind's list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ColumnDeclaration {
    /// Its head.
    pub title: String,
    /// What stands in it: `spec.nodes`, `properties.cost`, `relations.runsIn`.
    pub path: String,
}

/// Something that is derived for each entity of a kind; exactly one of the rules says how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PropertyDeclaration {
    /// Its name under `properties`.
    pub name: String,
    /// The same to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A jq expression over the entity, with its relations, facts and the properties before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jq: Option<String>,
    /// A value of the entities that relations lead to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<Lookup>,
    /// How many entities relations lead to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Related>,
    /// The sum of a value of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<RelatedValue>,
    /// The average of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<RelatedValue>,
    /// The least of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<RelatedValue>,
    /// The greatest of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<RelatedValue>,
}

/// A value of the entities that relations lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lookup {
    /// The relations, one after the other, with dots between: `ownedBy`, `partOf.ownedBy`.
    pub along: String,
    /// The value: `metadata.title`.
    pub path: String,
    /// All values as a list; otherwise the first, in the order of the entities' references.
    #[serde(default)]
    pub many: bool,
    /// Which of the entities count, as people type it into the catalog's field; all of them where it is left out.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Entities that relations lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Related {
    /// The relations, one after the other, with dots between.
    pub along: String,
    /// Which of the entities count, as people type it into the catalog's field; all of them where it is left out.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// A number of entities that relations lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RelatedValue {
    /// The relations, one after the other, with dots between.
    pub along: String,
    /// The number: `facts.cost.month`.
    pub path: String,
    /// Which of the entities count; all of them where it is left out.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// A kind of the portal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct KindDetail {
    /// As documents write it.
    pub name: String,
    /// As addresses write it.
    pub plural: String,
    /// For one of them, to people.
    pub title: String,
    /// For several, to people.
    pub title_plural: String,
    /// One sentence on what it stands for; may be empty.
    pub description: String,
    /// One of the portal's icons; none for the usual one.
    pub icon: Option<String>,
    /// Who brought it.
    pub origin: KindOrigin,
    /// The columns of its list, after the name; empty for the usual ones.
    pub columns: Vec<ColumnDeclaration>,
    /// The names of its properties, with their titles.
    pub properties: Vec<PropertyTitle>,
    /// What its relations are called, both ways.
    pub relations: Vec<RelationTitle>,
}

/// What a derived property is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PropertyTitle {
    /// Its name under `properties`.
    pub name: String,
    /// The same to people.
    pub title: String,
}

/// What a relation is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RelationTitle {
    /// Such as `runsIn`.
    pub relation: String,
    /// The same to people.
    pub title: String,
}

/// Who brought a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum KindOrigin {
    /// Every portal has it.
    BuiltIn,
    /// A file in a folder that `portico.yaml` names.
    File,
    /// The API.
    Api,
    /// A plugin's manifest.
    Plugin {
        /// The plugin's name.
        plugin: String,
    },
}

/// The kinds of the portal, in the order in which people list them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KindList {
    /// All of them.
    pub items: Vec<KindDetail>,
}

/// What becomes of what the catalog holds with a kind, before it is declared or after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct KindEffect {
    /// Documents of the kind that sources hold.
    pub documents: u64,
    /// How many of them break its rules; they stay as they are, and say why.
    pub invalid: u64,
    /// The first of these.
    pub examples: Vec<InvalidDocument>,
}

/// A document that breaks the rules of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct InvalidDocument {
    /// The entity, as `kind:namespace/name`.
    pub entity_ref: String,
    /// The file that it comes from.
    pub file: String,
    /// The line at which it begins.
    pub line: u32,
    /// The rules that it breaks, in sentences.
    pub messages: Vec<String>,
}
