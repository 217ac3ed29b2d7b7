//! What the sources of a plugin say, as they said it: their documents and their facts, before anything is made of both.

use std::collections::BTreeMap;

use redb::ReadTransaction;
use serde_json::Value;

use crate::pack::{unpack, unpack_document};
use crate::read::record_of;
use crate::record::SourceRecord;
use crate::{Catalog, StoreError, source, tables};

/// What one source says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// The source's number.
    pub source: u32,
    /// Its scope.
    pub scope: String,
    /// Why it could not be read the last time, if it could not.
    pub failure: Option<String>,
    /// Its documents by reference, also those that are not shown because another source said the entity first.
    pub documents: BTreeMap<String, Value>,
    /// Its facts by the reference of what they are about, which need not be there.
    pub facts: BTreeMap<String, Value>,
}

impl Catalog {
    /// What each source of a plugin says, by scope.
    pub fn statements(&self, plugin: &str) -> Result<Vec<Statement>, StoreError> {
        let transaction = self.read()?;
        sources(&transaction, plugin)?.into_iter().map(|(scope, id)| statement(&transaction, scope, id)).collect()
    }

    /// Forgets where the reading of a plugin's sources stands, so that it reads all of them afresh.
    pub fn forget_cursors(&self, plugin: &str) -> Result<(), StoreError> {
        let ids = sources(&self.read()?, plugin)?;
        let transaction = self.write()?;
        {
            let mut table = transaction.open_table(tables::SOURCES)?;
            for (_, id) in ids {
                let Some(record) = source::load(&table, id)? else { continue };
                source::save(&mut table, id, &SourceRecord { cursor: None, ..record })?;
            }
        }
        Ok(transaction.commit()?)
    }
}

/// The sources of a plugin by their scopes.
fn sources(transaction: &ReadTransaction, plugin: &str) -> Result<Vec<(String, u32)>, StoreError> {
    let mut found = Vec::new();
    for entry in transaction.open_table(tables::SOURCE_IDS)?.range((plugin, "")..)? {
        let (key, id) = entry?;
        let (owner, scope) = key.value();
        if owner != plugin {
            break;
        }
        found.push((scope.to_owned(), id.value()));
    }
    Ok(found)
}

fn statement(transaction: &ReadTransaction, scope: String, source: u32) -> Result<Statement, StoreError> {
    let record = source::load(&transaction.open_table(tables::SOURCES)?, source)?;
    let mut said =
        Statement { source, scope, failure: record.and_then(|record| record.failure), ..Statement::default() };
    for entry in transaction.open_table(tables::CLAIMS)?.range((source, "")..(source + 1, ""))? {
        let reference = entry?.0.value().1.to_owned();
        if let Some(document) = document(transaction, source, &reference)? {
            said.documents.insert(reference, parse("documents", &document)?);
        }
    }
    let facts = transaction.open_table(tables::FACTS)?;
    for entry in transaction.open_table(tables::ATTACHMENTS)?.range((source, "")..(source + 1, ""))? {
        let reference = entry?.0.value().1.to_owned();
        if let Some(attached) = facts.get((reference.as_str(), source))? {
            said.facts.insert(reference, parse("facts", attached.value())?);
        }
    }
    Ok(said)
}

/// A source's document: with the entity where it is shown, else by itself.
fn document(transaction: &ReadTransaction, source: u32, reference: &str) -> Result<Option<Vec<u8>>, StoreError> {
    match record_of(transaction, reference)?.filter(|record| record.owner == source) {
        Some(record) => {
            let stored = transaction.open_table(tables::ENTITIES)?.get(record.id)?;
            Ok(stored.map(|stored| unpack_document(stored.value())).transpose()?.flatten())
        }
        None => {
            let stored = transaction.open_table(tables::DOCUMENTS)?.get((reference, source))?;
            stored.map(|stored| unpack("documents", stored.value())).transpose()
        }
    }
}

fn parse(table: &'static str, json: &[u8]) -> Result<Value, StoreError> {
    serde_json::from_slice(json).map_err(|error| StoreError::Damaged { table, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Mode, Origin};

    fn document(kind: &str, name: &str, title: &str) -> Value {
        json!({
            "apiVersion": "backstage.io/v1alpha1",
            "kind": kind,
            "metadata": { "name": name, "title": title },
            "spec": { "owner": "ada" },
        })
    }

    fn say(catalog: &Catalog, plugin: &str, scope: &str, titles: &[(&str, &str)]) {
        let mut session = catalog.session(plugin, scope, Mode::Full).unwrap();
        for (name, title) in titles {
            session.put(&document("System", name, title).to_string(), Origin::default()).unwrap();
        }
        session
            .attach("component:default/elsewhere".parse().unwrap(), &json!({ "said-by": scope }).to_string())
            .unwrap();
        session.commit(Some("cursor".to_owned())).unwrap();
    }

    #[test]
    fn a_plugin_says_what_its_sources_said_and_not_what_was_made_of_it() {
        let catalog = Catalog::in_memory().unwrap();
        say(&catalog, "first", "one", &[("a", "A"), ("b", "B")]);
        say(&catalog, "first", "two", &[("b", "Another B")]);
        say(&catalog, "firsthand", "one", &[("c", "C")]);
        catalog.unreadable("first", "two", "the server is down").unwrap();
        let said = catalog.statements("first").unwrap();
        let scopes: Vec<(&str, Option<&str>)> =
            said.iter().map(|said| (said.scope.as_str(), said.failure.as_deref())).collect();
        assert_eq!(scopes, [("one", None), ("two", Some("the server is down"))]);
        let titles = |said: &Statement| {
            let titles =
                said.documents.iter().map(|(name, document)| (name.clone(), document["metadata"]["title"].clone()));
            titles.collect::<Vec<_>>()
        };
        assert_eq!(
            titles(&said[0]),
            [("system:default/a".into(), json!("A")), ("system:default/b".into(), json!("B"))]
        );
        assert_eq!(titles(&said[1]), [("system:default/b".into(), json!("Another B"))], "also where it is not shown");
        assert_eq!(said[0].documents["system:default/a"]["metadata"].get("uid"), None);
        assert_eq!(said[0].documents["system:default/a"].get("relations"), None);
        assert_eq!(said[1].facts["component:default/elsewhere"], json!({ "said-by": "two" }));
        assert_eq!(catalog.statements("nobody").unwrap(), []);
    }

    #[test]
    fn where_the_reading_of_a_plugin_stands_is_forgotten_for_it_alone() {
        let catalog = Catalog::in_memory().unwrap();
        say(&catalog, "first", "one", &[("a", "A")]);
        say(&catalog, "second", "one", &[("b", "B")]);
        catalog.forget_cursors("first").unwrap();
        assert_eq!(catalog.cursor("first", "one").unwrap(), None);
        assert_eq!(catalog.cursor("second", "one").unwrap().as_deref(), Some("cursor"));
    }
}
