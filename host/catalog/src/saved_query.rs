//! Saved queries: questions to the catalog that have names, and so addresses.
//!
//! Rule: what is saved could be asked when it was saved. What the catalog's kinds make of it later is said beside it, and nothing is
//! forgotten for it.

use portico_api_types::{CatalogQuestion, QueryToSave, SavedQueries, SavedQuery, Timestamp};
use portico_model::{Asker, Filter};
use redb::ReadableTable;
use serde::Deserialize;
use serde_json::json;

use crate::{Catalog, StoreError, tables, time};

/// Saved queries of a portal: a list that somebody still reads has a tenth.
const QUERIES: usize = 500;

/// Bytes of a name: it is a step of an address, and a line in a list.
const NAME: usize = 63;

/// Characters of a title.
const TITLE: usize = 120;

/// Bytes of a description.
const DESCRIPTION: usize = 1_000;

/// Columns and facets that one list is given: more than fit on any screen.
const FIELDS: usize = 24;

/// Chosen values.
const CHOSEN: usize = 200;

/// Bytes of the path of a field, or of a chosen value with it.
const PATH: usize = 500;

/// Why a query was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It cannot be asked, or is larger than what is kept.
    #[error("{0}")]
    Invalid(String),
    /// Another has the name, or was saved in the meantime.
    #[error("{0}")]
    Conflict(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A query as it is stored.
#[derive(Deserialize)]
struct QueryRecord {
    question: CatalogQuestion,
    changed_at: Timestamp,
}

impl Catalog {
    /// All saved queries, with what they find now.
    pub fn saved_queries(&self) -> Result<SavedQueries, StoreError> {
        let mut items = Vec::new();
        for entry in self.read()?.open_table(tables::QUERIES)?.iter()? {
            let (name, record) = entry?;
            items.push(self.told(name.value(), record.value())?);
        }
        items.sort_by_cached_key(|query| (query.question.title.to_lowercase(), query.name.clone()));
        Ok(SavedQueries { items })
    }

    /// One saved query.
    pub fn saved_query(&self, name: &str) -> Result<Option<SavedQuery>, StoreError> {
        let table = self.read()?.open_table(tables::QUERIES)?;
        table.get(name)?.map(|record| self.told(name, record.value())).transpose()
    }

    /// Saves a query under a name.
    pub fn save_query(&self, name: &str, wanted: QueryToSave) -> Result<SavedQuery, SaveError> {
        named(name).map_err(SaveError::Invalid)?;
        let QueryToSave { question, was } = wanted;
        judge(&question).and_then(|()| self.asked(&question)).map_err(SaveError::Invalid)?;
        let transaction = self.write()?;
        {
            let mut table = transaction.open_table(tables::QUERIES).map_err(StoreError::from)?;
            let before =
                table.get(name).map_err(StoreError::from)?.map(|record| read(name, record.value())).transpose()?;
            check_was(name, was, before.as_ref())?;
            let count = redb::ReadableTableMetadata::len(&table).map_err(StoreError::from)?;
            if before.is_none() && count >= QUERIES as u64 {
                let message =
                    format!("{QUERIES} queries are saved, the most that a portal keeps; remove one that nobody reads");
                return Err(SaveError::Invalid(message));
            }
            // Two saved within one tick of the clock are told apart all the same.
            let now = time::timestamp(time::now());
            let changed_at = before.map_or(now, |before| now.max(later(before.changed_at)));
            let record = json!({ "question": question, "changed_at": changed_at }).to_string();
            table.insert(name, record.as_bytes()).map_err(StoreError::from)?;
        }
        transaction.commit().map_err(StoreError::from)?;
        self.saved_query(name)?.ok_or_else(|| SaveError::Conflict(gone(name)))
    }

    /// Forgets a query; whether there was one.
    pub fn forget_query(&self, name: &str) -> Result<bool, StoreError> {
        let transaction = self.write()?;
        let known = transaction.open_table(tables::QUERIES)?.remove(name)?.is_some();
        transaction.commit()?;
        Ok(known)
    }

    fn told(&self, name: &str, record: &[u8]) -> Result<SavedQuery, StoreError> {
        let QueryRecord { question, changed_at } = read(name, record)?;
        let (entities, problem) = match self.asked(&question) {
            Ok(filter) => (Some(self.counted(record, || Ok(self.matching(&filter)?.len()))?), None),
            Err(problem) => (None, Some(problem)),
        };
        Ok(SavedQuery { name: name.to_owned(), question, changed_at, entities, problem })
    }

    /// The filter that a question comes to, or why there is none.
    fn asked(&self, question: &CatalogQuestion) -> Result<Filter, String> {
        let kind = question.kind.as_ref().map(|kind| format!("kind={kind}"));
        let chosen = kind.into_iter().chain(question.filter.iter().cloned()).collect::<Vec<_>>().join(",");
        let chosen = Filter::from_query(&[&chosen]).map_err(|error| error.to_string())?;
        let typed = question.q.as_deref().unwrap_or_default();
        let typed = Filter::from_text(typed, &Asker::default(), self.registry().kinds());
        Ok(Filter::All(vec![chosen, typed.map_err(|error| format!("`q`, {error}"))?]))
    }
}

/// A moment after another, as the store counts time.
fn later(moment: Timestamp) -> Timestamp {
    time::timestamp(moment.as_millisecond() + 1)
}

fn read(name: &str, record: &[u8]) -> Result<QueryRecord, StoreError> {
    serde_json::from_slice(record)
        .map_err(|error| StoreError::Damaged { table: "queries", reason: format!("{name}: {error}") })
}

fn gone(name: &str) -> String {
    format!("the query `{name}` was removed in the meantime; save it anew")
}

/// Whether what is to take a query's place knows that query.
fn check_was(name: &str, was: Option<Timestamp>, before: Option<&QueryRecord>) -> Result<(), SaveError> {
    match (was, before) {
        (None, None) => Ok(()),
        (Some(was), Some(before)) if was == before.changed_at => Ok(()),
        (None, Some(before)) => {
            let title = &before.question.title;
            Err(SaveError::Conflict(format!(
                "a query has the name `{name}` already, “{title}”; save yours under another title"
            )))
        }
        (Some(_), Some(_)) => {
            let message = format!(
                "the query `{name}` was saved by somebody else in the meantime; look at it, then save yours again"
            );
            Err(SaveError::Conflict(message))
        }
        (Some(_), None) => Err(SaveError::Conflict(gone(name))),
    }
}

fn named(name: &str) -> Result<(), String> {
    let fits = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-';
    let good = !name.is_empty()
        && name.len() <= NAME
        && name.bytes().all(fits)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    match good {
        true => Ok(()),
        false => Err(format!(
            "`{}` is no name of a query; it has up to {NAME} lower-case letters, digits and single hyphens, such as `on-fire`",
            name.chars().take(NAME).collect::<String>()
        )),
    }
}

/// What can be told without the catalog.
fn judge(question: &CatalogQuestion) -> Result<(), String> {
    let title = question.title.trim().chars().count();
    if !(1..=TITLE).contains(&title) {
        return Err(format!("the title has {title} characters; it has 1 to {TITLE}"));
    }
    if question.description.as_ref().is_some_and(|text| text.len() > DESCRIPTION) {
        return Err(format!("the description is longer than {DESCRIPTION} bytes; shorten it"));
    }
    for (name, fields, most) in [
        ("columns", &question.columns, FIELDS),
        ("facets", &question.facets, FIELDS),
        ("filter", &question.filter, CHOSEN),
    ] {
        if fields.len() > most {
            return Err(format!("`{name}` has {} entries; at most {most} are kept", fields.len()));
        }
        if let Some(field) = fields.iter().find(|field| field.is_empty() || field.len() > PATH) {
            return Err(format!("`{name}` has an entry of {} bytes; one has 1 to {PATH}", field.len()));
        }
    }
    if let Some(odd) = question.filter.iter().find(|one| one.contains(',') || !one.contains('=')) {
        return Err(format!("`filter` has the entry `{odd}`; each is one `field=value` without a comma"));
    }
    let kind = question.kind.as_deref().unwrap_or("any");
    let sort = question.sort.as_deref().unwrap_or("name");
    if kind.is_empty() || kind.len() > PATH || kind.contains([',', '=']) || sort.is_empty() || sort.len() > PATH {
        return Err(
            "`kind` is the name of one kind, and `sort` the path of one field; leave them out otherwise".to_owned()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(title: &str) -> CatalogQuestion {
        CatalogQuestion { title: title.to_owned(), ..CatalogQuestion::default() }
    }

    fn save(
        catalog: &Catalog,
        name: &str,
        question: CatalogQuestion,
        was: Option<Timestamp>,
    ) -> Result<SavedQuery, String> {
        catalog.save_query(name, QueryToSave { question, was }).map_err(|error| error.to_string())
    }

    #[test]
    fn a_query_is_saved_under_its_name_and_found_by_title() {
        let catalog = Catalog::in_memory().unwrap();
        save(&catalog, "b", question("all"), None).unwrap();
        save(&catalog, "a", CatalogQuestion { kind: Some("component".into()), ..question("Zebra") }, None).unwrap();
        let names: Vec<String> = catalog.saved_queries().unwrap().items.into_iter().map(|query| query.name).collect();
        assert_eq!(names, ["b", "a"]);
        let found = catalog.saved_query("b").unwrap().unwrap();
        assert_eq!((found.question, found.entities, found.problem), (question("all"), Some(0), None));
        assert!(catalog.forget_query("b").unwrap());
        assert!(!catalog.forget_query("b").unwrap());
        assert_eq!(catalog.saved_query("b").unwrap(), None);
    }

    #[test]
    fn who_saves_over_a_query_has_to_know_it() {
        let catalog = Catalog::in_memory().unwrap();
        let first = save(&catalog, "fire", question("On fire"), None).unwrap();
        let taken = save(&catalog, "fire", question("Mine"), None).unwrap_err();
        assert_eq!(taken, "a query has the name `fire` already, “On fire”; save yours under another title");
        let second = save(&catalog, "fire", question("Burning"), Some(first.changed_at)).unwrap();
        assert!(second.changed_at > first.changed_at);
        let late = save(&catalog, "fire", question("Late"), Some(first.changed_at)).unwrap_err();
        assert_eq!(
            late,
            "the query `fire` was saved by somebody else in the meantime; look at it, then save yours again"
        );
        catalog.forget_query("fire").unwrap();
        let gone = save(&catalog, "fire", question("Late"), Some(second.changed_at)).unwrap_err();
        assert_eq!(gone, "the query `fire` was removed in the meantime; save it anew");
    }

    #[test]
    fn what_cannot_be_asked_is_not_saved() {
        let long = "x".repeat(121);
        let many = vec!["facts.a".to_owned(); 25];
        for (name, question, reason) in [
            ("On-Fire", question("a"), "`On-Fire` is no name of a query"),
            ("", question("a"), "`` is no name of a query"),
            ("a--b", question("a"), "`a--b` is no name"),
            ("a", question(" "), "the title has 0 characters; it has 1 to 120"),
            ("a", question(&long), "the title has 121 characters"),
            ("a", CatalogQuestion { q: Some("facts.a>".into()), ..question("a") }, "`q`, at character"),
            (
                "a",
                CatalogQuestion { filter: vec!["spec.type".into()], ..question("a") },
                "`filter` has the entry `spec.type`",
            ),
            ("a", CatalogQuestion { filter: vec!["a=b,c".into()], ..question("a") }, "`filter` has the entry `a=b,c`"),
            ("a", CatalogQuestion { columns: many, ..question("a") }, "`columns` has 25 entries; at most 24 are kept"),
            ("a", CatalogQuestion { kind: Some("a,b".into()), ..question("a") }, "`kind` is the name of one kind"),
        ] {
            let said = save(&Catalog::in_memory().unwrap(), name, question, None).unwrap_err();
            assert!(said.starts_with(reason), "{name}: {said}");
        }
        let edge = CatalogQuestion { columns: vec!["facts.a".to_owned(); 24], ..question(&"x".repeat(120)) };
        save(&Catalog::in_memory().unwrap(), &"n".repeat(63), edge, None).unwrap();
        assert!(save(&Catalog::in_memory().unwrap(), &"n".repeat(64), question("a"), None).is_err());
    }
}
