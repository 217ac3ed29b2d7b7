//! What may be declared, and what is said of what may not.

mod support;

use portico_api_types::{MappingDeclaration, MappingFault};
use portico_mappings::override_with;
use serde_json::json;
use support::{declarations, read};

fn wrong(yaml: &str) -> Vec<String> {
    read(yaml).err().unwrap_or_default().into_iter().map(|error| error.to_string()).collect()
}

#[test]
fn what_cannot_be_declared_is_said_with_its_place_and_what_to_do() {
    for (yaml, sentence) in [
        ("[{ object: s }]", "mappings[0]: it makes nothing; give it `entity`, `facts` or both (objects of kind `s`)"),
        (
            "[{ object: 'a b', facts: { about: .a, values: { a: .a } } }]",
            "mappings[0].object: it is no kind of object; write one word of at most 120 bytes, such as `service` (objects of kind `a \
             b`)",
        ),
        (
            "[{ object: s, entity: { kind: Component, name: .a | } }]",
            "mappings[0].entity.name: at character 5: a term is expected (objects of kind `s`)",
        ),
        (
            "[{ object: s, when: '', facts: { about: .a, values: { a: .a } } }]",
            "mappings[0].when: it is empty; write a jq expression, or leave the key out (objects of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: Component, name: .a, spec: { a: { type: service } } } }]",
            "mappings[0].entity.spec.a.type: at character 1: there is no function `service/0` here; a constant text has quotes of its \
             own: '\"service\"' (objects of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: component, name: .a } }]",
            "mappings[0].entity.kind: there is no kind `component`; did you mean `Component`? (objects of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: Nothing, name: .a } }]",
            "mappings[0].entity.kind: there is no kind `Nothing`; declare it, or write one that there is, such as `Component` (objects \
             of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: PagerDutyService, apiVersion: v1, name: .a } }]",
            "mappings[0].entity.apiVersion: the kind `PagerDutyService` has no apiVersion `v1`; write one of `example.com/v1`, \
             `example.com/v2`, or leave it out (objects of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: System, name: .a, relations: { uses: .b } } }]",
            "mappings[0].entity.relations.uses: the kind `System` has no relation \"uses\"; there are `ownedBy` (`spec.owner`), `partOf` \
             (`spec.domain`) (objects of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: Region, name: .a, relations: { uses: .b } } }]",
            "mappings[0].entity.relations.uses: the kind `Region` has no relations; remove it (objects of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: System, name: .a, spec: { owner: .b }, relations: { ownedBy: .b } } }]",
            "mappings[0].entity.relations.ownedBy: `spec.owner` says it already; keep one of the two (objects of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: PagerDutyService, name: .a, spec: { placement: .b }, relations: { runsIn: .b } } }]",
            "mappings[0].entity.relations.runsIn: `spec.placement.region` says it already; keep one of the two (objects of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: System, name: .a, labels: { 'a b': .b } } }]",
            "mappings[0].entity.labels[\"a b\"]: `a b` is no key; write one such as `tier` or `example.com/tier` (objects of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: System, name: .a, annotations: { a: [1] } } }]",
            "mappings[0].entity.annotations.a: it is no text; write a jq expression, a number or a truth value (objects of kind `s`)",
        ),
        (
            "[{ object: s, entity: { kind: System, name: .a, spec: { a: [.b, 1] } } }]",
            "mappings[0].entity.spec.a: a list of constants holds numbers and truth values only; write the whole list as one \
             expression, such as '[.first, \"second\"]' (objects of kind `s`)",
        ),
        (
            "[{ object: s, facts: { about: .a, values: {} } }]",
            "mappings[0].facts.values: there are none; name what is attached (objects of kind `s`)",
        ),
    ] {
        assert_eq!(wrong(yaml), [sentence], "{yaml}");
    }
}

#[test]
fn a_page_is_told_the_place_and_the_kind_of_object_of_what_is_wrong() {
    let error = read("[{ object: s }]").expect_err("it makes nothing").remove(0);
    let fault = MappingFault::from(error);
    assert_eq!((fault.place.as_str(), fault.object.as_str()), ("mappings[0]", "s"));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let errors = wrong(
        "
- { object: s, when: '.a |', entity: { kind: Nothing, name: nope, spec: { a: .b., c: [[1]] } } }
- { object: s }
- { object: s, facts: { about: .a, values: { fine: .a } } }
",
    );
    let places: Vec<&str> = errors.iter().filter_map(|error| error.split(':').next()).collect();
    let expected = [
        "mappings[0].entity.kind",
        "mappings[0].entity.spec.c",
        "mappings[0].when",
        "mappings[0].entity.name",
        "mappings[0].entity.spec.a",
        "mappings[1]",
    ];
    assert_eq!(places, expected, "{errors:#?}");
}

#[test]
fn an_expression_cannot_leave_its_place() {
    for expression in
        ["1) , (2", ".a)], [(.b", "1; 2", "first(1", "\"a", ". as $x", "$object", "$when", "#", "def f: 1;"]
    {
        let declared = json!([{ "object": "s", "entity": { "kind": "System", "name": ".a", "title": expression } }]);
        let errors = wrong(&declared.to_string());
        assert!(errors.len() == 1 && errors[0].starts_with("mappings[0].entity.title: "), "{expression}: {errors:?}");
    }
    let errors = wrong("[{ object: s, entity: { kind: System, name: .a, title: 'module {}; .a' } }]");
    assert!(errors[0].starts_with("mappings[0].entity.title: it is no expression that yields a value: "), "{errors:?}");
}

