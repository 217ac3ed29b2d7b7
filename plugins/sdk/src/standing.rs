//! Facts that the head of an entity's page asks of every plugin: how it is, who is on call, what changed.
//!
//! They are attached as any others, under these names, so that they can be asked for as well: `facts.*.health.state`.
//!
//! ```
//! use portico_sdk::standing::{Change, Health};
//!
//! let facts = serde_json::json!({
//!     "replicas": { "wanted": 3, "ready": 2 },
//!     "health": Health::warn("2 of 3 replicas ready"),
//!     "changed": Change::at("2026-11-27T09:00:00Z", "rolled out"),
//! });
//! assert_eq!(facts["health"]["state"], "warn");
//! ```

use serde::Serialize;

/// How an entity is, in a plugin's view. The head of a page shows the worst that any plugin says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    state: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl Health {
    /// It is as it should be.
    pub fn ok(text: impl Into<String>) -> Health {
        Health { state: "ok", text: text.into(), url: None }
    }

    /// Somebody should look.
    pub fn warn(text: impl Into<String>) -> Health {
        Health { state: "warn", text: text.into(), url: None }
    }

    /// It does not do what it is for.
    pub fn bad(text: impl Into<String>) -> Health {
        Health { state: "bad", text: text.into(), url: None }
    }

    /// Where a person sees more of it.
    #[must_use]
    pub fn link(self, url: impl Into<String>) -> Health {
        Health { url: Some(url.into()), ..self }
    }
}

/// Something that changed. Several are a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    at: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl Change {
    /// What happened, and when, as RFC 3339.
    pub fn at(at: impl Into<String>, text: impl Into<String>) -> Change {
        Change { at: at.into(), text: text.into(), url: None }
    }

    /// Where a person sees more of it.
    #[must_use]
    pub fn link(self, url: impl Into<String>) -> Change {
        Change { url: Some(url.into()), ..self }
    }
}

/// Who is called for an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OnCall {
    /// Their name.
    pub now: String,
    /// Their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// How long, as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Who is called after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
