//! Drafts: what somebody began to fill in is kept in their browser, and offered when they come again.
//!
//! Rule: nothing secret is in one. Secrets are in no answers; what is typed into fields for passwords is taken out.

use leptos::ev;
use leptos::prelude::*;
use portico_api_types::template_form::{FormControl, FormField, TemplateAnswers};
use portico_api_types::{TemplateFormView, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::browser;
use super::filling::Filling;
use crate::components::{Tone, banner, banners, time};
use crate::markup::{changing, div, el, nothing};

/// What was begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) answers: TemplateAnswers,
    pub(super) page: usize,
    pub(super) at: Timestamp,
}

/// The name of the draft of a template, for an entity if it is started from one.
pub(super) fn name(template: &str, entity: Option<&str>) -> String {
    entity.map_or_else(|| format!("portico.draft {template}"), |entity| format!("portico.draft {template} {entity}"))
}

impl Draft {
    /// What is filled in now.
    pub(super) fn of(view: &TemplateFormView, page: usize) -> Draft {
        let mut answers = view.answers.clone();
        let mut values = Value::Object(std::mem::take(&mut answers.values));
        let mut take_out = |field: &FormField| {
            if let Some((around, last)) = field.pointer.rsplit_once('/') {
                let around = values.pointer_mut(around).and_then(Value::as_object_mut);
                around.map(|fields| fields.remove(&last.replace("~1", "/").replace("~0", "~")));
            }
        };
        let fields = view.form.pages.iter().flat_map(|page| &page.fields);
        fields.for_each(|field| passwords(field, &mut take_out));
        if let Value::Object(fields) = values {
            answers.values = fields;
        }
        Draft { answers, page, at: crate::components::now() }
    }

    fn kept(name: &str) -> Option<Draft> {
        serde_json::from_str(&browser::kept(name)?).ok()
    }

    /// Has the browser keep it. Whether it does.
    pub(super) fn keep(&self, name: &str) -> bool {
        serde_json::to_string(self).is_ok_and(|text| browser::keep(name, &text))
    }
}

fn passwords(field: &FormField, each: &mut impl FnMut(&FormField)) {
    match &field.control {
        FormControl::Text(text) if text.format.as_deref() == Some("password") => each(field),
        FormControl::Group { fields } => fields.iter().for_each(|field| passwords(field, each)),
        FormControl::List { items, .. } => items.iter().for_each(|item| passwords(&item.field, each)),
        _ => {}
    }
}

/// Offers the draft that there is, once the page is alive.
pub(super) fn offer(filling: &Filling) -> AnyView {
    let draft = RwSignal::new(None::<Draft>);
    let name = filling.draft.clone();
    // The server knows of none.
    Effect::new(move || draft.set(Draft::kept(&name)));
    let filling = filling.clone();
    changing(move || {
        let Some(found) = draft.get() else { return nothing() };
        let button = |text: &str| el("button").class("btn").attr("type", "button").attr("data-size", "sm").child(text);
        let (going_on, name) = (filling.clone(), filling.draft.clone());
        let go_on = button("Go on with it").on(ev::click, {
            let found = found.clone();
            move |_| {
                going_on.go_on_with(found.clone());
                draft.set(None);
            }
        });
        let discard = button("Discard it").attr("data-variant", "quiet").on(ev::click, move |_| {
            browser::forget(&name);
            draft.set(None);
        });
        let said = el("p").child("You filled some of it in ").child(time(found.at)).child(".");
        let content = div("").child(said).child(div("row").child(go_on).child(discard));
        banners(vec![banner(Tone::Info, "There is a draft of yours.", content)])
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_typed_as_a_password_is_in_no_draft() {
        let field = |pointer: &str, control: Value| json!({ "pointer": pointer, "name": pointer, "title": "", "isRequired": false, "control": control, "texts": [] });
        let password = json!({ "type": "text", "format": "password" });
        let group = json!({ "type": "group", "fields": [field("/deep/b~1c", password.clone())] });
        let fields =
            json!([field("/name", json!({ "type": "text" })), field("/pass", password), field("/deep", group)]);
        let view = json!({
            "answers": { "values": { "name": "x", "pass": "p", "deep": { "b/c": "q", "d": 1 } } },
            "form": { "pages": [{ "title": "", "fields": fields, "isComplete": true }], "isComplete": true },
            "review": { "pages": [] },
        });
        let view: TemplateFormView = serde_json::from_value(view).unwrap();
        let draft = Draft::of(&view, 0);
        assert_eq!(Value::Object(draft.answers.values), json!({ "name": "x", "deep": { "d": 1 } }));
    }

    #[test]
    fn each_template_and_entity_has_a_draft_of_its_own() {
        assert_ne!(name("template:default/a", None), name("template:default/a", Some("component:default/b")));
    }
}
