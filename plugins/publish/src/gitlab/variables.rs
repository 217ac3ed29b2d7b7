//! Variables of projects: `gitlab:projectVariable:create`, and those of `publish:gitlab`.
//!
//! Rule: a variable that is there gets the value that the step says. Values are secrets, and stand in no sentence.

use portico_sdk::Result;
use portico_sdk::actions::{Invocation, Output};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{begin, written};
use crate::api::{part, said_only};
use crate::step::Step;

/// A variable, as steps write it.
#[derive(Deserialize)]
pub(super) struct Variable {
    key: String,
    value: String,
    description: Option<String>,
    #[serde(alias = "variableType")]
    variable_type: Option<String>,
    #[serde(alias = "variableProtected")]
    protected: Option<bool>,
    masked: Option<bool>,
    #[serde(alias = "maskedAndHidden")]
    masked_and_hidden: Option<bool>,
    raw: Option<bool>,
    #[serde(alias = "environmentScope")]
    environment_scope: Option<String>,
}

/// Sets a variable, also one that is there.
pub(super) fn set(step: &Step<'_>, project: &str, variable: &Variable) -> Result<()> {
    let Variable { key, value, .. } = variable;
    let scope = variable.environment_scope.as_deref().unwrap_or("*");
    let body = said_only(json!({
        "key": key,
        "value": value,
        "description": variable.description,
        "variable_type": variable.variable_type,
        "protected": variable.protected,
        "masked": variable.masked,
        "masked_and_hidden": variable.masked_and_hidden.filter(|is| *is),
        "raw": variable.raw,
        "environment_scope": scope,
    }));
    let (path, api) = (format!("/projects/{}/variables", part(project)), &step.api);
    let set = match api.post(&path, &body) {
        Err(fault) if fault.is(&[400, 409]) && fault.says("already been taken") => {
            let mut body = body;
            if let Some(body) = body.as_object_mut() {
                // A variable is hidden when it is made, or never.
                body.remove("masked_and_hidden");
            }
            api.put(&format!("{path}/{}?filter%5Benvironment_scope%5D={}", part(key), part(scope)), &body)
        }
        set => set,
    };
    set.map_err(api.to(format!("set the variable {key}")))?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Of {
    project_id: Value,
}

pub(crate) fn create(invocation: &Invocation) -> Result<Output> {
    let step = begin(invocation)?;
    let (of, variable): (Of, Variable) = (step.input()?, step.input()?);
    if step.is_dry(&format!("set the variable {}", variable.key)) {
        return Ok(Output::none());
    }
    let project = written(Some(&of.project_id)).map_or_else(|| step.target.slug(), Ok)?;
    set(&step, &project, &variable)?;
    Ok(Output::none())
}
