//! Documents of the catalog, built field by field.
//!
//! ```
//! use portico_sdk::entity::Entity;
//!
//! let ledger = Entity::component("ledger")
//!     .title("Ledger")
//!     .of_type("service")
//!     .lifecycle("production")
//!     .owner("group:default/payments")
//!     .annotation("acme.example/tier", "1")
//!     .tag("java")
//!     .link("https://wiki.acme.example/ledger", "Handbook")
//!     .spec("dependsOn", ["resource:default/ledger-db"]);
//! assert_eq!(ledger.reference()?.as_str(), "component:default/ledger");
//! # Ok::<(), portico_sdk::Error>(())
//! ```
//!
//! What is built is handed to [`Session::put`](crate::Session::put) as it is, or made a JSON value. Whether it keeps the rules of its
//! kind the portal judges; a test asks [`Entity::faults`].

use portico_model::{DEFAULT_NAMESPACE, EntityRef, Kinds};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};

/// The `apiVersion` of the kinds that every portal has.
const BUILT_IN: &str = "backstage.io/v1alpha1";

/// A document of the catalog.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    api_version: String,
    kind: String,
    metadata: Map<String, Value>,
    spec: Map<String, Value>,
}

impl Entity {
    /// A document of any kind.
    pub fn new(api_version: impl Into<String>, kind: impl Into<String>, name: impl Into<String>) -> Entity {
        let metadata = Map::from_iter([("name".to_owned(), Value::from(name.into()))]);
        Entity { api_version: api_version.into(), kind: kind.into(), metadata, spec: Map::new() }
    }

    /// A piece of software. It needs a type, a lifecycle and an owner.
    pub fn component(name: impl Into<String>) -> Entity {
        Entity::new(BUILT_IN, "Component", name)
    }

    /// An interface. It needs a type, a lifecycle, an owner and a `definition`.
    pub fn api(name: impl Into<String>) -> Entity {
        Entity::new(BUILT_IN, "API", name)
    }

    /// Infrastructure. It needs a type and an owner.
    pub fn resource(name: impl Into<String>) -> Entity {
        Entity::new(BUILT_IN, "Resource", name)
    }

    /// What serves one purpose together. It needs an owner.
    pub fn system(name: impl Into<String>) -> Entity {
        Entity::new(BUILT_IN, "System", name)
    }

    /// An area of business. It needs an owner.
    pub fn domain(name: impl Into<String>) -> Entity {
        Entity::new(BUILT_IN, "Domain", name)
    }

    /// A team or a unit, without units below it; `children` names those. It needs a type.
    pub fn group(name: impl Into<String>) -> Entity {
        Entity::new(BUILT_IN, "Group", name).spec("children", Value::Array(Vec::new()))
    }

    /// A person, in no group; `memberOf` names those.
    pub fn user(name: impl Into<String>) -> Entity {
        Entity::new(BUILT_IN, "User", name).spec("memberOf", Value::Array(Vec::new()))
    }

    /// In another namespace than `default`.
    #[must_use]
    pub fn namespace(self, namespace: impl Into<String>) -> Entity {
        self.metadata("namespace", namespace.into())
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self, title: impl Into<String>) -> Entity {
        self.metadata("title", title.into())
    }

