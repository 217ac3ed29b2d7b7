//! Who asks the registries that packages come from, as `portico.yaml` says it.
//!
//! Rule: a registry is named as references name it, and its password stands elsewhere. A credential goes to its registry alone.

use std::collections::BTreeMap;

use portico_manifest::SecretSource;
use portico_supply::{Credential, Options, is_registry};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// The registries with their credentials, by name.
#[derive(Debug, Default)]
pub(crate) struct Registries(BTreeMap<String, Account>);

/// Who asks a registry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    /// The user's name, or what stands for one where a registry takes tokens.
    user: String,
    /// Where the password or the token is found.
    password: SecretSource,
}

impl<'de> Deserialize<'de> for Registries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Registries, D::Error> {
        let registries = BTreeMap::<String, Account>::deserialize(deserializer)?;
        match registries.keys().find(|name| !is_registry(name)) {
            Some(name) => Err(D::Error::custom(format!(
                "`{name}` is no registry; write a host in lower case, with its port if it has one, as in ghcr.io"
            ))),
            None => Ok(Registries(registries)),
        }
    }
}

impl Registries {
    /// Where every password is found, by its key.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (Vec<&str>, &SecretSource)> {
        self.0.iter().map(|(name, account)| (vec!["registries", name, "password"], &account.password))
    }

    /// What packages are fetched by, with all credentials.
    pub(crate) fn options(&self) -> Result<Options, String> {
        self.0.iter().try_fold(Options::system(), |options, (name, account)| {
            let credential = Credential::new(&account.user, crate::secret::read(&account.password)?);
            Ok(options.credential(name, credential))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, FILE};

    fn load(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), "s3cret\n").unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, text.replace("HERE", &folder.path().display().to_string())).unwrap();
        let config = Config::load(&file).map_err(|error| error.to_string())?;
        let options = config.registries.options()?;
        assert!(!format!("{options:?}").contains("s3cret"), "{options:?}");
        Ok(config)
    }

    #[test]
    fn a_registry_has_a_user_and_says_where_the_password_is() {
        for registry in ["ghcr.io", "localhost:5000", "docker.io"] {
            let text = format!("registries:\n  '{registry}': {{ user: acme, password: {{ file: HERE/password }} }}\n");
            assert_eq!(load(&text).map(|config| config.registries.0.len()), Ok(1), "{registry}");
        }
    }

    #[test]
    fn what_is_no_registry_or_has_no_password_is_said_with_its_line() {
        let password = "password: { file: HERE/password }";
        for (text, expected) in [
            (
                format!("registries:\n  ghcr.io/acme: {{ user: acme, {password} }}\n"),
                "`ghcr.io/acme` is no registry; write a host",
            ),
            (format!("registries:\n  GHCR.io: {{ user: acme, {password} }}\n"), "`GHCR.io` is no registry"),
            (
                format!("registries:\n  ghcr.io:\n    user: acme\n    {password}\n    realm: x\n"),
                "line 5, `registries.ghcr.io`: the key `realm` is not known here",
            ),
            ("registries:\n  ghcr.io: { user: acme }\n".to_owned(), "the key `password` is missing"),
            (
                "registries:\n  ghcr.io:\n    user: acme\n    password: s3cret\n".to_owned(),
                "line 4, `registries.ghcr.io.password`",
            ),
            (
                "registries:\n  ghcr.io:\n    user: acme\n    password: { env: PORTICO_TEST_UNSET }\n".to_owned(),
                "line 4, `registries.ghcr.io.password`: ",
            ),
        ] {
            let error = load(&text).map(drop).unwrap_err();
            assert!(error.contains("portico.yaml, line ") && error.contains(expected), "{error} should say {expected}");
        }
    }
}
