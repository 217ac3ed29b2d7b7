//! What a manifest says, and whether it is a plugin.
//!
//! The form is the one of the wasm working group that `wkg` and others write: a configuration that only describes, and
//! one layer that is the component. Unknown keys are let be, for a manifest belongs to many.
//!
//! Rule: exactly one wasm layer, named by a digest, with the size that it has. Everything else is told what it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::excerpt;

/// A manifest of one artifact.
pub(super) const IMAGE_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// What we write and most tools read.
pub(super) const WASM_LAYER: &str = "application/wasm";
/// What describes the component; `wkg` refuses artifacts with another.
pub(super) const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";

/// Lists of manifests, by the names of both families.
const INDEXES: [&str; 2] =
    ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

/// What a plugin's layer may be called: by the working group, by the tools before it, and by Portico itself.
const LAYERS: [&str; 3] =
    [WASM_LAYER, "application/vnd.wasm.content.layer.v1+wasm", "application/vnd.portico.plugin.layer.v1+wasm"];

/// What a plugin's configuration may be called: by the working group, by the tools before it, and nothing at all.
const CONFIGS: [&str; 3] = [WASM_CONFIG, "application/vnd.wasm.config.v1+json", "application/vnd.oci.empty.v1+json"];

/// The manifest types that a registry is asked for: lists too, so that it can be said that one is there.
pub(super) const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json";

/// Why an artifact is no plugin; reads on after its reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// No manifest, or not one that is known.
    #[error("has a manifest that cannot be read ({0}); push the plugin again")]
    Unreadable(String),
    /// A list of manifests.
    #[error(
        "is a list of {0} manifests, one for each platform. A plugin is one file for all of them: name one of the manifests \
         by its digest (@sha256:…), or push the plugin by itself"
    )]
    Index(usize),
    /// Something else than a plugin.
    #[error(
        "is no plugin: its configuration is of the type `{0}`. Push the plugin's file with `portico plugin push` or \
         `wkg oci push`"
    )]
    Config(String),
    /// More layers than one, or none.
    #[error(
        "has {0} layers; a plugin has one, which is its file. Push it with `portico plugin push` or `wkg oci push`"
    )]
    Layers(usize),
    /// A layer that is no wasm.
    #[error(
        "is no plugin: its layer is of the type `{0}`, not `application/wasm`. Push the plugin's file with `portico plugin \
         push` or `wkg oci push`"
    )]
    Layer(String),
    /// Named by a digest that is none.
    #[error(
        "names a blob by `{0}`, and only sha256 digests are read; push the plugin again with a tool that uses them"
    )]
    Digest(String),
    /// A size that is not true.
    #[error("says that its layer has {said} bytes, but it has {found}; push the plugin again")]
    Size {
        /// What the manifest says.
        said: u64,
        /// What was there.
        found: u64,
    },
    /// More signatures than anybody checks.
    #[error("carries {0} signatures; at most {most} are read. Remove those that nobody needs", most = super::pull::MOST_SIGNATURES)]
    Signatures(usize),
}

/// Something in a registry, named by what it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    pub(super) media_type: String,
    pub(super) digest: String,
    pub(super) size: u64,
    /// What refers to an artifact, in lists of such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) artifact_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) annotations: Option<BTreeMap<String, String>>,
}

impl Written {
    pub(super) fn digest(&self) -> Result<Digest, ArtifactError> {
        self.digest.parse().map_err(|_| ArtifactError::Digest(excerpt(&self.digest)))
    }
}

/// The manifest of one artifact, or of a list of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u64,
    media_type: Option<String>,
    config: Option<Written>,
    layers: Option<Vec<Written>>,
    manifests: Option<Vec<serde::de::IgnoredAny>>,
}

impl Manifest {
    fn read(bytes: &[u8]) -> Result<Manifest, ArtifactError> {
        let unreadable = |reason: String| ArtifactError::Unreadable(excerpt(&reason));
        let manifest: Manifest = serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
        let listed = manifest.manifests.as_ref().map(Vec::len);
        let index = manifest.media_type.as_deref().is_some_and(|found| INDEXES.contains(&found));
        match (manifest.schema_version, listed) {
            (_, Some(count)) => Err(ArtifactError::Index(count)),
            (_, None) if index => Err(ArtifactError::Index(0)),
            (2, None) => Ok(manifest),
            (other, None) => Err(unreadable(format!("its schema is {other}, not 2"))),
        }
    }
}

