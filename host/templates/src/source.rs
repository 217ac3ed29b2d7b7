//! Source: a text cut into what stands as it is and what is a tag, white space around tags already taken away.
//!
//! Rule: what is outside of tags comes out byte for byte, except for what a tag takes: `-` all white space on its side, `trimBlocks`
//! one end of line behind a block tag, `lstripBlocks` the blanks before a block tag that begins its line.

use crate::error::TemplateError;
use crate::expression::Dialect;
use crate::tokens::{self, Token};

/// What happens to white space around block tags, as `fetch:template` has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Whitespace {
    /// `trimBlocks`: the end of line right behind a block tag goes.
    pub trim_blocks: bool,
    /// `lstripBlocks`: blanks before a block tag that begins its line go.
    pub lstrip_blocks: bool,
}

/// A piece of a text.
pub(crate) enum Piece<'a> {
    /// What stands as it is.
    Text(&'a str),
    /// `${{ … }}`: the tokens, and where its inside ends.
    Variable(Vec<Token>, usize),
    /// `{% … %}`: the tokens, where the tag begins, and where its inside ends.
    Block(Vec<Token>, usize, usize),
}

/// What the next tag is.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Variable,
    Block,
    Comment,
}

/// Cuts a text.
pub(crate) fn cut(source: &str, dialect: Dialect, whitespace: Whitespace) -> Result<Vec<Piece<'_>>, TemplateError> {
    let mut cutter =
        Cutter { source, dialect, whitespace, pieces: vec![], from: 0, trim: Trim::Nothing, after_comment: false };
    while let Some((open, at)) = cutter.next_tag() {
        cutter.tag(open, at)?;
    }
    cutter.text(source.len());
    Ok(cutter.pieces)
}

/// What the tag before takes from the text behind it.
#[derive(Clone, Copy)]
enum Trim {
    Nothing,
    Line,
    All,
}

struct Cutter<'a> {
    source: &'a str,
    dialect: Dialect,
    whitespace: Whitespace,
    pieces: Vec<Piece<'a>>,
    /// Where the text behind the last tag begins.
    from: usize,
    trim: Trim,
    /// The text before the comment is not the next tag's to trim.
    after_comment: bool,
}

