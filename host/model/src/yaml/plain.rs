//! Records a document that is written as nearly all are: mappings and lists in block style, and scalars of one line.
//!
//! Rule: this only spares the way through the general parser, which takes three times as long. Whatever is not plainly of this
//! form, or looks wrong, is left to that parser, which also has the sentences for it; what is taken comes to the same document.

use std::borrow::Cow;

use saphyr_parser::ScalarStyle;

use super::tape::{Recorder, Tape, What};
use super::{Budget, Position, YamlError};

/// Records `text` if it is a mapping or list of the plain form; none if it is not.
pub(super) fn record<'a>(text: &'a str, first_line: u32, budget: &mut Budget) -> Result<Option<Tape<'a>>, YamlError> {
    let nodes = budget.nodes;
    // At the ends of lines alone: what else YAML calls a line's end, and tabs, are no part of this form.
    let is_ascii = |line: &str| line.bytes().fold(true, |all, byte| all & matches!(byte, b' '..=b'~'));
    let is_line = |line: &str| is_ascii(line) || line.chars().all(|sign| matches!(sign, ' '..='~') || is_letter(sign));
    let mut reader = Reader { line: first_line, open: Vec::new(), awaits: true, recorder: Recorder::new(budget) };
    for line in text.split('\n') {
        let read = if is_line(line) { reader.line(line) } else { Err(Stop::Other) };
        match read {
            Ok(()) => reader.line += 1,
            Err(Stop::Rule(error)) => return Err(error),
            Err(Stop::Other) => {
                budget.nodes = nodes;
                return Ok(None);
            }
        }
    }
    if reader.awaits {
        budget.nodes = nodes;
        return Ok(None);
    }
    reader.close(0);
    Ok(reader.recorder.finish())
}

/// A sign beyond ASCII that stands for nothing but itself.
fn is_letter(sign: char) -> bool {
    !sign.is_ascii() && (sign.is_alphanumeric() || matches!(sign, '–' | '—' | '‘' | '’' | '“' | '”' | '…' | '→'))
}

/// Why reading ends early.
enum Stop {
    /// The document is of another form.
    Other,
    /// A bound is reached.
    Rule(YamlError),
}

impl From<YamlError> for Stop {
    fn from(error: YamlError) -> Stop {
        Stop::Rule(error)
    }
}

/// A list or mapping that has not ended.
#[derive(Clone, Copy, PartialEq)]
struct Open {
    is_list: bool,
    /// Where its items or keys stand, in bytes from 0; all before is ASCII.
    column: usize,
}

struct Reader<'a, 'b> {
    line: u32,
    open: Vec<Open>,
    /// Whether a key, a dash or the beginning of the document waits for its value.
    awaits: bool,
    recorder: Recorder<'a, 'b>,
}

