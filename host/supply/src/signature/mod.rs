//! Signatures: who vouches for a package.
//!
//! Four kinds, all by keys that somebody holds: base64 beside a file, as `cosign sign-blob --key` wrote it before its
//! version 3; what `cosign sign --key` put beside an artifact in a registry; the bundles that cosign 3 writes in the place
//! of both (`bundle`); and a section at the end of the package itself (`embedded`). Keys are ed25519, or ECDSA over P-256 with SHA-256. The cryptography is ring's, which encrypts our
//! connections too.
//!
//! Not here: keyless signing. Fulcio and Rekor prove that an account signed at some time, and need a root of trust that is
//! renewed and an online log; a key needs a file.
//!
//! Rule: a signature counts only by a key that the operator named, and only for the very bytes that are used.

pub(crate) mod bundle;
mod cosign;
mod embedded;
mod key;
mod policy;
mod verify;

use serde::{Deserialize, Serialize};

use crate::error::SupplyError;

pub use embedded::{SignError, sign};
pub use key::{Algorithm, GeneratedKey, KeyError, PrivateKey, PublicKey, generate_key};
pub use policy::{Refusal, TrustPolicy, TrustedKey};
pub use verify::{Distrust, Verdict, verify};

/// A signature that was found beside a package. It holds all that judging it takes, and can be kept with the package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DetachedSignature {
    /// Where it was found, for sentences.
    pub found_at: String,
    /// Base64 or a bundle, as it was found.
    pub signature: String,
    /// What it signs.
    pub attested: Attested,
}

/// What a detached signature signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Attested {
    /// The bytes of the package.
    Blob,
    /// A text that names a manifest, which names the package.
    Image {
        /// The manifest, byte for byte.
        manifest: String,
        /// The signed text, byte for byte.
        payload: String,
    },
    /// What the bundle says: the bytes of the package, or of the manifest that it was found at.
    Bundle {
        /// The manifest, byte for byte; none for a bundle beside a file.
        manifest: Option<String>,
    },
    /// Nothing that is known: it is there, or may be, and could not be read.
    Unread {
        /// Why not.
        reason: String,
    },
}

impl DetachedSignature {
    /// What stands for a signature that could not be read: a doubt, unless another signature is good.
    pub(crate) fn unread(found_at: String, error: &SupplyError) -> DetachedSignature {
        let attested = Attested::Unread { reason: error.to_string() };
        DetachedSignature { found_at, signature: String::new(), attested }
    }
}
