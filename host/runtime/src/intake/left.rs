//! Sources of JSON that left `portico.yaml`, or have another name there now.
//!
//! Rule: what a source brought in goes with it, into the bin, so that it neither stays for ever nor mixes with what another of its name brings
//! in; a person says so first where that is much, as a start with another file may be a mistake. Which sources there were is remembered in the
//! catalog, beside what they brought.

use std::collections::BTreeSet;

use portico_catalog::{Catalog, RetainError, StoreError};

/// Whose state it is: no plugin may be called so.
const SOURCES: &str = "portico/ingest";

/// The one value that is kept: the names, one a line.
const NAMES: &str = "names";

/// Removes what sources brought in that are there no more.
pub(crate) fn forget_left<'a>(catalog: &Catalog, names: impl Iterator<Item = &'a String>) -> Result<(), StoreError> {
    let now: BTreeSet<&str> = names.map(String::as_str).collect();
    let stored = catalog.state_get(SOURCES, NAMES)?.unwrap_or_default();
    let stored = String::from_utf8_lossy(&stored);
    let before: BTreeSet<&str> = stored.lines().collect();
    let mut known = now.clone();
    for left in before.difference(&now) {
        match catalog.retain(left, &[], NAMES) {
            Ok(gone) => tracing::info!(
                source = left,
                removed = gone.removed,
                "a source left `ingest:`; what it brought in is in the bin"
            ),
            Err(RetainError::Store(error)) => return Err(error),
            Err(asks @ RetainError::Leaving { .. }) => {
                tracing::warn!(
                    source = left,
                    "a source left `ingest:`, and what it brought in waits for a person: {asks}"
                );
                known.insert(left);
            }
        }
    }
    // Nothing is asked about those that are back.
    for back in before.intersection(&now) {
        keep(catalog, back)?;
    }
    if before != known {
        let names: Vec<&str> = known.into_iter().collect();
        catalog.state_set(SOURCES, NAMES, names.join("\n").as_bytes())?;
    }
    Ok(())
}

/// Everything that a source brought in stays, whatever is asked about it.
fn keep(catalog: &Catalog, source: &str) -> Result<(), StoreError> {
    let scopes: Vec<String> =
        catalog.sources()?.into_iter().filter(|known| known.plugin == source).map(|known| known.scope).collect();
    match catalog.retain(source, &scopes, NAMES) {
        // Nothing goes where everything is named.
        Ok(_) | Err(RetainError::Leaving { .. }) => Ok(()),
        Err(RetainError::Store(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use portico_catalog::{Mode, Origin};

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn bring_in(catalog: &Catalog, source: &str) {
        let session = catalog.session(source, "default", Mode::Delta).unwrap();
        session.commit(None).unwrap();
    }

    #[test]
    fn a_source_that_has_another_name_takes_nothing_along_and_leaves_nothing() {
        let catalog = Catalog::in_memory().unwrap();
        forget_left(&catalog, names(&["a", "b"]).iter()).unwrap();
        bring_in(&catalog, "a");
        bring_in(&catalog, "b");
        bring_in(&catalog, "plugin");
        forget_left(&catalog, names(&["b", "c"]).iter()).unwrap();
        let left: Vec<String> = catalog.sources().unwrap().into_iter().map(|source| source.plugin).collect();
        assert_eq!(left, ["b", "plugin"]);
        // It is said once: what a plugin of that name brings in later is its own.
        bring_in(&catalog, "a");
        forget_left(&catalog, names(&["b", "c"]).iter()).unwrap();
        assert_eq!(catalog.sources().unwrap().len(), 3);
    }

    #[test]
    fn a_start_without_a_source_that_brought_in_much_asks_and_one_with_it_asks_no_more() {
        let catalog = Catalog::in_memory().unwrap();
        forget_left(&catalog, names(&["a"]).iter()).unwrap();
        let mut session = catalog.session("a", "default", Mode::Delta).unwrap();
        for number in 0..10 {
            let document = format!(
                r#"{{"apiVersion":"backstage.io/v1alpha1","kind":"Group","metadata":{{"name":"g{number}"}},"spec":{{"type":"team","children":[]}}}}"#
            );
            session.put(&document, Origin::default()).unwrap();
        }
        session.commit(None).unwrap();
        let asks = || catalog.source(catalog.sources().unwrap()[0].id).unwrap().unwrap().held.is_some();
        for _ in 0..2 {
            forget_left(&catalog, [].iter()).unwrap();
            assert!(asks());
        }
        forget_left(&catalog, names(&["a"]).iter()).unwrap();
        assert!(!asks());
        assert_eq!(catalog.count().unwrap(), 10);
        forget_left(&catalog, [].iter()).unwrap();
        catalog.confirm_removals(catalog.sources().unwrap()[0].id).unwrap();
        assert_eq!(catalog.count().unwrap(), 0);
    }
}
