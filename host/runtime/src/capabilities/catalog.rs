//! `catalog`: what a plugin may read of the catalog.
//!
//! Rule: an entity of a kind that was not granted is as if it were not there, in pages as in counts. Where no kind was granted, the
//! answer says what would allow it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use portico_api_types::{AgentAsk, AgentReply, AgentSearch};
use portico_catalog::{Direction, Order, Position, Query, StoreError};
use portico_manifest::{CatalogRight, KindPattern};
use portico_model::{Asker, EntityRef, Fields, Filter};
use serde_json::{Value, json};

use super::books::{Told, unexpected};
use crate::bindings::portico::plugin::catalog::{self, Host, Page};
use crate::bindings::portico::plugin::types::{EntityRef as GuestRef, Error};
use crate::capabilities::handed::reference;
use crate::guest::{Call, Guest};

/// Entities of one page: as many as fit into what a call may hand over.
const PAGE: usize = 1_000;

/// Bytes of one page; what is over comes with the next.
const PAGE_BYTES: usize = 4 << 20;

/// Entities that are read at once: of the largest, what a page may have ten times over.
const PART: usize = 50;

/// Conditions, fields and words of one question.
const QUESTION: usize = 32 << 10;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for Guest {
    async fn get(&mut self, entity: GuestRef) -> Answer<Option<String>> {
        let entity = match reference(&entity) {
            Ok(entity) => entity.to_string(),
            Err(reason) => return Ok(Err(Error::Invalid(reason))),
        };
        Ok(match self.call.ask(AgentAsk::Entity { entity }).await? {
            Ok(AgentReply::Text(entity)) => Ok(entity),
            other => Err(unexpected(other)),
        })
    }

    async fn search(&mut self, query: catalog::Query) -> Answer<Page> {
        let order = query.order.into_iter().next().map(|order| (order.field, order.descending));
        let catalog::Query { filters, text, fields, limit, cursor, .. } = query;
        let question = AgentSearch { filters, text, order, fields, limit, cursor };
        Ok(match self.call.ask(AgentAsk::Search(question)).await? {
            Ok(AgentReply::Page { entities, total, next }) => Ok(Page { entities, total, next }),
            other => Err(unexpected(other)),
        })
    }
}

/// One entity, if the plugin may read its kind.
pub(super) fn entity(call: &Call, entity: &str) -> Told {
    let entity = EntityRef::parse(entity).map_err(|error| Error::Invalid(error.to_string()))?;
    if let Err(denial) = call.loaded.rights.kind(CatalogRight::Read, entity.kind()) {
        return Err(Error::Denied(call.refused(&denial)));
    }
    let found = call.catalog.entity(&entity).map_err(failed)?;
    Ok(AgentReply::Text(found.map(|json| String::from_utf8_lossy(&json).into_owned())))
}

/// Entities of kinds that the plugin may read.
pub(super) fn search(call: &Call, question: &AgentSearch) -> Told {
    // Without a kind nothing can be found, and which one is meant only the manifest says.
    if call.loaded.rights.read.is_empty() {
        let asked = call.loaded.manifest.asks.catalog.read.as_ref();
        let kind = asked.and_then(|ask| ask.kinds.first()).map_or_else(|| "*".to_owned(), ToString::to_string);
        if let Err(denial) = call.loaded.rights.kind(CatalogRight::Read, &kind) {
            return Err(Error::Denied(call.refused(&denial)));
        }
    }
    let (query, fields) = asked(call, question).map_err(Error::Invalid)?;
    let Page { entities, total, next } = page(call, &query, fields.as_ref()).map_err(failed)?;
    Ok(AgentReply::Page { entities, total, next })
}

/// A guest's question in the catalog's words, among the kinds that it may read.
fn asked(call: &Call, query: &AgentSearch) -> Result<(Query, Option<Fields>), String> {
    let texts =
        query.filters.iter().chain(&query.text).chain(&query.fields).chain(query.order.iter().map(|(field, _)| field));
    let bytes: usize = texts.map(String::len).sum();
    if bytes > QUESTION {
        return Err(format!("the question has {bytes} bytes; at most {QUESTION} are read"));
    }
    let filters: Vec<&str> = query.filters.iter().map(String::as_str).collect();
    let mut all = vec![Filter::from_query(&filters).map_err(|error| error.to_string())?];
    if let Some(text) = &query.text {
        let registry = call.catalog.registry();
        let typed = Filter::from_text(text, &Asker::default(), registry.kinds());
        all.push(typed.map_err(|error| format!("`text`, {error}"))?);
    }
    let fields: Vec<&str> = query.fields.iter().map(String::as_str).collect();
    let fields = Fields::parse(&fields).map_err(|error| error.to_string())?;
    let order = query.order.as_ref().map_or(Order::Reference, |(field, is_descending)| Order::Field {
        field: field.to_lowercase(),
        direction: if *is_descending { Direction::Descending } else { Direction::Ascending },
        keep_valueless: true,
    });
    let from = query.cursor.as_deref().map(position).transpose()?;
    // By reference a page cannot be gone on from a place, by age it can; nobody who walks all pages minds the order.
    let order = if order == Order::Reference { Order::Age } else { order };
    let limit = (query.limit as usize).clamp(1, PAGE);
    let filter = among(&call.loaded.rights.read, Filter::All(all));
    Ok((Query { filter, text: None, order, from, backwards: false, offset: 0, limit }, fields))
}

