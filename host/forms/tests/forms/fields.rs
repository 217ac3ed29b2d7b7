//! How each property of a schema is drawn.

use portico_api_types::Markdown;
use portico_api_types::template_form::{FormControl, FormText};
use portico_forms::Form;
use serde_json::{Value, json};

use crate::{field, form, page, places, state};

/// The control of one property and what stands in it.
fn drawn(schema: &Value, value: Option<Value>) -> (FormControl, Vec<String>) {
    let form = form(&json!({ "properties": { "a": schema } }));
    let values = value.map_or_else(|| json!({}), |value| json!({ "a": value }));
    let field = field(&state(&form, values), "/a");
    (field.control, field.texts)
}

fn kind(control: &FormControl) -> String {
    serde_json::to_value(control).expect("JSON")["type"].as_str().expect("a text").to_owned()
}

#[test]
fn every_sort_of_value_has_its_control_and_its_texts() {
    for (schema, value, wanted, texts) in [
        (json!({ "type": "string" }), json!("x"), "text", vec!["x"]),
        (json!({ "type": "string" }), Value::Null, "text", vec![""]),
        (json!({ "type": "string", "default": "d" }), Value::Null, "text", vec!["d"]),
        (json!({ "type": "string", "format": "date" }), json!("2026-11-27"), "text", vec!["2026-11-27"]),
        (
            json!({ "type": "string", "format": "date-time" }),
            json!("2026-11-27T10:30:00Z"),
            "text",
            vec!["2026-11-27T10:30:00"],
        ),
        (json!({ "type": "number" }), json!(1.5), "number", vec!["1.5"]),
        (json!({ "type": "integer" }), json!(3), "number", vec!["3"]),
        (json!({ "type": "boolean" }), json!(true), "truth", vec!["true"]),
        (json!({ "type": "boolean" }), json!(false), "truth", vec![]),
        (json!({ "type": "boolean", "ui:widget": "radio" }), json!(false), "choice", vec!["false"]),
        (json!({ "type": "string", "enum": ["a", "b"] }), json!("b"), "choice", vec!["b"]),
        (json!({ "type": "string", "enum": ["a", "b"] }), json!("c"), "choice", vec!["c"]),
        (json!({ "oneOf": [{ "const": 1, "title": "Low" }, { "const": 2 }] }), json!(1), "choice", vec!["1"]),
        (json!({ "type": "null" }), Value::Null, "hidden", vec![]),
        (
            json!({ "type": "array", "uniqueItems": true, "items": { "enum": ["a", "b"] } }),
            json!(["b"]),
            "choices",
            vec!["b"],
        ),
        (json!({ "type": "array", "items": { "enum": ["a", "b"] } }), json!(["b", "b"]), "list", vec![]),
        (json!({ "type": "array", "items": { "type": "string" } }), json!(["b"]), "list", vec![]),
        (json!({ "type": "array" }), json!(["a", "b"]), "text", vec!["a\nb"]),
        (
            json!({ "type": "object", "properties": { "x": { "type": "string" } } }),
            json!({ "x": "1" }),
            "group",
            vec![],
        ),
        (json!({ "properties": { "x": {} } }), Value::Null, "group", vec![]),
        (json!({ "type": "object" }), json!({ "x": 1 }), "json", vec!["{\"x\":1}"]),
        (json!({ "type": "object", "additionalProperties": { "type": "string" } }), json!({}), "json", vec!["{}"]),
        (json!({ "type": "string" }), json!({ "x": 1 }), "json", vec!["{\"x\":1}"]),
        (json!({ "type": "string", "ui:widget": "hidden" }), json!("x"), "hidden", vec![]),
        (json!({ "anyOf": [{ "type": "integer" }, { "type": "null" }] }), json!(3), "number", vec!["3"]),
    ] {
        let (control, found) = drawn(&schema, (!value.is_null()).then_some(value));
        assert_eq!(
            (kind(&control).as_str(), found),
            (wanted, texts.iter().map(|text| (*text).to_owned()).collect()),
            "{schema}"
        );
    }
}

