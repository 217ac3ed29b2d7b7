//! Sources that send JSON to the portal by themselves, with no plugin: `/api/ingest/<source>`.

use std::collections::BTreeMap;

use portico_api_types::MappingDeclaration;
use serde::Deserialize;
use serde::de::Deserializer;

use crate::secret::SecretSource;
use crate::webhook::IntakeRule;
use crate::written;

/// What stands under a source's name, under `ingest` in `portico.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct IngestSource {
    /// What is checked of each request.
    pub intake: IntakeRule,
    /// The secrets that signatures are made with, by the names that `intake` uses.
    pub secrets: BTreeMap<String, SecretSource>,
    /// The kind of object that its requests hold, as mappings use it.
    pub object: String,
    /// jq over the body that yields the objects; the body itself, if absent.
    pub each: Option<String>,
    /// What becomes of them.
    pub mappings: Vec<MappingDeclaration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    intake: IntakeRule,
    #[serde(default)]
    secrets: BTreeMap<String, SecretSource>,
    object: String,
    each: Option<String>,
    mappings: Vec<MappingDeclaration>,
}

impl<'de> Deserialize<'de> for IngestSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<IngestSource, D::Error> {
        written::map(deserializer, "a source: `object`, `mappings`, `intake` and `secrets`", |written: Written| {
            written.intake.check()?;
            let Written { intake, secrets, object, each, mappings } = written;
            if let Some(signature) = &intake.signature
                && !secrets.contains_key(&signature.credential)
            {
                return Err(format!(
                    "the signature is checked with the secret `{0}`, which `secrets` does not name; add `{0}: {{ env: NAME }}` there",
                    signature.credential
                ));
            }
            if let Some(other) = mappings.iter().find(|mapping| mapping.object != object) {
                return Err(format!(
                    "a mapping is for objects of the kind `{}`, and those that come are of the kind `{object}`",
                    other.object
                ));
            }
            if mappings.is_empty() {
                return Err("`mappings` is empty, so that nothing would be kept of what comes; add one".to_owned());
            }
            Ok(IngestSource { intake, secrets, object, each, mappings })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn what_does_not_fit_together_is_said() {
        let mapping = "mappings: [{ object: deploy, facts: { about: .service, values: { version: .version } } }]";
        for (text, expected) in [
            (format!("object: deploy\n{mapping}"), ""),
            (format!("object: build\n{mapping}"), "a mapping is for objects of the kind `deploy`"),
            ("object: deploy\nmappings: []".to_owned(), "`mappings` is empty"),
            (
                format!(
                    "object: deploy\n{mapping}\nintake: {{ signature: {{ algorithm: token, header: x, credential: hook }} }}"
                ),
                "the signature is checked with the secret `hook`, which `secrets` does not name",
            ),
            (format!("object: deploy\n{mapping}\nintake: {{ replay: {{ id: x }} }}"), "`replay` without `signature`"),
            (
                format!("object: deploy\n{mapping}\nsecrets: {{ hook: s3cret }}"),
                "a secret does not belong into this file",
            ),
        ] {
            match parse::<IngestSource>(&text, "portico.yaml") {
                Ok(_) => assert_eq!(expected, "", "{text}"),
                Err(error) => assert!(!expected.is_empty() && error.to_string().contains(expected), "{text}: {error}"),
            }
        }
    }
}
