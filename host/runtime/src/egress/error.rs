//! Why an exchange did not come about, in sentences for an operator.
//!
//! Rule: a sentence names the place and the next step, and never a secret or a query string; only what a recording has not is named with
//! its query, from which secrets were taken.

use std::net::IpAddr;
use std::time::Duration;

use portico_manifest::{Denial, Reserved};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why there is no answer.
#[derive(Clone, Debug, Error)]
pub(crate) enum EgressError {
    /// The request is wrong in itself.
    #[error("{0}")]
    Invalid(String),
    /// The operator has not granted it.
    #[error(transparent)]
    NotGranted(#[from] Denial),
    /// The name is granted, but leads to an address that needs a grant of its own.
    #[error(
        "{host} leads to {address}, {reserved}, which is refused unless a grant names it. To allow it, add to {remedy}"
    )]
    PrivateAddress {
        /// The host that was asked for.
        host: String,
        /// The first address that was refused.
        address: IpAddr,
        /// What it belongs to.
        reserved: Reserved,
        /// Where to add which lines.
        remedy: String,
    },
    /// An agent runs the plugin.
    #[error(
        "{host} is not asked from here: the agent `{agent}` runs the plugin, and its runs alone send requests. Have a run bring in what is          needed"
    )]
    Elsewhere {
        /// The host with its port.
        host: String,
        /// The agent.
        agent: String,
    },
    /// The name has no address.
    #[error(
        "the name {host} could not be resolved ({reason}); check the spelling, and the name servers of this machine"
    )]
    Unresolved {
        /// The host.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// Nothing answers at the address.
    #[error("{host} cannot be reached: {reason}; check that the server runs and that nothing blocks the way")]
    Unreachable {
        /// The host with its port.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The server could not prove who it is.
    #[error(
        "the certificate of {host} was refused ({reason}); if its authority is your own, name the file with \
         its certificate under `authorities` in the plugin's grants, or for all plugins in SSL_CERT_FILE"
    )]
    Untrusted {
        /// The host with its port.
        host: String,
        /// What was wrong.
        reason: String,
    },
    /// It took too long.
    #[error("{host} was too slow: {phase} took longer than {}", seconds(*.limit))]
    TooSlow {
        /// The host with its port.
        host: String,
        /// What was waited for.
        phase: Phase,
        /// How long was waited.
        limit: Duration,
    },
    /// The answer is larger than it may be.
    #[error("the answer of {host} is larger than {}; ask for less at a time", size(*.limit))]
    TooLarge {
        /// The host with its port.
        host: String,
        /// Bytes.
        limit: u64,
    },
    /// An answer cannot be looked through for the secret that was sent along.
    #[error(
        "the answer of {host} is compressed, though it was asked not to be; where a secret was sent along, what comes back is looked \
         through for it, and this cannot be"
    )]
    Encoded {
        /// The host with its port.
        host: String,
    },
    /// The connection ended in the middle, or spoke something else.
    #[error("the exchange with {host} broke off: {reason}")]
    Interrupted {
        /// The host with its port.
        host: String,
        /// What happened.
        reason: String,
    },
    /// Too many connections are open.
    #[error("no connection to {host} became free in time; {limit} are open at most")]
    Busy {
        /// The host with its port.
        host: String,
        /// How many may be open.
        limit: usize,
    },
    /// The secret of a credential could not be read.
    #[error("the secret of the credential `{credential}` could not be read from {source_name}: {reason}")]
    NoSecret {
        /// The credential's name.
        credential: String,
        /// Where it should be.
        source_name: String,
        /// What went wrong.
        reason: String,
    },
    /// No token could be made for a credential.
    #[error("no token could be made for the credential `{credential}` by {by}: {reason}")]
    NotMade {
        /// The credential's name.
        credential: String,
        /// What should have made it.
        by: String,
        /// What went wrong.
        reason: String,
        /// Whether it may go away by itself.
        is_passing: bool,
    },
    /// A run that is answered from a recording asks for something that is not in it.
    #[error(
        "{request} has no answer in the recording: {instead}. A run that is replayed reaches nobody; record it again"
    )]
    NotRecorded {
        /// What was asked for.
        request: String,
        /// What the recording has in its place, in the rest of a sentence.
        instead: String,
    },
    /// A run that is answered from a recording would ask a Git server.
    #[error(
        "{host} is not asked: a run that is replayed reaches nobody, and exchanges with Git servers are not recorded; read a \
         repository of this machine in its place"
    )]
    NotReplayed {
        /// The host with its port.
        host: String,
    },
    /// What went wrong when it was recorded.
    #[error("{message}")]
    Replayed {
        /// What the caller does next.
        class: Class,
        /// What happened.
        message: String,
    },
    /// The exchange could not be written down.
    #[error("the exchange cannot be recorded: {0}")]
    Unrecordable(String),
}

/// What was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// A token that is made for the request.
    Token,
    /// Name, connection and handshake.
    Connecting,
    /// The beginning of the answer.
    FirstByte,
    /// The next piece of the answer.
    NextByte,
    /// The exchange as a whole.
    Exchange,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Phase::Token => "making a token for it",
            Phase::Connecting => "the connection",
            Phase::FirstByte => "the beginning of the answer",
            Phase::NextByte => "the next part of the answer",
            Phase::Exchange => "the exchange",
        })
    }
}

/// What a caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Class {
    /// Mends its request or its settings.
    Invalid,
    /// Asks the operator.
    Denied,
    /// Tries again later.
    Unavailable,
    /// Gives up.
    Failed,
}

impl EgressError {
    /// What the caller does next.
    pub(crate) fn class(&self) -> Class {
        match self {
            EgressError::Invalid(_) => Class::Invalid,
            EgressError::NotGranted(_) | EgressError::PrivateAddress { .. } => Class::Denied,
            EgressError::Unresolved { .. }
            | EgressError::Unreachable { .. }
            | EgressError::TooSlow { .. }
            | EgressError::Interrupted { .. }
            | EgressError::Busy { .. }
            | EgressError::NotMade { is_passing: true, .. } => Class::Unavailable,
            EgressError::Replayed { class, .. } => *class,
            EgressError::Untrusted { .. }
            | EgressError::TooLarge { .. }
            | EgressError::Encoded { .. }
            | EgressError::NoSecret { .. }
            | EgressError::NotMade { .. }
            | EgressError::NotRecorded { .. }
            | EgressError::NotReplayed { .. }
            | EgressError::Elsewhere { .. }
            | EgressError::Unrecordable(_) => Class::Failed,
        }
    }
}

fn seconds(limit: Duration) -> String {
    match limit.as_secs() {
        0 => format!("{} ms", limit.as_millis()),
        seconds => format!("{seconds} s"),
    }
}

pub(crate) fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    match bytes {
        MIB.. => format!("{} MiB", bytes / MIB),
        KIB.. => format!("{} KiB", bytes / KIB),
        _ => format!("{bytes} bytes"),
    }
}
