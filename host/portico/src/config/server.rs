//! `server:`: what requests must present, and how it is known who is signed in.

use http::{HeaderName, header};
use portico_manifest::SecretSource;
use serde::Deserialize;
use serde::de::Deserializer;

/// How requests are received.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    /// What every request must present.
    pub(crate) token: Option<SecretSource>,
    /// How it is known who is signed in.
    pub(crate) user: Option<ServerUser>,
}

/// How it is known who is signed in: a proxy in front of the portal says so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerUser {
    /// The header in which it says so: the e-mail address of a user of the catalog, or their name.
    #[serde(deserialize_with = "header_name")]
    pub(crate) header: HeaderName,
}

fn header_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderName, D::Error> {
    portico_manifest::written::text(deserializer, "the name of a header such as `x-forwarded-email`", |text| {
        let name = text.parse::<HeaderName>().ok();
        name.filter(|name| *name != header::AUTHORIZATION && *name != header::COOKIE).ok_or_else(|| {
            format!("`{text}` is no header that says who somebody is; write one such as `x-forwarded-email`")
        })
    })
}
