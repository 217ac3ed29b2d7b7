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
    let (manifest, digest) = session.manifest(&named, &what, reference.digest()).await?;
    let fault = |fault| SupplyError::Artifact { reference: reference.to_string(), fault };
    let manifest = text(manifest).map_err(fault)?;
    let layer = layer(manifest.as_bytes()).map_err(fault)?;
    let what = format!("the file of {reference}");
    if layer.size > client.package_limit() {
        return Err(SupplyError::TooLarge { what, limit: client.package_limit() });
    }
    let bytes = session.blob(layer.digest, &what, client.package_limit()).await?;
    if bytes.len() as u64 != layer.size {
        return Err(fault(ArtifactError::Size { said: layer.size, found: bytes.len() as u64 }));
    }
    let mut signatures = session.signatures(&manifest, digest).await;
    signatures.extend(session.bundles(&manifest, digest).await);
    let pinned = Reference::Oci(reference.pinned(digest));
    Ok(Fetched { bytes, digest: layer.digest, pinned, signatures })
}

/// What is kept and shown as text.
fn text(bytes: Vec<u8>) -> Result<String, ArtifactError> {
    String::from_utf8(bytes).map_err(|_| ArtifactError::Unreadable("it is not UTF-8 text".to_owned()))
}

impl Session<'_> {
    pub(super) async fn manifest(
        &mut self,
        named: &str,
        what: &str,
        expected: Option<Digest>,
    ) -> Result<(Vec<u8>, Digest), SupplyError> {
        let mut ask = Ask::new(Method::GET, self.address(&format!("manifests/{named}"))?);
        ask.headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
        let answer = self.send(ask).await?;
        if answer.status != StatusCode::OK {
            return Err(answer.refused().await);
        }
        // A registry that names another digest than it serves is broken, or somebody stands between.
        let said = answer.header(CONTENT_DIGEST).and_then(|said| said.parse().ok());
        let bytes = answer.body(what, LONGEST_MANIFEST).await?;
        let digest = Digest::of(&bytes);
        for expected in [expected, said].into_iter().flatten() {
            judge(what, expected, digest)?;
        }
        Ok((bytes, digest))
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

    /// What cosign put under the tag that it makes of the digest. What cannot be read of it is among the answers as such.
    async fn signatures(&mut self, signed: &str, digest: Digest) -> Vec<DetachedSignature> {
        let tag = format!("sha256-{}.sig", digest.hex());
        let found_at = format!("oci://{}/{}:{tag}", self.reference.registry(), self.reference.repository());
        let fault = |fault| SupplyError::Artifact { reference: found_at.clone(), fault };
        let unread = |error| DetachedSignature::unread(found_at.clone(), &error);
        let manifest = match self.manifest(&tag, &format!("the manifest of {found_at}"), None).await {
            Ok((manifest, _)) => manifest,
            Err(error) if error.is_nothing() => return Vec::new(),
            Err(error) => return vec![unread(error)],
        };
        let found: Vec<(Written, String)> = match layers(&manifest) {
            Ok(layers) => layers.into_iter().filter_map(signature).collect(),
            Err(error) => return vec![unread(fault(error))],
        };
        // First, so that it is what is said where none of those that are read is good.
        let too_many = (found.len() > MOST_SIGNATURES).then(|| unread(fault(ArtifactError::Signatures(found.len()))));
        let mut signatures = Vec::from_iter(too_many);
        for (layer, signature) in found.into_iter().take(MOST_SIGNATURES) {
            signatures.push(match self.payload(&layer, &found_at).await {
                Ok(payload) => {
                    let attested = Attested::Image { manifest: signed.to_owned(), payload };
                    DetachedSignature { found_at: found_at.clone(), signature, attested }
                }
                Err(error) => unread(error),
            });
        }
        signatures
    }

    /// The text that a layer's signature signs.
    async fn payload(&mut self, layer: &Written, found_at: &str) -> Result<String, SupplyError> {
        let fault = |fault| SupplyError::Artifact { reference: found_at.to_owned(), fault };
        let what = format!("the signed text of {found_at}");
        let payload = self.blob(layer.digest().map_err(fault)?, &what, LONGEST_PAYLOAD).await?;
        text(payload).map_err(fault)
    }
}

/// A layer that is a signature, with what signs it. Others may lie beside it and mean nothing here.
fn signature(layer: Written) -> Option<(Written, String)> {
    let signature = layer.annotations.as_ref()?.get(SIGNATURE)?.clone();
    (layer.media_type == SIMPLE_SIGNING).then_some((layer, signature))
}
