//! Values out of what forms and addresses say.

use portico_api_types::template_form::TemplateAnswers;
use portico_forms::Facts;
use serde_json::{Value, json};

use crate::{answers, form, page, pairs, sent, state};

/// What one property comes to, of the texts that are sent for it.
fn read(schema: &Value, before: Value, texts: &[&str]) -> Value {
    let form = form(&json!({ "properties": { "a": schema } }));
    let mut posted = vec![("field", "/a")];
    posted.extend(texts.iter().map(|text| ("input./a", *text)));
    let before = if before.is_null() { json!({}) } else { json!({ "a": before }) };
    let read = form.read(&answers(before), &pairs(&posted), &Facts::default());
    read.answers.values.get("a").cloned().unwrap_or(Value::Null)
}

#[test]
fn texts_are_what_the_schema_has_and_empty_ones_are_nothing() {
    let text = json!({ "type": "string" });
    for (schema, before, texts, wanted) in [
        (text.clone(), Value::Null, vec!["x"], json!("x")),
        (text.clone(), json!("x"), vec![""], Value::Null),
        (json!({ "type": "string", "default": "d" }), Value::Null, vec![""], Value::Null),
        (json!({ "type": "string", "default": "d" }), Value::Null, vec!["d"], json!("d")),
        (text.clone(), json!("x"), vec![], json!("x")),
        (json!({ "type": "string", "ui:widget": "textarea" }), Value::Null, vec!["a\r\nb"], json!("a\nb")),
        (json!({ "type": "integer" }), Value::Null, vec!["3"], json!(3)),
        (json!({ "type": "integer" }), Value::Null, vec!["x"], json!("x")),
        (json!({ "type": "number" }), json!(1), vec!["2.5"], json!(2.5)),
        (json!({ "type": "boolean" }), Value::Null, vec!["true"], json!(true)),
        (json!({ "type": "boolean" }), json!(true), vec![], json!(false)),
        (json!({ "type": "boolean" }), Value::Null, vec![], Value::Null),
        (json!({ "type": "boolean", "ui:widget": "radio" }), Value::Null, vec!["false"], json!(false)),
        (json!({ "type": "boolean", "ui:widget": "radio" }), json!(false), vec!["true"], json!(true)),
        (json!({ "enum": [1, 2] }), Value::Null, vec!["2"], json!(2)),
        (json!({ "enum": [1, 2] }), json!(7), vec!["7"], json!(7)),
        (
            json!({ "type": "array", "uniqueItems": true, "items": { "enum": [1, 2] } }),
            json!([1]),
            vec!["1", "2"],
            json!([1, 2]),
        ),
        (json!({ "type": "array", "uniqueItems": true, "items": { "enum": [1, 2] } }), json!([1]), vec![], Value::Null),
        (json!({ "type": "object" }), Value::Null, vec!["{\"x\": 1}"], json!({ "x": 1 })),
        (json!({ "type": "object" }), Value::Null, vec!["x: 1"], json!("x: 1")),
        (text.clone(), json!({ "x": 1 }), vec!["{\"x\":2}"], json!({ "x": 2 })),
        (json!({ "type": "string", "readOnly": true }), json!("x"), vec!["y"], json!("x")),
        (json!({ "type": "string", "ui:disabled": true }), json!("x"), vec!["y"], json!("x")),
        (json!({ "type": "string", "ui:widget": "hidden" }), json!("x"), vec!["y"], json!("x")),
        (json!({ "ui:field": "OwnerPicker" }), Value::Null, vec!["payments"], json!("group:default/payments")),
        (json!({ "ui:field": "OwnerPicker" }), Value::Null, vec!["User:Ada"], json!("user:default/ada")),
        (json!({ "ui:field": "EntityPicker" }), Value::Null, vec!["no kind"], json!("no kind")),
        (
            json!({ "ui:field": "EntityPicker", "ui:options": { "defaultNamespace": false } }),
            Value::Null,
            vec!["User:a/Ada"],
            json!("User:a/Ada"),
        ),
        (
            json!({ "ui:field": "MultiEntityPicker", "type": "array", "ui:options": { "defaultKind": "api" } }),
            Value::Null,
            vec!["a, b", "api:default/a", "c\nd"],
            json!(["api:default/a", "api:default/b", "api:default/c", "api:default/d"]),
        ),
        (json!({ "ui:field": "EntityTagsPicker", "type": "array" }), json!(["x"]), vec![""], Value::Null),
        (json!({ "ui:field": "EntityNamePicker" }), Value::Null, vec![" a "], json!("a")),
        (
            json!({ "ui:field": "RepoUrlPicker" }),
            Value::Null,
            vec!["github.com?owner=a&repo=b"],
            json!("github.com?owner=a&repo=b"),
        ),
    ] {
        assert_eq!(read(&schema, before.clone(), &texts), wanted, "{schema} {before} {texts:?}");
    }
}

