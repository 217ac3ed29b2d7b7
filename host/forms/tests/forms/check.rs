//! What is wrong with values, for people and for the API.

use portico_forms::Form;
use serde_json::{Value, json};

use crate::{field, form, page, state};

fn faults(form: &Form, values: &Value) -> Vec<(String, String)> {
    form.check(values.as_object().expect("an object"))
        .into_iter()
        .map(|fault| (fault.pointer, fault.sentence))
        .collect()
}

#[test]
fn every_rule_has_a_sentence_that_says_what_to_do() {
    for (schema, value, wanted) in [
        (json!({ "type": "string" }), json!(1), "Write a text here."),
        (json!({ "type": ["integer", "boolean"] }), json!("x"), "Write `true` or `false` or a whole number here."),
        (json!({ "type": "string" }), Value::Null, "Fill this in; it is empty."),
        (json!({ "enum": ["a", 2] }), json!("x"), "Choose one of these: `a`, `2`."),
        (json!({ "const": true }), json!(false), "This has to be agreed to; tick it."),
        (json!({ "const": "v1" }), json!("x"), "This has to be `v1`."),
        (json!({ "pattern": "^[a-z]+$" }), json!("X"), "Write it so that it matches the pattern `^[a-z]+$`."),
        (json!({ "format": "email" }), json!("x"), "Write an address for mail, such as `ada@example.org`."),
        (json!({ "minimum": 3 }), json!(1), "Take at least 3."),
        (json!({ "maximum": 3 }), json!(5), "Take at most 3."),
        (json!({ "exclusiveMinimum": 3 }), json!(3), "Take more than 3."),
        (json!({ "exclusiveMaximum": 3 }), json!(3), "Take less than 3."),
        (json!({ "multipleOf": 5 }), json!(3), "Take a multiple of 5."),
        (json!({ "minLength": 2 }), json!("x"), "Write at least 2 characters."),
        (json!({ "maxLength": 1 }), json!("xy"), "Write at most 1 character."),
        (json!({ "minItems": 1 }), json!([]), "Give at least 1 item."),
        (json!({ "maxItems": 1 }), json!([1, 2]), "Give at most 1 item."),
        (json!({ "uniqueItems": true }), json!([1, 1]), "Something stands here twice; each may stand here once."),
        (
            json!({ "contains": { "const": 1 } }),
            json!([2]),
            "None of these is what the template asks for; add one that is.",
        ),
        (
            json!({ "additionalProperties": false }),
            json!({ "x": 1 }),
            "The form has no keys of these names here; take them out.",
        ),
        (
            json!({ "properties": { "y": {} }, "additionalProperties": false }),
            json!({ "x": 1 }),
            "The form has no `x`; take it out.",
        ),
        (json!({ "minProperties": 1 }), json!({}), "Fill in at least 1 field."),
        (json!({ "not": { "const": 1 } }), json!(1), "The template does not allow this; change it or leave it out."),
        (
            json!({ "oneOf": [{ "type": "string" }, { "minLength": 1 }] }),
            json!("x"),
            "This fits several of the alternatives, and has to fit one alone; leave out what belongs to others.",
        ),
        (
            json!({ "oneOf": [{ "const": 1 }, { "const": 2 }] }),
            json!(3),
            "This fits none of the alternatives; fill in one of them.",
        ),
    ] {
        let form = form(&json!({ "properties": { "a": schema } }));
        assert_eq!(faults(&form, &json!({ "a": value })), [("/a".to_owned(), wanted.to_owned())], "{schema}");
    }
}

#[test]
fn what_is_missing_is_missing_where_it_should_be() {
    let form = page(
        "required: [a]\nproperties: { a: { type: string }, b: { type: array, items: { required: [c/d], properties: { c/d: {} } } } }",
    );
    let needed = "Fill this in; it is needed.".to_owned();
    let mut found = faults(&form, &json!({ "b": [{}] }));
    found.sort();
    assert_eq!(found, [("/a".to_owned(), needed.clone()), ("/b/0/c~1d".to_owned(), needed)]);
}

#[test]
fn of_alternatives_the_one_that_values_come_closest_to_is_spoken_of() {
    let form = page(
        "
        properties: { ci: { enum: [gh, tekton] } }
        dependencies:
          ci:
            oneOf:
              - properties: { ci: { const: gh } }
              - required: [url, ns]
                properties: { ci: { const: tekton }, url: { type: string }, ns: { type: string } }
        ",
    );
    assert!(faults(&form, &json!({ "ci": "gh" })).is_empty());
    let missing = faults(&form, &json!({ "ci": "tekton", "ns": 1 }));
    let places: Vec<&str> = missing.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!((places.len(), places.contains(&"/url"), places.contains(&"/ns")), (2, true, true), "{missing:?}");
}

