//! A form out of JSON Schema, drawn: a field for each property of an object.
//!
//! Rule: the browser asks for what it can check by itself, and refuses nothing that the schema lets through; whether what was filled in
//! is right, the portal judges by the schema. What a field's texts mean stands in `portico_api_types::form`.

use portico_api_types::form::{ASKED, Choice, Control, DRAWN, Field, INPUT, WAS, fields};
use serde_json::Value;

use crate::components::prose;
use crate::markup::{El, div, el, span, textarea};

/// What stands in a field, and why the portal did not take it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stand {
    pub(crate) texts: Vec<String>,
    pub(crate) wrong: Option<String>,
}

/// The fields of a form that is filled in for the first time. `id` makes their names on the page differ from others'.
pub(crate) fn fresh(schema: &Value, id: &str) -> El {
    let stand = |field: &Field| Stand { texts: field.shows(None).unwrap_or_default(), wrong: None };
    let fields: Vec<(Field, Stand)> = fields(schema).into_iter().map(|field| (field.clone(), stand(&field))).collect();
    drawn(&fields, id, true)
}

/// Fields as they stand.
pub(crate) fn drawn(fields: &[(Field, Stand)], id: &str, takes_focus: bool) -> El {
    let field = |(index, (field, stand)): (usize, &(Field, Stand))| {
        Drawing { field, stand, id: format!("{id}-{index}"), is_first: takes_focus && index == 0 }.drawn()
    };
    div("fields").child(fields.iter().enumerate().map(field).collect::<Vec<_>>())
}

/// Says to the server which fields are asked for, and how each was drawn: of these values.
pub(crate) fn asked(fields: &[(Field, Stand)], values: &Value) -> Vec<El> {
    let hidden = |name: String, value: &str| el("input").attr("type", "hidden").attr("name", name).attr("value", value);
    let mut all = vec![hidden(DRAWN.to_owned(), "")];
    for (field, _) in fields {
        all.push(hidden(ASKED.to_owned(), field.name));
        let was = field.shows(values.get(field.name)).unwrap_or_default();
        all.extend(was.iter().map(|text| hidden(format!("{WAS}{}", field.name), text)));
    }
    all
}

struct Drawing<'a> {
    field: &'a Field<'a>,
    stand: &'a Stand,
    /// Of the element that is filled in.
    id: String,
    is_first: bool,
}

