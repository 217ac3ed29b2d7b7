//! What refers to an artifact in a registry: the bundles with which cosign 3 signs it.
//!
//! Rule: a registry that keeps no list of what refers to an artifact is asked for the tag that stands in for it; one that has neither
//! has no bundles.

use http::{Method, StatusCode};

use super::artifact::{ArtifactError, Written, layers, referrers};
use super::pull::MOST_SIGNATURES;
use super::session::Session;
use crate::digest::Digest;
use crate::error::SupplyError;
use crate::exchange::Ask;
use crate::signature::{Attested, DetachedSignature, bundle};

/// A list of what refers to one artifact.
const LONGEST_LIST: u64 = 4 << 20;

/// A bundle has some kilobytes, most of them proofs of logs.
const LONGEST_BUNDLE: u64 = 256 << 10;

/// What cosign says of a bundle in the list, so that it need not be fetched to know whether it signs.
const PREDICATE: &str = "dev.sigstore.bundle.predicateType";

impl Session<'_> {
    /// The bundles that refer to a manifest. What cannot be read of them is among the answers as such.
    pub(super) async fn bundles(&mut self, signed: &str, digest: Digest) -> Vec<DetachedSignature> {
        let found_at = format!("oci://{}/{}@{digest}", self.reference.registry(), self.reference.repository());
        let fault = |fault| SupplyError::Artifact { reference: found_at.clone(), fault };
        let unread = |error| DetachedSignature::unread(found_at.clone(), &error);
        let list = match self.list(digest).await {
            Ok(list) => list,
            Err(error) if error.is_nothing() => return Vec::new(),
            Err(error) => return vec![unread(error)],
        };
        let found: Vec<Written> = match referrers(&list) {
            Ok(found) => found.into_iter().filter(may_sign).collect(),
            Err(error) => return vec![unread(fault(error))],
        };
        // First, so that it is what is said where none of those that are read is good.
        let too_many = (found.len() > MOST_SIGNATURES).then(|| unread(fault(ArtifactError::Signatures(found.len()))));
        let mut bundles = Vec::from_iter(too_many);
        for referrer in found.into_iter().take(MOST_SIGNATURES) {
            match self.bundle(&referrer, &found_at).await {
                Ok(texts) => bundles.extend(texts.into_iter().map(|signature| DetachedSignature {
                    found_at: format!("that refers to {found_at}"),
                    signature,
                    attested: Attested::Bundle { manifest: Some(signed.to_owned()) },
                })),
                Err(error) => bundles.push(unread(error)),
            }
        }
        bundles
    }

    /// The bundles that one referrer holds, which is one where cosign wrote it.
    async fn bundle(&mut self, referrer: &Written, found_at: &str) -> Result<Vec<String>, SupplyError> {
        let fault = |fault| SupplyError::Artifact { reference: found_at.to_owned(), fault };
        let digest = referrer.digest().map_err(fault)?;
        let what = format!("the manifest {digest} that refers to {found_at}");
        let (own, _) = self.manifest(&digest.to_string(), &what, Some(digest)).await?;
        let mut bundles = Vec::new();
        let layers = layers(&own).map_err(fault)?.into_iter();
        for layer in layers.filter(|layer| layer.media_type.starts_with(bundle::MEDIA_TYPE)).take(MOST_SIGNATURES) {
            let what = format!("the bundle that refers to {found_at}");
            let bytes = self.blob(layer.digest().map_err(fault)?, &what, LONGEST_BUNDLE).await?;
            bundles.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        Ok(bundles)
    }

    /// The list of what refers to a manifest.
    async fn list(&mut self, digest: Digest) -> Result<Vec<u8>, SupplyError> {
        let what = format!("the list of what refers to {digest}");
        let answer = self.send(Ask::new(Method::GET, self.address(&format!("referrers/{digest}"))?)).await;
        match answer {
            Ok(answer) if answer.status == StatusCode::OK => return answer.body(&what, LONGEST_LIST).await,
            Ok(_) => {}
            Err(error) if error.is_nothing() => {}
            Err(error) => return Err(error),
        }
        self.manifest(&format!("sha256-{}", digest.hex()), &what, None).await.map(|(list, _)| list)
    }
}

/// Whether something in the list may be a signature. Other statements of bundles are none.
fn may_sign(referrer: &Written) -> bool {
    let is_bundle = referrer.artifact_type.as_deref().is_some_and(|kind| kind.starts_with(bundle::MEDIA_TYPE));
    let predicate = referrer.annotations.as_ref().and_then(|annotations| annotations.get(PREDICATE));
    is_bundle && predicate.is_none_or(|predicate| predicate == bundle::SIGNS)
}
