//! Texts and values of fields, by the table of cases that drawing and receiving are tested with as well, and what becomes of an object.
//!
//! In the table `value` is what the property comes to; null if it is left out, and `{"is": null}` if it is null. `once` marks texts that a
//! field of that value would not stand with.

use serde_json::{Value, json};

use super::*;

fn cases() -> Vec<Value> {
    serde_json::from_str(include_str!("cases.json")).unwrap()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().replace("\r\n", "\n")).collect()
}

#[test]
fn the_texts_of_a_field_are_the_value_that_its_schema_has_and_stand_in_it_again() {
    for case in cases() {
        let name = &case["about"];
        let required = if case["required"] == true { json!(["a"]) } else { json!([]) };
        let schema = json!({ "properties": { "a": case["schema"] }, "required": required });
        let field = &fields(&schema)[0];
        let expected = match &case["value"] {
            Value::Null => None,
            Value::Object(fields) if fields.contains_key("is") => Some(Value::Null),
            value => Some(value.clone()),
        };
        let sent = texts(&case["sent"]);
        assert_eq!(field.read(&sent), expected, "{name}");
        if case["once"] != true && (case["schema"].get("default").is_none() || expected.is_some()) {
            assert_eq!(field.shows(expected.as_ref()), Some(sent), "{name}");
        }
    }
}

#[test]
fn a_field_does_not_ask_for_a_value_that_it_would_change() {
    for (schema, value) in [
        (json!({ "type": "string" }), json!(3)),
        (json!({ "type": "string" }), json!("a\r\nb")),
        (json!({ "type": "string" }), json!("\na")),
        (json!({ "type": "string" }), json!("")),
        (json!({ "type": ["integer", "string"] }), json!("80")),
        (json!({ "enum": ["a"] }), json!("b")),
        (json!({ "items": { "type": "string" } }), json!(["a", "b\nc"])),
        (json!({ "items": { "type": "string" } }), json!([" a"])),
        (json!({ "items": { "enum": ["a"] } }), json!(["b"])),
        (json!({ "type": "integer" }), json!(null)),
        (json!({ "format": "date-time" }), json!("2026-11-27T10:30:00.123456Z")),
    ] {
        let schema = json!({ "properties": { "a": schema } });
        assert_eq!(fields(&schema)[0].shows(Some(&value)), None, "{value}");
    }
}

#[test]
fn a_time_of_another_zone_stands_in_its_field_in_utc() {
    let schema = json!({ "properties": { "at": { "format": "date-time" }, "of": { "format": "time" } } });
    let fields = fields(&schema);
    assert_eq!(
        fields[0].shows(Some(&json!("2026-11-27T10:30:00+02:00"))),
        Some(vec!["2026-11-27T08:30:00".to_owned()])
    );
    assert_eq!(fields[1].shows(Some(&json!("01:30:00+02:00"))), Some(vec!["23:30:00".to_owned()]));
}

#[test]
fn what_a_form_did_not_ask_for_or_did_not_change_stays_as_it_is() {
    let schema = json!({
        "properties": {
            "url": { "type": "string" },
            "every": { "$ref": "#/$defs/minutes" },
            "at": { "type": "string", "format": "date-time" },
            "loud": { "type": "boolean" },
            "deep": { "type": "object" },
            "strict": { "type": "boolean" }
        },
        "required": ["strict"],
        "$defs": { "minutes": { "type": "integer", "default": 5, "title": "Minutes" } }
    });
    assert_eq!(fields(&schema)[1].title(), "Minutes");
    let before = json!({ "unknown": 1, "url": "a", "at": "2026-11-27T10:30:00+02:00", "deep": { "x": 1 } });
    let asked = ["url", "every", "at", "loud", "strict"].map(str::to_owned);
    let sent = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| (format!("input.{name}"), (*text).to_owned())).collect()
    };
    let untouched = [("url", "a"), ("every", "5"), ("at", "2026-11-27T08:30:00")];
    let mut expected = before.clone();
    expected["strict"] = json!(false);
    assert_eq!(changed(&schema, &before, &asked, &sent(&untouched)), expected);

    let touched = [("url", ""), ("every", "7"), ("at", "2026-11-27T09:00"), ("loud", "true"), ("deep", "{}")];
    assert_eq!(
        changed(&schema, &before, &asked, &sent(&touched)),
        json!({ "unknown": 1, "at": "2026-11-27T09:00:00Z", "deep": { "x": 1 }, "every": 7, "loud": true, "strict": false })
    );
}

#[test]
fn a_field_that_is_as_it_was_drawn_undoes_nobodys_change() {
    let schema = json!({ "properties": { "url": { "type": "string" }, "every": { "type": "integer" }, "tags": { "type": "array", "items": { "type": "string" } } } });
    let now = json!({ "url": "https://b", "every": 5, "tags": ["x"] });
    let asked = ["url", "every", "tags"].map(str::to_owned);
    let sent = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    // Drawn while `url` was another and there were no tags; `every` alone was changed.
    let form =
        [("drawn", ""), ("was.url", "https://a"), ("was.every", "5"), ("input.url", "https://a"), ("input.every", "7")];
    assert_eq!(changed(&schema, &now, &asked, &sent(&form)), json!({ "url": "https://b", "every": 7, "tags": ["x"] }));
    // What was changed in both, the later hand says.
    let form =
        [("drawn", ""), ("was.url", "https://a"), ("input.url", "https://c"), ("was.every", "5"), ("input.every", "5")];
    assert_eq!(changed(&schema, &now, &asked, &sent(&form)), json!({ "url": "https://c", "every": 5, "tags": ["x"] }));
}
