//! Cuts a text into the pieces that hold one document each.
//!
//! Rule: only the beginnings of lines are looked at. Directives, comments and blank lines in front of a `---` belong to
//! the document that it begins.

use super::lines::line_of;

/// The part of a text that holds one document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// The line of the whole text on which the piece begins, from 1.
    pub(super) line: u32,
}

/// The pieces of a text; those in which nothing is written are left out.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut cutter = Cutter { text, start: 0, start_line: 1, at: 0, line: 1 };
    std::iter::from_fn(move || cutter.next())
}

struct Cutter<'a> {
    text: &'a str,
    /// Where the present piece begins.
    start: usize,
    start_line: u32,
    /// Where the present line begins.
    at: usize,
    line: u32,
}

/// What a piece holds so far.
#[derive(Default)]
struct Seen {
    directive: bool,
    marker: bool,
    content: bool,
}

impl<'a> Cutter<'a> {
    fn next(&mut self) -> Option<Piece<'a>> {
        let mut seen = Seen::default();
        while self.at < self.text.len() {
            let line = line_of(&self.text[self.at..]);
            if is_marker(line, "---") {
                if (seen.marker || seen.content)
                    && let Some(piece) = self.cut(self.at, std::mem::take(&mut seen))
                {
                    return Some(piece);
                }
                seen.marker = true;
                seen.content |= is_content(&line[3..]);
                self.step(line);
            } else if is_marker(line, "...") {
                self.step(line);
                if let Some(piece) = self.cut(self.at, std::mem::take(&mut seen)) {
                    return Some(piece);
                }
            } else {
                if line.starts_with('%') && !seen.marker && !seen.content {
                    seen.directive = true;
                } else {
                    seen.content |= is_content(line);
                }
                self.step(line);
            }
        }
        self.cut(self.text.len(), seen)
    }

    /// Ends the present piece at `end` and begins the next one there.
    fn cut(&mut self, end: usize, seen: Seen) -> Option<Piece<'a>> {
        let piece = Piece { text: &self.text[self.start..end], line: self.start_line };
        (self.start, self.start_line) = (end, self.line);
        // Directives that no document follows are an error worth telling.
        (seen.content || seen.directive && !seen.marker).then_some(piece)
    }

    fn step(&mut self, line: &str) {
        self.at += line.len();
        self.line += 1;
    }
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Whether more stands on the line than blanks and a comment.
fn is_content(line: &str) -> bool {
    let rest = line.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']);
    !rest.is_empty() && !rest.starts_with('#')
}