/// Where the file of a plugin lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    /// The digest of the file.
    pub(crate) digest: Digest,
    /// Its bytes.
    pub(crate) size: u64,
}

/// The one wasm layer of a plugin's manifest.
pub(crate) fn layer(manifest: &[u8]) -> Result<Layer, ArtifactError> {
    let manifest = Manifest::read(manifest)?;
    let config = manifest.config.map(|config| config.media_type).unwrap_or_default();
    if !CONFIGS.contains(&config.as_str()) {
        return Err(ArtifactError::Config(excerpt(&config)));
    }
    let layers = manifest.layers.unwrap_or_default();
    let [layer] = layers.as_slice() else { return Err(ArtifactError::Layers(layers.len())) };
    if !LAYERS.contains(&layer.media_type.as_str()) {
        return Err(ArtifactError::Layer(excerpt(&layer.media_type)));
    }
    Ok(Layer { digest: layer.digest()?, size: layer.size })
}

/// All layers of a manifest whose configuration does not matter.
pub(super) fn layers(manifest: &[u8]) -> Result<Vec<Written>, ArtifactError> {
    Ok(Manifest::read(manifest)?.layers.unwrap_or_default())
}

/// All that a list of what refers to an artifact names.
pub(super) fn referrers(list: &[u8]) -> Result<Vec<Written>, ArtifactError> {
    #[derive(Deserialize)]
    struct List {
        manifests: Vec<Written>,
    }
    let read = serde_json::from_slice::<List>(list);
    read.map(|list| list.manifests).map_err(|error| ArtifactError::Unreadable(excerpt(&error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn manifest(config: &str, layers: &str) -> String {
        format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"{config}","digest":"{SHA}","size":2}},"layers":[{layers}],"x":1}}"#
        )
    }

    fn written(media_type: &str, digest: &str) -> String {
        format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":3,"annotations":null}}"#)
    }

    #[test]
    fn each_form_of_a_plugin_is_known() {
        for config in CONFIGS {
            for media_type in LAYERS {
                let found = layer(manifest(config, &written(media_type, SHA)).as_bytes()).expect(media_type);
                assert_eq!(found, Layer { digest: Digest::of(b""), size: 3 }, "{config} {media_type}");
            }
        }
    }

    #[test]
    fn everything_else_is_told_what_it_is() {
        let wasm = written(WASM_LAYER, SHA);
        let long = format!("a{}", "b".repeat(500));
        let cases = [
            (String::new(), "has a manifest that cannot be read (EOF"),
            (format!("{{\"x\":{}", "[".repeat(100_000)), "has a manifest that cannot be read (EOF"),
            ("{}".into(), "cannot be read (missing field `schemaVersion`"),
            (r#"{"schemaVersion":1}"#.into(), "cannot be read (its schema is 1, not 2)"),
            (r#"{"schemaVersion":2,"schemaVersion":2}"#.into(), "duplicate field"),
            (r#"{"schemaVersion":2}"#.into(), "its configuration is of the type ``"),
            (r#"{"schemaVersion":2,"layers":[{"mediaType":"x","digest":"y","size":-1}]}"#.into(), "cannot be read"),
            (r#"{"schemaVersion":2,"manifests":[{},{}]}"#.into(), "is a list of 2 manifests"),
            (format!(r#"{{"schemaVersion":2,"mediaType":"{}"}}"#, INDEXES[0]), "is a list of 0 manifests"),
            (manifest("application/vnd.oci.image.config.v1+json", &wasm), "its configuration is of the type `app"),
            (manifest(WASM_CONFIG, ""), "has 0 layers; a plugin has one"),
            (manifest(WASM_CONFIG, &format!("{wasm},{wasm}")), "has 2 layers; a plugin has one"),
            (manifest(WASM_CONFIG, &written("text/plain", SHA)), "its layer is of the type `text/plain`"),
            (manifest(WASM_CONFIG, &written(&long, SHA)), "bbb…`"),
            (manifest(WASM_CONFIG, &written(WASM_LAYER, "sha512:00")), "names a blob by `sha512:00`"),
            (manifest(WASM_CONFIG, &written(WASM_LAYER, "../../x")), "names a blob by `../../x`"),
        ];
        for (text, expected) in cases {
            let error = layer(text.as_bytes()).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error} should say {expected}");
            assert!(error.len() < 400, "{error}");
        }
    }
}
