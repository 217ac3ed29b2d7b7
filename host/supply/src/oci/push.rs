//! A plugin into a registry, as the artifact that `wkg` and other tools of the field understand.
//!
//! Rule: the same file makes the same manifest, so that pushing twice changes nothing and a digest can be foretold. What
//! is signed within the file travels with it; what cosign adds, cosign pushes.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use serde::Serialize;
use url::Url;

use super::artifact::{IMAGE_MANIFEST, WASM_CONFIG, WASM_LAYER, Written};
use super::session::{Access, Session};
use crate::digest::Digest;
use crate::error::SupplyError;
use crate::exchange::{Ask, Client};
use crate::options::Options;
use crate::reference::{OciReference, Reference};
use crate::section;

/// The time of an artifact that should not depend on when it was pushed.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// What `application/vnd.wasm.config.v0+json` holds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    created: &'a str,
    architecture: &'a str,
    os: &'a str,
    layer_digests: [String; 1],
    component: Component<'a>,
}

#[derive(Serialize)]
struct Component<'a> {
    exports: Vec<&'a str>,
    imports: Vec<&'a str>,
    target: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema_version: u64,
    media_type: &'a str,
    config: Written,
    layers: [Written; 1],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

/// Pushes a component under a tag. The answer is the same reference with the digest of its manifest.
pub(crate) async fn push(
    reference: &OciReference,
    package: Bytes,
    annotations: &BTreeMap<String, String>,
    client: &Client,
    options: &Options,
) -> Result<Reference, SupplyError> {
    let tag = match (reference.tag(), reference.digest()) {
        (Some(tag), None) => tag,
        _ => return Err(SupplyError::Destination(reference.to_string())),
    };
    if package.len() as u64 > client.package_limit() {
        return Err(SupplyError::TooLarge { what: "the package".to_owned(), limit: client.package_limit() });
    }
    let config = Bytes::from(config(&package)?);
    let manifest = json(&Manifest {
        schema_version: 2,
        media_type: IMAGE_MANIFEST,
        config: written(WASM_CONFIG, &config),
        layers: [written(WASM_LAYER, &package)],
        annotations,
    })?;
    let mut session = Session::new(client, reference, options, Access::Push);
    for blob in [package, config] {
        session.upload(blob).await?;
    }
    let digest = Digest::of(&manifest);
    let mut ask = Ask::new(Method::PUT, session.address(&format!("manifests/{tag}"))?);
    ask.headers.insert(CONTENT_TYPE, HeaderValue::from_static(IMAGE_MANIFEST));
    ask.body = Bytes::from(manifest);
    let answer = session.send(ask).await?;
    match answer.status {
        StatusCode::CREATED => Ok(Reference::Oci(reference.pinned(digest))),
        _ => Err(answer.refused().await),
    }
}

/// Describes the component: what it needs and offers, for tools that list artifacts without fetching them.
fn config(package: &[u8]) -> Result<Vec<u8>, SupplyError> {
    let names = section::names(package)?;
    json(&Config {
        created: NO_TIME,
        architecture: "wasm",
        os: "wasip2",
        layer_digests: [Digest::of(package).to_string()],
        component: Component { exports: names.exports, imports: names.imports, target: None },
    })
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, SupplyError> {
    serde_json::to_vec(value).map_err(|error| SupplyError::Setup(format!("the manifest cannot be written: {error}")))
}

fn written(media_type: &str, bytes: &[u8]) -> Written {
    Written {
        media_type: media_type.to_owned(),
        digest: Digest::of(bytes).to_string(),
        size: bytes.len() as u64,
        artifact_type: None,
        annotations: None,
    }
}

impl Session<'_> {
    /// Uploads a blob that the registry does not have yet: a session is begun, then filled with the whole.
    async fn upload(&mut self, blob: Bytes) -> Result<(), SupplyError> {
        let digest = Digest::of(&blob);
        let known = self.send(Ask::new(Method::HEAD, self.address(&format!("blobs/{digest}"))?)).await?;
        if known.status == StatusCode::OK {
            return Ok(());
        }
        let begun = self.send(Ask::new(Method::POST, self.address("blobs/uploads/")?)).await?;
        if begun.status != StatusCode::ACCEPTED {
            return Err(begun.refused().await);
        }
        let missing = || self.protocol("it begins an upload and does not say where".to_owned());
        let mut place: Url = begun.location()?.ok_or_else(missing)?;
        place.query_pairs_mut().append_pair("digest", &digest.to_string());
        let mut ask = Ask::new(Method::PUT, place);
        ask.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        ask.body = blob;
        let answer = self.send(ask).await?;
        if answer.status == StatusCode::CREATED { Ok(()) } else { Err(answer.refused().await) }
    }
}
