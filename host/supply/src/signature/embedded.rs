//! The signature within a package: a custom section at its end.
//!
//! It holds JSON, `{"keyId", "algorithm", "signature"}`, over all bytes before the first such section; so several may sign
//! the same bytes, one after the other, and each can be taken off again.
//!
//! Rule: nothing but signatures follows a signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_manifest::{PackageError, append_section};
use serde::{Deserialize, Serialize};

use super::key::{Algorithm, KeyError, PrivateKey};
use crate::section::{SIGNATURE_SECTION, cut};

/// A signature has some 250 bytes; the number only keeps a hostile file from costing time.
const LONGEST: usize = 1024;

/// What a signature section holds.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Embedded {
    /// See [`PublicKey::id`](super::PublicKey::id).
    pub(super) key_id: String,
    pub(super) algorithm: Algorithm,
    /// Base64.
    pub(super) signature: String,
}

impl Embedded {
    /// Reads a section; the error is the end of a sentence.
    pub(super) fn read(section: &[u8]) -> Result<Embedded, String> {
        if section.len() > LONGEST {
            return Err(format!("it has {} bytes, more than the {LONGEST} of any signature", section.len()));
        }
        // Serde takes a list for an object, which would give one signature two forms.
        if !section.starts_with(b"{") {
            return Err("it is no JSON object".to_owned());
        }
        serde_json::from_slice(section).map_err(|error| error.to_string())
    }
}

/// Why a package cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// It is no component.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Somebody changed it after it was signed.
    #[error(
        "the package holds something behind a signature, so it was changed after it was signed. Pack it again, then sign it"
    )]
    Followed,
    /// This key's signature is there.
    #[error("the package is signed with this key already")]
    Signed,
    /// The signature cannot be written.
    #[error("the signature cannot be written: {0}")]
    Unwritable(String),
}

/// Appends a signature to a package. Signatures that are there stay; the new one is over the same bytes as they are.
pub fn sign(package: &[u8], key: &PrivateKey) -> Result<Vec<u8>, SignError> {
    let cut = cut(package)?;
    if cut.followed {
        return Err(SignError::Followed);
    }
    let key_id = key.public().id();
    let by_key = |section: &&[u8]| Embedded::read(section).is_ok_and(|there| there.key_id == key_id);
    if cut.signatures.iter().any(by_key) {
        return Err(SignError::Signed);
    }
    let signature = STANDARD.encode(key.sign(cut.signed)?);
    let section = Embedded { key_id, algorithm: key.public().algorithm(), signature };
    let section = serde_json::to_vec(&section).map_err(|error| SignError::Unwritable(error.to_string()))?;
    let mut signed = package.to_vec();
    append_section(&mut signed, SIGNATURE_SECTION, &section);
    Ok(signed)
}
