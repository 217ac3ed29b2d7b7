//! Contexts: what names mean while something is evaluated.
//!
//! Rule: a context never changes; what is added makes another one, which shares the rest. What is in it is no deeper than a value may be.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::Value;
use serde_json::Value as Json;

use crate::error::TemplateError;
use crate::hosts::{Forge, KNOWN};
use crate::limits::VALUE_DEPTH;
use crate::step::Item;
use crate::value::{View, from_json, try_map, view};

/// Says that objects in texts are written.
pub(crate) const OBJECTS: &str = "__objects";

type Entries = IndexMap<Arc<str>, Value>;

/// What names mean: `parameters`, `steps`, `user`, `secrets`, `each`, `values` and so on.
#[derive(Clone)]
pub struct Context {
    entries: Entries,
}

/// Values may be secrets, so the names alone are shown.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys().filter_map(|key| key.strip_prefix("v_"))).finish()
    }
}

impl Default for Context {
    fn default() -> Context {
        Context::new()
    }
}

impl Context {
    /// One in which nothing is there; repositories may lie at the hosts that everybody knows.
    pub fn new() -> Context {
        Context { entries: Entries::new() }.with_hosts(KNOWN)
    }

    /// The same with a name: `with("parameters", …)`.
    pub fn with(&self, name: &str, value: &Json) -> Result<Context, TemplateError> {
        let value = from_json(value, VALUE_DEPTH).map_err(|limit| TemplateError::from(limit).below(name))?;
        Ok(self.set(&format!("v_{name}"), value))
    }

    /// The same with what a step that has ended put out: `steps.ID.output`.
    pub fn with_step(&self, id: &str, output: &Json) -> Result<Context, TemplateError> {
        let place = |limit| TemplateError::from(limit).below("output").below(id).below("steps");
        let output = from_json(output, VALUE_DEPTH).map_err(place)?;
        let step = try_map(std::iter::once((Arc::from("output"), output)).collect()).map_err(place)?;
        let mut steps = match self.entries.get("v_steps").map(view) {
            Some(View::Map(steps)) => steps.entries.clone(),
            _ => Entries::new(),
        };
        steps.insert(Arc::from(id), step);
        Ok(self.set("v_steps", try_map(steps).map_err(place)?))
    }

    /// The same for one turn of a step with `each`.
    pub fn with_each(&self, item: &Item) -> Result<Context, TemplateError> {
        self.with("each", &serde_json::json!({"key": item.key, "value": item.value}))
    }

    /// The same with other hosts at which repositories may lie, for `parseRepoUrl` and `projectSlug`.
    pub fn with_hosts<'a>(&self, hosts: impl IntoIterator<Item = (&'a str, Forge)>) -> Context {
        let hosts = hosts.into_iter().map(|(host, forge)| (Arc::from(host), Value::from(forge.name())));
        // A map of texts is as flat as can be.
        self.set("__hosts", try_map(hosts.collect()).unwrap_or_default())
    }

    /// The same after a step failed: `failure()` is true, and steps run only if their condition asks.
    pub fn after_failure(&self) -> Context {
        self.set("__failed", Value::from(true))
    }

    /// The same where an object in a text is written as Backstage writes it, for files that others wrote and nobody can change.
    pub fn taking_objects(&self) -> Context {
        self.set(OBJECTS, Value::from(true))
    }

    /// Whether a step has failed.
    pub fn has_failed(&self) -> bool {
        self.entries.contains_key("__failed")
    }

    fn set(&self, key: &str, value: Value) -> Context {
        let mut entries = self.entries.clone();
        entries.insert(Arc::from(key), value);
        Context { entries }
    }

    pub(crate) fn root(&self) -> Value {
        crate::value::root(self.entries.clone())
    }
}
