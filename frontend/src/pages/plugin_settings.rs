//! The settings of a plugin on its page: fields where its manifest says what they are, YAML for the rest.
//!
//! Rule: the fields ask for what they can show without changing it, and say which those are, so that nothing else is lost. What was not
//! taken comes back by the address, and stands in the fields with what is wrong.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use portico_api_types::form::{ASKED, Field, INPUT, OF, WAITING, WRONG, fields};
use portico_api_types::{Managed, Plugin, WaitingVersion};
use serde_json::Value;

use super::plugin_life::form;
use crate::components::{Card, code, prose};
use crate::form::{Stand, asked, drawn};
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
    let sent = Sent { address, is_meant: address.get(OF).is_none() };
    let (shown, hidden) = parted(schema, &plugin.settings, &sent);
    if shown.is_empty() {
        return Card::titled("Settings").count("as YAML").holding(as_yaml(plugin, None));
    }
    let filled_in = form(plugin, "settings")
        .child(asked(&shown, &plugin.settings))
        .child(div("card-body").child(drawn(&shown, "setting", false)))
        .child(div("card-foot").child(save().attr("data-variant", "primary")));
    let only = (!hidden.is_empty()).then(|| format!("Only here: {}.", hidden.join(", ")));
    let rest = el("details").class("card-more").child(el("summary").child("As YAML")).child(as_yaml(plugin, only));
    Card::titled("Settings").holding(vec![filled_in, rest])
}

/// The settings of a version that waits, within the form that lets it run: what it takes may be other than what the one that runs takes.
pub(super) fn of_waiting(waiting: &WaitingVersion, address: &ParamsMap) -> Option<El> {
    let sent = Sent { address, is_meant: address.get(OF).is_some_and(|of| of == WAITING) };
    let (shown, hidden) = parted(waiting.settings_schema.as_ref(), &waiting.settings, &sent);
    if shown.is_empty() {
        return None;
    }
    let only =
        format!("Not here, as it has no fields: {}. Say it with `portico plugin approve --config`.", hidden.join(", "));
    let only = (!hidden.is_empty()).then(|| el("p").class("hint").child(prose(&only)));
    let fields = drawn(&shown, "waiting-setting", false);
    let body = div("card-body").child(el("h3").child("Settings")).child(fields).child(only);
    Some(div("").child(asked(&shown, &waiting.settings)).child(body))
}

/// What was sent and not taken, in the address.
struct Sent<'a> {
    address: &'a ParamsMap,
    /// Whether it was this form.
    is_meant: bool,
}

/// The fields that can show what is set, and the names of the others.
fn parted<'s>(schema: Option<&'s Value>, values: &Value, sent: &Sent) -> (Vec<(Field<'s>, Stand)>, Vec<&'s str>) {
    let (mut shown, mut hidden) = (Vec::new(), Vec::new());
    for field in schema.map(fields).unwrap_or_default() {
        match stand(&field, values, sent) {
            Some(stand) => shown.push((field, stand)),
            None => hidden.push(field.name),
        }
    }
    (shown, hidden)
}

/// What stands in a field; none if it cannot show what is set.
fn stand(field: &Field, values: &Value, Sent { address, is_meant }: &Sent) -> Option<Stand> {
    let texts = field.shows(values.get(field.name)).filter(|_| field.is_simple())?;
    if !is_meant {
        return Some(Stand { texts, wrong: None });
    }
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
            "used": portico_api_types::PluginUse::default(), "points": [], "denials": [], "turnedAway": [], "http": [], "check": null, "followsSince": null,
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
