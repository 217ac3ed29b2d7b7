//! Entities that say of themselves which repository they come from, by an annotation.
//!
//! Rule: a run, which looks at all repositories, asks for all of them at once; a webhook asks for those of its repository alone.

use std::collections::{BTreeMap, BTreeSet};

use portico_sdk::catalog::{self, Search};
use portico_sdk::model::{EntityRef, MANAGED_BY_LOCATION, SOURCE_LOCATION, reference_of};
use portico_sdk::{Error, Result};
use serde_json::Value;

use crate::settings::Forge;
use crate::site::project;

/// Bytes of an address that the catalog is asked for in ten spellings.
const LONGEST: usize = 180;

/// Entities by the repositories that they name, in lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Annotated(BTreeMap<String, BTreeSet<EntityRef>>);

impl Annotated {
    /// Everything in the catalog that names a repository of a forge. Without the grant to read, only what descriptors describe is told of
    /// its repository.
    pub(crate) fn of(forge: &Forge) -> Result<Annotated> {
        let keys = keys(forge);
        Annotated::found(forge, keys.iter().fold(catalog::search(), |search, key| search.filter(key.as_str())))
    }

    /// Everything that names one repository. The catalog looks it up, so that it costs what there is of it, however much else there is.
    pub(crate) fn with_project(forge: &Forge, name: &str) -> Result<Annotated> {
        let page = format!("{}/{name}", forge.web());
        // What the catalog's query language would take for something else is in no name of a forge; and of what is longer it has no index.
        if page.len() > LONGEST || page.contains(|sign: char| sign.is_whitespace() || "()\",*".contains(sign)) {
            return Annotated::of(forge);
        }
        let [slug, source] = keys(forge);
        let slugs = ["", "/"].map(|before| format!("{before}{name},{before}{name}/")).join(",");
        let ends = ["", ".git*", "/*", "?*", "#*"];
        let pages: Vec<String> =
            ["url:", ""].iter().flat_map(|before| ends.map(|end| format!("{before}{page}{end}"))).collect();
        let search = catalog::search().text(format!("{slug}:{slugs} or {source}:{}", pages.join(",")));
        let mut found = Annotated::found(forge, search)?;
        found.0.retain(|named, _| *named == name.to_lowercase());
        Ok(found)
    }

    fn found(forge: &Forge, search: Search) -> Result<Annotated> {
        let keys = keys(forge);
        let origin = format!("metadata.annotations.{MANAGED_BY_LOCATION}");
        let fields = ["kind", "metadata.namespace", "metadata.name", &origin];
        let fields = fields.into_iter().chain(keys.iter().map(String::as_str));
        let mut found = Annotated::default();
        for entity in search.fields(fields).limit(1_000).all() {
            match entity {
                Ok(entity) => found.note(forge, &entity),
                Err(Error::Denied(_)) => return Ok(Annotated::default()),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Notes whom an entity names. What the repository describes itself is told of it anyway.
    fn note(&mut self, forge: &Forge, entity: &Value) {
        let (Some(reference), Some(named)) = (reference_of(entity), named(forge, entity)) else { return };
        let named = named.to_lowercase();
        let origin = address(entity, MANAGED_BY_LOCATION).and_then(|address| project(forge, address));
        let is_its_own =
            origin.is_some_and(|origin| origin.to_lowercase() == named) || reference.kind() == "repository";
        if !is_its_own {
            self.0.entry(named).or_default().insert(reference);
        }
    }

    /// Who names a repository.
    pub(crate) fn with(&self, project: &str) -> BTreeSet<EntityRef> {
        self.0.get(&project.to_lowercase()).cloned().unwrap_or_default()
    }
}

/// The repository that an entity says it comes from.
fn named(forge: &Forge, entity: &Value) -> Option<String> {
    let source = address(entity, SOURCE_LOCATION);
    let slug = address(entity, forge.dialect().annotation()).map(|slug| slug.trim_matches('/').to_owned());
    let origins = [source, address(entity, MANAGED_BY_LOCATION)];
    let slug = slug.filter(|slug| forge.inner(slug).is_some() && forge.among.is_meant(&forge.web(), &origins));
    slug.or_else(|| project(forge, source?))
}

/// What an annotation says.
fn address<'a>(entity: &'a Value, key: &str) -> Option<&'a str> {
    let written = entity["metadata"]["annotations"][key].as_str()?;
    Some(written.strip_prefix("url:").unwrap_or(written))
}

/// The annotations that name a repository, as the catalog asks for them.
fn keys(forge: &Forge) -> [String; 2] {
    [forge.dialect().annotation(), SOURCE_LOCATION].map(|key| format!("metadata.annotations.{key}"))
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;
    use serde_json::json;

    use super::*;
    use crate::testing::acme;

    fn entity(name: &str, key: &str, value: &str) -> Value {
        json!({ "kind": "Component", "metadata": { "name": name, "annotations": { key: value } } })
    }

    #[test]
    fn one_repository_is_looked_up_with_the_same_result_as_among_all() {
        let (slug, source) = ("github.com/project-slug", "backstage.io/source-location");
        let page = "https://github.com/acme/ledger";
        let named = [
            entity("a", slug, "Acme/Ledger"),
            entity("b", slug, "/acme/ledger/"),
            entity("c", source, &format!("url:{page}/tree/main/api/")),
            entity("d", source, &format!("url:{page}")),
            entity("e", source, &format!("{page}.git")),
            entity("f", source, &format!("url:{page}/")),
        ];
        let others = [
            entity("g", slug, "acme/ledger-x"),
            entity("h", slug, "umbrella/ledger"),
            entity("i", source, &format!("url:{page}-x/tree/main/")),
            entity("j", source, "url:https://github.other/acme/ledger/"),
            entity("k", "other", "acme/ledger"),
        ];
        let portal = named.iter().chain(&others).fold(Portal::new(), |portal, entity| portal.entity(entity.clone()));
        let (forge, expected) = (acme(), named.iter().filter_map(reference_of).collect::<BTreeSet<_>>());
        let all = portal.run(|| Annotated::of(&forge)).expect("granted");
        assert_eq!(all.with("acme/ledger"), expected);
        assert_eq!(all.0.len(), 2, "and the one beside it");
        let one = portal.run(|| Annotated::with_project(&forge, "acme/Ledger")).expect("granted");
        assert_eq!((one.with("acme/ledger"), one.0.len()), (expected, 1));
    }

    #[test]
    fn a_name_that_no_query_can_hold_is_looked_for_among_all() {
        let portal = Portal::new().entity(entity("a", "github.com/project-slug", "acme/a, b"));
        let one = portal.run(|| Annotated::with_project(&acme(), "acme/a, b")).expect("granted");
        assert_eq!(one.with("acme/a, b").len(), 1);
    }
}
