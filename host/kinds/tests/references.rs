//! References of schemas, filled in for whoever looks into them.

use portico_kinds::Schema;
use serde_json::json;

#[test]
fn references_are_filled_in_and_words_beside_them_stay() {
    let schema = json!({
        "properties": {
            "a": { "$ref": "#/definitions/name", "title": "Own" },
            "$ref": { "type": "string" },
            "all": { "allOf": [{ "$ref": "#/definitions/deep" }] },
            "any": { "$ref": "#/definitions/any" }
        },
        "definitions": {
            "name": { "type": "string", "title": "Theirs" },
            "deep": { "properties": { "x": { "$ref": "#/definitions/name" } } },
            "any": true
        }
    });
    let filled = Schema::filled_in(&schema).expect("a schema");
    assert_eq!(
        filled["properties"],
        json!({
            "a": { "type": "string", "title": "Own" },
            "$ref": { "type": "string" },
            "all": { "allOf": [{ "properties": { "x": { "type": "string", "title": "Theirs" } } }] },
            "any": true
        })
    );
}

#[test]
fn a_filled_schema_is_one_of_draft_07() {
    let schema = json!({
        "properties": { "pair": { "items": [{ "type": "string" }], "additionalItems": false } },
        "dependencies": { "a": ["b"], "c": { "required": ["d"] } },
        "dependentRequired": { "e": ["f"] },
        "if": { "required": ["g"] },
        "then": { "required": ["h"] }
    });
    let schema = Schema::filled(&schema, "values", "the form").expect("a schema");
    for (document, is_valid) in [
        (json!({}), true),
        (json!({ "pair": ["x"] }), true),
        (json!({ "pair": ["x", "y"] }), false),
        (json!({ "a": 1 }), false),
        (json!({ "a": 1, "b": 1 }), true),
        (json!({ "c": 1 }), false),
        (json!({ "e": 1 }), false),
        (json!({ "g": 1 }), false),
    ] {
        assert_eq!(schema.is_valid(&document), is_valid, "{document}");
        assert_eq!(schema.errors(&document).count() == 0, is_valid, "{document}");
    }
}

#[test]
fn what_would_be_too_large_or_never_end_is_refused_before_it_is_filled_in() {
    for (schema, wanted) in [
        (json!(true), "it is no mapping"),
        (json!({ "$ref": "#" }), "leads back to itself"),
        (json!({ "title": "x".repeat(70_000) }), "bytes; at most 65536 are taken"),
    ] {
        let refusal = Schema::filled_in(&schema).expect_err("no schema");
        assert!(refusal.contains(wanted), "{refusal}");
    }
}
