//! What can be asked of an entity: rows, filters in both languages, fields.

use portico_model::{Fields, Filter, Rows, rows};
use serde_json::{Value, json};

fn entity() -> Value {
    json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {
            "name": "Payments",
            "uid": "7f1a",
            "etag": "9",
            "tags": ["Java", "spring", "java"],
            "annotations": {"backstage.io/orphan": "true", "github.com/project-slug": "Acme/Pay"},
            "description": "x".repeat(201),
            "generation": 1.0,
            "levels": [1, 2.50, null, [true], {"deep": ["a"]}],
        },
        "spec": {"type": "service", "nothing": null, "empty": "", "Profile": {"Name": "P"}},
        "relations": [
            {"type": "ownedBy", "targetRef": "group:default/team-a"},
            {"type": "dependsOn", "targetRef": "resource:default/db"},
            {"type": "dependsOn", "targetRef": "resource:default/queue"},
        ],
        "status": {"items": [{"level": "error"}]},
        "attachments": {"x": "y"},
    })
}

#[test]
fn rows_are_what_the_index_holds() {
    let found = rows(&entity());
    let found: Vec<(&str, Option<&str>)> = found.0.iter().map(|row| (row.key.as_str(), row.value.as_deref())).collect();
    let expected = [
        ("apiversion", Some("backstage.io/v1alpha1")),
        ("kind", Some("Component")),
        ("metadata.tags", Some("Java")),
        ("metadata.tags.java", Some("true")),
        ("metadata.tags", Some("spring")),
        ("metadata.tags.spring", Some("true")),
        ("metadata.annotations.backstage.io/orphan", Some("true")),
        ("metadata.annotations.github.com/project-slug", Some("Acme/Pay")),
        ("metadata.description", None),
        ("metadata.generation", Some("1")),
        ("metadata.levels", Some("1")),
        ("metadata.levels", Some("2.5")),
        ("metadata.levels", None),
        ("metadata.levels", Some("true")),
        ("metadata.levels.deep", Some("a")),
        ("metadata.levels.deep.a", Some("true")),
        ("spec.type", Some("service")),
        ("spec.nothing", None),
        ("spec.empty", Some("")),
        ("spec.profile.name", Some("P")),
        ("metadata.name", Some("Payments")),
        ("metadata.namespace", Some("default")),
        ("metadata.uid", Some("7f1a")),
        ("relations.ownedby", Some("group:default/team-a")),
        ("relations.dependson", Some("resource:default/db")),
        ("relations.dependson", Some("resource:default/queue")),
    ];
    assert_eq!(found, expected);
}

#[test]
fn long_keys_give_no_row_and_long_values_are_null() {
    let value = |value: &str| rows(&json!({"k": value})).0[0].value.clone();
    assert_eq!(value(&"ä".repeat(200)), Some("ä".repeat(200)));
    assert_eq!(value(&"ä".repeat(201)), None);
    // Characters beyond the sixteen-bit ones count twice.
    assert_eq!(value(&"😀".repeat(101)), None);
    let keys = |key: String| rows(&json!({ key: 1 })).0.len();
    assert_eq!(keys("k".repeat(200)), keys("k".repeat(201)) + 1);
}

#[test]
fn numbers_are_written_as_clients_write_them() {
    let cases = [
        ("1.0", "1"),
        ("-0.0", "0"),
        ("0.1", "0.1"),
        ("1e21", "1e+21"),
        ("1e20", "100000000000000000000"),
        ("1e-7", "1e-7"),
        ("0.000001", "0.000001"),
        ("1.5e300", "1.5e+300"),
        ("18446744073709551615", "18446744073709551615"),
    ];
    for (number, expected) in cases {
        let entity: Value = serde_json::from_str(&format!("{{\"k\": {number}}}")).expect("JSON");
        assert_eq!(rows(&entity).0[0].value.as_deref(), Some(expected), "{number}");
    }
}

#[test]
fn what_is_no_entity_has_no_rows() {
    for value in [json!(null), json!([1]), json!("x")] {
        assert_eq!(rows(&value), Rows::default());
    }
    assert_eq!(rows(&json!({"metadata": 7})).0[0].key, "metadata");
}

/// Asks the entity above.
fn query(filters: &[&str]) -> bool {
    Filter::from_query(filters).expect("a filter").matches(&rows(&entity()))
}

