//! What was filled in, looked over.

use portico_forms::Form;
use serde_json::{Value, json};

use crate::{answers, form, page};

/// Each entry as a line.
fn lines(form: &Form, values: Value) -> Vec<String> {
    let review = form.review(&answers(values));
    let entries = review.pages.into_iter().flat_map(|page| page.entries);
    entries
        .map(|entry| {
            format!(
                "{}{} = {}",
                if entry.is_masked { "*" } else { "" },
                entry.titles.join(" › "),
                entry.texts.join("; ")
            )
        })
        .collect()
}

#[test]
fn values_are_shown_in_the_words_of_their_fields() {
    let form = page(
        "
        properties:
          name: { type: string, title: Name }
          size: { enum: [s, l], enumNames: [Small, Large], title: Size }
          on: { type: boolean, title: On }
          off: { type: boolean }
          tags: { type: array, title: Tags, items: { type: string } }
          any: { type: array, uniqueItems: true, items: { enum: [a, b], enumNames: [A, B] } }
          place: { type: object, title: Place, properties: { zone: { type: string, title: Zone }, port: { type: integer } } }
          rows: { type: array, title: Row, items: { properties: { k: { type: string } } } }
          owners: { type: array, ui:field: MultiEntityPicker }
          repo: { type: string, ui:field: RepoUrlPicker }
          free: { type: object }
          gone: { type: string, ui:widget: hidden }
        ",
    );
    let values = json!({
        "name": "billing", "size": "l", "on": true, "off": false, "tags": ["x", "y"], "any": ["b"], "place": { "zone": "a" },
        "rows": [{ "k": "1" }, { "k": "2" }], "owners": ["user:default/ada"], "repo": "github.com?owner=a&repo=b", "free": { "x": 1 }, "gone": "x"
    });
    assert_eq!(
        lines(&form, values),
        [
            "Name = billing",
            "Size = Large",
            "On = Yes",
            "off = No",
            "Tags = x; y",
            "any = B",
            "Place › Zone = a",
            "Place › port = ",
            "Row › Row 1 › k = 1",
            "Row › Row 2 › k = 2",
            "owners = user:default/ada",
            "repo = github.com?owner=a&repo=b",
            "free = {\"x\":1}",
        ]
    );
}

#[test]
fn the_template_hides_and_masks_what_it_wants() {
    let form = form(&json!([{
        "title": "A",
        "properties": {
            "a": { "type": "string", "ui:backstage": { "review": { "show": false } } },
            "b": { "type": "string", "ui:backstage": { "review": { "mask": "<b>" } } },
            "c": { "type": "string", "ui:widget": "password" },
            "d": { "type": "string", "ui:field": "Secret" },
            "e": { "type": "string", "ui:backstage": { "review": { "name": "Better" } } },
            "f": { "type": "object", "properties": { "x": { "type": "string" }, "y": { "type": "string" } }, "ui:backstage": { "review": { "explode": false } } }
        }
    }]));
    let values = json!({ "a": "1", "b": "2", "c": "3", "d": "4", "e": "5", "f": { "x": "6" } });
    assert_eq!(lines(&form, values), ["*b = <b>", "*c = ******", "*d = ******", "Better = 5", "f = x: 6"]);
    assert_eq!(lines(&form, json!({})), ["b = ", "*c = ", "*d = ", "Better = ", "f = "]);
}
