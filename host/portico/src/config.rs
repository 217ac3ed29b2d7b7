//! `portico.yaml`: what the portal is called, who may ask, and which plugins there are.
//!
//! Rule: an unknown key, a wrong type or a missing secret is an error that names the file, the line, the key and what was
//! expected. The file holds no secret, only where one is found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portico_catalog::RemovalGuard;
use portico_manifest::{DocumentError, Period, PluginConfig, SecretSource};
use portico_model::LocationRef;
use serde::Deserialize;
use serde::de::Deserializer;

use crate::upkeep::Keeping;

/// The file's usual name, in the folder the portal is started in.
pub(crate) const FILE: &str = "portico.yaml";

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The company's name for its portal.
    pub(crate) title: Option<String>,
    /// How requests are received.
    pub(crate) server: Server,
    /// How the catalog is kept.
    pub(crate) catalog: CatalogConfig,
    /// Addresses of descriptors, for plugins that read such.
    pub(crate) locations: Vec<ConfiguredLocation>,
    /// Folders of kinds, from the folder of this file.
    pub(crate) kinds: Vec<PathBuf>,
    /// The plugins by name.
    pub(crate) plugins: BTreeMap<String, PluginConfig>,
}

/// How the catalog is kept.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CatalogConfig {
    /// When a sync stops and asks before it removes.
    pub(crate) removals: Removals,
    /// How long removed entities can come back.
    bin: Option<Period>,
    /// How long changes are kept.
    history: Option<Period>,
}

/// A month: long enough to notice that something is missing.
const BIN: Duration = Duration::from_secs(30 * 24 * 3_600);

impl CatalogConfig {
    /// How long things are kept.
    pub(crate) fn keeping(&self) -> Keeping {
        let bin = self.bin.map_or(BIN, Period::as_duration);
        Keeping { bin, history: self.history.map(Period::as_duration) }
    }
}

/// When a sync stops and asks before it removes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Removals {
    share: Option<Share>,
    least: Option<u64>,
}

impl Removals {
    /// What is written, and the usual for what is not.
    pub(crate) fn guard(&self) -> RemovalGuard {
        let usual = RemovalGuard::default();
        RemovalGuard {
            share: self.share.as_ref().map_or(usual.share, |share| share.0),
            least: self.least.unwrap_or(usual.least),
        }
    }
}

/// A share, from 0 to 1, written in percent.
#[derive(Debug)]
struct Share(f64);

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Share, D::Error> {
        portico_manifest::written::text(deserializer, "a share such as `20%`", |text| {
            let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
            let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
            let wrong = || format!("`{text}` is no share; write one from `0%` to `100%`, such as `20%`");
            Ok(Share(percent.ok_or_else(wrong)? / 100.0))
        })
    }
}

/// An address of descriptors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfiguredLocation {
    /// What kind of address; there is one kind, and descriptors of the field say it.
    #[serde(rename = "type")]
    _kind: LocationKind,
    target: Target,
}

impl ConfiguredLocation {
    /// The location that it names.
    pub(crate) fn into_address(self) -> LocationRef {
        self.target.0
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LocationKind {
    Url,
}

/// A web address, checked where it is read.
#[derive(Debug)]
struct Target(LocationRef);

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Target, D::Error> {
        let check = |text: &str| LocationRef::web(text).map(Target).map_err(|error| error.to_string());
        portico_manifest::written::text(deserializer, "a web address", check)
    }
}

/// How requests are received.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    /// What every request must present.
    pub(crate) token: Option<SecretSource>,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file could not be read.
    #[error(
        "{file} could not be read: {reason}; name the configuration with --config, or make a {FILE} in this folder"
    )]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        reason: std::io::Error,
    },
    /// The file is not a configuration, or a secret that it names is not there.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

impl Config {
    /// Reads and checks the file, with the secrets that it names.
    pub(crate) fn load(file: &Path) -> Result<Config, ConfigError> {
        let name = file.display().to_string();
        let text =
            std::fs::read_to_string(file).map_err(|reason| ConfigError::Unreadable { file: name.clone(), reason })?;
        let config = parse(&text, &name)?;
        for (path, secret) in config.secrets() {
            if let Err(problem) = crate::secret::read(secret) {
                return Err(missing(&text, &name, &path, problem).into());
            }
        }
        Ok(config)
    }

