//! Tasks that somebody has to approve before they begin.
//!
//! Rule: who asked decides nothing unless the template says so, nobody decides twice, and one who declines ends it. What is not decided in time is
//! given up.

use jiff::Timestamp;
use portico_api_types::{Approval, Decision, EventBody, EventKind, Task, TaskError, TaskStatus};
use portico_model::EntityRef;
use portico_templates::{Context, Template as Expression, is_true};
use serde_json::{Map, Value};

use crate::error::ScaffoldError;
use crate::kept::{Brief, Kept, now};
use crate::plan::Plan;
use crate::scaffolder::Scaffolder;
use crate::template::Template;

/// Bytes of what is said to a decision.
const COMMENT: usize = 2_000;

/// What has to be approved of a task of a template; nothing where nobody has to.
pub(crate) fn needed(template: &Template, parameters: &Map<String, Value>) -> Result<Option<Approval>, ScaffoldError> {
    let Some(rule) = &template.rules.approval else { return Ok(None) };
    if let Some(when) = &rule.when {
        let wrong = |error| ScaffoldError::Template(format!("`spec.approval.when` of the template: {error}"));
        let context = Context::new().with("parameters", &Value::Object(parameters.clone())).map_err(wrong)?;
        let holds = Expression::parse(when).and_then(|when| when.evaluate(&context)).map_err(wrong)?;
        if !holds.is_some_and(|holds| is_true(&holds)) {
            return Ok(None);
        }
    }
    let by: Vec<String> = match rule.by.is_empty() {
        false => rule.by.iter().map(ToString::to_string).collect(),
        true => template.owner().map(|owner| owner.to_string()).into_iter().collect(),
    };
    if by.is_empty() {
        let said =
            "the template has to be approved, and names nobody who may: it has no owner, and no `spec.approval.by`";
        return Err(ScaffoldError::Template(said.to_owned()));
    }
    let expires_at = now().checked_add(rule.within).map_err(|error| ScaffoldError::Portal(error.to_string()))?;
    Ok(Some(Approval { by, count: rule.count, own: rule.own, expires_at, decisions: Vec::new() }))
}

/// Why somebody may not decide about a task; nothing where they may.
pub(crate) fn refusal(task: &Task, approval: &Approval, user: Option<&str>, me: &[EntityRef]) -> Option<String> {
    let Some(user) = user else {
        return Some("nobody is signed in; `server.user` in portico.yaml says who asks".to_owned());
    };
    if !me.iter().any(|mine| approval.by.iter().any(|by| *by == mine.to_string())) {
        return Some(format!("{user} is none of those who may decide: {}", approval.by.join(", ")));
    }
    if !approval.own && task.created_by.as_deref() == Some(user) {
        return Some("who asked for a run does not approve it; somebody else has to".to_owned());
    }
    approval.decisions.iter().any(|decision| decision.by == user).then(|| format!("{user} has decided already"))
}

/// Whether a task waits for somebody to approve it.
pub(crate) fn is_waiting(task: &Task) -> bool {
    task.status == TaskStatus::Open && task.approval.as_ref().is_some_and(|approval| !approval.is_given())
}

impl Scaffolder {
    /// Approves a task, or declines it.
    pub async fn decide(
        &self,
        id: &str,
        user: Option<&str>,
        me: &[EntityRef],
        approved: bool,
        comment: Option<String>,
    ) -> Result<Task, ScaffoldError> {
        let _turn = self.inner.deciding.lock().await;
        let mut kept = self.kept(id)?;
        let Some(mut approval) = kept.task.approval.clone().filter(|_| is_waiting(&kept.task)) else {
            return Err(ScaffoldError::State(format!("the task {id} does not wait for anybody to approve it")));
        };
        if let Some(refusal) = refusal(&kept.task, &approval, user, me) {
            return Err(ScaffoldError::NotAllowed(refusal));
        }
        if comment.as_ref().is_some_and(|comment| comment.len() > COMMENT) {
            return Err(ScaffoldError::Input(format!("the comment is longer than {COMMENT} bytes; shorten it")));
        }
        let by = user.unwrap_or_default().to_owned();
        let said = comment.clone().map(|comment| format!(": {comment}")).unwrap_or_default();
        approval.decisions.push(Decision { by: by.clone(), approved, at: now(), comment });
        let is_given = approval.is_given();
        kept.task.approval = Some(approval);
        let secrets = self.waiting().remove(id).unwrap_or_default();
        let recorder = self.recorder(kept, &secrets);
        recorder.note(format!("{by} {}{said}", if approved { "approved" } else { "declined" }));
        if !approved {
            self.refuse(&recorder, "declined", format!("{by} declined the run{said}")).await?;
        } else if is_given {
            recorder.keep().await?;
            let task = recorder.task();
            let plan = Plan::parse(&task.task.spec)?;
            if secrets.is_empty() && !task.task.secrets.is_empty() && plan.reads_secrets_from(0) {
                let why = "the portal was started again since, and the secrets that were given are gone; run the template anew";
                self.refuse(&recorder, "secrets", why.to_owned()).await?;
            } else {
                self.begin(recorder.clone(), plan, secrets);
            }
        } else {
            recorder.keep().await?;
            self.waiting().insert(id.to_owned(), secrets);
        }
        self.task(id)
    }

