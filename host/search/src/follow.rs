//! Follows the catalog by the numbers of its changes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use portico_catalog::{Catalog, Outcome, StoreError};
use tantivy::IndexWriter;

use crate::SearchError;
use crate::index::Words;
use crate::said::Said;
use crate::stand::Stand;

/// Counts up whenever documents are made of entities, or words of texts, in another way.
const FORMAT: u32 = 2;

/// Between two looks at the catalog: what was committed is found before anybody has typed its name.
const PAUSE: Duration = Duration::from_millis(50);

/// Between two tries after a failure: a full disk does not empty at once.
const REST: Duration = Duration::from_secs(10);

/// How long nothing has to change before the memory for writing is given up: less, and it would come and go all through a sync.
const QUIET: Duration = Duration::from_secs(1);

/// Entities that are read at once.
const BATCH: usize = 1_000;

/// Changes that become visible together: each time costs a segment of the index, and those are merged later.
const TOGETHER: usize = 20_000;

/// The search over a catalog. Cheap to clone; following ends with the last handle.
#[derive(Clone)]
pub struct Search {
    shared: Arc<Shared>,
}

struct Shared {
    words: Words,
    stops: AtomicBool,
}

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Index(#[from] SearchError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stops.store(true, Ordering::Relaxed);
    }
}

impl Search {
    /// Opens the index below the folder `data`, and follows the catalog from then on. An index that cannot be used gives way to
    /// a new one.
    pub fn open(catalog: Catalog, data: &Path) -> Result<Search, SearchError> {
        let folder = data.join("search").join(FORMAT.to_string());
        let words = make(&folder).and_then(|()| Words::open(&folder)).or_else(|error| {
            tracing::warn!("{error}; it is made again");
            remove(&folder);
            make(&folder)?;
            Words::open(&folder)
        })?;
        Ok(Search::follow(catalog, words))
    }

    /// A search whose index is in memory.
    pub fn in_memory(catalog: Catalog) -> Result<Search, SearchError> {
        Ok(Search::follow(catalog, Words::in_memory()?))
    }

    fn follow(catalog: Catalog, words: Words) -> Search {
        let shared = Arc::new(Shared { words, stops: AtomicBool::new(false) });
        let weak = Arc::downgrade(&shared);
        // A thread of its own: an index is written with blocking calls for as long as the portal runs.
        let started = thread::Builder::new().name("search".to_owned()).spawn(move || run(&catalog, &weak));
        if let Err(error) = started {
            tracing::error!("the search does not follow the catalog, as its thread could not be started: {error}");
        }
        Search { shared }
    }

    /// The references of the entities that fit the words best, at most `limit`, best first.
    pub fn find(&self, words: &str, limit: usize) -> Result<Vec<String>, SearchError> {
        self.shared.words.find(words, limit)
    }
}

fn make(folder: &Path) -> Result<(), SearchError> {
    std::fs::create_dir_all(folder).map_err(|error| SearchError::from(tantivy::TantivyError::from(error)))
}

fn remove(folder: &PathBuf) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::warn!("{} could not be removed: {error}", folder.display());
    }
}

fn run(catalog: &Catalog, shared: &Weak<Shared>) {
    let mut writer: Option<IndexWriter> = None;
    let mut last = Instant::now();
    loop {
        let Some(shared) = shared.upgrade() else { return };
        let pause = match step(catalog, &shared, &mut writer, TOGETHER) {
            Ok(true) => {
                last = Instant::now();
                Duration::ZERO
            }
            Ok(false) => {
                // A writer holds memory that nothing needs while nothing changes.
                if let Some(writer) = writer.take_if(|_| last.elapsed() >= QUIET)
                    && let Err(error) = shared.words.finish(writer)
                {
                    tracing::warn!("parts of the search index were not merged: {error}");
                }
                PAUSE
            }
            Err(error) => {
                writer = None;
                // Whoever had the index before is about to let go of it.
                if matches!(&error, Fault::Index(error) if error.is_busy()) {
                    PAUSE
                } else {
                    tracing::warn!("the search does not follow the catalog for now: {error}");
                    REST
                }
            }
        };
        drop(shared);
        thread::sleep(pause);
    }
}

