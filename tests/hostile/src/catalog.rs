//! Attacks on what may be read of the catalog, and on the kinds that may be brought in.

use crate::came_through;
use crate::contract::portico::plugin::catalog::{Order, Query, get, search};
use crate::contract::portico::plugin::ingest::{Attachment, EntityRef, Mode, Session};
use crate::contract::portico::plugin::run;
use crate::contract::portico::plugin::types::Error;
use crate::ingest::{component, put};

fn reference(kind: &str, name: &str) -> EntityRef {
    EntityRef { kind: kind.to_owned(), namespace: "default".to_owned(), name: name.to_owned() }
}

fn question(filters: &[&str]) -> Query {
    let filters = filters.iter().map(|filter| (*filter).to_owned()).collect();
    Query { filters, text: None, order: Vec::new(), fields: Vec::new(), limit: u32::MAX, cursor: None }
}

/// It was granted to read systems alone; the healthy plugin has brought in a component.
pub(crate) fn not_granted() -> Result<(), Error> {
    for kind in ["component", "COMPONENT", "Component", "api", "*", "component:default/healthy", ""] {
        if let Ok(Some(_)) = get(&reference(kind, "healthy")) {
            return Err(came_through(kind));
        }
    }
    let questions = [
        question(&[]),
        question(&["kind=component"]),
        question(&["kind=system", "kind=component"]),
        question(&["metadata.name=healthy"]),
        Query { text: Some("kind:component".to_owned()), ..question(&[]) },
        Query { text: Some("healthy".to_owned()), ..question(&[]) },
    ];
    for query in questions {
        let page = search(&query)?;
        // Systems it may read, if there are any.
        let is_other = |entity: &String| !entity.contains(r#""kind":"System""#);
        if page.total != page.entities.len() as u64 || page.entities.iter().any(is_other) {
            return Err(came_through("a page of entities that it may not read"));
        }
    }
    Ok(())
}

pub(crate) fn without_end() -> Result<(), Error> {
    let mut refused = 0;
    let long = "kind=component,".repeat(70_000);
    let queries = [
        question(&[&long]),
        Query { fields: vec!["metadata.name".to_owned(); 100_000], ..question(&[]) },
        Query { text: Some("a ".repeat(500_000)), ..question(&[]) },
        Query { cursor: Some("WzEsMl0".to_owned()), ..question(&[]) },
        Query { cursor: Some("A".repeat(1 << 20)), ..question(&[]) },
        Query { order: vec![Order { field: "x".repeat(1 << 20), descending: true }], ..question(&[]) },
    ];
    for query in &queries {
        match search(query) {
            Err(Error::Invalid(_)) => refused += 1,
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    run::log(run::Level::Info, &format!("{refused} of {} questions refused", queries.len()));
    let page = search(&question(&[]))?;
    if page.entities.len() > 1_000 {
        return Err(came_through("more than a page"));
    }
    Ok(())
}

/// It was granted to bring in systems alone, and to attach to nothing.
pub(crate) fn kinds_not_granted() -> Result<(), Error> {
    let session = Session::open("kinds", Mode::Full)?;
    let refused = session.put(&[put(component("smuggled"))])?;
    let attached =
        session.attach(&[Attachment { entity: reference("component", "healthy"), facts: "{}".to_owned() }])?;
    let summary = Session::commit(session, None)?;
    let reason = refused.first().map(|rejection| rejection.reason.clone()).unwrap_or_default();
    run::log(
        run::Level::Info,
        &format!("{} and {} refused, {} added: {reason}", refused.len(), attached.len(), summary.added),
    );
    Ok(())
}
