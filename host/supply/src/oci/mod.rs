//! Registries: pulling a plugin and what vouches for it, pushing one.
//!
//! Six requests of the distribution specification, over `exchange`: manifests and blobs are read, uploads are begun and
//! finished. `session` knows how to answer a registry that asks who is there, `artifact` judges what it holds.
//!
//! Rule: a manifest is what its digest says, and a layer is what its manifest says; a registry is only where they lie.

mod artifact;
mod challenge;
mod pull;
mod push;
mod referrers;
mod session;

pub use artifact::ArtifactError;
pub(crate) use artifact::layer;
pub(crate) use pull::pull;
pub(crate) use push::push;