impl<'a> Cutter<'a> {
    fn delimiter(&self) -> &'static str {
        match self.dialect {
            Dialect::Backstage => "${{",
            Dialect::Cookiecutter => "{{",
        }
    }

    fn next_tag(&self) -> Option<(Open, usize)> {
        let rest = &self.source[self.from..];
        // Every tag has a brace; `$` may stand before it.
        for (at, _) in rest.match_indices('{') {
            let here = &rest[at..];
            if here.starts_with("{%") {
                return Some((Open::Block, self.from + at));
            }
            if here.starts_with("{#") {
                return Some((Open::Comment, self.from + at));
            }
            let begin = at + 2 - self.delimiter().len().min(at + 2);
            let whole = rest.get(begin..).is_some_and(|rest| rest.starts_with(self.delimiter()));
            if here.starts_with("{{") && whole {
                return Some((Open::Variable, self.from + begin));
            }
        }
        None
    }

    /// The text up to a place, less what the tag before it takes.
    fn text(&mut self, to: usize) {
        let mut text = &self.source[self.from..to];
        match self.trim {
            Trim::Nothing => {}
            Trim::Line => text = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).unwrap_or(text),
            Trim::All => text = text.trim_start(),
        }
        self.push(text);
    }

    fn push(&mut self, text: &'a str) {
        if !text.is_empty() {
            self.pieces.push(Piece::Text(text));
        }
    }

    /// Takes from the end of the last text.
    fn shorten(&mut self, to: impl Fn(&'a str) -> &'a str) {
        if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            *text = to(text);
            if text.is_empty() {
                self.pieces.pop();
            }
        }
    }

    fn tag(&mut self, open: Open, at: usize) -> Result<(), TemplateError> {
        let length = if open == Open::Variable { self.delimiter().len() } else { 2 };
        let has_text = self.from < at;
        self.text(at);
        let trims = self.source[at + length..].starts_with('-');
        if trims && (has_text || !self.after_comment) {
            self.shorten(str::trim_end);
        } else if has_text && open == Open::Block && self.whitespace.lstrip_blocks {
            let before = self.source[..at].trim_end_matches([' ', '\t']);
            if before.is_empty() || before.ends_with('\n') {
                self.shorten(|text| text.trim_end_matches([' ', '\t']));
            }
        }
        let inside = at + length + usize::from(trims);
        self.after_comment = open == Open::Comment;
        match open {
            Open::Comment => self.comment(at, inside),
            Open::Variable => {
                let tag = tokens::read(self.source, at, inside, "}}")?;
                self.after(tag.end, if tag.trims { Trim::All } else { Trim::Nothing });
                self.pieces.push(Piece::Variable(tag.tokens, tag.end - 2));
                Ok(())
            }
            Open::Block => self.block(at, inside),
        }
    }

    fn after(&mut self, end: usize, trim: Trim) {
        self.from = end;
        self.trim = trim;
    }

    fn comment(&mut self, at: usize, inside: usize) -> Result<(), TemplateError> {
        let Some(length) = self.source[inside..].find("#}") else {
            return Err(TemplateError::at(self.source, at, "the comment is not closed; write `#}` at its end"));
        };
        let trims = self.source[inside..inside + length].ends_with('-');
        self.after(inside + length + 2, if trims { Trim::All } else { Trim::Nothing });
        Ok(())
    }

    fn block(&mut self, at: usize, inside: usize) -> Result<(), TemplateError> {
        let behind = |trims: bool| match trims {
            true => Trim::All,
            false if self.whitespace.trim_blocks => Trim::Line,
            false => Trim::Nothing,
        };
        // What is kept as it is may hold anything, so its end is looked for as text.
        if let Some((name, length, trims)) = opens_raw(&self.source[inside..]) {
            return self.raw(at, name, inside + length, trims);
        }
        let tag = tokens::read(self.source, at, inside, "%}")?;
        let trim = behind(tag.trims);
        self.after(tag.end, trim);
        self.pieces.push(Piece::Block(tag.tokens, at, tag.end - 2));
        Ok(())
    }

    /// What is kept as it is. A `-` that opens it takes nothing from inside, but from behind its end.
    fn raw(&mut self, at: usize, name: &str, from: usize, trims_behind: bool) -> Result<(), TemplateError> {
        self.after(from, if self.whitespace.trim_blocks { Trim::Line } else { Trim::Nothing });
        for (begin, _) in self.source[from..].match_indices("{%") {
            let begin = from + begin;
            let tag = &self.source[begin + 2..];
            let ends = tag.trim_start_matches('-').trim_start();
            let Some(rest) = ends.strip_prefix("end").and_then(|rest| rest.strip_prefix(name)) else { continue };
            let rest = rest.trim_start();
            let trims = trims_behind || rest.starts_with('-');
            if let Some(rest) = rest.trim_start_matches('-').strip_prefix("%}") {
                self.text(begin);
                if tag.starts_with('-') && from < begin {
                    self.shorten(str::trim_end);
                }
                self.after(self.source.len() - rest.len(), if trims { Trim::All } else { Trim::Nothing });
                return Ok(());
            }
        }
        Err(TemplateError::at(self.source, at, format!("`{name}` is not closed; write `{{% end{name} %}}` behind it")))
    }
}

/// Whether the inside of a block tag begins what is kept as it is: its name, the length up to behind the tag, whether it trims.
fn opens_raw(inside: &str) -> Option<(&'static str, usize, bool)> {
    let rest = inside.trim_start();
    let name = ["raw", "verbatim"].into_iter().find(|name| rest.starts_with(name))?;
    let rest = rest[name.len()..].trim_start();
    let trims = rest.starts_with('-');
    let rest = rest.strip_prefix('-').unwrap_or(rest).strip_prefix("%}")?;
    Some((name, inside.len() - rest.len(), trims))
}
