//! Portals that stop or are killed in the middle of a task, and what the next life makes of it.

use std::sync::Arc;
use std::time::Duration;

use portico_api_types::{StepStatus, TaskStatus};
use serde_json::json;
use tokio::sync::Notify;

use super::{Act, Stage, begin, error, once, said, statuses, template, until};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_step_that_ends_while_the_portal_stops_is_done() {
    let stage = Stage::new();
    let told = Arc::new(Notify::new());
    let waits = told.clone();
    // Nothing to be done twice unseen: the next life may only go on if it knows that it was done.
    stage.does("x:publish", false, move |_| Act::Waits(waits.clone()));
    let steps = json!([{ "id": "publish", "action": "x:publish" }, { "id": "register", "action": "x:done" }]);
    let id = stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template(steps, json!({})), json!({})).await;
        stage.at("publish").await;
        tokio::join!(scaffolder.shutdown(HOUR), async { told.notify_one() });
        id
    });
    stage.life(async |scaffolder| {
        let task = once(&scaffolder, &id, TaskStatus::Completed).await;
        assert_eq!(task.steps.iter().map(|step| step.attempts).collect::<Vec<_>>(), [1, 1]);
    });
    assert_eq!(stage.asked(), ["publish", "register"]);
}

#[test]
fn a_step_that_may_be_done_twice_is_done_again_after_a_kill() {
    let stage = Stage::new();
    let steps = json!([{ "id": "a", "action": "x:done" }, { "id": "b", "action": "x:hang" }]);
    let id = stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template(steps, json!({})), json!({})).await;
        stage.at("b").await;
        id
    });
    stage.does("x:hang", true, |_| Act::Done(json!({})));
    stage.life(async |scaffolder| {
        let task = once(&scaffolder, &id, TaskStatus::Completed).await;
        assert_eq!(task.steps.iter().map(|step| step.attempts).collect::<Vec<_>>(), [1, 2]);
    });
    assert_eq!(stage.asked(), ["a", "b", "b"]);
}

#[test]
fn a_step_that_is_nothing_to_be_done_twice_waits_for_a_person_after_a_kill() {
    let stage = Stage::new();
    stage.does("x:publish", false, |_| Act::Hangs);
    let steps = json!([{ "id": "publish", "name": "Publish", "action": "x:publish" }]);
    let id = stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template(steps, json!({})), json!({})).await;
        stage.at("publish").await;
        id
    });
    stage.does("x:publish", false, |_| Act::Done(json!({})));
    stage.life(async |scaffolder| {
        let task = once(&scaffolder, &id, TaskStatus::Failed).await;
        let said = task.error.unwrap().message;
        assert!(
            said.contains("the step Publish went on, and `x:publish` is nothing to be done twice unseen"),
            "{said}"
        );
        assert_eq!(stage.asked(), ["publish"]);
        scaffolder.retry(&id, serde_json::Map::new(), &super::ada().me).await.unwrap();
        once(&scaffolder, &id, TaskStatus::Completed).await;
    });
    assert_eq!(stage.asked(), ["publish", "publish"]);
}

/// A step that fails and leaves a file behind, and one that cleans up.
fn fails_and_cleans_up(stage: &Stage) -> crate::template::Template {
    stage.does("x:fail", false, |call| {
        let left = call.workspace.path().join("left");
        let is_clean = !left.exists();
        std::fs::write(left, "by the step that failed").unwrap();
        Act::Fails(error("denied", if is_clean { "It was clean." } else { "It was not clean." }, false))
    });
    let steps = json!([
        { "id": "write", "action": "x:write", "input": { "path": "a.txt" } },
        { "id": "fail", "action": "x:fail" },
        { "id": "clean", "action": "x:write", "input": { "path": "cleaned" }, "if": "${{ always() }}" },
        { "id": "last", "action": "x:hang", "if": "${{ failure() }}" },
    ]);
    template(steps, json!({}))
}

#[test]
fn trying_again_begins_with_the_files_as_they_were_before_the_failure() {
    let stage = Stage::new();
    let template = fails_and_cleans_up(&stage);
    stage.does("x:hang", true, |_| Act::Done(json!({})));
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template, json!({})).await;
        once(&scaffolder, &id, TaskStatus::Failed).await;
        scaffolder.retry(&id, serde_json::Map::new(), &super::ada().me).await.unwrap();
        let task = once(&scaffolder, &id, TaskStatus::Failed).await;
        assert_eq!(task.error.unwrap().message, "It was clean.");
    });
    assert_eq!(stage.asked(), ["write", "fail", "clean", "last", "fail", "clean", "last"]);
}

#[test]
fn a_step_that_failed_before_a_kill_is_not_done_again_by_itself() {
    let stage = Stage::new();
    let template = fails_and_cleans_up(&stage);
    let id = stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template, json!({})).await;
        stage.at("last").await;
        id
    });
    stage.does("x:hang", true, |_| Act::Done(json!({})));
    stage.life(async |scaffolder| {
        let task = once(&scaffolder, &id, TaskStatus::Failed).await;
        let expected = [StepStatus::Completed, StepStatus::Failed, StepStatus::Completed, StepStatus::Completed];
        assert_eq!(statuses(&task), expected);
        assert_eq!(task.error.unwrap().step_id.as_deref(), Some("fail"));
    });
    assert_eq!(stage.asked(), ["write", "fail", "clean", "last", "last"]);
}