#[test]
fn a_text_says_how_it_is_written() {
    let text = |schema: Value| match drawn(&schema, None).0 {
        FormControl::Text(text) => text,
        other => panic!("{other:?}"),
    };
    let several = text(
        json!({ "type": "string", "ui:widget": "textarea", "ui:options": { "rows": 10 }, "minLength": 2, "maxLength": 9 }),
    );
    assert_eq!(several, FormText { rows: Some(10), min_length: Some(2), max_length: Some(9), ..FormText::default() });
    assert_eq!(text(json!({ "type": "string", "ui:widget": "password" })).format.as_deref(), Some("password"));
    assert_eq!(text(json!({ "type": "string", "format": "email" })).format.as_deref(), Some("email"));
    let pattern = text(json!({ "type": "string", "pattern": "^a", "examples": ["ab", 1] }));
    assert_eq!((pattern.pattern.as_deref(), pattern.suggestions), (Some("^a"), vec!["ab".to_owned(), "1".to_owned()]));
}

#[test]
fn values_to_choose_have_their_titles_and_some_cannot_be_chosen() {
    for schema in [
        json!({ "enum": ["a", "b"], "enumNames": ["A", "B"], "ui:enumDisabled": ["b"] }),
        json!({ "enum": ["a", "b"], "ui:options": { "enumNames": ["A", "B"], "enumDisabled": ["b"] } }),
        json!({ "enum": ["a", "b"], "ui:enumNames": ["A", "B"], "ui:enumDisabled": ["b"], "ui:widget": "radio" }),
        json!({ "oneOf": [{ "const": "a", "title": "A" }, { "const": "b", "title": "B" }], "ui:enumDisabled": ["b"] }),
    ] {
        let (FormControl::Choice { options, is_radio }, _) = drawn(&schema, None) else { panic!("{schema}") };
        let found: Vec<_> =
            options.iter().map(|option| (option.text.as_str(), option.title.as_str(), option.is_disabled)).collect();
        assert_eq!(found, [("a", "A", false), ("b", "B", true)], "{schema}");
        assert_eq!(is_radio, schema["ui:widget"] == "radio");
    }
    let truth = json!({ "type": "boolean", "ui:widget": "radio", "enumNames": ["On", "Off"] });
    let (FormControl::Choice { options, .. }, texts) = drawn(&truth, None) else { panic!("a choice") };
    assert_eq!(options.iter().map(|option| option.title.as_str()).collect::<Vec<_>>(), ["On", "Off"]);
    assert_eq!(texts, Vec::<String>::new(), "nothing is chosen yet");
}

#[test]
fn hints_say_what_stands_around_a_field_wherever_they_are_written() {
    let form = page(
        "
        title: Page
        description: With *form*
        required: [a]
        properties:
          a:
            type: string
            title: Title
            description: Plain
            ui:title: Better title
            ui:description: Better
            ui:help: Help
            ui:placeholder: Here
            ui:autofocus: true
          b:
            type: string
            readOnly: true
            default: x
            ui:options: { title: B, help: Other help, placeholder: There, autofocus: false, disabled: true }
        ",
    );
    let state = state(&form, json!({}));
    assert_eq!(state.pages[0].title, "Page");
    assert_eq!(state.pages[0].description, Some(Markdown::blocks("With *form*")));
    let a = field(&state, "/a");
    assert_eq!(
        (a.title.as_str(), a.name.as_str(), a.placeholder.as_deref()),
        ("Better title", "input./a", Some("Here"))
    );
    assert_eq!((a.description, a.help), (Some(Markdown::blocks("Better")), Some(Markdown::inline("Help"))));
    assert!(a.is_required && a.takes_focus && !a.is_read_only && !a.is_touched);
    let b = field(&state, "/b");
    assert_eq!((b.title.as_str(), b.placeholder.as_deref()), ("B", Some("There")));
    assert!(!b.is_required && b.is_read_only && b.is_disabled && !b.takes_focus);
}

#[test]
fn the_order_of_fields_is_the_templates() {
    for (order, wanted) in [
        ("[c, a]", ["/c", "/a", "/b"]),
        ("['*', a]", ["/b", "/c", "/a"]),
        ("[b, '*']", ["/b", "/a", "/c"]),
        ("[x, c, '*']", ["/c", "/a", "/b"]),
    ] {
        let form = page(&format!("properties: {{ a: {{}}, b: {{}}, c: {{}} }}\nui:order: {order}"));
        assert_eq!(places(&state(&form, json!({}))), wanted, "{order}");
    }
}

#[test]
fn references_are_looked_through_and_what_stands_beside_them_counts() {
    let form = page(
        "
        properties:
          a: { $ref: '#/definitions/name', title: Own }
          b: { $ref: '#/definitions/both' }
        definitions:
          name: { type: string, title: Theirs, maxLength: 5 }
          both: { type: object, properties: { x: { $ref: '#/definitions/name' } } }
        ",
    );
    let state = state(&form, json!({}));
    assert_eq!(places(&state), ["/a", "/b", "/b/x"]);
    assert_eq!((field(&state, "/a").title, field(&state, "/b/x").title), ("Own".to_owned(), "Theirs".to_owned()));
    assert_eq!(form.check(json!({ "b": { "x": "too long" } }).as_object().unwrap())[0].pointer, "/b/x");
}

