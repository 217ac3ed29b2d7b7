//! What may be declared, and what is said of what may not.

use std::sync::Arc;

use portico_api_types::{KindDeclaration, KindOrigin};
use portico_kinds::{Declared, Expressions, Registry, document_schema, every_schema};
use portico_model::Entity;
use serde_json::{Value, json};

/// Takes `.a` for an expression, and nothing else.
struct Paths;

impl Expressions for Paths {
    fn check(&self, expression: &str) -> Result<(), String> {
        expression.strip_prefix('.').map(|_| ()).ok_or_else(|| format!("{expression:?} is no expression"))
    }

    fn evaluate(&self, expression: &str, input: &Value) -> Result<Value, String> {
        Ok(input.pointer(&expression.replace('.', "/")).cloned().unwrap_or(Value::Null))
    }
}

fn registry(declarations: &[Value]) -> Result<Registry, String> {
    let declared = declarations.iter().map(|json| {
        let declaration: KindDeclaration = serde_json::from_value(json.clone()).map_err(|error| error.to_string())?;
        Ok(Declared { declaration, origin: KindOrigin::Api })
    });
    let declared = declared.collect::<Result<Vec<_>, String>>()?;
    Registry::new(declared, Arc::new(Paths)).map_err(|error| error.to_string())
}

fn cluster() -> Value {
    json!({
        "name": "Cluster",
        "apiVersions": ["example.com/v1"],
        "schema": {
            "type": "object",
            "required": ["nodes"],
            "properties": {
                "nodes": { "type": "integer", "minimum": 1 },
                "tier": { "enum": ["gold", "silver"] },
                "zones": { "type": "array", "items": { "type": "string", "pattern": "^[a-z]+$" } },
            },
        },
        "relations": [{
            "field": "region", "relation": "runsIn", "inverse": "hosts", "inverseTitle": "Hosts", "targets": ["Region"],
            "required": true,
        }],
        "columns": [{ "title": "Nodes", "path": "spec.nodes" }],
    })
}

fn with(changes: Value) -> Value {
    let mut declaration = cluster();
    for (key, value) in changes.as_object().unwrap() {
        declaration[key] = value.clone();
    }
    declaration
}

fn judged(spec: Value) -> Vec<String> {
    let registry = registry(&[cluster()]).unwrap();
    let document = json!({
        "apiVersion": "example.com/v1", "kind": "Cluster", "metadata": { "name": "one" }, "spec": spec,
    });
    let broken = Entity::judge(document, registry.kinds()).err().unwrap_or_default();
    broken.into_iter().map(|violation| format!("{} {}", violation.path, violation.message)).collect()
}

#[test]
fn documents_of_a_declared_kind_are_held_against_its_schema() {
    assert_eq!(judged(json!({ "nodes": 3, "region": "eu", "more": true })), [""; 0]);
    for (spec, sentence) in [
        (json!({ "region": "eu" }), "/spec/nodes `spec.nodes` is missing, and the kind's schema needs it. Add it."),
        (
            json!({ "nodes": "3", "region": "eu" }),
            "/spec/nodes `spec.nodes` is \"3\", where a whole number is expected.",
        ),
        (json!({ "nodes": 0, "region": "eu" }), "/spec/nodes `spec.nodes` is 0; the least is 1."),
        (
            json!({ "nodes": 1, "tier": "bronze", "region": "eu" }),
            "/spec/tier `spec.tier` is \"bronze\", where one of these is expected: \"gold\", \"silver\".",
        ),
        (
            json!({ "nodes": 1, "zones": ["a", "B"], "region": "eu" }),
            "/spec/zones/1 `spec.zones[1]` is \"B\", which does not match the pattern `^[a-z]+$`.",
        ),
        (
            json!({ "nodes": 1 }),
            "/spec/region `spec.region` is missing, and a Cluster needs it. Name the kind `region`.",
        ),
    ] {
        assert_eq!(judged(spec), [sentence]);
    }
}

