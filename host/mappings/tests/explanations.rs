//! What the page on which mappings are written is told.

mod support;

use std::sync::Arc;

use portico_api_types::MappingExplanation;
use portico_kinds::Expressions;
use portico_mappings::Mappings;
use serde_json::{Value, json};
use support::{Native, declarations, read, registry};

fn explained(yaml: &str, data: Value) -> Vec<MappingExplanation> {
    read(yaml).unwrap_or_else(|errors| panic!("{errors:?}")).explain("s", &data).items
}

#[test]
fn each_expression_is_said_with_what_it_came_to_and_what_is_made_of_it() {
    let yaml = "
- object: s
  entity: { kind: System, name: .id, title: .t + 1, url: .url, spec: { a: { b: .b } } }
  facts: { about: .slug, values: { open: .open } }
";
    let items =
        explained(yaml, json!({ "id": "A b", "t": {}, "b": 7, "url": "https://a.example", "slug": "x", "open": 1 }));
    let leaves: Vec<(&str, &Value)> =
        items[0].items[0].leaves.iter().map(|leaf| (leaf.place.as_str(), &leaf.value)).collect();
    let expected = [
        ("entity.name", &json!("A b")),
        ("entity.title", &json!(null)),
        ("entity.url", &json!("https://a.example")),
        ("entity.spec.a.b", &json!(7)),
        ("facts.about", &json!("x")),
        ("facts.values.open", &json!(1)),
    ];
    assert_eq!(leaves, expected);
    let item = &items[0].items[0];
    assert_eq!(item.leaves[1].error.as_deref(), Some("cannot calculate {} + 1"));
    assert_eq!(
        item.problems,
        ["`entity.title` could not be evaluated for an object of kind `s`: cannot calculate {} + 1"]
    );
    assert_eq!(item.entity.as_ref().map(|document| &document["metadata"]), Some(&json!({ "name": "A-b" })));
    assert_eq!(item.url.as_deref(), Some("https://a.example"));
    assert_eq!(item.facts[0].entity_ref, "component:default/x");
    assert!(items[0].admitted && items[0].problems.is_empty());
}

#[test]
fn what_does_not_let_an_object_through_is_said() {
    let yaml = "
- { object: s, when: .on, entity: { kind: System, name: .id } }
- { object: t, entity: { kind: System, name: .id } }
- { object: s, when: .on.a.b, each: '.list[]', entity: { kind: System, name: .item } }
- { object: s, each: '.list[]', entity: { kind: System, name: .item } }
";
    let items = explained(yaml, json!({ "id": "x", "list": ["a", "b"], "on": 0 }));
    let said: Vec<(&str, bool, usize, usize)> =
        items.iter().map(|item| (item.place.as_str(), item.admitted, item.items.len(), item.problems.len())).collect();
    assert_eq!(said, [("mappings[0]", true, 1, 0), ("mappings[2]", false, 0, 1), ("mappings[3]", true, 2, 0)]);
    let items = explained(yaml, json!({ "on": false }));
    assert_eq!((items[0].admitted, items[0].items.len(), items[0].problems.len()), (false, 0, 0));
    let items = explained(yaml, json!({ "list": vec!["x"; 30] }));
    assert_eq!(items[2].items.len(), 20);
    assert_eq!(items[2].problems, ["`each` yields 30 values; the first 20 are explained"]);
}

/// Stops whatever holds the word.
struct Stops(&'static str);

impl Expressions for Stops {
    fn check(&self, expression: &str) -> Result<(), String> {
        Native.check(expression)
    }

    fn evaluate(&self, expression: &str, input: &Value) -> Result<Value, String> {
        if expression.contains(self.0) {
            return Err("takes too many steps; simplify its expression".to_owned());
        }
        Native.evaluate(expression, input)
    }
}

#[test]
fn the_expression_is_found_at_which_a_mapping_is_stopped() {
    let yaml = "
- { object: s, when: .heavy0, entity: { kind: System, name: .id } }
- { object: s, each: .heavy1, entity: { kind: System, name: .id } }
- { object: s, each: .a, entity: { kind: System, name: .heavy2 } }
- { object: s, entity: { kind: System, name: .id, spec: { a: { b: .heavy3 } } } }
";
    let mappings = Mappings::new(&declarations(yaml), &registry(), Arc::new(Stops("heavy"))).expect("good mappings");
    let items = mappings.explain("s", &json!({ "id": "x" })).items;
    let problems: Vec<&str> = items.iter().flat_map(|item| &item.problems).map(String::as_str).collect();
    let stopped = "takes too many steps; simplify its expression";
    let expected = [
        format!("`when` {stopped}"),
        format!("`each` {stopped}"),
        format!("the mapping for an object of kind `s` (mapping 3 of 4) {stopped}"),
        format!("`entity.spec.a.b` {stopped}"),
    ];
    assert_eq!(problems, expected);
    let made = mappings.apply("s", &json!({ "id": "x" }));
    assert_eq!((made.entities.len(), made.problems.len()), (0, 4));
    assert_eq!(mappings.names("s", &json!({ "id": "x" })).entities.len(), 1);
}

#[test]
fn a_number_beyond_all_bounds_is_found() {
    let items =
        explained("[{ object: s, entity: { kind: System, name: .id, spec: { a: nan } } }]", json!({ "id": "x" }));
    assert_eq!(items[0].problems, ["`entity.spec.a` came to no JSON value"]);
}
