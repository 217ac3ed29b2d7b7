//! The settings of a plugin on its page: fields where its manifest says what they are, YAML for the rest.
//!
//! Rule: the fields ask for what they can show without changing it, and say which those are, so that nothing else is lost. What was not
//! taken comes back by the address, and stands in the fields with what is wrong.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use portico_api_types::form::{ASKED, Field, INPUT, WRONG, fields};
use portico_api_types::{Managed, Plugin};
use serde_json::Value;

use super::plugin_life::form;
use crate::components::{Card, code};
use crate::form::{Stand, drawn};
use crate::markup::{El, div, el, textarea};
use crate::yaml;

/// The settings, to be changed where the portal manages the plugin.
pub(super) fn card(plugin: &Plugin, address: &ParamsMap) -> AnyView {
    if plugin.managed == Managed::Portal {
        return editable(plugin, address);
    }
    let is_empty = match &plugin.settings {
        Value::Object(settings) => settings.is_empty(),
        other => other.is_null(),
    };
    if is_empty {
        return Card::titled("Settings").saying("It has none.");
    }
    Card::titled("Settings").count("as in portico.yaml").holding(code(yaml::lines(&plugin.settings)))
}

fn editable(plugin: &Plugin, address: &ParamsMap) -> AnyView {
    let waiting = || plugin.waiting.as_ref()?.settings_schema.as_ref();
    let schema = plugin.settings_schema.as_ref().or_else(waiting);
    let all = schema.map(fields).unwrap_or_default();
    let (shown, hidden): (Vec<_>, Vec<_>) =
        all.into_iter().map(|field| (stand(&field, plugin, address), field)).partition(|(stand, _)| stand.is_some());
    let shown: Vec<(Field, Stand)> = shown.into_iter().filter_map(|(stand, field)| Some((field, stand?))).collect();
    if shown.is_empty() {
        return Card::titled("Settings").count("as YAML").holding(as_yaml(plugin, None));
    }
    let asked =
        |(field, _): &(Field, Stand)| el("input").attr("type", "hidden").attr("name", ASKED).attr("value", field.name);
    let filled_in = form(plugin, "settings")
        .child(shown.iter().map(asked).collect::<Vec<_>>())
        .child(div("card-body").child(drawn(&shown, "setting", false)))
        .child(div("card-foot").child(save().attr("data-variant", "primary")));
    let names: Vec<String> = hidden.iter().map(|(_, field)| field.name.to_owned()).collect();
    let only = (!names.is_empty()).then(|| format!("Only here: {}.", names.join(", ")));
    let rest = el("details").class("card-more").child(el("summary").child("As YAML")).child(as_yaml(plugin, only));
    Card::titled("Settings").holding(vec![filled_in, rest])
}

/// What stands in a field; none if it cannot show what is set.
fn stand(field: &Field, plugin: &Plugin, address: &ParamsMap) -> Option<Stand> {
    let texts = field.shows(plugin.settings.get(field.name)).filter(|_| field.is_simple())?;
    // What was filled in and not taken stands there again, be it nothing.
    let was_sent = address.get_all(ASKED).is_some_and(|asked| asked.iter().any(|asked| asked == field.name));
    let sent = || address.get_all(&format!("{INPUT}{}", field.name)).unwrap_or_default();
    let texts = if was_sent { sent().iter().map(|text| text.replace("\r\n", "\n")).collect() } else { texts };
    Some(Stand { texts, wrong: address.get(&format!("{WRONG}{}", field.name)) })
}

fn as_yaml(plugin: &Plugin, said: Option<String>) -> El {
    let field = textarea(&yaml::text(&plugin.settings))
        .class("input mono")
        .attr("name", "settings")
        .attr("rows", "6")
        .attr("spellcheck", "false")
        .attr("aria-label", "Settings as YAML");
    let said = said.map(|said| el("span").child(said));
    form(plugin, "settings").child(div("card-body").child(field)).child(div("card-foot").child(save()).child(said))
}

fn save() -> El {
    el("button").class("btn").attr("type", "submit").child("Save settings")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use serde_json::json;

    use super::*;

    fn html(settings: Value, schema: Value, address: &[(&'static str, &str)]) -> String {
        let plugin = json!({
            "name": "rota", "version": "1.0.0", "publisher": "", "title": "", "description": "", "origin": "", "digest": "",
            "managed": "portal", "before": [], "extensionPoints": [], "state": "running", "message": "", "asks": [],
            "used": portico_api_types::PluginUse::default(), "points": [], "denials": [], "http": [], "check": null, "followsSince": null,
            "data": portico_api_types::PluginData::default(), "runs": [], "settings": settings, "settingsSchema": schema,
        });
        let mut params = ParamsMap::new();
        for (name, value) in address {
            params.insert(*name, (*value).to_owned());
        }
        card(&serde_json::from_value(plugin).unwrap(), &params).to_html().replace("<!>", "")
    }

    fn schema() -> Value {
        json!({ "properties": { "port": { "type": "integer" }, "loud": { "type": "boolean" }, "deep": { "type": "object" } } })
    }

    #[test]
    fn settings_are_fields_and_what_fields_cannot_show_is_yaml() {
        let html = html(json!({ "port": 80, "deep": { "x": 1 } }), schema(), &[]);
        for part in [
            r#"<input type="hidden" name="field" value="port">"#,
            r#"<input type="hidden" name="field" value="loud">"#,
            r#"name="input.port" id="setting-0" type="number" step="1" value="80""#,
            "<summary>As YAML</summary>",
            "Only here: deep.",
            r#"name="settings""#,
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(!html.contains(r#"name="field" value="deep""#), "{html}");
    }

    #[test]
    fn a_value_that_no_field_can_show_is_yaml_and_so_is_everything_without_a_schema() {
        let other = html(json!({ "port": "eighty" }), schema(), &[]);
        assert!(other.contains("Only here: port, deep."), "{other}");
        for schema in [json!(null), json!({}), json!({ "properties": { "deep": { "type": "object" } } })] {
            let html = html(json!({ "port": 80 }), schema, &[]);
            assert!(html.contains(r#"<span class="count">as YAML</span>"#) && !html.contains("<details"), "{html}");
        }
    }

    #[test]
    fn what_was_not_taken_stands_in_its_field_with_what_is_wrong() {
        let address = [("field", "port"), ("field", "loud"), ("input.port", "9x"), ("wrong.port", "No number.")];
        let html = html(json!({ "port": 80, "loud": true }), schema(), &address);
        assert!(html.contains(r#"value="9x""#) && html.contains("No number."), "{html}");
        assert!(!html.contains("checked"), "a box that was not ticked says nothing: {html}");
    }
}