#[test]
fn what_cannot_be_declared_is_said_with_its_place() {
    let many: Vec<Value> = (0..101).map(|_| json!({ "title": "x", "path": "spec.x" })).collect();
    let property = |rule: Value| with(json!({ "properties": [rule] }));
    for (declaration, sentence) in [
        (with(json!({ "name": "clus ter" })), "at `name`: it is no name of a kind"),
        (with(json!({ "name": "System" })), "at `apiVersions`: the kind is built in, and stands as it is"),
        (with(json!({ "name": "system" })), "there is the kind `System` (systems) already"),
        (with(json!({ "apiVersions": [] })), "at `apiVersions`: there is none"),
        (with(json!({ "plural": "Clusters!" })), "at `plural`: it stands in addresses"),
        (with(json!({ "plural": "systems" })), "there is the kind `System` (systems) already"),
        (with(json!({ "title": "" })), "at `title`: it is empty"),
        (with(json!({ "columns": many })), "at `columns`: there are 101; at most 100 are taken"),
        (with(json!({ "schema": true })), "at `schema`: it is no mapping"),
        (with(json!({ "schema": { "type": "strin" } })), "at `schema`: it is no usable JSON Schema"),
        (
            with(json!({ "schema": { "$ref": "https://example.com/x.json" } })),
            "at `schema`: `https://example.com/x.json` leads elsewhere, and nothing is fetched",
        ),
        (
            with(json!({ "schema": { "properties": { "a": { "$ref": "#" } } } })),
            "at `schema`: `#` leads back to itself",
        ),
        (with(json!({ "schema": { "$ref": "#/$defs/none" } })), "at `schema`: `#/$defs/none` leads nowhere"),
        (
            with(json!({ "schema": { "properties": { "a": { "pattern": "(a)\\1" } } } })),
            "at `schema`: it is no usable JSON Schema",
        ),
        (
            with(json!({ "relations": [{ "field": "a", "relation": "Runs in", "inverse": "hosts" }] })),
            "at `relations[0].relation`: \"Runs in\" is no name of a relation",
        ),
        (
            with(json!({ "relations": [{ "field": "a", "relation": "ownedBy", "inverse": "owns" }] })),
            "the relation `ownedBy` leads back as `ownerOf` everywhere else",
        ),
        (property(json!({ "name": "x" })), "at `properties[0]`: no rule says how it is derived"),
        (
            property(json!({ "name": "x", "jq": ".a", "count": { "along": "ownedBy" } })),
            "at `properties[0]`: several rules say how it is derived",
        ),
        (property(json!({ "name": "x", "jq": "a" })), "at `properties[0].jq`: \"a\" is no expression"),
        (
            property(json!({ "name": "x", "jq": format!(".{}", "a".repeat(5_000)) })),
            "at `properties[0].jq`: the expression has 5001 bytes; at most 4096 are read",
        ),
        (
            property(json!({ "name": "x", "count": { "along": "ownedby" } })),
            "at `properties[0].count.along`: \"ownedby\" is no relation that the portal knows",
        ),
        (
            property(json!({ "name": "x", "count": { "along": "partOf.partOf.partOf.partOf.partOf.partOf" } })),
            "at `properties[0].count.along`: it takes 6 steps; at most 5 are taken",
        ),
        (
            property(json!({ "name": "x", "count": { "along": "hosts", "where": "typ:x" } })),
            "at `properties[0].count.where`: at character 1: ",
        ),
        (
            property(json!({ "name": "x", "count": { "along": "hosts", "where": "owner.tag:x" } })),
            "at `properties[0].count.where`: it leads on along a relation",
        ),
        (
            property(json!({ "name": "x", "sum": { "along": "hosts", "path": "a..b" } })),
            "at `properties[0].sum.path`: write a path in the entity",
        ),
        (
            with(json!({ "properties": [{ "name": "x", "jq": ".a" }, { "name": "x", "jq": ".b" }] })),
            "at `properties[1].name`: there is one of this name already",
        ),
    ] {
        let error = registry(std::slice::from_ref(&declaration)).map(|_| ()).expect_err(sentence);
        assert!(error.contains(sentence), "{error}\nwhere expected: {sentence}");
    }
}