impl Drawing<'_> {
    fn drawn(&self) -> El {
        match &self.field.control {
            Control::Truth => self.truth(),
            Control::Choices(choices) => self.several(choices),
            Control::Choice(choices) => self.labelled(self.choice(choices)),
            Control::Number { is_whole } => self.labelled(self.number(*is_whole)),
            Control::Lines | Control::Json => self.labelled(self.lines()),
            Control::Fixed(value) => self.labelled(self.fixed(value)),
            Control::Text => self.labelled(self.text()),
        }
    }

    fn word(&self, key: &str) -> Option<&str> {
        self.field.word(key)
    }

    /// What stands in a field of one text.
    fn standing(&self) -> &str {
        self.stand.texts.first().map(String::as_str).unwrap_or_default()
    }

    /// What the property is for, and how it is written where the field does not show that.
    fn hint(&self) -> Option<El> {
        let manner = match (&self.field.control, self.word("format")) {
            (Control::Lines, _) => Some("One a line."),
            (Control::Json, _) => Some("As JSON."),
            (Control::Text, Some("date-time" | "time")) => Some("In UTC."),
            _ => None,
        };
        let said: Vec<&str> = self.word("description").into_iter().chain(manner).collect();
        (!said.is_empty()).then(|| el("p").class("hint").attr("id", format!("{}-hint", self.id)).child(said.join(" ")))
    }

    fn wrong(&self) -> Option<El> {
        let wrong = self.stand.wrong.as_deref()?;
        Some(el("p").class("error").attr("id", format!("{}-wrong", self.id)).child(prose(wrong)))
    }

    /// An element with what explains it.
    fn explained(&self, element: El) -> El {
        let explains = |part: Option<El>, name: &str| part.map(|_| format!("{}-{name}", self.id));
        let explained: Vec<String> =
            [explains(self.hint(), "hint"), explains(self.wrong(), "wrong")].into_iter().flatten().collect();
        element
            .attr_some("aria-describedby", (!explained.is_empty()).then(|| explained.join(" ")))
            .attr_some("aria-invalid", self.stand.wrong.as_ref().map(|_| "true"))
    }

    /// What every element that is filled in has.
    fn named(&self, element: El) -> El {
        element.attr("name", format!("{INPUT}{}", self.field.name)).flag("autofocus", self.is_first)
    }

    /// The same for one that stands alone.
    fn alone(&self, element: El) -> El {
        let element = self.named(element).attr("id", self.id.as_str());
        self.explained(element).flag("required", !self.field.may_be_empty())
    }

    /// Says which fields may stay empty, because most may not.
    fn optional(&self) -> Option<El> {
        self.field.may_be_empty().then(|| span("optional").child(" (optional)"))
    }

    fn labelled(&self, control: El) -> El {
        let is_fixed = matches!(self.field.control, Control::Fixed(_));
        let optional = self.optional().filter(|_| !is_fixed);
        let label = el("label").attr("for", self.id.as_str()).child(self.field.title()).child(optional);
        div("field").child(label).child(control).child(self.hint()).child(self.wrong())
    }

    fn number(&self, is_whole: bool) -> El {
        let (step, least, most) = bounds(self.field.schema, is_whole);
        self.alone(el("input").class("input"))
            .attr("type", "number")
            .attr("step", step)
            .attr_some("min", least)
            .attr_some("max", most)
            .attr("value", self.standing())
    }

    fn text(&self) -> El {
        let bounded = |element: El| {
            let bound = |key: &str| self.field.schema[key].as_u64().map(|bound| bound.to_string());
            self.alone(element).attr_some("minlength", bound("minLength")).attr_some("maxlength", bound("maxLength"))
        };
        if self.word("ui:widget") == Some("textarea") || self.standing().contains('\n') {
            return bounded(textarea(self.standing()).class("input").attr("rows", "4"));
        }
        // Browsers hold a pattern against the whole of a text, schemas look for it anywhere.
        let pattern = self.word("pattern").map(|pattern| format!(".*(?:{pattern}).*"));
        let (kind, step) = match self.word("format") {
            Some("date") => ("date", None),
            Some("date-time") => ("datetime-local", Some("1")),
            Some("time") => ("time", Some("1")),
            Some("email") => ("email", None),
            Some("uri" | "url") => ("url", None),
            _ => ("text", None),
        };
        let example = self.field.schema["examples"][0].as_str();
        bounded(el("input").class("input"))
            .attr("type", kind)
            .attr_some("step", step)
            .attr_some("pattern", pattern)
            .attr_some("placeholder", example)
            .attr("value", self.standing())
    }

    /// Whatever is written over several lines.
    fn lines(&self) -> El {
        let class = if self.field.is_simple() { "input" } else { "input mono" };
        self.alone(textarea(self.standing()).class(class).attr("rows", "4"))
    }

    /// What there is only one of.
    fn fixed(&self, value: &Value) -> El {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let field = el("input").class("input").attr("type", "text").attr("id", self.id.as_str());
        self.explained(field).flag("readonly", true).attr("value", value)
    }

    /// One of several values.
    fn choice(&self, choices: &[Choice]) -> El {
        let nothing = if self.field.may_be_empty() { "None" } else { "Choose" };
        let must_choose = !self.field.may_be_empty() && !self.standing().is_empty();
        let none = (!must_choose).then(|| el("option").attr("value", "").child(nothing));
        let option = |choice: &Choice| {
            let is_chosen = self.standing() == choice.text;
            el("option").attr("value", choice.text.as_str()).flag("selected", is_chosen).child(choice.title.as_str())
        };
        let options: Vec<El> = choices.iter().filter(|choice| !choice.text.is_empty()).map(option).collect();
        self.alone(el("select").class("input")).child(none).child(options)
    }

    fn truth(&self) -> El {
        // A box that has to be ticked would be a question with one answer, so none is required, except for what has to be agreed to.
        let is_agreement = self.field.schema.get("const").is_some() && !self.field.may_be_empty();
        let mark = el("input").attr("type", "checkbox").attr("id", self.id.as_str()).attr("value", "true");
        let mark = self
            .explained(self.named(mark))
            .flag("required", is_agreement)
            .flag("checked", !self.standing().is_empty());
        let label = el("label").class("check").child(mark).child(self.field.title());
        div("field").child(label).child(self.hint()).child(self.wrong())
    }

    /// Any of several values.
    fn several(&self, choices: &[Choice]) -> El {
        let choice = |choice: &Choice| {
            let mark = self
                .named(el("input").attr("type", "checkbox").attr("value", choice.text.as_str()))
                .flag("checked", self.stand.texts.contains(&choice.text));
            el("label").class("check").child(mark).child(choice.title.as_str())
        };
        let legend = el("legend").child(self.field.title()).child(self.optional());
        let choices: Vec<El> = choices.iter().map(choice).collect();
        let group = self.explained(el("fieldset").class("field"));
        group.child(legend).child(div("choices").child(choices)).child(self.hint()).child(self.wrong())
    }
}

