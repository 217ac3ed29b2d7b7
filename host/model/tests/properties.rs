//! What holds for every input: nothing panics, and nothing is lost on the way out and back.

use portico_model::{Entity, EntityRef, Filter, Kinds, LocationRef, Row, Rows, parse_documents, reference_of, rows};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Any JSON, nested a little.
fn any_json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)),
        any::<String>().prop_map(Value::from),
        "[a-z:/ -]{0,8}".prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key(), inner), 0..6).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Keys that mean something here, and others.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "apiVersion",
            "kind",
            "metadata",
            "spec",
            "name",
            "namespace",
            "labels",
            "annotations",
            "tags",
            "links",
            "url",
            "type",
            "owner",
            "lifecycle",
            "dependsOn",
            "dependencyOf",
            "relations",
            "$all",
            "$not",
            "$contains",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

/// A text made of pieces of YAML.
fn yaml_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "a",
            "b",
            ": ",
            ":",
            "\n",
            "\n  ",
            "\n    ",
            "- ",
            "\t",
            "---\n",
            "...\n",
            "|\n",
            ">-\n",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "\"",
            "'",
            "\\",
            "#",
            " #",
            "&a ",
            "*a",
            "!!int ",
            "!",
            "? ",
            "%YAML 1.2\n",
            "~",
            "1.5",
            "0x",
            "<<",
            "\r\n",
            "\r",
            "\u{feff}",
            "ä",
            "😀",
            "\0",
            "\\ud83d\\ude00",
            "@",
            "`",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,4}",
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A good entity with something else put in one place.
fn nearly_good() -> impl Strategy<Value = Value> {
    let places = vec![
        "/apiVersion",
        "/kind",
        "/metadata",
        "/metadata/name",
        "/metadata/namespace",
        "/metadata/labels/a",
        "/metadata/annotations",
        "/metadata/tags",
        "/metadata/tags/0",
        "/metadata/links/0",
        "/metadata/links/0/url",
        "/spec",
        "/spec/type",
        "/spec/owner",
        "/spec/dependsOn",
        "/spec/dependsOn/0",
        "/spec/dependencyOf",
    ];
    (prop::sample::select(places), any_json()).prop_map(|(place, other)| {
        let mut entity = json!({
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": {
                "name": "a", "namespace": "b", "labels": {"a": "b"}, "annotations": {}, "tags": ["x"],
                "links": [{"url": "https://acme.com"}],
            },
            "spec": {
                "type": "t", "lifecycle": "l", "owner": "o", "dependsOn": ["component:x"], "dependencyOf": "api:y",
            },
        });
        if let Some(slot) = entity.pointer_mut(place) {
            *slot = other;
        }
        entity
    })
}

/// The value with whole numbers that were written with a fraction as whole ones, as reading makes them.
fn normal(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0 => {
                Value::from(float as i64)
            }
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Object(object) => object.into_iter().map(|(key, value)| (key, normal(value))).collect(),
        other => other,
    }
}

