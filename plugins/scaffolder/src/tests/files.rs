//! `fs:*`, `debug:*` and the actions that write texts.

use portico_sdk::actions::Invocation;
use portico_sdk::run::Level;
use portico_sdk::testing::Portal;
use serde_json::json;

use super::{done, held, output, put};
use crate::perform;

fn portal() -> Portal {
    let portal = Portal::new();
    for path in ["a.txt", "docs/a.md", "docs/deep/b.md", ".env", "x[1].txt"] {
        put(&portal, path, "-");
    }
    portal
}

fn names(portal: &Portal) -> Vec<String> {
    held(portal).iter().map(|file| file.trim_end_matches(": -").to_owned()).collect()
}

#[test]
fn what_paths_and_patterns_name_is_deleted() {
    let cases: [(&[&str], &[&str]); 8] = [
        (&["a.txt", "none"], &[".env", "docs/a.md", "docs/deep/b.md", "x[1].txt"]),
        (&["docs"], &[".env", "a.txt", "x[1].txt"]),
        (&["docs/"], &[".env", "a.txt", "x[1].txt"]),
        (&["**/*.md"], &[".env", "a.txt", "x[1].txt"]),
        (&["docs/*.md"], &[".env", "a.txt", "docs/deep/b.md", "x[1].txt"]),
        (&["x[1].txt"], &[".env", "a.txt", "docs/a.md", "docs/deep/b.md"]),
        (&["*"], &[]),
        (&["."], &[]),
    ];
    for (files, expected) in cases {
        let portal = portal();
        assert_eq!(done(&portal, "fs:delete", json!({ "files": files })), Ok(json!({})), "{files:?}");
        assert_eq!(names(&portal), expected, "{files:?}");
    }
}

#[test]
fn files_and_folders_are_renamed_and_replace_only_what_they_may() {
    let portal = portal();
    let input = json!({ "files": [{ "from": "docs", "to": "handbook/en" }, { "from": ".env", "to": "a.txt", "overwrite": true }] });
    assert_eq!(done(&portal, "fs:rename", input), Ok(json!({})));
    assert_eq!(names(&portal), ["a.txt", "handbook/en/a.md", "handbook/en/deep/b.md", "x[1].txt"]);
    for (from, to, overwrite, expected) in [
        ("none", "b", false, "input.files[0].from: there is no none in the workspace"),
        ("a.txt", "handbook", false, "is there already"),
        ("handbook/en/a.md", "handbook", true, "cannot go for it"),
        (".", "b", false, "is the workspace itself"),
    ] {
        let input = json!({ "files": [{ "from": from, "to": to, "overwrite": overwrite }] });
        let error = done(&portal, "fs:rename", input).unwrap_err().to_string();
        assert!(error.contains(expected), "{from}: {error}");
    }
    assert_eq!(names(&portal).len(), 4);
}

#[test]
fn folders_are_listed_with_paths_that_other_steps_take() {
    let portal = portal();
    let listed = done(&portal, "fs:readdir", json!({ "paths": ["docs"] })).expect("a list");
    let file = json!({ "name": "a.md", "path": "docs/a.md", "fullPath": "/workspace/docs/a.md" });
    let folder = json!({ "name": "deep", "path": "docs/deep", "fullPath": "/workspace/docs/deep" });
    assert_eq!(listed, json!({ "files": [file], "folders": [folder] }));
    let listed = done(&portal, "fs:readdir", json!({ "paths": ["."], "recursive": true })).expect("a list");
    assert_eq!(
        (listed["files"].as_array().map(Vec::len), listed["folders"].as_array().map(Vec::len)),
        (Some(5), Some(2))
    );
    let again = json!({ "files": [listed["files"][0]["fullPath"]] });
    assert_eq!(done(&portal, "fs:delete", again), Ok(json!({})));
    let error = done(&portal, "fs:readdir", json!({ "paths": ["a.txt", "none"] })).unwrap_err().to_string();
    assert!(error.starts_with("input.paths[0]: "), "{error}");
}

