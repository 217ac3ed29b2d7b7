//! The scaffolder as a whole, over a store in memory and actions that tests make up.
//!
//! Rule: a life of the portal ends as if it were killed, wherever its tasks are then. Time stands still but for what is waited for, so that an hour
//! costs nothing.

mod approvals;
mod course;
mod expiries;
mod left;
mod stops;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portico_api_types::{StepStatus, Task, TaskStatus, TaskUser};
use portico_catalog::Catalog;
use portico_manifest::ActionDeclaration;
use portico_model::EntityRef;
use portico_runtime::{ActionCall, ActionError};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::sync::Notify;

use crate::actions::{Actions, Doing, Said};
use crate::scaffolder::{Options, Scaffolder};
use crate::template::{Asked, Template};

/// What an action comes to.
pub(super) enum Act {
    Done(Value),
    Fails(ActionError),
    /// It is done once that is told.
    Waits(Arc<Notify>),
    /// It goes on until it is stopped.
    Hangs,
}

type Doer = Box<dyn Fn(&ActionCall) -> Act + Send + Sync>;

/// Actions that a test made up.
#[derive(Default)]
pub(super) struct MadeUp {
    known: Mutex<BTreeMap<String, (ActionDeclaration, Arc<Doer>)>>,
    /// What was asked, in order.
    asked: Mutex<Vec<ActionCall>>,
}

impl Actions for MadeUp {
    fn declared(&self, id: &str) -> Option<ActionDeclaration> {
        self.known.lock().unwrap().get(id).map(|(declaration, _)| declaration.clone())
    }

    fn autocompleter(&self, list: &str) -> Option<String> {
        let known = self.known.lock().unwrap();
        let found = known.values().find(|(declaration, _)| declaration.autocompletes.as_deref() == Some(list));
        found.map(|(declaration, _)| declaration.id.clone())
    }

    fn check_input(&self, _: &str, _: &Value) -> Vec<(String, String)> {
        Vec::new()
    }

    fn perform<'a>(
        &'a self,
        call: ActionCall,
        _: Said<'a>,
        stop: Doing<'a, ()>,
    ) -> Doing<'a, Result<Value, ActionError>> {
        let doer = self.known.lock().unwrap().get(&call.action).map(|(_, doer)| doer.clone());
        self.asked.lock().unwrap().push(call.clone());
        Box::pin(async move {
            match doer.ok_or_else(|| error("unknownAction", "nobody does it", false))?(&call) {
                Act::Done(output) => Ok(output),
                Act::Fails(error) => Err(error),
                Act::Waits(told) => {
                    told.notified().await;
                    Ok(json!({}))
                }
                Act::Hangs => {
                    stop.await;
                    Err(error("cancelled", "it was stopped", false))
                }
            }
        })
    }
}

pub(super) fn error(code: &str, message: &str, is_passing: bool) -> ActionError {
    ActionError { code: code.to_owned(), message: message.to_owned(), is_passing, retry_after: None }
}

/// What lives of the portal stand on.
pub(super) struct Stage {
    pub(super) catalog: Catalog,
    pub(super) folder: TempDir,
    actions: Arc<MadeUp>,
    at_once: usize,
}

impl Stage {
    /// With the action `x:done`, which is done at once, `x:write`, which writes a file, and `x:hang`, which goes on until it is stopped.
    pub(super) fn new() -> Stage {
        let stage = Stage {
            catalog: Catalog::in_memory().unwrap(),
            folder: tempfile::tempdir().unwrap(),
            actions: Arc::default(),
            at_once: 10,
        };
        stage.does("x:done", true, |call| Act::Done(call.input.clone()));
        stage.does("x:hang", true, |_| Act::Hangs);
        stage.does("x:write", true, |call| {
            let name = call.input["path"].as_str().unwrap();
            std::fs::write(call.workspace.path().join(name), call.input["content"].as_str().unwrap_or("x")).unwrap();
            Act::Done(json!({}))
        });
        stage
    }

    pub(super) fn at_once(self, at_once: usize) -> Stage {
        Stage { at_once, ..self }
    }