/// Takes over what at most so many changes say; says whether there may be more.
fn step(catalog: &Catalog, shared: &Shared, writer: &mut Option<IndexWriter>, together: usize) -> Result<bool, Fault> {
    let words = &shared.words;
    let identity = catalog.identity()?;
    let stand = words.stand()?.and_then(|text| Stand::parse(&text)).filter(|stand| stand.identity == identity);
    let changed = catalog.changed(stand.as_ref().map_or(0, |stand| stand.known), together)?;
    let fits = |stand: &Stand| stand.known <= changed.last && (stand.known + 1 >= changed.first || changed.last == 0);
    let stand = stand.filter(fits);
    if stand.as_ref().is_some_and(|stand| stand.known == changed.until) {
        return Ok(false);
    }
    let writer = match writer {
        Some(writer) => writer,
        None => writer.insert(words.writer()?),
    };
    let Some(stand) = stand else {
        let stand = rebuild(catalog, shared, writer, identity)?;
        words.commit(writer, &stand.to_string())?;
        return Ok(true);
    };
    let references: Vec<(String, Outcome)> = changed.references.into_iter().collect();
    for references in references.chunks(BATCH) {
        let names: Vec<&str> = references.iter().map(|(reference, _)| reference.as_str()).collect();
        for ((reference, outcome), found) in references.iter().zip(catalog.entities_by_refs(&names)?) {
            // Looking for what cannot be there costs as much as for what is.
            if outcome.added.is_none_or(|added| added <= stand.perhaps) {
                words.remove(writer, reference);
            }
            // What went and has come back since is added by the change that says so.
            if let Some(found) = found.filter(|_| !outcome.is_gone) {
                words.add(writer, reference, &Said::read(&found.json))?;
            }
        }
    }
    words.commit(writer, &Stand { known: changed.until, ..stand }.to_string())?;
    Ok(true)
}

/// Makes the index of everything that the catalog holds. Answers where it stands then.
fn rebuild(catalog: &Catalog, shared: &Shared, writer: &mut IndexWriter, identity: u64) -> Result<Stand, Fault> {
    let last = || Ok::<u64, StoreError>(catalog.changed(u64::MAX - 1, 1)?.last);
    writer.delete_all_documents().map_err(SearchError::from)?;
    // What changes from here on is taken over afterwards, once more where it is in already.
    let known = last()?;
    let mut after = 0;
    while !shared.stops.load(Ordering::Relaxed) {
        let batch = catalog.entities_after(after, BATCH)?;
        let Some((id, _)) = batch.last() else { break };
        after = *id;
        for (_, json) in &batch {
            let said = Said::read(json);
            if let Some(reference) = said.reference() {
                shared.words.add(writer, reference.as_str(), &said)?;
            }
        }
    }
    Ok(Stand { identity, known, perhaps: last()? })
}

#[cfg(test)]
mod tests {
    use portico_catalog::{Mode, Origin};

    use super::*;

    const LEDGER: &str =
        r#"{"apiVersion":"backstage.io/v1alpha1","kind":"System","metadata":{"name":"ledger"},"spec":{"owner":"a"}}"#;

    fn sync(catalog: &Catalog, documents: &[&str]) {
        let mut session = catalog.session("git", "one", Mode::Full).expect("a session");
        for document in documents {
            let origin = Origin { file: "a.yaml".to_owned(), line: 1, url: None, parent: None };
            session.put(document, origin).expect("taken");
        }
        session.commit(None).expect("stored");
    }

    /// An index that stands there, with the ledger in it.
    fn index(stand: &Stand) -> Shared {
        let words = Words::in_memory().expect("an index");
        let mut writer = words.writer().expect("a writer");
        words.add(&writer, "system:default/ledger", &Said::read(LEDGER.as_bytes())).expect("added");
        words.commit(&mut writer, &stand.to_string()).expect("committed");
        Shared { words, stops: AtomicBool::new(false) }
    }

    #[test]
    fn what_was_added_while_the_index_was_made_anew_is_in_it_once() {
        let catalog = Catalog::in_memory().expect("a catalog");
        sync(&catalog, &[LEDGER]);
        let last = catalog.changed(0, 1).expect("changes").last;
        let stand = Stand { identity: catalog.identity().expect("a name"), known: 0, perhaps: last };
        let shared = index(&stand);
        while step(&catalog, &shared, &mut None, 10).expect("followed") {}
        let stands = shared.words.stand().expect("a stand");
        assert_eq!(stands, Some(Stand { known: last, ..stand }.to_string()));
        assert_eq!(shared.words.find("ledger", 9).expect("found"), ["system:default/ledger"]);
    }

    #[test]
    fn what_went_and_came_back_before_it_was_looked_at_is_there_once() {
        let catalog = Catalog::in_memory().expect("a catalog");
        sync(&catalog, &[LEDGER]);
        let stand = Stand { identity: catalog.identity().expect("a name"), known: 1, perhaps: 0 };
        sync(&catalog, &[]);
        sync(&catalog, &[LEDGER]);
        let shared = index(&stand);
        while step(&catalog, &shared, &mut None, 1).expect("followed") {}
        assert_eq!(shared.words.find("ledger", 9).expect("found"), ["system:default/ledger"]);
    }
}
