//! A template's form for what is filled in so far: asked for as one types, and by the pages' forms.
//!
//! Rule: what a schema means is known to `portico_forms` alone. No secret comes back: those that were sent are left out of every answer, and a
//! form is complete without them, since they are typed last.

use axum::Json;
use axum::extract::{Path, State};
use portico_api_types::template_form::{ASKED, FormControl, FormField, INPUT, MASK, TemplateAnswers, TemplateForm};
use portico_api_types::{TemplateFormAsk, TemplateFormView};
use portico_forms::{Facts, Form};
use portico_model::EntityRef;
use portico_scaffolder::Template;
use serde_json::{Map, Value};

use crate::asking::Asking;
use crate::error::ApiError;
use crate::state::ApiState;

/// The form of a template for what is filled in so far: its pages, their fields, and what of them is wrong.
#[utoipa::path(
    post, path = "/templates/{namespace}/{name}/form", tag = "portico", request_body = TemplateFormAsk,
    params(
        ("namespace" = String, Path, description = "Such as `default`"),
        ("name" = String, Path, description = "Such as `rust-service`"),
    ),
    responses(
        (status = 200, description = "The form", body = TemplateFormView),
        (status = 400, description = "The template's parameters are no form"),
        (status = 404, description = "There is no such template"),
    ),
)]
pub(crate) async fn form(
    State(state): State<ApiState>,
    asking: Asking,
    Path((namespace, name)): Path<(String, String)>,
    body: crate::body::Json<TemplateFormAsk>,
) -> Result<Json<TemplateFormView>, ApiError> {
    let filled = FilledForm::of(&state, &asking, (&namespace, &name), body.0).await?;
    Ok(Json(filled.view()))
}

/// A template's form, and what is filled in.
pub(crate) struct FilledForm {
    template: Template,
    form: Form,
    facts: Facts,
    /// What is filled in; secrets among it are as they were sent.
    answers: TemplateAnswers,
}

/// What a template is run with.
pub(crate) struct ToRun {
    pub(crate) values: Map<String, Value>,
    pub(crate) secrets: Map<String, Value>,
}

impl FilledForm {
    /// The form of a template with what was sent of it.
    pub(crate) async fn of(
        state: &ApiState,
        asking: &Asking,
        (namespace, name): (&str, &str),
        ask: TemplateFormAsk,
    ) -> Result<FilledForm, ApiError> {
        let reference = EntityRef::new("template", namespace, name);
        let reference = reference.map_err(|error| ApiError::input(error.to_string()))?;
        let facts = Facts { user: asking.0.clone() };
        let catalog = state.catalog.clone();
        let made = move || {
            let template = Template::of(&catalog, &reference)?;
            let form = Form::parse(template.parameters()).map_err(|error| {
                ApiError::input(format!(
                    "The template {reference} cannot be filled in: {error}. Its owner has to mend it."
                ))
            })?;
            Ok::<_, ApiError>(FilledForm { answers: sent(&template, &form, &facts, ask), template, form, facts })
        };
        tokio::task::spawn_blocking(made).await.map_err(|error| ApiError::internal(&error))?
    }

    /// As pages draw it.
    pub(crate) fn view(&self) -> TemplateFormView {
        let answers = self.without_secrets();
        let untyped = self.form.state(&answers, &self.facts);
        let mut secrets = Vec::new();
        let mut tokens = Vec::new();
        for page in &untyped.pages {
            page.fields.iter().for_each(|field| typed_last(field, "", &mut secrets, &mut tokens));
        }
        // Until the last page nobody could type them, so that they count as typed.
        let promised = secrets.iter().flat_map(|field| {
            [(ASKED.to_owned(), field.pointer.clone()), (format!("{INPUT}{}", field.pointer), MASK.to_owned())]
        });
        let promised: Vec<(String, String)> = promised.collect();
        let typed = self.form.read(&answers, &promised, &self.facts).answers;
        let settled = self.form.settled(&typed, &self.facts);
        // A condition that cannot be evaluated is told by the run.
        let approval = self.template.approval(&settled).unwrap_or_default();
        let review = self.form.review(&TemplateAnswers { values: settled, ..typed.clone() });
        TemplateFormView { form: self.form.state(&typed, &self.facts), answers, review, secrets, tokens, approval }
    }

    /// The form with secrets as they were sent, to be judged before a run.
    pub(crate) fn judged(&self) -> TemplateForm {
        self.form.state(&self.answers, &self.facts)
    }

    /// What the template is run with.
    pub(crate) fn to_run(&self) -> ToRun {
        let split = self.form.split(&self.form.settled(&self.answers, &self.facts));
        let secrets = split.secrets.0.into_iter().map(|(name, secret)| (name, Value::String(secret)));
        ToRun { values: split.values, secrets: secrets.collect() }
    }

    fn without_secrets(&self) -> TemplateAnswers {
        let mut values = Value::Object(self.form.split(&self.answers.values).values);
        unmask(&mut values);
        let values = values.as_object_mut().map(std::mem::take).unwrap_or_default();
        TemplateAnswers { values, ..self.answers.clone() }
    }
}