#[test]
fn a_task_waits_for_plugins_that_are_still_fetched_when_the_portal_is_back() {
    let stage = Stage::new();
    let steps = json!([{ "id": "a", "action": "x:hang" }, { "id": "b", "name": "Last", "action": "x:late" }]);
    stage.does("x:late", false, |_| Act::Done(json!({})));
    let id = stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template(steps, json!({})), json!({})).await;
        stage.at("a").await;
        id
    });
    stage.forgets("x:hang");
    stage.forgets("x:late");
    stage.life(async |scaffolder| {
        let waits = "The step Last waits for a plugin that does `x:late`; ten minutes, then it fails";
        tokio::time::advance(Duration::from_secs(300)).await;
        stage.does("x:hang", true, |_| Act::Done(json!({})));
        until(|| said(&scaffolder, &id).iter().any(|line| line == waits).then_some(())).await;
        let task = scaffolder.task(&id).unwrap();
        assert_eq!((task.status, task.waits_for), (TaskStatus::Open, Some(0)));
        assert_eq!(task.steps[1].reason.as_deref(), Some(waits));
        stage.does("x:late", false, |_| Act::Done(json!({})));
        once(&scaffolder, &id, TaskStatus::Completed).await;
    });
}

#[test]
fn a_task_fails_whose_plugin_does_not_come_back() {
    let stage = Stage::new();
    let steps = json!([{ "id": "a", "action": "x:hang" }]);
    let id = stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template(steps, json!({})), json!({})).await;
        stage.at("a").await;
        id
    });
    stage.forgets("x:hang");
    stage.life(async |scaffolder| {
        let began = tokio::time::Instant::now();
        let task = once(&scaffolder, &id, TaskStatus::Failed).await;
        assert!(began.elapsed() >= Duration::from_secs(600), "{:?}", began.elapsed());
        assert!(task.error.unwrap().message.contains("No plugin that is loaded offers the action `x:hang`"));
    });
}

#[test]
fn what_was_said_before_a_kill_stays_and_is_counted_on_from() {
    let stage = Stage::new();
    let id = stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template(json!([{ "id": "a", "action": "x:hang" }]), json!({})), json!({})).await;
        stage.at("a").await;
        // Said, and on the disk, while the task itself is written with the next step alone.
        let kept = scaffolder.kept(&id).unwrap();
        let write = |number: u64| {
            let event = crate::kept::Kept { events: number - 1, ..kept.clone() }.say(
                portico_api_types::EventKind::Log,
                portico_api_types::EventBody { message: format!("line {number}"), ..Default::default() },
            );
            (event.id, serde_json::to_vec(&event).unwrap())
        };
        let events = (kept.events + 1..=kept.events + 3).map(write).collect();
        stage.catalog.write_tasks(&[portico_catalog::TaskWrite { id: id.clone(), record: None, events }]).unwrap();
        id
    });
    stage.does("x:hang", true, |_| Act::Done(json!({})));
    stage.life(async |scaffolder| {
        once(&scaffolder, &id, TaskStatus::Completed).await;
        let all =
            until(|| Some(said(&scaffolder, &id)).filter(|all| all.last().is_some_and(|last| last.starts_with("Run"))))
                .await;
        let lines = all.iter().filter(|line| line.starts_with("line ")).count();
        assert_eq!(lines, 3, "{all:#?}");
        let at = |text: &str| all.iter().position(|line| line == text).unwrap();
        assert!(at("The portal was started again, and goes on with the task") > 3, "{all:#?}");
    });
}

#[test]
fn who_tries_a_task_again_twice_at_once_has_it_done_once() {
    let stage = Stage::new();
    stage.does("x:fail", false, |_| Act::Fails(error("denied", "No.", false)));
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template(json!([{ "id": "a", "action": "x:fail" }]), json!({})), json!({})).await;
        once(&scaffolder, &id, TaskStatus::Failed).await;
        stage.does("x:fail", false, |_| Act::Hangs);
        let me = super::ada().me;
        let again = || scaffolder.retry(&id, serde_json::Map::new(), &me);
        let (first, second) = tokio::join!(again(), again());
        assert!(first.is_ok());
        let refused = second.unwrap_err().to_string();
        assert!(refused.contains("only one that failed or was stopped is tried again"), "{refused}");
    });
}

#[test]
fn a_portal_that_stops_waits_for_no_step_that_is_to_be_tried_again() {
    let stage = Stage::new();
    stage.does("x:flaky", false, |_| Act::Fails(error("unreachable", "The forge is busy.", true)));
    let template = template(json!([{ "id": "a", "action": "x:flaky", "retries": 9 }]), json!({}));
    let id = stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template, json!({})).await;
        until(|| said(&scaffolder, &id).iter().any(|line| line.contains("It is tried again in 8 s")).then_some(()))
            .await;
        let began = tokio::time::Instant::now();
        scaffolder.shutdown(HOUR).await;
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        id
    });
    stage.does("x:flaky", false, |_| Act::Done(json!({})));
    stage.life(async |scaffolder| once(&scaffolder, &id, TaskStatus::Completed).await);
}

#[test]
fn a_task_whose_conditions_read_secrets_is_not_gone_on_with_without_them() {
    let stage = Stage::new();
    let steps = json!([
        { "id": "a", "action": "x:hang" },
        { "id": "b", "action": "x:done", "if": "${{ secrets.token === 'abc' }}" },
    ]);
    let id = stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template(steps, json!({})), json!({ "token": "abc" })).await;
        stage.at("a").await;
        id
    });
    stage.life(async |scaffolder| {
        let task = once(&scaffolder, &id, TaskStatus::Failed).await;
        let said = task.error.unwrap().message;
        assert!(said.contains("the secrets that the task was given are gone with it"), "{said}");
    });
}
