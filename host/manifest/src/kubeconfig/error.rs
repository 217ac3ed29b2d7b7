//! What is wrong with a kubeconfig, in sentences for whoever granted it.

use std::path::PathBuf;

use thiserror::Error;

/// A kubeconfig that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the kubeconfig {} cannot be used: {fault}", .file.display())]
pub struct KubeconfigError {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub fault: KubeconfigFault,
}

/// Why a kubeconfig cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KubeconfigFault {
    /// Nobody can read it.
    #[error("it could not be read: {0}; make it readable for the portal's user")]
    Unreadable(String),
    /// It is something else.
    #[error("{place}it is not as a kubeconfig is; write it as `kubectl config view --raw --flatten` shows one")]
    Unfit {
        /// Line and key, as the beginning of a sentence; empty where they are not known.
        place: String,
    },
    /// There is nothing in it.
    #[error("it has no contexts; write it as `kubectl config view --raw --flatten` shows one")]
    Empty,
    /// It has no such context.
    #[error("it has no context `{context}`; it has {known}")]
    Unknown {
        /// What was granted.
        context: String,
        /// What there is.
        known: String,
    },
    /// A context names what is not there.
    #[error(
        "the context `{context}` names the {what} `{name}`, which it does not have; add that, or leave the context out"
    )]
    Dangling {
        /// The context.
        context: String,
        /// `cluster` or `user`.
        what: &'static str,
        /// What it names.
        name: String,
    },
    /// A context cannot be used as it is.
    #[error("the context `{context}` {what}")]
    Unusable {
        /// The context.
        context: String,
        /// The rest of the sentence, with what to do.
        what: String,
    },
    /// A file that a context names cannot be used.
    #[error("the context `{context}` names the file {}, which could not be read: {reason}; make it readable for the portal's user", .file.display())]
    Missing {
        /// The context.
        context: String,
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// Two contexts come to one name.
    #[error(
        "the contexts `{one}` and `{other}` would both be called `{name}`; give one another name, as `{{ context: {other}, as: NAME }}`"
    )]
    SameName {
        /// The first.
        one: String,
        /// The second.
        other: String,
        /// The name.
        name: String,
    },
    /// More than anybody has.
    #[error("it has {0} contexts; at most {limit} are taken, so name those that are wanted under `contexts`", limit = super::cluster::MOST)]
    TooMany(usize),
}
