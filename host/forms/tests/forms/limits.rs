//! What a form may cost, at its edges.

use portico_api_types::template_form::{FormControl, TemplateAnswers};
use portico_forms::{Facts, Form, limits};
use serde_json::{Value, json};

use crate::{answers, field, form, pairs, state};

#[test]
fn a_form_has_so_many_pages_and_no_more() {
    assert!(Form::parse(&json!(vec![json!({}); limits::PAGES])).is_ok());
    let error = Form::parse(&json!(vec![json!({}); limits::PAGES + 1])).expect_err("too many");
    assert_eq!(
        error.to_string(),
        "`spec.parameters`: it has 51 pages; at most 50 are taken, put some of them together"
    );
}

#[test]
fn conditions_may_hold_so_much_together() {
    // Each holds its own part of the schema, and that of each within it.
    let nested = |depth: usize| {
        let inner = json!({ "properties": (0..50).map(|at| (format!("p{at}"), json!({ "const": at }))).collect::<serde_json::Map<_, _>>() });
        (0..depth).fold(inner, |inner, _| json!({ "anyOf": [inner, { "properties": { "x": { "type": "string" } } }] }))
    };
    assert!(Form::parse(&nested(15)).is_ok());
    let error =
        Form::parse(&json!({ "allOf": (0..20).map(|_| nested(15)).collect::<Vec<_>>() })).expect_err("too much");
    assert!(error.message.starts_with("its conditions hold more than 20000 values"), "{error}");
}

#[test]
fn objects_in_objects_end_somewhere() {
    let nested = |depth: usize| {
        (0..depth)
            .fold(json!({ "type": "string" }), |inner, _| json!({ "type": "object", "properties": { "a": inner } }))
    };
    assert!(Form::parse(&nested(limits::DEPTH)).is_ok());
    let error = Form::parse(&nested(limits::DEPTH + 1)).expect_err("too deep");
    assert!(error.message.starts_with("it is nested more than 40 deep"), "{error}");
}

#[test]
fn a_schema_that_references_make_large_is_refused() {
    let mut definitions = serde_json::Map::new();
    definitions.insert("d0".to_owned(), json!({ "type": "string" }));
    for at in 1..20 {
        let below = format!("#/definitions/d{}", at - 1);
        definitions
            .insert(format!("d{at}"), json!({ "properties": { "a": { "$ref": below }, "b": { "$ref": below } } }));
    }
    let error = Form::parse(&json!({ "definitions": definitions })).expect_err("too large");
    assert!(error.message.contains("once its references are filled in"), "{error}");
}

#[test]
fn a_long_list_is_written_as_json_and_takes_no_more_items() {
    let form = form(
        &json!({ "properties": { "a": { "type": "array", "items": { "type": "object", "properties": { "x": {} } } } } }),
    );
    let rows = |count: usize| json!({ "a": vec![json!({}); count] });
    let FormControl::List { items, can_add } = field(&state(&form, rows(limits::ITEMS)), "/a").control else {
        panic!("a list")
    };
    assert_eq!((items.len(), can_add), (limits::ITEMS, false));
    assert_eq!(field(&state(&form, rows(limits::ITEMS + 1)), "/a").control, FormControl::Json);
    let add = pairs(&[("do", "add /a")]);
    assert!(form.read(&answers(rows(limits::ITEMS - 1)), &add, &Facts::default()).did.is_some());
    assert!(form.read(&answers(rows(limits::ITEMS)), &add, &Facts::default()).did.is_none());
    let far = pairs(&[("field", "/a/199/x"), ("input./a/199/x", "1"), ("field", "/a/200/x"), ("input./a/200/x", "1")]);
    let read = form.read(&TemplateAnswers::default(), &far, &Facts::default());
    assert_eq!(read.answers.values["a"].as_array().map(Vec::len), Some(limits::ITEMS));
}

#[test]
fn many_fields_are_drawn_until_there_are_too_many() {
    let keys: serde_json::Map<String, Value> = (0..100).map(|at| (format!("k{at}"), json!({}))).collect();
    let form =
        form(&json!({ "properties": { "a": { "type": "array", "items": { "type": "object", "properties": keys } } } }));
    let drawn = state(&form, json!({ "a": vec![json!({}); limits::ITEMS] }));
    assert!(crate::places(&drawn).len() <= limits::FIELDS + limits::ITEMS + 1, "{}", crate::places(&drawn).len());
    let FormControl::List { items, .. } = field(&drawn, "/a").control else { panic!("a list") };
    assert!(matches!(items[0].field.control, FormControl::Group { .. }));
    assert_eq!(items[limits::ITEMS - 1].field.control, FormControl::Json);
}

#[test]
fn defaults_that_multiply_are_filled_in_until_there_are_too_many() {
    let inner = json!({ "type": "object", "properties": { "t": { "type": "string", "default": "x".repeat(1000) } } });
    let list = |items: Value| json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "array", "minItems": 200, "items": items } } });
    let form = form(&list(list(list(inner))));
    let settled = Value::Object(form.settled(&TemplateAnswers::default(), &Facts::default()));
    assert!(settled.to_string().len() < 2 * limits::DEFAULTS, "{}", settled.to_string().len());
}

#[test]
fn a_page_tells_so_many_faults() {
    let form = form(&json!({ "items": {}, "additionalProperties": { "type": "string" } }));
    let values: serde_json::Map<String, Value> = (0..200).map(|at| (format!("k{at}"), json!(1))).collect();
    assert_eq!(form.check(&values).len(), limits::FAULTS);
}
