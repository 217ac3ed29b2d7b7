//! Which fields there are for which values.

use portico_api_types::template_form::TemplateAnswers;
use serde_json::{Value, json};

use crate::{answers, field, form, page, places, state};

#[test]
fn conditions_of_every_kind_bring_fields_and_take_them_away() {
    let base = "properties: { a: { type: string } }\n";
    for (schema, values, wanted) in [
        (
            "if: { properties: { a: { const: x } }, required: [a] }\nthen: { properties: { b: {} } }\nelse: { properties: { c: {} } }",
            json!({ "a": "x" }),
            vec!["/a", "/b"],
        ),
        (
            "if: { properties: { a: { const: x } }, required: [a] }\nthen: { properties: { b: {} } }\nelse: { properties: { c: {} } }",
            json!({}),
            vec!["/a", "/c"],
        ),
        ("dependencies: { a: { properties: { b: {} } } }", json!({}), vec!["/a"]),
        ("dependencies: { a: { properties: { b: {} } } }", json!({ "a": "y" }), vec!["/a", "/b"]),
        ("dependentSchemas: { a: { properties: { b: {} } } }", json!({ "a": "y" }), vec!["/a", "/b"]),
        (
            "dependencies: { a: { oneOf: [{ properties: { a: { const: x }, b: {} } }, { properties: { a: { enum: [y, z] }, c: {} } }] } }",
            json!({ "a": "z" }),
            vec!["/a", "/c"],
        ),
        (
            "dependencies: { a: { oneOf: [{ properties: { a: { const: x }, b: {} } }] } }",
            json!({ "a": "x" }),
            vec!["/a", "/b"],
        ),
        (
            "dependencies: { a: { oneOf: [{ properties: { a: { const: x }, b: {} } }] } }",
            json!({ "a": "q" }),
            vec!["/a"],
        ),
        (
            "dependencies: { a: { allOf: [{ if: { properties: { a: { const: x } } }, then: { properties: { b: {} } } }] } }",
            json!({ "a": "x" }),
            vec!["/a", "/b"],
        ),
        (
            "allOf: [{ properties: { b: {} } }, { if: { required: [a] }, then: { properties: { c: {} } } }]",
            json!({ "a": "1" }),
            vec!["/a", "/b", "/c"],
        ),
        (
            "allOf: [{ if: { required: [a] }, then: { if: { required: [b] }, then: { properties: { c: {} } }, properties: { b: {} } } }]",
            json!({ "a": "1", "b": 2 }),
            vec!["/a", "/b", "/c"],
        ),
        ("then: { properties: { b: {} } }", json!({}), vec!["/a"]),
        ("properties: { a: {}, never: false, always: true }", json!({}), vec!["/a", "/always"]),
    ] {
        let yaml = if schema.starts_with("properties") { schema.to_owned() } else { format!("{base}{schema}") };
        assert_eq!(places(&state(&page(&yaml), values.clone())), wanted, "{schema} with {values}");
    }
}

#[test]
fn conditions_see_the_values_of_other_pages() {
    let form = form(&json!([
        { "properties": { "cloud": { "enum": ["a", "b"], "default": "a" } } },
        { "if": { "properties": { "cloud": { "const": "a" } } }, "then": { "properties": { "zone": { "type": "string" } }, "required": ["zone"] } }
    ]));
    let with_default = state(&form, json!({}));
    assert_eq!(places(&with_default), ["/cloud", "/zone"]);
    assert!(with_default.pages[0].is_complete && !with_default.pages[1].is_complete && !with_default.is_complete);
    assert_eq!(places(&state(&form, json!({ "cloud": "b" }))), ["/cloud"]);
}

#[test]
fn a_default_brings_fields_with_defaults_of_their_own() {
    let form = page(
        "
        properties: { a: { type: string, default: x } }
        dependencies:
          a: { properties: { b: { type: string, default: y } }, dependencies: { b: { properties: { c: { default: z, type: string } } } } }
        ",
    );
    let settled = form.settled(&answers(json!({})), &Default::default());
    assert_eq!(Value::Object(settled), json!({ "a": "x", "b": "y", "c": "z" }));
}

#[test]
fn what_a_condition_needs_is_required_of_fields_that_are_there() {
    for schema in
        ["dependentRequired: { a: [b] }", "dependencies: { a: [b] }", "dependencies: { a: { required: [b] } }"]
    {
        let form = page(&format!("properties: {{ a: {{ type: string }}, b: {{ type: string }} }}\n{schema}"));
        assert!(!field(&state(&form, json!({})), "/b").is_required, "{schema}");
        let drawn = field(&state(&form, json!({ "a": "1" })), "/b");
        assert!(drawn.is_required, "{schema}");
        assert_eq!(drawn.error.as_deref(), Some("Fill this in; it is needed."), "{schema}");
    }
}

#[test]
fn a_later_layer_has_the_last_word_but_not_on_the_field_that_chooses_it() {
    let form = page(
        "
        properties: { a: { enum: [x, y], title: A }, b: { type: string, title: B } }
        allOf:
          - if: { properties: { a: { const: x } }, required: [a] }
            then: { properties: { b: { title: Other, enum: [p, q] } } }
        dependencies:
          a: { oneOf: [{ properties: { a: { const: x } } }, { properties: { a: { const: y }, c: {} } }] }
        ",
    );
    let state = state(&form, json!({ "a": "x" }));
    assert_eq!(field(&state, "/b").title, "Other");
    let control = |pointer| serde_json::to_value(field(&state, pointer).control).unwrap();
    assert_eq!(control("/b")["type"], "choice");
    assert_eq!(control("/a")["options"].as_array().map(Vec::len), Some(2), "it can still be changed");
}

