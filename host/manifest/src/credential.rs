//! Credentials: which secret goes to which hosts, and how.
//!
//! Rule: `portico.yaml` holds no secret. It says where one is found, and the host puts it into requests on their way
//! out; no plugin ever sees it.

use serde::Deserialize;
use serde::de::{self, Deserializer};
use url::Host;

use crate::host::HostPattern;
use crate::written;

/// A secret that is bound to hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The hosts that may receive it; exact or below a domain.
    pub hosts: Vec<HostPattern>,
    /// How it is put into a request.
    pub placement: Placement,
    /// Where it is found.
    pub secret: SecretSource,
}

impl Credential {
    /// Whether a host may receive it.
    pub fn covers(&self, host: &Host<&str>) -> bool {
        self.hosts.iter().any(|pattern| pattern.covers(host))
    }
}

/// How a secret is put into a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// As the password of this user, in an `authorization: Basic` header; what Git servers expect.
    Basic {
        /// The user name.
        username: String,
    },
    /// In a header, with `{}` in the format standing for the secret.
    Header {
        /// The header's name in lower case.
        name: String,
        /// Such as `Bearer {}`.
        format: String,
    },
}

/// Where a secret is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In an environment variable.
    Env(String),
    /// In a file, without the line break at its end.
    File(std::path::PathBuf),
}

impl std::fmt::Display for SecretSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SecretSource::Env(name) => write!(f, "the environment variable `{name}`"),
            SecretSource::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    hosts: Vec<HostPattern>,
    username: Option<String>,
    header: Option<String>,
    format: Option<String>,
    secret: SecretSource,
}

impl<'de> Deserialize<'de> for Credential {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Credential, D::Error> {
        written::map(deserializer, "a credential: `hosts`, `secret`, and `username` or `header` and `format`", checked)
    }
}

fn checked(written: Written) -> Result<Credential, String> {
    if written.hosts.is_empty() {
        return Err("`hosts` is empty; name the hosts that may receive the secret".to_owned());
    }
    if written.hosts.iter().any(|host| host.to_string() == "*") {
        return Err(
            "`hosts` holds `*`; a secret goes to named hosts only, such as `github.com` or `*.github.com`".to_owned()
        );
    }
    let placement = placement(written.username, written.header, written.format)?;
    Ok(Credential { hosts: written.hosts, placement, secret: written.secret })
}

fn placement(username: Option<String>, header: Option<String>, format: Option<String>) -> Result<Placement, String> {
    match (username, header, format) {
        (Some(username), None, None) if username.contains(':') => {
            Err(format!("the username `{username}` holds a colon, which ends a user name in HTTP"))
        }
        (Some(username), None, None) => Ok(Placement::Basic { username }),
        (Some(_), _, _) => {
            Err("`username` stands alone: write `username` for Git and basic authentication, or `header` and `format`"
                .to_owned())
        }
        (None, header, format) => {
            let name = header.unwrap_or_else(|| "authorization".to_owned()).to_lowercase();
            let format = format.unwrap_or_else(|| if name == "authorization" { "Bearer {}" } else { "{}" }.to_owned());
            if !is_header_name(&name) {
                return Err(format!("`{name}` is no header's name; write one such as `authorization` or `x-api-key`"));
            }
            if format.matches("{}").count() != 1 || format.chars().any(char::is_control) {
                return Err(format!(
                    "the format `{format}` does not hold `{{}}` once, where the secret stands; write one such as `Bearer {{}}`"
                ));
            }
            Ok(Placement::Header { name, format })
        }
    }
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SecretSource, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Place {
            env: Option<String>,
            file: Option<std::path::PathBuf>,
        }
        struct PlaceVisitor;
        impl<'de> de::Visitor<'de> for PlaceVisitor {
            type Value = SecretSource;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`{ env: NAME }` or `{ file: /path }`")
            }

            // The default would repeat the value in the error, and the error goes to logs.
            fn visit_str<E: de::Error>(self, _: &str) -> Result<SecretSource, E> {
                Err(E::custom(
                    "a secret does not belong into this file; write `{ env: NAME }` to take it from an environment variable, or `{ file: /path }`",
                ))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<SecretSource, A::Error> {
                let place = Place::deserialize(de::value::MapAccessDeserializer::new(map))?;
                match (place.env, place.file) {
                    (Some(name), None) if !name.is_empty() => Ok(SecretSource::Env(name)),
                    (None, Some(path)) if path.is_absolute() => Ok(SecretSource::File(path)),
                    (None, Some(path)) => Err(de::Error::custom(format!(
                        "`{}` is no absolute path; write where the file is from the root",
                        path.display()
                    ))),
                    _ => Err(de::Error::custom("expected exactly one of `{ env: NAME }` and `{ file: /path }`")),
                }
            }
        }
        deserializer.deserialize_any(PlaceVisitor)
    }
}
