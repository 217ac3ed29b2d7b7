//! Markdown as it is sent: parsed, so that a page needs no parser.
//!
//! Rule: only the server parses (feature `markdown`). In the browser's half the parser would be an eighth of all that a
//! reader loads.

#[cfg(feature = "markdown")]
mod parse;

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// A text with a little form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Markdown(pub Vec<Node>);

/// A piece of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Text as it stands.
    Text(String),
    /// Something that means more than its text.
    Element(Element),
}

/// What is around other pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    /// What it is.
    pub mark: Mark,
    /// What is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
    /// Of a link, where it leads: not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Of a heading its level, of a numbered list its first number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mark {
    /// A paragraph.
    Paragraph,
    /// A heading, of a level.
    Heading,
    /// A quotation.
    Quote,
    /// A list.
    List,
    /// A list with numbers.
    NumberedList,
    /// An item of a list.
    Item,
    /// The beginning of an item that is to be done.
    ToDo,
    /// The beginning of an item that is done.
    Done,
    /// A table, which holds its head and its body.
    Table,
    /// The head of a table, which holds a row.
    TableHead,
    /// The body of a table, which holds rows.
    TableBody,
    /// A row of cells.
    Row,
    /// A cell.
    Cell,
    /// A cell of a column that is set to the right.
    NumberCell,
    /// Lines of code.
    CodeBlock,
    /// Code within a line.
    Code,
    /// Emphasised.
    Emphasis,
    /// Strongly emphasised.
    Strong,
    /// Struck through.
    Deleted,
    /// A link to an address.
    Link,
    /// The end of a line within a paragraph.
    Break,
    /// A line between parts.
    Rule,
}

#[cfg(feature = "markdown")]
impl Markdown {
    /// A text with paragraphs, lists, tables and code.
    pub fn blocks(text: &str) -> Markdown {
        parse::parse(text, false)
    }

    /// A text within a line: marks of paragraphs and lists are left out, what is in them is not.
    pub fn inline(text: &str) -> Markdown {
        parse::parse(text, true)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Text(text) => serializer.serialize_str(text),
            Node::Element(element) => element.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Node::Text(text)),
            value => serde_json::from_value(value).map(Node::Element).map_err(D::Error::custom),
        }
    }
}
