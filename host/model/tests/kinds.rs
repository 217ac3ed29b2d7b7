//! The table of kinds holds together.

use std::collections::BTreeMap;

use portico_model::{EntityRef, kind, kinds};

#[test]
fn every_kind_has_names_of_its_own() {
    let names: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
    let expected =
        ["Component", "API", "Resource", "System", "Domain", "Group", "User", "Location", "Template", "AiResource"];
    assert_eq!(names, expected);
    for known in kinds() {
        assert_eq!(kind(known.name).map(|found| found.plural), Some(known.plural));
        assert_eq!(known.plural, format!("{}s", known.name.to_lowercase()));
        assert!(known.title_plural.starts_with(known.title), "{}", known.name);
        assert!(known.description.ends_with('.'), "{}", known.name);
        assert!(!known.api_versions.is_empty(), "{}", known.name);
    }
    assert!(kind("component").is_none(), "documents write kinds in their own case");
}

#[test]
fn every_relation_has_one_inverse() {
    let mut inverses = BTreeMap::new();
    for known in kinds() {
        let by_type = known.by_type.iter().flat_map(|rule| rule.relations);
        for field in known.relations.iter().chain(by_type) {
            for (relation, inverse) in [(field.relation, field.inverse), (field.inverse, field.relation)] {
                assert_eq!(*inverses.entry(relation).or_insert(inverse), inverse, "{relation}");
            }
            for kind in field.targets.iter().chain(&field.default_kind) {
                let reference = EntityRef::new(kind, "default", "x").expect("a kind");
                assert_eq!(reference.kind(), *kind, "kinds of references are in lower case");
                assert!(kinds().iter().any(|known| known.name.to_lowercase() == *kind), "{kind}");
            }
        }
    }
}

#[test]
fn every_required_field_has_an_example() {
    for known in kinds() {
        let by_type = known.by_type.iter().flat_map(|rule| rule.fields);
        for field in known.fields.iter().chain(by_type).filter(|field| field.required) {
            assert!(!field.example.is_empty(), "{}.{}", known.name, field.name);
        }
    }
}
