//! Entities that live for a while: due however their task ended, taken down by a task, and in view where that fails.

use std::time::Duration;

use jiff::Timestamp;
use portico_api_types::{Expiry, TaskStatus};
use portico_catalog::{Mode, Origin};
use portico_model::EntityRef;
use serde_json::{Value, json};

use super::{Act, Stage, begin, error, once, template};
use crate::kept::now;
use crate::scaffolder::Scaffolder;
use crate::template::Template;

const ENV: &str = "resource:default/env";

/// With an entity that runs make, and a template that takes it down.
fn stage() -> Stage {
    let stage = Stage::new();
    stage.does("x:register", true, |_| Act::Done(json!({ "entityRef": ENV })));
    stage.does("x:remove", false, |_| Act::Done(json!({})));
    put(&stage, &["resource", "template"]);
    stage
}

fn put(stage: &Stage, kinds: &[&str]) {
    let steps = json!([{ "id": "remove", "action": "x:remove" }]);
    let spec = json!({ "type": "environment", "steps": steps, "forEntity": { "filter": "kind=resource" } });
    let documents = [
        (
            "resource",
            json!({ "apiVersion": "backstage.io/v1alpha1", "kind": "Resource", "metadata": { "name": "env" }, "spec": { "type": "environment", "owner": "platform" } }),
        ),
        (
            "template",
            json!({ "apiVersion": crate::spec::VERSION, "kind": "Template", "metadata": { "name": "remove" }, "spec": spec }),
        ),
    ];
    let mut session = stage.catalog.session("test", "all", Mode::Full).unwrap();
    for (_, document) in documents.iter().filter(|(kind, _)| kinds.contains(kind)) {
        session.put(&document.to_string(), Origin { file: "a".into(), line: 1, url: None, parent: None }).unwrap();
    }
    session.commit(None).unwrap();
}

fn for_a_day(more: Value) -> Template {
    let mut steps = vec![json!({ "id": "register", "action": "x:register" })];
    steps.extend(more.as_array().unwrap().clone());
    template(json!(steps), json!({ "expires": { "after": "1d", "warn": "2h", "tearDown": "template:default/remove" } }))
}

fn only(scaffolder: &Scaffolder) -> Expiry {
    let all = scaffolder.expiries().unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

fn hours(from: Timestamp, to: Timestamp) -> f64 {
    (to.as_millisecond() - from.as_millisecond()) as f64 / 3_600_000.0
}

fn later(hours: u64) -> Timestamp {
    now().checked_add(Duration::from_secs(hours * 3600)).unwrap()
}

fn env() -> EntityRef {
    EntityRef::parse(ENV).unwrap()
}

#[test]
fn people_are_warned_as_long_before_the_end_as_the_template_says_also_where_it_is_put_off() {
    stage().life(async |scaffolder| {
        let id = begin(&scaffolder, &for_a_day(json!([])), json!({})).await;
        let task = once(&scaffolder, &id, TaskStatus::Completed).await;
        let expiry = only(&scaffolder);
        assert_eq!((expiry.entity_ref.as_str(), Some(expiry.at)), (ENV, task.expires_at));
        assert_eq!(hours(expiry.warn_at, expiry.at), 2.0);
        let extended = scaffolder.extend(&env(), "7d", &super::ada().me).unwrap();
        assert_eq!((hours(expiry.at, extended.at), hours(extended.warn_at, extended.at)), (7.0 * 24.0, 2.0));
        assert_eq!(only(&scaffolder), extended);
        for (by, expected) in [("soon", "`soon`"), ("3000d", "more than five years away")] {
            let refused = scaffolder.extend(&env(), by, &super::ada().me).unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
        }
    });
}

#[test]
fn what_a_task_made_that_failed_or_was_stopped_is_due_as_well() {
    let stage = stage();
    stage.does("x:fail", false, |_| Act::Fails(error("denied", "No.", false)));
    for (next, ended) in [("x:fail", TaskStatus::Failed), ("x:hang", TaskStatus::Cancelled)] {
        stage.life(async |scaffolder| {
            let more = json!([{ "id": next, "action": next }]);
            let id = begin(&scaffolder, &for_a_day(more), json!({})).await;
            stage.at(next).await;
            scaffolder.cancel(&id, &super::ada().me).await.unwrap();
            once(&scaffolder, &id, ended).await;
            assert_eq!(only(&scaffolder).task_id, id);
        });
    }
}

#[test]
fn what_a_task_made_that_cannot_be_gone_on_with_is_due_as_well() {
    let stage = stage();
    stage.does("x:publish", false, |_| Act::Hangs);
    let id = stage.life(async |scaffolder| {
        let more = json!([{ "id": "publish", "action": "x:publish" }]);
        let id = begin(&scaffolder, &for_a_day(more), json!({})).await;
        stage.at("publish").await;
        id
    });
    stage.life(async |scaffolder| {
        once(&scaffolder, &id, TaskStatus::Failed).await;
        assert_eq!(only(&scaffolder).task_id, id);
    });
}

#[test]
fn what_is_due_is_taken_down_once_and_forgotten() {
    let stage = stage();
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &for_a_day(json!([])), json!({})).await;
        once(&scaffolder, &id, TaskStatus::Completed).await;
        scaffolder.take_down(later(23)).await.unwrap();
        assert_eq!(only(&scaffolder).tear_down_task, None, "it is not due");
        scaffolder.take_down(later(25)).await.unwrap();
        let task = only(&scaffolder).tear_down_task.unwrap();
        scaffolder.take_down(later(25)).await.unwrap();
        let task = once(&scaffolder, &task, TaskStatus::Completed).await;
        assert_eq!((task.created_by.as_deref(), task.steps.len()), (Some("user:default/ada"), 1));
        scaffolder.take_down(later(25)).await.unwrap();
        assert_eq!(scaffolder.expiries().unwrap(), []);
    });
    assert_eq!(stage.asked(), ["register", "remove"]);
}

