//! Which namespace an entity of another portal gets here.
//!
//! Rule: what is not mapped stays as it is. Names that can be no namespace are refused with the settings, not one by one with entities.

use std::borrow::Cow;
use std::collections::BTreeMap;

use portico_sdk::model::format;
use serde::Deserialize;

/// The key that stands for every namespace that no other key names.
const ANY: &str = "*";

/// Where the namespace itself stands in what another one becomes.
const PLACE: &str = "{namespace}";

/// A mapping of namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub(crate) struct Namespaces(BTreeMap<String, String>);

impl Namespaces {
    /// Whether every namespace stays as it is.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a namespace is here.
    pub(crate) fn of<'a>(&'a self, namespace: &'a str) -> Cow<'a, str> {
        match self.0.get(namespace).or_else(|| self.0.get(ANY)) {
            Some(pattern) if pattern.contains(PLACE) => pattern.replace(PLACE, namespace).into(),
            Some(other) => other.as_str().into(),
            None => namespace.into(),
        }
    }
}

impl TryFrom<BTreeMap<String, String>> for Namespaces {
    type Error = String;

    fn try_from(written: BTreeMap<String, String>) -> Result<Namespaces, String> {
        for (from, to) in &written {
            if from != ANY && !format::is_dns_label(from) {
                return Err(format!("`{from}` is no namespace; write its name in lower case, or `*` for all others"));
            }
            if !format::is_dns_label(&to.replace(PLACE, "x")) {
                return Err(format!(
                    "`{to}` is no namespace; write at most 63 lower-case letters, digits and dashes, with `{PLACE}` for the name that it \
                     has in the other portal, such as `old-{PLACE}`"
                ));
            }
        }
        Ok(Namespaces(written))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(written: Value) -> Result<Namespaces, String> {
        serde_json::from_value(written).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_named_goes_before_what_stands_for_all() {
        let namespaces = read(json!({ "default": "acme", "*": "old-{namespace}" })).expect("good");
        for (from, to) in [("default", "acme"), ("shop", "old-shop")] {
            assert_eq!(namespaces.of(from), to);
        }
        assert_eq!(Namespaces::default().of("shop"), "shop");
        assert_eq!(read(json!({ "a": "b" })).expect("good").of("shop"), "shop");
    }

    #[test]
    fn what_can_be_no_namespace_is_refused_with_advice() {
        for (written, said) in [
            (json!({ "Default": "a" }), "`Default` is no namespace; write its name in lower case, or `*`"),
            (json!({ "*": "Old {namespace}" }), "`Old {namespace}` is no namespace; write at most 63"),
            (json!({ "*": "" }), "`` is no namespace"),
            (json!({ "*": "{name}" }), "such as `old-{namespace}`"),
        ] {
            let error = read(written).expect_err(said);
            assert!(error.contains(said), "{error}");
        }
    }
}
