//! The Location entity that stands for a registered location, and leads to what is read there.

use portico_sdk::locations::Location;
use portico_sdk::model::{EntityRef, MANAGED_BY_LOCATION, MANAGED_BY_ORIGIN_LOCATION, VIEW_URL};
use portico_sdk::{Origin, Put};
use serde_json::json;

/// The Location entity of a registered location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Its name.
    pub entity: EntityRef,
    /// The location, as annotations write it.
    pub origin: String,
    /// Whether the files to begin with are files that a person named, which are descriptors whatever they look like.
    pub names_files: bool,
    /// The entity as it is handed over.
    pub put: Put,
}

impl Root {
    /// The entity of a location. `names_files` says whether its address names files rather than all that there is.
    #[must_use]
    pub fn of(location: &Location, names_files: bool) -> Root {
        let Location { kind, target, scope, entity } = location;
        let mut document = json!({
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Location",
            "metadata": {
                "namespace": entity.namespace(),
                "name": entity.name(),
                "annotations": {
                    MANAGED_BY_LOCATION: scope,
                    MANAGED_BY_ORIGIN_LOCATION: scope,
                },
            },
            "spec": { "type": kind, "target": target },
        });
        // What lies on a disk has no page.
        let url = (kind == "url").then(|| target.clone());
        if let Some(url) = &url {
            document["metadata"]["annotations"][VIEW_URL] = json!(url);
        }
        let origin = Origin { file: target.clone(), line: 1, url, parent: None };
        Root {
            entity: entity.clone(),
            origin: scope.clone(),
            names_files,
            put: Put { document: document.to_string(), origin },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_address_on_the_web_has_a_page_and_a_file_has_none() {
        for (kind, target, page) in [("url", "https://x.test/a", true), ("file", "/srv/a.yaml", false)] {
            let entity = EntityRef::parse("location:default/generated-1").expect("a reference");
            let scope = format!("{kind}:{target}");
            let location = Location { kind: kind.into(), target: target.into(), scope: scope.clone(), entity };
            let root = Root::of(&location, true);
            let document: Value = serde_json::from_str(&root.put.document).expect("JSON");
            assert_eq!(document["spec"], json!({ "type": kind, "target": target }));
            assert_eq!(document["metadata"]["annotations"][MANAGED_BY_ORIGIN_LOCATION], json!(scope));
            assert_eq!(document["metadata"]["annotations"][VIEW_URL].is_string(), page);
            assert_eq!(root.put.origin.url.is_some(), page);
        }
    }
}
