//! Secrets: which of the values are, and values without them.
//!
//! Rule: what may be a secret for some values is one for all, so that no condition uncovers it. A secret that was taken out is told apart
//! by what stands for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use portico_api_types::template_form::MASK;
use serde_json::{Map, Value};

use crate::form::Form;
use crate::node::Node;
use crate::picker::is_mask;
use crate::place;
use crate::words;

/// Secrets by the names of their fields, as `${{ secrets.NAME }}` reads them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(pub BTreeMap<String, String>);

/// Without what is secret.
impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.keys()).finish()
    }
}

/// Values, and the secrets that were in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// The values, with [`MASK`] in the place of each secret.
    pub values: Map<String, Value>,
    /// The secrets.
    pub secrets: Secrets,
}

impl Form {
    /// Takes secrets out of values. Of several fields with one name, such as those of a list, the last one's is kept.
    pub fn split(&self, values: &Map<String, Value>) -> Split {
        let mut whole = Value::Object(values.clone());
        let mut split = Split::default();
        for place in self.secret_places(&whole) {
            let Some(value) = whole.pointer_mut(&place) else { continue };
            let is_empty = value.is_null() || value.as_str() == Some("") || is_mask(value);
            if !is_empty {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let name = place::steps(&place).filter(|step| place::index(step).is_none()).last();
                split.secrets.0.insert(name.unwrap_or_default(), text);
                *value = Value::from(MASK);
            }
        }
        if let Value::Object(values) = whole {
            split.values = values;
        }
        split
    }

    /// Where secrets are in values.
    pub(crate) fn secret_places(&self, values: &Value) -> BTreeSet<String> {
        let mut places = BTreeSet::new();
        self.pages.iter().for_each(|page| search(&page.node, values, "", &mut places));
        places
    }
}

fn search(node: &Node, value: &Value, pointer: &str, places: &mut BTreeSet<String>) {
    if words::text(&node.schema, "field") == Some("Secret") {
        places.insert(pointer.to_owned());
        return;
    }
    for (name, node) in &node.properties {
        if let Some(value) = value.get(name) {
            search(node, value, &place::below(pointer, name), places);
        }
    }
    for (at, value) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(item) = node.first_items.get(at).or(node.items.as_deref()) {
            search(item, value, &place::item(pointer, at), places);
        }
    }
    node.parts().for_each(|part| search(part, value, pointer, places));
}
