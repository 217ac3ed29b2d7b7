//! Opening the file: format check, the tables, and the handle everything else hangs on.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use portico_kinds::{Expressions, Registry};
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, WriteTransaction};

use crate::change::{IDENTITY, identify};
use crate::{NoExpressions, OpenError, RemovalGuard, StoreError, kinds, tables};

/// Bytes that the engine may cache: enough for the indexes of a hundred thousand entities and the pages that are
/// read often; the operating system caches the rest of the file.
const CACHE: usize = 48 << 20;

/// The central catalog. Cheap to clone; every clone is the same catalog.
#[derive(Clone)]
pub struct Catalog {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    /// Scopes with an open session.
    open: Mutex<HashSet<(String, String)>>,
    /// When syncs stop and ask.
    guard: Mutex<RemovalGuard>,
    /// The kinds that documents are judged by.
    registry: ArcSwap<Registry>,
    /// What evaluates the expressions of kinds.
    expressions: Arc<dyn Expressions>,
    /// The folder of the file; none where there is no file.
    folder: Option<PathBuf>,
}

impl Catalog {
    /// Opens the catalog in `file`, making it and its folder if there is none. If the portal's rules have changed since it
    /// was written, everything that follows from the documents is made again first. `expressions` evaluates those of its kinds.
    pub fn open(file: &Path, expressions: Arc<dyn Expressions>) -> Result<Catalog, OpenError> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|reason| OpenError::Folder { folder: folder.to_owned(), reason })?;
        }
        Self::with_file(Self::database(file)?, file, expressions)
    }

    /// Opens the file itself, making it if there is none.
    pub(crate) fn database(file: &Path) -> Result<Database, OpenError> {
        Database::builder().set_cache_size(CACHE).create(file).map_err(|error| match error {
            redb::DatabaseError::DatabaseAlreadyOpen => OpenError::InUse { file: file.to_owned() },
            other => OpenError::Unreadable { file: file.to_owned(), reason: other.into() },
        })
    }

    /// The catalog in an open file.
    pub(crate) fn with_file(
        database: Database,
        file: &Path,
        expressions: Arc<dyn Expressions>,
    ) -> Result<Catalog, OpenError> {
        Self::with_database(database, file.parent().map(Path::to_owned), expressions).map_err(|failure| match failure {
            Prepare::Newer { found } => OpenError::Newer { file: file.to_owned(), found, known: tables::FORMAT },
            Prepare::Store(reason) => OpenError::Unreadable { file: file.to_owned(), reason },
        })
    }

    /// A catalog that lives as long as its handles and evaluates no expressions; for tests and trials.
    pub fn in_memory() -> Result<Catalog, StoreError> {
        let database = Database::builder().create_with_backend(redb::backends::InMemoryBackend::new())?;
        Self::with_database(database, None, Arc::new(NoExpressions)).map_err(|failure| match failure {
            Prepare::Store(error) => error,
            Prepare::Newer { found } => StoreError::Damaged { table: "meta", reason: format!("format {found}") },
        })
    }

    fn with_database(
        database: Database,
        folder: Option<PathBuf>,
        expressions: Arc<dyn Expressions>,
    ) -> Result<Catalog, Prepare> {
        let registry = ArcSwap::new(kinds::registry(Vec::new(), &expressions)?);
        let (open, guard) = (Mutex::default(), Mutex::default());
        let catalog = Catalog { inner: Arc::new(Inner { database, open, guard, registry, expressions, folder }) };
        let transaction = catalog.write()?;
        let (format, rules) = {
            let meta = transaction.open_table(tables::META).map_err(StoreError::from)?;
            let number = |name| Ok::<_, StoreError>(meta.get(name)?.map(|number| number.value()));
            (number("format")?, number("rules")?)
        };
        if let Some(found) = format.filter(|found| *found > tables::FORMAT) {
            return Err(Prepare::Newer { found });
        }
        create_tables(&transaction)?;
        catalog.inner.registry.store(kinds::load(&transaction, &catalog.inner.expressions)?);
        let current = u64::from(portico_model::RULES_VERSION);
        if rules.is_some_and(|rules| rules != current) {
            tracing::info!(
                "the portal's rules have changed since the catalog was written; entities and indexes are made again"
            );
            crate::commit::rebuild(&transaction, &catalog.registry())?;
        }
        {
            if transaction
                .open_table(tables::META)
                .map_err(StoreError::from)?
                .get(IDENTITY)
                .map_err(StoreError::from)?
                .is_none()
            {
                identify(&transaction)?;
            }
            let mut meta = transaction.open_table(tables::META).map_err(StoreError::from)?;
            meta.insert("format", tables::FORMAT).map_err(StoreError::from)?;
            meta.insert("rules", current).map_err(StoreError::from)?;
        }
        transaction.commit().map_err(StoreError::from)?;
        Ok(catalog)
    }

    /// The last committed state, which stays as it is while it is held.
    pub(crate) fn read(&self) -> Result<ReadTransaction, StoreError> {
        Ok(self.inner.database.begin_read()?)
    }

    /// The one writer; waits for the one before it.
    pub(crate) fn write(&self) -> Result<WriteTransaction, StoreError> {
        Ok(self.inner.database.begin_write()?)
    }

    /// Says when syncs stop and ask; see [`RemovalGuard`].
    pub fn set_removal_guard(&self, guard: RemovalGuard) {
        *self.inner.guard.lock().unwrap_or_else(PoisonError::into_inner) = guard;
    }

    pub(crate) fn removal_guard(&self) -> RemovalGuard {
        *self.inner.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The kinds that documents are judged by, with what is derived for their entities.
    pub fn registry(&self) -> Arc<Registry> {
        self.inner.registry.load_full()
    }

    pub(crate) fn set_registry(&self, registry: Arc<Registry>) {
        self.inner.registry.store(registry);
    }

    pub(crate) fn expressions(&self) -> &Arc<dyn Expressions> {
        &self.inner.expressions
    }

    /// The folder of the file; none where there is no file.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.inner.folder.as_deref()
    }

    /// The scopes that have an open session.
    pub(crate) fn open_scopes(&self) -> std::sync::MutexGuard<'_, HashSet<(String, String)>> {
        self.inner.open.lock().unwrap_or_else(PoisonError::into_inner)
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

