//! Opening the file: format check, the tables, and the handle everything else hangs on.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use portico_kinds::{Expressions, Registry};
use redb::backends::{FileBackend, InMemoryBackend};
use redb::{ReadTransaction, ReadableDatabase, StorageBackend, TableError, WriteTransaction};

use crate::change::{IDENTITY, identify};
use crate::commit::Queue;
use crate::counts::Counts;
use crate::engine::{Engine, Engines, unharmed};
use crate::latest::{Latest, Writing};
use crate::lease::OpenScopes;
use crate::storage::Disk;
use crate::{NoExpressions, OpenError, OrphanStrategy, RemovalGuard, StoreError, kinds, tables};

/// The number of the rules that entities are made by.
const RULES: u64 = portico_model::RULES_VERSION as u64;

/// The central catalog. Cheap to clone; every clone is the same catalog.
#[derive(Clone)]
pub struct Catalog {
    inner: Arc<Inner>,
}

struct Inner {
    /// Dropped before the engine that it reads from.
    latest: Latest,
    engines: Engines,
    /// Scopes with an open session.
    open: Mutex<OpenScopes>,
    /// When syncs stop and ask.
    guard: Mutex<RemovalGuard>,
    /// What becomes of what its source says no more.
    orphans: Mutex<OrphanStrategy>,
    /// Sessions that wait to be stored.
    queue: Queue,
    /// The kinds that documents are judged by.
    registry: ArcSwap<Registry>,
    /// What saved queries find.
    counts: Counts,
    /// What evaluates the expressions of kinds.
    expressions: Arc<dyn Expressions>,
    /// The folder of the file; none where there is no file.
    folder: Option<PathBuf>,
}

impl Catalog {
    /// The number of the format in which this version stores. It reads that one and those before it.
    pub const FORMAT: u64 = tables::FORMAT;

