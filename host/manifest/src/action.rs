//! Actions, as a manifest declares them: what the steps of templates can have done, with what goes in and what comes out.
//!
//! Rule: what an action takes and gives follows from the manifest alone, so that a template can be checked, and tried, before anything runs.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::{Value, json};

use crate::manifest::line;
use crate::written;

/// An action that a plugin offers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ActionDeclaration {
    /// What templates call it, such as `fetch:template`.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// What it does, in a sentence or two.
    #[serde(deserialize_with = "line")]
    pub description: String,
    /// The JSON Schema of its input.
    #[serde(default = "anything", deserialize_with = "schema")]
    pub input: Value,
    /// The JSON Schema of its output.
    #[serde(default = "anything", deserialize_with = "schema")]
    pub output: Value,
    /// Whether it knows of dry runs, in which nothing may happen outside of the workspace. One that does not is left out of them.
    #[serde(default)]
    pub dry_run: bool,
    /// Whether doing it twice comes to the same as doing it once, so that a step which was broken off may be done again without asking.
    #[serde(default)]
    pub repeatable: bool,
    /// The list that it answers under `results`, such as `github/branches`: what fields of forms offer, and Backstage's route of that name. It is
    /// asked as in a dry run.
    #[serde(default, deserialize_with = "autocompletes")]
    pub autocompletes: Option<String>,
    /// How templates use it.
    #[serde(default)]
    pub examples: Vec<ActionExample>,
}

/// How an action is used.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionExample {
    /// What it shows.
    #[serde(deserialize_with = "line")]
    pub description: String,
    /// The input, as it stands under `input` in a template.
    pub input: Value,
}

/// Longer ones are no names.
const LONGEST: usize = 100;

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    written::text(deserializer, "an action's name, such as `acme:deploy`", |id| {
        let plain = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        if id.len() <= LONGEST && id.split(':').all(plain) {
            return Ok(id.to_owned());
        }
        Err(format!(
            "`{id}` is no action's name; use letters, digits, `-`, `_` and `.`, in parts that begin with a letter, with `:` between them, at most \
             {LONGEST} characters"
        ))
    })
}

fn autocompletes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    written::text(deserializer, "a list's name, such as `github/branches`", |name| {
        let plain = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        match name.split_once('/') {
            Some((provider, resource)) if name.len() <= LONGEST && plain(provider) && plain(resource) => {
                Ok(Some(name.to_owned()))
            }
            _ => Err(format!(
                "`{name}` is no list's name; write who knows it and what is in it, such as `github/branches`, in letters, digits, `-` and `_`"
            )),
        }
    })
}

fn anything() -> Value {
    json!({ "type": "object" })
}

fn schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let schema = Value::deserialize(deserializer)?;
    if schema.get("type").is_none_or(|kind| kind == "object") && schema.is_object() {
        return Ok(schema);
    }
    Err(D::Error::custom("inputs and outputs are objects; write a JSON Schema with `type: object` and `properties`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Manifest;

    fn read(action: &str) -> Result<ActionDeclaration, String> {
        let text = format!(
            "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [actions]\nactions:\n  - {action}\n"
        );
        let manifest = Manifest::parse(&text, "manifest.yaml").map_err(|error| error.to_string())?;
        manifest.actions.into_iter().next().ok_or_else(|| "none".to_owned())
    }

    #[test]
    fn an_action_says_little_and_means_the_careful() {
        let action = read("{ id: 'acme:deploy', description: Deploys. }").unwrap();
        assert_eq!((action.dry_run, action.repeatable, &action.input), (false, false, &json!({ "type": "object" })));
    }

    #[test]
    fn what_is_no_action_is_refused_in_words() {
        for (action, expected) in [
            ("{ id: 'acme:', description: Deploys. }", "`acme:` is no action's name"),
            ("{ id: 'a b', description: Deploys. }", "`a b` is no action's name"),
            ("{ id: deploy, description: Deploys., input: { type: string } }", "inputs and outputs are objects"),
            ("{ id: deploy, description: Deploys., inputs: {} }", "inputs"),
            (
                "{ id: list, description: Lists., dryRun: true, autocompletes: branches }",
                "`branches` is no list's name",
            ),
            ("{ id: list, description: Lists., dryRun: true, autocompletes: a/b/c }", "`a/b/c` is no list's name"),
            ("{ id: list, description: Lists., autocompletes: a/b }", "say `dryRun: true`"),
        ] {
            let error = read(action).unwrap_err();
            assert!(error.contains(expected), "{action}: {error}");
        }
    }
}
