//! A catalog in memory, and short ways to say things to it.

use std::path::Path;
use std::sync::Arc;

use portico_api_types::Summary;
use portico_catalog::{
    BackupError, Catalog, Checked, Direction, Inventory, Mode, NoExpressions, OpenError, Order, Origin, Page, Query,
    RemovalGuard, Report,
};
use portico_model::{EntityRef, Filter};
use serde_json::{Value, json};

pub(crate) const PLUGIN: &str = "git";

/// A catalog whose syncs may remove as much as they like.
pub(crate) fn catalog() -> Catalog {
    let catalog = Catalog::in_memory().unwrap();
    catalog.set_removal_guard(RemovalGuard::off());
    catalog
}

pub(crate) fn component(name: &str, owner: &str) -> Value {
    json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": { "name": name },
        "spec": { "type": "service", "lifecycle": "production", "owner": owner },
    })
}

pub(crate) fn group(name: &str) -> Value {
    json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": { "name": name },
        "spec": { "type": "team", "children": [] },
    })
}

pub(crate) fn origin(file: &str) -> Origin {
    Origin { file: file.to_owned(), line: 1, url: None, parent: None }
}

/// A full sync of a scope, every document in a file of its own.
pub(crate) fn sync(catalog: &Catalog, scope: &str, documents: &[Value]) -> Summary {
    let mut session = catalog.session(PLUGIN, scope, Mode::Full).unwrap();
    for document in documents {
        let file = format!("{}.yaml", document["metadata"]["name"].as_str().unwrap());
        session.put(&document.to_string(), origin(&file)).unwrap();
    }
    session.commit(None).unwrap()
}

pub(crate) fn report(file: &str, message: &str) -> Report {
    Report { file: file.to_owned(), line: 3, column: 1, message: message.to_owned(), ..Report::default() }
}

pub(crate) fn reference(text: &str) -> EntityRef {
    EntityRef::parse(text).unwrap()
}

pub(crate) fn entity(catalog: &Catalog, text: &str) -> Option<Value> {
    catalog.entity(&reference(text)).unwrap().map(|json| serde_json::from_slice(&json).unwrap())
}

pub(crate) fn by(field: &str, direction: Direction) -> Order {
    Order::Field { field: field.to_owned(), direction, keep_valueless: false }
}

pub(crate) fn query(catalog: &Catalog, filters: &[&str], order: Order, limit: usize) -> Page {
    let filter = Filter::from_query(filters).unwrap();
    catalog.query(&Query { filter, text: None, order, from: None, backwards: false, offset: 0, limit }).unwrap()
}

pub(crate) fn names(page: &Page) -> Vec<String> {
    let name = |json: &Vec<u8>| {
        serde_json::from_slice::<Value>(json).unwrap()["metadata"]["name"].as_str().unwrap().to_owned()
    };
    page.items.iter().map(name).collect()
}

/// The catalog in a file, without expressions.
pub(crate) fn open(file: &Path) -> Result<Catalog, OpenError> {
    Catalog::open(file, Arc::new(NoExpressions))
}

/// Puts a backup back.
pub(crate) fn restore(backup: &Path, file: &Path) -> Result<Inventory, BackupError> {
    Catalog::restore(backup, file, Arc::new(NoExpressions))
}

/// Looks through a store.
pub(crate) fn check(file: &Path) -> Result<Checked, BackupError> {
    Catalog::check(file, Arc::new(NoExpressions))
}