#[test]
fn a_comment_ends_where_its_expression_ends() {
    for comment in ["# )", "#", "# a\\", "# a\\\\", "# a\\\n b\\"] {
        let declared = json!([{ "object": "s", "when": format!("true {comment}"), "each": format!(". {comment}"), "entity": {
            "kind": "System", "name": format!(".item.id {comment}"), "title": ".item.title", "spec": { "a": format!("1 {comment}") },
        } }]);
        let mappings = read(&declared.to_string()).unwrap_or_else(|errors| panic!("{comment}: {errors:?}"));
        let made = mappings.apply("s", &json!({ "id": "x", "title": "X" }));
        let document = &made.entities[0].document;
        assert_eq!((&document["metadata"]["title"], &document["spec"]), (&json!("X"), &json!({ "a": 1 })), "{comment}");
    }
}

#[test]
fn every_cost_has_a_bound() {
    let spec = |spec: serde_json::Value| {
        json!([{ "object": "s", "entity": { "kind": "System", "name": ".a", "spec": spec } }]).to_string()
    };
    let many: serde_json::Map<_, _> = (0..200).map(|key| (format!("k{key}"), json!(".a"))).collect();
    let constants: serde_json::Map<_, _> = (0..100_000).map(|key| (format!("k{key}"), json!({}))).collect();
    let long = format!(".{}", "a".repeat(4_096));
    let together: serde_json::Map<_, _> = (0..60).map(|key| (format!("k{key}"), json!(long[..4_000]))).collect();
    let deep = (0..100).fold(json!(".a"), |inner, _| json!({ "a": inner }));
    let mappings: Vec<_> = (0..101).map(|_| json!({ "object": "s" })).collect();
    for (yaml, sentence) in [
        (spec(many.into()), "mappings[0]: it has 201 expressions and constants; at most 200 are taken"),
        (spec(constants.into()), "mappings[0]: it has 100001 expressions and constants; at most 200 are taken"),
        (spec(json!({ "a": long })), "mappings[0].entity.spec.a: it has 4097 bytes; at most 4096 are read"),
        (
            spec(together.into()),
            "mappings[0]: its expressions have 240002 bytes together; at most 204800 are taken: write shorter",
        ),
        (spec(json!({ "a": deep })), ": it nests deeper than 16 mappings; nest less"),
        (spec(json!({ "a": vec![1; 300] })), "mappings[0].entity.spec.a: it has 300 items; at most 200 are taken"),
        (spec(json!({ "a".repeat(200): 1 })), "is no key; write one line of at most 120 bytes"),
        (json!(mappings).to_string(), "mappings: there are 101; at most 100 are taken"),
    ] {
        let errors = wrong(&yaml);
        assert!(errors.len() == 1 && errors[0].contains(sentence), "{sentence}: {errors:?}");
    }
    let full: serde_json::Map<_, _> = (0..199).map(|key| (format!("k{key}"), json!(".a"))).collect();
    let made = read(&spec(full.into())).expect("as much as is taken").apply("s", &json!({ "a": "x" }));
    assert_eq!(made.entities[0].document["spec"]["k198"], "x");
}

#[test]
fn a_key_that_is_not_known_is_an_error_in_yaml_as_in_json() {
    for yaml in [
        "{ object: s, entitty: {} }",
        "{ object: s, entity: { kind: System, name: .a, owner: .b } }",
        "{ object: s, facts: { about: .a, values: {}, of: .b } }",
        "{ object: s, entity: { name: .a } }",
        "{ object: s, entity: { kind: System, name: .a, relations: { ownedBy: [.b] } } }",
    ] {
        let value: serde_json::Value = serde_yaml::from_str(yaml).expect("YAML");
        assert!(serde_yaml::from_str::<MappingDeclaration>(yaml).is_err(), "{yaml}");
        assert!(serde_json::from_value::<MappingDeclaration>(value).is_err(), "{yaml}");
    }
    let declared =
        declarations("[{ object: s, entity: { kind: System, apiVersion: v1, name: .a, spec: { a: { b: 1 } } } }]");
    let written = serde_json::to_string(&declared).expect("JSON");
    assert_eq!(serde_json::from_str::<Vec<MappingDeclaration>>(&written).expect("the same"), declared);
}

#[test]
fn an_operators_mappings_replace_the_defaults_for_their_kind_of_object() {
    let facts = |object: &str, about: &str| {
        format!("{{ object: {object}, facts: {{ about: '\"{about}\"', values: {{ a: 1 }} }} }}")
    };
    let defaults = declarations(&format!("[{}, {}, {}]", facts("a", "one"), facts("b", "two"), facts("a", "three")));
    let operators = declarations(&format!("[{}, {}]", facts("a", "four"), facts("c", "five")));
    let about: Vec<String> =
        override_with(defaults, operators).into_iter().filter_map(|mapping| Some(mapping.facts?.about)).collect();
    assert_eq!(about, ["\"two\"", "\"four\"", "\"five\""]);
}

#[test]
fn what_mappings_write_is_known_before_they_run() {
    let mappings = read(
        "
- { object: b, entity: { kind: System, name: .a } }
- { object: a, entity: { kind: Component, name: .a } }
- { object: b, facts: { about: .a, values: { a: 1 } } }
",
    )
    .expect("good mappings");
    assert_eq!(mappings.kinds().into_iter().collect::<Vec<_>>(), ["Component", "System"]);
    assert_eq!(mappings.objects().collect::<Vec<_>>(), ["a", "b"]);
    assert!(mappings.attaches());
}
