//! Reading of what has several shapes in a card.
//!
//! Rule: by way of JSON values. What is derived for tagged enums reads everything inside them by way of a form of its own,
//! with code of its own for each type: 26 kB of the browser's half when it was measured.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};
use serde_json::{Map, Value};

use crate::{Block, Cell, read};

/// A mapping of which parts are taken out.
struct Fields(Map<String, Value>);

impl Fields {
    /// A field; what is absent is nothing.
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> serde_json::Result<T> {
        read(&self.0.remove(name).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Block, D::Error> {
        block(Map::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cell, D::Error> {
        cell(Map::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn block(map: Map<String, Value>) -> serde_json::Result<Block> {
    let mut fields = Fields(map);
    let sort: String = fields.take("type")?;
    Ok(match sort.as_str() {
        "heading" => Block::Heading { text: fields.take("text")? },
        "markdown" => Block::Markdown { text: fields.take("text")? },
        "stats" => Block::Stats { items: fields.take("items")? },
        "facts" => Block::Facts { items: fields.take("items")? },
        "table" => Block::Table { columns: fields.take("columns")?, rows: fields.take("rows")? },
        "chart" => Block::Chart(read(&Value::Object(fields.0))?),
        "timeline" => Block::Timeline { items: fields.take("items")? },
        "standings" => Block::Standings { items: fields.take("items")? },
        "progress" => Block::Progress { items: fields.take("items")? },
        "links" => Block::Links { items: fields.take("items")? },
        "code" => Block::Code { language: fields.take("language")?, text: fields.take("text")? },
        "buttons" => Block::Buttons { items: fields.take("items")? },
        "empty" => Block::Empty { message: fields.take("message")?, link: fields.take("link")? },
        _ => return Err(serde_json::Error::custom(format_args!("there is no block `{sort}`"))),
    })
}

fn cell(map: Map<String, Value>) -> serde_json::Result<Cell> {
    let mut fields = Fields(map);
    let sort: String = fields.take("type")?;
    Ok(match sort.as_str() {
        "text" => Cell::Text(fields.take("value")?),
        "markdown" => Cell::Markdown(fields.take("value")?),
        "number" => Cell::Number(fields.take("value")?),
        "status" => Cell::Status(fields.take("value")?),
        "link" => Cell::Link(fields.take("value")?),
        "entity" => Cell::Entity(fields.take("value")?),
        "time" => Cell::Time(fields.take("value")?),
        "progress" => Cell::Progress(fields.take("value")?),
        "none" => Cell::None,
        _ => return Err(serde_json::Error::custom(format_args!("there is no cell `{sort}`"))),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let link = json!({"title": "A", "url": "/a"});
        let cells = json!([
            {"type": "text", "value": "a"},
            {"type": "markdown", "value": ["a", {"mark": "code", "children": ["b"]}]},
            {"type": "number", "value": 1.5},
            {"type": "status", "value": {"label": "Up", "tone": "good"}},
            {"type": "link", "value": link},
            {"type": "entity", "value": "component:default/a"},
            {"type": "time", "value": "2026-11-19T14:03:00Z"},
            {"type": "progress", "value": 0.5},
            {"type": "none"},
        ]);
        for written in [
            json!({"type": "heading", "text": "A"}),
            json!({"type": "markdown", "text": [{"mark": "link", "children": ["A"], "url": "/a"}]}),
            json!({"type": "stats", "items": [{"label": "a", "value": "1", "tone": "neutral", "trend": [1.0]}]}),
            json!({"type": "facts", "items": [{"label": "a", "value": cells[0]}]}),
            json!({"type": "table", "columns": ["a"], "rows": [cells]}),
            json!({"type": "chart", "kind": "bar", "title": "a", "xIsTime": true, "series": [{"name": "a", "points": [[1.0, 2.0]]}]}),
            json!({"type": "timeline", "items": [{"at": "2026-11-19T14:03:00Z", "title": "a", "tone": "bad"}]}),
            json!({"type": "standings", "items": [{"name": "a", "status": {"label": "Up", "tone": "info"}}]}),
            json!({"type": "progress", "items": [{"label": "a", "value": 0.5, "said": "half", "tone": "warning"}]}),
            json!({"type": "links", "items": [link]}),
            json!({"type": "code", "language": "", "text": "a"}),
            json!({"type": "buttons", "items": [{"label": "a", "action": "b", "tone": "good"}]}),
            json!({"type": "empty", "message": "a"}),
            json!({"type": "empty", "message": "a", "link": link}),
        ] {
            let block: Block = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&block).unwrap(), written);
        }
    }

    #[test]
    fn what_is_unknown_or_incomplete_is_no_block() {
        for wrong in [
            json!({}),
            json!({"type": "video"}),
            json!({"type": "heading"}),
            json!({"type": "facts", "items": [{"label": "a", "value": {"type": "x"}}]}),
        ] {
            assert!(serde_json::from_value::<Block>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
