//! The steps of a task, read once: every mistake that can be known before anything is done is known here.

use std::time::Duration;

use portico_api_types::TaskSpec;
use portico_manifest::Period;
use portico_templates::{Condition, Each, Template, TemplateError};
use serde_json::{Value, json};

use crate::error::ScaffoldError;

/// What a task does.
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    pub(crate) output: Template,
}

/// A step.
pub(crate) struct Step {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) action: String,
    pub(crate) input: Template,
    pub(crate) condition: Condition,
    pub(crate) each: Option<Each>,
    pub(crate) timeout: Option<Duration>,
    /// How often it is tried once more.
    pub(crate) retries: u32,
    /// Whether it reads secrets.
    pub(crate) reads_secrets: bool,
}

impl Plan {
    /// Reads the steps; an error names the step.
    pub(crate) fn parse(spec: &TaskSpec) -> Result<Plan, ScaffoldError> {
        let step = |written: &portico_api_types::StepSpec| {
            let at = |key: &'static str| {
                let id = written.id.clone();
                move |error: TemplateError| ScaffoldError::Template(format!("`{key}` of the step `{id}`: {error}"))
            };
            let nothing = json!({});
            let input = Template::parse(written.input.as_ref().unwrap_or(&nothing)).map_err(at("input"))?;
            let condition = written.condition.as_ref().map(Condition::parse).transpose().map_err(at("if"))?;
            let each = written.each.as_ref().map(Each::parse).transpose().map_err(at("each"))?;
            let timeout = written.timeout.as_deref().map(str::parse::<Period>).transpose();
            let timeout = timeout.map_err(ScaffoldError::Template)?;
            let condition = condition.unwrap_or_else(Condition::none);
            Ok(Step {
                reads_secrets: !input.secrets().is_empty()
                    || !condition.secrets().is_empty()
                    || each.as_ref().is_some_and(|each| !each.template().secrets().is_empty()),
                id: written.id.clone(),
                name: written.name.clone(),
                action: written.action.clone(),
                input,
                condition,
                each,
                timeout: timeout.map(|timeout| timeout.as_duration()),
                retries: written.retries.unwrap_or_default(),
            })
        };
        let output = match &spec.output {
            Value::Null => json!({}),
            output => output.clone(),
        };
        Ok(Plan {
            steps: spec.steps.iter().map(step).collect::<Result<_, ScaffoldError>>()?,
            output: Template::parse(&output).map_err(|error| ScaffoldError::Template(format!("`output`: {error}")))?,
        })
    }

    /// Whether anything from a step on reads secrets.
    pub(crate) fn reads_secrets_from(&self, step: usize) -> bool {
        self.steps.iter().skip(step).any(|step| step.reads_secrets) || !self.output.secrets().is_empty()
    }
}
