//! How far the properties of a plugin's kinds look.
//!
//! Rule: they look at entities of the kinds that the plugin may read, so that no kind brings its plugin what it was not granted.

use portico_api_types::KindDeclaration;
use portico_manifest::KindPattern;

/// The same kinds, whose properties look no further than at these.
pub(super) fn within(mut kinds: Vec<KindDeclaration>, readable: &[KindPattern]) -> Vec<KindDeclaration> {
    let is_any = readable.contains(&KindPattern::Any);
    let reach = (!is_any).then(|| readable.iter().map(ToString::to_string).collect::<Vec<_>>());
    kinds.iter_mut().for_each(|kind| kind.reach.clone_from(&reach));
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
                { "name": "through", "lookup": { "along": "ownedBy.parentOf", "path": "metadata.name" } },
            ],
            "reach": ["group", "api", "domain"],
        });
        let readable: Vec<KindPattern> = readable.iter().map(|kind| kind.parse().unwrap()).collect();
        let origin = portico_api_types::KindOrigin::Plugin { plugin: "widgets".to_owned() };
        let kinds = within(vec![serde_json::from_value(kind).unwrap()], &readable);
        catalog.replace_kinds(&origin, kinds).unwrap();
        let mut session = catalog.session("test", "all", Mode::Full).unwrap();
        for document in [
            json!({ "apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": { "name": "team" }, "spec": { "type": "team", "children": ["below"], "size": 3, "profile": { "email": "a@acme.test" } } }),
            json!({ "apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": { "name": "below" }, "spec": { "type": "team", "children": [] } }),
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
        let all = json!({ "address": "a@acme.test", "named": "team", "owners": 1, "size": 3, "through": "below" });
        for readable in [&["*"][..], &["Group"], &["Widget", "Group"]] {
            assert_eq!(properties(readable), all, "{readable:?}");
        }
        assert_eq!(properties(&["Widget"]), json!({ "owners": 0, "size": 0 }));
    }

    #[test]
    fn a_way_does_not_lead_through_what_may_not_be_read() {
        let catalog = Catalog::in_memory().unwrap();
        let kind = json!({
            "name": "Widget",
            "apiVersions": ["acme.test/v1"],
            "relations": [{ "field": "looksAt", "relation": "looksAt", "inverse": "seenBy", "defaultKind": "component" }],
            "properties": [{ "name": "owner", "lookup": { "along": "looksAt.ownedBy", "path": "metadata.name" } }],
        });
        let read = |readable: &[&str]| {
            let readable: Vec<KindPattern> = readable.iter().map(|kind| kind.parse().unwrap()).collect();
            let origin = portico_api_types::KindOrigin::Plugin { plugin: "widgets".to_owned() };
            let kinds = within(vec![serde_json::from_value(kind.clone()).unwrap()], &readable);
            catalog.replace_kinds(&origin, kinds).unwrap();
            let widget = catalog.entity(&EntityRef::parse("widget:default/w").unwrap()).unwrap().unwrap();
            serde_json::from_slice::<Value>(&widget).unwrap()["properties"]["owner"].take()
        };
        let origin = portico_api_types::KindOrigin::Plugin { plugin: "widgets".to_owned() };
        catalog.replace_kinds(&origin, vec![serde_json::from_value(kind.clone()).unwrap()]).unwrap();
        let mut session = catalog.session("test", "all", Mode::Full).unwrap();
        for document in [
            json!({ "apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": { "name": "team" }, "spec": { "type": "team", "children": [] } }),
            json!({ "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": { "name": "hidden" }, "spec": { "type": "service", "lifecycle": "production", "owner": "team" } }),
            json!({ "apiVersion": "acme.test/v1", "kind": "Widget", "metadata": { "name": "w" }, "spec": { "looksAt": "hidden" } }),
        ] {
            session.put(&document.to_string(), Origin { file: "a".into(), line: 1, url: None, parent: None }).unwrap();
        }
        session.commit(None).unwrap();
        assert_eq!(read(&["Group"]), Value::Null, "the component says who owns it, and may not be read");
        assert_eq!(read(&["Group", "Component"]), "team");
    }
}
