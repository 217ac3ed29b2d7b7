//! The form of the page that fills in a template: page by page, and the run at its end.
//!
//! Rule: the address of the page takes the form, and answers with the page that comes next, so that it is complete without script. What was
//! filled in travels in the form itself; secrets are typed on the last page, and go to the run alone.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Method, Request, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{MethodRouter, post};
use portico_api_types::template_form::{DO, FormPage, TemplateAnswers};
use portico_api_types::{TemplateFilledIn, TemplateFormAsk, TemplateFormView};
use portico_frontend::FilledIn;
use serde_json::Value;
use tower::ServiceExt;
use url::form_urlencoded;

use crate::asking::Asking;
use crate::back;
use crate::body::whole;
use crate::error::ApiError;
use crate::portico::FilledForm;
use crate::scaffolder::tasks::{Begun, begin};
use crate::state::ApiState;

/// The address of the page.
pub(crate) const PAGE: &str = "/create/templates/{namespace}/{name}";

/// The largest form that is read.
const FORM: u64 = 1 << 20;

/// What stands before the name of a token that a repository wants.
const TOKEN: &str = "secret.";

/// Takes the form, and answers with the page.
pub(crate) fn steps(state: &ApiState, page: MethodRouter) -> MethodRouter {
    let take = async move |State(state): State<ApiState>,
                           asking: Asking,
                           Path(template): Path<(String, String)>,
                           request: Request<Body>| {
        let (parts, body) = request.into_parts();
        let next = match whole(body, FORM).await {
            Ok(body) => Sent::of(&body).next(&state, &asking, &template).await,
            Err(error) => Err(error),
        };
        match next {
            Ok(Next::Page(filled_in)) => {
                let mut request = Request::from_parts(parts, Body::empty());
                *request.method_mut() = Method::GET;
                request.headers_mut().remove(header::CONTENT_LENGTH);
                request.extensions_mut().insert(FilledIn(*filled_in));
                page.oneshot(request).await.into_response()
            }
            Ok(Next::Task(id)) => Redirect::to(&format!("/create/tasks/{}", back::step(&id))).into_response(),
            Err(error) => error.into_response(),
        }
    };
    post(take).with_state(state.clone())
}

/// What comes after a form.
enum Next {
    Page(Box<TemplateFilledIn>),
    Task(String),
}

/// What a form sends.
#[derive(Debug, Default)]
struct Sent {
    answers: TemplateAnswers,
    page: usize,
    go: String,
    entity: Option<String>,
    /// What was filled in on the page.
    pairs: Vec<(String, String)>,
}

impl Sent {
    fn of(body: &[u8]) -> Sent {
        let mut sent = Sent::default();
        for (name, text) in form_urlencoded::parse(body).into_owned() {
            match name.as_str() {
                "answers" => sent.answers = serde_json::from_str(&text).unwrap_or_default(),
                "page" => sent.page = text.parse().unwrap_or_default(),
                // The button that was pressed comes last.
                "go" => sent.go = text,
                "entity" => sent.entity = Some(text).filter(|entity| !entity.is_empty()),
                _ => sent.pairs.push((name, text)),
            }
        }
        sent
    }

    async fn next(self, state: &ApiState, asking: &Asking, template: &(String, String)) -> Result<Next, ApiError> {
        let Sent { answers, page, go, entity, pairs } = self;
        let is_list = pairs.iter().any(|(name, _)| name == DO);
        let wants_to_run = go == "run" && !is_list;
        let ask = TemplateFormAsk { answers, posted: pairs.clone(), query: Vec::new(), entity: entity.clone() };
        let filled = FilledForm::of(state, asking, (&template.0, &template.1), ask).await?;
        let view = filled.view();
        let mut next = TemplateFilledIn { page, entity, ..TemplateFilledIn::default() };
        if wants_to_run {
            match run(state, asking, template, &filled, &pairs, next.entity.as_deref()).await? {
                Ok(task) => return Ok(Next::Task(task)),
                Err((page, reason)) => next = TemplateFilledIn { page, refused: reason, is_told: true, ..next },
            }
        } else if !is_list {
            (next.page, next.is_told) = turn(&view, page, &go);
        }
        Ok(Next::Page(Box::new(TemplateFilledIn { answers: view.answers, ..next })))
    }
}

/// The page that a button leads to, and whether all that is wrong on it is said.
fn turn(view: &TemplateFormView, page: usize, go: &str) -> (usize, bool) {
    let pages = &view.form.pages;
    let page = page.min(pages.len());
    // Nobody gets past a page that is not complete.
    let farthest = first_incomplete(pages);
    match go {
        "next" if pages.get(page).is_some_and(|page| !page.is_complete) => (page, true),
        "next" => ((page + 1).min(farthest), false),
        "back" => (page.saturating_sub(1), false),
        "stay" => (page, false),
        other => (other.parse().map_or(page, |asked: usize| asked.min(farthest)), false),
    }
}

