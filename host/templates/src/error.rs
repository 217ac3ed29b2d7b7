//! What is wrong with a template: one sentence with the place and what to do.
//!
//! Rule: sentences name places and kinds of values, never values, since any value may be a secret.

use std::fmt;

use crate::limits::Limit;

/// A place in the text of a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl Position {
    /// Where a byte of a text stands.
    pub(crate) fn of(source: &str, offset: usize) -> Position {
        let before = &source.as_bytes()[..offset.min(source.len())];
        let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        Position {
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            // A byte that goes on with a character begins none.
            column: before[begin..].iter().filter(|byte| (**byte & 0xC0) != 0x80).count() + 1,
        }
    }
}

/// What is wrong with a template, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The value that holds the text, as a JSON pointer from the value that was parsed; empty if that is the text itself.
    pub pointer: String,
    /// Where in that text; none if it is about the value as a whole.
    pub position: Option<Position>,
    /// What was found, and what to do.
    pub problem: String,
    /// The limit, if one was met.
    pub limit: Option<Limit>,
}

impl std::error::Error for TemplateError {}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.pointer.as_str(), self.position) {
            ("", None) => {}
            ("", Some(at)) => write!(f, "line {}, column {}: ", at.line, at.column)?,
            (pointer, None) => write!(f, "{pointer}: ")?,
            (pointer, Some(at)) => write!(f, "{pointer}, line {}, column {}: ", at.line, at.column)?,
        }
        f.write_str(&self.problem)
    }
}

impl TemplateError {
    /// Whether an object stands where a text is written, which [`Context::taking_objects`](crate::Context::taking_objects) has written.
    pub fn is_of_object(&self) -> bool {
        self.problem == crate::text::NO_TEXT
    }

    /// About a value as a whole.
    pub(crate) fn whole(problem: impl Into<String>) -> TemplateError {
        TemplateError { pointer: String::new(), position: None, problem: problem.into(), limit: None }
    }

    /// About a byte of a text.
    pub(crate) fn at(source: &str, offset: usize, problem: impl Into<String>) -> TemplateError {
        TemplateError { position: Some(Position::of(source, offset)), ..TemplateError::whole(problem) }
    }

    /// A limit that a text met at a byte.
    pub(crate) fn limit_at(source: &str, offset: usize, limit: Limit) -> TemplateError {
        TemplateError { limit: Some(limit), ..TemplateError::at(source, offset, limit.to_string()) }
    }

    /// The same, in a value of a value.
    pub(crate) fn below(mut self, segment: &str) -> TemplateError {
        self.pointer = format!("/{}{}", segment.replace('~', "~0").replace('/', "~1"), self.pointer);
        self
    }
}

impl From<Limit> for TemplateError {
    fn from(limit: Limit) -> TemplateError {
        TemplateError { limit: Some(limit), ..TemplateError::whole(limit.to_string()) }
    }
}
