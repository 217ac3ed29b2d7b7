//! Whatever schemas and values there are.

use portico_api_types::template_form::TemplateAnswers;
use portico_forms::Facts;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{answers, form, sent};

/// Any JSON, of few keys, so that they meet those of schemas.
fn any_value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5i64..100).prop_map(Value::from),
        (-100i32..100).prop_map(|number| Value::from(f64::from(number) / 4.0)),
        "[a-c\\n ,#/~]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
    .boxed()
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("b"), Just("c"), Just("0"), Just("x/y"), Just("~t"), Just("a#owner")]
        .prop_map(str::to_owned)
}

fn object(inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::vec((key(), inner), 0..4)
        .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>()))
        .boxed()
}

/// Schemas of everything that forms know.
fn any_schema() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(json!({})),
        Just(json!({ "type": "string" })),
        Just(json!({ "type": "string", "default": "a" })),
        Just(json!({ "type": "string", "ui:widget": "textarea", "minLength": 1 })),
        Just(json!({ "type": ["string", "null"] })),
        Just(json!({ "type": "integer", "minimum": 1 })),
        Just(json!({ "type": "number" })),
        Just(json!({ "type": "boolean" })),
        Just(json!({ "type": "boolean", "ui:widget": "radio" })),
        Just(json!({ "type": "null" })),
        Just(json!({ "const": "a" })),
        Just(json!({ "const": true })),
        Just(json!({ "enum": ["a", 1, null, "b"] })),
        Just(json!({ "type": "array", "uniqueItems": true, "items": { "enum": ["a", "b"] } })),
        Just(json!({ "type": "array" })),
        Just(json!({ "type": "object" })),
        Just(json!({ "type": "string", "format": "date-time" })),
        Just(json!({ "ui:field": "RepoUrlPicker" })),
        Just(json!({ "ui:field": "OwnerPicker" })),
        Just(json!({ "ui:field": "EntityTagsPicker", "type": "array" })),
        Just(json!({ "ui:field": "Secret" })),
        Just(json!({ "type": "string", "ui:widget": "hidden" })),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let properties = object(inner.clone().boxed());
        let required = prop::collection::vec(key(), 0..3);
        prop_oneof![
            (properties.clone(), required).prop_map(|(properties, required)| {
                let required: std::collections::BTreeSet<String> = required.into_iter().collect();
                json!({ "type": "object", "properties": properties, "required": required })
            }),
            inner.clone().prop_map(|items| json!({ "type": "array", "items": items })),
            inner.clone().prop_map(|items| json!({ "type": "array", "items": items, "minItems": 2 })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|items| json!({ "type": "array", "items": items, "additionalItems": { "type": "string" } })),
            (properties.clone(), prop::collection::vec(inner.clone(), 1..4)).prop_map(|(properties, all)| json!({ "properties": properties, "oneOf": all })),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|all| json!({ "anyOf": all })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|all| json!({ "allOf": all })),
            (properties.clone(), inner.clone(), inner.clone()).prop_map(|(properties, then, otherwise)| {
                json!({ "properties": properties, "if": { "properties": { "a": { "const": "a" } } }, "then": then, "else": otherwise })
            }),
            (properties, key(), inner.clone()).prop_map(|(properties, key, schema)| json!({ "properties": properties, "dependencies": { key: schema } })),
        ]
    }).boxed()
}

/// The parameters, so that a failure shows them.
fn any_parameters(pages: std::ops::Range<usize>) -> BoxedStrategy<Value> {
    let page = (object(any_schema()), any_schema())
        .prop_map(|(properties, more)| json!({ "properties": properties, "allOf": [more] }));
    prop::collection::vec(page, pages).prop_map(Value::from).boxed()
}

