//! Location entities: where else to look.
//!
//! Rule: a target leads to files of the same repository, or it is said what to do instead. A target that is missing is a
//! problem of the Location that names it, unless that says `presence: optional`.

use serde_json::Value;

use crate::forge::{Inside, Site, repository_of};
use crate::paths;
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
    /// Nothing to read here, and nothing wrong: another configured repository brings it, or it may be missing.
    Nothing,
    /// A problem, in a sentence.
    Problem(String),
}

/// The other repositories that are read.
pub(crate) trait Neighbours {
    /// Whether a file of another repository is read by that repository's own settings; none if no such repository is
    /// configured.
    fn reads(&self, target: &str) -> Option<Neighbour>;
}

/// What another repository does with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Neighbour {
    /// Its patterns find the file.
    Reads,
    /// They do not: the scope, and the path in it.
    Overlooks(String, String),
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

/// The type of a Location, where it is one that repositories know nothing of.
pub(crate) fn foreign_type(entity: &Value) -> Option<&str> {
    entity["spec"]["type"].as_str().filter(|kind| !matches!(*kind, "url" | "file"))
}

/// What a target of a Location in `file` leads to.
pub(crate) fn follow(
    entity: &Value,
    target: &str,
    file: &str,
    tree: &dyn Tree,
    site: &Site,
    neighbours: &dyn Neighbours,
) -> Outcome {
    let path = if target.contains("://") {
        match site.locate(target) {
            Some(inside) if site.reads(&inside) => inside.path,
            Some(inside) => return other_reference(target, &inside, site),
            None => return elsewhere(target, neighbours),
        }
    } else {
        match paths::resolve(file, target) {
            Some(path) => path,
            None => {
                return Outcome::Problem(format!(
                    "the target {target} lies outside of the repository; name a file inside of it"
                ));
            }
        }
    };
    let optional = entity["spec"]["presence"].as_str() == Some("optional");
    let pattern = if paths::is_pattern(&path) { path.clone() } else { paths::escaped(&path) };
    match tree.find(&[pattern]) {
        Ok(found) if !found.is_empty() => Outcome::Files(found.into_iter().map(|entry| entry.path).collect()),
        Ok(_) if optional => Outcome::Nothing,
        Ok(_) if paths::is_pattern(&path) => {
            Outcome::Problem(format!("the target {target} matches no file; correct it, or write `presence: optional`"))
        }
        Ok(_) => Outcome::Problem(format!(
            "the target {target} is missing: there is no file {path}; correct it, or write `presence: optional`"
        )),
        Err(error) => Outcome::Problem(format!("the target {target} cannot be read: {error}")),
    }
}

fn other_reference(target: &str, inside: &Inside, site: &Site) -> Outcome {
    let other = inside.reference.clone().unwrap_or_default();
    Outcome::Problem(format!(
        "the target {target} names the reference {other}, and {} is what is read; name the file by its path, or add the \
         repository with `reference: {other}` to `settings.repositories` of the plugin `git`",
        site.reference().short()
    ))
}

fn elsewhere(target: &str, neighbours: &dyn Neighbours) -> Outcome {
    match (neighbours.reads(target), repository_of(target)) {
        (Some(Neighbour::Reads), _) => Outcome::Nothing,
        (Some(Neighbour::Overlooks(scope, path)), _) => Outcome::Problem(format!(
            "the target {target} lies in {scope}, which is read, but its descriptors do not include the file; add `{path}` to \
             the `descriptors` of that repository"
        )),
        (None, Some(repository)) => Outcome::Problem(format!(
            "the target {target} lies in another repository; add `{repository}` to `settings.repositories` and \
             `grants.repositories` of the plugin `git`, which then reads it by itself, or register the target as a location"
        )),
        (None, None) => Outcome::Problem(format!(
            "the target {target} lies in no Git repository that could be made out; add its repository to \
             `settings.repositories` of the plugin `git`, or remove the target"
        )),
    }
}
