//! `portico.yaml`: what the portal is called, who may ask, and which plugins there are.
//!
//! Rule: an unknown key, a wrong type or a missing secret is an error that names the file, the line, the key and what was
//! expected. The file holds no secret, only where one is found. Its paths count from its own folder.

mod agents;
mod locations;
mod packages;
mod registries;
mod scaffolder;
mod server;
mod trust;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portico_catalog::{OrphanStrategy, RemovalGuard};
use portico_manifest::{CatalogRule, DocumentError, IngestSource, Period, PluginConfig, Rules, SecretSource, located};
use portico_model::LocationRef;
use portico_supply::Reference;
use serde::Deserialize;
use serde::de::Deserializer;

use self::agents::Agents;
use self::locations::ConfiguredLocation;
use self::registries::Registries;
use self::scaffolder::Scaffolder;
use self::server::Server;
use self::trust::Trust;
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
    /// Addresses and files of descriptors, for plugins that read such.
    locations: Vec<ConfiguredLocation>,
    /// Folders of kinds, from the folder of this file.
    pub(crate) kinds: Vec<PathBuf>,
    /// Sources that send JSON by themselves, by name.
    #[serde(deserialize_with = "named_sources")]
    pub(crate) ingest: BTreeMap<String, IngestSource>,
    /// Who runs plugins where the portal does not reach.
    pub(crate) agents: Agents,
    /// Whose plugins are used.
    pub(crate) trust: Trust,
    /// What is installed through the portal.
    pub(crate) install: packages::Install,
    /// Who asks the registries that packages come from.
    pub(crate) registries: Registries,
    /// How templates are run.
    pub(crate) scaffolder: Scaffolder,
    /// The plugins by name.
    pub(crate) plugins: BTreeMap<String, PluginConfig>,
    /// Where the packages of some of them come from.
    #[serde(skip)]
    pub(crate) packages: BTreeMap<String, Reference>,
    /// What becomes of `locations` and of the rules.
    #[serde(skip)]
    pub(crate) catalogued: Catalogued,
}

/// Sources by names that stand in addresses and under `facts.`.
fn named_sources<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, IngestSource>, D::Error> {
    let sources = BTreeMap::<String, IngestSource>::deserialize(deserializer)?;
    match sources.keys().find(|name| !is_name(name)) {
        Some(name) => Err(serde::de::Error::custom(format!(
            "`{name}` is no name of a source; use lower-case letters, digits and dashes, with a letter first, at most 63 characters"
        ))),
        None => Ok(sources),
    }
}

/// Whether a name is short and plain, so that it can stand in addresses and in sentences.
fn is_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// What may be read where, with paths as they are on this machine.
#[derive(Debug, Default)]
pub(crate) struct Catalogued {
    /// The locations.
    pub(crate) locations: Vec<LocationRef>,
    /// What may come from where; none if everything may.
    pub(crate) rules: Option<Rules>,
}

/// How the catalog is kept.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CatalogConfig {
    /// When a sync stops and asks before it removes.
    pub(crate) removals: Removals,
    /// Which kinds may come from which locations; all from all, if absent.
    rules: Option<Vec<CatalogRule>>,
    /// What becomes of entities that their source says no more.
    #[serde(rename = "orphanStrategy")]
    orphans: Orphans,
    /// How long removed entities can come back.
    bin: Option<Period>,
    /// How long changes are kept.
    history: Option<Period>,
}

/// A month: long enough to notice that something is missing.
const BIN: Duration = Duration::from_secs(30 * 24 * 3_600);

/// What becomes of entities that their source says no more, as Backstage writes it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Orphans {
    #[default]
    Delete,
    Keep,
}

