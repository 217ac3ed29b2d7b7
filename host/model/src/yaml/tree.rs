//! Makes a value out of a tape.
//!
//! Rule: aliases are copied here and nowhere else, against a budget for the values and the text they stand for.

use saphyr_parser::ScalarStyle;
use serde_json::{Map, Value};

use super::tape::{Node, Tag, Tape, What, too_deep};
use super::{Budget, MAX_ALIASED_NODES, MAX_DEPTH, Position, YamlError, scalar};
use crate::text;

/// The value of the tape's document.
pub(super) fn build(tape: &Tape<'_>, budget: &mut Budget) -> Result<Value, YamlError> {
    Builder { tape, budget, aliases: 0 }.value(0, 0)
}

pub(super) struct Builder<'a, 'b> {
    pub(super) tape: &'a Tape<'a>,
    budget: &'b mut Budget,
    /// How many aliases are being followed.
    pub(super) aliases: usize,
}

impl<'a> Builder<'a, '_> {
    pub(super) fn value(&mut self, index: u32, depth: usize) -> Result<Value, YamlError> {
        let node = self.node(index);
        if self.aliases > 0 {
            self.spend(node)?;
        }
        match &node.what {
            What::Scalar { text, style } => self.scalar(index, text, *style),
            What::Alias(target) => {
                self.aliases += 1;
                let value = self.value(*target, depth);
                self.aliases -= 1;
                value
            }
            What::List | What::Mapping if depth == MAX_DEPTH => Err(too_deep(node.position)),
            What::List => self.list(index, depth),
            What::Mapping => self.mapping(index, depth),
        }
    }

    fn list(&mut self, index: u32, depth: usize) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        let (mut at, end) = (index + 1, self.node(index).end);
        while at < end {
            items.push(self.value(at, depth + 1)?);
            at = self.node(at).end;
        }
        Ok(Value::Array(items))
    }

    fn mapping(&mut self, index: u32, depth: usize) -> Result<Value, YamlError> {
        let mut object = Map::new();
        let (mut key_at, end) = (index + 1, self.node(index).end);
        while key_at < end {
            let key = self.key(key_at, depth)?;
            let value_at = self.node(key_at).end;
            let value = self.value(value_at, depth + 1)?;
            if object.insert(key, value).is_some() {
                let key = self.key(key_at, depth)?;
                return Err(self.twice(index, key_at, &key));
            }
            key_at = self.node(value_at).end;
        }
        Ok(Value::Object(object))
    }

    fn scalar(&self, index: u32, text: &str, style: ScalarStyle) -> Result<Value, YamlError> {
        let resolved = match self.tape.tags.get(&index) {
            Some(Tag::Core(tag)) => scalar::tagged(tag, text),
            Some(Tag::Text) => Ok(Value::from(text)),
            None if style == ScalarStyle::Plain => scalar::plain(text),
            None => Ok(Value::from(text)),
        };
        resolved.map_err(|message| YamlError::new(self.node(index).position, message))
    }

    /// The error for a key that a mapping has twice.
    fn twice(&mut self, mapping: u32, second: u32, key: &str) -> YamlError {
        let mut at = mapping + 1;
        while at < second {
            if self.key(at, 0).is_ok_and(|earlier| earlier == key) {
                break;
            }
            at = self.node(self.node(at).end).end;
        }
        let Position { line, column } = self.node(at).position;
        let message = format!(
            "The key {} is here for the second time; it stands at line {line}, column {column} already. Remove one of \
             the two.",
            text::shown(key)
        );
        YamlError::new(self.node(second).position, message)
    }

    pub(super) fn spend(&mut self, node: &Node<'_>) -> Result<(), YamlError> {
        let length = if let What::Scalar { text, .. } = &node.what { text.len() } else { 0 };
        let nodes = self.budget.aliased_nodes.checked_sub(1);
        let text = self.budget.aliased_text.checked_sub(length);
        let (Some(nodes), Some(text)) = (nodes, text) else {
            let message = format!(
                "The aliases of this text stand for more than {MAX_ALIASED_NODES} values, or for too much text. Write the \
                 values out where they are needed."
            );
            return Err(YamlError::new(node.position, message));
        };
        (self.budget.aliased_nodes, self.budget.aliased_text) = (nodes, text);
        Ok(())
    }

    pub(super) fn node(&self, index: u32) -> &'a Node<'a> {
        let tape = self.tape;
        &tape.nodes[index as usize]
    }
}
