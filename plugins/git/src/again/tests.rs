//! Repositories that change: what of them is read again.

use crate::sync::run;
use crate::testing::{Reaches, Stage, settings};

const BEFORE: [(&str, &str); 3] =
    [("a/catalog-info.yaml", SYSTEM_A), ("b/catalog-info.yaml", SYSTEM_B), ("notes.txt", "notes")];
const SYSTEM_A: &str = "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: a }\nspec: { owner: x }\n";
const SYSTEM_B: &str = "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: b }\nspec: { owner: x }\n";
const API: &str = "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: { name: c }\nspec: { type: openapi, lifecycle: production, owner: x, definition: { $text: ./openapi.yaml } }\n";
const LOCATION: &str =
    "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: { name: l }\nspec: { target: ./more.yaml }\n";
const TEMPLATE: &str = "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: { name: t }\nspec:\n  type: service\n  steps: [{ id: fetch, action: 'fetch:template', input: { url: ./skeleton } }]\n";

/// Reads a repository at one commit and then at the next, and answers what the second run committed, and whether anything was opened.
fn second_run(before: &[(&str, &str)], after: &[(&str, &str)], says_elsewhere: bool) -> Vec<String> {
    let settings = settings(r#"{"repositories": ["/r"]}"#);
    let mut stage = Stage::default().with("/r", "c1", before);
    run(&&stage, &settings).expect("read");
    stage.said();
    stage = stage.with("/r", "c2", after);
    stage.says_elsewhere = says_elsewhere;
    run(&&stage, &settings).expect("read");
    let said = stage.said();
    run(&&stage, &settings).expect("read");
    assert!(stage.said().contains(&"current /r".to_owned()), "where it stands is kept");
    said.into_iter().filter(|line| line.starts_with("commit")).collect()
}

#[test]
fn only_files_that_differ_are_read() {
    let changed = SYSTEM_A.replace("owner: x", "owner: y");
    let more = [("a/catalog-info.yaml", changed.as_str()), BEFORE[1], BEFORE[2]];
    assert_eq!(second_run(&BEFORE, &more, false), ["commit 1 of /r [a/catalog-info.yaml], 0 problems"]);
    let gone = [BEFORE[1], BEFORE[2]];
    assert_eq!(second_run(&BEFORE, &gone, false), ["commit 0 of /r [a/catalog-info.yaml], 0 problems"]);
    let broken = [("a/catalog-info.yaml", "kind: ["), BEFORE[1]];
    let said = second_run(&BEFORE, &broken, false);
    assert_eq!(said, ["commit 0 of /r [a/catalog-info.yaml], 1 problems"]);
}

#[test]
fn a_change_of_other_files_reads_none() {
    let other = [BEFORE[0], BEFORE[1], ("notes.txt", "more notes")];
    assert_eq!(second_run(&BEFORE, &other, false), ["commit 0 of /r [], 0 problems"]);
}

#[test]
fn everything_is_read_where_a_file_does_not_stand_for_itself() {
    let changed = ("a/catalog-info.yaml", "---\n");
    let with =
        |files: &[(&'static str, &'static str)]| BEFORE.iter().chain(files).copied().collect::<Vec<(&str, &str)>>();
    let openapi = ("c/openapi.yaml", "openapi: 3.1.0");
    let api = with(&[("c/catalog-info.yaml", API), openapi]);
    for (name, before, after, commits) in [
        (
            "a file that is included",
            api.clone(),
            with(&[("c/catalog-info.yaml", API), ("c/openapi.yaml", "openapi: 3.2.0")]),
            "commit 3 of /r, 0 problems",
        ),
        (
            "beside a file that is included",
            api.clone(),
            [vec![changed], api[1..].to_vec()].concat(),
            "commit 0 of /r [a/catalog-info.yaml], 0 problems",
        ),
        (
            "a file that is to be included and was missing",
            with(&[("c/catalog-info.yaml", API)]),
            api.clone(),
            "commit 3 of /r, 0 problems",
        ),
        (
            "a Location",
            with(&[("c/catalog-info.yaml", LOCATION)]),
            [vec![changed], vec![BEFORE[1], ("c/catalog-info.yaml", LOCATION)]].concat(),
            "commit 2 of /r, 1 problems",
        ),
        ("a new Location", BEFORE.to_vec(), with(&[("c/catalog-info.yaml", LOCATION)]), "commit 3 of /r, 1 problems"),
        ("a new Template", BEFORE.to_vec(), with(&[("c/catalog-info.yaml", TEMPLATE)]), "commit 3 of /r, 0 problems"),
        (
            "an entity that is there twice",
            with(&[("c/catalog-info.yaml", SYSTEM_A)]),
            with(&[]),
            "commit 2 of /r, 0 problems",
        ),
    ] {
        assert_eq!(second_run(&before, &after, false), [commits], "{name}");
    }
    assert_eq!(second_run(&BEFORE, &with(&[("c/catalog-info.yaml", SYSTEM_B)]), true), ["commit 3 of /r, 1 problems"]);
}

#[test]
fn everything_is_read_where_the_commit_before_is_gone_or_other_settings_hold() {
    let first = settings(r#"{"repositories": ["/r"]}"#);
    let stage = Stage::default().with("/r", "c1", &BEFORE);
    run(&&stage, &first).expect("read");
    let stage = Stage { cursors: stage.cursors, ..Stage::default() }.with("/r", "c2", &BEFORE);
    run(&&stage, &first).expect("read");
    assert!(stage.said().contains(&"commit 2 of /r, 0 problems".to_owned()));
    let stage = stage.with("/r", "c3", &BEFORE);
    run(&&stage, &settings(r#"{"repositories": ["/r"], "descriptors": ["*/*.yaml"]}"#)).expect("read");
    assert!(stage.said().contains(&"commit 2 of /r, 0 problems".to_owned()));
}
