//! What is read of objects.

use serde_json::{Value, json};

use super::workload::Containers;
use super::*;
use crate::testing::{deployment, failing_pod, pod, workload};

fn read(kind: Kind, object: &Value) -> Workload {
    Workload::read(kind, &object.to_string()).expect("a workload")
}

fn trouble(pod: &Value) -> Option<String> {
    let pod = Pod::read(&pod.to_string()).expect("a pod")?;
    pod.trouble.map(|trouble| trouble.reason.to_string())
}

#[test]
fn of_a_deployment_is_kept_what_facts_are_made_of() {
    let orders = read(Kind::Deployment, &deployment("shop", "orders"));
    assert_eq!(orders.replicas, Replicas { wanted: 3, ready: 3, available: 3 });
    assert_eq!(orders.containers.images, ["registry.test/orders:1.0".into()]);
    assert_eq!(orders.containers.requests, Amounts { cpu: 100, memory: 64 << 20 });
    assert!(orders.containers.have_limits && !orders.containers.is_privileged && !orders.containers.moves);
    assert!(!format!("{orders:?}").contains("hunter2"), "what containers are told is not kept");
}

#[test]
fn each_kind_says_in_its_own_way_how_many_there_are() {
    let mut set = workload("StatefulSet", "shop", "db");
    set["status"] = json!({ "replicas": 3, "readyReplicas": 2 });
    assert_eq!(read(Kind::StatefulSet, &set).replicas, Replicas { wanted: 3, ready: 2, available: 2 });
    let mut daemon = workload("DaemonSet", "shop", "agent");
    daemon["spec"]["replicas"] = Value::Null;
    daemon["status"] = json!({ "desiredNumberScheduled": 5, "numberReady": 4, "numberAvailable": 3 });
    assert_eq!(read(Kind::DaemonSet, &daemon).replicas, Replicas { wanted: 5, ready: 4, available: 3 });
    let mut one = deployment("shop", "one");
    one["spec"].as_object_mut().expect("a spec").remove("replicas");
    one["status"] = json!({});
    assert_eq!(read(Kind::Deployment, &one).replicas, Replicas { wanted: 1, ready: 0, available: 0 });
}

#[test]
fn containers_are_judged_all_together() {
    let judged = |containers: Value| {
        let mut object = deployment("shop", "orders");
        object["spec"]["template"]["spec"] = containers;
        read(Kind::Deployment, &object).containers
    };
    let limited = json!({ "image": "a:1", "resources": { "limits": { "cpu": "1" } } });
    let bare = json!({ "image": "b" });
    let both = judged(json!({ "containers": [limited, bare] }));
    assert!(!both.have_limits && both.moves, "one without limits or with an image that moves is enough: {both:?}");
    let before = json!({ "image": "c:1", "securityContext": { "privileged": true } });
    assert!(judged(json!({ "containers": [limited], "initContainers": [before] })).is_privileged);
    assert!(!judged(json!({ "containers": [limited], "initContainers": null })).is_privileged);
    let moving = judged(json!({ "containers": [limited], "initContainers": [{ "image": "migrate:latest" }] }));
    assert_eq!(moving.images, ["a:1".into(), "migrate:latest".into()], "what runs before the others is run as well");
    assert!(moving.moves && !moving.have_limits, "{moving:?}");
}

