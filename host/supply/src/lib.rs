//! Where plugin packages come from, and who vouches for them.
//!
//! A [`Reference`] says where a package lies: a file, an address with a digest, or an artifact in a registry. [`fetch()`]
//! brings its bytes and pins them; [`verify`] judges who signed them by the operator's [`TrustPolicy`]. For authors there
//! are [`push`], [`sign`] and [`generate_key`]. The command line speaks to a portal by the same rules, with [`exchange()`].
//!
//! Rules: what was pinned is what is used; nothing is trusted because of where it lies. Fetching asks nothing of who
//! signed, and judging asks nothing of where the bytes came from, so that a package that was kept can be judged again.
//!
//! Not here: the engine, installing, the catalog, manifests of plugins. This crate moves bytes and compares them.

mod digest;
mod error;
mod exchange;
mod fetch;
mod oci;
mod options;
mod reference;
mod section;
mod signature;

use std::collections::BTreeMap;

use bytes::Bytes;

pub use digest::{Digest, DigestError};
pub use error::SupplyError;
pub use exchange::exchange;
pub use fetch::{Fetched, fetch};
pub use oci::ArtifactError;
pub use options::{Credential, Limits, Options, Reach};
pub use reference::{FileReference, OciReference, Reference, ReferenceError, WebReference, is_registry};
pub use section::SIGNATURE_SECTION;
pub use signature::{
    Algorithm, Attested, DetachedSignature, Distrust, GeneratedKey, KeyError, PrivateKey, PublicKey, Refusal,
    SignError, TrustPolicy, TrustedKey, Verdict, generate_key, sign, verify,
};

/// Pushes a package to a registry, under the tag that `destination` names. The answer is the same reference, pinned.
///
/// The package becomes an artifact that `wkg` and the field's other tools read. `annotations` go into its manifest, such
/// as `org.opencontainers.image.version`; the same package with the same annotations makes the same manifest.
pub async fn push(
    destination: &Reference,
    package: impl Into<Bytes>,
    annotations: &BTreeMap<String, String>,
    options: &Options,
) -> Result<Reference, SupplyError> {
    match destination {
        Reference::Oci(oci) => {
            let client = exchange::Client::new(options)?;
            oci::push(oci, package.into(), annotations, &client, options).await
        }
        Reference::File(file) => Err(SupplyError::Destination(file.to_string())),
        Reference::Web(web) => Err(SupplyError::Destination(reference::place(web.url()))),
    }
}
