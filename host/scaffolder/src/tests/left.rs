//! What is left of tasks that are over, on the disk and in the store, and for how long.

use std::path::Path;

use portico_api_types::TaskStatus;
use serde_json::{Value, json};

use super::{Act, Stage, begin, error, once, template};
use crate::kept::now;

const SECRET: &str = "hunter2-and-more";

/// The files below a folder that hold the secret, and how many there are in all.
fn files(folder: &Path) -> (Vec<String>, usize) {
    let (mut holding, mut all) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            let (inner, count) = files(&entry.path());
            holding.extend(inner);
            all += count;
        } else {
            all += 1;
            let bytes = std::fs::read(entry.path()).unwrap();
            let holds = bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
            holding.extend(holds.then(|| entry.file_name().into_string().unwrap()));
        }
    }
    (holding, all)
}

/// A task that writes its secret into a file, does something, and fails.
fn fails_after(stage: &Stage, next: Value) -> crate::template::Template {
    stage.does("x:fail", false, |_| Act::Fails(error("denied", "No.", false)));
    let steps = json!([
        { "id": "write", "action": "x:write", "input": { "path": "a.txt", "content": "${{ secrets.token }}" } },
        next,
        { "id": "fail", "action": "x:fail" },
    ]);
    template(steps, json!({}))
}

#[test]
fn files_of_a_task_that_nobody_can_try_again_go_at_once() {
    let stage = Stage::new();
    let said = json!({ "id": "say", "action": "x:done", "input": { "said": "${{ secrets.token }}" } });
    let template = fails_after(&stage, said);
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template, json!({ "token": SECRET })).await;
        let task = once(&scaffolder, &id, TaskStatus::Failed).await;
        assert_eq!(task.steps[1].output, Some(json!({ "said": "***" })));
        let refused = scaffolder.retry(&id, serde_json::Map::new(), &super::ada().me).await.unwrap_err().to_string();
        assert!(refused.contains("put out a secret"), "{refused}");
    });
    assert_eq!(files(stage.folder.path()), (Vec::new(), 0));
}

#[test]
fn files_of_a_task_that_may_be_tried_again_stay_in_one_archive_for_a_week() {
    let stage = Stage::new();
    let template = fails_after(&stage, json!({ "id": "more", "action": "x:done" }));
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &template, json!({ "token": SECRET })).await;
        once(&scaffolder, &id, TaskStatus::Failed).await;
        let (holding, all) = files(stage.folder.path());
        assert!(all == 1 && holding.len() == 1 && holding[0].ends_with(".tar"), "{holding:?} of {all}");
        let days = |days: i64| now().as_millisecond() + days * 24 * 3_600_000;
        scaffolder.tidy_now(days(6)).unwrap();
        assert_eq!(files(stage.folder.path()).1, 1);
        scaffolder.tidy_now(days(8)).unwrap();
        assert_eq!(files(stage.folder.path()).1, 0);
    });
}

#[test]
fn a_task_is_forgotten_after_ninety_days_with_all_that_was_said_in_it() {
    let stage = Stage::new();
    stage.life(async |scaffolder| {
        let hangs = template(json!([{ "id": "b", "action": "x:hang" }]), json!({}));
        let goes_on = begin(&scaffolder, &hangs, json!({})).await;
        stage.at("b").await;
        let id = begin(&scaffolder, &template(json!([{ "id": "a", "action": "x:done" }]), json!({})), json!({})).await;
        once(&scaffolder, &id, TaskStatus::Completed).await;
        let days = |days: i64| now().as_millisecond() + days * 24 * 3_600_000;
        scaffolder.tidy_now(days(89)).unwrap();
        assert!(scaffolder.task(&id).is_ok());
        scaffolder.tidy_now(days(91)).unwrap();
        let gone = scaffolder.task(&id).unwrap_err().to_string();
        assert_eq!(gone, format!("No task with id '{id}' found"));
        assert_eq!(stage.catalog.task_events(&id, 0, 10).unwrap(), []);
        assert!(scaffolder.task(&goes_on).is_ok(), "what goes on is never forgotten");
    });
}
