//! How far the properties of a plugin's kinds look.
//!
//! Rule: they look at entities of the kinds that the plugin may read, so that no kind brings its plugin what it was not granted.

use portico_api_types::KindDeclaration;
use portico_manifest::KindPattern;

/// The same kinds, whose properties look no further than at these.
pub(super) fn within(mut kinds: Vec<KindDeclaration>, readable: &[KindPattern]) -> Vec<KindDeclaration> {
    if readable.contains(&KindPattern::Any) {
        return kinds;
    }
    let may_read: Vec<String> = readable.iter().map(|kind| format!("kind:{kind}")).collect();
    let may_read = may_read.join(" or ");
    for property in kinds.iter_mut().flat_map(|kind| &mut kind.properties) {
        let lookup = property.lookup.as_mut().map(|lookup| &mut lookup.condition);
        let count = property.count.as_mut().map(|count| &mut count.condition);
        let numbers = [&mut property.sum, &mut property.average, &mut property.minimum, &mut property.maximum];
        let numbers = numbers.into_iter().filter_map(|value| Some(&mut value.as_mut()?.condition));
        for condition in lookup.into_iter().chain(count).chain(numbers) {
            *condition = Some(match condition.take() {
                Some(own) => format!("({may_read}) ({own})"),
                None => may_read.clone(),
            });
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use portico_catalog::{Catalog, Mode, Origin};
    use portico_model::EntityRef;
    use serde_json::{Value, json};

    use super::*;

    /// The properties of a widget whose team has an address.
    fn properties(readable: &[&str]) -> Value {
        let catalog = Catalog::in_memory().unwrap();
        let kind = json!({
            "name": "Widget",
            "apiVersions": ["acme.test/v1"],
            "relations": [{ "field": "owner", "relation": "ownedBy", "inverse": "ownerOf", "defaultKind": "group" }],
            "properties": [
                { "name": "address", "lookup": { "along": "ownedBy", "path": "spec.profile.email" } },
                { "name": "named", "lookup": { "along": "ownedBy", "path": "metadata.name", "where": "name:team or name:x" } },
                { "name": "owners", "count": { "along": "ownedBy" } },
                { "name": "size", "sum": { "along": "ownedBy", "path": "spec.size" } },
            ],
        });
        let readable: Vec<KindPattern> = readable.iter().map(|kind| kind.parse().unwrap()).collect();
        let origin = portico_api_types::KindOrigin::Plugin { plugin: "widgets".to_owned() };
        let kinds = within(vec![serde_json::from_value(kind).unwrap()], &readable);
        catalog.replace_kinds(&origin, kinds).unwrap();
        let mut session = catalog.session("test", "all", Mode::Full).unwrap();
        for document in [
            json!({ "apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": { "name": "team" }, "spec": { "type": "team", "children": [], "size": 3, "profile": { "email": "a@acme.test" } } }),
            json!({ "apiVersion": "acme.test/v1", "kind": "Widget", "metadata": { "name": "w" }, "spec": { "owner": "team" } }),
        ] {
            session.put(&document.to_string(), Origin { file: "a".into(), line: 1, url: None, parent: None }).unwrap();
        }
        session.commit(None).unwrap();
        let widget = catalog.entity(&EntityRef::parse("widget:default/w").unwrap()).unwrap().unwrap();
        serde_json::from_slice::<Value>(&widget).unwrap()["properties"].take()
    }

    #[test]
    fn a_property_looks_at_kinds_alone_that_its_plugin_may_read() {
        let all = json!({ "address": "a@acme.test", "named": "team", "owners": 1, "size": 3 });
        for readable in [&["*"][..], &["Group"], &["Widget", "Group"]] {
            assert_eq!(properties(readable), all, "{readable:?}");
        }
        assert_eq!(properties(&["Widget"]), json!({ "owners": 0, "size": 0 }));
    }
}
