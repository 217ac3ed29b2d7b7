//! Routes, as a manifest declares them: which requests reach the plugin, and what the host checks of them first.

use serde::Deserialize;
use serde::de::Deserializer;

use crate::http::Method;
use crate::path::{PathPattern, is_plain};
use crate::webhook::IntakeRule;
use crate::written;

/// One route below `/api/plugins/<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteDeclaration {
    /// The path, with a slash in front; `/*` at its end stands for everything below.
    pub path: PathPattern,
    /// The methods.
    pub methods: Vec<Method>,
    /// What is checked first.
    pub intake: IntakeRule,
}

impl RouteDeclaration {
    /// Whether a request is one of this route's.
    pub fn covers(&self, method: &str, path: &str) -> bool {
        is_plain(path) && self.path.covers(path) && self.methods.iter().any(|known| known.as_str() == method)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    path: PathPattern,
    methods: Vec<Method>,
    #[serde(default)]
    intake: IntakeRule,
}

impl<'de> Deserialize<'de> for RouteDeclaration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RouteDeclaration, D::Error> {
        written::map(deserializer, "a route: `path`, `methods` and `intake`", |written: Written| {
            if written.methods.is_empty() {
                return Err("`methods` is empty; name those that reach the plugin, such as `[POST]`".to_owned());
            }
            written.intake.check()?;
            Ok(RouteDeclaration { path: written.path, methods: written.methods, intake: written.intake })
        })
    }
}
