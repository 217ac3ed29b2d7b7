//! Templates, as the catalog has them.

use portico_api_types::{TaskSpec, TaskUser};
use portico_catalog::Catalog;
use portico_model::EntityRef;
use serde_json::{Map, Value};

use crate::error::ScaffoldError;
use crate::spec;

/// A template of the catalog.
#[derive(Clone, Debug)]
pub struct Template {
    entity: Value,
}

impl Template {
    /// The template that a reference names.
    pub fn of(catalog: &Catalog, reference: &EntityRef) -> Result<Template, ScaffoldError> {
        if reference.kind() != "template" {
            let said = "Invalid kind, only 'Template' kind is supported";
            return Err(ScaffoldError::NotATemplate(said.to_owned()));
        }
        let found = catalog.entity(reference)?.ok_or_else(|| ScaffoldError::NoTemplate(reference.to_string()))?;
        let entity = serde_json::from_slice(&found).map_err(|error| ScaffoldError::Portal(error.to_string()))?;
        Ok(Template { entity })
    }

    /// The whole entity.
    pub fn entity(&self) -> &Value {
        &self.entity
    }

    /// What is filled in.
    pub fn parameters(&self) -> &Value {
        &self.entity["spec"]["parameters"]
    }

    /// What a task of it does, with what was filled in.
    pub fn task(&self, parameters: Map<String, Value>, user: TaskUser) -> Result<TaskSpec, ScaffoldError> {
        spec::of_template(&self.entity, spec::base(&self.entity), parameters, user)
    }
}
