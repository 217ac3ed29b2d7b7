//! What can go wrong with the store, in sentences for an operator.

use std::path::PathBuf;

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
    /// The file is damaged or cannot be read.
    #[error(
        "the catalog {file} could not be opened: {reason}; nothing was changed in it. Restore a backup, or move the file away to start afresh"
    )]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why, in the store's words.
        reason: StoreError,
    },
}

/// The store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The storage engine failed: a full or failing disk, a damaged file.
    #[error("the store failed: {0}; check the disk that holds the data folder")]
    Engine(#[from] redb::Error),
    /// A record cannot be read back.
    #[error("a record in the table {table} cannot be read: {reason}; the file is damaged, restore a backup")]
    Damaged {
        /// The table.
        table: &'static str,
        /// Why.
        reason: String,
    },
}

/// Every error type of the engine is told alike.
macro_rules! engine_errors {
    ($($kind:ty),*) => {$(
        impl From<$kind> for StoreError {
            fn from(error: $kind) -> Self {
                StoreError::Engine(error.into())
            }
        }
    )*};
}
engine_errors!(redb::DatabaseError, redb::TransactionError, redb::TableError, redb::StorageError, redb::CommitError);

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
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A session could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is one already.
    #[error("the scope `{scope}` already has an open session; commit it or drop it before opening another")]
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