const ALTERNATIVES: &str = "
    properties:
      target:
        title: Target
        oneOf:
          - { title: A bucket, properties: { kind: { const: bucket }, bucket: { type: string } }, required: [kind, bucket] }
          - { title: A host, properties: { kind: { const: host }, host: { type: string } }, required: [kind, host] }
          - { properties: { note: { type: string } } }
    ";

#[test]
fn of_alternatives_the_one_that_was_chosen_is_drawn_or_else_the_one_that_values_fit() {
    let form = page(ALTERNATIVES);
    for (values, chosen, taken, wanted) in [
        (json!({}), None, 0, vec!["/target", "/target/kind", "/target/bucket"]),
        (json!({ "target": { "kind": "host" } }), None, 1, vec!["/target", "/target/kind", "/target/host"]),
        (json!({ "target": { "note": "x" } }), None, 2, vec!["/target", "/target/note"]),
        (json!({ "target": { "kind": "host" } }), Some(2), 2, vec!["/target", "/target/note"]),
        (json!({}), Some(7), 0, vec!["/target", "/target/kind", "/target/bucket"]),
    ] {
        let mut answers = answers(values.clone());
        answers.choices.extend(chosen.map(|taken| ("/target@/properties/target/oneOf".to_owned(), taken)));
        let drawn = form.state(&answers, &Default::default());
        assert_eq!(places(&drawn), wanted, "{values} {chosen:?}");
        let alternatives = &field(&drawn, "/target").alternatives[0];
        assert_eq!((alternatives.taken, alternatives.titles.join("|").as_str()), (taken, "A bucket|A host|Option 3"));
        assert_eq!(alternatives.name, "choice./target@/properties/target/oneOf");
    }
}

#[test]
fn alternatives_of_a_whole_page_and_of_plain_values_are_chosen_between() {
    let form = page(
        "
        anyOf: [{ title: One, properties: { a: { type: string } } }, { title: Two, properties: { b: { type: string } } }]
        properties:
          port: { title: Port, oneOf: [{ type: integer, title: Number }, { type: string, title: Name }] }
        ",
    );
    let drawn = state(&form, json!({ "port": "http" }));
    assert_eq!(drawn.pages[0].alternatives[0].titles, ["One", "Two"]);
    assert_eq!(places(&drawn), ["/port", "/a"]);
    let port = field(&drawn, "/port");
    assert_eq!((port.alternatives[0].taken, port.title.as_str(), port.texts), (1, "Port", vec!["http".to_owned()]));
    let numbered = field(&state(&form, json!({ "port": 80 })), "/port");
    assert_eq!(serde_json::to_value(numbered.control).unwrap()["isWhole"], true);
}

#[test]
fn what_stands_in_a_field_that_is_gone_is_left_out_and_what_never_had_a_field_stays() {
    let form = page(
        "
        properties: { a: { enum: [x, y] }, list: { type: array, items: { properties: { k: { type: string } }, dependencies: { k: { properties: { l: {} } } } } } }
        dependencies: { a: { oneOf: [{ properties: { a: { const: x }, b: { type: string }, c: { type: string } }, dependencies: { b: { properties: { d: {} } } } }, { properties: { a: { const: y }, c: { type: string } } }] } }
        ",
    );
    let settled = |values| Value::Object(form.settled(&answers(values), &Default::default()));
    let before =
        json!({ "a": "y", "b": "1", "c": "2", "d": "3", "unknown": 4, "list": [{ "l": 1 }, { "k": "1", "l": 1 }] });
    assert_eq!(settled(before), json!({ "a": "y", "c": "2", "unknown": 4, "list": [{}, { "k": "1", "l": 1 }] }));
    let kept = json!({ "a": "x", "b": "1", "d": "3" });
    assert_eq!(settled(kept.clone()), kept);
    // What goes takes with it what depends on it.
    let form = page(
        "properties: { a: {} }\ndependencies: { a: { properties: { b: {} }, dependencies: { b: { properties: { c: {} } } } } }",
    );
    assert_eq!(Value::Object(form.settled(&answers(json!({ "b": 1, "c": 2 })), &Default::default())), json!({}));
}

#[test]
fn a_page_that_two_others_share_keeps_its_values() {
    let form = form(&json!([
        { "properties": { "a": { "enum": ["x", "y"] } }, "dependencies": { "a": { "oneOf": [{ "properties": { "a": { "const": "x" }, "b": {} } }] } } },
        { "properties": { "b": { "type": "string" } } }
    ]));
    let values = json!({ "a": "y", "b": "kept" });
    assert_eq!(
        Value::Object(form.settled(&TemplateAnswers::from(values.as_object().unwrap().clone()), &Default::default())),
        values
    );
}

#[test]
fn alternatives_that_ask_for_the_same_are_no_choice() {
    let form =
        page("properties: { a: { type: string }, b: { type: string } }\nanyOf: [{ required: [a] }, { required: [b] }]");
    let drawn = state(&form, json!({}));
    assert!(drawn.pages[0].alternatives.is_empty());
    assert!(!drawn.is_complete && state(&form, json!({ "b": "x" })).is_complete);
}
