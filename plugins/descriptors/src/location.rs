//! Location entities: where else to look.
//!
//! Rule: a target that is missing is a problem of the Location that names it, unless that says `presence: optional`.

use serde_json::Value;

use crate::site::{Site, Target as Leads};
use crate::tree::Tree;

/// What a Location names, one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Its place in the document, as a JSON pointer.
    pub path: String,
    /// What is written there.
    pub written: String,
}

/// What a target came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Files to read.
    Files(Vec<String>),
    /// Nothing to read here, and nothing wrong: it is read by itself, or it may be missing.
    Nothing,
    /// A problem, in a sentence.
    Problem(String),
}

/// The targets of a Location; none of anything else.
pub(crate) fn targets(entity: &Value) -> Vec<Target> {
    if entity["kind"] != "Location" {
        return Vec::new();
    }
    let spec = &entity["spec"];
    let one =
        spec["target"].as_str().map(|written| Target { path: "/spec/target".to_owned(), written: written.to_owned() });
    let many = spec["targets"].as_array().into_iter().flatten().enumerate().filter_map(|(index, target)| {
        Some(Target { path: format!("/spec/targets/{index}"), written: target.as_str()?.to_owned() })
    });
    one.into_iter().chain(many).collect()
}

/// The type of a Location, where it is one that leads to no files.
pub(crate) fn foreign_type(entity: &Value) -> Option<&str> {
    entity["spec"]["type"].as_str().filter(|kind| !matches!(*kind, "url" | "file"))
}

/// What a target of a Location in `file` leads to.
pub(crate) fn follow(entity: &Value, written: &str, file: &str, tree: &dyn Tree, site: &dyn Site) -> Outcome {
    let (found, missing) = match site.target(file, written) {
        Leads::Elsewhere => return Outcome::Nothing,
        Leads::Refused(why) => return Outcome::Problem(format!("the target {written} {why}")),
        Leads::Files(pattern) => (tree.find(&[pattern]), "matches no file".to_owned()),
        Leads::File(path) => {
            let missing = format!("is missing: there is no file {path}");
            (tree.has(&path).map(|there| if there { vec![path] } else { Vec::new() }), missing)
        }
    };
    let optional = entity["spec"]["presence"].as_str() == Some("optional");
    match found {
        Ok(files) if !files.is_empty() => Outcome::Files(files),
        Ok(_) if optional => Outcome::Nothing,
        Ok(_) => Outcome::Problem(format!("the target {written} {missing}; correct it, or write `presence: optional`")),
        Err(error) => Outcome::Problem(format!("the target {written} cannot be read: {error}")),
    }
}