    /// What it is, in a sentence.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Entity {
        self.metadata("description", description.into())
    }

    /// With one more label.
    #[must_use]
    pub fn label(self, key: impl Into<String>, value: impl Into<String>) -> Entity {
        self.within("labels", key.into(), value.into())
    }

    /// With one more annotation.
    #[must_use]
    pub fn annotation(self, key: impl Into<String>, value: impl Into<String>) -> Entity {
        self.within("annotations", key.into(), value.into())
    }

    /// With one more tag.
    #[must_use]
    pub fn tag(self, tag: impl Into<String>) -> Entity {
        self.among("tags", tag.into().into())
    }

    /// With one more link.
    #[must_use]
    pub fn link(self, url: impl Into<String>, title: impl Into<String>) -> Entity {
        self.among("links", json!({ "url": url.into(), "title": title.into() }))
    }

    /// Any field of `metadata`.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Entity {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// `spec.type`, such as `service`.
    #[must_use]
    pub fn of_type(self, kind: impl Into<String>) -> Entity {
        self.spec("type", kind.into())
    }

    /// `spec.lifecycle`, such as `production`.
    #[must_use]
    pub fn lifecycle(self, lifecycle: impl Into<String>) -> Entity {
        self.spec("lifecycle", lifecycle.into())
    }

    /// Who owns it, such as `group:default/payments`.
    #[must_use]
    pub fn owner(self, owner: impl Into<String>) -> Entity {
        self.spec("owner", owner.into())
    }

    /// The system that it is part of.
    #[must_use]
    pub fn part_of(self, system: impl Into<String>) -> Entity {
        self.spec("system", system.into())
    }

    /// Any field of `spec`.
    #[must_use]
    pub fn spec(mut self, key: impl Into<String>, value: impl Into<Value>) -> Entity {
        self.spec.insert(key.into(), value.into());
        self
    }

    /// Its name in the catalog.
    pub fn reference(&self) -> Result<EntityRef> {
        let text = |key: &str| self.metadata.get(key).and_then(Value::as_str);
        let reference = EntityRef::new(
            &self.kind,
            text("namespace").unwrap_or(DEFAULT_NAMESPACE),
            text("name").unwrap_or_default(),
        );
        reference.map_err(|error| Error::Invalid(error.to_string()))
    }

    /// What is wrong with it by the kinds that every portal has, each with its place; what a portal says of kinds of its own, only
    /// [`check`](crate::check) knows.
    pub fn faults(&self) -> Vec<String> {
        let judged = portico_model::Entity::judge(self.into(), Kinds::built_in());
        let broken = judged.err().unwrap_or_default().into_iter();
        broken.map(|violation| format!("{}: {}", violation.path, violation.message)).collect()
    }

    fn within(mut self, field: &str, key: String, value: String) -> Entity {
        let map = self.metadata.entry(field).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(map) = map {
            map.insert(key, value.into());
        }
        self
    }

    fn among(mut self, field: &str, value: Value) -> Entity {
        if let Value::Array(list) = self.metadata.entry(field).or_insert_with(|| Value::Array(Vec::new())) {
            list.push(value);
        }
        self
    }
}

impl From<&Entity> for Value {
    fn from(entity: &Entity) -> Value {
        entity.clone().into()
    }
}

impl From<Entity> for Value {
    fn from(Entity { api_version, kind, metadata, spec }: Entity) -> Value {
        json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec })
    }
}

impl Serialize for Entity {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        Value::from(self).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_with_its_needs_keeps_the_rules() {
        let owned = |entity: Entity| entity.owner("team-a");
        let built = [
            owned(Entity::component("a").of_type("service").lifecycle("production").part_of("shop")).tag("x").tag("y"),
            owned(Entity::api("a").of_type("openapi").lifecycle("production").spec("definition", "{}")),
            owned(Entity::resource("a").of_type("database")).label("a/b", "c").annotation("d/e", "f"),
            owned(Entity::system("a")).link("https://x.test/", "X"),
            owned(Entity::domain("a")).namespace("other").title("A").description("The first."),
            Entity::group("a").of_type("team"),
            Entity::user("a"),
        ];
        for entity in built {
            assert_eq!(entity.faults(), Vec::<String>::new(), "{entity:?}");
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_place() {
        let faults = Entity::component("a b").owner("team-a").faults();
        let places: Vec<_> = faults.iter().filter_map(|fault| fault.split_once(": ")).map(|(place, _)| place).collect();
        assert!(
            ["/metadata/name", "/spec/type", "/spec/lifecycle"].iter().all(|place| places.contains(place)),
            "{faults:?}"
        );
    }

    #[test]
    fn a_document_is_written_as_authors_write_it() {
        let text = serde_json::to_string(&Entity::user("ada").namespace("it")).expect("JSON");
        assert_eq!(
            text,
            r#"{"apiVersion":"backstage.io/v1alpha1","kind":"User","metadata":{"name":"ada","namespace":"it"},"spec":{"memberOf":[]}}"#
        );
    }
}
