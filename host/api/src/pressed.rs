//! What a browser's form says, made into what a card's button takes.
//!
//! Rule: a form knows texts alone; what each stands for, its schema says. What does not fit the schema stays a text, and is refused with
//! the schema's own sentence.

use portico_api_types::{Block, CardOffer, CardPlace, Invocation};
use portico_model::EntityRef;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::error::ApiError;
use crate::state::ApiState;

/// In front of the names of fields that were filled in.
const INPUT: &str = "input.";

/// The page on which the card stands whose form it is.
pub(crate) async fn page(state: &ApiState, plugin: &str, id: &str, body: &str) -> String {
    let field = form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "entity");
    let Some(Ok(entity)) = field.map(|(_, entity)| EntityRef::parse(&entity)) else { return "/".to_owned() };
    // Names of entities need no escaping in a path.
    let page = format!("/catalog/{}/{}/{}", entity.namespace(), entity.kind(), entity.name());
    let cards = state.runtime.cards_of(&entity).await.ok().flatten().unwrap_or_default();
    let is_tab = |card: &CardOffer| card.plugin == plugin && card.id == id && card.place == CardPlace::Tab;
    if cards.iter().any(is_tab) { format!("{page}/{plugin}:{id}") } else { page }
}

/// Reads the form of a button.
pub(crate) async fn invocation(state: &ApiState, plugin: &str, id: &str, body: &str) -> Result<Invocation, ApiError> {
    let fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let one = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let action = one("action").ok_or_else(|| ApiError::input("the form names no `action`"))?;
    let entity = one("entity").filter(|entity| !entity.is_empty());
    let reference = entity.as_deref().map(EntityRef::parse).transpose();
    let reference = reference.map_err(|error| ApiError::input(error.to_string()))?;
    let card = state.runtime.card(plugin, id, reference.as_ref()).await?;
    let buttons = card.blocks.iter().filter_map(|block| match block {
        Block::Buttons { items } => Some(items),
        _ => None,
    });
    let form = buttons.flatten().find(|button| button.action == action).and_then(|button| button.form.as_ref());
    let input = form.map(|form| input(form, &fields)).unwrap_or_default();
    Ok(Invocation { action, entity, input: Value::Object(input) })
}

/// The values of a form, as its schema has them. What was left empty was not filled in.
fn input(form: &Value, fields: &[(String, String)]) -> Map<String, Value> {
    let mut input = Map::new();
    for (name, schema) in form["properties"].as_object().into_iter().flatten() {
        let key = format!("{INPUT}{name}");
        let said: Vec<&str> =
            fields.iter().filter(|(known, _)| *known == key).map(|(_, value)| value.as_str()).collect();
        let value = match (schema["type"].as_str(), said.as_slice()) {
            (Some("boolean"), said) => Some(Value::Bool(!said.is_empty())),
            (Some("array"), said) => {
                Some(said.iter().filter(|text| !text.is_empty()).map(|text| Value::from(*text)).collect())
            }
            (_, [] | [""]) => None,
            (Some("integer" | "number"), [text, ..]) => Some(number(text)),
            (_, [text, ..]) => Some(Value::from(*text)),
        };
        if let Some(value) = value {
            input.insert(name.clone(), value);
        }
    }
    input
}

fn number(text: &str) -> Value {
    serde_json::from_str::<Value>(text.trim()).ok().filter(Value::is_number).unwrap_or_else(|| Value::from(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_become_what_the_schema_has() {
        let form = json!({ "properties": {
            "reason": { "type": "string" }, "count": { "type": "integer" }, "share": { "type": "number" },
            "urgent": { "type": "boolean" }, "quiet": { "type": "boolean" }, "zones": { "type": "array" }, "note": {}
        }});
        let fields = [
            ("input.reason", "late"),
            ("input.count", "3"),
            ("input.share", "much"),
            ("input.urgent", "on"),
            ("input.zones", "a"),
            ("input.zones", "b"),
            ("input.note", ""),
            ("input.unknown", "x"),
            ("action", "do"),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            Value::Object(input(&form, &fields)),
            json!({ "reason": "late", "count": 3, "share": "much", "urgent": true, "quiet": false, "zones": ["a", "b"] })
        );
    }
}