#[test]
fn texts_are_written_added_to_and_replaced() {
    let portal = Portal::new();
    let does = |action: &str, input| done(&portal, action, input).expect(action);
    assert_eq!(
        does("roadiehq:utils:fs:write", json!({ "path": "./a/b.txt", "content": "one one" })),
        json!({ "path": "a/b.txt" })
    );
    assert_eq!(
        does("roadiehq:utils:fs:append", json!({ "path": "a/b.txt", "content": "\ntwo" })),
        json!({ "path": "a/b.txt" })
    );
    does("roadiehq:utils:fs:append", json!({ "path": "new", "content": "n" }));
    assert_eq!(held(&portal), ["a/b.txt: one one\ntwo", "new: n"]);
    let replacement = |file: &str, find: &str, with: &str, regex: bool| json!({ "files": [{ "file": file, "find": find, "replaceWith": with, "matchRegex": regex }] });
    for (input, expected) in [
        (replacement("a/b.txt", "one", "$1", false), "a/b.txt: $1 $1\ntwo"),
        (replacement("**/*.txt", "\\$(\\d)", "<$1$&>", true), "a/b.txt: <1$1> <1$1>\ntwo"),
        (replacement("*.none", "a", "b", false), "a/b.txt: <1$1> <1$1>\ntwo"),
    ] {
        does("roadiehq:utils:fs:replace", input);
        assert_eq!(held(&portal)[0], expected);
    }
    for (input, expected) in [
        (replacement("none", "a", "b", false), "there is no file none"),
        (replacement("new", "(?=a)", "b", true), "it is no regular expression that is linear"),
        (replacement("new", "", "b", false), "it is empty"),
    ] {
        let error = done(&portal, "roadiehq:utils:fs:replace", input).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_message_and_the_workspace_are_told() {
    let portal = Portal::new();
    put(&portal, "a/b.txt", "text");
    put(&portal, "c.bin", "\0");
    for listing in [json!(false), json!(true), json!("with-contents")] {
        done(&portal, "debug:log", json!({ "message": "hello", "listWorkspace": listing })).expect("said");
    }
    let told: Vec<String> = portal.log().into_iter().map(|(level, line)| format!("{level:?} {line}")).collect();
    let expected = [
        "Info hello",
        "Info hello",
        "Info The workspace has 2 files: a/b.txt, c.bin",
        "Info hello",
        "Info a/b.txt:\ntext",
        "Info c.bin: 1 bytes that are no text",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_step_waits_as_long_as_it_says_and_no_longer_than_it_may() {
    let portal = Portal::new().at(0);
    for (action, input, now) in [
        ("debug:wait", json!({ "seconds": 1.5 }), 1_500),
        ("debug:wait", json!({ "minutes": 1, "milliseconds": 500 }), 62_000),
        ("debug:wait", json!({}), 62_000),
        ("roadiehq:utils:sleep", json!({ "amount": 8 }), 70_000),
        ("debug:wait", json!({ "minutes": 10 }), 670_000),
    ] {
        done(&portal, action, input).expect("waited");
        assert_eq!(portal.now(), now);
    }
    for (action, input) in [
        ("debug:wait", json!({ "minutes": 10, "milliseconds": 1 })),
        ("debug:wait", json!({ "seconds": -1 })),
        ("roadiehq:utils:sleep", json!({ "amount": 7_201 })),
    ] {
        assert!(done(&portal, action, input.clone()).is_err(), "{input}");
    }
    let invocation = Invocation::new("debug:wait", json!({ "seconds": 5 })).dry();
    assert_eq!(output(portal.run(|| perform(&invocation))), Ok(json!({})));
    assert_eq!(portal.now(), 670_000, "nobody waits in a dry run");
    portal.cancel();
    assert!(done(&portal, "debug:wait", json!({ "seconds": 1 })).is_err());
    assert!(portal.log().iter().all(|(level, _)| *level == Level::Info));
}
