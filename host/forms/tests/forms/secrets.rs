//! Secrets are in the values that come in, and in nothing that goes out.

use portico_api_types::template_form::{FormControl, MASK};
use portico_forms::{Facts, Form};
use serde_json::{Value, json};

use crate::{answers, field, page, pairs};

const SECRET: &str = "hunter2-hunter2";

fn keyed() -> Form {
    page(
        "
        required: [token]
        properties:
          mode: { enum: [a, b] }
          token: { type: string, title: Token, ui:field: Secret, minLength: 100, pattern: '^x', enum: [y], not: { type: string } }
          deep: { type: object, properties: { password: { type: string, ui:field: Secret, oneOf: [{ const: 1 }, { minLength: 50 }] } }, additionalProperties: false, propertyNames: { maxLength: 8 } }
          rows: { type: array, uniqueItems: true, items: { properties: { key: { ui:field: Secret, allOf: [{ minLength: 99 }] } }, not: { required: [key] } } }
        if: { properties: { mode: { const: a } }, required: [mode] }
        then: { properties: { hidden: { type: string, ui:field: Secret } } }
        ",
    )
}

fn filled() -> Value {
    json!({ "mode": "b", "token": SECRET, "deep": { "password": SECRET, "other": 1 }, "rows": [{ "key": SECRET }, { "key": SECRET }], "hidden": SECRET, "plain": "p" })
}

#[test]
fn nothing_that_comes_out_of_a_form_holds_a_secret() {
    let form = keyed();
    let answers = answers(filled());
    let values = filled().as_object().unwrap().clone();
    let drawn = form.state(&answers, &Facts::default());
    for (what, text) in [
        ("state", serde_json::to_string(&drawn).unwrap()),
        ("check", format!("{:?}", form.check(&values))),
        ("errors", serde_json::to_string(&form.errors(&values)).unwrap()),
        ("review", serde_json::to_string(&form.review(&answers)).unwrap()),
        ("answers", format!("{answers:?}")),
        ("split", format!("{:?}", form.split(&values))),
        ("read", format!("{:?}", form.read(&answers, &[], &Facts::default()))),
        ("form", format!("{form:?}")),
    ] {
        assert!(!text.contains("hunter2"), "{what}: {text}");
    }
    assert!(form.check(&values).len() > 4, "all of it is wrong");
    assert_eq!(field(&drawn, "/token").control, FormControl::Secret { is_filled: true });
    assert!(field(&drawn, "/token").texts.is_empty());
}

#[test]
fn secrets_are_taken_out_by_the_names_of_their_fields_also_where_a_condition_hides_them() {
    let split = keyed().split(filled().as_object().unwrap());
    assert_eq!(
        Value::Object(split.values),
        json!({ "mode": "b", "token": MASK, "deep": { "password": MASK, "other": 1 }, "rows": [{ "key": MASK }, { "key": MASK }], "hidden": MASK, "plain": "p" })
    );
    let names: Vec<&str> = split.secrets.0.keys().map(String::as_str).collect();
    assert_eq!(names, ["hidden", "key", "password", "token"]);
    assert!(split.secrets.0.values().all(|secret| secret == SECRET));
    let none = keyed().split(json!({ "token": "", "hidden": null }).as_object().unwrap());
    assert!(none.secrets.0.is_empty());
    assert_eq!(Value::Object(none.values), json!({ "token": "", "hidden": null }));
}

#[test]
fn what_stands_for_a_secret_is_there_and_is_not_judged() {
    let form = keyed();
    let split = form.split(json!({ "token": "x" }).as_object().unwrap());
    assert!(form.check(&split.values).is_empty(), "{:?}", form.check(&split.values));
    let again = form.split(&split.values);
    assert!(again.secrets.0.is_empty(), "it is no secret itself");
    assert_eq!(form.check(&Default::default()).len(), 1, "without one it is missing");
}

#[test]
fn a_secret_stays_until_another_is_typed() {
    let form = keyed();
    for (typed, wanted) in [("", SECRET), ("new", "new")] {
        let posted = pairs(&[("field", "/token"), ("input./token", typed)]);
        let read = form.read(&answers(json!({ "token": SECRET })), &posted, &Facts::default());
        assert_eq!(read.answers.values["token"], wanted);
    }
}

#[test]
fn what_stands_for_a_secret_is_a_value_like_others_anywhere_else() {
    let form = page(
        "
        properties:
          name: { type: string, pattern: '^[a-z]+$' }
          token: { type: string, ui:field: Secret, minLength: 100 }
        ",
    );
    let values = json!({ "name": MASK, "token": MASK }).as_object().unwrap().clone();
    let wrong: Vec<String> = form.check(&values).into_iter().map(|fault| fault.pointer).collect();
    assert_eq!(wrong, ["/name"], "who fills in asterisks is told, and a secret that was taken out is not judged");
    assert_eq!(form.errors(&values).len(), 1);
}
