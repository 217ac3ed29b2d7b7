//! Sigstore bundles, as cosign 3 writes them: a signature with all that belongs to it in one JSON document.
//!
//! A bundle holds a signature over the bytes themselves, or an envelope with a statement about them. Other statements, such as where a
//! package was built, are no signatures and say nothing here.
//!
//! Rule: only keys count. What stands in a bundle of certificates and logs is not looked at, and a bundle without a key is told so.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::cosign;
use super::policy::{TrustPolicy, TrustedKey};
use super::verify::{Distrust, no_key_fits};
use crate::digest::Digest;
use crate::error::excerpt;

/// How the media types of all versions begin.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle";

/// What a statement is that signs and says no more.
pub(crate) const SIGNS: &str = "https://sigstore.dev/cosign/sign/v1";

/// Signatures of one envelope: each costs a look at every key.
const SIGNATURES: usize = 16;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    media_type: String,
    #[serde(default)]
    verification_material: Material,
    message_signature: Option<MessageSignature>,
    dsse_envelope: Option<Envelope>,
}

/// Only whether an account signed in place of a key.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    certificate: Option<IgnoredAny>,
    x509_certificate_chain: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct MessageSignature {
    signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Deserialize)]
struct EnvelopeSignature {
    sig: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    predicate_type: String,
    #[serde(default)]
    subject: Vec<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    digest: Digests,
}

#[derive(Deserialize)]
struct Digests {
    sha256: Option<String>,
}

/// The trusted key that a bundle is signed with; none if it is about something else than a signature. `manifest` is what it was found
/// at in a registry; else it is about the package itself.
pub(super) fn judge<'a>(
    found_at: &str,
    bundle: &str,
    manifest: Option<&str>,
    package: &[u8],
    policy: &'a TrustPolicy,
) -> Result<Option<&'a TrustedKey>, Distrust> {
    let malformed = |reason: String| Distrust::Malformed { found_at: found_at.to_owned(), reason };
    let decoded = |text: &str| STANDARD.decode(text).map_err(|_| malformed("it holds what is no base64".to_owned()));
    let bundle: Bundle = serde_json::from_str(bundle).map_err(|error| malformed(excerpt(&error.to_string())))?;
    if !bundle.media_type.starts_with(MEDIA_TYPE) {
        return Err(malformed(format!("its type is `{}`, not `{MEDIA_TYPE}…`", excerpt(&bundle.media_type))));
    }
    let signed = manifest.map_or(package, str::as_bytes);
    let (message, signatures, statement) = match (&bundle.message_signature, &bundle.dsse_envelope) {
        (Some(message), None) => (signed.to_vec(), vec![decoded(&message.signature)?], None),
        (None, Some(envelope)) => {
            let payload = decoded(&envelope.payload)?;
            let statement: Statement =
                serde_json::from_slice(&payload).map_err(|error| malformed(excerpt(&error.to_string())))?;
            if statement.predicate_type != SIGNS {
                return Ok(None);
            }
            let signatures = envelope.signatures.iter().take(SIGNATURES).map(|one| decoded(&one.sig));
            (encoded(&envelope.payload_type, &payload), signatures.collect::<Result<_, _>>()?, Some(statement))
        }
        _ => return Err(malformed("it holds neither one signature nor one envelope".to_owned())),
    };
    let fits = |key: &&TrustedKey| signatures.iter().any(|signature| key.key.verifies(&message, signature));
    let Some(trusted) = policy.keys.iter().find(fits) else {
        let material = &bundle.verification_material;
        if material.certificate.is_some() || material.x509_certificate_chain.is_some() {
            return Err(malformed(
                "an account signed it and no key, and only keys are checked; `cosign sign --key` signs with one"
                    .to_owned(),
            ));
        }
        return Err(no_key_fits(found_at, policy));
    };
    if let Some(statement) = statement {
        about(found_at, &statement, signed)?;
    }
    if let Some(manifest) = manifest {
        cosign::holds(found_at, manifest, package)?;
    }
    Ok(Some(trusted))
}

/// Whether a statement is about these bytes.
fn about(found_at: &str, statement: &Statement, signed: &[u8]) -> Result<(), Distrust> {
    let expected = Digest::of(signed).hex();
    let named: Vec<&str> = statement.subject.iter().filter_map(|subject| subject.digest.sha256.as_deref()).collect();
    if named.contains(&expected.as_str()) {
        return Ok(());
    }
    let found = named.first().map_or_else(|| "nothing".to_owned(), |found| format!("sha256:{found}"));
    Err(Distrust::Other { found_at: found_at.to_owned(), found: excerpt(&found) })
}

/// What an envelope's signatures are made over: its type and its payload, each with its length.
fn encoded(kind: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_encoded_as_its_specification_has_it() {
        let encoded = encoded("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }
}
