//! What is said of what does not work.

use portico_sdk::Error;
use portico_sdk::checks::{Finding, Outcome};
use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::{answer, component, forbidden, page, portal};

const PATHS: [&str; 7] = [
    "apis/apps/v1/deployments",
    "apis/apps/v1/statefulsets",
    "apis/apps/v1/daemonsets",
    "apis/batch/v1/cronjobs",
    "apis/batch/v1/jobs",
    "apis/autoscaling/v2/horizontalpodautoscalers",
    "api/v1/pods",
];

fn checked(portal: &Portal) -> Vec<Finding> {
    let mut findings = Findings::default();
    portal.run(|| run(&mut findings));
    findings.all().to_vec()
}

/// A server that answers its version, and each list by what a test says of it.
fn server(portal: Portal, list: impl Fn(&str) -> Answer) -> Portal {
    let portal = portal.answer("GET", "https://prod.test/version", Answer::json(&json!({ "gitVersion": "v1.20.2" })));
    PATHS
        .into_iter()
        .fold(portal, |portal, path| portal.answer("GET", &format!("https://prod.test/{path}?limit=1"), list(path)))
}

#[test]
fn what_is_as_it_should_be_is_said_in_three_findings() {
    let portal = server(portal(&["prod"]).entity(component("orders")), |_| page(&[], ""));
    let findings = checked(&portal);
    let said: Vec<_> = findings.iter().map(|finding| (finding.subject.as_str(), finding.outcome)).collect();
    let expected = ["Reaches prod", "May read prod", "Finds components"].map(|subject| (subject, Outcome::Passed));
    assert_eq!(said, expected, "{findings:?}");
    assert!(findings[0].message.contains("v1.20.2"));
    assert!(portal.requests().iter().all(|asked| asked.method == "GET"), "nothing is changed");
}

