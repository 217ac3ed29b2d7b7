//! JSON and YAML: read, merged, written.

use portico_sdk::testing::Portal;
use serde_json::json;

use super::{done, held, put};

#[test]
fn files_are_read_as_what_they_are() {
    let portal = Portal::new();
    put(&portal, "a.json", r#"{"a": [1]}"#);
    put(&portal, "b.yaml", "b: &x [1, two]\nc: *x\n");
    put(&portal, "c.yaml", "a: 1\n---\nb: 2\n");
    for (path, parser, expected) in [
        ("a.json", json!("json"), json!({ "a": [1] })),
        ("b.yaml", json!("yaml"), json!({ "b": [1, "two"], "c": [1, "two"] })),
        ("c.yaml", json!("multiyaml"), json!([{ "a": 1 }, { "b": 2 }])),
        ("a.json", json!(null), json!(r#"{"a": [1]}"#)),
    ] {
        let read = done(&portal, "roadiehq:utils:fs:parse", json!({ "path": path, "parser": parser }));
        assert_eq!(read, Ok(json!({ "content": expected })), "{path}");
    }
    let error = done(&portal, "roadiehq:utils:fs:parse", json!({ "path": "b.yaml", "parser": "json" })).unwrap_err();
    assert!(error.to_string().starts_with("b.yaml cannot be read: "), "{error}");
}

#[test]
fn objects_are_merged_key_by_key() {
    let cases = [
        (
            "a.json",
            r#"{"a": {"b": 1}, "l": [1]}"#,
            json!({ "a": { "c": 2 }, "l": [2] }),
            false,
            "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": 2\n  },\n  \"l\": [\n    2\n  ]\n}",
        ),
        ("a.json", r#"{"l": [1, 2]}"#, json!({ "l": [2, 3] }), true, "{\n  \"l\": [\n    1,\n    2,\n    3\n  ]\n}"),
        ("a.yaml", "a: 1\nb: {c: 2}\n", json!("b: {d: 3}"), false, "a: 1\nb:\n  c: 2\n  d: 3\n"),
        ("a.yml", "", json!({ "a": null }), false, "a: null\n"),
    ];
    for (path, there, content, joins, expected) in cases {
        let portal = Portal::new();
        put(&portal, path, there);
        let input = json!({ "path": path, "content": content, "mergeArrays": joins });
        assert_eq!(done(&portal, "roadiehq:utils:merge", input), Ok(json!({ "path": path })), "{content}");
        assert_eq!(held(&portal), [format!("{path}: {expected}")], "{content}");
    }
    let portal = Portal::new();
    let input = json!({ "path": "new.json", "content": "{\"a\": 1}" });
    assert_eq!(done(&portal, "roadiehq:utils:json:merge", input), Ok(json!({ "path": "new.json" })));
    assert_eq!(held(&portal), ["new.json: {\n  \"a\": 1\n}"]);
    for (path, expected) in [("none.json", "there is no none.json"), ("a.toml", "is neither JSON nor YAML by its name")]
    {
        let error = done(&portal, "roadiehq:utils:merge", json!({ "path": path, "content": {} })).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn values_are_written_as_json_and_yaml() {
    let portal = Portal::new();
    for (action, input, expected) in [
        ("roadiehq:utils:serialize:json", json!({ "data": { "b": 1, "a": [] } }), "{\"b\":1,\"a\":[]}"),
        ("roadiehq:utils:serialize:json", json!({ "data": [1], "space": 2 }), "[\n  1\n]"),
        ("roadiehq:utils:serialize:json", json!({ "data": [1], "space": "\t" }), "[\n\t1\n]"),
        ("roadiehq:utils:serialize:yaml", json!({ "data": { "b": "true", "a": [1] } }), "b: 'true'\na:\n- 1\n"),
    ] {
        assert_eq!(done(&portal, action, input.clone()), Ok(json!({ "serialized": expected })), "{input}");
    }
}