    /// Has somebody do an action from now on.
    pub(super) fn does(&self, id: &str, repeatable: bool, doer: impl Fn(&ActionCall) -> Act + Send + Sync + 'static) {
        let declaration = json!({ "id": id, "description": "Made up", "repeatable": repeatable });
        let declaration = serde_json::from_value(declaration).unwrap();
        self.actions.known.lock().unwrap().insert(id.to_owned(), (declaration, Arc::new(Box::new(doer))));
    }

    /// Nobody does an action any more.
    pub(super) fn forgets(&self, id: &str) {
        self.actions.known.lock().unwrap().remove(id);
    }

    /// The steps that actions were asked for, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.actions.asked.lock().unwrap().iter().map(|call| call.step.clone()).collect()
    }

    /// Waits until the action of a step was asked for; that it would be is on the disk by then.
    pub(super) async fn at(&self, step: &str) {
        until(|| self.asked().iter().any(|asked| asked == step).then_some(())).await;
    }

    /// What actions were asked, in order.
    pub(super) fn calls(&self) -> Vec<ActionCall> {
        self.actions.asked.lock().unwrap().clone()
    }

    /// A life of the portal, killed at its end.
    pub(super) fn life<T>(&self, lived: impl AsyncFnOnce(Scaffolder) -> T) -> T {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let options =
                Options { folder: self.folder.path().join("tasks"), at_once: self.at_once, forges: Vec::new() };
            let scaffolder = Scaffolder::start_with(self.catalog.clone(), self.actions.clone(), options).await.unwrap();
            lived(scaffolder).await
        })
    }
}

/// A template of the team `platform` with these steps.
pub(super) fn template(steps: Value, more: Value) -> Template {
    let mut spec = json!({ "type": "service", "owner": "platform", "steps": steps });
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let relations = json!([{ "type": "ownedBy", "targetRef": "group:default/platform" }]);
    let metadata = json!({ "name": "t" });
    let kind = json!({ "apiVersion": crate::spec::VERSION, "kind": "Template", "metadata": metadata });
    let mut entity = kind;
    entity.as_object_mut().unwrap().extend([("relations".to_owned(), relations), ("spec".to_owned(), spec)]);
    Template::read(entity).unwrap()
}

/// Who asks, with the groups that they belong to.
pub(super) fn asked_by(user: &str, groups: &[&str]) -> Asked {
    let me = std::iter::once(user).chain(groups.iter().copied()).map(|name| EntityRef::parse(name).unwrap()).collect();
    Asked { user: TaskUser { entity: None, reference: Some(user.to_owned()) }, me, entity: None }
}

pub(super) fn ada() -> Asked {
    asked_by("user:default/ada", &[])
}

/// Runs a template, for Ada.
pub(super) async fn begin(scaffolder: &Scaffolder, template: &Template, secrets: Value) -> String {
    let secrets: Map<String, Value> = secrets.as_object().unwrap().clone();
    scaffolder.run_template(template, Map::new(), secrets, &ada()).await.unwrap().id
}

/// Waits for what there will be.
pub(super) async fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    for _ in 0..100_000 {
        if let Some(found) = look() {
            return found;
        }
        looks.tick().await;
    }
    panic!("it did not come");
}

/// The task once it stands so, and nothing goes on in it any more.
pub(super) async fn once(scaffolder: &Scaffolder, id: &str, status: TaskStatus) -> Task {
    until(|| {
        let task = scaffolder.task(id).unwrap();
        let is_over = task.status.is_over() && !scaffolder.is_live(id);
        assert!(!is_over || task.status == status, "{task:#?}");
        (task.status == status && (is_over || !status.is_over())).then_some(task)
    })
    .await
}

/// What was said in a task.
pub(super) fn said(scaffolder: &Scaffolder, id: &str) -> Vec<String> {
    let (events, _) = scaffolder.events(id, 0, 10_000).unwrap();
    events.into_iter().map(|event| event.body.message).collect()
}

pub(super) fn statuses(task: &Task) -> Vec<StepStatus> {
    task.steps.iter().map(|step| step.status).collect()
}