    /// Opens the catalog in `file`, making it and its folder if there is none. If the portal's rules have changed since it
    /// was written, everything that follows from the documents is made again first. `expressions` evaluates those of its kinds.
    pub fn open(file: &Path, expressions: Arc<dyn Expressions>) -> Result<Catalog, OpenError> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|reason| OpenError::Folder { folder: folder.to_owned(), reason })?;
        }
        let disk = Self::disk(file)?;
        let engine = Engine::open(&disk).map_err(|error| OpenError::of(file, error.into()))?;
        Self::with_engine(disk, engine, file, expressions)
    }

    /// Opens the catalog that `backend` holds, which is called `name` in errors. What lies between a store and its disk goes in here.
    pub fn with_backend(
        backend: impl StorageBackend,
        name: &Path,
        expressions: Arc<dyn Expressions>,
    ) -> Result<Catalog, OpenError> {
        let disk = Disk::new(backend);
        let engine = Engine::open(&disk).map_err(|error| OpenError::of(name, error.into()))?;
        let catalog = Self::start(disk, engine, None, expressions);
        catalog.map_err(|failure| failure.in_file(name))
    }

    /// A catalog that lives as long as its handles and evaluates no expressions; for tests and trials.
    pub fn in_memory() -> Result<Catalog, StoreError> {
        Self::in_memory_with(Arc::new(NoExpressions))
    }

    /// The same with what evaluates expressions.
    pub fn in_memory_with(expressions: Arc<dyn Expressions>) -> Result<Catalog, StoreError> {
        let disk = Disk::new(InMemoryBackend::new());
        let engine = Engine::open(&disk)?;
        Self::start(disk, engine, None, expressions).map_err(|failure| match failure {
            Prepare::Store(error) => error,
            Prepare::Newer { found } => StoreError::Damaged { table: "meta", reason: format!("format {found}") },
        })
    }

    /// An empty one in memory that evaluates expressions as this one does; for what is collected here and stored elsewhere.
    pub fn beside(&self) -> Result<Catalog, StoreError> {
        Self::in_memory_with(self.expressions().clone())
    }

    /// The file as the engine takes it, made if there is none.
    pub(crate) fn disk(file: &Path) -> Result<Arc<Disk>, OpenError> {
        if std::fs::metadata(file).is_ok_and(|found| found.len() == 0) {
            tracing::warn!("the catalog {} is an empty file; a new one is begun in it", file.display());
        }
        let opened = File::options().read(true).write(true).create(true).truncate(false).open(file);
        let backend = opened.map_err(redb::DatabaseError::from).and_then(FileBackend::new);
        Ok(Disk::new(backend.map_err(|error| OpenError::of(file, error.into()))?))
    }

    /// The catalog in an open file.
    pub(crate) fn with_engine(
        disk: Arc<Disk>,
        engine: Engine,
        file: &Path,
        expressions: Arc<dyn Expressions>,
    ) -> Result<Catalog, OpenError> {
        let folder = file.parent().map(Path::to_owned);
        Self::start(disk, engine, folder, expressions).map_err(|failure| failure.in_file(file))
    }

    /// Looks at what the file says it is and at what is in it, and only then writes to it.
    fn start(
        disk: Arc<Disk>,
        engine: Engine,
        folder: Option<PathBuf>,
        expressions: Arc<dyn Expressions>,
    ) -> Result<Catalog, Prepare> {
        if let Some(found) =
            unharmed(|| number(&engine.begin_read()?, "format"))?.filter(|found| *found > tables::FORMAT)
        {
            return Err(Prepare::Newer { found });
        }
        let registry = ArcSwap::new(kinds::registry(Vec::new(), &expressions)?);
        let (open, guard, orphans) = (Mutex::default(), Mutex::default(), Mutex::default());
        let engines = Engines::new(disk, engine);
        let catalog = Catalog {
            inner: Arc::new(Inner {
                latest: Latest::default(),
                engines,
                open,
                guard,
                orphans,
                queue: Queue::default(),
                registry,
                counts: Counts::default(),
                expressions,
                folder,
            }),
        };
        unharmed(|| catalog.prepare())?;
        Ok(catalog)
    }

    /// Brings the tables up to this version of the portal where they are not, and lets the disk have what opening wrote.
    fn prepare(&self) -> Result<(), StoreError> {
        let engine = self.inner.engines.current();
        let read = engine.begin_read()?;
        if is_prepared(&read)? {
            self.see_kinds(&read)?;
            return Ok(engine.release()?);
        }
        let transaction = engine.begin_write()?;
        let format = number(&read, "format")?;
        if format == Some(1) {
            // Their keys were texts. Documents and entities are read in either form.
            transaction.delete_table(tables::RELATIONS)?;
            transaction.delete_table(tables::POSTINGS)?;
        }
        create_tables(&transaction)?;
        self.set_registry(kinds::load(&transaction.open_table(tables::KINDS)?, self.expressions())?);
        let rules = number(&read, "rules")?;
        if rules.is_some_and(|rules| rules != RULES) {
            tracing::info!(
                "the portal's rules have changed since the catalog was written; entities and indexes are made again"
            );
            // It writes too much to be held back.
            engine.release()?;
            crate::commit::rebuild(&transaction, &self.registry())?;
        } else if format == Some(1) {
            tracing::info!(
                "the catalog was written by an older version; what follows from its documents is made again"
            );
            engine.release()?;
            crate::commit::remake(&transaction, &self.registry())?;
        }
        {
            let mut meta = transaction.open_table(tables::META)?;
            meta.insert("format", tables::FORMAT)?;
            meta.insert("rules", RULES)?;
        }
        if number(&read, IDENTITY)?.is_none() {
            identify(&transaction)?;
        }
        transaction.commit()?;
        Ok(engine.release()?)
    }

    /// The last committed state, which stays as it is while it is held.
    pub(crate) fn read(&self) -> Result<ReadTransaction, StoreError> {
        let (engine, is_new) = self.inner.engines.to_read();
        let transaction = engine.begin_read()?;
        if is_new {
            self.see_kinds(&transaction)?;
        }
        Ok(transaction)
    }

    /// The one writer; waits for the one before it.
    pub(crate) fn write(&self) -> Result<Writing, StoreError> {
        let (engine, is_new) = self.inner.engines.to_write()?;
        if is_new {
            self.see_kinds(&engine.begin_read()?)?;
        }
        Ok(Writing::new(engine.begin_write()?, self.clone()))
    }

    /// What is held of the last committed state.
    pub(crate) fn held(&self) -> &Latest {
        &self.inner.latest
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.inner.counts
    }

    /// Whether the engine has met no failure of the disk.
    pub(crate) fn is_well(&self) -> bool {
        self.inner.engines.is_well()
    }

    /// Takes the kinds from the store. A commit that failed at its very end may be there, or not, when the file is opened again.
    pub(crate) fn see_kinds(&self, transaction: &ReadTransaction) -> Result<(), StoreError> {
        self.set_registry(kinds::load(&transaction.open_table(tables::KINDS)?, self.expressions())?);
        Ok(())
    }

    /// Says when syncs stop and ask; see [`RemovalGuard`].
    pub fn set_removal_guard(&self, guard: RemovalGuard) {
        *self.inner.guard.lock().unwrap_or_else(PoisonError::into_inner) = guard;
    }

    pub(crate) fn removal_guard(&self) -> RemovalGuard {
        *self.inner.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what becomes of entities that their source says no more.
    pub fn set_orphan_strategy(&self, strategy: OrphanStrategy) {
        *self.inner.orphans.lock().unwrap_or_else(PoisonError::into_inner) = strategy;
    }

    pub(crate) fn orphan_strategy(&self) -> OrphanStrategy {
        *self.inner.orphans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The kinds that documents are judged by, with what is derived for their entities.
    pub fn registry(&self) -> Arc<Registry> {
        self.inner.registry.load_full()
    }

    pub(crate) fn set_registry(&self, registry: Arc<Registry>) {
        self.inner.registry.store(registry);
    }

    /// What evaluates the expressions of kinds, and those of mappings.
    pub fn expressions(&self) -> &Arc<dyn Expressions> {
        &self.inner.expressions
    }

    /// Sessions that wait to be stored.
    pub(crate) fn queue(&self) -> &Queue {
        &self.inner.queue
    }

    /// The folder of the file; none where there is no file.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.inner.folder.as_deref()
    }

    /// The scopes that have open sessions.
    pub(crate) fn open_scopes(&self) -> &Mutex<OpenScopes> {
        &self.inner.open
    }
}

