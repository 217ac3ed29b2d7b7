//! Records the events of the parser as a flat list of nodes.
//!
//! Rule: the tape is made before any value, so depth and size are known before memory is spent, and an alias is a link
//! to an earlier place rather than a copy.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::{Budget, MAX_DEPTH, MAX_NODES, Position, YamlError, sentences};

/// One node: a scalar, or the beginning of a list or mapping whose children follow.
pub(super) struct Node<'a> {
    pub(super) what: What<'a>,
    pub(super) position: Position,
    /// The index after the last of its children.
    pub(super) end: u32,
}

pub(super) enum What<'a> {
    Scalar {
        text: Cow<'a, str>,
        is_plain: bool,
    },
    List,
    /// Its children are keys and values by turns.
    Mapping,
    /// The node that was given the anchor.
    Alias(u32),
}

/// The nodes of one document, each parent before its children.
pub(super) struct Tape<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// The few nodes that carry a tag.
    pub(super) tags: HashMap<u32, Tag>,
}

/// What a tag makes of its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// A tag of the core schema, without its `!!`.
    Core(String),
    /// `!`, or a tag that means something to others: a scalar is text.
    Text,
}

/// Records the one document of `text`, whose first line is `first_line` of the whole. None if there is no document.
pub(super) fn record<'a>(text: &'a str, first_line: u32, budget: &mut Budget) -> Result<Option<Tape<'a>>, YamlError> {
    let mut recorder = Recorder {
        first_line,
        budget,
        tape: Tape { nodes: Vec::new(), tags: HashMap::new() },
        open: Vec::new(),
        anchors: HashMap::new(),
    };
    let mut parser = Parser::new_from_str(text);
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| recorder.unreadable(&error, text))?;
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                let message = "a second document begins here without `---` in front; add that line, or indent";
                return Err(YamlError::new(recorder.position(&span.start), message));
            }
        }
        recorder.event(event, span)?;
    }
    Ok((!recorder.tape.nodes.is_empty()).then_some(recorder.tape))
}

struct Recorder<'a, 'b> {
    first_line: u32,
    budget: &'b mut Budget,
    tape: Tape<'a>,
    /// The lists and mappings that have not ended.
    open: Vec<u32>,
    anchors: HashMap<usize, u32>,
}

type TagEvent<'a> = Option<Cow<'a, saphyr_parser::Tag>>;

impl<'a> Recorder<'a, '_> {
    fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                self.node(What::Scalar { text, is_plain }, anchor, tag, &span).map(drop)
            }
            Event::SequenceStart(anchor, tag) => self.begin(What::List, anchor, tag, &span),
            Event::MappingStart(anchor, tag) => self.begin(What::Mapping, anchor, tag, &span),
            Event::SequenceEnd | Event::MappingEnd => {
                let end = self.next_index();
                if let Some(node) = self.open.pop().and_then(|open| self.tape.nodes.get_mut(open as usize)) {
                    node.end = end;
                }
                Ok(())
            }
            Event::Alias(anchor) => {
                let position = self.position(&span.start);
                let target = self.anchors.get(&anchor).copied();
                let target = target.filter(|target| !self.open.contains(target)).ok_or_else(|| {
                    YamlError::new(position, "the alias stands inside the value that it repeats; write the value out")
                })?;
                self.node(What::Alias(target), 0, None, &span).map(drop)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn begin(&mut self, what: What<'a>, anchor: usize, tag: TagEvent<'a>, span: &Span) -> Result<(), YamlError> {
        if self.open.len() == MAX_DEPTH {
            return Err(too_deep(self.position(&span.start)));
        }
        let index = self.node(what, anchor, tag, span)?;
        self.open.push(index);
        Ok(())
    }

    fn node(&mut self, what: What<'a>, anchor: usize, tag: TagEvent<'a>, span: &Span) -> Result<u32, YamlError> {
        let position = self.position(&span.start);
        self.budget.nodes = self.budget.nodes.saturating_sub(1);
        if self.budget.nodes == 0 {
            let message = format!(
                "the text holds more than {MAX_NODES} values, which is the most that is read; the rest of it was not \
                 read. Split it into several files"
            );
            return Err(YamlError::new(position, message));
        }
        let index = self.next_index();
        if anchor > 0 {
            self.anchors.insert(anchor, index);
        }
        if let Some(tag) = tag {
            self.tape.tags.insert(index, Tag::of(&tag));
        }
        self.tape.nodes.push(Node { what, position, end: index + 1 });
        Ok(index)
    }

    fn next_index(&self) -> u32 {
        // Bounded by MAX_NODES.
        self.tape.nodes.len() as u32
    }

    fn position(&self, marker: &Marker) -> Position {
        // Bounded by MAX_TEXT.
        Position { line: self.first_line + (marker.line() as u32).saturating_sub(1), column: marker.col() as u32 + 1 }
    }

    fn unreadable(&self, error: &ScanError, text: &str) -> YamlError {
        YamlError::new(self.position(error.marker()), sentences::sentence(error, text))
    }
}

pub(super) fn too_deep(position: Position) -> YamlError {
    let message = format!("lists and mappings are nested more than {MAX_DEPTH} deep; flatten the document");
    YamlError::new(position, message)
}

impl Tag {
    fn of(tag: &saphyr_parser::Tag) -> Tag {
        if tag.is_yaml_core_schema() { Tag::Core(tag.suffix.clone()) } else { Tag::Text }
    }
}
