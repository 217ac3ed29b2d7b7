//! Keys, which JSON has as texts only.
//!
//! Rule: a scalar key becomes the text that it stands for, in the form in which it would be read back; a list or mapping
//! is written in flow style as it stands in the document. So an unquoted `{{ name }}` of a template, which YAML takes
//! for a mapping with a mapping for its key, keeps a key of its own.

use saphyr_parser::ScalarStyle;
use serde_json::Value;

use super::tape::{What, too_deep};
use super::tree::Builder;
use super::{MAX_DEPTH, YamlError};
use crate::text;

impl Builder<'_, '_> {
    /// The key at `index` as text.
    pub(super) fn key(&mut self, index: u32, depth: usize) -> Result<String, YamlError> {
        if self.is_collection(index) {
            let mut out = String::new();
            self.flow(index, depth, &mut out)?;
            return Ok(out);
        }
        Ok(match self.value(index, depth)? {
            Value::String(text) => text,
            Value::Null => String::new(),
            Value::Number(number) => text::number(&number),
            other => other.to_string(),
        })
    }

    fn is_collection(&self, index: u32) -> bool {
        match self.node(index).what {
            What::List | What::Mapping => true,
            What::Scalar { .. } => false,
            What::Alias(target) => self.is_collection(target),
        }
    }

    /// Writes a node in flow style.
    fn flow(&mut self, index: u32, depth: usize, out: &mut String) -> Result<(), YamlError> {
        let node = self.node(index);
        if self.aliases > 0 {
            self.spend(node)?;
        }
        match &node.what {
            What::List | What::Mapping if depth == MAX_DEPTH => return Err(too_deep(node.position)),
            What::Alias(target) => {
                self.aliases += 1;
                let written = self.flow(*target, depth, out);
                self.aliases -= 1;
                return written;
            }
            What::Scalar { text, style: ScalarStyle::Plain } => out.push_str(text),
            What::Scalar { text, style: ScalarStyle::SingleQuoted } => {
                out.push('\'');
                out.push_str(&text.replace('\'', "''"));
                out.push('\'');
            }
            What::Scalar { text, .. } => out.push_str(&Value::from(&**text).to_string()),
            What::List if node.end == index + 1 => out.push_str("[]"),
            What::Mapping if node.end == index + 1 => out.push_str("{}"),
            What::List => {
                out.push_str("[ ");
                let mut at = index + 1;
                while at < node.end {
                    self.separate(at, index, out);
                    self.flow(at, depth + 1, out)?;
                    at = self.node(at).end;
                }
                out.push_str(" ]");
            }
            What::Mapping => {
                out.push_str("{ ");
                let mut at = index + 1;
                while at < node.end {
                    self.separate(at, index, out);
                    let value = self.node(at).end;
                    self.pair(at, value, depth + 1, out)?;
                    at = self.node(value).end;
                }
                out.push_str(" }");
            }
        }
        Ok(())
    }

    fn separate(&self, at: u32, parent: u32, out: &mut String) {
        if at > parent + 1 {
            out.push_str(", ");
        }
    }

    /// A key that is a list or mapping is marked with `? `; a value that is not written is left out.
    fn pair(&mut self, key: u32, value: u32, depth: usize, out: &mut String) -> Result<(), YamlError> {
        let is_marked = self.is_collection(key);
        if is_marked {
            out.push_str("? ");
        }
        self.flow(key, depth, out)?;
        if matches!(&self.node(value).what, What::Scalar { text, style: ScalarStyle::Plain } if text.is_empty()) {
            return Ok(());
        }
        out.push_str(if is_marked { " : " } else { ": " });
        self.flow(value, depth, out)
    }
}