/// A box that is not ticked says no, or nothing; an empty list, text or mapping likewise.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| (key.clone(), plain(value)));
            Value::Object(fields.filter(|(_, value)| !is_nothing(value)).collect())
        }
        Value::Array(items) => {
            items.iter().map(plain).map(|item| if is_nothing(&item) { Value::Null } else { item }).collect()
        }
        other => other.clone(),
    }
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false))
        || value == &json!("")
        || value == &json!([])
        || value == &json!({})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_filled_in_breaks_a_form(parameters in any_parameters(1..3), values in object(any_value()), pairs in any_pairs()) {
        let form = form(&parameters);
        let facts = Facts { user: Some(portico_model::EntityRef::parse("user:default/ada").expect("a reference")) };
        let answers = answers(values);
        let drawn = form.state(&answers, &facts);
        prop_assert!(serde_json::to_string(&drawn).is_ok());
        form.check(&answers.values);
        form.errors(&answers.values);
        form.review(&answers);
        form.split(&answers.values);
        form.from_query(&pairs, &facts);
        let read = form.read(&answers, &pairs, &facts);
        form.state(&read.answers, &facts);
    }

    #[test]
    fn what_is_sent_as_it_was_drawn_changes_nothing(parameters in any_parameters(1..2), values in object(any_value())) {
        let form = form(&parameters);
        let settled = form.settled(&answers(values), &Facts::default());
        let before = TemplateAnswers::from(settled.clone());
        let drawn = form.state(&before, &Facts::default());
        let read = form.read(&before, &sent(&drawn), &Facts::default());
        prop_assert!(read.answers.touched.is_empty(), "{:?}", read.answers.touched);
        prop_assert_eq!(form.settled(&read.answers, &Facts::default()), form.settled(&before, &Facts::default()));
    }

    #[test]
    fn settled_values_are_settled(parameters in any_parameters(1..3), values in object(any_value())) {
        let form = form(&parameters);
        let once = form.settled(&answers(values), &Facts::default());
        let twice = form.settled(&TemplateAnswers::from(once.clone()), &Facts::default());
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn what_is_drawn_is_read_back_with_nothing_before_it(rows in prop::collection::vec(("[a-z]{0,3}", prop::option::of(0i64..9), any::<bool>(), prop::sample::select(vec!["s", "l"])), 0..5), name in "[a-z \\n]{0,6}", mode in prop::sample::select(vec!["x", "y"])) {
        let form = crate::page("
            properties:
              name: { type: string, ui:widget: textarea }
              mode: { enum: [x, y] }
              rows: { type: array, items: { type: object, properties: { k: { type: string }, n: { type: integer }, on: { type: boolean }, size: { enum: [s, l] } } } }
            dependencies: { mode: { oneOf: [{ properties: { mode: { const: x }, more: { type: object, properties: { deep: { type: number } } } } }] } }
            ");
        let rows: Vec<Value> = rows.into_iter().map(|(k, n, on, size)| json!({ "k": k, "n": n, "on": on, "size": size })).collect();
        let values = json!({ "name": name, "mode": mode, "rows": rows, "more": { "deep": 1.5 } });
        let settled = form.settled(&answers(plain(&values)), &Facts::default());
        let drawn = form.state(&TemplateAnswers::from(settled.clone()), &Facts::default());
        let read = form.read(&TemplateAnswers::default(), &sent(&drawn), &Facts::default());
        prop_assert_eq!(plain(&Value::Object(read.answers.values)), plain(&Value::Object(settled)));
    }
}

fn any_pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let place =
        prop::collection::vec(prop_oneof![key(), Just("1".to_owned()), Just("99999999999999999999".to_owned())], 0..4);
    let place = place.prop_map(|steps| {
        steps.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect::<String>()
    });
    let name = (prop::sample::select(vec!["input.", "choice.", "field", "do", "formData", ""]), place.clone())
        .prop_map(|(before, place)| format!("{before}{place}"));
    let text = prop_oneof![
        place.clone(),
        place.prop_map(|place| format!("add {place}")),
        "\\PC{0,8}",
        Just("{\"a\": [1]}".to_owned())
    ];
    let asked = key().prop_map(|key| ("field".to_owned(), format!("/{}", key.replace('~', "~0").replace('/', "~1"))));
    prop::collection::vec(prop_oneof![(name, text), asked], 0..12)
}
