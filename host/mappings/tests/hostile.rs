//! Whatever comes in: declarations and objects that nobody would write.

mod support;

use std::sync::{Arc, LazyLock};

use portico_api_types::MappingDeclaration;
use portico_mappings::Mappings;
use portico_model::format;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use support::{Native, read, registry};

static MAPPINGS: LazyLock<Mappings> = LazyLock::new(|| {
    let yaml = "
- object: s
  when: .a != false
  entity:
    kind: Component
    name: .a
    namespace: .b
    title: .c
    description: .d
    labels: { one: .a, two: .b }
    annotations: { one: .c, two: .d }
    tags: .b
    links: .c
    url: .d
    spec: { type: .a, inner: { one: .b, two: .c } }
    relations: { ownedBy: .b, dependsOn: .c, partOf: .d }
  facts: { about: .d, values: { one: .a, inner: { two: .b } } }
- object: s
  each: .c[]
  entity: { kind: Group, name: .item, spec: { from: .object.a } }
  facts: { about: .item, values: { one: .object.b } }
";
    read(yaml).expect("good mappings")
});

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,80}".prop_map(Value::from),
        "[a-z]{0,3}:?[a-zA-Z/ ]{0,70}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map("[a-d]|url|kind|name|namespace|title", inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|fields| fields.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn only(value: &Value, allowed: &[&str]) {
    for key in keys(value) {
        assert!(allowed.contains(&key), "{key} in {value}");
    }
}

proptest! {
    #[test]
    fn any_object_makes_what_is_named_and_nothing_else(data in json()) {
        let made = MAPPINGS.apply("s", &data);
        for entity in &made.entities {
            let (document, metadata) = (&entity.document, &entity.document["metadata"]);
            only(document, &["apiVersion", "kind", "metadata", "spec"]);
            only(
                metadata,
                &["name", "namespace", "title", "description", "labels", "annotations", "tags", "links"],
            );
            prop_assert!(format::is_name(metadata["name"].as_str().unwrap()));
            prop_assert!(metadata.get("namespace").is_none_or(|it| it.as_str().is_some_and(format::is_dns_label)));
            only(&metadata["labels"], &["one", "two"]);
            only(&metadata["annotations"], &["one", "two"]);
            for tag in metadata["tags"].as_array().into_iter().flatten() {
                prop_assert!(tag.as_str().is_some_and(format::is_tag), "{}", tag);
            }
            for link in metadata["links"].as_array().into_iter().flatten() {
                only(link, &["url", "title", "icon", "type"]);
            }
            let spec = &document["spec"];
            only(spec, &["type", "inner", "owner", "dependsOn", "subcomponentOf", "system", "from"]);
            only(&spec["inner"], &["one", "two"]);
            prop_assert!(spec["owner"].is_null() || spec["owner"].is_string());
            prop_assert!(spec["dependsOn"].is_null() || spec["dependsOn"].is_array());
        }
        for facts in &made.facts {
            let (facts, about) = (Value::Object((*facts.facts).clone()), &facts.about);
            only(&facts, &["one", "inner"]);
            prop_assert!(format::is_name(about.name()) && format::is_dns_label(about.namespace()));
        }
    }

    #[test]
    fn the_names_of_an_object_hold_whatever_it_makes(data in json()) {
        let (made, names) = (MAPPINGS.apply("s", &data), MAPPINGS.names("s", &data));
        for entity in &made.entities {
            let document = &entity.document;
            let namespace = document["metadata"]["namespace"].as_str().unwrap_or("default");
            let (kind, name) = (document["kind"].as_str().unwrap(), document["metadata"]["name"].as_str().unwrap());
            let reference = format!("{kind}:{namespace}/{name}").to_lowercase();
            prop_assert!(names.entities.iter().any(|known| known.as_str() == reference), "{}", reference);
        }
        prop_assert!(made.facts.iter().all(|facts| names.facts.contains(&facts.about)));
    }

    #[test]
    fn an_explanation_says_what_happens(data in json()) {
        let (made, explained) = (MAPPINGS.apply("s", &data), MAPPINGS.explain("s", &data));
        let items = explained.items.iter().flat_map(|mapping| &mapping.items);
        let documents: Vec<&Value> = items.clone().filter_map(|item| item.entity.as_ref()).collect();
        prop_assert_eq!(documents, made.entities.iter().map(|entity| &entity.document).collect::<Vec<_>>());
        let about: Vec<&str> = items.flat_map(|item| &item.facts).map(|facts| facts.entity_ref.as_str()).collect();
        prop_assert_eq!(about, made.facts.iter().map(|facts| facts.about.as_str()).collect::<Vec<_>>());
    }

    #[test]
    fn any_declaration_is_read_or_refused(
        spec in json(),
        texts in vec("[.a-z\\[\\]{}(),;|#\"\\\\$ \n]{0,12}", 6),
        relation in "ownedBy|partOf|[a-z]{0,3}",
    ) {
        let spec: Map<String, Value> = spec.as_object().cloned().unwrap_or_default();
        let declared = json!({
            "object": texts[0], "when": texts[1], "each": texts[2],
            "entity": {
                "kind": "Component", "name": texts[3], "title": texts[4], "spec": spec, "relations": { (relation): texts[5] },
            },
            "facts": { "about": texts[5], "values": { "a": texts[1] } },
        });
        let declared: MappingDeclaration = serde_json::from_value(declared).unwrap();
        match Mappings::new(std::slice::from_ref(&declared), &registry(), Arc::new(Native)) {
            Ok(mappings) => drop(mappings.apply(&declared.object, &json!({ "a": "x" }))),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                prop_assert!(errors.iter().all(|error| error.place.starts_with("mappings[0]")));
            }
        }
    }

    #[test]
    fn an_expression_that_stands_alone_stands_in_its_place_and_changes_no_other(text in "[.a\\[\\]{}(),;|#\"\\\\ \n]{1,12}") {
        let declared = json!([{ "object": "s", "entity": {
            "kind": "System", "name": "\"x\"", "title": text, "spec": { "after": "\"kept\"" },
        } }]);
        if let Ok(mappings) = read(&declared.to_string()) {
            let made = mappings.apply("s", &json!({ "a": "x" }));
            prop_assert_eq!(&made.entities[0].document["metadata"]["name"], "x");
            prop_assert_eq!(&made.entities[0].document["spec"], &json!({ "after": "kept" }));
        }
    }
}
