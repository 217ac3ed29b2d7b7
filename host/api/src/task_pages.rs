//! What pages of templates and their tasks ask for beside the API: their forms, and a task's log as a file.
//!
//! Rule: a form leads back to the page that it stands on, see [`crate::back`].

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::stream;
use portico_api_types::{LogLevel, TaskEvent, TemplateToTry};
use portico_scaffolder::Scaffolder;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::asking::Asking;
use crate::back;
use crate::error::ApiError;
use crate::portico::decide_task;
use crate::state::ApiState;
use crate::trials::attempt;

/// Events that are read from the journal at once.
const PIECE: usize = 500;

/// What stands before the name of a secret in a form.
const SECRET: &str = "secret.";

pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/create/tasks/{id}/cancel", post(cancel))
        .route("/create/tasks/{id}/retry", post(retry))
        .route("/create/tasks/{id}/decide", post(decide))
        .route("/create/tasks/{id}/log.txt", get(log))
        .route("/create/edit/try", post(try_template))
}

fn page(id: &str) -> String {
    format!("/create/tasks/{}", back::step(id))
}

async fn cancel(State(state): State<ApiState>, asking: Asking, Path(id): Path<String>) -> Redirect {
    let done = async { Ok::<_, ApiError>(state.scaffolder.cancel(&id, &asking.asker(&state)?.me).await?) };
    back::after(&page(&id), done.await)
}

/// What one of the form's two buttons says.
async fn decide(State(state): State<ApiState>, asking: Asking, Path(id): Path<String>, body: String) -> Redirect {
    let fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let one = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim().to_owned());
    let comment = one("comment").filter(|comment| !comment.is_empty());
    let approved = match one("decision").as_deref() {
        Some("approve") => true,
        Some("decline") => false,
        _ => return back::refused(&page(&id), "The form says neither that it is approved nor that it is declined."),
    };
    back::after(&page(&id), decide_task(&state, &asking, &id, approved, comment).await.map(drop))
}

async fn retry(State(state): State<ApiState>, asking: Asking, Path(id): Path<String>, body: String) -> Redirect {
    let done =
        async { Ok::<_, ApiError>(state.scaffolder.retry(&id, secrets(&body), &asking.asker(&state)?.me).await?) };
    back::after(&page(&id), done.await)
}

/// The secrets that were filled in; what was left empty is none.
fn secrets(body: &str) -> Map<String, Value> {
    let fields = form_urlencoded::parse(body.as_bytes()).into_owned();
    let secret = |(name, value): (String, String)| {
        let name = name.strip_prefix(SECRET)?.to_owned();
        (!value.is_empty()).then_some((name, Value::String(value)))
    };
    fields.filter_map(secret).collect()
}

async fn try_template(State(state): State<ApiState>, asking: Asking, body: String) -> Redirect {
    let fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let one = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let asked = TemplateToTry {
        // As people write, whatever browsers send for the end of a line.
        template: one("template").unwrap_or_default().replace("\r\n", "\n"),
        values: one("values").unwrap_or_default().replace("\r\n", "\n"),
        before: one("before").filter(|before| !before.is_empty()),
    };
    match attempt(&state, &asking, asked).await {
        Ok(trial) => back::to(&format!("/create/edit?trial={}", trial.id)),
        Err(error) => back::refused("/create/edit", &error.to_string()),
    }
}

/// All that was said in a task, a line each.
async fn log(State(state): State<ApiState>, Path(id): Path<String>) -> Result<Response, ApiError> {
    // One that is not there is said at once.
    state.scaffolder.events(&id, 0, 0)?;
    let lines = stream::try_unfold(0, move |after| piece(state.scaffolder.clone(), id.clone(), after));
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    Ok((kind, Body::from_stream(lines)).into_response())
}

/// What was said after an event, and how far that is; nothing where there is no more.
async fn piece(scaffolder: Scaffolder, id: String, after: u64) -> Result<Option<(Bytes, u64)>, ApiError> {
    let read = tokio::task::spawn_blocking(move || scaffolder.events(&id, after, PIECE)).await;
    let (events, _) = read.map_err(|error| ApiError::internal(&error))??;
    let last = events.last().map(|event| event.id);
    let text: String = events.iter().map(line).collect();
    Ok(last.map(|last| (Bytes::from(text), last)))
}

fn line(event: &TaskEvent) -> String {
    let level = match event.body.level {
        Some(LogLevel::Error) => "error: ",
        Some(LogLevel::Warn) => "warning: ",
        Some(LogLevel::Info | LogLevel::Debug | LogLevel::Trace) | None => "",
    };
    let step = event.body.step_id.as_deref().map(|step| format!("[{step}] ")).unwrap_or_default();
    format!("{} {step}{level}{}\n", event.created_at, event.body.message)
}

#[cfg(test)]
mod tests {
    use portico_api_types::{EventBody, EventKind};

    use super::*;

    #[test]
    fn a_line_says_when_where_and_how_bad() {
        let event = |step: Option<&str>, level, message: &str| TaskEvent {
            id: 1,
            is_task_recoverable: false,
            task_id: "t".to_owned(),
            body: EventBody {
                message: message.to_owned(),
                step_id: step.map(str::to_owned),
                level,
                ..EventBody::default()
            },
            kind: EventKind::Log,
            created_at: "2026-11-27T15:43:16.5Z".parse().unwrap(),
        };
        for (event, expected) in [
            (event(None, None, "Begins"), "2026-11-27T15:43:16.5Z Begins\n"),
            (event(Some("a"), Some(LogLevel::Info), "x"), "2026-11-27T15:43:16.5Z [a] x\n"),
            (event(Some("a"), Some(LogLevel::Warn), "x"), "2026-11-27T15:43:16.5Z [a] warning: x\n"),
            (event(Some("a"), Some(LogLevel::Error), "x"), "2026-11-27T15:43:16.5Z [a] error: x\n"),
        ] {
            assert_eq!(line(&event), expected);
        }
    }

    #[test]
    fn secrets_are_what_was_filled_in() {
        let secrets = secrets("secret.token=a%20b&secret.empty=&other=x&secret.=");
        assert_eq!(Value::Object(secrets), serde_json::json!({ "token": "a b" }));
    }
}
