//! One document as a flat list of nodes, each parent before its children.
//!
//! Rule: the tape is made before any value, so depth and size are known before memory is spent on them, and an alias is
//! a link to an earlier place rather than a copy.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::ScalarStyle;

use super::{Budget, MAX_DEPTH, MAX_NODES, Position, YamlError};

/// One node: a scalar, an alias, or the beginning of a list or mapping whose children follow.
pub(super) struct Node<'a> {
    pub(super) what: What<'a>,
    pub(super) position: Position,
    /// The index after the last of its children.
    pub(super) end: u32,
}

/// What a node is.
pub(super) enum What<'a> {
    Scalar {
        text: Cow<'a, str>,
        style: ScalarStyle,
    },
    List,
    /// Its children are keys and values by turns.
    Mapping,
    /// The node that was given the anchor.
    Alias(u32),
}

/// The nodes of one document.
pub(super) struct Tape<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// The few nodes that carry a tag.
    pub(super) tags: HashMap<u32, Tag>,
}

/// What a tag makes of its node.
pub(super) enum Tag {
    /// A tag of the core schema, without its `!!`.
    Core(String),
    /// `!`, or a tag that means something to others: a scalar is text.
    Text,
}

/// Writes a tape, within the budget.
pub(super) struct Recorder<'a, 'b> {
    budget: &'b mut Budget,
    tape: Tape<'a>,
    /// The lists and mappings that have not ended.
    open: Vec<u32>,
}

impl<'a, 'b> Recorder<'a, 'b> {
    pub(super) fn new(budget: &'b mut Budget) -> Recorder<'a, 'b> {
        Recorder { budget, tape: Tape { nodes: Vec::new(), tags: HashMap::new() }, open: Vec::new() }
    }

    /// A list or mapping begins; its index.
    pub(super) fn begin(&mut self, what: What<'a>, position: Position) -> Result<u32, YamlError> {
        if self.open.len() == MAX_DEPTH {
            return Err(too_deep(position));
        }
        let index = self.node(what, position)?;
        self.open.push(index);
        Ok(index)
    }

    /// The last list or mapping that began has all its children.
    pub(super) fn end(&mut self) {
        let end = self.next_index();
        if let Some(open) = self.open.pop() {
            self.tape.nodes[open as usize].end = end;
        }
    }

    /// A scalar; its index.
    pub(super) fn scalar(
        &mut self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        position: Position,
    ) -> Result<u32, YamlError> {
        self.node(What::Scalar { text, style }, position)
    }

    /// The node at `target` once more.
    pub(super) fn alias(&mut self, target: u32, position: Position) -> Result<(), YamlError> {
        if self.open.contains(&target) {
            let message = "The alias stands inside the value that it repeats. Write the value out.";
            return Err(YamlError::new(position, message));
        }
        self.node(What::Alias(target), position).map(drop)
    }

    /// What the tag at the node means.
    pub(super) fn tag(&mut self, index: u32, tag: Tag) {
        self.tape.tags.insert(index, tag);
    }

    /// The tape; none if nothing was recorded.
    pub(super) fn finish(self) -> Option<Tape<'a>> {
        (!self.tape.nodes.is_empty()).then_some(self.tape)
    }

    fn node(&mut self, what: What<'a>, position: Position) -> Result<u32, YamlError> {
        self.budget.nodes = self.budget.nodes.saturating_sub(1);
        if self.budget.nodes == 0 {
            let message = format!(
                "The text holds more than {MAX_NODES} values, which is the most that is read; the rest of it was not \
                 read. Split it into several files."
            );
            return Err(YamlError::new(position, message));
        }
        let index = self.next_index();
        self.tape.nodes.push(Node { what, position, end: index + 1 });
        Ok(index)
    }

    fn next_index(&self) -> u32 {
        // Bounded by MAX_NODES.
        self.tape.nodes.len() as u32
    }
}

pub(super) fn too_deep(position: Position) -> YamlError {
    let message = format!("Lists and mappings are nested more than {MAX_DEPTH} deep. Flatten the document.");
    YamlError::new(position, message)
}
