//! What belongs to what.

use serde_json::{Value, json};

use super::*;
use crate::testing::{deployment, failing_pod, model, pod, workload};

fn pods_of(model: &Model, name: &str) -> Pods {
    let rows = model.rows();
    rows.into_iter().find(|row| *row.workload.name == *name).unwrap_or_else(|| panic!("no {name}")).pods
}

fn owned(mut object: Value, kind: &str, uid: &str) -> Value {
    object["metadata"]["ownerReferences"] = json!([{ "kind": kind, "name": "x", "uid": uid, "controller": true }]);
    object
}

#[test]
fn pods_are_summed_into_the_deployment_that_their_replica_set_is_called_after() {
    let model = model(&[
        (Sort::Deployments, deployment("shop", "orders")),
        (Sort::Deployments, deployment("other", "orders")),
        (Sort::Pods, pod("shop", "orders", 1)),
        (Sort::Pods, failing_pod("shop", "orders", 2, "CrashLoopBackOff")),
        (Sort::Pods, failing_pod("shop", "orders", 3, "ImagePullBackOff")),
    ]);
    assert!(!model.lacks_sets(), "names tell whose they are");
    let rows = model.rows();
    let shop = rows.iter().find(|row| *row.workload.namespace == *"shop").expect("there");
    assert_eq!((shop.pods.count, shop.pods.ready, shop.pods.failing, shop.pods.restarts), (3, 1, 2, 35));
    assert_eq!(
        shop.pods.reasons.iter().map(|reason| &**reason).collect::<Vec<_>>(),
        ["CrashLoopBackOff", "ImagePullBackOff"]
    );
    let other = rows.iter().find(|row| *row.workload.namespace == *"other").expect("there");
    assert_eq!(other.pods.count, 0, "one of the same name in another namespace has none of them");
}

#[test]
fn a_replica_set_with_a_name_of_its_own_is_asked_for() {
    let mut stray = pod("shop", "orders", 1);
    stray["metadata"]["ownerReferences"][0]["name"] = json!("by-hand");
    let mut model = model(&[(Sort::Deployments, deployment("shop", "orders")), (Sort::Pods, stray)]);
    assert!(model.lacks_sets());
    assert_eq!(pods_of(&model, "orders").count, 0);
    let set = json!({ "metadata": { "name": "by-hand", "uid": "set-orders", "ownerReferences": [
        { "kind": "Deployment", "name": "orders", "uid": "shop-Deployment-orders", "controller": true },
    ] } });
    model.apply(Sort::ReplicaSets, Change::Stands, &set.to_string()).expect("a set");
    assert!(!model.lacks_sets());
    assert_eq!(pods_of(&model, "orders").count, 1);
}

#[test]
fn jobs_of_a_schedule_are_a_part_of_it_and_the_last_one_says_how_it_is() {
    let cron = workload("CronJob", "shop", "nightly");
    let job = |name: &str, created: &str, failed: bool| {
        let mut job = owned(workload("Job", "shop", name), "CronJob", "shop-CronJob-nightly");
        job["metadata"]["creationTimestamp"] = json!(created);
        if failed {
            job["status"] =
                json!({ "conditions": [{ "type": "Failed", "status": "True", "reason": "DeadlineExceeded" }] });
        }
        job
    };
    let running = owned(pod("shop", "nightly", 1), "Job", "shop-Job-b");
    let failed_last = model(&[
        (Sort::CronJobs, cron.clone()),
        (Sort::Jobs, job("a", "2026-01-01T00:00:00Z", false)),
        (Sort::Jobs, job("b", "2026-01-02T00:00:00Z", true)),
        (Sort::Pods, running),
    ]);
    let rows = failed_last.rows();
    assert_eq!((rows.len(), rows[0].pods.count), (1, 1), "the pods of its jobs are its own");
    assert_eq!(rows[0].job.map(|(reason, _)| &**reason), Some("DeadlineExceeded"));
    let mended = model(&[
        (Sort::CronJobs, cron),
        (Sort::Jobs, job("a", "2026-01-01T00:00:00Z", true)),
        (Sort::Jobs, job("b", "2026-01-02T00:00:00Z", false)),
    ]);
    assert_eq!(mended.rows()[0].job, None, "what failed before counts no more");
}

#[test]
fn what_scales_by_itself_says_so() {
    let autoscaler = json!({
        "metadata": { "name": "a", "namespace": "shop", "uid": "h" },
        "spec": { "scaleTargetRef": { "kind": "Deployment", "name": "orders" }, "minReplicas": 2, "maxReplicas": 9 },
    });
    let model = model(&[
        (Sort::Deployments, deployment("shop", "orders")),
        (Sort::StatefulSets, workload("StatefulSet", "shop", "orders")),
        (Sort::Autoscalers, autoscaler),
    ]);
    let scaled: Vec<_> =
        model.rows().iter().map(|row| (row.workload.kind, row.autoscaler.map(|one| one.most))).collect();
    assert_eq!(scaled, [(Kind::Deployment, Some(9)), (Kind::StatefulSet, None)]);
}

#[test]
fn pods_of_nothing_that_is_known_are_left_out() {
    let mirror = owned(pod("kube-system", "apiserver", 1), "Node", "node-1");
    let mut bare = pod("shop", "debug", 1);
    bare["metadata"].as_object_mut().expect("one").remove("ownerReferences");
    let model = model(&[(Sort::Deployments, deployment("shop", "orders")), (Sort::Pods, mirror), (Sort::Pods, bare)]);
    assert_eq!(model.rows().len(), 1);
    assert_eq!(pods_of(&model, "orders").count, 0);
}

#[test]
fn one_that_was_made_again_under_its_name_is_another_one() {
    let mut again = deployment("shop", "orders");
    again["metadata"]["uid"] = json!("second");
    let mut model = model(&[(Sort::Deployments, deployment("shop", "orders")), (Sort::Deployments, again)]);
    model.apply(Sort::Deployments, Change::Gone, &deployment("shop", "orders").to_string()).expect("gone");
    let rows = model.rows();
    assert_eq!((rows.len(), &*rows[0].workload.uid), (1, "second"), "the end of the first is not that of the second");
}

#[test]
fn a_list_that_begins_anew_forgets_what_it_said_before_and_nothing_else() {
    let mut model = model(&[
        (Sort::Deployments, deployment("a", "one")),
        (Sort::Deployments, deployment("b", "two")),
        (Sort::StatefulSets, workload("StatefulSet", "a", "three")),
    ]);
    model.begin(Sort::Deployments, Some("a"));
    assert_eq!(model.rows().len(), 2);
    model.begin(Sort::Deployments, None);
    assert_eq!(model.rows().len(), 1);
}

#[test]
fn what_cannot_be_read_changes_nothing() {
    let mut model = model(&[(Sort::Deployments, deployment("shop", "orders"))]);
    assert!(model.apply(Sort::Deployments, Change::Stands, r#"{"metadata": {"name": "x"}}"#).is_err());
    assert_eq!(model.rows().len(), 1);
}

#[test]
fn of_many_pods_that_fail_some_are_named_and_all_are_counted() {
    let mut objects = vec![(Sort::Deployments, deployment("shop", "orders"))];
    objects.extend((0..40).map(|number| (Sort::Pods, failing_pod("shop", "orders", number, "CrashLoopBackOff"))));
    let pods = pods_of(&model(&objects), "orders");
    assert_eq!((pods.failing, pods.named.len()), (40, NAMED));
}
