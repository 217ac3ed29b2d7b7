//! Tasks that somebody has to approve: what is not approved is never begun, whatever is pressed.

use portico_api_types::{Approval, Task, TaskStatus};
use portico_model::EntityRef;
use serde_json::{Value, json};

use super::{Stage, begin, once, said, template};
use crate::error::ScaffoldError;
use crate::kept::now;
use crate::scaffolder::Scaffolder;

const SRE: &str = "group:default/sre";

fn careful(more: Value) -> crate::template::Template {
    let mut approval = json!({ "by": ["sre"], "within": "1h" });
    approval.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    template(json!([{ "id": "a", "action": "x:done" }]), json!({ "approval": approval }))
}

async fn decide(scaffolder: &Scaffolder, id: &str, who: &str, approved: bool) -> Result<Task, ScaffoldError> {
    let me = [EntityRef::parse(who).unwrap(), EntityRef::parse(SRE).unwrap()];
    scaffolder.decide(id, Some(who), &me, approved, None).await
}

fn approval(scaffolder: &Scaffolder, id: &str) -> Approval {
    scaffolder.task(id).unwrap().approval.unwrap()
}

async fn refused(scaffolder: &Scaffolder, id: &str) -> String {
    assert!(!scaffolder.task(id).unwrap().can_be_retried());
    match scaffolder.retry(id, serde_json::Map::new(), &super::ada().me).await {
        Err(ScaffoldError::State(said)) => said,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_declined_or_stopped_before_it_was_approved_is_never_tried_again() {
    let stage = Stage::new();
    stage.life(async |scaffolder| {
        let declined = begin(&scaffolder, &careful(json!({})), json!({})).await;
        decide(&scaffolder, &declined, "user:default/eve", false).await.unwrap();
        let stopped = begin(&scaffolder, &careful(json!({})), json!({})).await;
        scaffolder.cancel(&stopped, &super::ada().me).await.unwrap();
        for id in [declined, stopped] {
            once(&scaffolder, &id, TaskStatus::Cancelled).await;
            let said = refused(&scaffolder, &id).await;
            assert_eq!(said, format!("the task {id} was not approved; run the template anew"));
        }
    });
    assert!(stage.asked().is_empty());
}

#[test]
fn what_nobody_approves_in_time_is_given_up_and_never_tried_again() {
    let stage = Stage::new();
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &careful(json!({})), json!({})).await;
        let expires = approval(&scaffolder, &id).expires_at;
        assert!((3_599_000..=3_600_000).contains(&(expires.as_millisecond() - now().as_millisecond())));
        scaffolder.give_up_undecided(now()).await.unwrap();
        assert_eq!(scaffolder.task(&id).unwrap().status, TaskStatus::Open, "there is time left");
        scaffolder.give_up_undecided(expires).await.unwrap();
        let task = once(&scaffolder, &id, TaskStatus::Cancelled).await;
        assert_eq!(task.error.unwrap().message, "Nobody who may approved the run in time");
        refused(&scaffolder, &id).await;
        let late = decide(&scaffolder, &id, "user:default/eve", true).await.unwrap_err().to_string();
        assert!(late.contains("does not wait for anybody to approve it"), "{late}");
    });
}

#[test]
fn two_have_to_approve_where_the_template_wants_two() {
    let stage = Stage::new();
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &careful(json!({ "count": 2 })), json!({})).await;
        let after_one = decide(&scaffolder, &id, "user:default/eve", true).await.unwrap();
        assert_eq!((after_one.status, after_one.approval.unwrap().is_given()), (TaskStatus::Open, false));
        let twice = decide(&scaffolder, &id, "user:default/eve", true).await.unwrap_err().to_string();
        assert!(twice.contains("user:default/eve has decided already"), "{twice}");
        decide(&scaffolder, &id, "user:default/bob", true).await.unwrap();
        once(&scaffolder, &id, TaskStatus::Completed).await;
        let said = said(&scaffolder, &id);
        assert_eq!(said[0], "The run waits to be approved by 2 of group:default/sre", "{said:#?}");
    });
    assert_eq!(stage.asked(), ["a"]);
}
