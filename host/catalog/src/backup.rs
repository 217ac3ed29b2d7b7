//! Backups: one committed state as a file of its own, made while the portal goes on; and the way back.
//!
//! Rule: a file that is there is never written over. What is put back is opened first, so that a file that cannot be used
//! is refused before it stands in for one that can.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portico_kinds::Expressions;
use redb::{Database, Key, ReadTransaction, ReadableTable, TableDefinition, Value, WriteTransaction};

use crate::engine::Engine;
use crate::{Catalog, OpenError, StoreError, tables};

/// What a backup holds, or a check has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// Entities.
    pub entities: u64,
    /// Sources.
    pub sources: u64,
    /// Changes in the log.
    pub changes: u64,
}

/// Why a backup could not be made, put back or checked.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file already.
    #[error("{file} is there already and is not written over; move it away, or choose another name")]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{file}: {reason}; check the path, its permissions and the space on the disk")]
    File {
        /// The file.
        file: PathBuf,
        /// Why, in the operating system's words.
        reason: std::io::Error,
    },
    /// The file is no catalog that this version can use.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    /// What kept a copy from being made: the disk that takes it need not be the one that holds the store.
    fn of(file: &Path, error: StoreError) -> BackupError {
        match error {
            StoreError::Full(reason) | StoreError::ReadOnly(reason) => {
                BackupError::File { file: file.to_owned(), reason }
            }
            StoreError::Disk(reason) if reason.kind() == std::io::ErrorKind::NotFound => {
                BackupError::File { file: file.to_owned(), reason }
            }
            error => BackupError::Store(error),
        }
    }
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is there.
    pub inventory: Inventory,
    /// Whether the engine had to repair the file.
    pub repaired: bool,
}

impl Catalog {
    /// Copies the last committed state into `file`, which must not be there. Commits go on meanwhile and are not in it.
    pub fn backup(&self, file: &Path) -> Result<Inventory, BackupError> {
        let failed = |reason| BackupError::File { file: file.to_owned(), reason };
        if file.exists() {
            return Err(BackupError::Exists { file: file.to_owned() });
        }
        // Whatever ends the copying early leaves no file that looks like a backup.
        let draft = file.with_extension("unfinished");
        let copied = self.copy_into(&draft);
        let inventory = match copied {
            Ok(inventory) => inventory,
            Err(error) => {
                let _ = fs::remove_file(&draft);
                return Err(BackupError::of(file, error));
            }
        };
        fs::hard_link(&draft, file).map_err(failed)?;
        fs::remove_file(&draft).map_err(failed)?;
        Ok(inventory)
    }

    /// Copies the last committed state into a file beside the store that has no name any more, and goes with its handle.
    pub fn backup_to_send(&self) -> Result<fs::File, BackupError> {
        let folder = self.folder().map_or_else(std::env::temp_dir, Path::to_owned);
        let file = folder.join(format!("backup-{}.redb", uuid::Uuid::new_v4()));
        let failed = |reason| BackupError::File { file: file.clone(), reason };
        let copied = self.copy_into(&file).map_err(|error| BackupError::of(&file, error));
        let opened = copied.and_then(|_| fs::File::open(&file).map_err(failed));
        // Where nothing could be made, the reason for that is what counts.
        let removed = fs::remove_file(&file).map_err(failed);
        opened.and_then(|opened| removed.map(|()| opened))
    }

    fn copy_into(&self, file: &Path) -> Result<Inventory, StoreError> {
        let from = self.read()?;
        let database = Database::create(file)?;
        let to = database.begin_write()?;
        macro_rules! copy {
            ($($table:ident)*) => { $( copy_table(&from, &to, tables::$table)?; )* };
        }
        tables::each!(copy);
        to.commit()?;
        inventory(&from)
    }

    /// Puts a backup in the place of a catalog that is not there.
    pub fn restore(backup: &Path, file: &Path, expressions: Arc<dyn Expressions>) -> Result<Inventory, BackupError> {
        if file.exists() {
            return Err(BackupError::Exists { file: file.to_owned() });
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|reason| BackupError::File { file: folder.to_owned(), reason })?;
        }
        let draft = file.with_extension("restoring");
        let failed = |reason| BackupError::File { file: draft.clone(), reason };
        fs::copy(backup, &draft).map_err(|reason| BackupError::File { file: backup.to_owned(), reason })?;
        let opened = Catalog::open(&draft, expressions).map_err(BackupError::from).and_then(|catalog| {
            // What follows a store by its numbers must not take the one that is put back for the one that was there.
            let transaction = catalog.write()?;
            crate::change::identify(&transaction)?;
            transaction.commit().map_err(StoreError::from)?;
            Ok(inventory(&catalog.read()?)?)
        });
        let inventory = match opened {
            Ok(inventory) => inventory,
            Err(error) => {
                let _ = fs::remove_file(&draft);
                return Err(error);
            }
        };
        fs::rename(&draft, file).map_err(failed)?;
        Ok(inventory)
    }

    /// Looks through a catalog that no portal has open: every page of the file, then every entity and index, which are made again
    /// from what the sources said.
    pub fn check(file: &Path, expressions: Arc<dyn Expressions>) -> Result<Checked, BackupError> {
        if !file.exists() {
            let reason = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(BackupError::File { file: file.to_owned(), reason });
        }
        let unreadable = |error: redb::DatabaseError| OpenError::of(file, error.into());
        let disk = Catalog::disk(file)?;
        let mut engine = Engine::open(&disk).map_err(unreadable)?;
        let repaired = !engine.check().map_err(unreadable)?;
        let catalog = Catalog::with_engine(disk, engine, file, expressions)?;
        let transaction = catalog.write()?;
        crate::commit::remake(&transaction, &catalog.registry())?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(Checked { inventory: inventory(&catalog.read()?)?, repaired })
    }
}

fn copy_table<K: Key, V: Value>(
    from: &ReadTransaction,
    to: &WriteTransaction,
    table: TableDefinition<'static, K, V>,
) -> Result<(), StoreError> {
    let from = from.open_table(table)?;
    let mut to = to.open_table(table)?;
    for entry in from.iter()? {
        let (key, value) = entry?;
        to.insert(key.value(), value.value())?;
    }
    Ok(())
}

fn inventory(transaction: &ReadTransaction) -> Result<Inventory, StoreError> {
    use redb::ReadableTableMetadata;
    Ok(Inventory {
        entities: transaction.open_table(tables::ENTITIES)?.len()?,
        sources: transaction.open_table(tables::SOURCES)?.len()?,
        changes: transaction.open_table(tables::CHANGES)?.len()?,
    })
}
