//! Lists: items that come, go and change places.

use portico_api_types::template_form::{FormControl, FormItem};
use portico_forms::{Facts, Form, Operation};
use serde_json::{Value, json};

use crate::{answers, field, form, page, pairs, state};

fn list(form: &Form, values: Value, pointer: &str) -> (Vec<FormItem>, bool) {
    match field(&state(form, values), pointer).control {
        FormControl::List { items, can_add } => (items, can_add),
        other => panic!("{other:?}"),
    }
}

#[test]
fn items_say_what_can_be_done_with_them() {
    let form = page(
        "
        properties:
          plain: { type: array, title: Tag, items: { type: string }, maxItems: 2 }
          fixed: { type: array, items: [{ title: Lat, type: number }, { type: number }], additionalItems: { type: string } }
          closed: { type: array, items: { type: string, title: Word }, ui:options: { addable: false, removable: false, orderable: false } }
        ",
    );
    let can = |item: &FormItem| (item.can_remove, item.can_go_up, item.can_go_down);
    let (items, can_add) = list(&form, json!({ "plain": ["a", "b"] }), "/plain");
    assert_eq!(items.iter().map(can).collect::<Vec<_>>(), [(true, false, true), (true, true, false)]);
    assert_eq!(
        (items[1].field.title.as_str(), items[1].field.name.as_str(), can_add),
        ("Tag 2", "input./plain/1", false)
    );
    assert!(list(&form, json!({}), "/plain").1);
    let (items, can_add) = list(&form, json!({ "fixed": [1, 2, "x"] }), "/fixed");
    assert_eq!(
        items.iter().map(can).collect::<Vec<_>>(),
        [(false, false, false), (false, false, false), (true, false, false)]
    );
    assert_eq!((items[0].field.title.as_str(), can_add), ("Lat", true));
    let (items, can_add) = list(&form, json!({ "closed": ["a", "b"] }), "/closed");
    assert_eq!((can(&items[0]), can_add, items[0].field.title.as_str()), ((false, false, false), false, "Word 1"));
}

#[test]
fn buttons_change_lists() {
    let form = page(
        "
        properties:
          tags: { type: array, items: { type: string } }
          rows: { type: array, items: { type: object, properties: { k: { type: string, default: v }, deep: { type: array, items: { type: integer, default: 7 } } } } }
          not: { type: string }
        ",
    );
    let before = json!({ "tags": ["a", "b", "c"], "rows": [{ "k": "1" }] });
    let with = |change: fn(&mut Value)| {
        let mut values = before.clone();
        change(&mut values);
        values
    };
    for (text, wanted) in [
        ("add /tags", with(|values| values["tags"] = json!(["a", "b", "c", null]))),
        ("add /rows", with(|values| values["rows"] = json!([{ "k": "1" }, { "k": "v" }]))),
        ("add /rows/0/deep", with(|values| values["rows"] = json!([{ "k": "1", "deep": [7] }]))),
        ("remove /tags/1", with(|values| values["tags"] = json!(["a", "c"]))),
        ("up /tags/2", with(|values| values["tags"] = json!(["a", "c", "b"]))),
        ("down /tags/0", with(|values| values["tags"] = json!(["b", "a", "c"]))),
    ] {
        let read = form.read(&answers(before.clone()), &pairs(&[("do", text)]), &Facts::default());
        assert_eq!(read.did, Some(text.parse().expect("an operation")), "{text}");
        assert_eq!(Value::Object(form.settled(&read.answers, &Facts::default())), wanted, "{text}");
    }
    for text in [
        "up /tags/0",
        "down /tags/2",
        "remove /tags/3",
        "add /not",
        "add /nowhere",
        "remove /tags/x",
        "remove /tags/01",
        "burn /tags/0",
        "add",
        "remove /",
    ] {
        let read = form.read(&answers(before.clone()), &pairs(&[("do", text)]), &Facts::default());
        assert_eq!((read.did, Value::Object(read.answers.values)), (None, before.clone()), "{text}");
    }
}

#[test]
fn what_is_known_of_items_goes_with_them() {
    let form = page("properties: { rows: { type: array, items: { properties: { a: { type: string } } } } }");
    let mut before = answers(json!({ "rows": [{}, { "a": "x" }, {}] }));
    before.touched.extend(["/rows/0/a", "/rows/1/a", "/rows/2/a", "/rows"].map(str::to_owned));
    before.choices.extend([
        ("/rows/1@/x".to_owned(), 1),
        ("/rows/2/a@/x".to_owned(), 2),
        ("/rowsX/1@/x".to_owned(), 3),
    ]);
    let mut moved = before.clone();
    assert!(form.apply(&mut moved, &Operation::Remove("/rows/1".to_owned()), &Facts::default()));
    assert_eq!(moved.touched.iter().map(String::as_str).collect::<Vec<_>>(), ["/rows", "/rows/0/a", "/rows/1/a"]);
    let choices: Vec<_> = moved.choices.iter().map(|(name, taken)| (name.as_str(), *taken)).collect();
    assert_eq!(choices, [("/rows/1/a@/x", 2), ("/rowsX/1@/x", 3)]);
    let mut moved = before;
    assert!(form.apply(&mut moved, &Operation::Up("/rows/2".to_owned()), &Facts::default()));
    let choices: Vec<_> = moved.choices.iter().map(|(name, taken)| (name.as_str(), *taken)).collect();
    assert_eq!(choices, [("/rows/1/a@/x", 2), ("/rows/2@/x", 1), ("/rowsX/1@/x", 3)]);
}

#[test]
fn a_list_that_has_to_have_items_begins_with_them() {
    let form = form(&json!({
        "required": ["a", "c"],
        "properties": {
            "a": { "type": "array", "minItems": 2, "items": { "type": "object", "properties": { "k": { "type": "string" } } } },
            "b": { "type": "array", "minItems": 2, "items": { "type": "string" } },
            "c": { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "enum": ["x"] } }
        }
    }));
    assert_eq!(Value::Object(form.settled(&answers(json!({})), &Facts::default())), json!({ "a": [{}, {}] }));
}

#[test]
fn an_item_that_is_not_filled_in_is_said_so() {
    let form = page("properties: { tags: { type: array, items: { type: string } } }");
    let (items, _) = list(&form, json!({ "tags": ["a", null] }), "/tags");
    assert_eq!(items[1].field.error.as_deref(), Some("Fill this in; it is empty."));
    assert_eq!(items[1].field.texts, [""]);
}