impl CatalogConfig {
    /// What becomes of entities that their source says no more.
    pub(crate) fn orphan_strategy(&self) -> OrphanStrategy {
        match self.orphans {
            Orphans::Delete => OrphanStrategy::Delete,
            Orphans::Keep => OrphanStrategy::Keep,
        }
    }

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
        let mut config = parse(&text, &name)?;
        for (path, secret) in config.secrets() {
            if let Err(problem) = crate::secret::read(secret) {
                return Err(located(&text, &name, &path, problem).into());
            }
        }
        if let Some((plugin, problem)) = config.agents.missing(&config.plugins) {
            return Err(located(&text, &name, &["plugins", plugin, "agent"], problem).into());
        }
        agents::keep_written(&mut config.plugins, &text, &name)?;
        if let Some(name) = config.ingest.keys().find(|name| config.plugins.contains_key(*name)) {
            let message =
                format!("`{name}` is a plugin as well; a source that sends by itself needs a name of its own");
            return Err(located(&text, &file.display().to_string(), &["ingest", name], message).into());
        }
        let folder = folder(file).map_err(|reason| ConfigError::Unreadable { file: name.clone(), reason })?;
        config.packages = packages::packages(&config.plugins, &folder)
            .map_err(|(plugin, problem)| located(&text, &name, &["plugins", &plugin, "from"], problem))?;
        config.settle(&folder).map_err(|(index, problem)| {
            let index = index.to_string();
            located(&text, &name, &["locations", &index, "target"], problem).into()
        })
    }

    /// Makes paths absolute from the folder of the file; or says which location has no absolute path, and why.
    fn settle(mut self, folder: &Path) -> Result<Config, (usize, String)> {
        let mut own = Vec::new();
        for (index, location) in std::mem::take(&mut self.locations).into_iter().enumerate() {
            let address = location.address(folder).map_err(|error| (index, error.to_string()))?;
            self.catalogued.locations.push(address.clone());
            own.push((address, location.rules));
        }
        let rule = |rule: CatalogRule| CatalogRule {
            allow: rule.allow,
            locations: rule.locations.map(|all| all.into_iter().map(|one| one.from_folder(folder)).collect()),
        };
        let general = self.catalog.rules.take().map(|rules| rules.into_iter().map(rule).collect());
        self.catalogued.rules = Rules::new(general, own);
        for plugin in self.plugins.values_mut() {
            plugin.grants.files.iter_mut().for_each(|granted| *granted = granted.from_folder(folder));
        }
        Ok(self)
    }

    /// Where every secret of the file is found that is read here, by its key. Those of plugins that agents run are theirs.
    fn secrets(&self) -> impl Iterator<Item = (Vec<&str>, &SecretSource)> {
        let token = self.server.token.iter().map(|secret| (vec!["server", "token"], secret));
        let here = self.plugins.iter().filter(|(_, config)| config.agent.is_none());
        let credentials = here.flat_map(|(plugin, config)| {
            let credentials = config.grants.credentials.iter();
            credentials.map(move |(name, credential)| {
                (vec!["plugins", plugin, "grants", "credentials", name, "secret"], credential.secret.place())
            })
        });
        let ingest = self.ingest.iter().flat_map(|(source, ingest)| {
            ingest.secrets.iter().map(move |(name, secret)| (vec!["ingest", source, "secrets", name], secret))
        });
        token.chain(credentials).chain(ingest).chain(self.registries.secrets()).chain(self.agents.secrets())
    }
}

fn parse(text: &str, file: &str) -> Result<Config, DocumentError> {
    // A file of comments alone is an empty configuration.
    let config: Option<Config> = portico_manifest::parse(text, file)?;
    Ok(config.unwrap_or_default())
}

