//! What a browser's form says, made into what a card's button takes.
//!
//! Rule: a form knows texts alone; what each stands for, its schema says (`portico_api_types::form`). What does not fit the schema stays a
//! text, and is refused with the schema's own sentence.

use portico_api_types::form::{Field, fields, said};
use portico_api_types::{Block, CardOffer, CardPlace, Invocation};
use portico_model::EntityRef;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::error::ApiError;
use crate::state::ApiState;

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
pub(crate) async fn invocation(
    state: &ApiState,
    plugin: &str,
    id: &str,
    user: Option<&EntityRef>,
    body: &str,
) -> Result<Invocation, ApiError> {
    let fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let one = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let action = one("action").ok_or_else(|| ApiError::input("the form names no `action`"))?;
    let entity = one("entity").filter(|entity| !entity.is_empty());
    let reference = entity.as_deref().map(EntityRef::parse).transpose();
    let reference = reference.map_err(|error| ApiError::input(error.to_string()))?;
    let card = state.runtime.card(plugin, id, reference.as_ref(), user).await?;
    let buttons = card.blocks.iter().filter_map(|block| match block {
        Block::Buttons { items } => Some(items),
        _ => None,
    });
    let form = buttons.flatten().find(|button| button.action == action).and_then(|button| button.form.as_ref());
    let input = form.map(|form| input(form, &fields)).unwrap_or_default();
    Ok(Invocation { action, entity, input: Value::Object(input) })
}

/// The values of a form, as its schema has them.
fn input(form: &Value, sent: &[(String, String)]) -> Map<String, Value> {
    let read = |field: &Field| Some((field.name.to_owned(), field.read(&said(sent, field.name))?));
    fields(form).iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use portico_kinds::Schema;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_browser_sends_is_what_the_check_by_the_schema_takes() {
        let cases: Value = serde_json::from_str(include_str!("../../api-types/src/form/cases.json")).unwrap();
        for case in cases.as_array().unwrap() {
            let name = &case["about"];
            let required = if case["required"] == true { json!(["a"]) } else { json!([]) };
            let form = json!({ "type": "object", "properties": { "a": case["schema"] }, "required": required });
            let texts = case["sent"].as_array().unwrap().iter();
            let body = texts.map(|text| ("input.a", text.as_str().unwrap()));
            let body =
                form_urlencoded::Serializer::new(String::new()).append_pair("action", "do").extend_pairs(body).finish();
            let sent: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            let value = Value::Object(input(&form, &sent));
            let expected = match &case["value"] {
                Value::Null => json!({}),
                Value::Object(fields) if fields.contains_key("is") => json!({ "a": null }),
                value => json!({ "a": value }),
            };
            assert_eq!(value, expected, "{name}");
            let wrong = Schema::new(&form, "input", "the form").unwrap().check(&value);
            let said: Vec<&str> = wrong.iter().map(|(_, sentence)| sentence.as_str()).collect();
            match case["wrong"].as_str() {
                Some(wrong) => assert!(said.iter().any(|said| said.contains(wrong)), "{name}: {said:?}"),
                None => assert!(said.is_empty(), "{name}: {said:?}"),
            }
        }
    }

    #[test]
    fn what_the_form_did_not_ask_for_is_no_input() {
        let form = json!({ "properties": { "reason": { "type": "string" } } });
        let sent = [("input.reason", "late"), ("input.unknown", "x"), ("reason", "y"), ("action", "do")];
        let sent = sent.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(Value::Object(input(&form, &sent)), json!({ "reason": "late" }));
    }
}