/// The step, the least and the most of a field for numbers. Browsers count steps from the least, schemas from nothing, so that the least
/// has to be a step.
fn bounds(schema: &Value, is_whole: bool) -> (String, Option<String>, Option<String>) {
    let bound = |key: &str| schema[key].as_f64();
    let (least, more) = (bound("minimum"), bound("exclusiveMinimum"));
    let (most, less) = (bound("maximum"), bound("exclusiveMaximum"));
    let step = match bound("multipleOf") {
        Some(step) if step >= 1.0 && step.fract() == 0.0 => step,
        None | Some(_) if is_whole => 1.0,
        // Steps that are no whole numbers are not counted exactly by everybody.
        _ => {
            let shown = |bound: Option<f64>| bound.map(|bound| bound.to_string());
            return ("any".to_owned(), shown(least.or(more)), shown(most.or(less)));
        }
    };
    let least = [least.map(|least| (least / step).ceil()), more.map(|more| (more / step).floor() + 1.0)];
    let most = [most.map(|most| (most / step).floor()), less.map(|less| (less / step).ceil() - 1.0)];
    let least = least.into_iter().flatten().reduce(f64::max).map(|least| (least * step).to_string());
    let most = most.into_iter().flatten().reduce(f64::min).map(|most| (most * step).to_string());
    (step.to_string(), least, most)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use leptos::prelude::*;
    use serde_json::json;

    use super::*;

    fn html(schema: &Value) -> String {
        fresh(schema, "f").view().to_html().replace("<!>", "")
    }

    fn one(schema: Value) -> String {
        html(&json!({"type": "object", "properties": {"a": schema}, "required": ["a"]}))
    }

    #[test]
    fn a_field_is_drawn_as_the_table_of_cases_has_it() {
        let cases: Value = serde_json::from_str(include_str!("../../host/api-types/src/form/cases.json")).unwrap();
        for case in cases.as_array().unwrap() {
            let required = if case["required"] == true { json!(["a"]) } else { json!([]) };
            let html = html(&json!({"properties": {"a": case["schema"]}, "required": required}));
            if let Some(drawn) = case["drawn"].as_str() {
                assert!(html.contains(drawn), "{}: {drawn} is not in {html}", case["about"]);
            }
            let refuses_nothing = html.contains(r#"required="""#);
            let takes_nothing = case["sent"] == json!([""]) && case["wrong"].is_null();
            assert!(!(refuses_nothing && takes_nothing), "{}: the browser refuses {html}", case["about"]);
        }
    }

    #[test]
    fn a_field_asks_for_what_its_schema_says() {
        for (schema, expected) in [
            (
                json!({"type": "string", "maxLength": 20}),
                vec![r#"maxlength="20""#, r#"type="text""#, r#"name="input.a""#, r#"required="""#],
            ),
            (json!({"type": "string", "format": "email", "default": "a@b"}), vec![r#"type="email""#, r#"value="a@b""#]),
            (json!({"type": "string", "ui:widget": "textarea", "default": "x"}), vec!["<textarea", ">x</textarea>"]),
            (json!({"type": "string", "default": "x\ny"}), vec!["<textarea", ">x\ny</textarea>"]),
            (
                json!({"type": "integer", "minimum": 1, "maximum": 9, "default": 3}),
                vec![r#"step="1" min="1" max="9" value="3""#],
            ),
            (
                json!({"type": "string", "enum": ["x", "y"], "default": "y"}),
                vec![
                    r#"<select"#,
                    r#"required=""><option value="x">x</option><option value="y" selected="">y</option>"#,
                ],
            ),
            (
                json!({"oneOf": [{"const": "x", "title": "The X"}]}),
                vec![r#"<option value="">Choose</option><option value="x">The X</option>"#],
            ),
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
            let html = one(schema);
            for part in expected {
                assert!(html.contains(part), "{part} is not in {html}");
            }
        }
    }

    #[test]
    fn why_a_value_was_not_taken_stands_beside_its_field() {
        let schema = json!({"properties": {"a": {"type": "integer", "description": "D"}}});
        let stand = Stand { texts: vec!["much".to_owned()], wrong: Some("No number.".to_owned()) };
        let html = drawn(&[(fields(&schema).remove(0), stand)], "f", false).view().to_html().replace("<!>", "");
        for part in [
            r#"aria-describedby="f-0-hint f-0-wrong" aria-invalid="true""#,
            r#"value="much""#,
            r#"<p class="error" id="f-0-wrong">No number.</p>"#,
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
    }

    #[test]
    fn a_schema_that_says_nothing_is_a_form_without_fields() {
        for schema in [json!({}), json!(null), json!({"properties": []})] {
            assert_eq!(fresh(&schema, "f").view().to_html(), r#"<div class="fields"></div>"#);
        }
    }

    #[test]
    fn only_the_first_field_takes_the_focus() {
        let schema = json!({"properties": {"a": {}, "b": {}}});
        assert_eq!(html(&schema).matches("autofocus").count(), 1);
    }
}
