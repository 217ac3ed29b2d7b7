//! Why a repository could not be read, in sentences for an operator.

use portico_manifest::Denial;
use thiserror::Error;

use crate::egress::{Class, EgressError, size};

/// Why a repository, or something in it, could not be read.
#[derive(Clone, Debug, Error)]
pub(crate) enum RepositoryError {
    /// The address, the reference, the pattern or the path is wrong in itself.
    #[error("{0}")]
    Invalid(String),
    /// The operator has not granted it.
    #[error(transparent)]
    NotGranted(#[from] Denial),
    /// A grant is there, but the server, or a link on the way, asks for another.
    #[error("{0}")]
    Denied(String),
    /// There is no such repository, reference or file.
    #[error("{0}")]
    NotFound(String),
    /// The server does not answer as it should, for now.
    #[error("{reason}")]
    Unavailable {
        /// What happened.
        reason: String,
        /// Seconds after which a new attempt is welcome.
        retry_after: Option<u32>,
    },
    /// The exchange with the server failed.
    #[error("{0}")]
    Egress(#[from] EgressError),
    /// The run is over, or somebody stopped it.
    #[error("reading {0} was stopped before it was done")]
    Stopped(String),
    /// It is more than is read.
    #[error("{what} is larger than {}; {advice}", size(*.limit))]
    TooLarge {
        /// What.
        what: String,
        /// Bytes.
        limit: u64,
        /// What to do.
        advice: &'static str,
    },
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl RepositoryError {
    /// What the caller does next; none where there is nothing on the other side.
    pub(crate) fn class(&self) -> Option<Class> {
        match self {
            RepositoryError::Invalid(_) => Some(Class::Invalid),
            RepositoryError::NotGranted(_) | RepositoryError::Denied(_) => Some(Class::Denied),
            RepositoryError::NotFound(_) => None,
            RepositoryError::Unavailable { .. } => Some(Class::Unavailable),
            RepositoryError::Egress(error) => Some(error.class()),
            RepositoryError::Stopped(_) | RepositoryError::TooLarge { .. } | RepositoryError::Failed(_) => {
                Some(Class::Failed)
            }
        }
    }
}

/// What libgit2 says, as the reason of a sentence.
pub(super) fn reason(error: &git2::Error) -> String {
    let text = error.message().trim();
    if text.is_empty() { "no reason was given".to_owned() } else { text.to_owned() }
}
