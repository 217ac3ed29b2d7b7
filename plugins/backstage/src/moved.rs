//! What an entity of another portal is here: its document in its namespace, with where it came from in annotations.
//!
//! Rule: what an author wrote comes along as it is; what the other portal made of it does not (relations, status, facts, identifiers),
//! since this one makes its own. Where an entity was written down at first stays with it over any number of portals.

use portico_sdk::model::{
    DEFAULT_NAMESPACE, EDIT_URL, EntityRef, Filter, MANAGED_BY_LOCATION, MANAGED_BY_ORIGIN_LOCATION, ORPHAN,
    SOURCE_LOCATION, VIEW_URL, rows,
};
use portico_sdk::{Origin, Put};
use serde_json::{Map, Value, json};

use crate::api::segment;
use crate::chain::{Chain, Loop, THROUGH};
use crate::references;
use crate::settings::Portal;

/// The name of the portal, as it is called here, from which an entity comes.
pub(crate) const FROM: &str = "portico.dev/federated-from";

/// What the entity is called there.
pub(crate) const ENTITY: &str = "portico.dev/federated-entity";

/// Where the portal that read it first had it from.
pub(crate) const LOCATION: &str = "portico.dev/federated-location";

/// Annotations that speak of the other portal's own affairs.
const ITS_OWN: [&str; 6] = [MANAGED_BY_LOCATION, MANAGED_BY_ORIGIN_LOCATION, ORPHAN, FROM, ENTITY, THROUGH];

/// Annotations whose values are followed by who looks at the entity.
const FOLLOWED: [&str; 2] = [VIEW_URL, EDIT_URL];

/// The way from a portal to here.
pub(crate) struct Way<'a> {
    pub portal: &'a Portal,
    /// What is left out.
    pub excluded: Option<Filter>,
    /// What the other portal is called among portals.
    pub other: Option<&'a str>,
    /// What this one is called.
    pub own: &'a str,
}

/// What becomes of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// It comes in, under this reference.
    Here(EntityRef, Put),
    /// It is of a kind that is not taken over, or left out by the settings.
    Unwanted,
    /// It was here before, or goes in circles.
    Back(Loop),
}

impl Way<'_> {
    /// What becomes of an entity, as the other portal serves it.
    pub(crate) fn moved(&self, there: &EntityRef, entity: Value) -> Moved {
        let is_out = !self.portal.takes(there.kind());
        if is_out || self.excluded.as_ref().is_some_and(|excluded| excluded.matches(&rows(&entity))) {
            return Moved::Unwanted;
        }
        let passed = entity["metadata"]["annotations"][THROUGH].as_str().unwrap_or_default();
        let chain = match Chain::parse(passed).on(self.other, self.own) {
            Ok(chain) => chain,
            Err(which) => return Moved::Back(which),
        };
        let Some(here) = self.reference(there) else { return Moved::Unwanted };
        let Value::Object(mut entity) = entity else { return Moved::Unwanted };
        references::rewrite(&mut entity, &self.portal.namespace);
        let document = self.document(there, &here, entity, &chain);
        let origin = Origin { file: there.as_str().to_owned(), line: 1, url: Some(self.page(there)), parent: None };
        Moved::Here(here, Put { document, origin })
    }

    /// What an entity is called here.
    pub(crate) fn reference(&self, there: &EntityRef) -> Option<EntityRef> {
        EntityRef::new(there.kind(), &self.portal.namespace.of(there.namespace()), there.name()).ok()
    }

    fn document(&self, there: &EntityRef, here: &EntityRef, mut entity: Map<String, Value>, chain: &Chain) -> String {
        let mut metadata = match entity.remove("metadata") {
            Some(Value::Object(metadata)) => metadata,
            _ => Map::new(),
        };
        for key in ["uid", "etag", "generation"] {
            metadata.shift_remove(key);
        }
        if here.namespace() != there.namespace() || here.namespace() != DEFAULT_NAMESPACE {
            metadata.insert("namespace".into(), here.namespace().into());
        }
        let annotations = match metadata.remove("annotations") {
            Some(Value::Object(annotations)) => annotations,
            _ => Map::new(),
        };
        metadata.insert("annotations".into(), Value::Object(self.annotations(there, annotations, chain)));
        let mut document = Map::new();
        for key in ["apiVersion", "kind"] {
            document.extend(entity.remove(key).map(|value| (key.to_owned(), value)));
        }
        document.insert("metadata".into(), Value::Object(metadata));
        document.extend(entity.remove("spec").map(|spec| ("spec".to_owned(), spec)));
        Value::Object(document).to_string()
    }

    fn annotations(&self, there: &EntityRef, mut known: Map<String, Value>, chain: &Chain) -> Map<String, Value> {
        let location =
            known.get(LOCATION).or_else(|| known.get(MANAGED_BY_LOCATION)).filter(|one| one.is_string()).cloned();
        for key in ITS_OWN {
            known.shift_remove(key);
        }
        // What a browser would run is no address.
        let is_page =
            |value: &Value| value.as_str().is_some_and(|url| url.starts_with("https://") || url.starts_with("http://"));
        for key in FOLLOWED {
            if known.get(key).is_some_and(|value| !is_page(value)) {
                known.shift_remove(key);
            }
        }
        if known.get(SOURCE_LOCATION).and_then(Value::as_str).is_some_and(|source| !source.starts_with("url:http")) {
            known.shift_remove(SOURCE_LOCATION);
        }
        known.entry(VIEW_URL).or_insert_with(|| self.page(there).into());
        let url = &self.portal.url;
        let (kind, namespace, name) = (segment(there.kind()), segment(there.namespace()), segment(there.name()));
        known.insert(
            MANAGED_BY_LOCATION.into(),
            json!(format!("url:{url}/api/catalog/entities/by-name/{kind}/{namespace}/{name}")),
        );
        known.insert(MANAGED_BY_ORIGIN_LOCATION.into(), json!(format!("url:{url}")));
        known.insert(FROM.into(), json!(self.portal.name));
        known.insert(ENTITY.into(), json!(there.as_str()));
        known.insert(THROUGH.into(), json!(chain.written()));
        known.extend(location.map(|location| (LOCATION.to_owned(), location)));
        known
    }

    /// The page of an entity in the other portal.
    fn page(&self, there: &EntityRef) -> String {
        let (namespace, kind, name) = (segment(there.namespace()), segment(there.kind()), segment(there.name()));
        format!("{}/catalog/{namespace}/{kind}/{name}", self.portal.pages())
    }
}

#[cfg(test)]
mod tests;