impl<'a> Reader<'a, '_> {
    fn line(&mut self, line: &'a str) -> Result<(), Stop> {
        let content = line.trim_start_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            return Ok(());
        }
        let column = line.len() - content.len();
        // A value that is waited for stands deeper, but a key's list may stand right below the key.
        let is_below = match self.open.last() {
            None => self.open.is_empty() && self.awaits,
            Some(open) => {
                column > open.column || column == open.column && !open.is_list && after_dash(content).is_some()
            }
        };
        if is_below != self.awaits {
            return Err(Stop::Other);
        }
        if !self.awaits {
            self.close_to(column, after_dash(content).is_some())?;
        }
        self.content(content, column)
    }

    /// Ends what is deeper than an item or a key at this column.
    fn close_to(&mut self, column: usize, is_item: bool) -> Result<(), Stop> {
        self.close(column + 1);
        // A key ends the list that stands right below the key before.
        if !is_item && self.open.last() == Some(&Open { is_list: true, column }) {
            self.open.pop();
            self.recorder.end();
        }
        match self.open.last() {
            Some(open) if *open == (Open { is_list: is_item, column }) => Ok(()),
            _ => Err(Stop::Other),
        }
    }

    /// Ends what stands at a column or deeper.
    fn close(&mut self, column: usize) {
        while self.open.pop_if(|open| open.column >= column).is_some() {
            self.recorder.end();
        }
    }

    /// Reads items and a key, each of which begins its list or mapping if a value is waited for, up to a value or the line's end.
    fn content(&mut self, mut content: &'a str, mut column: usize) -> Result<(), Stop> {
        let mut is_item = false;
        while let Some(rest) = after_dash(content) {
            self.begin(Open { is_list: true, column })?;
            column += content.len() - rest.len();
            content = rest;
            is_item = true;
            self.awaits = true;
            if is_nothing(rest) {
                return Ok(());
            }
        }
        if let Some((key, rest)) = key(content) {
            self.begin(Open { is_list: false, column })?;
            self.scalar(key, ScalarStyle::Plain, column)?;
            column += content.len() - rest.len();
            content = rest;
            self.awaits = true;
            if is_nothing(rest) {
                return Ok(());
            }
        } else if !is_item {
            return Err(Stop::Other);
        }
        self.value(content, column)?;
        self.awaits = false;
        Ok(())
    }

    /// Begins a list or mapping if a value is waited for; else it is the one that is open.
    fn begin(&mut self, open: Open) -> Result<(), Stop> {
        if self.awaits {
            let what = if open.is_list { What::List } else { What::Mapping };
            self.recorder.begin(what, self.position(open.column))?;
            self.open.push(open);
            self.awaits = false;
        }
        Ok(())
    }

    /// A value that ends with its line.
    fn value(&mut self, content: &'a str, column: usize) -> Result<(), Stop> {
        match content.as_bytes() {
            [b'[', ..] => self.flow_list(content, column),
            [b'{', b'}', ..] if is_nothing(&content[2..]) => {
                self.recorder.begin(What::Mapping, self.position(column))?;
                self.recorder.end();
                Ok(())
            }
            [quote @ (b'"' | b'\''), ..] => {
                let (text, rest) = content[1..].split_once(char::from(*quote)).ok_or(Stop::Other)?;
                let style = if *quote == b'"' { ScalarStyle::DoubleQuoted } else { ScalarStyle::SingleQuoted };
                if !is_nothing(rest) || *quote == b'"' && text.contains('\\') {
                    return Err(Stop::Other);
                }
                self.scalar(text, style, column)
            }
            _ => self.scalar(plain(content).ok_or(Stop::Other)?, ScalarStyle::Plain, column),
        }
    }

    /// A list of words in brackets.
    fn flow_list(&mut self, content: &'a str, column: usize) -> Result<(), Stop> {
        let (inside, rest) = content[1..].split_once(']').ok_or(Stop::Other)?;
        if !is_nothing(rest) {
            return Err(Stop::Other);
        }
        self.recorder.begin(What::List, self.position(column))?;
        let mut at = column + 1;
        // An empty list has no item; a comma has one on each side.
        for item in inside.split(',').filter(|_| !inside.trim_matches(' ').is_empty()) {
            let word = item.trim_matches(' ');
            if !word.starts_with(|sign: char| sign.is_ascii_alphanumeric()) || !word.bytes().all(is_word) {
                return Err(Stop::Other);
            }
            let blanks = item.len() - item.trim_start_matches(' ').len();
            self.scalar(word, ScalarStyle::Plain, at + blanks)?;
            at += item.len() + 1;
        }
        self.recorder.end();
        Ok(())
    }

    fn scalar(&mut self, text: &'a str, style: ScalarStyle, column: usize) -> Result<(), Stop> {
        self.recorder.scalar(Cow::Borrowed(text), style, self.position(column))?;
        Ok(())
    }

    fn position(&self, column: usize) -> Position {
        // Bounded by the size of a text.
        Position { line: self.line, column: column as u32 + 1 }
    }
}

/// What stands behind the dash of an item.
fn after_dash(content: &str) -> Option<&str> {
    let rest = content.strip_prefix('-')?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim_start_matches(' '))
}

/// The key that a text begins with, and what stands behind its colon.
fn key(content: &str) -> Option<(&str, &str)> {
    let end = content.bytes().position(|byte| !is_word(byte))?;
    let rest = content[end..].strip_prefix(':')?;
    let is_key = content.starts_with(|sign: char| sign.is_ascii_alphanumeric()) && end <= LONGEST_KEY;
    (is_key && (rest.is_empty() || rest.starts_with(' '))).then(|| (&content[..end], rest.trim_start_matches(' ')))
}

/// The format ends keys at 1,024 characters (YAML 1.2.2 §7.4.3).
const LONGEST_KEY: usize = 256;

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/')
}

/// The plain scalar that a text is, without the comment behind it.
fn plain(content: &str) -> Option<&str> {
    let first = content.chars().next()?;
    if !(first.is_ascii_alphanumeric() || is_letter(first) || matches!(first, '/' | '_' | '(' | '$' | '<' | '.')) {
        return None;
    }
    let bytes = content.as_bytes();
    let mut end = bytes.len();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b':' if matches!(bytes.get(at + 1), None | Some(b' ')) => return None,
            b'#' if bytes[at - 1] == b' ' => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    Some(content[..end].trim_end_matches(' '))
}

/// Whether nothing but a comment stands on the rest of a line.
fn is_nothing(rest: &str) -> bool {
    let content = rest.trim_start_matches(' ');
    content.is_empty() || content.starts_with('#') && (content.len() < rest.len())
}

#[cfg(test)]
mod tests;
