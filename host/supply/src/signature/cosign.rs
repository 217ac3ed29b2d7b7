//! What cosign signs of an artifact: a text that names the manifest's digest.
//!
//! Rule: the chain is followed to its end. A good signature over a text says nothing of a package until the text names the
//! manifest and the manifest names the package.

use serde::Deserialize;

use super::verify::Distrust;
use crate::digest::Digest;
use crate::error::excerpt;
use crate::oci;

/// What says that the text is about an image and not about something else that the key signs.
const KIND: &str = "cosign container image signature";

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

/// Whether a text that was signed is about this package.
pub(super) fn about(found_at: &str, payload: &str, manifest: &str, package: &[u8]) -> Result<(), Distrust> {
    let malformed = |reason| Distrust::Malformed { found_at: found_at.to_owned(), reason };
    let other = |found: &str| Distrust::Other { found_at: found_at.to_owned(), found: excerpt(found) };
    let payload: Payload = serde_json::from_str(payload).map_err(|error| malformed(error.to_string()))?;
    if payload.critical.kind != KIND {
        return Err(malformed(format!("its type is `{}`, not `{KIND}`", excerpt(&payload.critical.kind))));
    }
    let named = &payload.critical.image.digest;
    if *named != Digest::of(manifest.as_bytes()).to_string() {
        return Err(other(named));
    }
    holds(found_at, manifest, package)
}

/// Whether a manifest that was signed names this package.
pub(super) fn holds(found_at: &str, manifest: &str, package: &[u8]) -> Result<(), Distrust> {
    let malformed = |reason| Distrust::Malformed { found_at: found_at.to_owned(), reason };
    let other = |found: &str| Distrust::Other { found_at: found_at.to_owned(), found: excerpt(found) };
    let layer = oci::layer(manifest.as_bytes()).map_err(|fault| malformed(format!("what it signs {fault}")))?;
    if layer.digest == Digest::of(package) { Ok(()) } else { Err(other(&layer.digest.to_string())) }
}
