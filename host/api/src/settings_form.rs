//! The form of a plugin's settings, field by field.
//!
//! Rule: a form changes what it asked for and nothing else. What was not taken goes back in the address, with the sentence for each field,
//! so that the page can be filled in on, with script and without.

use std::collections::BTreeMap;

use axum::response::Redirect;
use portico_api_types::form::{ASKED, INPUT, OF, WAITING, WRONG, changed};
use portico_runtime::{LifeError, PluginChange, SettingsFaults};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::back::{self, refused};
use crate::state::ApiState;

/// Bytes of an address, of which every proxy takes twice as much.
const ADDRESS: usize = 4_000;

/// Keeps the settings that a form says.
pub(crate) async fn keep(state: &ApiState, name: &str, sent: &[(String, String)]) -> Redirect {
    let page = back::plugin(name);
    let asked = asked(sent);
    let Some(plugin) = state.runtime.plugin(name) else {
        return refused("/plugins", &format!("There is no plugin named {name}."));
    };
    let schema = match plugin.settings_schema {
        Some(schema) => schema,
        None => state.runtime.waiting(name).await.and_then(|waiting| waiting.settings_schema).unwrap_or_default(),
    };
    let settings = changed(&schema, &plugin.settings, &asked, sent);
    let change = PluginChange { config: Map::from_iter([("settings".to_owned(), settings)]), approved: None };
    match state.runtime.change_plugin(name, change).await {
        Ok(()) => back::to(&page),
        Err(LifeError::Settings(faults)) => back::to(&again(&page, None, sent, faults)),
        Err(error) => refused(&page, &error.to_string()),
    }
}

/// What a version that waits is set to by the form that lets it run; none where the form has no fields for that.
pub(crate) async fn of_waiting(state: &ApiState, name: &str, sent: &[(String, String)]) -> Option<Value> {
    let asked = asked(sent);
    if asked.is_empty() {
        return None;
    }
    let waiting = state.runtime.waiting(name).await?;
    let schema = waiting.settings_schema?;
    let mut settings = waiting.settings;
    // What it does not know any more would keep it from running for ever, and there is no field to take it out by.
    if schema["additionalProperties"] == false
        && let Some(settings) = settings.as_object_mut()
    {
        settings.retain(|property, _| schema["properties"].get(property).is_some());
    }
    Some(changed(&schema, &settings, &asked, sent))
}

/// The page of a plugin, after what its version that waits is set to was not taken.
pub(crate) fn waiting_again(name: &str, sent: &[(String, String)], faults: SettingsFaults) -> Redirect {
    back::to(&again(&back::plugin(name), Some(WAITING), sent, faults))
}

/// The properties that a form has fields for.
fn asked(sent: &[(String, String)]) -> Vec<String> {
    sent.iter().filter(|(key, _)| key == ASKED).map(|(_, property)| property.clone()).collect()
}

/// The page with what was filled in and what is wrong with it; without what was filled in, if that is too long for an address.
fn again(page: &str, of: Option<&str>, sent: &[(String, String)], faults: SettingsFaults) -> String {
    let (asked, place) = (asked(sent), of.unwrap_or("settings"));
    let mut beside: BTreeMap<String, String> = BTreeMap::new();
    let mut others = Vec::new();
    for (place, sentence) in faults.0 {
        let property = place.split('/').nth(1).unwrap_or_default().replace("~1", "/").replace("~0", "~");
        if asked.contains(&property) {
            beside.entry(property).and_modify(|said| *said = format!("{said} {sentence}")).or_insert(sentence);
        } else {
            others.push((place, sentence));
        }
    }
    let reason = match others.is_empty() {
        true => "What is wrong stands beside the settings.".to_owned(),
        false => SettingsFaults(others).to_string(),
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("refused", &reason);
    if let Some(of) = of {
        query.append_pair(OF, of);
    }
    for (property, said) in &beside {
        query.append_pair(&format!("{WRONG}{property}"), said);
    }
    let short = query.finish();
    let filled_in = sent.iter().filter(|(key, _)| key == ASKED || key.starts_with(INPUT));
    let filled_in = form_urlencoded::Serializer::new(String::new()).extend_pairs(filled_in).finish();
    match short.len() + filled_in.len() <= ADDRESS {
        true => format!("{page}?{short}&{filled_in}#{place}"),
        false => format!("{page}?{short}#{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_wrong_goes_back_beside_its_field_with_what_was_filled_in() {
        let faults =
            [("/port", "No port."), ("/port", "Too large."), ("/hosts/0", "No host."), ("/deep/x", "Too deep.")];
        let faults = SettingsFaults(pairs(&faults));
        let sent = pairs(&[
            ("field", "port"),
            ("field", "hosts"),
            ("input.port", "80 0"),
            ("input.hosts", "a"),
            ("other", "x"),
        ]);
        let address = again("/plugins/a", None, &sent, faults.clone());
        let query = address.strip_prefix("/plugins/a?").and_then(|rest| rest.strip_suffix("#settings")).unwrap();
        let said: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let expected = pairs(&[
            ("refused", "Its settings are not as it needs them: Too deep."),
            ("wrong.hosts", "No host."),
            ("wrong.port", "No port. Too large."),
            ("field", "port"),
            ("field", "hosts"),
            ("input.port", "80 0"),
            ("input.hosts", "a"),
        ]);
        assert_eq!(said, expected);

        let long = pairs(&[("field", "port"), ("input.port", &"9".repeat(ADDRESS))]);
        assert!(!again("/plugins/a", None, &long, faults.clone()).contains("input.port"), "an address has an end");
        let waiting = again("/plugins/a", Some(WAITING), &sent, faults);
        assert!(waiting.contains("&of=waiting&") && waiting.ends_with("#waiting"), "{waiting}");
    }
}
