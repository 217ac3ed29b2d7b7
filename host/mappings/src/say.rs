//! Sentences about one object.
//!
//! Rule: a sentence names the expression's place, what it came to, and what to do. There are at most [`MOST`], because a push of ten
//! thousand objects by a wrong mapping has as many.

use portico_model::{found, shown};
use serde_json::Value;

/// Sentences about one object; the first ones say it.
pub(crate) const MOST: usize = 20;

/// Whom sentences are about.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    /// The kind of the object.
    pub(crate) object: &'a str,
    /// Which of several mappings for it, in brackets; empty where there is one.
    pub(crate) which: &'a str,
    /// The place in what `each` yields, from 1; 0 where there is no `each`.
    pub(crate) item: usize,
}

impl About<'_> {
    /// "an object of kind `service`", "item 3 of an object of kind `service` (mapping 2 of 2)".
    pub(crate) fn object(self) -> String {
        let item = if self.item == 0 { String::new() } else { format!("item {} of ", self.item) };
        format!("{item}an object of kind {}{}", shown(self.object), self.which)
    }

    /// An expression came to what cannot stand there.
    pub(crate) fn came(self, place: &str, value: &Value, advice: &str) -> String {
        format!("`{place}` came to {} for {}; {advice}", found(value), self.object())
    }

    /// An expression failed.
    pub(crate) fn failed(self, place: &str, reason: &str) -> String {
        format!("`{place}` could not be evaluated for {}: {reason}", self.object())
    }
}

/// Collects sentences up to the most that are kept.
#[derive(Default)]
pub(crate) struct Problems {
    said: Vec<String>,
    beyond: usize,
}

impl Problems {
    pub(crate) fn add(&mut self, problem: String) {
        if self.said.len() < MOST {
            self.said.push(problem);
        } else {
            self.beyond += 1;
        }
    }

    /// All that is said.
    pub(crate) fn sentences(mut self) -> Vec<String> {
        if self.beyond > 0 {
            self.said.push(format!("there are {} more problems of this object", self.beyond));
        }
        self.said
    }
}