#[test]
fn a_right_that_is_missing_comes_with_the_lines_that_give_it() {
    let list = |path: &str| if path.ends_with("jobs") { forbidden("jobs") } else { page(&[], "") };
    let finding = checked(&server(portal(&["prod"]), list)).remove(1);
    assert_eq!(finding.outcome, Outcome::Warned);
    assert!(
        finding.message.contains(r#"{ apiGroups: ["batch"], resources: [cronjobs], verbs: [list, watch] }"#),
        "{finding:?}"
    );
    let nothing = checked(&server(portal(&["prod"]), |_| forbidden("x"))).remove(1);
    assert_eq!(nothing.outcome, Outcome::Failed);
    let settings = json!({ "clusters": [{ "name": "prod", "server": "https://prod.test", "namespace": "shop" }] });
    let nothing = checked(&server(Portal::new().settings(settings), |_| forbidden("x"))).remove(1);
    assert!(
        nothing.message.contains("`clusters: [{ name: prod, namespaces: [shop] }]` in the settings"),
        "{nothing:?}"
    );
}

#[test]
fn what_the_server_says_is_passed_on_with_the_way_of_one_namespace() {
    for (of, expected) in [("jobs", "jobs is forbidden"), ("", "deployments is forbidden")] {
        let list = |path: &str| if path.ends_with(of) { forbidden(path) } else { page(&[], "") };
        let finding = checked(&server(portal(&["prod"]), list)).remove(1);
        assert!(finding.message.contains(expected), "{finding:?}");
        assert!(finding.message.contains("`clusters: [{ name: prod, namespaces: [NAMESPACE] }]`"), "{finding:?}");
    }
}

#[test]
fn a_cluster_that_is_shown_no_credential_asks_for_one_and_for_no_role() {
    let message = "pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\"";
    let refused = |_: &str| answer(403, &json!({ "kind": "Status", "code": 403, "message": message }).to_string());
    let finding = checked(&server(portal(&["prod"]), refused)).remove(1);
    assert_eq!(finding.outcome, Outcome::Failed);
    assert!(finding.message.contains(message) && finding.message.contains("grants.credentials"), "{finding:?}");
    assert!(!finding.message.contains("ClusterRole"), "{finding:?}");
}

#[test]
fn a_cluster_that_does_not_answer_as_one_fails_with_the_reason() {
    let reasons = [
        (
            Answer::error(Error::Unavailable { reason: "prod.test cannot be reached".into(), retry_after: None }),
            "cannot be reached",
        ),
        (Answer::error(Error::Failed("the certificate of prod.test was refused".into())), "the certificate"),
        (answer(401, "{}"), "does not know the credential"),
        (answer(404, "no"), "has no API of Kubernetes"),
        (answer(200, "<html>"), "not as an API server"),
    ];
    for (answer, expected) in reasons {
        let portal = portal(&["prod"]).answer("GET", "https://prod.test/version", answer);
        let finding = checked(&portal).remove(0);
        assert_eq!(finding.outcome, Outcome::Failed, "{finding:?}");
        assert!(finding.message.contains(expected), "{finding:?}");
    }
}

#[test]
fn a_cluster_that_is_read_by_runs_alone_is_named() {
    let namespaces: Vec<String> = (0..40).map(|number| format!("n{number}")).collect();
    let server = "https://prod.test";
    let clusters =
        json!([{ "name": "many", "server": server, "namespaces": namespaces }, { "name": "prod", "server": server }]);
    let portal = Portal::new().settings(json!({ "clusters": clusters })).answer(
        "GET",
        "https://prod.test/version",
        answer(401, "{}"),
    );
    let finding = checked(&portal).remove(2);
    assert_eq!((finding.subject.as_str(), finding.outcome), ("Follows what changes", Outcome::Warned));
    let said = "which is enough for 1 of 2 clusters. The others are read by runs alone, every few minutes: many (280 watches).";
    assert!(finding.message.contains(said), "{finding:?}");
}

#[test]
fn of_many_clusters_those_that_are_well_are_summed_up() {
    let names: Vec<String> = (0..17).map(|number| format!("c{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let portal = names.iter().fold(portal(&names), |portal, name| {
        let version = if *name == "c3" { answer(401, "{}") } else { Answer::json(&json!({ "gitVersion": "v1.20.2" })) };
        let portal = portal.answer("GET", &format!("https://{name}.test/version"), version);
        PATHS.into_iter().fold(portal, |portal, path| {
            portal.answer("GET", &format!("https://{name}.test/{path}?limit=1"), page(&[], ""))
        })
    });
    let findings = checked(&portal.entity(component("orders")));
    let said: Vec<&str> = findings.iter().map(|finding| finding.subject.as_str()).collect();
    assert_eq!(said, ["Reaches c3", "Clusters that are well", "Finds components"], "{findings:?}");
    assert!(findings[1].message.starts_with("16 of 17 clusters answer"), "{findings:?}");
}

#[test]
fn an_older_cluster_lacks_nothing() {
    let list = |path: &str| {
        if path.contains("autoscaling/v2/") || path.ends_with("cronjobs") { answer(404, "") } else { page(&[], "") }
    };
    let portal = server(portal(&["prod"]), list);
    let older = ["apis/autoscaling/v2beta2/horizontalpodautoscalers", "apis/batch/v1beta1/cronjobs"];
    let portal = older
        .into_iter()
        .fold(portal, |portal, path| portal.answer("GET", &format!("https://prod.test/{path}?limit=1"), page(&[], "")));
    assert_eq!(checked(&portal)[1].outcome, Outcome::Passed);
}

#[test]
fn settings_and_annotations_that_are_wrong_are_found() {
    let empty = checked(&Portal::new().settings(json!({ "clusters": [] })));
    assert!(empty[0].message.contains("name no cluster"), "{empty:?}");
    let wrong = checked(&Portal::new().settings(json!({ "clusters": 7 })));
    assert_eq!((wrong.len(), wrong[0].outcome), (1, Outcome::Failed));
    let orders = component("orders").annotation("backstage.io/kubernetes-label-selector", "app in orders");
    let findings = checked(&server(portal(&["prod"]).entity(orders), |_| page(&[], "")));
    assert_eq!(findings[2].outcome, Outcome::Warned);
    assert!(findings[2].message.starts_with("component:default/orders: the annotation"), "{findings:?}");
}
