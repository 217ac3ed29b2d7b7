//! Tokens: what stands between the delimiters of a tag, cut into its words.
//!
//! Rule: every token knows its byte. A tag ends at its closing delimiter outside of texts and of braces, so that `"}}"` and an object
//! as the last thing in an expression are what they look like.

use crate::error::TemplateError;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    Name(String),
    Int(i64),
    Float(f64),
    Text(String),
    Regex(String, String),
    Sign(&'static str),
}

/// A word and the byte that it begins at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) word: Word,
    pub(crate) at: usize,
}

/// The tokens of a tag, and where what follows it begins.
pub(crate) struct Tag {
    pub(crate) tokens: Vec<Token>,
    pub(crate) end: usize,
    /// It ends with `-`: white space after it goes.
    pub(crate) trims: bool,
}

/// Longest first: the first that fits is it.
const SIGNS: [&str; 27] = [
    "===", "!==", "==", "!=", "<=", ">=", "//", "**", "(", ")", "[", "]", "{", "}", ",", ":", ".", "|", "~", "+", "-",
    "*", "/", "%", "<", ">", "=",
];

/// Reads the tag whose first word may begin at `from`; `open` is where the tag itself began.
pub(crate) fn read(source: &str, open: usize, from: usize, close: &str) -> Result<Tag, TemplateError> {
    let mut tokens = Vec::new();
    let mut at = from;
    let mut braces = 0usize;
    loop {
        let rest = &source[at..];
        let Some(first) = rest.chars().next() else {
            return Err(TemplateError::at(source, open, format!("the tag is not closed; write `{close}` at its end")));
        };
        if braces == 0 {
            for (text, trims) in [(close.to_owned(), false), (format!("-{close}"), true)] {
                if rest.starts_with(&text) {
                    return Ok(Tag { tokens, end: at + text.len(), trims });
                }
            }
        }
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (word, length) = word(source, at)?;
        match word {
            Word::Sign("{") => braces += 1,
            Word::Sign("}") => braces = braces.saturating_sub(1),
            _ => {}
        }
        tokens.push(Token { word, at });
        at += length;
    }
}

fn word(source: &str, at: usize) -> Result<(Word, usize), TemplateError> {
    let rest = &source[at..];
    let first = rest.chars().next().unwrap_or_default();
    if first == '"' || first == '\'' {
        return text(source, at, first);
    }
    if rest.starts_with("r/") {
        return regex(source, at);
    }
    if first.is_ascii_digit() {
        return number(source, at);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        return Ok((Word::Name(rest[..length].to_owned()), length));
    }
    if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        return Ok((Word::Sign(sign), sign.len()));
    }
    let instead = match first {
        '?' => "; write `A if CONDITION else B`",
        '!' => "; write `not`",
        '&' => "; write `and`",
        _ => "; take it out, or put it into quotes",
    };
    Err(TemplateError::at(source, at, format!("`{}` means nothing in an expression{instead}", first.escape_debug())))
}

fn text(source: &str, at: usize, quote: char) -> Result<(Word, usize), TemplateError> {
    let mut out = String::new();
    let mut chars = source[at + 1..].char_indices();
    while let Some((offset, c)) = chars.next() {
        match c {
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(c) => out.push(c),
                None => break,
            },
            c if c == quote => return Ok((Word::Text(out), offset + 2)),
            c => out.push(c),
        }
    }
    Err(TemplateError::at(source, at, format!("the text is not closed; write `{quote}` at its end")))
}

fn regex(source: &str, at: usize) -> Result<(Word, usize), TemplateError> {
    let body = &source[at + 2..];
    let mut escaped = false;
    for (offset, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => break,
            '/' => {
                let flags = &body[offset + 1..];
                let flags = &flags[..flags.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(flags.len())];
                let word = Word::Regex(body[..offset].to_owned(), flags.to_owned());
                return Ok((word, 2 + offset + 1 + flags.len()));
            }
            _ => {}
        }
    }
    Err(TemplateError::at(source, at, "the regular expression is not closed; write `/` at its end"))
}

fn number(source: &str, at: usize) -> Result<(Word, usize), TemplateError> {
    let rest = &source[at..];
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut length = digits(rest);
    let mut whole = true;
    if rest[length..].starts_with('.') {
        let more = digits(&rest[length + 1..]);
        if more > 0 {
            whole = false;
            length += 1 + more;
        }
    }
    if rest[length..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return Err(TemplateError::at(source, at, "the number goes on with letters; write it as digits, or in quotes"));
    }
    let word = match rest[..length].parse::<i64>() {
        Ok(number) if whole => Word::Int(number),
        _ => Word::Float(rest[..length].parse::<f64>().unwrap_or(f64::MAX)),
    };
    Ok((word, length))
}
