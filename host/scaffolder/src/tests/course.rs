//! How steps follow each other: tried again, done for a while, one task after the other.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use portico_api_types::{StepStatus, TaskStatus};
use portico_runtime::ActionError;
use serde_json::json;
use tokio::time::Instant;

use super::{Act, Stage, begin, error, once, said, template};

#[test]
fn a_step_is_tried_again_after_one_two_and_four_seconds() {
    let stage = Stage::new();
    let failed = AtomicU32::new(0);
    stage.does("x:flaky", false, move |_| match failed.fetch_add(1, Ordering::Relaxed) {
        0..=2 => Act::Fails(error("unreachable", "The forge is busy.", true)),
        _ => Act::Done(json!({ "at": "last" })),
    });
    let template = template(json!([{ "id": "a", "action": "x:flaky", "retries": 3 }]), json!({}));
    stage.life(async |scaffolder| {
        let began = Instant::now();
        let id = begin(&scaffolder, &template, json!({})).await;
        let task = once(&scaffolder, &id, TaskStatus::Completed).await;
        assert_eq!((task.steps[0].attempts, task.steps[0].output.clone()), (4, Some(json!({ "at": "last" }))));
        assert!((Duration::from_secs(7)..Duration::from_secs(9)).contains(&began.elapsed()), "{:?}", began.elapsed());
        let said = said(&scaffolder, &id);
        let expected = "The forge is busy. It is tried again in 2 s; 1 more tries are left after that.";
        assert!(said.iter().any(|line| line == expected), "{said:#?}");
    });
}

#[test]
fn it_is_tried_again_when_the_other_side_asks_and_only_where_that_may_help() {
    let stage = Stage::new();
    stage.does("x:limited", false, |call| match call.attempt {
        0 => Act::Fails(ActionError { retry_after: Some(60), ..error("rateLimit", "Too many.", true) }),
        _ => Act::Fails(error("denied", "That is not allowed.", false)),
    });
    let template = template(json!([{ "id": "a", "action": "x:limited", "retries": 5 }]), json!({}));
    stage.life(async |scaffolder| {
        let began = Instant::now();
        let id = begin(&scaffolder, &template, json!({})).await;
        let task = once(&scaffolder, &id, TaskStatus::Failed).await;
        assert_eq!(task.steps[0].attempts, 2);
        assert!(began.elapsed() >= Duration::from_secs(60));
        let error = task.error.unwrap();
        assert_eq!((error.name.as_str(), error.message.as_str()), ("denied", "That is not allowed."));
    });
}

#[test]
fn a_step_may_take_as_long_as_it_says() {
    let stage = Stage::new();
    let steps = json!([{ "id": "a", "action": "x:done", "timeout": "90s" }, { "id": "b", "action": "x:done" }]);
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template(steps, json!({})), json!({})).await;
        once(&scaffolder, &id, TaskStatus::Completed).await;
    });
    let timeouts: Vec<_> = stage.calls().iter().map(|call| call.timeout).collect();
    assert_eq!(timeouts, [Some(Duration::from_secs(90)), None]);
}

#[test]
fn tasks_wait_for_their_turn_and_say_how_many_are_before_them() {
    let stage = Stage::new().at_once(1);
    let hangs = |step: &str| template(json!([{ "id": step, "action": "x:hang" }]), json!({}));
    stage.life(async |scaffolder| {
        let first = begin(&scaffolder, &hangs("first"), json!({})).await;
        stage.at("first").await;
        let second = begin(&scaffolder, &hangs("second"), json!({})).await;
        let third = begin(&scaffolder, &hangs("third"), json!({})).await;
        let before = |id: &str| scaffolder.task(id).unwrap().waits_for;
        assert_eq!(before(&first), None);
        let both = (before(&second).unwrap(), before(&third).unwrap());
        // Of two that were asked for in the same millisecond, either is the first.
        assert!(matches!(both, (0, 1) | (1, 0)), "{both:?}");
        assert_eq!(scaffolder.load(), (1, 2));
        scaffolder.cancel(&first, &super::ada().me).await.unwrap();
        once(&scaffolder, &first, TaskStatus::Cancelled).await;
        stage.at("second").await;
        assert_eq!((before(&second), before(&third)), (None, Some(0)));
    });
}

#[test]
fn after_a_failure_only_steps_are_done_that_ask_for_it() {
    let stage = Stage::new();
    stage.does("x:fail", false, |_| Act::Fails(error("denied", "No.", false)));
    let steps = json!([
        { "id": "fail", "action": "x:fail" },
        { "id": "next", "action": "x:done" },
        { "id": "always", "if": "${{ always() }}", "action": "x:done" },
    ]);
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template(steps, json!({})), json!({})).await;
        let task = once(&scaffolder, &id, TaskStatus::Failed).await;
        assert_eq!(super::statuses(&task), [StepStatus::Failed, StepStatus::Skipped, StepStatus::Completed]);
        assert_eq!(task.error.unwrap().step_id.as_deref(), Some("fail"));
    });
}
