//! The steps of a run down one line: how each stands, how long it took, how often it was tried, and why it did not.

use leptos::prelude::*;
use portico_api_types::{StepSpec, StepStatus, Task, TaskStep};

use crate::components::{Card, Tone, icon, now, prose};
use crate::markup::{El, el, link, span};
use crate::text::task::step_state;
use crate::text::time::took;

/// All steps of a task, as a card.
pub(super) fn card(task: &Task) -> AnyView {
    let done = task.steps.iter().filter(|step| step.status == StepStatus::Completed).count();
    let card = Card::titled("Steps").count(format!("{done} of {}", task.spec.steps.len()));
    card.holding(timeline(&task.spec.steps, &task.steps))
}

/// Steps, each with how it stands.
pub(super) fn timeline(written: &[StepSpec], steps: &[TaskStep]) -> El {
    let line = |written: &StepSpec| line(written, steps.iter().find(|step| step.id == written.id));
    el("ol").class("steps").child(written.iter().map(line).collect::<Vec<_>>())
}

fn line(written: &StepSpec, step: Option<&TaskStep>) -> El {
    let status = step.map_or(StepStatus::Open, |step| step.status);
    let (tone, word, glyph) = step_state(status);
    let is_current = matches!(status, StepStatus::Processing | StepStatus::Failed);
    // What went well is quiet.
    let said: Vec<String> = [
        (status != StepStatus::Completed).then(|| word.to_owned()),
        step.map(|step| step.attempts).filter(|attempts| *attempts > 1).map(|attempts| format!("attempt {attempts}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let reason = step.and_then(|step| step.reason.as_deref()).filter(|reason| !reason.is_empty());
    let error = step.and_then(|step| step.error.as_ref()).filter(|_| status == StepStatus::Failed);
    let name = link("", format!("#step-{}", written.id)).child(written.name.as_str());
    let text = el("div")
        .child(el("b").child(name))
        .child(span("visually-hidden").child(format!(" {word}")))
        .child(span("sub").child(el("code").child(written.action.as_str())))
        .child((!said.is_empty()).then(|| span("sub").attr("aria-hidden", "true").child(said.join(" · "))))
        .child(reason.map(|reason| span("sub").child(prose(reason))))
        .child(error.map(|error| span("sub tone").tone(Some(Tone::Bad)).child(first_line(&error.message))));
    el("li")
        .tone(Some(tone))
        .attr_some("aria-current", is_current.then_some("true"))
        .flag("data-running", status == StepStatus::Processing)
        .child(icon(glyph))
        .child(text)
        .child(span("took").child(step.map(took_by).unwrap_or_default()))
}

/// How long it took, or takes.
fn took_by(step: &TaskStep) -> String {
    match (step.started_at, step.ended_at, step.status) {
        (_, _, StepStatus::Skipped) => String::new(),
        (Some(started), Some(ended), _) => took(started, ended),
        (Some(started), None, StepStatus::Processing) => took(started, now()),
        _ => String::new(),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_says_how_long_it_took_once_it_is_over() {
        let step = |step: serde_json::Value| took_by(&portico_api_types::read(&step).unwrap());
        let (started, ended) = ("2026-11-27T15:00:00Z", "2026-11-27T15:00:09.200Z");
        for (said, expected) in [
            (
                json!({ "id": "a", "status": "completed", "attempts": 1, "startedAt": started, "endedAt": ended }),
                "9.2 s",
            ),
            (json!({ "id": "a", "status": "open", "attempts": 0 }), ""),
            (json!({ "id": "a", "status": "skipped", "attempts": 0, "startedAt": started, "endedAt": started }), ""),
            // Begun before a stop, and not gone on with yet.
            (json!({ "id": "a", "status": "open", "attempts": 1, "startedAt": started }), ""),
        ] {
            assert_eq!(step(said), expected);
        }
    }
}
