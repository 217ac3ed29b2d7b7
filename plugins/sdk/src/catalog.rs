//! What the plugin may read of the catalog: entities of the kinds that its manifest asks for and the operator granted.
//!
//! ```no_run
//! use portico_sdk::{Result, catalog};
//!
//! fn names() -> Result<Vec<String>> {
//!     let services = catalog::search().filter("kind=component,spec.type=service").fields(["metadata.name"]);
//!     services.all().map(|entity| Ok(entity?["metadata"]["name"].to_string())).collect()
//! }
//! ```

use std::collections::VecDeque;

use portico_model::EntityRef;
use serde_json::Value;

use crate::error::Result;
use crate::host::catalog as host;
use crate::reference;

/// Entities of one page, unless a plugin says otherwise: few enough that a page of large ones is one call's worth of memory.
const PAGE: u32 = 200;

/// An entity as the catalog serves it, with its relations and facts; none if there is none, or if its kind may not be read.
pub fn get(entity: &EntityRef) -> Result<Option<Value>> {
    let found = host::get(&reference::outwards(entity))?;
    Ok(found.map(|entity| serde_json::from_str(&entity)).transpose()?)
}

/// A question to the catalog, which everything matches as long as nothing is said.
pub fn search() -> Search {
    Search {
        query: host::Query {
            filters: Vec::new(),
            text: None,
            order: Vec::new(),
            fields: Vec::new(),
            limit: PAGE,
            cursor: None,
        },
    }
}

/// A question that is being put together.
#[derive(Clone, Debug)]
pub struct Search {
    query: host::Query,
}

/// A part of what matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The entities.
    pub entities: Vec<Value>,
    /// How many match in all.
    pub total: u64,
    /// Asks for the page after this one, see [`Search::from`]; none if this is the last.
    pub next: Option<String>,
}

impl Search {
    /// One set of conditions joined by AND, such as `kind=component,spec.type=service`. Several sets are joined by OR.
    #[must_use]
    pub fn filter(mut self, conditions: impl Into<String>) -> Search {
        self.query.filters.push(conditions.into());
        self
    }

    /// What people type into the catalog's field, such as `owner:payments facts.ci.passed:false`; it narrows the filters.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Search {
        self.query.text = Some(text.into());
        self
    }

    /// The least of a field first.
    #[must_use]
    pub fn ascending(self, field: impl Into<String>) -> Search {
        self.order(field.into(), false)
    }

    /// The greatest of a field first.
    #[must_use]
    pub fn descending(self, field: impl Into<String>) -> Search {
        self.order(field.into(), true)
    }

    /// Paths to keep of each entity, such as `metadata.name`.
    #[must_use]
    pub fn fields<T: Into<String>>(mut self, fields: impl IntoIterator<Item = T>) -> Search {
        self.query.fields.extend(fields.into_iter().map(Into::into));
        self
    }

    /// At most so many entities of a page, up to 1,000.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Search {
        self.query.limit = limit;
        self
    }

    /// Goes on behind a page.
    #[must_use]
    pub fn from(mut self, next: impl Into<String>) -> Search {
        self.query.cursor = Some(next.into());
        self
    }

    /// One page.
    pub fn page(&self) -> Result<Page> {
        let host::Page { entities, total, next } = host::search(&self.query)?;
        let entities = entities.iter().map(|entity| serde_json::from_str(entity)).collect::<serde_json::Result<_>>()?;
        Ok(Page { entities, total, next })
    }

    /// How many match.
    pub fn count(mut self) -> Result<u64> {
        self.query.limit = 1;
        Ok(self.page()?.total)
    }

    /// Everything that matches, page by page as it is asked for. After an error there is nothing more.
    pub fn all(self) -> All {
        All { search: Some(self), page: VecDeque::new() }
    }

    fn order(mut self, field: String, descending: bool) -> Search {
        self.query.order.push(host::Order { field, descending });
        self
    }
}

/// Everything that matches.
#[derive(Clone, Debug)]
pub struct All {
    /// The question after the next page; none behind the last.
    search: Option<Search>,
    page: VecDeque<Value>,
}

impl Iterator for All {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        loop {
            if let Some(entity) = self.page.pop_front() {
                return Some(Ok(entity));
            }
            let search = self.search.take()?;
            match search.page() {
                Ok(Page { entities, next, .. }) => {
                    self.page = entities.into();
                    self.search = next.map(|next| search.from(next));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::entity::Entity;
    use crate::testing::Portal;

    fn portal() -> Portal {
        let component = |name: &str, kind: &str| Entity::component(name).of_type(kind).spec("rank", name.len());
        Portal::new()
            .entity(component("a", "service"))
            .entity(component("bb", "website"))
            .entity(component("ccc", "service"))
            .entity(Entity::system("shop"))
    }

    #[test]
    fn all_pages_are_walked_one_after_the_other() {
        let names = portal().run(|| {
            let search = search().filter("kind=component").descending("spec.rank").fields(["metadata.name"]).limit(2);
            let page = search.page().expect("a page");
            assert_eq!((page.entities.len(), page.total, page.next.is_some()), (2, 3, true));
            search.all().collect::<Result<Vec<_>>>().expect("granted")
        });
        let expected: Vec<_> = ["ccc", "bb", "a"].iter().map(|name| json!({ "metadata": { "name": name } })).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn sets_are_joined_and_narrowed() {
        portal().run(|| {
            assert_eq!(search().filter("spec.type=website").filter("kind=system").count(), Ok(2));
            assert_eq!(search().filter("kind=component").text("type:service").count(), Ok(2));
            assert_eq!(search().count(), Ok(4));
            let found = get(&EntityRef::parse("system:shop").expect("one")).expect("granted").expect("there");
            assert_eq!(found["metadata"]["name"], "shop");
            assert_eq!(get(&EntityRef::parse("system:none").expect("one")), Ok(None));
        });
    }
}
