//! Records a document from the events of the YAML parser.
//!
//! Rule: what the parser lets pass though the format forbids it is refused here: tabs as indentation, and a second
//! document in one piece. What it cannot bound by itself is bounded before it begins.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScanError, Span};

use super::lines::Lines;
use super::tape::{Recorder, Tag, Tape, What};
use super::{Budget, Position, YamlError, sentences};

/// The most signs of the kind that begins or ends a token in one document. Before the parser gives out the first event
/// of a list or mapping in brackets, it reads ahead to the closing one; this keeps what it holds meanwhile to some tens
/// of megabytes. It is enough for 2 MB of JSON in a block of text, and several times that of YAML.
const MAX_SIGNS: usize = 500_000;

/// Why there is no tape.
pub(super) enum Failure {
    /// The parser stopped.
    Syntax(ScanError),
    /// A rule of ours is broken.
    Rule(YamlError),
}

impl From<YamlError> for Failure {
    fn from(error: YamlError) -> Failure {
        Failure::Rule(error)
    }
}

/// The error for a text that the parser does not take.
pub(super) fn unreadable(error: &ScanError, text: &str, first_line: u32) -> YamlError {
    let marker = error.marker();
    match sentences::is_about_tabs(error).then(|| Lines::of(text).tab_from(marker.line())).flatten() {
        Some((line, column)) => tab_in_indentation(position(first_line, line, column)),
        None => YamlError::new(position(first_line, marker.line(), marker.col()), sentences::sentence(error)),
    }
}

fn tab_in_indentation(position: Position) -> YamlError {
    let message = "A tab stands in the indentation, where YAML allows spaces only. Indent with spaces.";
    YamlError::new(position, message)
}

/// A place in the piece as a place in the text. Both numbers are bounded by the size of a text.
fn position(first_line: u32, line: usize, column: usize) -> Position {
    Position { line: first_line + (line as u32).saturating_sub(1), column: column as u32 + 1 }
}

/// Records the one document of `text`, whose first line is `first_line` of the whole. None if there is no document.
pub(super) fn record<'a>(text: &'a str, first_line: u32, budget: &mut Budget) -> Result<Option<Tape<'a>>, Failure> {
    if has_too_many_signs(text) {
        let message = format!(
            "The document holds more than {MAX_SIGNS} brackets, commas and quotes, which is the most that is read. Put \
             long texts into a file of their own and refer to it with `$text`, or write the document as plain JSON."
        );
        return Err(YamlError::new(Position { line: first_line, column: 1 }, message).into());
    }
    let mut listener = Listener {
        first_line,
        lines: text.contains('\t').then(|| Lines::of(text)),
        recorder: Recorder::new(budget),
        anchors: HashMap::new(),
    };
    let mut parser = Parser::new_from_str(text);
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(Failure::Syntax)?;
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                let message = "A second document begins here without `---` in front. Add that line, or indent.";
                return Err(YamlError::new(listener.position(&span.start), message).into());
            }
        }
        listener.event(event, span)?;
    }
    Ok(listener.recorder.finish())
}

fn has_too_many_signs(text: &str) -> bool {
    let is_sign =
        |byte: &u8| matches!(byte, b',' | b'[' | b']' | b'{' | b'}' | b'"' | b'\'' | b'*' | b'&' | b'!' | b'?');
    text.len() > MAX_SIGNS && text.bytes().filter(is_sign).count() > MAX_SIGNS
}

struct Listener<'a, 'b> {
    first_line: u32,
    /// Only where there are tabs.
    lines: Option<Lines<'a>>,
    recorder: Recorder<'a, 'b>,
    /// The node of each anchor.
    anchors: HashMap<usize, u32>,
}

type TagEvent<'a> = Option<Cow<'a, saphyr_parser::Tag>>;

impl<'a> Listener<'a, '_> {
    fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), YamlError> {
        let position = self.position(&span.start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let index = self.recorder.scalar(text, style, position)?;
                self.properties(index, anchor, tag);
            }
            Event::SequenceStart(anchor, tag) => self.begin(What::List, anchor, tag, &span.start)?,
            Event::MappingStart(anchor, tag) => self.begin(What::Mapping, anchor, tag, &span.start)?,
            Event::SequenceEnd | Event::MappingEnd => self.recorder.end(),
            Event::Alias(anchor) => {
                // The parser gives out no alias whose anchor it has not given out before.
                let Some(target) = self.anchors.get(&anchor) else { return Ok(()) };
                self.recorder.alias(*target, position)?;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn begin(&mut self, what: What<'a>, anchor: usize, tag: TagEvent<'a>, start: &Marker) -> Result<(), YamlError> {
        self.check_indentation(start)?;
        let index = self.recorder.begin(what, self.position(start))?;
        self.properties(index, anchor, tag);
        Ok(())
    }

    fn properties(&mut self, index: u32, anchor: usize, tag: TagEvent<'a>) {
        if anchor > 0 {
            self.anchors.insert(anchor, index);
        }
        if let Some(tag) = tag {
            let tag = if tag.is_yaml_core_schema() { Tag::Core(tag.suffix.clone()) } else { Tag::Text };
            self.recorder.tag(index, tag);
        }
    }

    /// A list or mapping in block style begins behind spaces and indicators only.
    fn check_indentation(&mut self, start: &Marker) -> Result<(), YamlError> {
        let Some(lines) = &mut self.lines else { return Ok(()) };
        let (before, from) = lines.split(start.line(), start.col());
        let is_indentation = before.chars().all(|sign| matches!(sign, ' ' | '\t' | '-' | '?' | ':'));
        match before.chars().position(|sign| sign == '\t') {
            Some(column) if is_indentation && !from.starts_with(['{', '[']) => {
                Err(tab_in_indentation(position(self.first_line, start.line(), column)))
            }
            _ => Ok(()),
        }
    }

    fn position(&self, marker: &Marker) -> Position {
        position(self.first_line, marker.line(), marker.col())
    }
}