proptest! {
    #[test]
    fn a_reference_reads_back_as_itself(kind in ".{0,8}", namespace in ".{0,8}", name in ".{0,12}") {
        if let Ok(reference) = EntityRef::new(&kind, &namespace, &name) {
            prop_assert_eq!(&EntityRef::parse(reference.as_str()).expect("itself"), &reference);
            prop_assert_eq!(reference.kind(), kind.to_lowercase());
            prop_assert_eq!(reference.namespace(), namespace.to_lowercase());
            prop_assert_eq!(reference.name(), name.to_lowercase());
        }
    }

    #[test]
    fn whatever_parses_as_a_reference_reads_back_as_itself(text in "[A-Za-zΣİ:/]{0,12}|.*") {
        for parsed in [EntityRef::parse(&text), EntityRef::parse_with(&text, Some("Kind"), "Space")].into_iter().flatten() {
            prop_assert_eq!(&EntityRef::parse(parsed.as_str()).expect("itself"), &parsed);
            let travelled: EntityRef = serde_json::from_value(json!(parsed)).expect("itself");
            prop_assert_eq!(&travelled, &parsed);
        }
    }

    #[test]
    fn a_location_reads_back_as_itself(text in ".{0,4}:.{0,12}") {
        if let Ok(location) = LocationRef::parse(&text) {
            prop_assert_eq!(LocationRef::parse(&location.to_string()).expect("itself"), location);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in prop_oneof![any::<String>(), yaml_like()]) {
        let lines = text.split(['\n', '\r']).count() as u32 + 1;
        for document in parse_documents(&text) {
            match document {
                Ok(document) => {
                    prop_assert!((1..=lines).contains(&document.line()));
                    prop_assert!(document.position("/a/0/b~1c").column >= 1);
                    prop_assert!(!document.value.is_null());
                }
                Err(error) => {
                    prop_assert!((1..=lines).contains(&error.position.line), "{}", error);
                    prop_assert!(error.position.column >= 1);
                    prop_assert!(error.message.ends_with('.'), "{}", error);
                }
            }
        }
    }

    #[test]
    fn json_is_read_as_what_it_says(value in any_json(), is_pretty in any::<bool>()) {
        let text = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.expect("JSON");
        let read: Vec<Value> =
            parse_documents(&text).into_iter().map(|document| document.expect("a document").value).collect();
        let expected = normal(value);
        prop_assert_eq!(read, if expected.is_null() { vec![] } else { vec![expected] });
    }

    #[test]
    fn json_is_read_alike_by_both_ways(value in vec(any_json(), 1..4).prop_map(Value::from)) {
        // With a comment it is no longer JSON as a whole, so the general parser reads it.
        let text = value.to_string();
        let direct = parse_documents(&text).remove(0).expect("a document");
        let general = parse_documents(&format!("# JSON\n{text}")).remove(0).expect("a document");
        prop_assert_eq!(&direct.value, &general.value);
        for pointer in ["", "/0", "/1", "/0/0", "/1/kind", "/0/metadata/name"] {
            let (direct, general) = (direct.position(pointer), general.position(pointer));
            prop_assert_eq!((direct.line + 1, direct.column), (general.line, general.column), "{}", pointer);
        }
    }

    #[test]
    fn any_value_is_judged(value in prop_oneof![any_json(), nearly_good()]) {
        reference_of(&value);
        rows(&value);
        match Entity::judge(value.clone(), Kinds::built_in()) {
            Ok(entity) => {
                prop_assert_eq!(Some(entity.reference().clone()), reference_of(&value));
                for relation in entity.relations() {
                    prop_assert!(relation.from == *entity.reference() || relation.to == *entity.reference());
                }
                // What was made good is good.
                let again = Entity::judge(entity.value().clone(), Kinds::built_in()).expect("the same entity");
                prop_assert_eq!(again.value(), entity.value());
                prop_assert_eq!(again.relations(), entity.relations());
            }
            Err(violations) => {
                prop_assert!(!violations.is_empty());
                for violation in violations {
                    prop_assert!(violation.message.ends_with(['.', '?']), "{}", violation.message);
                    prop_assert!(violation.path.is_empty() || violation.path.starts_with('/'));
                }
            }
        }
    }

    #[test]
    fn rows_are_distinct(value in any_json()) {
        let value = json!({"spec": value});
        let mut found: Vec<(String, Option<String>)> =
            rows(&value).0.into_iter().map(|row| (row.key, row.value.map(|value| value.to_lowercase()))).collect();
        let count = found.len();
        found.sort();
        found.dedup();
        prop_assert_eq!(found.len(), count);
    }

    #[test]
    fn any_filter_is_read_or_refused(filters in vec(any::<String>(), 0..4), predicate in any_json()) {
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        let rows = Rows(vec![Row { key: "a".to_owned(), value: None }]);
        for filter in [Filter::from_query(&filters), Filter::from_predicate(&predicate)].into_iter().flatten() {
            filter.matches(&rows);
        }
    }
}