/// A table must exist before a reader opens it.
fn create_tables(transaction: &WriteTransaction) -> Result<(), StoreError> {
    macro_rules! create {
        ($($table:ident)*) => { $( transaction.open_table(tables::$table)?; )* };
    }
    tables::each!(create);
    Ok(())
}

/// A sequence of numbers that a transaction takes many of: read once, written once.
pub(crate) struct Sequence {
    name: &'static str,
    begun: u64,
    last: u64,
}

impl Sequence {
    pub(crate) fn open(
        meta: &impl ReadableTable<&'static str, u64>,
        name: &'static str,
    ) -> Result<Sequence, StoreError> {
        let last = meta.get(name)?.map_or(0, |number| number.value());
        Ok(Sequence { name, begun: last, last })
    }

    /// The next number, from 1.
    pub(crate) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Writes down where the sequence stands.
    pub(crate) fn close(&self, meta: &mut redb::Table<'_, &'static str, u64>) -> Result<(), StoreError> {
        if self.last != self.begun {
            meta.insert(self.name, self.last)?;
        }
        Ok(())
    }
}

/// Takes the next number of the sequence `name`, from 1.
pub(crate) fn next_number(
    meta: &mut redb::Table<'_, &'static str, u64>,
    name: &'static str,
) -> Result<u64, StoreError> {
    let next = meta.get(name)?.map_or(0, |number| number.value()) + 1;
    meta.insert(name, next)?;
    Ok(next)
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
        let error = Catalog::open(&file, none()).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("later version of Portico"), "{error}");
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
