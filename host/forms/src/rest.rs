//! What the API answers for the parameters of a template.
//!
//! Rule: as Backstage has it, for its own pages: schemas go out as the template has them.

use serde::Serialize;
use serde_json::Value;

use crate::form::Form;

/// What a page without a title is called, there as here.
pub(crate) const TITLE: &str = "Please enter the following information";

/// The answer for a template's parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterSchema {
    /// The template's title, or its name.
    pub title: String,
    /// How the template wants its pages shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presentation: Option<Value>,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Value>,
    /// Hints for all pages.
    #[serde(rename = "ui:options", skip_serializing_if = "Option::is_none")]
    pub options: Option<Value>,
    /// The pages.
    pub steps: Vec<ParameterStep>,
    /// What other portals run over the values before they are sent.
    #[serde(rename = "formDecorators", skip_serializing_if = "Option::is_none")]
    pub decorators: Option<Value>,
}

/// A page of the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterStep {
    /// Its title.
    pub title: Value,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Value>,
    /// Its schema.
    pub schema: Value,
}

impl Form {
    /// The answer for a template, as the catalog holds it.
    pub fn parameter_schema(entity: &Value) -> ParameterSchema {
        let (metadata, spec) = (&entity["metadata"], &entity["spec"]);
        let said = |value: &Value| (!value.is_null()).then(|| value.clone());
        let step = |schema: &Value| ParameterStep {
            title: said(&schema["title"]).unwrap_or_else(|| Value::from(TITLE)),
            description: said(&schema["description"]),
            schema: schema.clone(),
        };
        let steps = match &spec["parameters"] {
            Value::Null => Vec::new(),
            Value::Array(pages) => pages.iter().map(step).collect(),
            page => vec![step(page)],
        };
        let title = metadata["title"].as_str().or_else(|| metadata["name"].as_str()).unwrap_or_default();
        ParameterSchema {
            title: title.to_owned(),
            presentation: said(&spec["presentation"]),
            description: said(&metadata["description"]),
            options: said(&metadata["ui:options"]),
            steps,
            decorators: said(&spec["formDecorators"]).or_else(|| said(&spec["EXPERIMENTAL_formDecorators"])),
        }
    }
}