#[test]
fn what_has_no_field_is_said_at_the_nearest_around_it_or_at_the_head_of_the_page() {
    let form = form(&json!([
        { "properties": { "a": { "type": "object", "properties": { "x": {} }, "required": ["y"] }, "j": { "type": "object", "required": ["k"] } } },
        { "required": ["a", "z"] }
    ]));
    let drawn = state(&form, json!({ "a": {}, "j": {} }));
    assert_eq!(field(&drawn, "/a").error.as_deref(), Some("`y`: Fill this in; it is needed."));
    assert_eq!(field(&drawn, "/j").error.as_deref(), Some("`k`: Fill this in; it is needed."));
    assert_eq!(drawn.pages[1].errors, ["`z`: Fill this in; it is needed."]);
    assert!(!drawn.pages[0].is_complete && !drawn.pages[1].is_complete);
}

#[test]
fn the_api_answers_errors_in_the_shape_of_the_field() {
    let form = page(
        "required: [name]\nproperties: { name: { type: string }, rows: { type: array, items: { properties: { n: { type: integer, minimum: 3 } } } } }",
    );
    let errors = serde_json::to_value(form.errors(json!({ "rows": [{ "n": 1 }] }).as_object().unwrap())).unwrap();
    let mut errors = errors.as_array().unwrap().clone();
    errors.sort_by_key(|error| error["name"].to_string());
    assert_eq!(
        errors[0],
        json!({
            "path": ["rows", 0, "n"], "property": "instance.rows[0].n", "message": "Take at least 3.",
            "schema": { "type": "integer", "minimum": 3 }, "instance": 1, "name": "minimum", "argument": 3,
            "stack": "instance.rows[0].n Take at least 3."
        })
    );
    assert_eq!(errors[1]["path"], json!([]));
    assert_eq!(
        (&errors[1]["name"], &errors[1]["argument"], &errors[1]["property"]),
        (&json!("required"), &json!("name"), &json!("instance"))
    );
    assert_eq!(errors[1]["stack"], "instance lacks the property \"name\", which is required");
    assert_eq!(errors[1]["schema"]["required"], json!(["name"]));
    assert!(form.errors(json!({ "name": "x" }).as_object().unwrap()).is_empty());
}

#[test]
fn the_api_answers_the_pages_of_a_template_as_they_are() {
    let entity = json!({
        "metadata": { "name": "t", "description": "Makes one", "ui:options": { "x": 1 } },
        "spec": { "presentation": { "buttonLabels": {} }, "parameters": [{ "title": "A", "description": "D", "$schema": "x" }, { "properties": {} }] }
    });
    assert_eq!(
        serde_json::to_value(Form::parameter_schema(&entity)).unwrap(),
        json!({
            "title": "t", "presentation": { "buttonLabels": {} }, "description": "Makes one", "ui:options": { "x": 1 },
            "steps": [
                { "title": "A", "description": "D", "schema": { "title": "A", "description": "D", "$schema": "x" } },
                { "title": "Please enter the following information", "schema": { "properties": {} } }
            ]
        })
    );
    let plain = json!({ "metadata": { "name": "t", "title": "T" }, "spec": { "parameters": { "title": "A" }, "EXPERIMENTAL_formDecorators": [] } });
    let answer = serde_json::to_value(Form::parameter_schema(&plain)).unwrap();
    assert_eq!(
        answer,
        json!({ "title": "T", "steps": [{ "title": "A", "schema": { "title": "A" } }], "formDecorators": [] })
    );
    assert_eq!(serde_json::to_value(Form::parameter_schema(&json!({}))).unwrap(), json!({ "title": "", "steps": [] }));
}

#[test]
fn who_sends_values_without_a_form_is_told_what_its_fields_do_not_take() {
    let form = page(
        "
        properties:
          name: { type: string, ui:field: EntityNamePicker }
          repo: { type: string, ui:field: RepoUrlPicker, ui:options: { allowedHosts: [github.com], allowedOwners: [acme], allowedRepos: [] } }
          rows: { type: array, items: { type: object, properties: { of: { ui:field: EntityNamePicker } } } }
        ",
    );
    let errors = |values: Value| {
        let errors = form.errors(values.as_object().unwrap());
        errors.into_iter().map(|error| (error.property.clone(), error.name.clone(), error.message)).collect::<Vec<_>>()
    };
    let at = |property: &str, name: &str, message: &str| (property.to_owned(), name.to_owned(), message.to_owned());
    assert_eq!(errors(json!({ "name": "orders", "repo": "github.com?owner=acme&repo=orders" })), []);
    assert_eq!(
        errors(json!({ "repo": "github.com?owner=evil&repo=orders" })),
        [at("instance.repo", "ui:field", "The owner has to be one of these: acme.")]
    );
    assert_eq!(
        errors(json!({ "repo": "git.evil.example?owner=acme&repo=orders" })),
        [at("instance.repo", "ui:field", "The host has to be one of these: github.com.")]
    );
    let named = errors(json!({ "name": "no name!", "rows": [{ "of": "a" }, { "of": "-" }] }));
    let places: Vec<&str> = named.iter().map(|(property, ..)| property.as_str()).collect();
    assert_eq!(places, ["instance.name", "instance.rows[1].of"]);
}