/// A question to entities of the kinds that may be read, and along relations to no others.
fn among(kinds: &[KindPattern], filter: Filter) -> Filter {
    if kinds.contains(&KindPattern::Any) {
        return filter;
    }
    let readable = kinds.iter().map(|kind| kind.to_string().to_lowercase()).collect();
    filter.among(&Filter::In("kind".to_owned(), readable))
}

/// A page, gathered in small parts so that large entities end it early.
fn page(call: &Call, query: &Query, fields: Option<&Fields>) -> Result<Page, StoreError> {
    let mut part = query.clone();
    let mut found = Page { entities: Vec::new(), total: 0, next: None };
    let mut bytes = 0;
    loop {
        part.limit = PART.min(query.limit - found.entities.len());
        let read = call.catalog.query(&part)?;
        found.total = read.total;
        for json in read.items {
            bytes += json.len();
            found.entities.push(match fields {
                None => String::from_utf8_lossy(&json).into_owned(),
                Some(fields) => fields.project(&serde_json::from_slice::<Value>(&json).unwrap_or_default()).to_string(),
            });
        }
        let Some(last) = read.last.filter(|_| read.more) else { return Ok(found) };
        if bytes >= PAGE_BYTES || found.entities.len() >= query.limit {
            found.next = Some(cursor(&last));
            return Ok(found);
        }
        part.from = Some(last);
    }
}

/// A place as a guest carries it.
fn cursor(position: &Position) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json!([position.value, position.id]).to_string())
}

fn position(cursor: &str) -> Result<Position, String> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok();
    let read = decoded.and_then(|bytes| serde_json::from_slice::<(Option<String>, u32)>(&bytes).ok());
    let (value, id) = read.ok_or("the cursor is none that the portal gave; pass on `next` as it is")?;
    Ok(Position { value, id })
}

fn failed(error: StoreError) -> Error {
    Error::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use portico_catalog::{Catalog, Mode, Origin};

    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_given() {
        for place in [Position { value: None, id: 7 }, Position { value: Some("é,".into()), id: u32::MAX }] {
            assert_eq!(position(&cursor(&place)).unwrap(), place);
        }
        for text in ["", "x", "W10", "eyJ9", &"A".repeat(10_000)] {
            assert!(position(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_may_not_be_read_is_not_found_along_a_relation_either() {
        let catalog = Catalog::in_memory().unwrap();
        let mut session = catalog.session("test", "all", Mode::Full).unwrap();
        for document in [
            r#"{"apiVersion":"backstage.io/v1alpha1","kind":"Group","metadata":{"name":"team"},"spec":{"type":"team","children":[],"profile":{"email":"a@acme.io"}}}"#,
            r#"{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"ledger"},"spec":{"type":"service","lifecycle":"x","owner":"team"}}"#,
            r#"{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"web"},"spec":{"type":"site","lifecycle":"x","owner":"team","dependsOn":["component:ledger"]}}"#,
        ] {
            session.put(document, Origin { file: "a".into(), line: 1, url: None, parent: None }).unwrap();
        }
        session.commit(None).unwrap();
        for (kinds, typed, expected) in [
            ("*", "kind:component owner.spec.profile.email:a*", 2),
            ("Component Group", "kind:component owner.spec.profile.email:a*", 2),
            ("Component", "owner.spec.profile.email:a*", 0),
            ("Component", "-owner.spec.profile.email:b*", 2),
            ("Component", "owner.spec.profile.email:a* or type:service", 1),
            ("Component", "dependsOn.owner.spec.profile.email:a*", 0),
            ("Component", "dependsOn.type:service", 1),
            ("Component", "owner:team", 2),
            ("API Component", "", 2),
            ("Group", "", 1),
            ("API", "", 0),
        ] {
            let granted: Vec<KindPattern> = kinds.split(' ').map(|kind| kind.parse().unwrap()).collect();
            let filter = Filter::from_text(typed, &Asker::default(), catalog.registry().kinds()).unwrap();
            let filter = among(&granted, filter);
            let query =
                Query { filter, text: None, order: Order::Age, from: None, backwards: false, offset: 0, limit: 10 };
            assert_eq!(catalog.query(&query).unwrap().total, expected, "{kinds}: {typed}");
        }
    }
}
