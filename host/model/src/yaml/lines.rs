//! Looks at the lines of a text where a rule about indentation needs it.
//!
//! Rule: look-ups go forward, so that all of them together read the text once.

/// The lines of a text, from the one last asked for on.
pub(super) struct Lines<'a> {
    rest: &'a str,
    /// The number of the line that `rest` begins with, from 1.
    line: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Lines<'a> {
        Lines { rest: text, line: 1 }
    }

    /// What stands on a line before a column (in characters, from 0), and what stands from there on.
    pub(super) fn split(&mut self, line: usize, column: usize) -> (&'a str, &'a str) {
        while self.line < line && !self.rest.is_empty() {
            self.rest = &self.rest[line_of(self.rest).len()..];
            self.line += 1;
        }
        let text = line_of(self.rest);
        let at = text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
        text.split_at(at)
    }

    /// The next tab in the indentation of a line from `line` on: its line, and its column from 0.
    pub(super) fn tab_from(mut self, line: usize) -> Option<(usize, usize)> {
        self.split(line, 0);
        while !self.rest.is_empty() {
            let text = line_of(self.rest);
            let indentation = text.len() - text.trim_start_matches([' ', '\t']).len();
            if let Some(column) = text[..indentation].find('\t') {
                return Some((self.line, column));
            }
            self.rest = &self.rest[text.len()..];
            self.line += 1;
        }
        None
    }
}

/// The line that a text begins with, and its end. Lines end as YAML says: with LF, CR LF or CR.
pub(super) fn line_of(text: &str) -> &str {
    let bytes = text.as_bytes();
    let end = memchr::memchr2(b'\n', b'\r', bytes).map_or(bytes.len(), |end| {
        let is_pair = bytes[end] == b'\r' && bytes.get(end + 1) == Some(&b'\n');
        end + if is_pair { 2 } else { 1 }
    });
    &text[..end]
}