#[test]
fn filters_of_a_query() {
    let cases: &[(&[&str], bool)] = &[
        (&[], true),
        (&["", " , "], true),
        (&["kind=component"], true),
        (&["KIND=COMPONENT"], true),
        (&[" kind = component , spec.type=service"], true),
        (&["kind=component,spec.type=library"], false),
        (&["kind=api,kind=component"], true),
        (&["kind=api,Kind=component"], true),
        (&["kind=api", "spec.type=service"], true),
        (&["kind=api", ","], false),
        (&["spec.nothing"], true),
        (&["spec.nothing="], false),
        (&["spec.empty="], true),
        (&["metadata.description"], true),
        (&["spec.absent"], false),
        (&["kind,kind=api"], false),
        (&["metadata.tags=java"], true),
        (&["metadata.tags.java"], true),
        (&["metadata.tags.java=true"], true),
        (&["metadata.tags=java,metadata.tags=none"], true),
        (&["relations.dependsOn=resource:default/QUEUE"], true),
        (&["relations.dependsOn=resource:default/none"], false),
        (&["metadata.annotations.github.com/project-slug=acme/pay"], true),
        (&["metadata.name=payments,metadata.namespace=default"], true),
    ];
    for (filters, expected) in cases {
        assert_eq!(query(filters), *expected, "{filters:?}");
    }
    let error = Filter::from_query(&["kind=api,=x"]).expect_err("an error").to_string();
    let expected =
        "the filter `=x` has nothing before `=`; write `key=value`, `key=` for an empty value, or `key` for any value";
    assert_eq!(error, expected);
}

#[test]
fn filters_are_small_trees_in_lower_case() {
    let equals = |key: &str, value: &str| Filter::Equals(key.to_owned(), value.to_owned());
    let cases: &[(&[&str], Filter)] = &[
        (&[], Filter::everything()),
        (&["Kind=API"], Filter::All(vec![equals("kind", "api")])),
        (
            &["a=1,A=2,b"],
            Filter::All(vec![
                Filter::In("a".to_owned(), vec!["1".to_owned(), "2".to_owned()]),
                Filter::Exists("b".to_owned()),
            ]),
        ),
        (
            &["a=1", "b=2=3"],
            Filter::Any(vec![Filter::All(vec![equals("a", "1")]), Filter::All(vec![equals("b", "2=3")])]),
        ),
    ];
    for (filters, expected) in cases {
        assert_eq!(Filter::from_query(filters).expect("a filter"), *expected, "{filters:?}");
    }
}

#[test]
fn predicates_of_a_body() {
    let cases = [
        (json!({}), true),
        (json!({"$all": []}), true),
        (json!({"$any": []}), false),
        (json!({"$not": {}}), false),
        (json!({"Kind": "COMPONENT"}), true),
        (json!({"kind": "component", "spec.type": "library"}), false),
        (json!({"metadata.generation": 1}), true),
        (json!({"metadata.tags.java": true}), true),
        (json!({"$any": [{"kind": "api"}, {"spec.type": {"$in": ["library", "Service"]}}]}), true),
        (json!({"$all": [{"kind": "component"}, {"$not": {"spec.type": "library"}}]}), true),
        (json!({"spec.type": {"$in": []}}), false),
        (json!({"spec.nothing": {"$exists": true}}), true),
        (json!({"spec.absent": {"$exists": false}}), true),
        (json!({"spec.type": {"$hasPrefix": "SER"}}), true),
        (json!({"spec.type": {"$hasPrefix": "vice"}}), false),
        (json!({"metadata.description": {"$hasPrefix": ""}}), false),
        (json!({"metadata.tags": {"$contains": "Spring"}}), true),
        (json!({"relations": {"$contains": {"type": "ownedBy"}}}), true),
        (json!({"relations": {"$contains": {"TYPE": "OwnedBy", "targetref": "Group:default/Team-A"}}}), true),
        (json!({"relations": {"$contains": {"type": "dependsOn", "targetRef": "group:default/team-a"}}}), false),
        (
            json!({"relations": {"$contains": {"type": "dependsOn", "targetRef": {"$in": ["x:y/z", "resource:default/db"]}}}}),
            true,
        ),
        (json!({"relations": {"$contains": {"type": "partOf"}}}), false),
        (json!({"relations": {"$contains": "ownedBy"}}), false),
    ];
    let rows = rows(&entity());
    for (predicate, expected) in cases {
        let filter = Filter::from_predicate(&predicate).unwrap_or_else(|error| panic!("{predicate}: {error}"));
        assert_eq!(filter.matches(&rows), expected, "{predicate}");
    }
}