#[test]
fn the_parts_of_a_repository_become_its_address() {
    let form = form(&json!({ "properties": { "r": { "type": "string", "ui:field": "RepoUrlPicker" } } }));
    let posted = |parts: &[(&str, &str)]| {
        let mut all = vec![("field".to_owned(), "/r".to_owned())];
        all.extend(parts.iter().map(|(part, text)| (format!("input.{part}#/r"), (*text).to_owned())));
        all
    };
    for (before, parts, wanted) in [
        (
            Value::Null,
            vec![("host", "github.com"), ("owner", "acme"), ("repo", "a b")],
            json!("github.com?owner=acme&repo=a+b"),
        ),
        (
            Value::Null,
            vec![("host", "gitlab.com"), ("owner", "a/b"), ("repo", "c")],
            json!("gitlab.com?owner=a%2Fb&repo=c"),
        ),
        (Value::Null, vec![("host", "github.com"), ("owner", ""), ("repo", " ")], Value::Null),
        (
            json!("github.com?repo=b&owner=a"),
            vec![("host", "github.com"), ("owner", "a"), ("repo", "b")],
            json!("github.com?repo=b&owner=a"),
        ),
        (
            json!("github.com?repo=b&owner=a"),
            vec![("host", "github.com"), ("owner", "c"), ("repo", "b")],
            json!("github.com?owner=c&repo=b"),
        ),
        (json!("no address"), vec![("host", ""), ("owner", ""), ("repo", "")], json!("no address")),
    ] {
        let before = if before.is_null() { json!({}) } else { json!({ "r": before }) };
        let read = form.read(&answers(before), &posted(&parts), &Facts::default());
        assert_eq!(read.answers.values.get("r").cloned().unwrap_or(Value::Null), wanted, "{parts:?}");
    }
}

#[test]
fn fields_that_come_up_with_what_was_sent_are_read_as_well_and_others_are_left_alone() {
    let form = page(
        "
        properties: { a: { enum: [x, y] }, kept: { type: string } }
        dependencies: { a: { oneOf: [{ properties: { a: { const: x }, b: { type: integer } }, dependencies: { b: { properties: { c: { type: string } } } } }] } }
        ",
    );
    let posted = pairs(&[
        ("field", "/a"),
        ("input./a", "x"),
        ("field", "/b"),
        ("input./b", "3"),
        ("field", "/c"),
        ("input./c", "z"),
        ("input./kept", "not asked for"),
        ("field", "/nowhere"),
        ("input./nowhere", "1"),
        ("odd", "2"),
    ]);
    let read = form.read(&answers(json!({ "kept": "k" })), &posted, &Facts::default());
    assert_eq!(Value::Object(read.answers.values), json!({ "kept": "k", "a": "x", "b": 3, "c": "z" }));
    assert_eq!(read.answers.touched.iter().map(String::as_str).collect::<Vec<_>>(), ["/a", "/b", "/c"]);
}

#[test]
fn fields_of_the_alternative_that_was_left_are_read_before_the_next_is_taken() {
    let form = page(
        "
        properties:
          t: { oneOf: [{ title: A, properties: { both: { type: string }, a: { type: string } } }, { title: B, properties: { both: { type: string }, b: { type: string } } }] }
        ",
    );
    let posted = pairs(&[
        ("choice./t@/properties/t/oneOf", "1"),
        ("field", "/t/both"),
        ("input./t/both", "1"),
        ("field", "/t/a"),
        ("input./t/a", "2"),
    ]);
    let read = form.read(&TemplateAnswers::default(), &posted, &Facts::default());
    assert_eq!(read.answers.choices.values().copied().collect::<Vec<_>>(), [1]);
    assert_eq!(Value::Object(form.settled(&read.answers, &Facts::default())), json!({ "t": { "both": "1" } }));
}

