//! What each action asks of its forge, over the SDK's portal.

mod every;
mod gitea;
mod github;
mod gitlab;
mod lists;
mod plain;
mod pull_requests;
mod repositories;

use std::collections::BTreeMap;
use std::fs;

use portico_sdk::actions::Invocation;
use portico_sdk::testing::{Answer, Portal};
use portico_sdk::{Error, Result};
use serde_json::{Value, json};

use crate::{ACTIONS, perform};

const GITHUB: &str = "https://api.github.com";
const GITLAB: &str = "https://gitlab.com/api/v4";
const GITEA: &str = "https://gitea.com/api/v1";

/// What a forge answers: method, address, and the answer.
type Answers = Vec<(&'static str, String, Answer)>;

/// A portal with these answers, and a file in its workspace.
fn portal(answers: &Answers) -> Portal {
    let portal =
        answers.iter().fold(Portal::new(), |portal, (method, url, answer)| portal.answer(method, url, answer.clone()));
    put(&portal, "README.md", "# Ledger\n");
    portal
}

/// Puts a file into the workspace.
fn put(portal: &Portal, path: &str, content: &str) {
    let path = portal.workspace().join(path);
    fs::create_dir_all(path.parent().expect("it lies in the workspace")).expect("folders");
    fs::write(path, content).expect("a file");
}

/// Has an action done. What goes in and comes out is as the manifest says.
fn done(portal: &Portal, action: &str, input: Value) -> Result<Value> {
    perform_as(portal, &Invocation::new(action, input))
}

fn perform_as(portal: &Portal, invocation: &Invocation) -> Result<Value> {
    let declared = &manifest()[&invocation.action];
    fits(&declared["input"], &invocation.input, &invocation.action);
    let output = portal.run(|| perform(invocation))?;
    let output = Value::Object(output.value().clone());
    fits(&declared["output"], &output, &invocation.action);
    Ok(output)
}

/// Whether an object has what a schema requires, and nothing that it does not know.
fn fits(schema: &Value, object: &Value, what: &str) {
    let object = object.as_object().expect("an object");
    for required in schema["required"].as_array().into_iter().flatten() {
        assert!(object.contains_key(required.as_str().expect("a name")), "{what} lacks {required}: {object:?}");
    }
    for (key, value) in object {
        let known = schema["properties"].get(key).unwrap_or_else(|| panic!("{what} knows no {key}"));
        // What a step before answers is known when it has.
        let is_open = value.as_str().is_some_and(|text| text.starts_with("${{"));
        let is = |kind: &Value| match kind.as_str() {
            Some("string") => value.is_string(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        };
        let kinds = known["type"].as_array().cloned().unwrap_or_else(|| vec![known["type"].clone()]);
        assert!(is_open || kinds.iter().any(is), "{what}: {key} is {value}");
    }
}

/// The actions of the manifest, by their names.
fn manifest() -> BTreeMap<String, Value> {
    let manifest: Value = serde_yaml::from_str(include_str!("../../manifest.yaml")).expect("YAML");
    let actions = manifest["actions"].as_array().expect("a list");
    actions.iter().map(|action| (action["id"].as_str().expect("a name").to_owned(), action.clone())).collect()
}

/// What was asked: `GET /path`, without the host.
fn asked(portal: &Portal) -> Vec<String> {
    let path =
        |url: &str| [GITHUB, GITLAB, GITEA].iter().find_map(|base| url.strip_prefix(base)).unwrap_or(url).to_owned();
    portal.requests().iter().map(|asked| format!("{} {}", asked.method, path(&asked.url))).collect()
}

/// The body of the only request of this kind.
fn body(portal: &Portal, method: &str, ending: &str) -> Value {
    let requests = portal.requests();
    let mut found = requests.iter().filter(|asked| asked.method == method && asked.url.ends_with(ending));
    let body = &found.next().unwrap_or_else(|| panic!("no {method} of {ending}: {:?}", asked(portal))).body;
    serde_json::from_slice(body).expect("JSON")
}

fn ok(value: &Value) -> Answer {
    Answer::json(value)
}

fn made(value: &Value) -> Answer {
    Answer::json(value).with_status(201)
}

fn nothing() -> Answer {
    Answer::status(204)
}

fn missing() -> Answer {
    Answer::json(&json!({ "message": "Not Found" })).with_status(404)
}

#[test]
fn the_manifest_declares_what_is_done_here() {
    let declared: Vec<String> = manifest().into_keys().collect();
    let mut done = ACTIONS.map(|(id, _)| id.to_owned());
    done.sort();
    assert_eq!(declared, done);
    for (id, action) in manifest() {
        for example in action["examples"].as_array().expect("examples") {
            fits(&action["input"], &example["input"], &id);
        }
    }
}

#[test]
fn what_is_no_action_is_said() {
    let error = Portal::new().run(|| perform(&Invocation::new("publish:svn", json!({})))).unwrap_err();
    assert_eq!(error, Error::Invalid("there is no action `publish:svn` here".into()));
}
