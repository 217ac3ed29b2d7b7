//! Records a document that is written as JSON.
//!
//! Rule: JSON is YAML, so this only spares the way through the general parser: it is several times as quick, needs no
//! look-ahead over whole lists and mappings, and takes characters that are escaped as surrogate pairs. Whatever is not
//! plainly JSON is left to the general parser, which also has the sentences for what is neither.

use std::borrow::Cow;

use saphyr_parser::ScalarStyle;

use super::tape::{Recorder, Tape, What};
use super::{Budget, Position, YamlError};

/// Records `text` if it is one JSON list or mapping; none if it is not.
pub(super) fn record<'a>(text: &'a str, first_line: u32, budget: &mut Budget) -> Result<Option<Tape<'a>>, YamlError> {
    let nodes = budget.nodes;
    let mut reader = Reader { text, at: 0, line: first_line, column: 1, counted: 0, recorder: Recorder::new(budget) };
    let is_json = reader.document()?;
    let tape = reader.recorder.finish();
    if is_json {
        return Ok(tape);
    }
    budget.nodes = nodes;
    Ok(None)
}

struct Reader<'a, 'b> {
    text: &'a str,
    at: usize,
    /// The place of the byte `counted`.
    line: u32,
    column: u32,
    counted: usize,
    recorder: Recorder<'a, 'b>,
}

/// What may come next inside a list or mapping.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    /// A value, or the end of an empty list.
    First,
    /// A key, or the end of an empty mapping.
    FirstKey,
    Key,
    Value,
    /// A comma or the end.
    Separator,
}

impl<'a> Reader<'a, '_> {
    /// Reads all of it. `false` as soon as it is no JSON.
    fn document(&mut self) -> Result<bool, YamlError> {
        // Which of the open ones are mappings.
        let mut open = Vec::new();
        let mut next = Next::Value;
        loop {
            self.blanks();
            let Some(byte) = self.text.as_bytes().get(self.at).copied() else { return Ok(false) };
            let is_mapping = open.last() == Some(&true);
            match (next, byte) {
                (Next::First | Next::Separator, b']') if !is_mapping => self.close(&mut open),
                (Next::FirstKey | Next::Separator, b'}') if is_mapping => self.close(&mut open),
                (Next::Separator, b',') => {
                    self.at += 1;
                    next = if is_mapping { Next::Key } else { Next::Value };
                    continue;
                }
                (Next::FirstKey | Next::Key, b'"') => {
                    if !self.string()? || !self.colon() {
                        return Ok(false);
                    }
                    next = Next::Value;
                    continue;
                }
                (Next::First | Next::Value, b'[' | b'{') => {
                    let is_mapping = byte == b'{';
                    let what = if is_mapping { What::Mapping } else { What::List };
                    let position = self.position();
                    self.recorder.begin(what, position)?;
                    open.push(is_mapping);
                    self.at += 1;
                    next = if is_mapping { Next::FirstKey } else { Next::First };
                    continue;
                }
                (Next::First | Next::Value, b'"') if self.string()? => {}
                (Next::First | Next::Value, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') if self.word()? => {}
                _ => return Ok(false),
            }
            if open.is_empty() {
                self.blanks();
                return Ok(self.at == self.text.len());
            }
            next = Next::Separator;
        }
    }

    fn close(&mut self, open: &mut Vec<bool>) {
        self.at += 1;
        self.recorder.end();
        open.pop();
    }

    /// Reads a text in quotes.
    fn string(&mut self) -> Result<bool, YamlError> {
        let rest = &self.text.as_bytes()[self.at + 1..];
        let mut length = 0;
        let mut is_escaped = false;
        loop {
            match rest.get(length) {
                Some(b'"') => break,
                Some(b'\\') => {
                    is_escaped = true;
                    length += 2;
                }
                Some(0x20..) => length += 1,
                // JSON has no control characters in texts.
                _ => return Ok(false),
            }
        }
        let quoted = &self.text[self.at..self.at + length + 2];
        let text = match is_escaped {
            false => Cow::Borrowed(&quoted[1..=length]),
            true => match serde_json::from_str(quoted) {
                Ok(text) => Cow::Owned(text),
                Err(_) => return Ok(false),
            },
        };
        let position = self.position();
        self.recorder.scalar(text, ScalarStyle::DoubleQuoted, position)?;
        self.at += quoted.len();
        Ok(true)
    }

    /// Reads a number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<bool, YamlError> {
        let rest = &self.text[self.at..];
        let is_end = |sign: char| matches!(sign, ',' | ']' | '}' | ' ' | '\t' | '\r' | '\n');
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(word).is_ok();
        if is_json {
            let position = self.position();
            self.recorder.scalar(Cow::Borrowed(word), ScalarStyle::Plain, position)?;
            self.at += word.len();
        }
        Ok(is_json)
    }

    fn colon(&mut self) -> bool {
        self.blanks();
        let is_colon = self.text.as_bytes().get(self.at) == Some(&b':');
        self.at += usize::from(is_colon);
        is_colon
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.text.as_bytes().get(self.at) {
            self.at += 1;
        }
    }

    /// The place of the present byte.
    fn position(&mut self) -> Position {
        let mut rest = &self.text[self.counted..self.at];
        while let Some(end) = rest.find(['\n', '\r']) {
            let is_pair = rest[end..].starts_with("\r\n");
            rest = &rest[end + if is_pair { 2 } else { 1 }..];
            self.line += 1;
            self.column = 1;
        }
        // Bounded by the size of a text.
        self.column += rest.chars().count() as u32;
        self.counted = self.at;
        Position { line: self.line, column: self.column }
    }
}
