//! Clusters in memory, for tests: objects as an API server writes them, and what it answers at which address.

use std::collections::BTreeMap;

use portico_sdk::entity::Entity;
use portico_sdk::testing::{Answer, Portal};
use serde_json::{Value, json};

use crate::model::{Change, Model};
use crate::settings::Cluster;
use crate::sort::Sort;

/// A cluster at `https://NAME.test`.
pub(crate) fn cluster(name: &str) -> Cluster {
    Cluster {
        name: name.into(),
        server: format!("https://{name}.test"),
        namespace: None,
        namespaces: Vec::new(),
        dashboard: None,
    }
}

/// An answer with a status and a body.
pub(crate) fn answer(status: u16, body: &str) -> Answer {
    Answer::body(body).with_status(status)
}

/// What a server says that refuses a list.
pub(crate) fn forbidden(what: &str) -> Answer {
    let message = format!("{what} is forbidden: User \"portal\" cannot list resource \"{what}\"");
    answer(403, &json!({ "kind": "Status", "reason": "Forbidden", "code": 403, "message": message }).to_string())
}

/// A page of a list.
pub(crate) fn page(items: &[Value], next: &str) -> Answer {
    Answer::json(&json!({ "kind": "List", "metadata": { "resourceVersion": "100", "continue": next }, "items": items }))
}

/// The address of the first page of a list.
pub(crate) fn first(cluster: &str, path: &str) -> String {
    format!("https://{cluster}.test/{path}?limit=500")
}

/// A server, with what it answers at the paths of its lists; those that a test does not name are empty.
pub(crate) struct Server {
    name: &'static str,
    lists: BTreeMap<String, Vec<(String, Answer)>>,
}

impl Server {
    pub(crate) fn new(name: &'static str) -> Server {
        let paths = [
            "apis/apps/v1/deployments",
            "apis/apps/v1/statefulsets",
            "apis/apps/v1/daemonsets",
            "apis/batch/v1/cronjobs",
            "apis/batch/v1/jobs",
            "apis/autoscaling/v2/horizontalpodautoscalers",
            "api/v1/pods",
        ];
        let lists = paths.into_iter().map(|path| (path.to_owned(), vec![(first(name, path), page(&[], ""))])).collect();
        Server { name, lists }
    }

    /// With these objects at a path.
    pub(crate) fn list(self, path: &str, items: &[Value]) -> Server {
        self.answers(path, page(items, ""))
    }

    /// With this answer at a path.
    pub(crate) fn answers(mut self, path: &str, answer: Answer) -> Server {
        self.lists.insert(path.to_owned(), vec![(first(self.name, path), answer)]);
        self
    }

    /// With these answers, one after the other, at these addresses of a path, such as `limit=500&continue=a`.
    pub(crate) fn pages(mut self, path: &str, answers: Vec<(&str, Answer)>) -> Server {
        let url = |query: &str| format!("https://{}.test/{path}?{query}", self.name);
        let answers = answers.into_iter().map(|(query, answer)| (url(query), answer)).collect();
        self.lists.insert(path.to_owned(), answers);
        self
    }

    /// A portal for which it answers.
    pub(crate) fn before(self, portal: Portal) -> Portal {
        self.lists.into_values().flatten().fold(portal, |portal, (url, answer)| portal.answer("GET", &url, answer))
    }
}

/// A portal with settings for these clusters.
pub(crate) fn portal(clusters: &[&str]) -> Portal {
    let clusters: Vec<Value> =
        clusters.iter().map(|name| json!({ "name": name, "server": format!("https://{name}.test") })).collect();
    Portal::new().settings(json!({ "clusters": clusters }))
}

/// A component of the catalog.
pub(crate) fn component(name: &str) -> Entity {
    Entity::component(name).of_type("service").lifecycle("production").owner("team")
}

/// A workload of a kind, with three replicas of which all are ready.
pub(crate) fn workload(kind: &str, namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": kind,
        "metadata": {
            "name": name, "namespace": namespace, "uid": format!("{namespace}-{kind}-{name}"), "resourceVersion": "7",
            "creationTimestamp": "2026-01-01T00:00:00Z", "labels": { "app.kubernetes.io/name": name },
            "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
            "managedFields": [{ "manager": "kubectl", "fieldsV1": { "f:metadata": {} } }],
        },
        "spec": {
            "replicas": 3, "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "creationTimestamp": null, "labels": { "app": name } },
                "spec": { "containers": [{
                    "name": "app", "image": format!("registry.test/{name}:1.0"),
                    "resources": { "requests": { "cpu": "100m", "memory": "64Mi" }, "limits": { "memory": "128Mi" } },
                    "env": [{ "name": "PASSWORD", "value": "hunter2" }],
                }] },
            },
        },
        "status": { "replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "updatedReplicas": 3 },
    })
}

/// A Deployment.
pub(crate) fn deployment(namespace: &str, name: &str) -> Value {
    workload("Deployment", namespace, name)
}

/// A pod of a Deployment, as the controllers make it: owned by a replica set with a hash in its name.
pub(crate) fn pod(namespace: &str, deployment: &str, number: u32) -> Value {
    let set = format!("{deployment}-6c9d");
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("{set}-{number}"), "namespace": namespace, "uid": format!("pod-{namespace}-{deployment}-{number}"),
            "resourceVersion": "8", "labels": { "app": deployment, "pod-template-hash": "6c9d" },
            "ownerReferences": [{ "kind": "ReplicaSet", "name": set, "uid": format!("set-{deployment}"), "controller": true }],
        },
        "spec": { "containers": [{ "name": "app" }] },
        "status": {
            "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }],
            "containerStatuses": [{ "name": "app", "restartCount": 1, "ready": true, "state": { "running": {} } }],
        },
    })
}

/// The same, with a container that waits for this reason.
pub(crate) fn failing_pod(namespace: &str, deployment: &str, number: u32, reason: &str) -> Value {
    let mut pod = pod(namespace, deployment, number);
    pod["status"]["conditions"] = json!([{ "type": "Ready", "status": "False" }]);
    pod["status"]["containerStatuses"][0] = json!({ "name": "app", "restartCount": 17, "state": { "waiting": { "reason": reason, "message": "back-off" } } });
    pod
}

/// What is known of a cluster with these objects.
pub(crate) fn model(objects: &[(Sort, Value)]) -> Model {
    let mut model = Model::default();
    for (sort, object) in objects {
        model.apply(*sort, Change::Stands, &object.to_string()).expect("an object of its sort");
    }
    model
}
