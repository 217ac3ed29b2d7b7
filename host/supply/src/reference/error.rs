//! Why a text is no reference, in sentences for whoever wrote it.
//!
//! Rule: a sentence shows what was found and what to write instead, and never repeats a password.

use crate::digest::DigestError;
use crate::error::excerpt;

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing is there.
    #[error(
        "the reference is empty; write a file (file:/path/x.wasm), an address with its digest \
         (https://host/path/x.wasm#sha256:…), or what a registry holds (oci://registry/repository:tag)"
    )]
    Empty,
    /// A scheme that nobody here fetches.
    #[error(
        "`{}` begins with a scheme that is not supported; use file:, https:// with a digest, or oci://",
        excerpt(.0)
    )]
    Scheme(String),
    /// Neither a scheme nor the look of a path.
    #[error(
        "`{0}` is neither clearly a file nor clearly an address; write ./{0} if it is a file, oci://{0} if a registry holds it"
    )]
    Unclear(String),
    /// `file:` without a path.
    #[error("the reference names no file; write file:/path/x.wasm")]
    NoPath,
    /// `file://host/path`.
    #[error("`{}` names a host; only files of this machine are read, so write file:/path/x.wasm", excerpt(.0))]
    FileHost(String),
    /// An address that is none.
    #[error("the address cannot be read: {0}; write one such as https://host/path/x.wasm#sha256:…")]
    Address(String),
    /// A user name or a password within an address.
    #[error(
        "the address on {0} holds a user name or a password, which logs and pages would show; leave it out. For what \
         needs a credential use a registry (oci://), whose credential is configured apart"
    )]
    UserInfo(String),
    /// Not encrypted, and not on this machine.
    #[error(
        "`{}` is not encrypted, which only addresses of this machine (127.0.0.1, [::1], localhost) may be; write https://",
        excerpt(.0)
    )]
    NotEncrypted(String),
    /// An address without a digest.
    #[error(
        "`{}` names no digest, and what lies at an address may change; append # and the digest, as in \
         https://host/path/x.wasm#sha256:…, with the digits that `sha256sum` prints for the file",
        excerpt(.0)
    )]
    NoDigest(String),
    /// The digest is none.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// The registry is no host.
    #[error("`{}` is no registry; write a host in lower case, with its port if it has one, as in oci://ghcr.io/acme/x:1.0", excerpt(.0))]
    Registry(String),
    /// The repository is not one.
    #[error(
        "`{}` is no repository; write lower-case letters and digits, separated by single `.`, `_`, `-` or `/`, as in \
         oci://ghcr.io/acme/x:1.0",
        excerpt(.0)
    )]
    Repository(String),
    /// The tag is not one.
    #[error("`{}` is no tag; at most 128 letters, digits, `.`, `_` and `-` make one, and it begins with none of `.` and `-`", excerpt(.0))]
    Tag(String),
    /// Neither tag nor digest.
    #[error("`{}` names neither a tag nor a digest, and there is no default; append one, as in :1.0 or @sha256:…", excerpt(.0))]
    Unversioned(String),
}
