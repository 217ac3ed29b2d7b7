//! Where secrets are found, and what makes them.
//!
//! Rule: no secret stands in a document of the operator's; a place does. Nothing here is read.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::github_app::GithubApp;

/// Where a secret is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In an environment variable.
    Env(String),
    /// In a file, without the line break at its end.
    File(PathBuf),
    /// In a kubeconfig, of one of its users. Only reading a kubeconfig comes to it.
    Kubeconfig(KubeconfigSecret),
}

/// A secret of a user of a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeconfigSecret {
    /// The kubeconfig.
    pub file: PathBuf,
    /// What the user is called there.
    pub user: String,
    /// Which secret of its.
    pub part: KubeconfigPart,
}

/// Which secret of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KubeconfigPart {
    /// `token`.
    Token,
    /// `client-key-data`.
    ClientKey,
}

/// Where the secret of a credential comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// It is found somewhere.
    Secret(SecretSource),
    /// A GitHub App makes it, and makes it anew before it ends.
    GithubApp(Box<GithubApp>),
}

impl CredentialSource {
    /// The place that has to have something for it: the secret itself, or the key that secrets are made with.
    pub fn place(&self) -> &SecretSource {
        match self {
            CredentialSource::Secret(source) => source,
            CredentialSource::GithubApp(app) => &app.key,
        }
    }

    /// Where the secret itself is; none of one that is made.
    pub fn found(&self) -> Option<&SecretSource> {
        match self {
            CredentialSource::Secret(source) => Some(source),
            CredentialSource::GithubApp(_) => None,
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::Env(name) => write!(f, "the environment variable `{name}`"),
            SecretSource::File(path) => write!(f, "the file {}", path.display()),
            SecretSource::Kubeconfig(KubeconfigSecret { file, user, part }) => {
                let part = match part {
                    KubeconfigPart::Token => "token",
                    KubeconfigPart::ClientKey => "client-key-data",
                };
                write!(f, "`{part}` of the user `{user}` of the kubeconfig {}", file.display())
            }
        }
    }
}

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SecretSource, D::Error> {
        match place(deserializer, "`{ env: NAME }` or `{ file: /path }`")? {
            CredentialSource::Secret(source) => Ok(source),
            CredentialSource::GithubApp(_) => Err(de::Error::custom(
                "a GitHub App makes tokens for requests, and no secret such as this; write `{ env: NAME }` or `{ file: /path }`",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for CredentialSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CredentialSource, D::Error> {
        place(deserializer, "`{ env: NAME }`, `{ file: /path }` or `{ githubApp: { id, key, account } }`")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    env: Option<String>,
    file: Option<PathBuf>,
    #[serde(rename = "githubApp")]
    github_app: Option<GithubApp>,
}

fn place<'de, D: Deserializer<'de>>(deserializer: D, expected: &'static str) -> Result<CredentialSource, D::Error> {
    struct PlaceVisitor(&'static str);
    impl<'de> de::Visitor<'de> for PlaceVisitor {
        type Value = CredentialSource;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        // The default would repeat the value in the error, and the error goes to logs.
        fn visit_str<E: de::Error>(self, _: &str) -> Result<CredentialSource, E> {
            Err(E::custom(
                "a secret does not belong into this file; write `{ env: NAME }` to take it from an environment variable, or `{ file: /path }`",
            ))
        }

        fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<CredentialSource, A::Error> {
            let found = |source| Ok(CredentialSource::Secret(source));
            match Place::deserialize(de::value::MapAccessDeserializer::new(map))? {
                Place { env: Some(name), file: None, github_app: None } if !name.is_empty() => {
                    found(SecretSource::Env(name))
                }
                Place { env: None, file: Some(path), github_app: None } if path.is_absolute() => {
                    found(SecretSource::File(path))
                }
                Place { env: None, file: Some(path), github_app: None } => Err(de::Error::custom(format!(
                    "`{}` is no absolute path; write where the file is from the root",
                    path.display()
                ))),
                Place { env: None, file: None, github_app: Some(app) } => {
                    Ok(CredentialSource::GithubApp(Box::new(app)))
                }
                _ => Err(de::Error::custom("expected exactly one of `{ env: NAME }` and `{ file: /path }`")),
            }
        }
    }
    deserializer.deserialize_any(PlaceVisitor(expected))
}
