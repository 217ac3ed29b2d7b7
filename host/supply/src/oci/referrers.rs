//! What refers to an artifact in a registry: the bundles with which cosign 3 signs it.
//!
//! Rule: a registry that keeps no list of what refers to an artifact is asked for the tag that stands in for it; one that has neither
//! has no bundles.

use http::{Method, StatusCode};

use super::artifact::{ArtifactError, Written, layers, referrers};
use super::pull::{Found, MOST_SIGNATURES};
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
    /// The bundles that refer to a manifest.
    pub(super) async fn bundles(
        &mut self,
        signed: &[u8],
        digest: Digest,
    ) -> Result<Vec<DetachedSignature>, SupplyError> {
        let found_at = format!("oci://{}/{}@{digest}", self.reference.registry(), self.reference.repository());
        let fault = |fault| SupplyError::Artifact { reference: found_at.clone(), fault };
        let Some(list) = self.list(digest).await? else { return Ok(Vec::new()) };
        let found: Vec<Written> = referrers(&list).map_err(fault)?.into_iter().filter(may_sign).collect();
        if found.len() > MOST_SIGNATURES {
            return Err(fault(ArtifactError::Signatures(found.len())));
        }
        let manifest = String::from_utf8(signed.to_vec())
            .map_err(|_| fault(ArtifactError::Unreadable("the signed manifest is not UTF-8 text".to_owned())))?;
        let mut bundles = Vec::new();
        for referrer in found {
            let digest = referrer.digest().map_err(fault)?;
            let what = format!("the manifest {digest} that refers to {found_at}");
            let Found::Manifest(own, _) = self.manifest(&digest.to_string(), &what, Some(digest)).await? else {
                continue;
            };
            for layer in layers(&own)
                .map_err(fault)?
                .into_iter()
                .filter(|layer| layer.media_type.starts_with(bundle::MEDIA_TYPE))
            {
                let what = format!("the bundle that refers to {found_at}");
                let bytes = self.blob(layer.digest().map_err(fault)?, &what, LONGEST_BUNDLE).await?;
                bundles.push(DetachedSignature {
                    found_at: format!("that refers to {found_at}"),
                    signature: String::from_utf8_lossy(&bytes).into_owned(),
                    attested: Attested::Bundle { manifest: Some(manifest.clone()) },
                });
            }
        }
        Ok(bundles)
    }

    /// The list of what refers to a manifest; none if the registry has none.
    async fn list(&mut self, digest: Digest) -> Result<Option<Vec<u8>>, SupplyError> {
        let what = format!("the list of what refers to {digest}");
        let answer = self.send(Ask::new(Method::GET, self.address(&format!("referrers/{digest}"))?)).await?;
        if answer.status == StatusCode::OK {
            return answer.body(&what, LONGEST_LIST).await.map(Some);
        }
        let tag = format!("sha256-{}", digest.hex());
        Ok(match self.manifest(&tag, &what, None).await? {
            Found::Manifest(list, _) => Some(list),
            Found::Nothing(_) => None,
        })
    }
}

/// Whether something in the list may be a signature. Other statements of bundles are none.
fn may_sign(referrer: &Written) -> bool {
    let is_bundle = referrer.artifact_type.as_deref().is_some_and(|kind| kind.starts_with(bundle::MEDIA_TYPE));
    let predicate = referrer.annotations.as_ref().and_then(|annotations| annotations.get(PREDICATE));
    is_bundle && predicate.is_none_or(|predicate| predicate == bundle::SIGNS)
}
