//! Lists that go well, and lists that do not.

use portico_sdk::testing::Portal;
use serde_json::{Value, json};

use super::*;
use crate::sort::Sort;
use crate::testing::{answer, cluster, deployment, forbidden, page};

const PATH: &str = "https://prod.test/apis/apps/v1/deployments";

fn named(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| deployment("shop", name)).collect()
}

/// The names that a list came to, and how it ended.
fn read(portal: &Portal, sort: Sort) -> (Vec<String>, Result<Listed, Failure>) {
    let (prod, mut names) = (cluster("prod"), Vec::new());
    let listed = portal.run(|| {
        Api { cluster: &prod }.list(&sort.resource(), &mut |step| {
            match step {
                Step::Begin(_) => names.clear(),
                Step::Item(item) => names.push(crate::objects::name_of(item.get())),
            }
            Ok(())
        })
    });
    (names, listed)
}

fn serving(answers: Vec<(&str, portico_sdk::testing::Answer)>) -> Portal {
    let answers = answers.into_iter();
    answers.fold(Portal::new(), |portal, (query, answer)| portal.answer("GET", &format!("{PATH}?{query}"), answer))
}

fn failed(portal: &Portal) -> String {
    match read(portal, Sort::Deployments).1 {
        Err(Failure::Other(error)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_is_read_page_by_page() {
    let portal = serving(vec![
        ("limit=500", page(&named(&["a", "b"]), "x/+=")),
        ("limit=500&continue=x%2F%2B%3D", page(&named(&["c"]), "")),
    ]);
    let (names, listed) = read(&portal, Sort::Deployments);
    assert_eq!(names, ["shop/a", "shop/b", "shop/c"]);
    let moments = vec![("/apis/apps/v1/deployments".to_owned(), "100".to_owned())];
    assert_eq!(listed, Ok(Listed { version: "apis/apps/v1".into(), moments }));
}

#[test]
fn a_list_that_expires_in_the_middle_begins_again() {
    let gone =
        || answer(410, &json!({ "code": 410, "reason": "Expired", "metadata": { "continue": "fresh" } }).to_string());
    let portal = serving(vec![
        ("limit=500", page(&named(&["a", "gone"]), "1")),
        ("limit=500&continue=1", gone()),
        ("limit=500", page(&named(&["a"]), "2")),
        ("limit=500&continue=2", page(&named(&["b"]), "")),
    ]);
    let (names, listed) = read(&portal, Sort::Deployments);
    assert!(listed.is_ok(), "{listed:?}");
    assert_eq!(names, ["shop/a", "shop/b"], "of one moment");
}

#[test]
fn a_list_that_outlives_every_moment_is_gone_on_with_from_where_the_server_says() {
    let gone = answer(410, &json!({ "code": 410, "metadata": { "continue": "fresh" } }).to_string());
    let first = page(&named(&["a"]), "1");
    let portal = serving(vec![
        ("limit=500", first),
        ("limit=500&continue=1", gone),
        ("limit=500&continue=fresh", page(&named(&["b"]), "")),
    ]);
    assert_eq!(read(&portal, Sort::Deployments).0, ["shop/a", "shop/b"]);
    let portal = serving(vec![("limit=500", page(&named(&["a"]), "1")), ("limit=500&continue=1", answer(410, "{}"))]);
    assert!(failed(&portal).contains("expired 3 times before its end"), "without such a place the list is none");
}

#[test]
fn half_a_list_is_none() {
    let portal = serving(vec![("limit=500", page(&named(&["a"]), "1")), ("limit=500&continue=1", answer(500, "{}"))]);
    assert!(failed(&portal).starts_with("prod: the server answered 500"));
    let portal = serving(vec![("limit=500", page(&named(&["a"]), "1")), ("limit=500&continue=1", answer(404, "{}"))]);
    assert!(failed(&portal).contains("not as an API server"), "what was there a page ago is not gone");
    let portal =
        serving(vec![("limit=500", page(&named(&["a"]), "1")), ("limit=500&continue=1", page(&named(&["b"]), "1"))]);
    assert!(failed(&portal).contains("never ends"));
}

#[test]
fn what_does_not_say_that_it_is_a_list_is_none_however_empty() {
    for body in [
        "{}",
        "",
        "[]",
        "null",
        "<html>",
        r#"{"items": []}"#,
        r#"{"metadata": {}, "items": []}"#,
        r#"{"kind": "DeploymentList", "metadata": {"resourceVersion": "1"}, "items": 7}"#,
        r#"{"kind": "DeploymentList", "metadata": {"resourceVersion": "1"}}"#,
        r#"{"kind": "DeploymentList", "metadata": {"resourceVersion": ""}, "items": []}"#,
        r#"{"metadata": {"resourceVersion": "1"}, "items": []}"#,
        r#"{"kind": "Deployment", "metadata": {"resourceVersion": "1"}, "items": []}"#,
        r#"{"kind": "Status", "metadata": {"resourceVersion": "1"}}"#,
        r#"{"kind": "Status", "metadata": {"resourceVersion": "1"}, "items": []}"#,
        r#"{"kind": "DeploymentList", "metadata": {"resourceVersion": "1", "remainingItemCount": 7}, "items": []}"#,
    ] {
        let said = failed(&serving(vec![("limit=500", answer(200, body))]));
        assert!(said.contains("is no list of Kubernetes"), "{body}: {said}");
    }
    let said = failed(&serving(vec![("limit=500", answer(200, r#"{"kind": "Status", "message": "not today"}"#))]));
    assert!(said.contains("“not today”"), "{said}");
    let empty = r#"{"kind": "DeploymentList", "metadata": {"resourceVersion": "1"}, "items": null}"#;
    let empty = serving(vec![("limit=500", answer(200, empty))]);
    assert!(read(&empty, Sort::Deployments).1.is_ok(), "as servers write an empty list");
}

#[test]
fn what_is_no_list_cannot_be_read_either_where_only_that_is_asked() {
    let portal = Portal::new().answer("GET", &format!("{PATH}?limit=1"), answer(200, r#"{"kind": "Status"}"#));
    let prod = cluster("prod");
    let asked = portal.run(|| Api { cluster: &prod }.may_list(&Sort::Deployments.resource()));
    assert!(matches!(asked, Err(Failure::Other(_))), "{asked:?}");
}

/// A page after which so many follow by its own word.
fn promising(names: &[&str], next: &str, remaining: u64) -> portico_sdk::testing::Answer {
    let metadata = json!({ "resourceVersion": "100", "continue": next, "remainingItemCount": remaining });
    answer(200, &json!({ "kind": "DeploymentList", "metadata": metadata, "items": named(names) }).to_string())
}

#[test]
fn an_empty_list_is_believed_when_it_is_said_twice() {
    let portal = serving(vec![("limit=500", page(&[], "")), ("limit=500", page(&named(&["a"]), ""))]);
    assert_eq!(read(&portal, Sort::Deployments).0, ["shop/a"], "the first answer was wrong");
    let asked = portal.requests();
    let fresh = ("cache-control".to_owned(), "no-cache".to_owned());
    assert!(asked.len() == 2 && asked.iter().all(|asked| asked.headers.contains(&fresh)), "{asked:?}");
    let portal = serving(vec![("limit=500", page(&[], ""))]);
    let (names, listed) = read(&portal, Sort::Deployments);
    assert!(names.is_empty() && listed.is_ok() && portal.requests().len() == 2, "{listed:?}");
    let portal = serving(vec![("limit=500", page(&[], "")), ("limit=500", answer(500, "{}"))]);
    assert!(read(&portal, Sort::Deployments).1.is_err(), "one answer alone says nothing");
}

#[test]
fn a_list_that_ends_before_all_has_come_that_was_promised_is_read_again() {
    let portal = serving(vec![
        ("limit=500", promising(&["a"], "1", 2)),
        ("limit=500&continue=1", page(&named(&["b"]), "")),
        ("limit=500", promising(&["a"], "2", 2)),
        ("limit=500&continue=2", page(&named(&["b", "c"]), "")),
    ]);
    assert_eq!(read(&portal, Sort::Deployments).0, ["shop/a", "shop/b", "shop/c"]);
    let portal =
        serving(vec![("limit=500", promising(&["a"], "1", 7)), ("limit=500&continue=1", promising(&["b"], "", 0))]);
    let (names, listed) = read(&portal, Sort::Deployments);
    assert!(names == ["shop/a", "shop/b"] && listed.is_ok(), "some servers count too many, and say the same twice");
}

#[test]
fn an_answer_that_is_too_large_is_asked_for_in_smaller_parts() {
    let large = || {
        portico_sdk::testing::Answer::error(Error::Failed(
            "the answer of prod.test is larger than 32 MiB; ask for less at a time".into(),
        ))
    };
    let portal = serving(vec![
        ("limit=500", large()),
        ("limit=100", large()),
        ("limit=20", page(&named(&["a"]), "1")),
        ("limit=40&continue=1", page(&named(&["b"]), "2")),
        ("limit=80&continue=2", large()),
        ("limit=16&continue=2", page(&named(&["c"]), "3")),
        ("limit=32&continue=3", page(&named(&["d"]), "")),
    ]);
    let names = read(&portal, Sort::Deployments).0;
    assert_eq!(names, ["shop/a", "shop/b", "shop/c", "shop/d"], "and in larger ones again, once they are small");
}

#[test]
fn a_page_that_was_large_is_followed_by_no_larger_one() {
    let large =
        portico_sdk::testing::Answer::error(Error::Failed("x is larger than 32 MiB; ask for less at a time".into()));
    let mut item = deployment("shop", "a");
    item["notes"] = json!("x".repeat(SMALL));
    let portal = serving(vec![
        ("limit=500", large),
        ("limit=100", page(&[item], "1")),
        ("limit=100&continue=1", page(&named(&["b"]), "")),
    ]);
    assert_eq!(read(&portal, Sort::Deployments).0, ["shop/a", "shop/b"]);
}

#[test]
fn the_newest_version_that_a_server_has_is_taken() {
    let at = |version: &str| format!("https://prod.test/apis/{version}/horizontalpodautoscalers?limit=500");
    let missing = || answer(404, "404 page not found");
    let portal = Portal::new().answer("GET", &at("autoscaling/v2"), missing()).answer(
        "GET",
        &at("autoscaling/v2beta2"),
        page(&[], ""),
    );
    let listed = read(&portal, Sort::Autoscalers).1.expect("read");
    assert_eq!(listed.version, "apis/autoscaling/v2beta2");
    let none = ["autoscaling/v2", "autoscaling/v2beta2", "autoscaling/v1"];
    let portal = none.into_iter().fold(Portal::new(), |portal, version| portal.answer("GET", &at(version), missing()));
    assert_eq!(read(&portal, Sort::Autoscalers).1, Err(Failure::Missing));
}

#[test]
fn some_namespaces_are_read_one_by_one() {
    let mut prod = cluster("prod");
    prod.namespaces = vec!["a".into(), "b".into()];
    let at = |namespace: &str| format!("https://prod.test/api/v1/namespaces/{namespace}/pods?limit=500");
    let portal =
        Portal::new().answer("GET", &at("a"), page(&named(&["x"]), "")).answer("GET", &at("b"), forbidden("pods"));
    let mut begun = Vec::new();
    let listed = portal.run(|| {
        Api { cluster: &prod }.list(&Sort::Pods.resource(), &mut |step| {
            if let Step::Begin(namespace) = step {
                begun.push(namespace.map(str::to_owned));
            }
            Ok(())
        })
    });
    assert_eq!(begun, [Some("a".to_owned()), Some("b".to_owned())]);
    assert!(matches!(listed, Err(Failure::Forbidden(said)) if said.contains("pods is forbidden")));
}
