//! `portico scaffold`: templates of a portal that runs, run from a terminal with every step in view.
//!
//! Rule: what is said is what the portal's journal says, each line once; the program ends as the task did.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Method;
use portico_api_types::{EventBody, EventKind, LogLevel, StepStatus, Task, TaskCreated, TaskEvent, TaskStatus};
use serde_json::{Map, Value, json};

use crate::output::say;
use crate::plugin::portal::{At, JSON, unless_stopped, wait};

/// What happens is asked for so often where it cannot be had, for a portal that is started again meanwhile.
const TRIES: u32 = 30;

/// Between two of them.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(clap::Subcommand)]
pub(crate) enum ScaffoldCommand {
    /// Runs a template of a portal, and says what happens.
    Run(Run),
}

#[derive(clap::Args)]
pub(crate) struct Run {
    /// The template: its name, or a reference such as `template:default/rust-service`.
    template: String,
    /// A file with what is filled in, in YAML or JSON.
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
    /// The entity that the template is started from, such as `component:default/orders`; for templates of entities.
    #[arg(long, value_name = "ENTITY")]
    entity: Option<String>,
    /// A secret of the template and the environment variable that holds it; may be given more than once.
    #[arg(long, value_name = "NAME=VARIABLE", value_parser = secret)]
    secret: Vec<(String, String)>,
    #[command(flatten)]
    at: At,
}

fn secret(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, variable)| !name.is_empty() && !variable.is_empty());
    let (name, variable) = parts.ok_or("write NAME=VARIABLE, with the environment variable that holds the secret")?;
    Ok((name.to_owned(), variable.to_owned()))
}

pub(crate) fn run(command: &ScaffoldCommand) -> Result<(), Box<dyn Error>> {
    let ScaffoldCommand::Run(run) = command;
    wait(begin(run))
}

async fn begin(run: &Run) -> Result<(), Box<dyn Error>> {
    let values = match &run.values {
        None => Map::new(),
        Some(file) => {
            let text =
                fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
            portico_manifest::parse(&text, &file.display().to_string())?
        }
    };
    let secrets = secrets(&run.secret)?;
    let input = json!({ "templateRef": run.template, "values": values, "secrets": secrets, "entity": run.entity });
    let TaskCreated { id } =
        run.at.ask(Method::POST, "/api/scaffolder/v2/tasks", JSON, serde_json::to_vec(&input)?).await?;
    let Some(()) = unless_stopped(follow(&run.at, &id)).await? else {
        let path = format!("/api/scaffolder/v2/tasks/{id}/cancel");
        run.at.send(Method::POST, &path, JSON, Vec::new()).await?;
        return Err(format!("stopped; the task {id} was asked to stop as well").into());
    };
    let task: Task = run.at.ask(Method::GET, &format!("/api/scaffolder/v2/tasks/{id}"), JSON, Vec::new()).await?;
    say(ended(&task))?;
    match task.status {
        TaskStatus::Completed => Ok(()),
        _ => Err(format!("the task {id} is {}", task.status.as_str()).into()),
    }
}

fn secrets(named: &[(String, String)]) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let read = |(name, variable): &(String, String)| {
        let value = std::env::var(variable).map_err(|_| {
            format!("the environment variable {variable} of the secret {name} is not set, or is no text")
        })?;
        Ok((name.clone(), value))
    };
    named.iter().map(read).collect()
}

/// Says everything that happens in a task, to its end. The portal answers once something is said.
async fn follow(at: &At, id: &str) -> Result<(), Box<dyn Error>> {
    let (mut after, mut failed) = (0, 0);
    loop {
        let path = format!("/api/scaffolder/v2/tasks/{id}/events?after={after}");
        match at.ask::<Vec<TaskEvent>>(Method::GET, &path, JSON, Vec::new()).await {
            Ok(events) => {
                failed = 0;
                for event in events {
                    after = event.id;
                    say(line(&event))?;
                    if matches!(event.kind, EventKind::Completion | EventKind::Cancelled) {
                        return Ok(());
                    }
                }
            }
            Err(_) if failed < TRIES => {
                failed += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(format!("the task {id} is out of sight, and may go on: {error}").into()),
        }
    }
}

/// A line for a terminal.
fn line(event: &TaskEvent) -> String {
    let EventBody { message, status, level, .. } = &event.body;
    let mark = match (status, level) {
        (Some(StepStatus::Processing), _) => "▸",
        (Some(StepStatus::Completed), _) => "✓",
        (Some(StepStatus::Failed), _) | (_, Some(LogLevel::Error)) => "✗",
        (Some(StepStatus::Skipped | StepStatus::Cancelled), _) => "–",
        (_, Some(LogLevel::Warn)) => "!",
        _ => " ",
    };
    let indented = message.replace('\n', "\n             ");
    format!("{} {mark} {indented}", event.created_at.strftime("%H:%M:%S"))
}

/// What came of a task.
fn ended(task: &Task) -> String {
    let mut lines = Vec::new();
    let output = task.output.as_ref().unwrap_or(&Value::Null);
    for link in output["links"].as_array().into_iter().flatten() {
        let target = ["url", "entityRef"].into_iter().find_map(|key| link[key].as_str()).unwrap_or_default();
        lines.push(format!("{}: {target}", link["title"].as_str().unwrap_or("Link")));
    }
    for text in output["text"].as_array().into_iter().flatten() {
        let parts = [&text["title"], &text["content"]].into_iter().filter_map(Value::as_str);
        lines.push(parts.collect::<Vec<_>>().join("\n"));
    }
    if let Some(error) = &task.error {
        lines.push(error.message.clone());
    }
    let took = task.ended_at.map(|ended| ended.as_millisecond() - task.created_at.as_millisecond()).unwrap_or_default();
    lines.push(format!("{} after {}.{} s", task.status.as_str(), took / 1000, took % 1000 / 100));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(body: Value) -> TaskEvent {
        serde_json::from_value(json!({
            "id": 1, "isTaskRecoverable": false, "taskId": "a", "type": "log", "createdAt": "2026-01-01T10:20:30Z", "body": body,
        }))
        .unwrap()
    }

    #[test]
    fn a_line_says_at_a_glance_what_became_of_a_step() {
        for (body, expected) in [
            (json!({ "message": "Beginning step Fetch", "status": "processing" }), "10:20:30 ▸ Beginning step Fetch"),
            (json!({ "message": "Finished step Fetch", "status": "completed" }), "10:20:30 ✓ Finished step Fetch"),
            (json!({ "message": "a\nb", "level": "warn" }), "10:20:30 ! a\n             b"),
            (json!({ "message": "no such file", "status": "failed" }), "10:20:30 ✗ no such file"),
        ] {
            assert_eq!(line(&event(body)), expected);
        }
    }

    #[test]
    fn a_secret_is_named_with_its_variable() {
        assert_eq!(secret("token=GITHUB_TOKEN"), Ok(("token".into(), "GITHUB_TOKEN".into())));
        assert!(secret("token").is_err() && secret("=X").is_err() && secret("token=").is_err());
    }
}