#[test]
fn items_that_were_asked_for_are_there() {
    let form = page(
        "properties: { n: { properties: { '0': { type: string }, tags: { type: array, items: { properties: { '1': { type: string } } } } } } }",
    );
    let posted = pairs(&[
        ("field", "/n/0"),
        ("input./n/0", "x"),
        ("field", "/n/tags/1/1"),
        ("input./n/tags/1/1", "y"),
        ("field", "/n/tags/0/1"),
        ("input./n/tags/0/1", ""),
    ]);
    let read = form.read(&TemplateAnswers::default(), &posted, &Facts::default());
    assert_eq!(Value::Object(read.answers.values), json!({ "n": { "0": "x", "tags": [null, { "1": "y" }] } }));
}

#[test]
fn addresses_fill_in_fields_of_all_pages_but_no_secrets() {
    let form = form(&json!([
        { "properties": { "name": { "type": "string", "default": "d" }, "size": { "type": "integer" }, "key": { "type": "string", "ui:field": "Secret" } } },
        { "if": { "properties": { "size": { "const": 3 } }, "required": ["size"] }, "then": { "properties": { "deep": { "properties": { "a/b": { "type": "boolean" } } } } } }
    ]));
    let from = |query: &[(&str, &str)]| Value::Object(form.from_query(&pairs(query), &Facts::default()).values);
    for (query, wanted) in [
        (
            vec![("name", "x"), ("size", "3"), ("/deep/a~1b", "true"), ("unknown", "1"), ("key", "s")],
            json!({ "name": "x", "size": 3, "deep": { "a/b": true } }),
        ),
        (
            vec![("formData", "{\"size\": 4, \"more\": [1], \"key\": \"s\"}")],
            json!({ "size": 4, "more": [1], "name": "d" }),
        ),
        (vec![("formData", "{\"size\": 4}"), ("size", "5")], json!({ "size": 5, "name": "d" })),
        (vec![("formData", "no json"), ("name", "")], json!({})),
        (vec![("formData", "[1]")], json!({})),
    ] {
        let mut found = from(&query);
        if wanted.get("name").is_none() || wanted["name"] == "d" {
            // A default may be filled in already, or later.
            let name = found.as_object_mut().unwrap().shift_remove("name");
            assert!(name.is_none() || name == Some(json!("d")), "{query:?}");
        }
        let mut wanted = wanted.clone();
        if wanted["name"] == "d" {
            wanted.as_object_mut().unwrap().shift_remove("name");
        }
        assert_eq!(found, wanted, "{query:?}");
    }
}

#[test]
fn a_form_that_is_sent_as_it_is_drawn_changes_nothing() {
    let form = page(
        "
        properties:
          text: { type: string }
          at: { type: string, format: date-time }
          many: { type: array, uniqueItems: true, items: { enum: [a, b] } }
          rows: { type: array, items: { type: object, properties: { n: { type: integer }, on: { type: boolean } } } }
          repo: { type: string, ui:field: RepoUrlPicker }
          tags: { type: array, ui:field: EntityTagsPicker }
          key: { type: string, ui:field: Secret }
          any: {}
        ",
    );
    let values = json!({
        "text": "a\nb", "at": "2026-11-27T10:30:00+02:00", "many": ["b", "a"], "rows": [{ "n": 1, "on": false }, {}],
        "repo": "github.com?repo=b&owner=a", "tags": ["x"], "key": "secret", "any": { "x": [1, null] }, "unknown": 1
    });
    let read = form.read(&answers(values.clone()), &sent(&state(&form, values.clone())), &Facts::default());
    assert_eq!(Value::Object(read.answers.values), values);
    assert!(read.answers.touched.is_empty(), "{:?}", read.answers.touched);
}
