//! Attacks of actions that are those of every extension point: what the step says, that the catalog is as it was, and that a healthy plugin
//! beside them does its work.

use std::time::Duration;

use portico_api_types::LogLine;
use portico_runtime::{ActionCall, ActionError};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::attack::Attack;
use crate::hostile::card_in_time;
use crate::points::ANYWHERE;
use crate::support::{Portal, Task, eventually};

async fn portal(attack: Attack) -> Portal {
    Portal::attacked(attack, "limits: { memory: 64MiB, cpu: 500ms }", Attack::Feed).await
}

fn call(task: &Task) -> ActionCall {
    task.call("hostile:attack", json!({}))
}

/// Has an action done, with a card of a healthy plugin beside it, and asks it to stop once it has said that it has begun.
async fn stopped(portal: &Portal, attack: Attack, call: ActionCall) -> (Result<Value, ActionError>, Vec<LogLine>) {
    let (mut log, begun) = (Vec::new(), Notify::new());
    let said = |line: LogLine| {
        if line.message == "begun" {
            begun.notify_one();
        }
        log.push(line);
    };
    let (done, ()) =
        tokio::join!(portal.runtime.perform_action(call, said, begun.notified()), card_in_time(portal, attack));
    (done, log)
}

async fn is_whole(portal: &Portal) {
    assert_eq!(portal.catalog.count().unwrap(), 1, "the catalog is as it was");
    eventually(|| portal.runtime.metrics().memory == 0).await;
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert!(plugin.used.peak_memory <= 64 << 20, "{:?}", plugin.used);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_that_attacks_has_its_step_say_why_it_failed() {
    for (attack, code, says) in ANYWHERE {
        let (portal, task) = (portal(attack).await, Task::new());
        let (done, log) = stopped(&portal, attack, call(&task)).await;
        let error = done.unwrap_err();
        assert_eq!(error.code, code, "{attack:?}: {}", error.message);
        assert!(error.message.contains(says) && error.message.len() <= 8 << 10, "{attack:?}: {}", error.message);
        let said = log.iter().map(|line| line.message.as_str()).chain([error.message.as_str()]);
        for said in said {
            assert!(!said.contains('\u{1b}') && !said.contains("CAME THROUGH"), "{attack:?}: {said}");
        }
        is_whole(&portal).await;
        // A step is its task's business: nobody is left alone for a while, and others do their work.
        task.perform(&portal, "healthy:attack").await.0.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_that_is_to_stop_stops_or_is_ended_by_force() {
    for (attack, says) in [
        (Attack::HeedCancel, "The run was stopped on request."),
        (Attack::IgnoreCancel, "did not end by itself and was ended by force"),
    ] {
        let limits = "limits: { memory: 64MiB, cpu: 60s }";
        let (portal, task) = (Portal::attacked(attack, limits, Attack::Feed).await, Task::new());
        let error = stopped(&portal, attack, call(&task)).await.0.unwrap_err();
        assert_eq!(error.code, "cancelled", "{attack:?}: {}", error.message);
        assert!(error.message.contains(says), "{attack:?}: {}", error.message);
        is_whole(&portal).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_that_never_ends_is_ended_by_the_timeout_of_its_step() {
    for attack in [Attack::WaitForEver, Attack::EndlessProgress] {
        let limits = "limits: { memory: 64MiB, cpu: 60s }";
        let (portal, task) = (Portal::attacked(attack, limits, Attack::Feed).await, Task::new());
        let call = ActionCall { timeout: Some(Duration::from_millis(500)), ..call(&task) };
        let error = stopped(&portal, attack, call).await.0.unwrap_err();
        let expected =
            "`hostile:attack` was ended after 500ms, the `timeout` of its step. If it needs longer, say so there.";
        assert_eq!((error.code.as_str(), error.message.as_str()), ("timeLimit", expected), "{attack:?}");
        is_whole(&portal).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_that_floods_its_log_is_heard_to_its_bound() {
    let (portal, task) = (portal(Attack::LogFlood).await, Task::new());
    let (done, log) = stopped(&portal, Attack::LogFlood, call(&task)).await;
    assert_eq!(done, Ok(json!({})));
    assert!(log.len() <= 2_001, "{} lines", log.len());
    assert!(log.last().unwrap().message.starts_with("A run keeps 2000 lines of its log."), "{:?}", log.last());
}
