//! Where in a document a rule is being applied.
//!
//! Rule: a path lives on the stack of the code that walks; it costs nothing until a sentence needs it.

use crate::text;

/// A place in a document, linked to the place that holds it.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// The whole document.
    pub(super) const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    /// The value under `key`.
    pub(super) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Key(key) }
    }

    /// The item at `index`.
    pub(super) fn index(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    /// As a JSON pointer: `/spec/dependsOn/0`.
    pub(super) fn pointer(&self) -> String {
        let mut out = self.parent.map(Path::pointer).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Key(key) => text::pointer_step(&mut out, key),
            Step::Index(index) => text::pointer_step(&mut out, &index.to_string()),
        }
        out
    }

    /// As sentences write it: `spec.dependsOn[0]`, `metadata.labels["a/b"]`.
    pub(super) fn dotted(&self) -> String {
        let mut out = self.parent.map(Path::dotted).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Index(index) => out.push_str(&format!("[{index}]")),
            Step::Key(key)
                if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') =>
            {
                out.push_str(&format!("[{key:?}]"));
            }
            Step::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(key);
            }
        }
        out
    }
}