#[test]
fn what_cannot_be_taken_down_says_why_and_can_be_put_off_or_tried_again() {
    let stage = stage();
    stage.does("x:remove", false, |_| Act::Fails(error("denied", "The cloud said no.", false)));
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &for_a_day(json!([])), json!({})).await;
        once(&scaffolder, &id, TaskStatus::Completed).await;
        scaffolder.take_down(later(25)).await.unwrap();
        let first = only(&scaffolder).tear_down_task.unwrap();
        once(&scaffolder, &first, TaskStatus::Failed).await;
        scaffolder.take_down(later(25)).await.unwrap();
        let expected = "The run that takes it down is failed: The cloud said no.";
        assert_eq!(only(&scaffolder).problem.as_deref(), Some(expected));
        let extended = scaffolder.extend(&env(), "1d", &super::ada().me).unwrap();
        assert_eq!((extended.tear_down_task, extended.problem), (None, None));
        scaffolder.take_down(later(72)).await.unwrap();
        let second = only(&scaffolder).tear_down_task.unwrap();
        assert_ne!(first, second);
        once(&scaffolder, &second, TaskStatus::Failed).await;
        scaffolder.take_down(later(72)).await.unwrap();
        stage.does("x:remove", false, |_| Act::Done(json!({})));
        scaffolder.retry(&second, serde_json::Map::new(), &super::ada().me).await.unwrap();
        once(&scaffolder, &second, TaskStatus::Completed).await;
        scaffolder.take_down(later(72)).await.unwrap();
        assert_eq!(scaffolder.expiries().unwrap(), []);
    });
}

#[test]
fn an_end_that_cannot_be_begun_says_why_until_it_can() {
    let stage = stage();
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &for_a_day(json!([])), json!({})).await;
        once(&scaffolder, &id, TaskStatus::Completed).await;
        put(&stage, &["resource"]);
        scaffolder.take_down(later(25)).await.unwrap();
        assert_eq!(only(&scaffolder).problem.as_deref(), Some("Template template:default/remove not found"));
        put(&stage, &["resource", "template"]);
        scaffolder.take_down(later(25)).await.unwrap();
        let expiry = only(&scaffolder);
        assert!(expiry.problem.is_none() && expiry.tear_down_task.is_some());
    });
}

#[test]
fn only_who_made_it_or_owns_it_puts_off_its_end() {
    let stage = stage();
    stage.life(async |scaffolder| {
        let id = begin(&scaffolder, &for_a_day(json!([])), json!({})).await;
        once(&scaffolder, &id, TaskStatus::Completed).await;
        let by = |who: &str, groups: &[&str]| scaffolder.extend(&env(), "1d", &super::asked_by(who, groups).me);
        let refused = by("user:default/eve", &["group:default/payments"]).unwrap_err().to_string();
        let expected = "user:default/eve is none of those who may: user:default/ada, group:default/platform";
        assert_eq!(refused, expected);
        assert!(by("user:default/eve", &["group:default/platform"]).is_ok() && by("user:default/ada", &[]).is_ok());
        assert!(scaffolder.extend(&env(), "1d", &[]).is_err(), "somebody who is known made it");
    });
}

#[test]
fn whoever_made_it_or_owns_it_is_warned_before_its_end_and_nobody_else() {
    stage().life(async |scaffolder| {
        let id = begin(&scaffolder, &for_a_day(json!([])), json!({})).await;
        once(&scaffolder, &id, TaskStatus::Completed).await;
        let warned = |me: &[EntityRef], at| scaffolder.warned(me, at).unwrap().len();
        let of = |who: &str, groups: &[&str]| super::asked_by(who, groups).me;
        assert_eq!(warned(&super::ada().me, later(1)), 0, "there is time");
        for (me, count) in [
            (super::ada().me, 1),
            (of("user:default/bob", &["group:default/platform"]), 1),
            (of("user:default/bob", &["group:default/payments"]), 0),
            (Vec::new(), 0),
        ] {
            assert_eq!(warned(&me, later(23)), count, "{me:?}");
        }
    });
}