#[test]
fn a_pod_takes_what_its_containers_take_at_one_time() {
    let amounts = |containers: Value| {
        let mut object = deployment("shop", "orders");
        object["spec"]["template"]["spec"] = containers;
        let Containers { requests, limits, .. } = read(Kind::Deployment, &object).containers;
        ((requests.cpu, requests.memory >> 20), (limits.cpu, limits.memory >> 20))
    };
    let of = |cpu: &str, memory: &str| json!({ "requests": { "cpu": cpu, "memory": memory } });
    let own = [json!({ "resources": of("100m", "64Mi") }), json!({ "resources": of("200m", "64Mi") })];
    let before = |cpu: &str| json!({ "resources": of(cpu, "16Mi") });
    let beside = json!({ "resources": of("50m", "32Mi"), "restartPolicy": "Always" });
    for (before, expected, why) in [
        (json!([]), (300, 128), "all of them together"),
        (json!([before("250m")]), (300, 128), "what has ended by then takes nothing"),
        (json!([before("250m"), before("900m")]), (900, 128), "the greatest of each"),
        (json!([beside]), (350, 160), "what goes on beside them counts with them"),
        (json!([beside, before("900m")]), (950, 160), "and with those that begin after it"),
        (json!([before("900m"), beside]), (900, 160), "and with none that has ended before it"),
    ] {
        assert_eq!(amounts(json!({ "containers": own, "initContainers": before })).0, expected, "{why}");
    }
    let limited = json!({ "resources": { "requests": { "cpu": "100m" }, "limits": { "cpu": "1", "memory": "1Gi" } } });
    let expected = ((100, 1024), (1_000, 1024));
    assert_eq!(
        amounts(json!({ "containers": [limited] })),
        expected,
        "what it is limited to is reserved, if nothing else is"
    );
}

#[test]
fn a_rollout_is_the_last_time_that_something_was_replaced() {
    let rollout = |change: fn(&mut Value)| {
        let mut object = deployment("shop", "orders");
        change(&mut object);
        read(Kind::Deployment, &object).rollout.expect("a time").to_string()
    };
    let progress = |object: &mut Value| {
        object["status"]["conditions"] =
            json!([{ "type": "Progressing", "status": "True", "lastUpdateTime": "2026-02-01T00:00:00Z" }]);
    };
    assert_eq!(rollout(|_| {}), "2026-01-01T00:00:00Z", "when it was made");
    assert_eq!(rollout(progress), "2026-02-01T00:00:00Z");
    for (written, expected) in [
        ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("2026-03-01T02:00:00+02:00", "2026-03-01T00:00:00Z"),
        ("yesterday", "2026-01-01T00:00:00Z"),
    ] {
        let mut object = deployment("shop", "orders");
        object["spec"]["template"]["metadata"]["annotations"] = json!({ "kubectl.kubernetes.io/restartedAt": written });
        assert_eq!(read(Kind::Deployment, &object).rollout.as_deref(), Some(expected), "{written}");
    }
}

#[test]
fn a_workload_says_itself_that_it_is_stuck() {
    let mut stuck = deployment("shop", "orders");
    stuck["status"]["conditions"] = json!([{ "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out" }]);
    let expected: (Text, Option<Text>) = ("ProgressDeadlineExceeded".into(), Some("timed out".into()));
    assert_eq!(read(Kind::Deployment, &stuck).trouble, Some(expected));
    let mut job = workload("Job", "shop", "migrate");
    job["status"] = json!({ "failed": 6, "conditions": [{ "type": "Failed", "status": "True", "reason": "BackoffLimitExceeded" }] });
    assert_eq!(read(Kind::Job, &job).trouble.map(|(reason, _)| reason), Some("BackoffLimitExceeded".into()));
}

