//! Extension point: actions, the steps of templates.
//!
//! ```
//! use portico_sdk::actions::{Invocation, Output};
//! use portico_sdk::{Error, Result, info, workspace};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize)]
//! #[serde(rename_all = "camelCase")]
//! struct Greeting {
//!     name: String,
//!     target_path: String,
//! }
//!
//! #[derive(Serialize)]
//! struct Written {
//!     bytes: usize,
//! }
//!
//! fn perform(invocation: &Invocation) -> Result<Output> {
//!     match invocation.action.as_str() {
//!         "acme:greet" => {
//!             let greeting: Greeting = invocation.input()?;
//!             let text = format!("Hello {}\n", greeting.name);
//!             workspace::write(&greeting.target_path, text.as_bytes())?;
//!             info!("{} is greeted", greeting.name);
//!             Output::of(&Written { bytes: text.len() })
//!         }
//!         other => Err(Error::Invalid(format!("there is no action {other} here"))),
//!     }
//! }
//!
//! portico_sdk::plugin! { actions: perform }
//! ```
//!
//! The manifest names each action with the schemas of its input and output; what comes in was checked against the one, what goes out is
//! checked against the other. The files of the task are [`workspace`](crate::workspace)'s.
//!
//! Rule: a sentence of an error names what is wrong with a step's input by its key, as the author of the template wrote it.

use portico_model::EntityRef;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::bindings::actions::exports::portico::plugin::actions as contract;
use crate::bindings::portico::plugin::types;
use crate::error::{Error, Result};

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The action, such as `fetch:template`.
    pub action: String,
    /// Its input, as the schema of the action has it. It may hold secrets that somebody gave for this task.
    pub input: Value,
    /// The task's id.
    pub task: String,
    /// The step's id.
    pub step: String,
    /// How often the step was begun before, for what must not happen twice.
    pub attempt: u32,
    /// Who runs the template; none where nobody is signed in.
    pub user: Option<EntityRef>,
    /// Where the template was read; addresses in its input that are relative are relative to this.
    pub base: Option<String>,
    /// The template, as a reference; absent for one that is not in the catalog.
    pub template: Option<String>,
    /// Whether nothing may happen outside of the workspace.
    pub dry_run: bool,
}

impl Invocation {
    /// An action's first attempt with an input, by nobody, for tests and for actions that call others.
    pub fn new(action: impl Into<String>, input: Value) -> Invocation {
        Invocation {
            action: action.into(),
            input,
            task: "task".to_owned(),
            step: "step".to_owned(),
            attempt: 0,
            user: None,
            base: None,
            template: None,
            dry_run: false,
        }
    }

    /// Of a template that was read there.
    #[must_use]
    pub fn based(self, base: impl Into<String>) -> Invocation {
        Invocation { base: Some(base.into()), ..self }
    }

    /// Of this template of the catalog.
    #[must_use]
    pub fn of(self, template: impl Into<String>) -> Invocation {
        Invocation { template: Some(template.into()), ..self }
    }

    /// In a dry run.
    #[must_use]
    pub fn dry(self) -> Invocation {
        Invocation { dry_run: true, ..self }
    }

    /// The input as a type of the plugin's own. What is wrong is said with its key.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T> {
        serde_path_to_error::deserialize(&self.input).map_err(|error| {
            let path = error.path().to_string();
            let place = if path == "." { "input".to_owned() } else { format!("input.{path}") };
            Error::Invalid(format!("{place}: {}", error.inner()))
        })
    }
}

/// What an action answers: one JSON object, which later steps have as `steps.<id>.output`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output(Map<String, Value>);

impl Output {
    /// An object with nothing in it.
    pub fn none() -> Output {
        Output::default()
    }

    /// What a type of the plugin's own comes to, which has to be an object.
    pub fn of<T: Serialize + ?Sized>(output: &T) -> Result<Output> {
        match serde_json::to_value(output)? {
            Value::Object(output) => Ok(Output(output)),
            other => Err(Error::Failed(format!("an action answers a JSON object, and this is {other}"))),
        }
    }

    /// With one more value.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Output {
        self.0.insert(key.into(), value.into());
        self
    }

    /// The object.
    pub fn value(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// Has an action done.
#[doc(hidden)]
pub fn enter(
    perform: fn(&Invocation) -> Result<Output>,
    invocation: contract::Invocation,
) -> core::result::Result<String, types::Error> {
    crate::plugin::begin();
    let performed = || {
        let output = perform(&inwards(invocation)?)?;
        Ok(serde_json::to_string(&output.0)?)
    };
    performed().map_err(|error: Error| error.into())
}

fn inwards(invocation: contract::Invocation) -> Result<Invocation> {
    let contract::Invocation { action, input, task, step, attempt, user, template, base, dry_run } = invocation;
    let user = user.map(|user| {
        EntityRef::parse(&user)
            .map_err(|error| Error::Failed(format!("the portal names a user that can be none: {error}")))
    });
    Ok(Invocation {
        action,
        input: serde_json::from_str(&input)?,
        task,
        step,
        attempt,
        user: user.transpose()?,
        base,
        template,
        dry_run,
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Input {
        #[serde(rename = "files")]
        _files: Vec<u32>,
    }

    #[test]
    fn an_action_hears_what_the_portal_says_and_answers_an_object() {
        let perform = |invocation: &Invocation| {
            assert_eq!(invocation.user.as_ref().map(EntityRef::as_str), Some("user:default/ada"));
            assert_eq!((invocation.attempt, invocation.dry_run), (2, true));
            Ok(Output::of(&json!({ "a": invocation.input }))?.with("b", 1))
        };
        let invocation = contract::Invocation {
            action: "acme:deploy".into(),
            input: "{}".into(),
            task: "t".into(),
            step: "s".into(),
            attempt: 2,
            user: Some("user:default/ada".into()),
            base: None,
            template: None,
            dry_run: true,
        };
        assert_eq!(enter(perform, invocation), Ok(r#"{"a":{},"b":1}"#.to_owned()));
        assert!(Output::of(&[1]).is_err());
    }

    #[test]
    fn what_is_wrong_with_an_input_is_said_with_its_key() {
        let wrong = Invocation::new("acme:deploy", json!({ "files": [1, "x"] })).input::<Input>().unwrap_err();
        let said = "input.files[1]: invalid type: string \"x\", expected u32";
        assert_eq!(wrong, Error::Invalid(said.to_owned()));
    }
}
