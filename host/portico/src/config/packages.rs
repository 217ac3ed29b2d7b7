//! Where the packages of plugins come from and may come from, as `portico.yaml` says it.
//!
//! Rule: what is no reference is an error of the file; whether what it names is there is not asked here.

use std::collections::BTreeMap;
use std::path::Path;

use portico_manifest::{PluginConfig, PrivateRanges};
use portico_supply::{Reference, ReferenceError};
use serde::Deserialize;

/// What is installed through the portal, by whoever has its token.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Install {
    /// Ranges of private addresses that packages may be fetched from.
    pub(crate) private_addresses: PrivateRanges,
}

/// Where each plugin with `from` comes from, with paths counted from a folder; or which one cannot be read, and why.
pub(super) fn packages(
    plugins: &BTreeMap<String, PluginConfig>,
    folder: &Path,
) -> Result<BTreeMap<String, Reference>, (String, String)> {
    let from = plugins.iter().filter_map(|(name, plugin)| Some((name, plugin.from.as_ref()?)));
    from.map(|(name, from)| {
        let read = from.parse().map_err(|error: ReferenceError| (name.clone(), format!("{error}.")));
        read.map(|reference: Reference| (name.clone(), reference.in_folder(folder)))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, FILE};

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn load(text: &str) -> Result<BTreeMap<String, String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, text).unwrap();
        let config = Config::load(&file).map_err(|error| error.to_string())?;
        let here = folder.path().display().to_string();
        let shown = |(name, from): (String, Reference)| (name, from.to_string().replace(&here, "HERE"));
        Ok(config.packages.into_iter().map(shown).collect())
    }

    #[test]
    fn a_plugin_says_where_its_package_comes_from() {
        for (from, expected) in [
            ("./radar.wasm", "file:HERE/./radar.wasm".to_owned()),
            ("plugins/radar.wasm", "file:HERE/plugins/radar.wasm".to_owned()),
            ("file:/srv/radar.wasm", "file:/srv/radar.wasm".to_owned()),
            (&format!("https://acme.test/x.wasm#{DIGEST}"), format!("https://acme.test/x.wasm#{DIGEST}")),
            ("oci://acme.test/radar:1.0", "oci://acme.test/radar:1.0".to_owned()),
        ] {
            let config = format!("plugins:\n  git: {{}}\n  radar: {{ from: '{from}', settings: {{ a: 1 }} }}\n");
            assert_eq!(load(&config), Ok(BTreeMap::from([("radar".to_owned(), expected)])), "{from}");
        }
    }

    #[test]
    fn what_is_no_place_is_said_with_its_line_and_how_it_is_written() {
        for (from, expected) in [
            ("https://acme.test/x.wasm", "`https://acme.test/x.wasm` names no digest"),
            ("oci://acme.test/radar", "`oci://acme.test/radar` names neither a tag nor a digest"),
            ("radar", "`radar`"),
            ("''", "is empty"),
        ] {
            let error = load(&format!("plugins:\n  radar:\n    from: {from}\n")).unwrap_err();
            assert!(error.contains("portico.yaml, line 3, `plugins.radar.from`: "), "{error}");
            assert!(error.contains(expected), "{error}");
        }
    }
    #[test]
    fn what_is_no_range_of_addresses_is_said_with_its_line() {
        assert_eq!(load("install:\n  private-addresses: [10.1.0.0/16, '::1']\n"), Ok(BTreeMap::new()));
        for (text, expected) in [
            ("install:\n  private-addresses: [intranet]\n", "line 2, `install.private-addresses"),
            ("install:\n  private: []\n", "line 2, `install"),
        ] {
            let error = load(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
