//! `actions.perform`: a plugin does what a step of a template asks for.
//!
//! Rule: what goes in and what comes out is what the action's schemas say, or the step fails in words. A step is its task's business: that an action
//! fails says nothing of the next one, so that nobody is left alone for a while.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use portico_api_types::{LogLine, RunEvent, Trigger};
use portico_kinds::Schema;
use portico_manifest::{ActionDeclaration, Extension, Limits, Manifest, Period};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use wasmtime::Store;

use crate::aim::Aim;
use crate::bindings::actions::exports::portico::plugin::actions as guest;
use crate::call::{self, Answered, Outcome, Share, Work};
use crate::classify::clean;
use crate::fault::{Bound, Fault, Subject};
use crate::guest::Guest;
use crate::host::Host;
use crate::live::LiveRun;
use crate::plugin::{Loaded, Plugin};
use crate::points::{Points, offered};
use crate::runtime::Runtime;
use crate::workspace::Workspace;

/// Bytes of an output: outputs are kept with their tasks, and go into the inputs of steps.
const OUTPUT: usize = 1 << 20;

/// An action of a version that is loaded.
#[derive(Clone)]
pub(crate) struct Action {
    pub(crate) declaration: ActionDeclaration,
    input: Arc<Schema>,
    output: Arc<Schema>,
}

/// The actions that a manifest declares; an error if one of their schemas is none.
pub(crate) fn declared(manifest: &Manifest) -> Result<BTreeMap<String, Action>, String> {
    let action = |declaration: &ActionDeclaration| {
        let schema = |schema: &Value, root, name| {
            Schema::new(schema, root, name)
                .map(Arc::new)
                .map_err(|error| format!("The schema of the {root} of `{}` cannot be used: {error}.", declaration.id))
        };
        let input = schema(&declaration.input, "input", "the action's schema")?;
        let output = schema(&declaration.output, "output", "the action's schema")?;
        Ok((declaration.id.clone(), Action { declaration: declaration.clone(), input, output }))
    };
    manifest.actions.iter().map(action).collect()
}

/// An action that templates can name.
#[derive(Clone, Debug)]
pub struct InstalledAction {
    /// The plugin that does it.
    pub plugin: String,
    /// What it says of it.
    pub declaration: ActionDeclaration,
}

/// A step's call of an action.
#[derive(Clone, Debug)]
pub struct ActionCall {
    /// The action.
    pub action: String,
    /// Its input.
    pub input: Value,
    /// The task.
    pub task: String,
    /// The step.
    pub step: String,
    /// How often the step was begun before.
    pub attempt: u32,
    /// Who runs the template.
    pub user: Option<String>,
    /// The template, as a reference.
    pub template: Option<String>,
    /// Where the template was read.
    pub base: Option<String>,
    /// Whether nothing may happen outside of the workspace.
    pub dry_run: bool,
    /// The files of the task.
    pub workspace: Workspace,
    /// How long it may take, if that is less than its plugin may.
    pub timeout: Option<Duration>,
}

/// Why a step's action came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionError {
    /// A stable word: of a run's result, or `unknownAction`, `invalidInput`.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
    /// Whether the same may well succeed soon.
    pub is_passing: bool,
    /// Seconds after which the other side welcomes a new attempt.
    pub retry_after: Option<u32>,
}

impl ActionError {
    fn lasting(code: &str, message: String) -> ActionError {
        ActionError { code: code.to_owned(), message, is_passing: false, retry_after: None }
    }
}

struct Perform {
    invocation: guest::Invocation,
    timeout: Option<Period>,
}

impl Work for Perform {
    type Answer = String;

    fn subject(&self) -> String {
        self.invocation.action.clone()
    }

    fn limits(&self, granted: Limits) -> Limits {
        Limits { wall: self.timeout.map_or(granted.wall, |timeout| timeout.min(granted.wall)), ..granted }
    }

    fn share(&self) -> Share {
        Share::Patient
    }

    fn may_ingest(&self) -> bool {
        !self.invocation.dry_run
    }

    async fn enter(self, points: Points, store: &mut Store<Guest>) -> Answered<String> {
        let plugin = offered(points.actions.as_ref(), Extension::Actions)?.instantiate_async(&mut *store).await?;
        plugin.portico_plugin_actions().call_perform(store, &self.invocation).await
    }
}

