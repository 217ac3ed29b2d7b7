//! Runs over several repositories, some of which are not well.

use std::cell::Cell;

use portico_descriptors::testing::location;
use portico_sdk::Error;

use super::*;
use crate::testing::{Reaches, SYSTEM, Stage, settings};

fn unavailable() -> Error {
    Error::Unavailable { reason: "it is down".into(), retry_after: None }
}

#[test]
fn what_has_not_changed_is_not_fetched() {
    let files = [("catalog-info.yaml", SYSTEM)];
    let stage = Stage::default().with("/a", "c1", &files).with("/b", "c1", &files);
    let settings = settings(r#"{"repositories": ["/a", "/b"]}"#);
    run(&&stage, &settings).expect("read");
    assert_eq!(
        stage.said(),
        [
            "progress 0/2 reading /a",
            "open /a",
            "commit 1 of /a, 0 problems",
            "progress 1/2 reading /b",
            "open /b",
            "commit 1 of /b, 0 problems",
            "progress 2/2 done",
            "retain /a /b"
        ]
    );
    run(&&stage, &settings).expect("read");
    assert_eq!(
        stage.said(),
        [
            "progress 0/2 reading /a",
            "current /a",
            "progress 1/2 reading /b",
            "current /b",
            "progress 2/2 done",
            "retain /a /b"
        ]
    );
    let stage = Stage { cursors: stage.cursors, ..Stage::default() }.with("/a", "c2", &files).with("/b", "c1", &files);
    run(&&stage, &settings).expect("read");
    assert!(stage.said().contains(&"open /a".to_owned()) && !stage.said().contains(&"open /b".to_owned()));
}

#[test]
fn other_settings_are_a_reason_to_read_again() {
    let stage = Stage::default().with("/a", "c1", &[("catalog-info.yaml", SYSTEM), ("x.yaml", SYSTEM)]);
    run(&&stage, &settings(r#"{"repositories": ["/a"]}"#)).expect("read");
    stage.said();
    run(&&stage, &settings(r#"{"repositories": ["/a"], "descriptors": ["*.yaml"]}"#)).expect("read");
    assert!(stage.said().contains(&"commit 2 of /a, 1 problems".to_owned()));
}

#[test]
fn a_repository_that_cannot_be_reached_holds_nobody_up() {
    let stage = Stage::default().without("/a", unavailable()).with("/b", "c1", &[("catalog-info.yaml", SYSTEM)]);
    run(&&stage, &settings(r#"{"repositories": ["/a", "/b"]}"#)).expect("one was read");
    let said = stage.said();
    assert!(said.contains(&"unreadable /a: it is down".to_owned()), "{said:?}");
    assert!(said.contains(&"commit 1 of /b, 0 problems".to_owned()), "{said:?}");
    assert_eq!(said.last().map(String::as_str), Some("retain /a /b"));
}

#[test]
fn a_run_that_read_nothing_at_all_failed() {
    let stage = Stage::default().without("/a", unavailable()).without("/b", Error::Denied("not granted".into()));
    let error = run(&&stage, &settings(r#"{"repositories": ["/a", "/b"]}"#)).expect_err("nothing was read");
    assert_eq!(
        error,
        Error::Unavailable {
            reason: "none of the 2 repositories could be read; the first was /a: it is down".into(),
            retry_after: None
        }
    );
    let stage = Stage::default().without("/b", Error::Denied("not granted".into()));
    let error = run(&&stage, &settings(r#"{"repositories": ["/b"]}"#)).expect_err("nothing was read");
    assert_eq!(error, Error::Denied("not granted".into()));
}

#[test]
fn no_repositories_are_no_failure_and_retain_nothing() {
    let stage = Stage::default();
    run(&&stage, &settings(r#"{"repositories": []}"#)).expect("nothing to do");
    assert_eq!(stage.said().last().map(String::as_str), Some("retain "));
}

#[test]
fn a_run_that_is_stopped_says_so_and_retains_nothing() {
    let files = [("catalog-info.yaml", SYSTEM)];
    let stage =
        Stage { stops_after: Some(Cell::new(3)), ..Stage::default() }.with("/a", "c1", &files).with("/b", "c1", &files);
    let error = run(&&stage, &settings(r#"{"repositories": ["/a", "/b"]}"#)).expect_err("stopped");
    assert_eq!(error.to_string(), "the run was stopped after 1 of 2 repositories");
    assert!(!stage.said().iter().any(|said| said.starts_with("retain") || said.starts_with("unreadable")));
}

#[test]
fn a_location_into_another_repository_is_read_again_when_that_is_added() {
    let root = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: { name: all }\nspec:\n  target: https://github.com/acme/y/blob/main/catalog-info.yaml\n";
    let overlooked = root.replace("catalog-info.yaml\n", "odd.yaml\n");
    let (x, y, z) = ("https://github.com/acme/x", "https://github.com/acme/y", "https://github.com/acme/z");
    let stage = Stage::default()
        .with(x, "c1", &[("catalog-info.yaml", root)])
        .with(y, "c1", &[("catalog-info.yaml", SYSTEM)])
        .with(z, "c1", &[("catalog-info.yaml", &overlooked)]);
    run(&&stage, &settings(&format!(r#"{{"repositories": ["{x}"]}}"#))).expect("read");
    let said = stage.said().join("\n");
    assert!(said.contains("add `https://github.com/acme/y` to `settings.repositories`"), "{said}");
    run(&&stage, &settings(&format!(r#"{{"repositories": ["{x}", "{y}", "{z}"]}}"#))).expect("read");
    let said = stage.said().join("\n");
    assert!(said.contains(&format!("commit 1 of {x}, 0 problems")), "{said}");
    assert!(said.contains("lies in https://github.com/acme/y, which is read, but its descriptors do not include the file; add `odd.yaml`"), "{said}");
}

#[test]
fn a_target_that_another_plugin_reads_is_left_to_it() {
    let target = "https://example.test/teams.yaml";
    let root = format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {{ name: all }}\nspec: {{ target: '{target}' }}\n"
    );
    let mut stage = Stage::default().with("/a", "c1", &[("catalog-info.yaml", &root)]);
    let settings = settings(r#"{"repositories": ["/a"]}"#);
    run(&&stage, &settings).expect("read");
    let said = stage.said().join("\n");
    assert!(said.contains("commit 1 of /a, 1 problems") && said.contains("lies in no Git repository"), "{said}");
    stage.others = vec![format!("url:{target}")];
    run(&&stage, &settings).expect("read");
    assert!(stage.said().contains(&"commit 1 of /a, 0 problems".to_owned()));
}

#[test]
fn a_mirror_is_read_as_what_it_mirrors() {
    let root = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: { name: all }\nspec:\n  target: https://github.com/acme/x/blob/main/a.yaml\n";
    let stage = Stage::default().with("/mirror/x.git", "c1", &[("catalog-info.yaml", root), ("a.yaml", SYSTEM)]);
    let settings = settings(r#"{"repositories": [{"url": "/mirror/x.git", "web": "https://github.com/acme/x"}]}"#);
    run(&&stage, &settings).expect("read");
    assert!(stage.said().contains(&"commit 2 of /mirror/x.git, 0 problems".to_owned()));
}

#[test]
fn a_registered_location_is_a_scope_of_its_own() {
    let (x, target) = ("https://github.com/acme/x", "https://github.com/acme/x/blob/main/a.yaml");
    let mut stage = Stage::default().with(x, "c1", &[("a.yaml", SYSTEM), ("catalog-info.yaml", "not: read")]);
    stage.locations = vec![location("url", target)];
    run(&&stage, &settings("{}")).expect("read");
    let scope = format!("url:{target}");
    assert_eq!(
        stage.said(),
        [
            format!("progress 0/1 reading {scope}"),
            format!("open {x}"),
            format!("commit 2 of {scope}, 0 problems"),
            "progress 1/1 done".to_owned(),
            format!("retain {scope}")
        ]
    );
    run(&&stage, &settings("{}")).expect("read");
    assert!(stage.said().contains(&format!("current {scope}")));
}

#[test]
fn a_location_that_names_no_file_keeps_what_it_brought() {
    let (x, target) = ("https://github.com/acme/x", "https://github.com/acme/x/blob/main/a.yaml");
    let mut stage = Stage::default().with(x, "c1", &[("b.yaml", SYSTEM)]);
    stage.locations = vec![location("url", target)];
    let error = run(&&stage, &settings("{}")).expect_err("nothing was read");
    assert_eq!(error.to_string(), "there is no file a.yaml at main; correct the address, or remove the location");
    assert!(!stage.said().iter().any(|said| said.starts_with("commit")));
}

#[test]
fn a_location_that_the_settings_read_already_adds_its_entity_alone() {
    let (x, target) = ("https://github.com/acme/x", "https://github.com/acme/x/blob/main/catalog-info.yaml");
    let mut stage = Stage::default().with(x, "c1", &[("catalog-info.yaml", SYSTEM)]);
    stage.locations = vec![location("url", target)];
    run(&&stage, &settings(&format!(r#"{{"repositories": ["{x}"]}}"#))).expect("read");
    let said = stage.said();
    assert!(said.contains(&format!("commit 1 of {x}, 0 problems")), "{said:?}");
    assert!(said.contains(&format!("commit 1 of url:{target}, 0 problems")), "{said:?}");
    assert_eq!(said.iter().filter(|said| said.starts_with("open")).count(), 1);
}

#[test]
fn a_run_about_some_scopes_reads_these_and_retains_all() {
    let files = [("catalog-info.yaml", SYSTEM)];
    let mut stage = Stage::default().with("/a", "c1", &files).with("/b", "c1", &files);
    stage.scopes = Some(vec!["/b".to_owned(), "/gone".to_owned()]);
    run(&&stage, &settings(r#"{"repositories": ["/a", "/b"]}"#)).expect("read");
    assert_eq!(
        stage.said(),
        ["progress 0/1 reading /b", "open /b", "commit 1 of /b, 0 problems", "progress 1/1 done", "retain /a /b"]
    );
}
