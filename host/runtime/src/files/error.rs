//! Why files could not be found or read, in sentences for an operator.

use std::io;

use portico_manifest::{Denial, FolderPath};
use thiserror::Error;

use crate::egress::size;

/// Why files could not be found, or a file not be read.
#[derive(Clone, Debug, Error)]
pub(crate) enum FilesError {
    /// The path or the pattern is wrong in itself.
    #[error("{0}")]
    Invalid(String),
    /// The operator has not granted it.
    #[error(transparent)]
    NotGranted(#[from] Denial),
    /// A link leads out of the granted folder.
    #[error(
        "{path} leads out of the folder {folder}, and nothing outside of it is read; put the file itself there, or name it where \
         it is and grant its own folder"
    )]
    Outside {
        /// The path.
        path: String,
        /// The granted folder.
        folder: String,
    },
    /// There is no such file.
    #[error("{0}")]
    NotFound(String),
    /// It is more than is read.
    #[error("{path} is larger than {}; larger files are not read", size(*.limit))]
    TooLarge {
        /// The file.
        path: String,
        /// Bytes.
        limit: u64,
    },
    /// The run is over, or somebody stopped it.
    #[error("looking for files was stopped before it was done")]
    Stopped,
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl FilesError {
    /// What the operating system said of a path below a granted folder.
    pub(super) fn of(error: io::Error, path: &str, folder: &FolderPath) -> FilesError {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                FilesError::NotFound(format!("there is no file {path}"))
            }
            // The sandbox's own refusal; that of the operating system has a number.
            io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
                FilesError::Outside { path: path.to_owned(), folder: folder.to_string() }
            }
            io::ErrorKind::PermissionDenied => FilesError::Failed(format!(
                "{path} may not be read by the user that the portal runs as; change its permissions"
            )),
            _ => FilesError::Failed(format!("{path} could not be read: {error}")),
        }
    }
}
