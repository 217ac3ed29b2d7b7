//! A GitHub App as the source of a secret: the tokens that it makes for one installation.
//!
//! Rule: what stands here is names and the place of the key. Tokens are made by the host, and kept by nobody.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::secret::SecretSource;
use crate::written;

/// An App, and the installation that it makes tokens for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubApp {
    /// Its number, or its client ID, as its page shows both.
    pub id: String,
    /// Where its private key is found, in PEM.
    pub key: SecretSource,
    /// Where it is installed.
    pub installation: AppInstallation,
}

/// Where an App is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppInstallation {
    /// On this organisation or user.
    Account(String),
    /// By its number.
    Number(u64),
}

impl fmt::Display for AppInstallation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppInstallation::Account(account) => f.write_str(account),
            AppInstallation::Number(number) => write!(f, "the installation {number}"),
        }
    }
}

impl fmt::Display for GithubApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the GitHub App {} on {}", self.id, self.installation)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(deserialize_with = "id")]
    id: String,
    key: SecretSource,
    #[serde(default, deserialize_with = "account")]
    account: Option<String>,
    #[serde(default)]
    installation: Option<u64>,
}

impl<'de> Deserialize<'de> for GithubApp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<GithubApp, D::Error> {
        let expected = "a GitHub App: `id`, `key`, and `account` or `installation`";
        written::map(deserializer, expected, |Written { id, key, account, installation }: Written| {
            let installation = match (account, installation) {
                (Some(account), None) => AppInstallation::Account(account),
                (None, Some(number)) => AppInstallation::Number(number),
                _ => {
                    return Err(
                        "a GitHub App needs exactly one of `account`, the organisation or user that it is installed on, and \
                         `installation`, the number of that"
                            .to_owned(),
                    );
                }
            };
            Ok(GithubApp { id, key, installation })
        })
    }
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Id;
    impl Visitor<'_> for Id {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the App's number or client ID, such as `12345` or `Iv1.0123456789abcdef`")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
            let is_good =
                (1..=64).contains(&text.len()) && text.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'.');
            match is_good {
                true => Ok(text.to_owned()),
                false => Err(E::invalid_value(de::Unexpected::Other("something else"), &self)),
            }
        }
    }
    deserializer.deserialize_any(Id)
}

fn account<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    written::text(deserializer, "an organisation or a user, such as `acme`", |account| {
        let is_good = (1..=100).contains(&account.len())
            && account.bytes().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'_'));
        match is_good {
            true => Ok(Some(account.to_owned())),
            false => {
                Err(format!("`{account}` is no account of GitHub; write its name as in its address, such as `acme`"))
            }
        }
    })
}
