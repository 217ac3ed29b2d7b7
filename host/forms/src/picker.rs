//! Fields of their own (`ui:field`), with their options.
//!
//! Rule: a field that is not known here is the plain one of its schema, with a remark.

use portico_api_types::template_form::{FormEntities, MASK};
use portico_model::DEFAULT_NAMESPACE;
use serde_json::Value;

use crate::autocomplete::Autocomplete;
use crate::filter::filter;
use crate::repository::Repository;
use crate::words;

/// A field of its own.
pub(crate) enum Picker {
    Hidden,
    Nothing,
    Secret,
    Entities { offer: FormEntities, is_owner: bool, remarks: Vec<String> },
    EntityName,
    Tags { filter: Vec<String>, shows_counts: bool },
    Repository(Repository),
    Branch,
    Autocomplete(Autocomplete),
    RepositoryOwner { hosts: Vec<String>, owners: Vec<String> },
}

/// Fields that are the plain ones by another name.
const PLAIN: [&str; 7] =
    ["StringField", "NumberField", "BooleanField", "ArrayField", "ObjectField", "SchemaField", "NullField"];

/// Fields that are known here.
const KNOWN: [&str; 12] = [
    "Secret",
    "EntityPicker",
    "MultiEntityPicker",
    "OwnerPicker",
    "OwnedEntityPicker",
    "MyGroupsPicker",
    "EntityNamePicker",
    "EntityTagsPicker",
    "RepoUrlPicker",
    "RepoBranchPicker",
    "RepoOwnerPicker",
    "AutocompletePicker",
];

impl Picker {
    /// The field of a schema, if it is none that all forms have.
    pub(crate) fn of(schema: &Value) -> Option<Picker> {
        if words::text(schema, "widget") == Some("hidden") {
            return Some(Picker::Hidden);
        }
        let Some(field) = words::text(schema, "field") else {
            return (schema["type"] == "null").then_some(Picker::Nothing);
        };
        Some(match field {
            "Secret" => Picker::Secret,
            "EntityPicker" | "MultiEntityPicker" => entities(schema, &[], None, false),
            "OwnerPicker" => entities(schema, &["Group", "User"], None, true),
            "OwnedEntityPicker" => entities(schema, &[], Some("owner:@me"), false),
            "MyGroupsPicker" => entities(schema, &["Group"], Some("hasMember:@me"), false),
            "EntityNamePicker" => Picker::EntityName,
            "EntityTagsPicker" => {
                let kinds = words::texts(schema, "kinds");
                let kinds: Vec<String> = kinds.iter().map(|kind| format!("kind={kind}")).collect();
                let filter = if kinds.is_empty() { Vec::new() } else { vec![kinds.join(",")] };
                Picker::Tags { filter, shows_counts: words::is_said(schema, "showCounts") }
            }
            "RepoUrlPicker" => Picker::Repository(Repository::of(schema)),
            "RepoBranchPicker" => Picker::Branch,
            "RepoOwnerPicker" => Picker::RepositoryOwner {
                hosts: words::texts(schema, "host"),
                owners: words::texts(schema, "allowedOwners"),
            },
            "AutocompletePicker" => Picker::Autocomplete(Autocomplete::of(schema)),
            _ => return None,
        })
    }

    /// The `ui:field` of a schema that nothing here knows.
    pub(crate) fn unknown(schema: &Value) -> Option<String> {
        let field = words::text(schema, "field").filter(|field| !PLAIN.contains(field) && !KNOWN.contains(field))?;
        Some(format!("The portal has no field `{field}`, which the template asks for; this is the plain one."))
    }

    /// Whether its value is a list.
    pub(crate) fn is_list(&self) -> bool {
        match self {
            Picker::Tags { .. } => true,
            Picker::Entities { offer, .. } => offer.is_several,
            Picker::Autocomplete(list) => list.is_several,
            _ => false,
        }
    }
}

fn entities(schema: &Value, kinds: &[&str], query: Option<&str>, is_owner: bool) -> Picker {
    let (filter, remarks) = filter(schema, kinds);
    let is_said = |word: &str, otherwise: bool| words::hint(schema, word).and_then(Value::as_bool).unwrap_or(otherwise);
    let default_namespace = match words::hint(schema, "defaultNamespace") {
        Some(Value::Bool(false)) => None,
        Some(Value::String(namespace)) => Some(namespace.clone()),
        _ => Some(DEFAULT_NAMESPACE.to_owned()),
    };
    let default_kind = words::text(schema, "defaultKind").or(is_owner.then_some("Group"));
    let offer = FormEntities {
        filter,
        query: query.map(str::to_owned),
        is_several: schema["type"] == "array" || words::text(schema, "field") == Some("MultiEntityPicker"),
        takes_others: query.is_none() && is_said("allowArbitraryValues", true),
        takes_only: is_said("autoSelect", false),
        default_kind: default_kind.map(str::to_owned),
        default_namespace,
    };
    Picker::Entities { offer, is_owner, remarks }
}

/// Whether a value is what stands for a secret.
pub(crate) fn is_mask(value: &Value) -> bool {
    value == MASK
}
