//! Extension point: what JSON Schema cannot say of the plugin's own kinds.
//!
//! ```
//! use portico_sdk::kinds::Processed;
//! use portico_sdk::{Error, Result};
//! use serde_json::{Value, json};
//!
//! fn process(cluster: &Value) -> Result<Processed> {
//!     let nodes = cluster["spec"]["nodes"].as_u64().unwrap_or(0);
//!     if nodes == 0 {
//!         return Err(Error::Invalid("/spec/nodes: a cluster has nodes; write how many, from 1".into()));
//!     }
//!     let mut cluster = cluster.clone();
//!     cluster["spec"]["size"] = json!(if nodes > 100 { "large" } else { "small" });
//!     Ok(Processed::new(cluster).warn_if(nodes == 1, "one node is none as soon as it restarts"))
//! }
//!
//! portico_sdk::plugin! { kinds: process }
//! ```

use serde_json::Value;

use crate::bindings::kinds::exports::portico::plugin::kinds as contract;
use crate::bindings::portico::plugin::types;
use crate::error::Result;

/// What became of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Processed {
    /// The document as it goes on. Kind, namespace and name stay as they are.
    pub entity: Value,
    /// Documents of kinds of this plugin that follow from this one; at most 100.
    pub emitted: Vec<Value>,
    /// Problems to show on the entity, which is kept; at most 20.
    pub warnings: Vec<String>,
}

impl Processed {
    /// A document that goes on as it is here.
    pub fn new(entity: Value) -> Processed {
        Processed { entity, emitted: Vec::new(), warnings: Vec::new() }
    }

    /// With a further document of a kind of this plugin that follows from this one.
    #[must_use]
    pub fn emit(mut self, entity: impl Into<Value>) -> Processed {
        self.emitted.push(entity.into());
        self
    }

    /// With a problem to show on the entity.
    #[must_use]
    pub fn warn(mut self, warning: impl Into<String>) -> Processed {
        self.warnings.push(warning.into());
        self
    }

    /// With a problem to show, if there is one.
    #[must_use]
    pub fn warn_if(self, applies: bool, warning: &str) -> Processed {
        if applies { self.warn(warning) } else { self }
    }
}

type Answer = core::result::Result<contract::Processed, types::Error>;

/// Processes each document by itself: one that is refused costs no other.
#[doc(hidden)]
pub fn enter(process: fn(&Value) -> Result<Processed>, entities: &[String]) -> Vec<Answer> {
    crate::plugin::begin();
    let one = |entity: &String| -> Result<contract::Processed> {
        let Processed { entity, emitted, warnings } = process(&serde_json::from_str(entity)?)?;
        let emitted = emitted.iter().map(Value::to_string).collect();
        Ok(contract::Processed { entity: entity.to_string(), emitted, warnings })
    };
    entities.iter().map(|entity| one(entity).map_err(types::Error::from)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Error;

    #[test]
    fn one_document_that_is_refused_costs_no_other() {
        let process = |entity: &Value| match entity["spec"]["nodes"].as_u64() {
            None => Err(Error::Invalid("no number".into())),
            Some(_) => Ok(Processed::new(entity.clone()).emit(json!({ "kind": "Node" })).warn("small")),
        };
        let answers = enter(process, &[r#"{"spec":{}}"#.into(), r#"{"spec":{"nodes":1}}"#.into(), "{".into()]);
        assert_eq!(answers[0], Err(types::Error::Invalid("no number".into())));
        let processed = answers[1].as_ref().expect("taken");
        assert_eq!(processed.entity, r#"{"spec":{"nodes":1}}"#);
        assert_eq!(
            (processed.emitted.as_slice(), processed.warnings.as_slice()),
            (&[r#"{"kind":"Node"}"#.to_owned()][..], &["small".to_owned()][..])
        );
        assert!(matches!(answers[2], Err(types::Error::Failed(_))), "{answers:?}");
    }
}
