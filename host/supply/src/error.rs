//! Why a package could not be fetched or pushed, in sentences for an operator.
//!
//! Rule: a sentence names the place and the next step, and never a credential or a query. What servers say is repeated
//! only where it is a word of their protocol.

use std::net::IpAddr;
use std::time::Duration;

use portico_manifest::PackageError;

use crate::digest::Digest;
use crate::oci::ArtifactError;

/// Why there is no package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SupplyError {
    /// A file could not be read.
    #[error("{path} cannot be read: {reason}; check the path, and that Portico may read it")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The bytes are not those that were pinned.
    #[error(
        "{what} has the digest {found}, but {expected} was expected: it was replaced or damaged, and is not used. If you \
         know of the change and want it, pin the digest that was found"
    )]
    WrongDigest {
        /// What was fetched, and from where.
        what: String,
        /// What was pinned, or what a pinned manifest says.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// More than a package may have.
    #[error("{what} is larger than {}, the most that is read of it; check that it is what you meant", size(*.limit))]
    TooLarge {
        /// What was fetched, and from where.
        what: String,
        /// Bytes.
        limit: u64,
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
    /// Not encrypted, and not on this machine after all.
    #[error("{host} leads to {address}, and only this machine is spoken to without encryption; use https")]
    NotLoopback {
        /// The host with its port.
        host: String,
        /// Where it leads.
        address: IpAddr,
    },
    /// An address that nobody from outside may have this machine connect to.
    #[error(
        "{host} leads to {address}, {reserved}, and packages are installed from public addresses alone; upload the package, name \
         the range under `install.private-addresses` in portico.yaml, or say `from` there"
    )]
    BeyondReach {
        /// The host with its port.
        host: String,
        /// Where it leads.
        address: IpAddr,
        /// What the address is.
        reserved: String,
    },
    /// The server could not prove who it is.
    #[error(
        "the certificate of {host} was refused ({reason}); if its authority is your own, add it to the system's \
         certificates or name the file in SSL_CERT_FILE"
    )]
    Untrusted {
        /// The host with its port.
        host: String,
        /// What was wrong.
        reason: String,
    },
    /// It took too long.
    #[error("{host} was too slow: {phase} was not there after {}; try again later", seconds(*.limit))]
    TooSlow {
        /// The host with its port.
        host: String,
        /// What was waited for.
        phase: &'static str,
        /// How long was waited, from the beginning of the connection or of the whole.
        limit: Duration,
    },
    /// The connection ended in the middle, or spoke something else.
    #[error("the exchange with {host} broke off: {reason}; try again later")]
    Interrupted {
        /// The host with its port.
        host: String,
        /// What happened.
        reason: String,
    },
    /// The server refused.
    #[error("{place} was answered with {status}{said}; {}", next_step(*.status))]
    Refused {
        /// The address, without its query.
        place: String,
        /// The status.
        status: http::StatusCode,
        /// The registry's own word for it in brackets, or nothing.
        said: String,
    },
    /// One redirect too many.
    #[error("{place} redirects more than {most} times; write the address that it leads to")]
    Redirects {
        /// The address that was asked first.
        place: String,
        /// How many are followed.
        most: usize,
    },
    /// A redirect that nobody follows.
    #[error("{place} redirects to {to}, which is not followed: {reason}; write an address that serves the file itself")]
    Redirect {
        /// The address that redirects.
        place: String,
        /// Where to, without its query.
        to: String,
        /// Why not.
        reason: &'static str,
    },
    /// A registry wants to know who asks.
    #[error(
        "{registry} wants a credential for {repository}, and there is none for {registry}; name one under `registries` in \
         portico.yaml, or with --user where you push"
    )]
    NoCredential {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
    },
    /// A registry refuses who asks.
    #[error(
        "{registry} refused {}",
        if *.configured {
            format!("the credential that it was shown; check its user name, its password, and what it may do with {repository}")
        } else {
            format!("access to {repository}; check that it is public, or name a credential for {registry} under `registries` in portico.yaml, or with --user where you push")
        }
    )]
    Denied {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
        /// Whether a credential is configured for it.
        configured: bool,
    },
    /// A registry's way to ask for credentials is not understood.
    #[error(
        "{registry} asks for credentials in a way that is not understood ({reason}); Basic and Bearer with a token service are"
    )]
    Challenge {
        /// The registry.
        registry: String,
        /// What was wrong.
        reason: String,
    },
    /// What a registry holds is no plugin.
    #[error("{reference} {fault}")]
    Artifact {
        /// What was asked for.
        reference: String,
        /// What is wrong.
        fault: ArtifactError,
    },
    /// What is to be pushed is no component.
    #[error(transparent)]
    Component(#[from] PackageError),
    /// A push to something that is no tag in a registry.
    #[error(
        "`{0}` cannot be pushed to; write a registry, a repository and a tag, without a digest, as in oci://ghcr.io/acme/x:1.0"
    )]
    Destination(String),
    /// A registry broke its protocol.
    #[error("{registry} does not do what registries do: {reason}; check that it is one")]
    Protocol {
        /// The registry.
        registry: String,
        /// What happened.
        reason: String,
    },
    /// Something of this machine is in the way.
    #[error("{0}")]
    Setup(String),
}

impl SupplyError {
    /// Whether a server said that there is nothing, or nothing for who asks.
    pub(crate) fn is_nothing(&self) -> bool {
        match self {
            SupplyError::NoCredential { .. } | SupplyError::Denied { .. } => true,
            SupplyError::Refused { status, .. } => matches!(status.as_u16(), 401 | 403 | 404 | 410),
            _ => false,
        }
    }
}

/// What an operator does about a status.
fn next_step(status: http::StatusCode) -> &'static str {
    match status.as_u16() {
        401 | 403 => "check that it may be read without a credential, or use a registry with one",
        404 | 410 => "check the spelling, and that it was published",
        408 | 429 | 500.. => "try again later",
        300..=399 => "write the address that it leads to",
        _ => "check the address",
    }
}

fn seconds(limit: Duration) -> String {
    match limit.as_secs() {
        0 => format!("{} ms", limit.as_millis()),
        seconds => format!("{seconds} s"),
    }
}

fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    match bytes {
        MIB.. => format!("{} MiB", bytes / MIB),
        KIB.. => format!("{} KiB", bytes / KIB),
        _ => format!("{bytes} bytes"),
    }
}

/// The beginning of what somebody else wrote, fit for a sentence: one line, and not longer than one.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 120;
    let mut characters = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut shown: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
