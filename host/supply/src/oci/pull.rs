//! A plugin out of a registry, with the cosign signatures that lie beside it.
//!
//! Rule: nothing of a body is used before its digest was compared.

use http::header::{ACCEPT, HeaderName};
use http::{HeaderValue, Method, StatusCode};

use super::artifact::{ACCEPTED, ArtifactError, Written, layer, layers};
use super::session::{Access, Session};
use crate::digest::Digest;
use crate::error::SupplyError;
use crate::exchange::{Ask, Client};
use crate::fetch::{Fetched, judge};
use crate::options::Options;
use crate::reference::{OciReference, Reference};
use crate::signature::{Attested, DetachedSignature};

/// The most that the distribution specification wants registries to take.
const LONGEST_MANIFEST: u64 = 4 << 20;

/// What cosign signs is some hundred bytes, and annotations that its users add.
const LONGEST_PAYLOAD: u64 = 64 << 10;

/// A package is signed by its publisher and perhaps by who reviewed it; each costs a request.
pub(super) const MOST_SIGNATURES: usize = 16;

/// What cosign calls the layer that it signs, and the annotation with the signature.
const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

/// The registry's own word for a manifest's digest.
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// Pulls what a reference names.
pub(crate) async fn pull(reference: &OciReference, client: &Client, options: &Options) -> Result<Fetched, SupplyError> {
    let mut session = Session::new(client, reference, options, Access::Pull);
    let named = match (reference.digest(), reference.tag()) {
        (Some(digest), _) => digest.to_string(),
        (None, tag) => tag.unwrap_or_default().to_owned(),
    };
    let what = format!("the manifest of {reference}");
    let (manifest, digest) = match session.manifest(&named, &what, reference.digest()).await? {
        Found::Manifest(bytes, digest) => (bytes, digest),
        Found::Nothing(refused) => return Err(refused),
    };
    let fault = |fault| SupplyError::Artifact { reference: reference.to_string(), fault };
    let layer = layer(&manifest).map_err(fault)?;
    let what = format!("the file of {reference}");
    if layer.size > client.package_limit() {
        return Err(SupplyError::TooLarge { what, limit: client.package_limit() });
    }
    let bytes = session.blob(layer.digest, &what, client.package_limit()).await?;
    if bytes.len() as u64 != layer.size {
        return Err(fault(ArtifactError::Size { said: layer.size, found: bytes.len() as u64 }));
    }
    let mut signatures = session.signatures(&manifest, digest).await?;
    signatures.extend(session.bundles(&manifest, digest).await?);
    let pinned = Reference::Oci(reference.pinned(digest));
    Ok(Fetched { bytes, digest: layer.digest, pinned, signatures })
}

/// What lies under a name.
pub(super) enum Found {
    Manifest(Vec<u8>, Digest),
    /// Nothing; the sentence for those who needed it.
    Nothing(SupplyError),
}

impl Session<'_> {
    pub(super) async fn manifest(
        &mut self,
        named: &str,
        what: &str,
        expected: Option<Digest>,
    ) -> Result<Found, SupplyError> {
        let mut ask = Ask::new(Method::GET, self.address(&format!("manifests/{named}"))?);
        ask.headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
        let answer = self.send(ask).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(Found::Nothing(answer.refused().await)),
            _ => return Err(answer.refused().await),
        }
        // A registry that names another digest than it serves is broken, or somebody stands between.
        let said = answer.header(CONTENT_DIGEST).and_then(|said| said.parse().ok());
        let bytes = answer.body(what, LONGEST_MANIFEST).await?;
        let digest = Digest::of(&bytes);
        for expected in [expected, said].into_iter().flatten() {
            judge(what, expected, digest)?;
        }
        Ok(Found::Manifest(bytes, digest))
    }

    pub(super) async fn blob(&mut self, digest: Digest, what: &str, limit: u64) -> Result<Vec<u8>, SupplyError> {
        let ask = Ask::new(Method::GET, self.address(&format!("blobs/{digest}"))?);
        let answer = self.send(ask).await?;
        if answer.status != StatusCode::OK {
            return Err(answer.refused().await);
        }
        let bytes = answer.body(what, limit).await?;
        judge(what, digest, Digest::of(&bytes))?;
        Ok(bytes)
    }

    /// What cosign put under the tag that it makes of the digest.
    async fn signatures(&mut self, signed: &[u8], digest: Digest) -> Result<Vec<DetachedSignature>, SupplyError> {
        let place = format!("oci://{}/{}", self.reference.registry(), self.reference.repository());
        let tag = format!("sha256-{}.sig", digest.hex());
        let found_at = format!("{place}:{tag}");
        let what = format!("the manifest of {found_at}");
        let Found::Manifest(manifest, _) = self.manifest(&tag, &what, None).await? else { return Ok(Vec::new()) };
        let fault = |fault| SupplyError::Artifact { reference: found_at.clone(), fault };
        let found: Vec<(Written, String)> =
            layers(&manifest).map_err(fault)?.into_iter().filter_map(signature).collect();
        if found.len() > MOST_SIGNATURES {
            return Err(fault(ArtifactError::Signatures(found.len())));
        }
        let text = |bytes: Vec<u8>, what: &str| {
            String::from_utf8(bytes).map_err(|_| fault(ArtifactError::Unreadable(format!("{what} is not UTF-8 text"))))
        };
        let mut signatures = Vec::with_capacity(found.len());
        for (payload, signature) in found {
            let what = format!("the signed text of {found_at}");
            let payload = self.blob(payload.digest().map_err(fault)?, &what, LONGEST_PAYLOAD).await?;
            let attested = Attested::Image {
                manifest: text(signed.to_vec(), "the signed manifest")?,
                payload: text(payload, "the signed text")?,
            };
            signatures.push(DetachedSignature { found_at: found_at.clone(), signature, attested });
        }
        Ok(signatures)
    }
}

/// A layer that is a signature, with what signs it. Others may lie beside it and mean nothing here.
fn signature(layer: Written) -> Option<(Written, String)> {
    let signature = layer.annotations.as_ref()?.get(SIGNATURE)?.clone();
    (layer.media_type == SIMPLE_SIGNING).then_some((layer, signature))
}
