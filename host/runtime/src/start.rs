//! Why the runtime could not start.

use std::path::PathBuf;

/// Why the runtime could not start. A plugin that cannot be loaded is no reason: it is shown as refused.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The engine could not be set up.
    #[error("the WebAssembly engine could not be started: {0}. It needs an x86-64 or 64-bit ARM machine")]
    Engine(String),
    /// A folder cannot be used.
    #[error("the folder {} cannot be used: {reason}. Make it writable for the user that runs the portal, or name another with --data", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why, in the operating system's words.
        reason: std::io::Error,
    },
    /// The catalog failed.
    #[error("the journal of runs cannot be read: {0}")]
    Catalog(#[from] portico_catalog::StoreError),
    /// Threads could not be started.
    #[error(
        "threads that judge documents could not be started: {0}. Let the user that runs the portal have more processes"
    )]
    Threads(String),
    /// What reads repositories could not be set up.
    #[error("repositories cannot be read: {0}")]
    Repositories(String),
}