    /// The tasks that wait for somebody among these to decide, oldest first.
    pub fn to_decide(&self, user: Option<&str>, me: &[EntityRef]) -> Result<Vec<Task>, ScaffoldError> {
        let mut found = Vec::new();
        for task in self.undecided()? {
            let Some(approval) = &task.task.approval else { continue };
            if refusal(&task.task, approval, user, me).is_none() {
                found.push(task.task);
            }
        }
        Ok(found)
    }

    /// Gives up what was not decided in time.
    pub(crate) async fn give_up_undecided(&self, at: Timestamp) -> Result<(), ScaffoldError> {
        let _turn = self.inner.deciding.lock().await;
        for kept in self.undecided()? {
            let is_late = kept.task.approval.as_ref().is_some_and(|approval| approval.expires_at <= at);
            if is_late {
                self.waiting().remove(&kept.task.id);
                let recorder = self.recorder(kept, &Map::new());
                self.refuse(&recorder, "notApproved", "Nobody who may approved the run in time".to_owned()).await?;
            }
        }
        Ok(())
    }

    fn undecided(&self) -> Result<Vec<Kept>, ScaffoldError> {
        let mut found = Vec::new();
        for listed in self.inner.catalog.tasks()?.into_iter().rev() {
            if Brief::read(&listed.brief)?.status == TaskStatus::Open {
                found.extend(Some(self.kept(&listed.id)?).filter(|kept| is_waiting(&kept.task)));
            }
        }
        Ok(found)
    }

    /// A task that is never begun.
    pub(crate) async fn refuse(
        &self,
        recorder: &crate::recorder::Recorder,
        name: &str,
        why: String,
    ) -> Result<(), ScaffoldError> {
        let error = TaskError { name: name.to_owned(), message: why, step_id: None };
        let body = EventBody { message: error.message.clone(), error: Some(error.clone()), ..EventBody::default() };
        let change = |kept: &mut Kept| {
            kept.task.status = TaskStatus::Cancelled;
            kept.task.ended_at = Some(now());
            kept.task.error = Some(error);
        };
        Ok(recorder.close(change, EventKind::Cancelled, body).await?)
    }
}

#[cfg(test)]
mod tests {
    use portico_api_types::TaskSpec;
    use serde_json::json;

    use super::*;

    fn template(approval: Value) -> Template {
        let relations = json!([{ "type": "ownedBy", "targetRef": "group:default/platform" }]);
        let spec = json!({ "approval": approval, "steps": [] });
        Template::read(json!({ "apiVersion": crate::spec::VERSION, "kind": "Template", "metadata": { "name": "a" }, "relations": relations, "spec": spec })).unwrap()
    }

    fn task(by: &str) -> Task {
        let spec: TaskSpec =
            serde_json::from_value(json!({ "apiVersion": "", "steps": [], "parameters": {}, "user": {} })).unwrap();
        Kept::new(spec, Some(by.to_owned()), &Map::new()).task
    }

    #[test]
    fn the_owner_approves_unless_somebody_else_is_named() {
        let by = |approval: Value| needed(&template(approval), &Map::new()).unwrap().unwrap().by;
        assert_eq!(by(json!({})), ["group:default/platform"]);
        assert_eq!(by(json!({ "by": ["sre"] })), ["group:default/sre"]);
    }

    #[test]
    fn whether_it_has_to_be_approved_may_rest_on_what_was_filled_in() {
        let template = template(json!({ "when": "${{ parameters.size > 3 }}" }));
        let needed = |size: u32| needed(&template, json!({ "size": size }).as_object().unwrap()).unwrap().is_some();
        assert!(needed(4) && !needed(3));
    }

    #[test]
    fn four_eyes_see_more_than_two() {
        let approval = needed(&template(json!({})), &Map::new()).unwrap().unwrap();
        let me = |user: &str| [EntityRef::parse(user).unwrap(), EntityRef::parse("group:default/platform").unwrap()];
        let (ada, eve) = ("user:default/ada", "user:default/eve");
        let refused = |user: Option<&str>, me: &[EntityRef]| refusal(&task(ada), &approval, user, me);
        assert_eq!(refused(Some(eve), &me(eve)), None);
        assert!(refused(Some(ada), &me(ada)).unwrap().contains("somebody else has to"));
        assert!(
            refused(Some(eve), &me(eve)[..1]).unwrap().contains("none of those who may decide: group:default/platform")
        );
        assert!(refused(None, &[]).unwrap().contains("nobody is signed in"));
        let own = needed(&template(json!({ "own": true })), &Map::new()).unwrap().unwrap();
        assert_eq!(refusal(&task(ada), &own, Some(ada), &me(ada)), None);
        let decision = Decision { by: eve.to_owned(), approved: true, at: now(), comment: None };
        let twice = Approval { count: 2, decisions: vec![decision], ..approval };
        assert!(refusal(&task(ada), &twice, Some(eve), &me(eve)).unwrap().contains("has decided already"));
        assert!(!twice.is_given());
    }
}
