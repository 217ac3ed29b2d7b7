//! Secrets: which of them an expression reads, so that whoever runs it can mask them.
//!
//! Rule: more is said rather than less. A name that is computed, or `secrets` handed on as a whole, counts as all of them.

use std::collections::BTreeSet;

use crate::expression::{Expr, Node};

/// Secrets that an expression reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretRead {
    /// `secrets.NAME`: one that was given with the run.
    Given(String),
    /// `environment.secrets.NAME`: one of the portal's.
    Environment(String),
    /// All that were given with the run.
    AllGiven,
    /// All of the portal's.
    AllEnvironment,
}

/// Adds what an expression reads.
pub(crate) fn collect(expr: &Expr, reads: &mut BTreeSet<SecretRead>) {
    if let Some(read) = named(expr) {
        reads.insert(read);
        return;
    }
    match &expr.node {
        Node::Name(name) if name == "secrets" => {
            reads.insert(SecretRead::AllGiven);
        }
        Node::Name(name) if name == "environment" => {
            reads.insert(SecretRead::AllEnvironment);
        }
        // What else is below the environment holds no secrets.
        Node::Member(of, key) if is_name(of, "environment") && text(key).is_some_and(|key| key != "secrets") => {}
        _ => expr.parts().into_iter().for_each(|part| collect(part, reads)),
    }
}

fn named(expr: &Expr) -> Option<SecretRead> {
    let Node::Member(of, key) = &expr.node else { return None };
    let key = text(key)?.to_owned();
    if is_name(of, "secrets") {
        return Some(SecretRead::Given(key));
    }
    let Node::Member(root, secrets) = &of.node else { return None };
    (is_name(root, "environment") && text(secrets) == Some("secrets")).then_some(SecretRead::Environment(key))
}

fn is_name(expr: &Expr, wanted: &str) -> bool {
    matches!(&expr.node, Node::Name(name) if name == wanted)
}

fn text(expr: &Expr) -> Option<&str> {
    if let Node::Text(text) = &expr.node { Some(text) } else { None }
}
