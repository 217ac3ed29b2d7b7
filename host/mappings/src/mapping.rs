//! A mapping as it runs: where its expressions stand, and what is made of what they come to.

use portico_kinds::Expressions;
use serde_json::Value;

use crate::metadata::Metadata;
use crate::program::{self, Outcome};
use crate::relation::Relation;
use crate::say::About;
use crate::template::Fields;

/// An expression, and its place.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) place: String,
    pub(crate) expression: String,
}

/// A mapping that was read.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// Its place among all of them, from 0.
    pub(crate) index: usize,
    pub(crate) object: String,
    /// Which of several it is, in brackets.
    pub(crate) which: String,
    pub(crate) when: Option<String>,
    pub(crate) each: Option<String>,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) entity: Option<Entity>,
    pub(crate) facts: Option<Facts>,
    pub(crate) programs: Programs,
}

/// Its expressions, put together.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    /// All of them.
    pub(crate) whole: String,
    /// Those that say which entities are meant.
    pub(crate) names: String,
    /// The places of the latter among the leaves.
    pub(crate) naming: Vec<usize>,
}

/// The entity that it makes; numbers are places among the leaves.
#[derive(Debug)]
pub(crate) struct Entity {
    pub(crate) kind: String,
    pub(crate) api_version: String,
    pub(crate) name: usize,
    pub(crate) namespace: Option<usize>,
    pub(crate) metadata: Metadata,
    pub(crate) url: Option<usize>,
    pub(crate) spec: Fields,
    pub(crate) relations: Vec<Relation>,
}

/// What it attaches.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) about: usize,
    pub(crate) values: Fields,
}

impl Mapping {
    /// Its place among all of them.
    pub(crate) fn place(&self) -> String {
        format!("mappings[{}]", self.index)
    }

    /// Whom sentences about the item of this index are about.
    pub(crate) fn about(&self, index: usize) -> About<'_> {
        let item = if self.each.is_some() { index + 1 } else { 0 };
        About { object: &self.object, which: &self.which, item }
    }

    /// What all of its expressions come to.
    pub(crate) fn run(&self, data: &Value, expressions: &dyn Expressions) -> Result<Outcome, String> {
        let all: Vec<usize> = (0..self.leaves.len()).collect();
        let outcome = program::run(&self.programs.whole, &all, self.leaves.len(), data, expressions);
        outcome.map_err(|reason| self.stopped(&reason))
    }

    /// What those come to that say which entities are meant, whatever `when` says.
    pub(crate) fn run_names(&self, data: &Value, expressions: &dyn Expressions) -> Result<Outcome, String> {
        let programs = &self.programs;
        let outcome = program::run(&programs.names, &programs.naming, self.leaves.len(), data, expressions);
        outcome.map_err(|reason| self.stopped(&reason))
    }

    /// The program as a whole did not come to an end.
    fn stopped(&self, reason: &str) -> String {
        format!("the mapping for an object of kind `{}`{} {reason}", self.object, self.which)
    }

    /// Why nothing is made of an object, if `when` or `each` failed or yields too much.
    pub(crate) fn objection(&self, outcome: &Outcome) -> Option<String> {
        let about = About { object: &self.object, which: &self.which, item: 0 };
        if let program::Came::Failed(reason) = &outcome.when {
            return Some(about.failed("when", reason));
        }
        match &outcome.items {
            Err(reason) => Some(about.failed("each", reason)),
            Ok(items) if items.len() > program::ITEMS => Some(format!(
                "`each` yields more than {} values for {}; nothing is made of it: select fewer",
                program::ITEMS,
                about.object()
            )),
            Ok(_) => None,
        }
    }
}
