//! The verdict on a package: signed by whom, by nobody, or not to be trusted.
//!
//! What is wrong within the file, or wrong by a key that is trusted, spoils it whatever else is there. Otherwise one good
//! signature is enough: what lies beside a package may be by anybody.
//!
//! Rule: when in doubt, no, and say which doubt.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_manifest::PackageError;

use super::embedded::Embedded;
use super::policy::{TrustPolicy, TrustedKey};
use super::{Attested, DetachedSignature, bundle, cosign};
use crate::error::excerpt;
use crate::section::{Cut, cut};

/// Each costs a pass over the package; nobody needs more.
const MOST_EMBEDDED: usize = 16;

/// What is to be thought of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A trusted key signed it, and it is as it was then.
    SignedBy {
        /// The operator's name for the key.
        key: String,
    },
    /// There is no signature, so nothing to check.
    Unsigned,
    /// There is one, and it is not good.
    Untrusted {
        /// What is wrong with it.
        why: Distrust,
    },
}

/// What is wrong with a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// A key that nobody named.
    #[error(
        "the package is signed with the key {key_id}, which is not among the trusted keys. If you know whose it is and trust \
         them, add their public key; it has this id"
    )]
    UnknownKey {
        /// See [`PublicKey::id`](super::PublicKey::id).
        key_id: String,
    },
    /// A trusted key's signature that is wrong.
    #[error(
        "the package HAS BEEN CHANGED since {name} signed it, or the signature is forged. Do not use it; fetch it again from \
         its publisher, and if it is the same there, tell {name}"
    )]
    Changed {
        /// The operator's name for the key.
        name: String,
    },
    /// Something stands behind the signatures.
    #[error(
        "something was appended to the package after it was signed. Do not use it; fetch it again from its publisher"
    )]
    Appended,
    /// A signature without a key's name that no trusted key made.
    #[error(
        "the signature {found_at} {}: somebody else made it, or the package has been changed since. If you know who \
         signed it and trust them, add their public key",
        fit(*.trusted)
    )]
    NoKeyFits {
        /// Where the signature was found.
        found_at: String,
        /// How many keys are trusted.
        trusted: usize,
    },
    /// A good signature of something else.
    #[error(
        "the signature {found_at} is for {found}, not for this package. Do not use it; fetch it again from its publisher"
    )]
    Other {
        /// Where the signature was found.
        found_at: String,
        /// What it signs.
        found: String,
    },
    /// A signature that cannot be read.
    #[error("the signature {found_at} cannot be read ({reason}); have the package signed again")]
    Malformed {
        /// Where the signature was found.
        found_at: String,
        /// What was wrong.
        reason: String,
    },
    /// A signature that could not be fetched.
    #[error("what vouches for the package could not be read at {found_at}: {reason}")]
    Unread {
        /// Where the signature is, or may be.
        found_at: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// More signatures than are checked.
    #[error(
        "the package holds {0} signatures; at most {MOST_EMBEDDED} are checked. Have it signed by those who matter"
    )]
    TooMany(usize),
    /// No package at all.
    #[error(transparent)]
    Package(#[from] PackageError),
}

/// Judges a package by the signatures within it and those that were found beside it.
pub fn verify(package: &[u8], beside: &[DetachedSignature], policy: &TrustPolicy) -> Verdict {
    judge(package, beside, policy).unwrap_or_else(|why| Verdict::Untrusted { why })
}

fn judge(package: &[u8], beside: &[DetachedSignature], policy: &TrustPolicy) -> Result<Verdict, Distrust> {
    let cut = cut(package)?;
    if cut.followed {
        return Err(Distrust::Appended);
    }
    if cut.signatures.len() > MOST_EMBEDDED {
        return Err(Distrust::TooMany(cut.signatures.len()));
    }
    let mut doubt = None;
    let mut signer = None;
    for section in &cut.signatures {
        match embedded(section, &cut, policy) {
            Ok(trusted) => signer = signer.or(Some(trusted)),
            Err(why @ Distrust::UnknownKey { .. }) => doubt = doubt.or(Some(why)),
            Err(why) => return Err(why),
        }
    }
    for signature in beside {
        match detached(signature, package, policy) {
            Ok(trusted) => signer = signer.or(trusted),
            Err(why) => doubt = doubt.or(Some(why)),
        }
    }
    match (signer, doubt) {
        (Some(trusted), _) => Ok(Verdict::SignedBy { key: trusted.name.clone() }),
        (None, Some(why)) => Err(why),
        (None, None) => Ok(Verdict::Unsigned),
    }
}

fn embedded<'a>(section: &[u8], cut: &Cut<'_>, policy: &'a TrustPolicy) -> Result<&'a TrustedKey, Distrust> {
    let malformed = |reason| Distrust::Malformed { found_at: "within the package".to_owned(), reason };
    let embedded = Embedded::read(section).map_err(malformed)?;
    let unknown = || Distrust::UnknownKey { key_id: excerpt(&embedded.key_id) };
    let trusted = policy.by_id(&embedded.key_id).ok_or_else(unknown)?;
    if embedded.algorithm != trusted.key.algorithm() {
        return Err(malformed(format!("it names another algorithm than the key of {} has", trusted.name)));
    }
    let signature = decoded(&embedded.signature).map_err(malformed)?;
    let good = trusted.key.verifies(cut.signed, &signature);
    if good { Ok(trusted) } else { Err(Distrust::Changed { name: trusted.name.clone() }) }
}

fn detached<'a>(
    signature: &DetachedSignature,
    package: &[u8],
    policy: &'a TrustPolicy,
) -> Result<Option<&'a TrustedKey>, Distrust> {
    let found_at = &signature.found_at;
    let message = match &signature.attested {
        Attested::Image { payload, .. } => payload.as_bytes(),
        Attested::Blob => package,
        Attested::Bundle { manifest } => {
            return bundle::judge(found_at, &signature.signature, manifest.as_deref(), package, policy);
        }
        Attested::Unread { reason } => {
            return Err(Distrust::Unread { found_at: found_at.clone(), reason: reason.clone() });
        }
    };
    let bytes =
        decoded(&signature.signature).map_err(|reason| Distrust::Malformed { found_at: found_at.clone(), reason })?;
    let trusted = policy
        .keys
        .iter()
        .find(|trusted| trusted.key.verifies(message, &bytes))
        .ok_or_else(|| no_key_fits(found_at, policy))?;
    if let Attested::Image { manifest, payload } = &signature.attested {
        cosign::about(found_at, payload, manifest, package)?;
    }
    Ok(Some(trusted))
}

pub(super) fn no_key_fits(found_at: &str, policy: &TrustPolicy) -> Distrust {
    Distrust::NoKeyFits { found_at: found_at.to_owned(), trusted: policy.keys.len() }
}

fn fit(trusted: usize) -> String {
    match trusted {
        0 => "fits no trusted key, for there is none".to_owned(),
        1 => "does not fit the one key that is trusted".to_owned(),
        _ => format!("fits none of the {trusted} trusted keys"),
    }
}

fn decoded(base64: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(base64).map_err(|_| "it is no base64, as `cosign sign-blob` writes it".to_owned())
}
