//! Sources of JSON that left `portico.yaml`, or have another name there now.
//!
//! Rule: what a source brought in goes with it, into the bin, so that it neither stays for ever nor mixes with what another of its name brings
//! in. Which sources there were is remembered in the catalog, beside what they brought.

use std::collections::BTreeSet;

use portico_catalog::{Catalog, StoreError};

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
    for left in before.difference(&now) {
        let gone = catalog.forget(left)?;
        tracing::info!(
            source = left,
            removed = gone.removed,
            "a source left `ingest:`; what it brought in is in the bin"
        );
    }
    if before != now {
        let names: Vec<&str> = now.into_iter().collect();
        catalog.state_set(SOURCES, NAMES, names.join("\n").as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use portico_catalog::Mode;

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
}
