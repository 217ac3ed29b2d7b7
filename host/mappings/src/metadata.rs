//! The `metadata` of an entity that is made.

use serde_json::{Map, Value};

use crate::make::{Identity, Making, scalar};
use crate::name;
use crate::template::Template;

/// Tags and links of one entity, each: what a page shows.
const MOST: usize = 100;

/// The keys of a link.
const LINK: [&str; 4] = ["url", "title", "icon", "type"];

/// What is said of an entity; numbers are places among the leaves.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) title: Option<usize>,
    pub(crate) description: Option<usize>,
    pub(crate) labels: Vec<(String, Template)>,
    pub(crate) annotations: Vec<(String, Template)>,
    pub(crate) tags: Option<usize>,
    pub(crate) links: Option<usize>,
}

impl Metadata {
    /// The `metadata` of an entity of this name.
    pub(crate) fn make(&self, identity: &Identity, making: &mut Making<'_>) -> Map<String, Value> {
        let mut metadata = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            metadata.extend(value.map(|value| (key.to_owned(), value)));
        };
        put("name", Some(identity.name.clone().into()));
        put("namespace", identity.namespace.clone().map(Value::from));
        put("title", self.title.and_then(|leaf| making.text(leaf)).map(Value::from));
        put("description", self.description.and_then(|leaf| making.text(leaf)).map(Value::from));
        put("labels", texts(&self.labels, making));
        put("annotations", texts(&self.annotations, making));
        put("tags", self.tags.and_then(|leaf| tags(leaf, making)));
        put("links", self.links.and_then(|leaf| links(leaf, making)));
        metadata
    }
}

/// Keys and texts; null drops its key.
fn texts(fields: &[(String, Template)], making: &mut Making<'_>) -> Option<Value> {
    let mut texts = Map::new();
    for (key, template) in fields {
        let text = match template {
            Template::Constant(value) => scalar(value),
            Template::Leaf(leaf) => making.value(*leaf).and_then(|value| {
                let text = scalar(value);
                if text.is_none() {
                    making.wrong(*leaf, value, "it is left out: yield a text, a number or a truth value");
                }
                text
            }),
            Template::Mapping(_) => None,
        };
        texts.extend(text.map(|text| (key.clone(), text.into())));
    }
    Some(texts).filter(|texts| !texts.is_empty()).map(Value::Object)
}

/// The items of a list that an expression came to; nulls are none.
fn list<'a>(leaf: usize, making: &mut Making<'a>, what: &str) -> Option<Vec<&'a Value>> {
    let value = making.value(leaf)?;
    let Value::Array(items) = value else {
        making.wrong(leaf, value, &format!("it is left out: yield a list of {what}"));
        return None;
    };
    if items.len() > MOST {
        making.say(leaf, &format!("has {} items, and at most {MOST} are taken: it is left out", items.len()));
        return None;
    }
    Some(items.iter().filter(|item| !item.is_null()).collect())
}

fn tags(leaf: usize, making: &mut Making<'_>) -> Option<Value> {
    let mut tags: Vec<Value> = Vec::new();
    for item in list(leaf, making, "words")? {
        match scalar(item).map(|text| name::tag(&text)) {
            Some(Some(tag)) => {
                let tag = Value::String(tag);
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
            // A word without a letter that a tag may have says nothing.
            Some(None) => {}
            None => making.wrong(leaf, item, "it is left out: yield a list of words"),
        }
    }
    Some(tags).filter(|tags| !tags.is_empty()).map(Value::Array)
}

fn links(leaf: usize, making: &mut Making<'_>) -> Option<Value> {
    let advice = "it is left out: yield a list of mappings with `url` and `title`";
    let mut links: Vec<Value> = Vec::new();
    for item in list(leaf, making, "mappings with `url` and `title`")? {
        let Value::Object(link) = item else {
            making.wrong(leaf, item, advice);
            continue;
        };
        let is_empty = |value: &Value| value.is_null() || value.as_str() == Some("");
        let keys = LINK.iter().filter_map(|key| Some((*key, link.get(*key).filter(|value| !is_empty(value))?)));
        let link: Map<String, Value> = keys.map(|(key, value)| (key.to_owned(), value.clone())).collect();
        // A link that leads nowhere is none.
        if link.contains_key("url") {
            links.push(Value::Object(link));
        }
    }
    Some(links).filter(|links| !links.is_empty()).map(Value::Array)
}
