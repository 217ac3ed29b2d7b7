//! Credentials: which secret goes to which hosts, and how.
//!
//! Rule: `portico.yaml` holds no secret. It says where one is found, and the host puts it into requests on their way
//! out; no plugin ever sees it.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer};
use url::Host;

use crate::manifest::{line, part_name};
use crate::secret::CredentialSource;
use crate::server::ServerPattern;
use crate::written;

/// A secret that is bound to hosts; without hosts it is for signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The servers that may receive it: hosts, with a port where one is named, or below a domain.
    pub hosts: Vec<ServerPattern>,
    /// How it is put into a request.
    pub placement: Placement,
    /// Where it comes from.
    pub secret: CredentialSource,
}

impl Credential {
    /// Whether the server at a port of a host may receive it.
    pub fn covers(&self, host: &Host<&str>, port: u16) -> bool {
        self.hosts.iter().any(|pattern| pattern.covers(host, port))
    }

    /// How narrowly a server is named that may receive it; none if it may not.
    pub fn narrowness(&self, host: &Host<&str>, port: u16) -> Option<u8> {
        let covering = self.hosts.iter().filter(|pattern| pattern.covers(host, port));
        covering.map(ServerPattern::narrowness).max()
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

/// What a manifest asks for: a secret by its name, with where it goes and how. Without hosts it goes nowhere, and signatures are
/// checked with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialAsk {
    /// What grants call it.
    pub name: String,
    /// The hosts that receive it.
    pub hosts: Vec<ServerPattern>,
    /// How it is put into a request.
    pub placement: Placement,
    /// Why, in words for the operator.
    pub reason: String,
}

/// What an operator grants: where the secret is, and what differs from what the manifest says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialGrant {
    /// The hosts that may receive it; those that are asked for, if absent.
    pub hosts: Option<Vec<ServerPattern>>,
    /// How it is put into a request; as is asked for, if absent.
    pub placement: Option<Placement>,
    /// Where it comes from.
    pub secret: CredentialSource,
}

impl CredentialGrant {
    /// What is asked for and granted of a credential; otherwise what is missing.
    pub(crate) fn meet(&self, ask: Option<&CredentialAsk>) -> Result<Credential, String> {
        let hosts = match (ask, &self.hosts) {
            (Some(ask), None) => ask.hosts.clone(),
            // One for signatures goes nowhere, whatever a grant says.
            (Some(ask), Some(granted)) => {
                let met = ask.hosts.iter().flat_map(|a| granted.iter().filter_map(move |b| a.meet(b)));
                met.collect()
            }
            (None, Some(granted)) => granted.clone(),
            (None, None) => {
                return Err(
                    "names no `hosts`, and the plugin asks for no credential of this name that would".to_owned()
                );
            }
        };
        if let (Some(ask), Some(_), true) = (ask, &self.hosts, hosts.is_empty())
            && !ask.hosts.is_empty()
        {
            let asked: Vec<String> = ask.hosts.iter().map(ToString::to_string).collect();
            return Err(format!("does nothing: the plugin asks for it to be sent to {}", asked.join(", ")));
        }
        if hosts.is_empty() && self.secret.found().is_none() {
            return Err("names a GitHub App, which makes tokens for requests; this one is for signatures and takes a \
                        secret, such as `{ env: NAME }`"
                .to_owned());
        }
        let asked = ask.map(|ask| ask.placement.clone());
        let placement = self.placement.clone().or(asked).unwrap_or_else(Placement::usual);
        Ok(Credential { hosts, placement, secret: self.secret.clone() })
    }
}

impl fmt::Display for Placement {
    /// What a person looks at who grants it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Placement::Basic { username } => write!(f, "as the password of `{username}`"),
            Placement::Header { name, format } => write!(f, "as `{name}: {format}`"),
        }
    }
}

