//! Lists that fields offer and somebody else knows: a plugin, or the catalog.
//!
//! Rule: which list is meant, and in which context, follows from the schema and what is filled in; what is in it is asked for by whoever draws. What
//! is typed is taken as well, since a list may be long, or not to be had.

use std::collections::BTreeMap;

use portico_api_types::template_form::FormAutocomplete;
use portico_templates::{Context, Template};
use serde_json::{Map, Value};

use crate::repository;
use crate::words;

/// What a field of its own says of its list.
pub(crate) struct Autocomplete {
    resource: String,
    context: Value,
    pub(crate) is_several: bool,
}

impl Autocomplete {
    pub(crate) fn of(schema: &Value) -> Autocomplete {
        Autocomplete {
            resource: words::text(schema, "resource").unwrap_or_default().to_owned(),
            context: words::hint(schema, "context").cloned().unwrap_or_else(|| Value::Object(Map::new())),
            is_several: schema["type"] == "array",
        }
    }

    /// What is asked for with these values; none where no list is named, or what the context names is not there.
    pub(crate) fn asks(&self, values: &Value) -> Option<FormAutocomplete> {
        if self.resource.is_empty() {
            return None;
        }
        let context = Context::new().with("parameters", values).ok()?;
        let said = Template::parse(&self.context).ok()?.evaluate(&context).ok()??;
        let text = |(key, value): (&String, &Value)| match value {
            Value::String(text) if !text.is_empty() => Some((key.clone(), text.clone())),
            Value::Number(_) | Value::Bool(_) => Some((key.clone(), value.to_string())),
            _ => None,
        };
        let context: BTreeMap<String, String> = said.as_object()?.iter().filter_map(text).collect();
        let is_whole = context.len() == self.context.as_object()?.len();
        is_whole.then(|| FormAutocomplete { resource: self.resource.clone(), context })
    }

    /// What keeps it from being asked for, whatever is filled in.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let example = "name one under `ui:options`, such as `resource: kubernetes/namespaces`";
        let fault = match &self.resource {
            resource if resource.is_empty() => Some(format!("The field offers no list; {example}.")),
            _ if !self.context.is_object() => Some("`context` of the field's `ui:options` is no mapping.".to_owned()),
            _ => Template::parse(&self.context)
                .err()
                .map(|error| format!("`context` of the field's `ui:options`: {error}")),
        };
        fault.into_iter().collect()
    }
}

/// A list of a forge, once the host and these parts of an address are known.
pub(crate) fn of_forge(list: &str, address: Option<&Value>, wanted: &[&str]) -> Option<FormAutocomplete> {
    let parts = repository::parts(address?.as_str()?);
    let part = |part: &&str| Some(((*part).to_owned(), parts.get(*part)?.clone()));
    let context = wanted.iter().chain([&"host"]).map(part).collect::<Option<BTreeMap<String, String>>>()?;
    Some(FormAutocomplete { resource: format!("forge/{list}"), context })
}

/// The owners at a host.
pub(crate) fn owners(host: &str) -> FormAutocomplete {
    FormAutocomplete {
        resource: "forge/owners".to_owned(),
        context: BTreeMap::from([("host".to_owned(), host.to_owned())]),
    }
}