impl Runtime {
    /// Every action that templates can name, by its name. Of two plugins with the same one, the first by its name does it.
    pub fn actions(&self) -> Vec<InstalledAction> {
        let mut all = BTreeMap::new();
        for (name, plugin) in self.host.plugins.load().iter() {
            let Some(loaded) = plugin.loaded() else { continue };
            for (id, action) in &loaded.actions {
                let installed = || InstalledAction { plugin: name.clone(), declaration: action.declaration.clone() };
                all.entry(id.clone()).or_insert_with(installed);
            }
        }
        all.into_values().collect()
    }

    /// One of them.
    pub fn action(&self, id: &str) -> Option<InstalledAction> {
        let (plugin, _, action) = self.host.action(id)?;
        Some(InstalledAction { plugin: plugin.name.clone(), declaration: action.declaration })
    }

    /// The action that answers a list, such as `github/branches`.
    pub fn autocompleter(&self, list: &str) -> Option<InstalledAction> {
        self.actions().into_iter().find(|action| action.declaration.autocompletes.as_deref() == Some(list))
    }

    /// What is wrong with an input of an action: places in it as JSON pointers, with a sentence each.
    pub fn check_input(&self, id: &str, input: &Value) -> Vec<(String, String)> {
        self.host.action(id).map(|(_, _, action)| action.input.check(input)).unwrap_or_default()
    }

    /// Has an action done. `said` hears its log as it is said; `stop` ends it early.
    pub async fn perform_action(
        &self,
        call: ActionCall,
        said: impl FnMut(LogLine) + Send,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Value, ActionError> {
        let unknown = || {
            ActionError::lasting(
                "unknownAction",
                format!(
                    "No plugin that is loaded offers the action `{}`. Install one that does, or correct the step's `action`.",
                    call.action
                ),
            )
        };
        let (plugin, loaded, action) = self.host.action(&call.action).ok_or_else(unknown)?;
        if let Some(agent) = &loaded.config.agent {
            let said = format!(
                "The agent `{agent}` runs the plugin `{}`, and actions are done by the portal alone. Take `agent` out of the plugin's configuration.",
                plugin.name
            );
            return Err(ActionError::lasting("elsewhere", said));
        }
        let wrong = action.input.check(&call.input);
        if !wrong.is_empty() {
            let said = format!("The input of `{}` is not what it takes: {}", call.action, sentences(wrong));
            return Err(ActionError::lasting("invalidInput", said));
        }
        self.host.perform_action(&plugin, &loaded, &action, call, said, stop).await
    }
}

fn sentences(wrong: Vec<(String, String)>) -> String {
    wrong.into_iter().map(|(_, sentence)| sentence).collect::<Vec<_>>().join("; ")
}

impl Host {
    fn action(&self, id: &str) -> Option<(Arc<Plugin>, Arc<Loaded>, Action)> {
        let plugins = self.plugins.load();
        plugins.values().find_map(|plugin| {
            let loaded = plugin.loaded()?;
            let action = loaded.actions.get(id)?.clone();
            Some((plugin.clone(), loaded, action))
        })
    }