/// What was filled in, with what an address and a form say of it.
fn sent(template: &Template, form: &Form, facts: &Facts, ask: TemplateFormAsk) -> TemplateAnswers {
    let mut answers = ask.answers;
    if !ask.query.is_empty() {
        let of_address = form.from_query(&ask.query, facts);
        answers.values.extend(of_address.values);
    }
    if let (Some(parameter), Some(entity)) = (template.entity_parameter(), ask.entity) {
        answers.values.insert(parameter.to_owned(), Value::String(entity));
    }
    let mut values = Value::Object(std::mem::take(&mut answers.values));
    unmask(&mut values);
    answers.values = values.as_object_mut().map(std::mem::take).unwrap_or_default();
    match ask.posted.is_empty() {
        true => answers,
        false => form.read(&answers, &ask.posted, facts).answers,
    }
}

/// Takes away what stands for secrets: it is none.
fn unmask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| value != MASK);
            fields.values_mut().for_each(unmask);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| match item == MASK {
            true => *item = Value::Null,
            false => unmask(item),
        }),
        _ => {}
    }
}

/// Finds the fields of secrets, called with what they are in before them, and the tokens that repositories want.
fn typed_last(field: &FormField, around: &str, secrets: &mut Vec<FormField>, tokens: &mut Vec<String>) {
    let title = match around {
        "" => field.title.clone(),
        around => format!("{around} › {}", field.title),
    };
    match &field.control {
        FormControl::Secret { .. } => secrets.push(FormField { title, ..field.clone() }),
        FormControl::Group { fields } => {
            fields.iter().for_each(|field| typed_last(field, &title, secrets, tokens));
        }
        FormControl::List { items, .. } => {
            items.iter().for_each(|item| typed_last(&item.field, &title, secrets, tokens));
        }
        FormControl::Repository(repository) => {
            tokens.extend(repository.token.iter().filter(|token| !tokens.contains(token)).cloned().collect::<Vec<_>>());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(parameters: Value, ask: TemplateFormAsk) -> FilledForm {
        let spec =
            json!({ "type": "service", "steps": [], "parameters": parameters, "forEntity": { "parameter": "of" } });
        let entity = json!({ "kind": "Template", "metadata": { "name": "t" }, "spec": spec });
        let template = Template::read(entity).unwrap();
        let form = Form::parse(template.parameters()).unwrap();
        let facts = Facts::default();
        FilledForm { answers: sent(&template, &form, &facts, ask), template, form, facts }
    }

    fn parameters() -> Value {
        json!({
            "required": ["name", "token"],
            "properties": {
                "name": { "type": "string" },
                "token": { "title": "Token", "type": "string", "ui:field": "Secret", "minLength": 3 },
                "deep": { "title": "Deep", "type": "object", "properties": { "key": { "title": "Key", "ui:field": "Secret" } } },
            },
        })
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_form_is_complete_before_its_secrets_are_typed_and_judged_with_them() {
        let posted = pairs(&[("field", "/name"), ("input./name", "x")]);
        let filled = filled(parameters(), TemplateFormAsk { posted, ..TemplateFormAsk::default() });
        let view = filled.view();
        assert!(view.form.is_complete && !filled.judged().is_complete);
        let titles: Vec<&str> = view.secrets.iter().map(|field| field.title.as_str()).collect();
        assert_eq!(titles, ["Token", "Deep › Key"]);
        assert!(view.secrets[0].error.is_some() && view.secrets[0].is_required);
    }

    #[test]
    fn a_secret_is_in_what_is_run_and_in_nothing_that_comes_back() {
        let posted = pairs(&[
            ("field", "/name"),
            ("input./name", "x"),
            ("field", "/token"),
            ("input./token", "s3cret"),
            ("field", "/deep/key"),
            ("input./deep/key", ""),
        ]);
        let filled = filled(parameters(), TemplateFormAsk { posted, ..TemplateFormAsk::default() });
        assert!(filled.judged().is_complete);
        let run = filled.to_run();
        assert_eq!(run.values["token"], MASK);
        assert_eq!(Value::Object(run.secrets), json!({ "token": "s3cret" }));
        let view = serde_json::to_string(&filled.view()).unwrap();
        assert!(!view.contains("s3cret"), "{view}");
        assert!(!filled.view().answers.values.contains_key("token"));
    }

    #[test]
    fn an_address_and_an_entity_fill_in_and_what_stands_for_a_secret_is_none() {
        let ask = TemplateFormAsk {
            answers: TemplateAnswers::from(json!({ "token": MASK }).as_object().unwrap().clone()),
            query: pairs(&[("formData", r#"{"name":"a"}"#), ("name", "b")]),
            entity: Some("component:default/orders".to_owned()),
            ..TemplateFormAsk::default()
        };
        let filled = filled(parameters(), ask);
        assert_eq!(Value::Object(filled.answers.values), json!({ "name": "b", "of": "component:default/orders" }));
    }

    #[test]
    fn who_approves_is_said_for_the_values_as_they_are() {
        let spec = json!({
            "type": "service", "steps": [], "parameters": { "properties": { "big": { "type": "boolean" } } },
            "approval": { "by": ["group:default/platform"], "when": "${{ parameters.big }}" },
        });
        let template = Template::read(json!({ "metadata": { "name": "t" }, "spec": spec })).unwrap();
        for (big, approves) in [(true, true), (false, false)] {
            let answers = TemplateAnswers::from(json!({ "big": big }).as_object().unwrap().clone());
            let form = Form::parse(template.parameters()).unwrap();
            let filled = FilledForm { template: template.clone(), form, facts: Facts::default(), answers };
            assert_eq!(filled.view().approval.is_some(), approves);
        }
    }
}
