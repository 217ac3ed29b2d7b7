//! A form out of JSON Schema: a field for each property of an object.
//!
//! Rule: the browser asks for what it can check by itself; whether what was filled in is right, the portal judges by
//! the same schema.

use serde_json::Value;

use crate::entity::in_words;
use crate::markup::{El, div, el, span, textarea};

/// The fields of an object, named `input.` and the name of the property.
pub(super) fn fields(schema: &Value, id: &str) -> El {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let field = |(index, (name, schema)): (usize, (&String, &Value))| {
        let id = format!("{id}-{index}");
        Property { name, schema, id, is_required: required.contains(&name.as_str()), is_first: index == 0 }.field()
    };
    div("fields").child(properties.enumerate().map(field).collect::<Vec<_>>())
}

struct Property<'a> {
    name: &'a str,
    schema: &'a Value,
    /// Of the element that is filled in.
    id: String,
    is_required: bool,
    is_first: bool,
}

/// A value that may be chosen, and what it is called.
type Choice = (String, String);

impl Property<'_> {
    fn field(&self) -> El {
        match self.sort() {
            "boolean" => self.truth(),
            "array" => self.several(),
            "integer" | "number" => self.labelled(self.number()),
            _ => self.labelled(self.text()),
        }
    }

    /// Its type; of several, the first that is more than nothing.
    fn sort(&self) -> &str {
        let of = |value: &Value| value.as_str().filter(|sort| *sort != "null").map(str::len);
        match &self.schema["type"] {
            Value::Array(sorts) => sorts.iter().find(|sort| of(sort).is_some()).and_then(Value::as_str),
            sort => sort.as_str(),
        }
        .unwrap_or("string")
    }

    fn word(&self, key: &str) -> Option<&str> {
        self.schema[key].as_str()
    }

    fn title(&self) -> &str {
        self.word("title").unwrap_or(self.name)
    }

    fn hint_id(&self) -> Option<String> {
        self.word("description").map(|_| format!("{}-hint", self.id))
    }

    fn hint(&self) -> Option<El> {
        let hint = el("p").class("hint").attr_some("id", self.hint_id());
        self.word("description").map(|description| hint.child(description))
    }

    /// What every element that is filled in has.
    fn named(&self, element: El) -> El {
        element.attr("name", format!("input.{}", self.name)).flag("autofocus", self.is_first)
    }

    /// The same for one that stands alone.
    fn alone(&self, element: El) -> El {
        self.named(element)
            .attr("id", self.id.as_str())
            .attr_some("aria-describedby", self.hint_id())
            .flag("required", self.is_required)
    }

    /// Says which fields may stay empty, because most may not.
    fn optional(&self) -> Option<El> {
        (!self.is_required).then(|| span("optional").child(" (optional)"))
    }

    fn labelled(&self, control: El) -> El {
        let label = el("label").attr("for", self.id.as_str()).child(self.title()).child(self.optional());
        div("field").child(label).child(control).child(self.hint())
    }

    fn number(&self) -> El {
        let step = if self.sort() == "integer" { "1" } else { "any" };
        let step = self.schema["multipleOf"].as_f64().map_or_else(|| step.to_owned(), |step| step.to_string());
        let bound = |key: &str| in_words(&self.schema[key]);
        self.alone(el("input").class("input"))
            .attr("type", "number")
            .attr("step", step)
            .attr_some("min", bound("minimum"))
            .attr_some("max", bound("maximum"))
            .attr_some("value", bound("default"))
    }

    fn text(&self) -> El {
        let choices = choices(self.schema);
        let default = in_words(&self.schema["default"]);
        if !choices.is_empty() {
            return self.choice(&choices, default.as_deref());
        }
        let bounded = |element: El| {
            let bound = |key: &str| self.schema[key].as_u64().map(|bound| bound.to_string());
            self.alone(element).attr_some("minlength", bound("minLength")).attr_some("maxlength", bound("maxLength"))
        };
        if self.word("ui:widget") == Some("textarea") {
            let field = textarea(default.as_deref().unwrap_or_default()).class("input").attr("rows", "4");
            return bounded(field);
        }
        let kind = match self.word("format") {
            Some("date") => "date",
            Some("date-time") => "datetime-local",
            Some("time") => "time",
            Some("email") => "email",
            Some("uri" | "url") => "url",
            _ => "text",
        };
        bounded(el("input").class("input"))
            .attr("type", kind)
            .attr_some("pattern", self.word("pattern"))
            .attr_some("value", default)
    }

    /// One of several values. What is not required may stay unsaid.
    fn choice(&self, choices: &[Choice], default: Option<&str>) -> El {
        let none = (!self.is_required || default.is_none()).then(|| el("option").attr("value", "").child("Choose"));
        let option = |(value, title): &Choice| {
            let is_default = default == Some(value.as_str());
            el("option").attr("value", value.as_str()).flag("selected", is_default).child(title.as_str())
        };
        let options: Vec<El> = choices.iter().map(option).collect();
        self.alone(el("select").class("input")).child(none).child(options)
    }

    fn truth(&self) -> El {
        let is_default = self.schema["default"].as_bool() == Some(true);
        // A box that has to be ticked would be a question with one answer, so none is required.
        let mark = self
            .named(el("input").attr("type", "checkbox").attr("id", self.id.as_str()).attr("value", "true"))
            .attr_some("aria-describedby", self.hint_id())
            .flag("checked", is_default);
        div("field").child(el("label").class("check").child(mark).child(self.title())).child(self.hint())
    }

    /// Any of several values.
    fn several(&self) -> El {
        let items = &self.schema["items"];
        let defaults: Vec<String> =
            self.schema["default"].as_array().into_iter().flatten().filter_map(in_words).collect();
        let choice = |(value, title): &Choice| {
            let mark = self
                .named(el("input").attr("type", "checkbox").attr("value", value.as_str()))
                .flag("checked", defaults.contains(value));
            el("label").class("check").child(mark).child(title.as_str())
        };
        let legend = el("legend").child(self.title()).child(self.optional());
        let choices: Vec<El> = choices(items).iter().map(choice).collect();
        let group = el("fieldset").class("field").attr_some("aria-describedby", self.hint_id());
        group.child(legend).child(div("choices").child(choices)).child(self.hint())
    }
}

