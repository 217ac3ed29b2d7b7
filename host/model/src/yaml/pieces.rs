//! Cuts a text into the pieces that hold one document each.
//!
//! Rule: only the beginnings of lines are looked at. Directives, comments and blank lines in front of a `---` belong to
//! the document that it begins.

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

impl<'a> Cutter<'a> {
    fn next(&mut self) -> Option<Piece<'a>> {
        let mut has_marker = false;
        let mut has_content = false;
        while self.at < self.text.len() {
            let line = line_at(self.text, self.at);
            if is_marker(line, "---") {
                if has_marker || has_content {
                    if let Some(piece) = self.cut(self.at, has_content) {
                        return Some(piece);
                    }
                    has_content = false;
                }
                has_marker = true;
                has_content |= is_content(&line[3..]);
                self.step(line);
            } else if is_marker(line, "...") {
                self.step(line);
                if let Some(piece) = self.cut(self.at, has_content) {
                    return Some(piece);
                }
                (has_marker, has_content) = (false, false);
            } else {
                // A directive is no content, but one that no `---` follows is an error worth telling.
                has_content |= is_content(line);
                self.step(line);
            }
        }
        self.cut(self.text.len(), has_content)
    }

    /// Ends the present piece at `end` and begins the next one there.
    fn cut(&mut self, end: usize, has_content: bool) -> Option<Piece<'a>> {
        let piece = Piece { text: &self.text[self.start..end], line: self.start_line };
        (self.start, self.start_line) = (end, self.line);
        has_content.then_some(piece)
    }

    fn step(&mut self, line: &str) {
        self.at += line.len();
        self.line += 1;
    }
}

/// The line that begins at `at`, with its end. Lines end as YAML says: with LF, CR LF or CR.
fn line_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let bytes = rest.as_bytes();
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |end| {
        let is_pair = bytes[end] == b'\r' && bytes.get(end + 1) == Some(&b'\n');
        end + if is_pair { 2 } else { 1 }
    });
    &rest[..end]
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Whether more stands on the line than blanks and a comment.
fn is_content(line: &str) -> bool {
    let rest = line.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']);
    !rest.is_empty() && !rest.starts_with('#')
}
