//! A schema as a tree whose conditions are compiled.
//!
//! Rule: made once of a schema without references. What holds for some values alone (`if`, `dependencies`, alternatives) stands in a node
//! of its own, beside the test that tells whether it does.

use portico_kinds::Schema;
use serde_json::{Map, Value, json};

use crate::limits::{CONDITIONS, DEPTH};
use crate::place::below;

/// What a schema says of one place.
pub(crate) struct Node {
    /// All of it.
    pub(crate) schema: Value,
    /// The keys that may be below, in their order.
    pub(crate) properties: Vec<(String, Node)>,
    pub(crate) required: Vec<String>,
    /// What each item of a list is.
    pub(crate) items: Option<Box<Node>>,
    /// What the first items of a list are.
    pub(crate) first_items: Vec<Node>,
    pub(crate) all_of: Vec<Node>,
    pub(crate) condition: Option<Condition>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) alternatives: Vec<Alternatives>,
}

/// `if`, `then` and `else`.
pub(crate) struct Condition {
    pub(crate) test: Schema,
    pub(crate) then: Option<Box<Node>>,
    pub(crate) otherwise: Option<Box<Node>>,
}

/// What holds where a key is there.
pub(crate) struct Dependency {
    pub(crate) key: String,
    pub(crate) needs: Vec<String>,
    pub(crate) node: Option<Box<Node>>,
}

/// `oneOf` or `anyOf`, where they change what is asked for.
pub(crate) struct Alternatives {
    /// Its name: the place in the schema.
    pub(crate) path: String,
    pub(crate) branches: Vec<Branch>,
    /// Whether a key, and nobody, chooses between them.
    pub(crate) is_by_key: bool,
}

/// One of several alternatives.
pub(crate) struct Branch {
    pub(crate) node: Node,
    pub(crate) title: Option<String>,
    /// Whether values fit it by what tells it from others: keys with fixed values. None without any.
    pub(crate) mark: Option<Schema>,
    /// Whether values fit it wholly.
    pub(crate) test: Schema,
}

/// Makes nodes, and counts what their conditions cost.
pub(crate) struct Maker {
    budget: usize,
}

impl Maker {
    pub(crate) fn new() -> Maker {
        Maker { budget: CONDITIONS }
    }

    /// The node of a schema at a place of the page's schema. `key` is what an alternative is chosen by, if it is by a key.
    pub(crate) fn node(&mut self, schema: &Value, path: &str, key: Option<&str>) -> Result<Node, String> {
        if path.matches('/').count() > 2 * DEPTH {
            return Err(format!("it is nested more than {DEPTH} deep at `{path}`; make it flatter"));
        }
        let all_of = self.list(schema, "allOf", path)?;
        let (items, first_items) = self.items(schema, path)?;
        Ok(Node {
            schema: if schema.is_object() { schema.clone() } else { json!({}) },
            properties: self.properties(schema, path)?,
            required: texts(&schema["required"]),
            items,
            first_items,
            all_of,
            condition: self.condition(schema, path)?,
            dependencies: self.dependencies(schema, path)?,
            alternatives: self.alternatives(schema, path, key)?,
        })
    }

    fn properties(&mut self, schema: &Value, path: &str) -> Result<Vec<(String, Node)>, String> {
        let properties = schema["properties"].as_object().into_iter().flatten();
        // A key that may not be there has no field.
        let properties = properties.filter(|(_, schema)| **schema != Value::Bool(false));
        let path = format!("{path}/properties");
        properties.map(|(name, schema)| Ok((name.clone(), self.node(schema, &below(&path, name), None)?))).collect()
    }

    fn list(&mut self, schema: &Value, word: &str, path: &str) -> Result<Vec<Node>, String> {
        let items = schema[word].as_array().into_iter().flatten().enumerate();
        items.map(|(at, schema)| self.node(schema, &format!("{path}/{word}/{at}"), None)).collect()
    }

    fn items(&mut self, schema: &Value, path: &str) -> Result<(Option<Box<Node>>, Vec<Node>), String> {
        if schema["items"].is_array() {
            let rest = self.child(schema, "additionalItems", path)?;
            return Ok((rest, self.list(schema, "items", path)?));
        }
        Ok((self.child(schema, "items", path)?, Vec::new()))
    }