#[test]
fn everything_that_is_wrong_with_declarations_is_found_at_once() {
    let wrong = json!({
        "name": "clus ter", "plural": "Clusters!", "apiVersions": ["v 1", "acme.example/v1", ""],
        "schema": { "type": 7, "properties": { "a": { "minLength": -1 } } },
        "relations": [{ "field": "a..b", "relation": "Runs in", "inverse": "hosts" }, { "field": "b", "relation": "x", "inverse": "x" }],
        "columns": [{ "title": "", "path": "spec.a" }],
        "properties": [
            { "name": "one", "jq": "a" },
            { "name": "2", "jq": "b", "sum": { "along": "nowhere", "path": "a..b", "where": "typ:x" } },
            { "name": "three" },
        ],
    });
    let declared = [wrong, cluster(), with(json!({ "name": "System" }))].map(|json| Declared {
        declaration: serde_json::from_value(json).expect("a declaration"),
        origin: KindOrigin::Api,
    });
    let (registry, found) = Registry::of_sound(declared.to_vec(), Arc::new(Paths));
    let places: Vec<(usize, &str)> = found.iter().map(|(index, error)| (*index, error.place.as_str())).collect();
    let mut expected = vec![
        (0, "name"),
        (0, "plural"),
        (0, "columns[0].title"),
        (0, "apiVersions[0]"),
        (0, "apiVersions[2]"),
        (0, "schema"),
        (0, "schema"),
        (0, "relations[0].field"),
        (0, "relations[0].relation"),
        (0, "relations[1].inverse"),
    ];
    expected.extend(
        ["title", "apiVersions", "schema", "relations"]
            .into_iter()
            .filter(|key| with(json!({})).get(key).is_some())
            .map(|key| (2, key)),
    );
    expected.extend([
        (0, "properties[0].jq"),
        (0, "properties[1].name"),
        (0, "properties[1].jq"),
        (0, "properties[1].sum.path"),
        (0, "properties[1].sum.along"),
        (0, "properties[1].sum.where"),
        (0, "properties[1]"),
        (0, "properties[2]"),
    ]);
    assert_eq!(places, expected, "{found:#?}");
    assert!(registry.kinds().find("Cluster").is_some(), "what is sound is there");
}

#[test]
fn a_schema_that_grows_when_its_references_are_filled_in_is_refused() {
    let mut defs = json!({ "d0": { "type": "string" } });
    for level in 1..20 {
        let below = json!({ "$ref": format!("#/$defs/d{}", level - 1) });
        defs[format!("d{level}")] = json!({ "allOf": [below.clone(), below] });
    }
    let schema = json!({ "$defs": defs, "$ref": "#/$defs/d19" });
    let error = registry(&[with(json!({ "schema": schema }))]).map(|_| ()).unwrap_err();
    assert!(error.contains("more than 20000 values once its references are filled in"), "{error}");
}

#[test]
fn a_built_in_kind_can_be_given_columns_and_properties() {
    let more = json!({
        "name": "Component",
        "columns": [{ "title": "Cost", "path": "properties.cost" }],
        "properties": [{ "name": "cost", "title": "Cost a month", "jq": ".facts.cost" }],
    });
    let registry = registry(&[more]).unwrap();
    let details = registry.details();
    let component = details.iter().find(|kind| kind.name == "Component").unwrap();
    assert_eq!(component.origin, KindOrigin::BuiltIn);
    assert_eq!(component.columns[0].title, "Cost");
    assert_eq!(component.properties[0].title, "Cost a month");
}

#[test]
fn the_same_kind_twice_is_one_too_many() {
    let error = registry(&[cluster(), cluster()]).map(|_| ()).unwrap_err();
    assert_eq!(error, "the kind `Cluster`, at `name`: it is declared through the API already; remove one of the two");
}

#[test]
fn editors_get_a_schema_that_agrees_with_what_is_judged() {
    let registry = registry(&[cluster()]).unwrap();
    let every = jsonschema::validator_for(&every_schema(&registry)).expect("a schema");
    let one = jsonschema::validator_for(&document_schema(&registry, "cluster").unwrap()).expect("a schema");
    let system = jsonschema::validator_for(&document_schema(&registry, "System").unwrap()).expect("a schema");
    let document = |kind: &str, version: &str, spec: Value| json!({ "apiVersion": version, "kind": kind, "metadata": { "name": "one" }, "spec": spec });
    let good = document("Cluster", "example.com/v1", json!({ "nodes": 3, "region": "eu" }));
    let no_region = document("Cluster", "example.com/v1", json!({ "nodes": 3 }));
    let no_nodes = document("Cluster", "example.com/v1", json!({ "region": "eu" }));
    assert!(one.is_valid(&good) && every.is_valid(&good));
    assert!(!one.is_valid(&no_region) && !every.is_valid(&no_region));
    assert!(!one.is_valid(&no_nodes) && !every.is_valid(&no_nodes));
    let owned = document("System", "backstage.io/v1alpha1", json!({ "owner": "a" }));
    assert!(system.is_valid(&owned) && every.is_valid(&owned));
    let unowned = document("System", "backstage.io/v1alpha1", json!({}));
    assert!(!system.is_valid(&unowned) && !every.is_valid(&unowned));
    assert!(document_schema(&registry, "Nothing").is_none());
}
