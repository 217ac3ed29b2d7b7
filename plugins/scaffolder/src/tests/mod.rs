//! What each action does with files, over the SDK's portal.

mod catalog;
mod conformance;
mod fetching;
mod files;
mod hostile;
mod skeletons;
mod structured;
mod web;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use portico_sdk::actions::{Invocation, Output};
use portico_sdk::testing::Portal;
use portico_sdk::{Error, Result};
use serde_json::{Value, json};

use crate::{ACTIONS, perform};

/// Where templates of these tests are read.
const BASE: &str = "https://github.com/acme/templates/blob/main/service/template.yaml";
const REPOSITORY: &str = "https://github.com/acme/templates";

/// Has an action done, of a template that was read at [`BASE`].
fn done(portal: &Portal, action: &str, input: Value) -> Result<Value> {
    let invocation = Invocation::new(action, input).based(BASE).of("template:default/service");
    output(portal.run(|| perform(&invocation)))
}

fn output(output: Result<Output>) -> Result<Value> {
    output.map(|output| Value::Object(output.value().clone()))
}

/// Puts a file into the workspace.
fn put(portal: &Portal, path: &str, content: &str) {
    let path = portal.workspace().join(path);
    fs::create_dir_all(path.parent().expect("it lies in the workspace")).expect("folders");
    fs::write(path, content).expect("a file");
}

/// What is in the workspace: `path: content`, with `*` behind the path of what may be executed, `->` in front of where a link leads.
fn held(portal: &Portal) -> Vec<String> {
    let mut all = Vec::new();
    collect(&portal.workspace(), "", &mut all);
    all.sort();
    all
}

fn collect(root: &Path, below: &str, all: &mut Vec<String>) {
    for entry in fs::read_dir(root.join(below)).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            collect(root, &path, all);
        } else if kind.is_symlink() {
            all.push(format!("{path} -> {}", fs::read_link(entry.path()).expect("a link").display()));
        } else {
            let runs = fs::metadata(entry.path()).expect("a file").permissions().mode() & 0o111 != 0;
            let bytes = fs::read(entry.path()).expect("a file");
            all.push(format!("{path}{}: {}", if runs { "*" } else { "" }, String::from_utf8_lossy(&bytes)));
        }
    }
}

#[test]
fn the_manifest_declares_what_is_done_here() {
    let manifest: Value = serde_yaml::from_str(include_str!("../../manifest.yaml")).expect("YAML");
    let declared = manifest["actions"].as_array().expect("a list");
    let declared: Vec<&str> = declared.iter().map(|action| action["id"].as_str().expect("a name")).collect();
    assert_eq!(declared, ACTIONS.map(|(id, _)| id));
}

#[test]
fn what_is_no_action_is_said() {
    let error = done(&Portal::new(), "fetch:everything", json!({})).unwrap_err();
    assert_eq!(error, Error::Invalid("there is no action `fetch:everything` here".into()));
}