    /// Where every secret of the file is found, by its key.
    fn secrets(&self) -> impl Iterator<Item = (Vec<&str>, &SecretSource)> {
        let token = self.server.token.iter().map(|secret| (vec!["server", "token"], secret));
        let credentials = self.plugins.iter().flat_map(|(plugin, config)| {
            let credentials = config.grants.credentials.iter();
            credentials.map(move |(name, credential)| {
                (vec!["plugins", plugin, "grants", "credentials", name, "secret"], &credential.secret)
            })
        });
        token.chain(credentials)
    }
}

fn parse(text: &str, file: &str) -> Result<Config, DocumentError> {
    // A file of comments alone is an empty configuration.
    let config: Option<Config> = portico_manifest::parse(text, file)?;
    Ok(config.unwrap_or_default())
}

/// The error for a secret that is not there, at the line of its key.
fn missing(text: &str, file: &str, path: &[&str], message: String) -> DocumentError {
    let escaped: Vec<String> = path.iter().map(|key| key.replace('~', "~0").replace('/', "~1")).collect();
    let document = portico_model::parse_documents(text).into_iter().next().and_then(Result::ok);
    let position = document.map(|document| document.position(&format!("/{}", escaped.join("/"))));
    DocumentError {
        file: file.to_owned(),
        line: position.map_or(0, |position| position.line),
        column: position.map_or(0, |position| position.column),
        path: path.join("."),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_a_portal_without_plugins() {
        for text in ["", "# nothing yet\n", "{}"] {
            assert!(parse(text, FILE).unwrap().plugins.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_file_line_and_key() {
        for (text, expected) in [
            ("titel: Acme\n", "portico.yaml, line 1"),
            ("title: Acme\nserver:\n  port: 80\n", "portico.yaml, line 3"),
            ("plugins:\n  git:\n    every: often\n", "portico.yaml, line 3, `plugins.git.every`"),
            ("plugins:\n  git:\n    grants:\n      colour: red\n", "portico.yaml, line 4"),
            ("server:\n  token: s3cret\n", "portico.yaml, line 2"),
            ("catalog:\n  removals:\n    share: 0.2\n", "portico.yaml, line 3, `catalog.removals.share`"),
            ("catalog:\n  removals:\n    share: 120%\n", "portico.yaml, line 3, `catalog.removals.share`"),
            ("catalog:\n  bin: long\n", "portico.yaml, line 2, `catalog.bin`"),
            ("locations:\n  - type: file\n    target: /x\n", "portico.yaml, line 2, `locations[0].type`"),
            ("locations:\n  - type: url\n    target: nowhere\n", "portico.yaml, line 3, `locations[0].target`"),
            ("locations:\n  - target: https://x.test/y\n", "portico.yaml, line 2, `locations[0]`"),
        ] {
            let error = parse(text, FILE).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn when_a_sync_asks_can_be_said() {
        let guard = |text: &str| parse(text, FILE).unwrap().catalog.removals.guard();
        assert_eq!(guard(""), RemovalGuard { share: 0.2, least: 10 });
        assert_eq!(guard("catalog: { removals: { share: 50%, least: 3 } }"), RemovalGuard { share: 0.5, least: 3 });
    }

    #[test]
    fn how_long_things_are_kept_can_be_said() {
        let keeping = |text: &str| parse(text, FILE).unwrap().catalog.keeping();
        let day = Duration::from_secs(24 * 3_600);
        assert_eq!(keeping(""), Keeping { bin: 30 * day, history: None });
        let said = keeping("catalog: { bin: 7d, history: 365d }");
        assert_eq!(said, Keeping { bin: 7 * day, history: Some(365 * day) });
    }

    #[test]
    fn locations_are_addresses() {
        let text = "locations:\n  - type: url\n    target: https://github.com/acme/x/blob/main/catalog-info.yaml\n";
        let locations = parse(text, FILE).unwrap().locations;
        let addresses: Vec<String> =
            locations.into_iter().map(|location| location.into_address().to_string()).collect();
        assert_eq!(addresses, ["url:https://github.com/acme/x/blob/main/catalog-info.yaml"]);
    }

    #[test]
    fn a_missing_secret_is_said_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "title: Acme\nserver:\n  token: { env: PORTICO_TEST_UNSET }\n").unwrap();
        let error = Config::load(&file).unwrap_err().to_string();
        assert!(
            error.contains("portico.yaml, line 3, `server.token`: ") && error.contains("PORTICO_TEST_UNSET"),
            "{error}"
        );
    }
}
