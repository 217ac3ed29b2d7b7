//! The folders of a task, as the scaffolder makes them, with what must not be reached beside them.

use std::fs;
use std::future::pending;
use std::path::PathBuf;

use portico_api_types::LogLine;
use portico_runtime::{ActionCall, ActionError, Runtime, Workspace, remove_folder};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Portal;

/// A task; its folders go with it.
pub(crate) struct Task(TempDir);

impl Task {
    pub(crate) fn new() -> Task {
        let task = Task(tempfile::tempdir().unwrap());
        for folder in ["workspace", "template"] {
            fs::create_dir(task.at(folder)).unwrap();
        }
        fs::write(task.at("template/template.yaml"), "kind: Template").unwrap();
        task
    }

    /// A place beside the workspace.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What its step asks for.
    pub(crate) fn call(&self, action: &str, input: Value) -> ActionCall {
        ActionCall {
            action: action.to_owned(),
            input,
            task: "task".to_owned(),
            step: "step".to_owned(),
            attempt: 0,
            user: None,
            template: None,
            base: None,
            dry_run: false,
            workspace: Workspace::new(self.at("workspace"), Some(self.at("template"))),
            timeout: None,
        }
    }

    /// Has an action done that takes no input.
    pub(crate) async fn ask(&self, runtime: &Runtime, action: &str) -> (Result<Value, ActionError>, Vec<LogLine>) {
        let mut log = Vec::new();
        let done = runtime.perform_action(self.call(action, json!({})), |line| log.push(line), pending()).await;
        (done, log)
    }

    /// The same, of a portal.
    pub(crate) async fn perform(&self, portal: &Portal, action: &str) -> (Result<Value, ActionError>, Vec<LogLine>) {
        self.ask(&portal.runtime, action).await
    }
}

impl Drop for Task {
    /// The library that made the folder calls itself for each folder in a folder, of which there may be too many.
    fn drop(&mut self) {
        remove_folder(&self.at("workspace")).unwrap();
    }
}