enum Prepare {
    Newer { found: u64 },
    Store(StoreError),
}

impl From<StoreError> for Prepare {
    fn from(error: StoreError) -> Self {
        Prepare::Store(error)
    }
}

impl Prepare {
    fn in_file(self, file: &Path) -> OpenError {
        match self {
            Prepare::Newer { found } => OpenError::Newer { file: file.to_owned(), found, known: tables::FORMAT },
            Prepare::Store(reason) => OpenError::of(file, reason),
        }
    }
}

/// A number that the file says of itself; none if nothing is in it yet.
fn number(transaction: &ReadTransaction, name: &str) -> Result<Option<u64>, StoreError> {
    match transaction.open_table(tables::META) {
        Ok(meta) => Ok(meta.get(name)?.map(|number| number.value())),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether this version of the portal has nothing to bring up to itself.
fn is_prepared(transaction: &ReadTransaction) -> Result<bool, StoreError> {
    if number(transaction, "format")? != Some(tables::FORMAT) {
        return Ok(false);
    }
    macro_rules! exist {
        ($($table:ident)*) => { $(
            match transaction.open_table(tables::$table) {
                Err(TableError::TableDoesNotExist(_)) => return Ok(false),
                opened => drop(opened?),
            }
        )* };
    }
    tables::each!(exist);
    Ok(number(transaction, "rules")? == Some(RULES) && number(transaction, IDENTITY)?.is_some())
}

/// A table must exist before a reader opens it.
fn create_tables(transaction: &WriteTransaction) -> Result<(), StoreError> {
    macro_rules! create {
        ($($table:ident)*) => { $( transaction.open_table(tables::$table)?; )* };
    }
    tables::each!(create);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none() -> Arc<dyn Expressions> {
        Arc::new(NoExpressions)
    }

    #[test]
    fn a_second_portal_on_the_same_file_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalog.redb");
        let _first = Catalog::open(&file, none()).unwrap();
        let error = Catalog::open(&file, none()).map(|_| ()).unwrap_err();
        assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    }

    #[test]
    fn a_file_of_a_later_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalog.redb");
        let catalog = Catalog::open(&file, none()).unwrap();
        let transaction = catalog.write().unwrap();
        transaction.open_table(tables::META).unwrap().insert("format", tables::FORMAT + 1).unwrap();
        transaction.commit().unwrap();
        drop(catalog);
        let bytes = std::fs::read(&file).unwrap();
        let error = Catalog::open(&file, none()).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("later version of Portico"), "{error}");
        assert!(std::fs::read(&file).unwrap() == bytes, "nothing was changed in it");
    }

    #[test]
    fn a_file_that_is_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalog.redb");
        std::fs::write(&file, b"not a catalog").unwrap();
        let error = Catalog::open(&file, none()).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("nothing was changed in it"), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), b"not a catalog");
    }
}
