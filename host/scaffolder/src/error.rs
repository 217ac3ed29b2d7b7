//! Why something that was asked of the scaffolder was not done.

use portico_catalog::StoreError;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// There is no such template.
    #[error("Template {0} not found")]
    NoTemplate(String),
    /// The entity is none.
    #[error("{0}")]
    NotATemplate(String),
    /// The template is not as it has to be.
    #[error("{0}")]
    Template(String),
    /// There is no such task.
    #[error("No task with id '{0}' found")]
    NoTask(String),
    /// The entity lives for ever, as far as anybody knows.
    #[error("{0} is not taken down at any time")]
    NoExpiry(String),
    /// Somebody may not do that.
    #[error("{0}")]
    NotAllowed(String),
    /// The task cannot be treated so as it stands.
    #[error("{0}")]
    State(String),
    /// What was given is wrong.
    #[error("{0}")]
    Input(String),
    /// There is no such action.
    #[error("{0}")]
    NoAction(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files of a task cannot be used.
    #[error("the files of the task cannot be used: {0}; see that the data folder can be written to and has room")]
    Files(#[from] std::io::Error),
    /// The portal's own fault.
    #[error("the portal failed: {0}")]
    Portal(String),
}
