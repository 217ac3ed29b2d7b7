//! What can go wrong with the store, in sentences for an operator.

use std::path::{Path, PathBuf};

use portico_api_types::KindOrigin;
use portico_kinds::DeclarationError;

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder for the file is missing and could not be made.
    #[error("the data folder {folder} could not be made: {reason}; choose another with --data, or make it writable")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why, in the operating system's words.
        reason: std::io::Error,
    },
    /// Another process holds the file.
    #[error(
        "the catalog {file} is open in another process; stop the other portal, or give this one its own folder with --data"
    )]
    InUse {
        /// The file.
        file: PathBuf,
    },
    /// A later version wrote the file.
    #[error(
        "the catalog {file} was written by a later version of Portico (its format is {found}, this version reads up to {known}); \
         start that version, or restore a backup made by this one"
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// The format's number in the file.
        found: u64,
        /// The newest number this version reads.
        known: u64,
    },
    /// The disk does not let it be opened.
    #[error("the catalog {file} could not be opened: {reason}")]
    Disk {
        /// The file.
        file: PathBuf,
        /// Why, and what to do.
        reason: StoreError,
    },
    /// The file is damaged, or no catalog.
    #[error(
        "the catalog {file} could not be opened: {}; nothing was changed in it. Restore a backup, or move the file away to start afresh",
        bare(.reason)
    )]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why, in the store's words.
        reason: StoreError,
    },
}

impl OpenError {
    /// What kept the engine from opening `file`.
    pub(crate) fn of(file: &Path, reason: StoreError) -> OpenError {
        let file = file.to_owned();
        match reason {
            StoreError::Engine(redb::Error::DatabaseAlreadyOpen) => OpenError::InUse { file },
            StoreError::Full(_) | StoreError::ReadOnly(_) | StoreError::Disk(_) => OpenError::Disk { file, reason },
            StoreError::Engine(_) | StoreError::Damaged { .. } => OpenError::Unreadable { file, reason },
        }
    }
}

/// The store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room on the disk.
    #[error(
        "the disk that holds the data folder is full ({0}), and this could not be stored; the catalog is whole and goes on \
         answering. Make room there, and the next attempt stores it"
    )]
    Full(std::io::Error),
    /// The disk takes no writes.
    #[error(
        "the disk that holds the data folder takes no writes ({0}), and this could not be stored; the catalog is whole and goes on \
         answering. Make the folder and its files writable for the portal, and try again"
    )]
    ReadOnly(std::io::Error),
    /// The disk failed.
    #[error("the disk that holds the data folder failed ({0}); check the disk, and that the folder is still there")]
    Disk(std::io::Error),
    /// The storage engine failed, on a damaged file most likely.
    #[error("the store failed: {}", told(.0))]
    Engine(redb::Error),
    /// A record cannot be read back.
    #[error("a record in the table {table} cannot be read: {reason}; the file is damaged, restore a backup")]
    Damaged {
        /// The table.
        table: &'static str,
        /// Why.
        reason: String,
    },
}

/// What is wrong with a file, without what to do.
fn bare(error: &StoreError) -> String {
    match error {
        StoreError::Engine(redb::Error::Corrupted(reason)) => format!("it is damaged, or no catalog ({reason})"),
        StoreError::Damaged { table, reason } => format!("a record in the table {table} cannot be read ({reason})"),
        other => other.to_string(),
    }
}

/// What the engine says, and what to do about it.
fn told(error: &redb::Error) -> String {
    match error {
        redb::Error::Corrupted(reason) => {
            format!(
                "the file is damaged ({reason}); stop the portal and run `portico check --data` on its folder, or restore a backup"
            )
        }
        // It ended the engine that this began with.
        redb::Error::PreviousIo | redb::Error::DatabaseClosed => {
            "the disk that holds the data folder failed a moment ago, and the file is opened again; ask again"
                .to_owned()
        }
        other => format!("{other}; check the disk that holds the data folder"),
    }
}