    async fn perform_action(
        self: &Arc<Self>,
        plugin: &Arc<Plugin>,
        loaded: &Arc<Loaded>,
        action: &Action,
        asked: ActionCall,
        said: impl FnMut(LogLine) + Send,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Value, ActionError> {
        let live = LiveRun::begin(0, &plugin.name, "", Trigger::Request, Aim::Everything);
        let live = Arc::new(live.keeping(loaded.rights.limits.log));
        let mut call = self.call(plugin, loaded, Extension::Actions, &live);
        call.workspace = Some(asked.workspace.clone());
        call.is_dry = asked.dry_run;
        let work = Perform { timeout: asked.timeout.map(period), invocation: invocation(asked) };
        let host = self.clone();
        // In a task of its own, so that a panic of the portal's inside of a call ends that call and nothing else.
        let called = async {
            let called = tokio::spawn(async move { call::perform(&host.sandbox, &host.pool, call, work).await });
            called.await.unwrap_or_else(|error| Outcome::failed(format!("a call ended early: {error}")))
        };
        let Outcome { ended, peak_memory, cpu } = told(called, &live, said, stop).await;
        live.settle().await;
        plugin.counters.used(Extension::Actions, peak_memory, cpu);
        let id = &action.declaration.id;
        ended.and_then(|output| within(action, &output)).map_err(|fault| {
            plugin.counters.failure(Extension::Actions, fault.capability());
            let result = fault.result(Subject { rights: &loaded.rights, version: &loaded.manifest.version });
            let message = match &fault {
                // Less than is granted is what the step itself says.
                Fault::TimeLimit(Bound { limit, is_granted: false }) => format!(
                    "`{id}` was ended after {limit}, the `timeout` of its step. If it needs longer, say so there."
                ),
                _ => result.message,
            };
            ActionError { code: result.code, message, is_passing: fault.is_passing(), retry_after: fault.retry_after() }
        })
    }
}

/// Waits for a call; whatever it logs is said meanwhile, and all of it before this ends.
async fn told<T>(
    called: impl Future<Output = T> + Send,
    live: &LiveRun,
    mut said: impl FnMut(LogLine) + Send,
    stop: impl Future<Output = ()> + Send,
) -> T {
    let (.., mut events) = live.watch();
    let mut heard = 0;
    // Out of the log itself: who is told as it happens misses what comes too fast.
    let mut hear = || {
        let (lines, _) = live.since(heard);
        heard += lines.len();
        lines.into_iter().for_each(&mut said);
    };
    hear();
    let (mut called, mut stop) = (std::pin::pin!(called), std::pin::pin!(stop));
    let mut is_stopped = false;
    let outcome = loop {
        tokio::select! {
            biased;
            event = events.recv() => match event {
                Ok(RunEvent::Log(_)) | Err(RecvError::Lagged(_)) => hear(),
                Ok(_) => {}
                Err(RecvError::Closed) => break called.await,
            },
            () = &mut stop, if !is_stopped => {
                is_stopped = true;
                live.cancel();
            }
            outcome = &mut called => break outcome,
        }
    };
    hear();
    outcome
}

fn period(time: Duration) -> Period {
    Period::milliseconds(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn invocation(call: ActionCall) -> guest::Invocation {
    guest::Invocation {
        action: call.action,
        input: call.input.to_string(),
        task: call.task,
        step: call.step,
        attempt: call.attempt,
        user: call.user,
        template: call.template,
        base: call.base,
        dry_run: call.dry_run,
    }
}

/// The output as its schema has it.
fn within(action: &Action, output: &str) -> Result<Value, Fault> {
    let id = &action.declaration.id;
    if output.len() > OUTPUT {
        return Err(Fault::BadOutput(format!(
            "the output of `{id}` has {} bytes; at most {OUTPUT} are taken",
            output.len()
        )));
    }
    let output: Value = serde_json::from_str(output)
        .map_err(|error| Fault::BadOutput(format!("the output of `{id}` is no JSON: {error}")))?;
    let wrong = action.output.check(&output);
    match wrong.is_empty() {
        true => Ok(output),
        // The sentences hold what the plugin answered.
        false => Err(Fault::BadOutput(clean(&format!(
            "the output of `{id}` is not what its schema says: {}",
            sentences(wrong)
        )))),
    }
}

#[cfg(test)]
mod tests {
    use portico_api_types::LogLevel;

    use super::*;

    #[test]
    fn an_output_that_is_not_what_its_schema_says_fails_in_words() {
        let schema =
            serde_json::json!({ "type": "object", "required": ["url"], "properties": { "url": { "type": "string" } } });
        let declaration = serde_json::json!({ "id": "acme:make", "description": "Makes it", "output": schema });
        let declaration: ActionDeclaration = serde_json::from_value(declaration).unwrap();
        let of = |schema: &Value, root| Arc::new(Schema::new(schema, root, "the action's schema").unwrap());
        let (input, output) = (of(&declaration.input, "input"), of(&declaration.output, "output"));
        let action = Action { declaration, input, output };
        assert!(within(&action, r#"{"url":"a","more":1}"#).is_ok());
        for (output, expected) in [
            (r#"{"url":1}"#.to_owned(), "the output of `acme:make` is not what its schema says: "),
            ("{}".to_owned(), "the output of `acme:make` is not what its schema says: "),
            ("no".to_owned(), "the output of `acme:make` is no JSON: "),
            (
                format!("\"{}\"", "x".repeat(OUTPUT)),
                "the output of `acme:make` has 1048578 bytes; at most 1048576 are taken",
            ),
        ] {
            match within(&action, &output) {
                Err(Fault::BadOutput(said)) => assert!(said.starts_with(expected), "{said}"),
                _ => panic!("{output} was taken"),
            }
        }
    }

    #[tokio::test]
    async fn what_an_action_says_faster_than_anybody_hears_is_heard_all_the_same() {
        let live = LiveRun::begin(0, "demo", "", Trigger::Request, Aim::Everything).keeping(10_000);
        live.log(LogLevel::Info, "before");
        let called = async { (0..5_000).for_each(|number| live.log(LogLevel::Info, &format!("{number}"))) };
        let mut heard = Vec::new();
        told(called, &live, |line| heard.push(line.message), std::future::pending()).await;
        assert_eq!((heard.len(), heard[0].as_str(), heard[5_000].as_str()), (5_001, "before", "4999"));
    }
}
