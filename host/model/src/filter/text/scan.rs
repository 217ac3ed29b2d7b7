//! Going through a query character by character.

use super::QueryError;
use crate::filter::Comparison;

/// A word, or what stands between quotation marks.
pub(super) struct Word {
    pub(super) text: String,
    pub(super) quoted: bool,
}

/// A value of a condition.
pub(super) struct Value {
    pub(super) text: String,
    pub(super) quoted: bool,
    /// The byte at which it begins.
    pub(super) at: usize,
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Scanner<'a> {
        Scanner { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The byte that is looked at.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Steps over a character, if it is the next.
    pub(super) fn take(&mut self, sign: char) -> bool {
        let there = self.peek() == Some(sign);
        if there {
            self.at += sign.len_utf8();
        }
        there
    }

    pub(super) fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Whether a word of the language is next, whatever its case.
    pub(super) fn at_keyword(&self, keyword: &str) -> bool {
        let rest = self.rest();
        let there = rest.get(..keyword.len()).is_some_and(|start| start.eq_ignore_ascii_case(keyword));
        there
            && rest[keyword.len()..]
                .chars()
                .next()
                .is_none_or(|next| next.is_whitespace() || next == '(' || next == ')')
    }

    /// Steps over a word of the language, if it is next.
    pub(super) fn keyword(&mut self, keyword: &str) -> bool {
        let there = self.at_keyword(keyword);
        if there {
            self.at += keyword.len();
        }
        there
    }

    /// A word: the name of a condition, or something to look for.
    pub(super) fn word(&mut self) -> Result<Word, QueryError> {
        if self.peek() == Some('"') {
            return Ok(Word { text: self.quoted()?, quoted: true });
        }
        let text = self.bare(|sign| matches!(sign, '(' | ')' | '"' | ':' | '=' | '<' | '>'));
        Ok(Word { text, quoted: false })
    }

    /// What stands between a name and its values. None if nothing does; none inside for `:` and `=`.
    pub(super) fn operator(&mut self) -> Option<Option<Comparison>> {
        let colon = self.take(':');
        for (sign, comparison) in [
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ] {
            if self.rest().starts_with(sign) {
                self.at += sign.len();
                return Some(Some(comparison));
            }
        }
        (colon || self.take('=')).then_some(None)
    }

    /// Values with commas between.
    pub(super) fn values(&mut self) -> Result<Vec<Value>, QueryError> {
        let mut values = Vec::new();
        loop {
            let at = self.at;
            let quoted = self.peek() == Some('"');
            let text = if quoted { self.quoted()? } else { self.bare(|sign| matches!(sign, '(' | ')' | '"' | ',')) };
            if quoted || !text.is_empty() {
                values.push(Value { text, quoted, at });
            }
            if !self.take(',') {
                return Ok(values);
            }
        }
    }

    fn bare(&mut self, ends: impl Fn(char) -> bool) -> String {
        let rest = self.rest();
        let length = rest.find(|sign: char| sign.is_whitespace() || ends(sign)).unwrap_or(rest.len());
        self.at += length;
        rest[..length].to_owned()
    }

    /// What stands between quotation marks; a backslash takes the meaning from the sign after it.
    fn quoted(&mut self) -> Result<String, QueryError> {
        let begin = self.at;
        self.take('"');
        let mut text = String::new();
        let mut signs = self.rest().char_indices();
        while let Some((place, sign)) = signs.next() {
            match sign {
                '"' => {
                    self.at += place + 1;
                    return Ok(text);
                }
                '\\' => text.extend(signs.next().map(|(_, sign)| sign)),
                sign => text.push(sign),
            }
        }
        Err(self.error_at(begin, "this quotation mark is not closed; write another behind the words"))
    }

    /// An error here.
    pub(super) fn error(&self, message: &str) -> QueryError {
        self.error_at(self.at, message)
    }

    /// An error at a byte.
    pub(super) fn error_at(&self, at: usize, message: &str) -> QueryError {
        let before = self.text.get(..at).unwrap_or(self.text);
        QueryError { at: before.chars().count(), message: message.to_owned() }
    }
}