impl From<redb::Error> for StoreError {
    fn from(error: redb::Error) -> Self {
        use std::io::ErrorKind;
        let redb::Error::Io(error) = error else { return StoreError::Engine(error) };
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => StoreError::Full(error),
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => StoreError::ReadOnly(error),
            ErrorKind::InvalidData => StoreError::Engine(redb::Error::Corrupted(error.to_string())),
            // The file ends before something that it says it holds.
            ErrorKind::UnexpectedEof => StoreError::Engine(redb::Error::Corrupted("its end is missing".to_owned())),
            _ => StoreError::Disk(error),
        }
    }
}

/// Every error type of the engine is told alike.
macro_rules! engine_errors {
    ($($kind:ty),*) => {$(
        impl From<$kind> for StoreError {
            fn from(error: $kind) -> Self {
                redb::Error::from(error).into()
            }
        }
    )*};
}
engine_errors!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::CursorError
);

/// A session could not be committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// It would remove so much that a person has to say so first.
    #[error(
        "this sync would remove {removes} of the {holds} entities that its source holds, so nothing of it was taken; confirm or discard \
         it on the source's page"
    )]
    Held {
        /// Entities, and facts about entities, that would go.
        removes: u64,
        /// Of how many.
        holds: u64,
    },
    /// It speaks of some files, and says an entity that another file says.
    #[error(
        "`{entity}` is said in {file} as well, of which this sync does not speak, so nothing of it was taken; read the scope whole"
    )]
    Elsewhere {
        /// The entity.
        entity: String,
        /// The file that said it before.
        file: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<redb::StorageError> for CommitError {
    fn from(error: redb::StorageError) -> Self {
        CommitError::Store(error.into())
    }
}

/// A session could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is one already.
    #[error(
        "the scope `{scope}` already has an open session of this mode; commit it or drop it before opening another"
    )]
    AlreadyOpen {
        /// The scope.
        scope: String,
    },
    /// The scope's name is not usable.
    #[error("a scope is named by 1 to {limit} bytes of text without control characters, found {found}")]
    BadScope {
        /// The most bytes.
        limit: usize,
        /// What was found.
        found: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why kinds cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum KindsError {
    /// A declaration cannot be used.
    #[error("{0}")]
    Declaration(#[from] DeclarationError),
    /// Somebody else brought the kind.
    #[error("the kind `{kind}` {}", brought(.origin))]
    Foreign {
        /// Its name.
        kind: String,
        /// Who brought it.
        origin: KindOrigin,
    },
    /// There is no such kind.
    #[error("there is no kind `{kind}`")]
    Unknown {
        /// The name that was given.
        kind: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn brought(origin: &KindOrigin) -> String {
    match origin {
        KindOrigin::BuiltIn => "is built in, and cannot be removed".to_owned(),
        KindOrigin::File => {
            "is declared in a file of the folders under `kinds` in portico.yaml; change it there".to_owned()
        }
        KindOrigin::Api => "is declared through the API; remove it there first".to_owned(),
        KindOrigin::Plugin { plugin } => format!("comes with the plugin {plugin}, and goes with it"),
    }
}

/// Sources that a plugin names no more could not be removed.
#[derive(Debug, thiserror::Error)]
pub enum RetainError {
    /// They hold so much that a person has to say so first.
    #[error(
        "{} named no more, with {removes} of the {holds} entities and facts that the plugin holds, so nothing was removed; confirm or \
         discard it on the page of such a source, /sources lists them", sources_are(*sources)
    )]
    Leaving {
        /// The sources.
        sources: u64,
        /// Entities, and facts about entities, that would go with them.
        removes: u64,
        /// Of how many.
        holds: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn sources_are(sources: u64) -> String {
    if sources == 1 { "1 source is".to_owned() } else { format!("{sources} sources are") }
}