    fn child(&mut self, schema: &Value, word: &str, path: &str) -> Result<Option<Box<Node>>, String> {
        let Some(child) = schema.get(word).filter(|child| child.is_object()) else { return Ok(None) };
        Ok(Some(Box::new(self.node(child, &format!("{path}/{word}"), None)?)))
    }

    fn condition(&mut self, schema: &Value, path: &str) -> Result<Option<Condition>, String> {
        let Some(test) = schema.get("if") else { return Ok(None) };
        let test = self.test(test)?;
        let (then, otherwise) = (self.child(schema, "then", path)?, self.child(schema, "else", path)?);
        Ok(Some(Condition { test, then, otherwise }))
    }

    fn dependencies(&mut self, schema: &Value, path: &str) -> Result<Vec<Dependency>, String> {
        let mut all = Vec::new();
        for word in ["dependencies", "dependentRequired", "dependentSchemas"] {
            for (key, needed) in schema[word].as_object().into_iter().flatten() {
                let path = below(&format!("{path}/{word}"), key);
                let node = match needed.is_object() {
                    true => Some(Box::new(self.node(needed, &path, Some(key))?)),
                    false => None,
                };
                all.push(Dependency { key: key.clone(), needs: texts(needed), node });
            }
        }
        Ok(all)
    }

    fn alternatives(&mut self, schema: &Value, path: &str, key: Option<&str>) -> Result<Vec<Alternatives>, String> {
        let mut all = Vec::new();
        for word in ["oneOf", "anyOf"] {
            let branches = schema[word].as_array().map(Vec::as_slice).unwrap_or_default();
            // Nothing beside something, and values to choose between, change nothing of what is asked for.
            let others = branches.iter().filter(|branch| branch["type"] != "null" && branch.get("const").is_none());
            let is_by_key = key.is_some_and(|key| branches.iter().any(|branch| !branch["properties"][key].is_null()));
            let least = if is_by_key { 1 } else { 2 };
            if others.count() < least || !branches.iter().any(is_shape) {
                continue;
            }
            let path = format!("{path}/{word}");
            let branches = branches.iter().enumerate();
            let branches: Result<Vec<Branch>, String> = branches
                .filter(|(_, branch)| branch.is_object())
                .map(|(at, branch)| self.branch(branch, &format!("{path}/{at}"), key.filter(|_| is_by_key)))
                .collect();
            all.push(Alternatives { path, branches: branches?, is_by_key });
        }
        Ok(all)
    }

    fn branch(&mut self, branch: &Value, path: &str, key: Option<&str>) -> Result<Branch, String> {
        let marks = branch["properties"].as_object().into_iter().flatten();
        let is_mark = |name: &str, schema: &Value| match key {
            Some(key) => key == name,
            None => schema.get("const").is_some() || schema.get("enum").is_some(),
        };
        let marks: Map<String, Value> = marks
            .filter(|(name, schema)| is_mark(name, schema))
            .map(|(name, schema)| (name.clone(), schema.clone()))
            .collect();
        let names: Vec<&String> = marks.keys().collect();
        let mark = match names.is_empty() {
            true => None,
            false => Some(self.test(&json!({ "type": "object", "required": names, "properties": marks }))?),
        };
        let title = branch["title"].as_str().map(str::to_owned);
        Ok(Branch { node: self.node(branch, path, None)?, title, mark, test: self.test(branch)? })
    }

    fn test(&mut self, schema: &Value) -> Result<Schema, String> {
        self.budget = self.budget.checked_sub(size(schema)).ok_or_else(|| {
            format!(
                "its conditions hold more than {CONDITIONS} values, those within others counted again; make them fewer"
            )
        })?;
        Schema::filled(schema, "values", "the form")
    }
}

/// Whether an alternative says what is asked for, and not only what of it is needed.
fn is_shape(branch: &Value) -> bool {
    let words = ["type", "properties", "items", "allOf", "oneOf", "anyOf", "if", "dependencies", "enum"];
    words.iter().any(|word| branch.get(word).is_some())
}

fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => fields.values().map(size).sum(),
        _ => 0,
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
