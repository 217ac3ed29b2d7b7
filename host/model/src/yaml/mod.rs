//! Descriptors as the field writes them: YAML 1.2 with its core schema, several documents to a file.
//!
//! Rule: a document is read alone. A line that begins with `---` or `...` ends a document whatever stands before it,
//! inside a block scalar or a quoted text too (such a line cannot be content there, YAML 1.2.2 §9.1.2). So the text
//! is cut at these lines first and each piece is parsed by itself, and a broken piece costs no other.
//!
//! Everything has a bound (see the constants), so that a small text cannot become a large value.
//!
//! What JSON cannot hold is refused (`.inf`, `.nan`) or becomes text (keys that are no texts). There are no merge keys:
//! `<<` is a key like any other.

mod events;
mod json;
mod key;
mod lines;
mod mend;
mod pieces;
mod plain;
mod positions;
mod scalar;
mod sentences;
mod tape;
mod tree;

use std::borrow::Cow;

use serde_json::Value;

use events::Failure;
use positions::Positions;

/// The largest text that is read: several times the largest descriptor file seen, and little beside the host's memory.
pub const MAX_TEXT: usize = 16 << 20;
/// The deepest nesting of lists and mappings. Real descriptors stay below 20; code that walks values recurses.
const MAX_DEPTH: usize = 64;
/// The most values in all documents of a text: at 25 characters each, which real files need, a text of the largest size
/// stays below.
const MAX_NODES: usize = 1_000_000;
/// The most documents in a text: 335 characters each in a text of the largest size, less than any descriptor has.
const MAX_DOCUMENTS: usize = 50_000;
/// The most values that the aliases of a text may stand for.
const MAX_ALIASED_NODES: usize = 100_000;
/// The most characters that the aliases of a text may stand for.
const MAX_ALIASED_TEXT: usize = MAX_TEXT;
/// The most text that is parsed again after mending a place: some hundred places in a file of the usual size.
const MAX_MENDED_TEXT: usize = 2 * MAX_TEXT;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

/// One document of a text.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it says.
    pub value: Value,
    positions: Positions,
}

impl Document {
    /// The line on which the document begins, from 1.
    pub fn line(&self) -> u32 {
        self.positions.find("").line
    }

    /// Where the value at a JSON pointer is written: a mapping or list where its key is, anything else where it stands
    /// itself. If there is no such value, the nearest one that would enclose it.
    pub fn position(&self, pointer: &str) -> Position {
        self.positions.find(pointer)
    }
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", position.line, position.column)]
pub struct YamlError {
    /// Where reading ended.
    pub position: Position,
    /// What was found, what is allowed, what to do.
    pub message: String,
}

impl YamlError {
    fn new(position: Position, message: impl Into<String>) -> YamlError {
        YamlError { position, message: message.into() }
    }
}

/// What is left of the bounds that all documents of a text share.
struct Budget {
    nodes: usize,
    aliased_nodes: usize,
    aliased_text: usize,
    mended_text: usize,
}

/// Reads every document of a text. Empty documents are left out; one that cannot be read gives one error, and the
/// others stand. Only a text that is too large as a whole ends the reading.
pub fn parse_documents(text: &str) -> Vec<Result<Document, YamlError>> {
    let start = Position { line: 1, column: 1 };
    if text.len() > MAX_TEXT {
        let message =
            format!("The text has {} bytes, and at most {MAX_TEXT} are read. Split it into several files.", text.len());
        return vec![Err(YamlError::new(start, message))];
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut budget = Budget {
        nodes: MAX_NODES,
        aliased_nodes: MAX_ALIASED_NODES,
        aliased_text: MAX_ALIASED_TEXT,
        mended_text: MAX_MENDED_TEXT,
    };
    let mut documents = Vec::new();
    for piece in pieces::pieces(text) {
        if documents.len() == MAX_DOCUMENTS {
            let message = format!(
                "The text holds more than {MAX_DOCUMENTS} documents, which is the most that is read; the rest of it \
                 was not read. Split it into several files."
            );
            documents.push(Err(YamlError::new(Position { line: piece.line, column: 1 }, message)));
            break;
        }
        match read(&piece, &mut budget) {
            Ok(None) => {}
            Ok(Some(document)) => documents.push(Ok(document)),
            Err(error) => documents.push(Err(error)),
        }
        if budget.nodes == 0 {
            break;
        }
    }
    documents
}

fn read(piece: &pieces::Piece<'_>, budget: &mut Budget) -> Result<Option<Document>, YamlError> {
    if let Some(tape) = quickly(piece, budget)? {
        return document(&tape, budget);
    }
    let mut text = Cow::Borrowed(piece.text);
    let nodes = budget.nodes;
    loop {
        let error = match events::record(&text, piece.line, budget) {
            Ok(Some(tape)) => return document(&tape, budget),
            Ok(None) => return Ok(None),
            Err(Failure::Rule(error)) => return Err(error),
            Err(Failure::Syntax(error)) => error,
        };
        let affordable = budget.mended_text.checked_sub(text.len());
        match affordable.and_then(|rest| Some((rest, mend::mend(&text, &error)?))) {
            Some((rest, mended)) => {
                text = Cow::Owned(mended);
                (budget.mended_text, budget.nodes) = (rest, nodes);
            }
            None => return Err(events::unreadable(&error, &text, piece.line)),
        }
    }
}

/// Records a document of one of the forms that need no general parser; none if it is of another.
fn quickly<'a>(piece: &pieces::Piece<'a>, budget: &mut Budget) -> Result<Option<tape::Tape<'a>>, YamlError> {
    let (text, line) = match piece.text.strip_prefix("---\n") {
        Some(rest) => (rest, piece.line + 1),
        None => (piece.text, piece.line),
    };
    match text.trim_start().starts_with(['{', '[']) {
        true => json::record(text, line, budget),
        false => plain::record(text, line, budget),
    }
}

fn document(tape: &tape::Tape<'_>, budget: &mut Budget) -> Result<Option<Document>, YamlError> {
    let value = tree::build(tape, budget)?;
    if value.is_null() {
        return Ok(None);
    }
    let positions = Positions::of(tape);
    Ok(Some(Document { value, positions }))
}