/// What may be chosen: of an `enum`, or of a `oneOf` of constants with titles.
fn choices(schema: &Value) -> Vec<Choice> {
    let plain = schema["enum"].as_array().into_iter().flatten().filter_map(in_words);
    let plain = plain.map(|value| (value.clone(), value));
    let titled = schema["oneOf"].as_array().into_iter().flatten().filter_map(|one| {
        let value = in_words(&one["const"])?;
        let title = one["title"].as_str().map_or_else(|| value.clone(), str::to_owned);
        Some((value, title))
    });
    plain.chain(titled).collect()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use leptos::prelude::*;
    use serde_json::json;

    use super::*;

    fn html(schema: Value) -> String {
        let schema = json!({"type": "object", "properties": {"a": schema}, "required": ["a"]});
        fields(&schema, "f").view().to_html().replace("<!>", "")
    }

    #[test]
    fn a_field_asks_for_what_its_schema_says() {
        for (schema, expected) in [
            (
                json!({"type": "string", "maxLength": 20}),
                vec![r#"maxlength="20""#, r#"type="text""#, r#"name="input.a""#, r#"required="""#],
            ),
            (json!({"type": "string", "format": "date"}), vec![r#"type="date""#]),
            (json!({"type": "string", "format": "email", "default": "a@b"}), vec![r#"type="email""#, r#"value="a@b""#]),
            (json!({"type": "string", "format": "uri"}), vec![r#"type="url""#]),
            (json!({"type": "string", "ui:widget": "textarea", "default": "x"}), vec!["<textarea", ">x</textarea>"]),
            (
                json!({"type": "integer", "minimum": 1, "maximum": 9, "default": 3}),
                vec![r#"step="1" min="1" max="9" value="3""#],
            ),
            (json!({"type": ["null", "number"]}), vec![r#"type="number" step="any""#]),
            (json!({"type": "boolean", "default": true}), vec![r#"type="checkbox""#, r#"checked="""#]),
            (
                json!({"type": "string", "enum": ["x", "y"], "default": "y"}),
                vec![r#"<select"#, r#"<option value="y" selected="">y</option>"#],
            ),
            (json!({"oneOf": [{"const": "x", "title": "The X"}]}), vec![r#"<option value="x">The X</option>"#]),
            (
                json!({"type": "array", "items": {"enum": ["x", "y"]}, "default": ["x"]}),
                vec!["<fieldset", r#"value="x" name="input.a" autofocus="" checked="""#],
            ),
            (
                json!({"title": "T", "description": "D"}),
                vec![
                    r#"<label for="f-0">T</label>"#,
                    r#"aria-describedby="f-0-hint""#,
                    r#"<p class="hint" id="f-0-hint">D</p>"#,
                ],
            ),
        ] {
            let html = html(schema);
            for part in expected {
                assert!(html.contains(part), "{part} is not in {html}");
            }
        }
    }

    #[test]
    fn a_schema_that_says_nothing_is_a_form_without_fields() {
        for schema in [json!({}), json!(null), json!({"properties": []})] {
            assert_eq!(fields(&schema, "f").view().to_html(), r#"<div class="fields"></div>"#);
        }
    }

    #[test]
    fn only_the_first_field_takes_the_focus() {
        let schema = json!({"properties": {"a": {}, "b": {}}});
        assert_eq!(fields(&schema, "f").view().to_html().matches("autofocus").count(), 1);
    }
}