#[test]
fn what_the_portal_does_not_act_upon_is_said() {
    let form = page(
        "
        backstage:featureFlag: next
        properties:
          a: { type: string, ui:backstage: { featureFlag: soon } }
          b: { type: string, backstage:permissions: { tags: [admin] } }
          c: { type: string, ui:field: OrganizationPicker }
        ",
    );
    let state = state(&form, json!({}));
    assert!(state.pages[0].remarks[0].contains("feature flag `next`"), "{:?}", state.pages[0].remarks);
    assert!(field(&state, "/a").remarks[0].contains("`soon`"));
    assert!(field(&state, "/b").remarks[0].contains("permission `admin`"));
    assert_eq!(
        field(&state, "/c").remarks,
        ["The portal has no field `OrganizationPicker`, which the template asks for; this is the plain one."]
    );
}

#[test]
fn parameters_that_are_none_are_an_empty_form_and_one_page_is_a_form() {
    assert!(form(&Value::Null).state(&crate::answers(json!({})), &Default::default()).is_complete);
    let one = form(&json!({ "properties": {} }));
    assert_eq!(state(&one, json!({})).pages[0].title, "Please enter the following information");
    assert_eq!(state(&form(&json!([{ "title": "A" }, { "title": "B" }])), json!({})).pages.len(), 2);
}

#[test]
fn defaults_are_filled_in_from_the_outside_in_and_not_where_somebody_emptied_a_field() {
    let form = page(
        "
        required: [loud, kind, terms]
        properties:
          name: { type: string, default: billing }
          loud: { type: boolean }
          kind: { const: service }
          place:
            type: object
            default: { zone: a }
            properties: { zone: { type: string, default: b }, size: { type: integer, default: 3 } }
          owners: { type: array, items: { type: object, properties: { role: { type: string, default: dev } } } }
          agreed: { const: true }
          terms: { type: boolean, const: true }
        ",
    );
    let values = |answers| Value::Object(form.settled(&answers, &Default::default()));
    let filled = json!({ "name": "billing", "loud": false, "kind": "service", "place": { "zone": "a", "size": 3 }, "terms": false });
    let terms = field(&state(&form, json!({})), "/terms");
    assert_eq!(terms.error.as_deref(), Some("This has to be agreed to; tick it."));
    assert_eq!(values(crate::answers(json!({}))), filled);
    let mut touched = crate::answers(json!({ "owners": [{}] }));
    touched.touched.insert("/name".to_owned());
    let values = values(touched);
    assert_eq!((&values["name"], &values["owners"]), (&Value::Null, &json!([{ "role": "dev" }])));
}

#[test]
fn a_page_that_is_no_schema_is_refused_with_its_place() {
    for (parameters, place, wanted) in [
        (json!("x"), "spec.parameters", "it is no mapping"),
        (json!([{}, 3]), "spec.parameters[1]", "it is no mapping"),
        (json!([{ "type": "array" }]), "spec.parameters[0]", "its type is `array`, where a page is an `object`"),
        (
            json!({ "properties": { "a": { "type": "text" } } }),
            "spec.parameters",
            "it is no usable JSON Schema at /properties/a/type",
        ),
        (
            json!({ "properties": { "a": { "$ref": "#/definitions/a" } }, "definitions": { "a": { "items": { "$ref": "#/definitions/a" } } } }),
            "spec.parameters",
            "`#/definitions/a` leads back to itself",
        ),
        (json!({ "properties": { "a": { "$ref": "#/definitions/b" } } }), "spec.parameters", "leads nowhere"),
        (
            json!({ "properties": { "a": { "$ref": "https://acme.example/x" } } }),
            "spec.parameters",
            "nothing is fetched",
        ),
        (json!({ "properties": { "a": { "pattern": "(" } } }), "spec.parameters", "it is no usable JSON Schema"),
    ] {
        let error = Form::parse(&parameters).expect_err("no form");
        assert_eq!(error.place, place, "{error}");
        assert!(error.message.contains(wanted), "{error}");
        assert!(error.to_string().starts_with(&format!("`{place}`: ")));
    }
}

#[test]
fn a_form_is_shared_by_whoever_asks() {
    fn shared<T: Send + Sync>() {}
    shared::<Form>();
}