#[test]
fn predicates_that_cannot_be_read_say_where_and_why() {
    let cases = [
        (json!([]), "`query` is an empty list, where a mapping is expected, such as {\"kind\": \"component\"}"),
        (json!({"$foo": 1}), "`query.$foo` uses `$foo`, which is no operator here; it can be `$all`, `$any` or `$not`"),
        (
            json!({"kind": {"$foo": 1}}),
            "`query.kind.$foo` uses `$foo`, which is no operator here; it can be `$exists`, \
                                       `$in`, `$hasPrefix` or `$contains`",
        ),
        (json!({"$all": {}}), "`query.$all` is a mapping, where a list of predicates is expected"),
        (json!({"$any": [{}, 1]}), "`query.$any[1]` is the number 1, where a mapping is expected"),
        (json!({"$not": {}, "kind": "x"}), "`query` has `$not` beside other keys, but an operator stands alone"),
        (json!({"kind": {"$in": [], "$exists": true}}), "`query.kind` has `$in` beside other keys"),
        (json!({"kind": null}), "`query.kind` is null, where a text, a number, true or false is expected"),
        (json!({"kind": ["a"]}), "`query.kind` is a list, where a text"),
        (json!({"kind": {}}), "`query.kind` is an empty mapping; give a value, or an operator"),
        (json!({"kind": {"$exists": "yes"}}), "`query.kind.$exists` is `yes`, where `true` or `false` is expected"),
        (json!({"kind": {"$in": "a"}}), "`query.kind.$in` is `a`, where a list of values is expected"),
        (json!({"kind": {"$in": [{}]}}), "`query.kind.$in[0]` is a mapping, where a text"),
        (json!({"kind": {"$hasPrefix": 1}}), "`query.kind.$hasPrefix` is the number 1, where a text is expected"),
        (json!({"kind": {"$contains": {"type": "x"}}}), "`query.kind.$contains` is a mapping, which only `relations`"),
        (json!({"relations": {"$contains": {}}}), "`query.relations.$contains` names no `type`"),
        (json!({"relations": {"$contains": {"type": 1}}}), "`query.relations.$contains.type` is the number 1"),
        (json!({"relations": {"$contains": {"type": "a", "x": 1}}}), "`query.relations.$contains.x` is not known"),
        (
            json!({"relations": {"$contains": {"type": "a", "targetRef": {"$in": []}}}}),
            "`query.relations.$contains.targetRef.$in` is an empty list, where a list of at least one reference",
        ),
        (
            json!({"relations": {"$contains": {"type": "a", "targetRef": {"$not": "x"}}}}),
            "`query.relations.$contains.targetRef` is a mapping without `$in` alone",
        ),
    ];
    for (predicate, expected) in cases {
        let error = Filter::from_predicate(&predicate).expect_err("an error").to_string();
        assert!(error.starts_with(expected), "{predicate}: {error}");
    }
}

#[test]
fn predicates_have_bounds() {
    let nested = |depth| (0..depth).fold(json!({}), |inner, _| json!({"$not": inner}));
    assert!(Filter::from_predicate(&nested(32)).is_ok());
    let error = Filter::from_predicate(&nested(33)).expect_err("an error").to_string();
    assert!(error.ends_with("is nested more than 32 deep; flatten the predicate"), "{error}");
    let many = |count: usize| json!({"kind": {"$in": vec!["x"; count]}});
    assert!(Filter::from_predicate(&many(9_998)).is_ok());
    let error = Filter::from_predicate(&many(9_999)).expect_err("an error").to_string();
    assert!(error.starts_with("the query has more than 10000 conditions and values"), "{error}");
}

#[test]
fn fields_choose_parts_of_an_entity() {
    let entity = json!({
        "kind": "Component",
        "metadata": {"name": "a", "annotations": {"github.com/slug": "x", "github": {"com/slug": "y"}, "a.b.c": 1}, "tags": ["t"]},
        "spec": {"type": "service", "nothing": null},
    });
    let cases = [
        ("kind", json!({"kind": "Component"})),
        ("metadata.name, kind,,", json!({"metadata": {"name": "a"}, "kind": "Component"})),
        ("metadata.annotations.a.b.c", json!({"metadata": {"annotations": {"a.b.c": 1}}})),
        // The first key that exists is taken.
        ("metadata.annotations.github.com/slug", json!({"metadata": {"annotations": {"github": {"com/slug": "y"}}}})),
        ("metadata.tags", json!({"metadata": {"tags": ["t"]}})),
        ("metadata.tags.0", json!({})),
        ("spec.nothing", json!({"spec": {"nothing": null}})),
        ("spec.absent,kind.deep,x", json!({})),
        ("spec,spec.type", json!({"spec": {"type": "service", "nothing": null}})),
        ("spec.type,spec", json!({"spec": {"type": "service", "nothing": null}})),
        (".", json!({})),
    ];
    for (fields, expected) in cases {
        let fields = Fields::parse(&[fields]).expect("fields").unwrap_or_else(|| panic!("{fields} asks for nothing"));
        assert_eq!(fields.project(&entity), expected, "{fields:?}");
    }
    let both = Fields::parse(&["kind", "spec.type"]).expect("fields").expect("some");
    assert_eq!(both.project(&entity), json!({"kind": "Component", "spec": {"type": "service"}}));
    assert_eq!(Fields::parse(&[]).expect("fields"), None);
    assert_eq!(Fields::parse(&["", " , "]).expect("fields"), None);
    let error = Fields::parse(&["metadata.tags[0]"]).expect_err("an error").to_string();
    assert_eq!(
        error,
        "`metadata.tags[0]` points into a list, and fields of lists cannot be chosen; leave the part from `[` out"
    );
}