#[test]
fn a_pod_says_why_it_fails() {
    let waiting = |reason: &str| failing_pod("shop", "orders", 1, reason);
    for reason in ["CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError"] {
        assert_eq!(trouble(&waiting(reason)).as_deref(), Some(reason));
    }
    for reason in ["ContainerCreating", "PodInitializing"] {
        assert_eq!(trouble(&waiting(reason)), None, "{reason} belongs to every beginning");
    }
    let mut killed = waiting("CrashLoopBackOff");
    killed["status"]["containerStatuses"][0]["lastState"] =
        json!({ "terminated": { "reason": "OOMKilled", "exitCode": 137 } });
    assert_eq!(trouble(&killed).as_deref(), Some("OOMKilled"), "why it ended says more than that it waits");
    let mut ended = pod("shop", "orders", 1);
    ended["status"]["containerStatuses"][0]["state"] =
        json!({ "terminated": { "exitCode": 2, "message": "a stack with secrets" } });
    assert_eq!(trouble(&ended).as_deref(), Some("Error"));
    let kept = format!("{:?}", Pod::read(&ended.to_string()).expect("a pod"));
    assert!(!kept.contains("secrets"), "what a container wrote is not kept: {kept}");
    let mut pending = pod("shop", "orders", 1);
    pending["status"] = json!({ "phase": "Pending", "conditions": [{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable" }] });
    assert_eq!(trouble(&pending).as_deref(), Some("Unschedulable"));
    let mut first = waiting("PodInitializing");
    first["status"]["initContainerStatuses"] = json!([{ "state": { "waiting": { "reason": "CrashLoopBackOff" } } }]);
    assert_eq!(trouble(&first).as_deref(), Some("CrashLoopBackOff"));
    assert_eq!(trouble(&pod("shop", "orders", 1)), None);
    let mut leaving = waiting("CrashLoopBackOff");
    leaving["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(trouble(&leaving), None, "one that is on its way out ends as it may");
}

#[test]
fn a_pod_that_was_killed_for_its_memory_and_runs_again_says_when() {
    let read = |pod: &Value| Pod::read(&pod.to_string()).expect("a pod").expect("it runs");
    let ended =
        |reason: &str, at: &str| json!({ "terminated": { "reason": reason, "exitCode": 137, "finishedAt": at } });
    let mut killed = pod("shop", "orders", 1);
    killed["status"]["containerStatuses"][0]["lastState"] = ended("OOMKilled", "2026-01-01T09:00:00Z");
    killed["status"]["initContainerStatuses"] = json!([
        { "restartCount": 2, "state": { "running": {} }, "lastState": ended("OOMKilled", "2026-01-01T10:00:00Z") },
    ]);
    let pod = read(&killed);
    assert_eq!(
        (pod.killed.as_deref(), pod.restarts),
        (Some("2026-01-01T10:00:00Z"), 3),
        "the last time, of any of them"
    );
    assert_eq!(pod.trouble, None);
    killed["status"]["initContainerStatuses"] = json!(null);
    killed["status"]["containerStatuses"][0]["lastState"] = ended("Error", "2026-01-01T09:00:00Z");
    assert_eq!(read(&killed).killed, None);
    let mut waits = failing_pod("shop", "orders", 1, "CrashLoopBackOff");
    waits["status"]["containerStatuses"][0]["lastState"] = ended("OOMKilled", "2026-01-01T09:00:00Z");
    assert_eq!(read(&waits).killed, None, "that is why it fails");
}

#[test]
fn a_pod_that_has_finished_counts_no_more() {
    for phase in ["Succeeded", "Failed"] {
        let mut done = pod("shop", "orders", 1);
        done["status"]["phase"] = json!(phase);
        assert_eq!(Pod::read(&done.to_string()).expect("a pod"), None, "{phase}");
    }
}

#[test]
fn what_scales_by_itself_is_read_in_each_version() {
    let written = json!({
        "metadata": { "name": "orders", "namespace": "shop", "uid": "1" },
        "spec": { "scaleTargetRef": { "kind": "Deployment", "name": "orders" }, "maxReplicas": 9, "targetCPUUtilizationPercentage": 80 },
    });
    let autoscaler = Autoscaler::read(&written.to_string()).expect("one");
    assert_eq!((autoscaler.least, autoscaler.most), (1, 9));
}

#[test]
fn what_is_no_object_is_named_as_far_as_it_can_be() {
    assert!(Workload::read(Kind::Deployment, r#"{"metadata": {"name": "x"}}"#).is_err());
    for (json, expected) in [
        (r#"{"metadata": {"name": "x", "namespace": "n"}, "spec": 7}"#, "n/x"),
        (r#"{"metadata": {"name": "x"}}"#, "x"),
        ("[]", "an object without a name"),
    ] {
        assert_eq!(name_of(json), expected);
    }
}