/// The folder that a file is in.
fn folder(file: &Path) -> std::io::Result<PathBuf> {
    Ok(std::path::absolute(file)?.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned))
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
            ("catalog:\n  orphanStrategy: hide\n", "portico.yaml, line 2, `catalog.orphanStrategy`"),
            ("catalog:\n  removals:\n    share: 0.2\n", "portico.yaml, line 3, `catalog.removals.share`"),
            ("catalog:\n  removals:\n    share: 120%\n", "portico.yaml, line 3, `catalog.removals.share`"),
            ("catalog:\n  bin: long\n", "portico.yaml, line 2, `catalog.bin`"),
            ("locations:\n  - type: git\n    target: /x\n", "portico.yaml, line 2, `locations[0].type`"),
            ("locations:\n  - type: file\n    target: ''\n", "portico.yaml, line 3, `locations[0].target`"),
            (
                "locations:\n  - type: file\n    target: https://x.test/y\n",
                "portico.yaml, line 3, `locations[0].target`",
            ),
            ("locations:\n  - type: file\n    target: x.yaml\n    allow: [API]\n", "portico.yaml, line 4"),
            (
                "locations:\n  - type: file\n    target: x.yaml\n    rules: [{ allow: API }]\n",
                "portico.yaml, line 4, `locations[0].rules[0].allow`",
            ),
            ("catalog:\n  rules:\n    - allow: [Component, 7]\n", "portico.yaml, line 3, `catalog.rules[0].allow[1]`"),
            ("catalog:\n  rules:\n    - locations: []\n", "portico.yaml, line 3, `catalog.rules[0]`"),
            (
                "plugins:\n  locations:\n    grants:\n      files: ['a/*']\n",
                "portico.yaml, line 4, `plugins.locations.grants.files[0]`",
            ),
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
        let text = "locations:\n  - type: url\n    target: https://github.com/acme/x/blob/main/catalog-info.yaml\n  - { type: file, target: catalog/*.yaml }\n  - { target: /srv/all.yaml, type: file }\nplugins:\n  locations: { grants: { catalog: { write: ['*'] }, files: [catalog, /srv] } }\n";
        let config = parse(text, FILE).unwrap().settle(Path::new("/etc/portico")).unwrap();
        let addresses: Vec<String> = config.catalogued.locations.iter().map(ToString::to_string).collect();
        assert_eq!(
            addresses,
            [
                "url:https://github.com/acme/x/blob/main/catalog-info.yaml",
                "file:/etc/portico/catalog/*.yaml",
                "file:/srv/all.yaml"
            ]
        );
        let granted: Vec<&str> =
            config.plugins["locations"].grants.files.iter().map(|folder| folder.as_str()).collect();
        assert_eq!(granted, ["/etc/portico/catalog", "/srv"]);
        assert!(config.catalogued.rules.is_none());
    }

    #[test]
    fn rules_are_those_of_the_catalog_and_of_each_location() {
        let text = "catalog:\n  rules:\n    - allow: [Component, Location]\nlocations:\n  - type: file\n    target: org.yaml\n    rules: [{ allow: [Group, User] }]\n";
        let config = parse(text, FILE).unwrap().settle(Path::new("/etc/portico")).unwrap();
        let rules = config.catalogued.rules.unwrap();
        let (org, other) = ("file:/etc/portico/org.yaml", "file:/etc/portico/other.yaml");
        for (kind, origin, comes_in) in
            [("Group", org, true), ("Component", org, true), ("Group", other, false), ("component", other, true)]
        {
            let origin = LocationRef::parse(origin).unwrap();
            assert_eq!(rules.check(kind, &origin).is_ok(), comes_in, "{kind} from {origin}");
        }
    }

    #[test]
    fn a_path_that_is_too_long_once_it_is_absolute_is_said_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a".repeat(250)).join("b".repeat(250));
        std::fs::create_dir_all(&deep).unwrap();
        let file = deep.join(FILE);
        std::fs::write(&file, "title: Acme\nlocations:\n  - { type: file, target: all.yaml }\n").unwrap();
        let error = Config::load(&file).unwrap_err().to_string();
        assert!(
            error.contains("portico.yaml, line 3, `locations[0].target`: ") && error.contains("at most 500"),
            "{error}"
        );
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
