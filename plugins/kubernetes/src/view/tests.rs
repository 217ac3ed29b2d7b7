//! Views that follow one another.

use portico_sdk::testing::Portal;
use serde_json::json;

use super::*;
use crate::model::Change;
use crate::sort::Sort;
use crate::testing::{cluster, component, deployment, failing_pod, model, pod, workload};

fn entities() -> Entities {
    let portal = Portal::new().entity(component("orders")).entity(component("payments")).entity(component("nightly"));
    portal.run(|| Entities::read(&["app.kubernetes.io/name".to_owned()])).expect("a catalog")
}

/// Some deployments and pods, of which it is remembered from here on what is touched.
fn shop() -> Model {
    let mut shop = model(&[
        (Sort::Deployments, deployment("shop", "orders")),
        (Sort::Deployments, deployment("shop", "payments")),
        (Sort::Deployments, deployment("shop", "ledger")),
        (Sort::Pods, pod("shop", "orders", 1)),
        (Sort::Pods, pod("shop", "payments", 1)),
    ]);
    shop.remember();
    shop
}

fn whole(model: &Model, entities: &Entities) -> View {
    View::of(&cluster("prod"), model, entities).expect("a view")
}

fn next(view: &View, model: &mut Model, entities: &Entities) -> View {
    let touched = model.touched();
    view.next(&cluster("prod"), model, entities, &touched).expect("a view")
}

fn job(name: &str) -> Value {
    let mut job = workload("Job", "shop", name);
    job["metadata"]["ownerReferences"] =
        json!([{ "kind": "CronJob", "name": "nightly", "uid": "shop-CronJob-nightly", "controller": true }]);
    job["status"] = json!({ "conditions": [{ "type": "Failed", "status": "True", "reason": "BackoffLimitExceeded" }] });
    job
}

#[test]
fn a_view_that_follows_another_is_as_one_that_is_made_of_the_whole() {
    use Change::{Gone, Stands};
    let mut again = deployment("shop", "orders");
    again["metadata"]["uid"] = json!("another");
    again["spec"]["replicas"] = json!(7);
    let mut adopted = pod("shop", "orders", 1);
    adopted["metadata"]["ownerReferences"][0]["name"] = json!("payments-6c9d");
    let mut finished = pod("shop", "payments", 1);
    finished["status"]["phase"] = json!("Succeeded");
    let mut service = workload("Service", "shop", "orders");
    service["spec"] = json!({ "selector": { "app": "ledger" } });
    let target = json!({ "kind": "Deployment", "name": "ledger", "apiVersion": "apps/v1" });
    let scaler = json!({ "metadata": { "name": "ledger", "namespace": "shop", "uid": "h" }, "spec": { "scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 9 } });
    let orders = || deployment("shop", "orders");
    let steps = [
        (Sort::Pods, Stands, failing_pod("shop", "orders", 1, "CrashLoopBackOff")),
        (Sort::Pods, Stands, failing_pod("shop", "orders", 2, "OOMKilled")),
        (Sort::Pods, Gone, failing_pod("shop", "orders", 2, "OOMKilled")),
        (Sort::Pods, Stands, adopted),
        (Sort::Pods, Stands, finished),
        (Sort::Deployments, Gone, orders()),
        (Sort::Pods, Stands, pod("shop", "orders", 3)),
        (Sort::Deployments, Stands, again.clone()),
        (Sort::Deployments, Gone, again),
        (Sort::Deployments, Stands, orders()),
        (Sort::Jobs, Stands, job("nightly-1")),
        (Sort::CronJobs, Stands, workload("CronJob", "shop", "nightly")),
        (Sort::Jobs, Gone, job("nightly-1")),
        (Sort::Jobs, Stands, job("nightly-2")),
        (Sort::CronJobs, Gone, workload("CronJob", "shop", "nightly")),
        (Sort::Services, Stands, service),
        (Sort::Autoscalers, Stands, scaler),
    ];
    let (mut shop, entities) = (shop(), entities());
    let mut view = whole(&shop, &entities);
    for (sort, change, object) in steps {
        shop.apply(sort, change, &object.to_string()).expect("an object of its sort");
        view = next(&view, &mut shop, &entities);
        let (what, expected) = (format!("{sort:?} {change:?}"), whole(&shop, &entities));
        assert_eq!(view.workloads, expected.workloads, "{what}");
        assert_eq!((&view.parts, view.matched), (&expected.parts, expected.matched), "{what}");
    }
    shop.begin(Sort::Pods, None);
    view = next(&view, &mut shop, &entities);
    assert_eq!(view.parts, whole(&shop, &entities).parts, "a list that is read again");
}

#[test]
fn what_was_not_touched_is_not_made_anew() {
    let (mut shop, entities) = (shop(), entities());
    let before = whole(&shop, &entities);
    let failing = failing_pod("shop", "orders", 1, "CrashLoopBackOff").to_string();
    shop.apply(Sort::Pods, Change::Stands, &failing).expect("a pod");
    let after = next(&before, &mut shop, &entities);
    let anew = |after: &View| -> Vec<String> {
        let other = after.workloads.iter().filter(|(id, shown)| !Rc::ptr_eq(shown, &before.workloads[*id]));
        other.map(|(id, _)| id.clone()).collect()
    };
    assert_eq!(anew(&after), ["shop.deployment.orders"]);
    assert_eq!(shop.touched(), Touch::default(), "and that is over");
    let all = Touch { all: true, ..Touch::default() };
    let after = after.next(&cluster("prod"), &shop, &entities, &all).expect("a view");
    assert_eq!(anew(&after).len(), 3, "where entities are others, everything is");
}
