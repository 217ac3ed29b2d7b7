//! Which paths of a URL a rule covers.
//!
//! Rule: a path that could mean another path to the server is plain to nobody and covered by no rule that names paths.

use std::fmt;
use std::str::FromStr;

use crate::written::written_as_text;

/// One path, or everything below one (`/repos/*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    start: String,
    below: bool,
}

impl PathPattern {
    /// Every path.
    pub(crate) fn everything() -> PathPattern {
        PathPattern { start: "/".to_owned(), below: true }
    }

    /// The same below a plain path without a slash at its end.
    pub(crate) fn below(&self, base: &str) -> PathPattern {
        PathPattern { start: format!("{base}{}", self.start), below: self.below }
    }

    /// Whether the pattern covers a URL's path. The caller has made sure that the path is plain.
    pub(crate) fn covers(&self, path: &str) -> bool {
        if self.below { path.starts_with(&self.start) } else { path == self.start }
    }

    pub(crate) fn meet(&self, other: &PathPattern) -> Option<PathPattern> {
        if self.includes(other) {
            Some(other.clone())
        } else if other.includes(self) {
            Some(self.clone())
        } else {
            None
        }
    }

    fn includes(&self, other: &PathPattern) -> bool {
        if self.below { other.start.starts_with(&self.start) } else { self == other }
    }
}

impl FromStr for PathPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<PathPattern, String> {
        let wrong = |why: &str| {
            format!(
                "`{text}` is no path pattern: {why}; write a path such as `/user`, or `/repos/*` for everything below it"
            )
        };
        let (start, below) = match text.strip_suffix('*') {
            Some(start) if start.ends_with('/') => (start, true),
            Some(_) => return Err(wrong("`*` stands after a `/` only")),
            None => (text, false),
        };
        if !start.starts_with('/') {
            return Err(wrong("it does not begin with `/`"));
        }
        if start.contains(['*', '?', '#']) {
            return Err(wrong("`*` stands at the end only, and a query is not part of a path"));
        }
        if !is_plain(start) {
            return Err(wrong("it holds `.` or `..`"));
        }
        Ok(PathPattern { start: start.to_owned(), below })
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.start)?;
        if self.below { f.write_str("*") } else { Ok(()) }
    }
}

written_as_text!(PathPattern, "a path such as `/repos/*`");

/// Whether a path means to every server what it says: decoded as often as it takes, it holds no `.` or `..` segment.
pub(crate) fn is_plain(path: &str) -> bool {
    let mut text = path.to_owned();
    // Each round takes away at least two characters, so this ends.
    loop {
        let dots = text.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."));
        if dots || text.contains('\0') {
            return false;
        }
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded.len() >= text.len() {
            return true;
        }
        text = decoded;
    }
}