impl Placement {
    /// As most of the web's interfaces expect it.
    pub(crate) fn usual() -> Placement {
        Placement::Header { name: "authorization".to_owned(), format: "Bearer {}".to_owned() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAsk {
    #[serde(deserialize_with = "part_name")]
    name: String,
    #[serde(default, deserialize_with = "named")]
    hosts: Vec<ServerPattern>,
    #[serde(default, deserialize_with = "username")]
    username: Option<String>,
    #[serde(default, deserialize_with = "header")]
    header: Option<String>,
    #[serde(default, deserialize_with = "format")]
    format: Option<String>,
    #[serde(deserialize_with = "line")]
    reason: String,
}

impl<'de> Deserialize<'de> for CredentialAsk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CredentialAsk, D::Error> {
        written::map(
            deserializer,
            "a credential: `name`, `hosts`, `header`, `format` and `reason`",
            |ask: WrittenAsk| {
                let placement = placement(ask.username, ask.header, ask.format)?.unwrap_or_else(Placement::usual);
                Ok(CredentialAsk { name: ask.name, hosts: ask.hosts, placement, reason: ask.reason })
            },
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenGrant {
    #[serde(default, deserialize_with = "some_named")]
    hosts: Option<Vec<ServerPattern>>,
    #[serde(default, deserialize_with = "username")]
    username: Option<String>,
    #[serde(default, deserialize_with = "header")]
    header: Option<String>,
    #[serde(default, deserialize_with = "format")]
    format: Option<String>,
    secret: CredentialSource,
}

impl<'de> Deserialize<'de> for CredentialGrant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CredentialGrant, D::Error> {
        let expected = "a credential: `secret`, and where the plugin does not say them `hosts`, and `username` or `header` and `format`";
        written::map(deserializer, expected, |grant: WrittenGrant| {
            let placement = placement(grant.username, grant.header, grant.format)?;
            Ok(CredentialGrant { hosts: grant.hosts, placement, secret: grant.secret })
        })
    }
}

/// A secret goes to named hosts only.
pub(crate) fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ServerPattern>, D::Error> {
    let hosts = Vec::<ServerPattern>::deserialize(deserializer)?;
    if hosts.iter().any(|server| server.host().to_string() == "*") {
        return Err(de::Error::custom(
            "`hosts` holds `*`; a secret goes to named hosts only, such as `github.com` or `*.github.com`",
        ));
    }
    Ok(hosts)
}

fn some_named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<ServerPattern>>, D::Error> {
    let hosts = named(deserializer)?;
    if hosts.is_empty() {
        return Err(de::Error::custom("`hosts` is empty; name the hosts that may receive the secret"));
    }
    Ok(Some(hosts))
}

fn username<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    written::text(deserializer, "a user name, such as `x-access-token`", |username| match username.contains(':') {
        true => Err(format!("the username `{username}` holds a colon, which ends a user name in HTTP")),
        false => Ok(Some(username.to_owned())),
    })
}

fn header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    written::text(deserializer, "a header's name, such as `x-api-key`", |name| {
        let name = name.to_lowercase();
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        match is_name {
            true => Ok(Some(name)),
            false => Err(format!("`{name}` is no header's name; write one such as `authorization` or `x-api-key`")),
        }
    })
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    written::text(deserializer, "a format such as `Bearer {}`", |format| {
        if format.matches("{}").count() != 1 || format.chars().any(char::is_control) {
            return Err(format!(
                "the format `{format}` does not hold `{{}}` once, where the secret stands; write one such as `Bearer {{}}`"
            ));
        }
        Ok(Some(format.to_owned()))
    })
}

/// What the keys say together.
fn placement(
    username: Option<String>,
    header: Option<String>,
    format: Option<String>,
) -> Result<Option<Placement>, String> {
    match (username, header, format) {
        (None, None, None) => Ok(None),
        (Some(username), None, None) => Ok(Some(Placement::Basic { username })),
        (Some(_), _, _) => {
            Err("`username` stands alone: write `username` for Git and basic authentication, or `header` and `format`"
                .to_owned())
        }
        (None, header, format) => {
            let name = header.unwrap_or_else(|| "authorization".to_owned());
            let format = format.unwrap_or_else(|| if name == "authorization" { "Bearer {}" } else { "{}" }.to_owned());
            Ok(Some(Placement::Header { name, format }))
        }
    }
}
