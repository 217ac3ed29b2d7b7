//! The table of kinds holds together.

use std::collections::BTreeMap;
use std::sync::Arc;

use portico_model::{Entity, EntityRef, Kind, Kinds, Others, RelationField, Spec, SpecRule};
use serde_json::{Value, json};

#[test]
fn every_kind_has_names_of_its_own() {
    let kinds = Kinds::built_in();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
    let expected =
        ["Component", "API", "Resource", "System", "Domain", "Group", "User", "Location", "Template", "AiResource"];
    assert_eq!(names, expected);
    for known in kinds.iter() {
        assert_eq!(kinds.get(&known.name).map(|found| &found.plural), Some(&known.plural));
        assert_eq!(known.plural, format!("{}s", known.name.to_lowercase()));
        assert!(known.title_plural.starts_with(&known.title), "{}", known.name);
        assert!(known.description.ends_with('.'), "{}", known.name);
        assert!(!known.api_versions.is_empty(), "{}", known.name);
    }
    assert!(kinds.get("component").is_none(), "documents write kinds in their own case");
    assert!(kinds.find("component").is_some(), "references do not");
}

#[test]
fn every_relation_has_one_inverse() {
    let mut inverses: BTreeMap<&str, &str> = BTreeMap::new();
    let kinds = Kinds::built_in();
    for field in kinds.iter().flat_map(|known| known.all_relations()) {
        for (relation, inverse) in [(&*field.relation, &*field.inverse), (&*field.inverse, &*field.relation)] {
            assert_eq!(*inverses.entry(relation).or_insert(inverse), inverse, "{relation}");
            assert_eq!(kinds.inverse(relation), Some(inverse));
        }
        for kind in field.targets.iter().chain(&field.default_kind) {
            let reference = EntityRef::new(kind, "default", "x").expect("a kind");
            assert_eq!(reference.kind(), *kind, "kinds of references are in lower case");
            assert!(kinds.find(kind).is_some(), "{kind}");
        }
    }
}

#[test]
fn every_required_field_has_an_example() {
    for known in Kinds::built_in().iter() {
        let Spec::Fields { fields, by_type } = &known.spec else { panic!("{} is built in", known.name) };
        let by_type = by_type.iter().flat_map(|rule| rule.fields);
        for field in fields.iter().chain(by_type).filter(|field| field.required) {
            assert!(!field.example.is_empty(), "{}.{}", known.name, field.name);
        }
    }
}

/// Wants a number of nodes.
struct Nodes;

impl SpecRule for Nodes {
    fn check(&self, spec: &Value) -> Vec<(String, String)> {
        if spec["nodes"].is_u64() {
            Vec::new()
        } else {
            vec![("/nodes".to_owned(), "`spec.nodes` is no number.".to_owned())]
        }
    }
}

fn cluster() -> Kind {
    let field = |path: &str, relation: &str, inverse: &str| RelationField {
        path: path.to_owned(),
        relation: relation.into(),
        inverse: inverse.into(),
        default_kind: Some("region".to_owned()),
        targets: vec!["region".to_owned()],
        others: Others::Refused,
        many: false,
        required: false,
    };
    Kind {
        name: "Cluster".to_owned(),
        plural: "clusters".to_owned(),
        title: "Cluster".to_owned(),
        title_plural: "Clusters".to_owned(),
        description: String::new(),
        api_versions: vec!["example.com/v1".to_owned()],
        spec: Spec::Rule(Arc::new(Nodes)),
        relations: vec![
            RelationField { required: true, ..field("placement.region", "runsIn", "hosts") },
            RelationField { many: true, ..field("pools.region", "reaches", "reachedFrom") },
        ],
    }
}

fn judge(spec: Value) -> Result<Vec<String>, Vec<String>> {
    let mut kinds = Kinds::built_in().clone();
    kinds.add(Arc::new(cluster())).expect("it fits");
    let document = json!({
        "apiVersion": "example.com/v1", "kind": "Cluster", "metadata": { "name": "one" }, "spec": spec,
    });
    match Entity::judge(document, &kinds) {
        Ok(entity) => {
            let relations = entity.relations().into_iter();
            Ok(relations.map(|it| format!("{} {} {}", it.from, it.relation, it.to)).collect())
        }
        Err(violations) => Err(violations.into_iter().map(|it| format!("{} {}", it.path, it.message)).collect()),
    }
}

#[test]
fn a_kind_that_is_added_is_judged_by_its_rule_and_its_relations() {
    let spec = json!({ "nodes": 3, "placement": { "region": "eu" }, "pools": [{ "region": ["us", "asia"] }, {}] });
    assert_eq!(
        judge(spec),
        Ok(vec![
            "cluster:default/one reaches region:default/asia".to_owned(),
            "cluster:default/one reaches region:default/us".to_owned(),
            "cluster:default/one runsIn region:default/eu".to_owned(),
            "region:default/asia reachedFrom cluster:default/one".to_owned(),
            "region:default/eu hosts cluster:default/one".to_owned(),
            "region:default/us reachedFrom cluster:default/one".to_owned(),
        ])
    );
    for (spec, sentence) in [
        (json!({ "placement": { "region": "eu" } }), "/spec/nodes `spec.nodes` is no number."),
        (
            json!({ "nodes": 1, "placement": {} }),
            "/spec/placement/region `spec.placement.region` is missing, and a Cluster needs it. Name the kind `region`.",
        ),
        (
            json!({ "nodes": 1, "placement": { "region": "api:x" } }),
            "/spec/placement/region `spec.placement.region` names `api:default/x`, where the kind `region` is expected.",
        ),
        (
            json!({ "nodes": 1, "placement": { "region": ["a", "b"] } }),
            "/spec/placement/region `spec.placement.region` names 2 entities, where one is expected.",
        ),
    ] {
        assert_eq!(judge(spec), Err(vec![sentence.to_owned()]));
    }
}

#[test]
fn a_kind_that_does_not_fit_the_others_is_refused() {
    let taken = Kind { name: "component".to_owned(), ..cluster() };
    let turned = Kind {
        relations: vec![RelationField { relation: "ownedBy".into(), ..cluster().relations.remove(0) }],
        ..cluster()
    };
    for (kind, sentence) in [
        (taken, "there is the kind `Component` (components) already; give the new one a name and a plural of its own"),
        (
            turned,
            "the relation `ownedBy` leads back as `ownerOf` everywhere else, and here as `hosts`; write `inverse: ownerOf`, \
             or name the relation otherwise",
        ),
    ] {
        let error = Kinds::built_in().clone().add(Arc::new(kind)).expect_err(sentence);
        assert_eq!(error.to_string(), sentence);
    }
}