/// The first page that is not complete; the review if all are.
fn first_incomplete(pages: &[FormPage]) -> usize {
    pages.iter().position(|page| !page.is_complete).unwrap_or(pages.len())
}

/// Runs the template, or says on which page what keeps it from that.
async fn run(
    state: &ApiState,
    asking: &Asking,
    template: &(String, String),
    filled: &FilledForm,
    pairs: &[(String, String)],
    entity: Option<&str>,
) -> Result<Result<String, (usize, Option<String>)>, ApiError> {
    let view = filled.view();
    let review = view.form.pages.len();
    if !view.form.is_complete {
        return Ok(Err((first_incomplete(&view.form.pages), None)));
    }
    let judged = filled.judged();
    if !judged.is_complete {
        let wrong = judged.pages.iter().flat_map(|page| &page.fields).find_map(wrong);
        let wrong = wrong.or_else(|| judged.pages.iter().flat_map(|page| &page.errors).next().cloned());
        return Ok(Err((review, wrong)));
    }
    let mut to_run = filled.to_run();
    let tokens = pairs.iter().filter(|(_, text)| !text.is_empty());
    let tokens = tokens.filter_map(|(name, text)| Some((name.strip_prefix(TOKEN)?, text)));
    let tokens = tokens.filter(|(name, _)| view.tokens.iter().any(|token| token == name));
    to_run.secrets.extend(tokens.map(|(name, text)| (name.to_owned(), Value::String(text.clone()))));
    let reference = format!("template:{}/{}", template.0, template.1);
    let begun = begin(state, asking, &reference, to_run.values, to_run.secrets, entity).await;
    Ok(match begun {
        Ok(Begun::Task(task)) => Ok(task.id),
        // What the form let through and the schema does not.
        Ok(Begun::Refused(faults)) => Err((review, faults.into_iter().next().map(|fault| fault.stack))),
        Err(error) => Err((review, Some(error.to_string()))),
    })
}

/// What is wrong with a field or one in it, with what it is called.
fn wrong(field: &portico_api_types::template_form::FormField) -> Option<String> {
    use portico_api_types::template_form::FormControl;
    let within = match &field.control {
        FormControl::Group { fields } => fields.iter().find_map(wrong),
        FormControl::List { items, .. } => items.iter().find_map(|item| wrong(&item.field)),
        _ => None,
    };
    within.or_else(|| field.error.as_ref().map(|error| format!("{}: {error}", field.title)))
}

#[cfg(test)]
mod tests {
    use portico_api_types::template_form::FormReview;
    use portico_forms::{Facts, Form};
    use serde_json::json;

    use super::*;

    fn view(first: bool, second: bool) -> TemplateFormView {
        let page = |is_complete: bool| {
            let required = if is_complete { json!([]) } else { json!(["a"]) };
            json!({ "required": required, "properties": { "a": { "type": "string" } } })
        };
        let form = Form::parse(&json!([page(first), page(second)])).unwrap();
        TemplateFormView {
            form: form.state(&TemplateAnswers::default(), &Facts::default()),
            answers: TemplateAnswers::default(),
            review: FormReview { pages: Vec::new() },
            secrets: Vec::new(),
            tokens: Vec::new(),
            approval: None,
        }
    }

    #[test]
    fn a_button_leads_to_the_next_page_once_this_one_is_complete() {
        for (first, second, page, go, expected) in [
            (true, true, 0, "next", (1, false)),
            (true, true, 1, "next", (2, false)),
            (true, true, 2, "next", (2, false)),
            (false, true, 0, "next", (0, true)),
            (true, false, 1, "next", (1, true)),
            (true, false, 1, "back", (0, false)),
            (true, true, 0, "back", (0, false)),
            (true, true, 0, "2", (2, false)),
            (true, false, 0, "2", (1, false)),
            (true, true, 1, "stay", (1, false)),
            (true, true, 1, "", (1, false)),
            (true, true, usize::MAX, "", (2, false)),
            (true, true, usize::MAX, "next", (2, false)),
        ] {
            assert_eq!(turn(&view(first, second), page, go), expected, "{first} {second} {page} {go}");
        }
    }

    #[test]
    fn what_a_form_sends_is_told_apart_from_what_was_filled_in() {
        let body =
            "answers=%7B%22values%22%3A%7B%22a%22%3A1%7D%7D&page=2&entity=&field=%2Fa&input.%2Fa=x&go=next&go=run";
        let sent = Sent::of(body.as_bytes());
        assert_eq!((sent.page, sent.go.as_str(), sent.entity), (2, "run", None));
        assert_eq!(sent.answers.values["a"], 1);
        assert_eq!(sent.pairs, [("field".to_owned(), "/a".to_owned()), ("input./a".to_owned(), "x".to_owned())]);
        assert_eq!(Sent::of(b"answers=%7B&page=x").answers, TemplateAnswers::default());
    }
}
